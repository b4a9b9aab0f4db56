/*
 * Copyright (c) 2026 The Highwater authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/parser.h"
#include "imapd/sort.h"

/* Sort programs, and what they sort (RFC 5256 section 3, SORT). */

static const struct parser_arg *args(const char *);
static uint32_t	next_random(uint32_t *);
static void	program(struct sort_program *, const char *);
static void	check_order(const char *, const char *);
static int	refused(const char *);

static struct parser	*parser;

/* The arguments of a command line. */
static const struct parser_arg *
args(const char *text)
{
	static const struct parser_limits	limits = PARSER_LIMITS;
	char					line[256];
	size_t					used;
	int					len;

	if (parser == NULL)
		ATF_REQUIRE((parser = parser_new(&limits)) != NULL);
	else
		parser_reset(parser);
	len = snprintf(line, sizeof(line), "a SORT %s\r\n", text);
	ATF_REQUIRE_EQ(PARSER_DONE, parser_feed(parser, line, (size_t)len,
	    &used));
	return (parser_args(parser));
}

static void
program(struct sort_program *p, const char *text)
{
	const char	*why;

	ATF_REQUIRE_EQ_MSG(0, sort_parse(p, args(text), &why), "%s: %s", text,
	    why);
}

static int
refused(const char *text)
{
	struct sort_program	p;
	const char		*why;

	return (sort_parse(&p, args(text), &why) == -1);
}

ATF_TC_WITHOUT_HEAD(programs);
ATF_TC_BODY(programs, tc)
{
	struct sort_program	p;

	(void)tc;
	program(&p, "(SUBJECT reverse Date)");
	ATF_REQUIRE_EQ(2, p.n);
	ATF_CHECK_EQ(SORT_SUBJECT, p.step[0].criterion);
	ATF_CHECK_EQ(0, p.step[0].reverse);
	ATF_CHECK_EQ(SORT_DATE, p.step[1].criterion);
	ATF_CHECK_EQ(1, p.step[1].reverse);
	ATF_CHECK_EQ(1, p.keys);
	ATF_CHECK_EQ(0, p.size);
	program(&p, "(REVERSE SIZE ARRIVAL SIZE)");
	ATF_CHECK_EQ(2, p.n);
	ATF_CHECK_EQ(0, p.keys);
	ATF_CHECK_EQ(1, p.size);
	program(&p, "(ARRIVAL CC DATE DISPLAYFROM DISPLAYTO FROM SIZE SUBJECT "
	    "TO REVERSE TO REVERSE CC)");
	ATF_CHECK_EQ(SORT_CRITERIA, p.n);
	ATF_CHECK(refused("DATE"));
	ATF_CHECK(refused("()"));
	ATF_CHECK(refused("(REVERSE)"));
	ATF_CHECK(refused("(REVERSE REVERSE DATE)"));
	ATF_CHECK(refused("(DATE REVERSE)"));
	ATF_CHECK(refused("(BCC)"));
	ATF_CHECK(refused("(\"DATE\")"));
	ATF_CHECK(refused("((DATE))"));
}

static const struct {
	int64_t		 arrival;
	uint64_t	 size;
	int		 dated;
	int64_t		 date;
	const char	*text[SORT_TEXTS];
} mail[] = {
	{ 50, 100, 1, 30, { "B", "ADA", "ADA L", "X", "X", "" } },
	{ 40, 300, 0, 0, { "", "BOB", "BOB", "", "", "Y" } },
	{ 30, 100, 1, -5, { "BA", "ADA", "ADA L", "X", "X", "" } },
	{ 20, 100, 1, 30, { "B", "ADA", "ADA A", "XX", "A", "" } },
	{ 10, UINT64_MAX, 1, 60, { "\xc3\x84", "", "", "", "", "" } }
};

#define NMAIL	(sizeof(mail) / sizeof(mail[0]))

/* Sorts them by a program. */
static void
check_order(const char *text, const char *want)
{
	struct sort_program	 p;
	struct sort_message	 m;
	struct sort		 sort;
	uint32_t		*order;
	size_t			 i, j;
	char			 got[64] = "";

	program(&p, text);
	ATF_REQUIRE_EQ(0, sort_init(&sort, &p, NMAIL));
	for (i = 0; i < NMAIL; i++) {
		m.arrival = mail[i].arrival;
		m.size = mail[i].size;
		m.keys.dated = mail[i].dated;
		m.keys.date = mail[i].date;
		for (j = 0; j < SORT_TEXTS; j++) {
			m.keys.text[j] = mail[i].text[j];
			m.keys.len[j] = strlen(mail[i].text[j]);
		}
		ATF_REQUIRE_EQ(0, sort_add(&sort, &m, (uint32_t)i + 1));
	}
	ATF_REQUIRE((order = sort_order(&sort)) != NULL);
	for (i = 0; i < NMAIL; i++)
		(void)snprintf(got + i, sizeof(got) - i, "%u",
		    (unsigned int)order[i]);
	ATF_CHECK_STREQ_MSG(want, got, "%s", text);
	free(order);
	sort_free(&sort);
}

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	(void)tc;
	check_order("(ARRIVAL)", "54321");
	check_order("(REVERSE ARRIVAL)", "12345");
	check_order("(SIZE)", "13425");
	check_order("(REVERSE SIZE)", "52134");
	/* Without a sent date: the internal one. */
	check_order("(DATE)", "31425");
	check_order("(REVERSE DATE)", "52143");
	check_order("(SUBJECT)", "21435");
	check_order("(REVERSE SUBJECT)", "53142");
	check_order("(SUBJECT DATE REVERSE ARRIVAL)", "21435");
	check_order("(SUBJECT ARRIVAL)", "24135");
	check_order("(FROM)", "51342");
	check_order("(FROM REVERSE SUBJECT)", "53142");
	check_order("(FROM TO ARRIVAL)", "53142");
	check_order("(DISPLAYFROM)", "54132");
	check_order("(DISPLAYTO REVERSE DATE)", "52413");
	check_order("(CC SIZE)", "13452");
	check_order("(REVERSE CC REVERSE DISPLAYTO)", "21345");
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8);
}

/* Any number of them, few different, nearly in order or not. */
ATF_TC_WITHOUT_HEAD(merging);
ATF_TC_BODY(merging, tc)
{
	static struct sort_entry	e[1100];
	uint32_t			seed = 1, kinds;
	size_t				n, i;

	(void)tc;
	for (n = 0; n < sizeof(e) / sizeof(e[0]); n++) {
		kinds = 1 + next_random(&seed) % 50;
		for (i = 0; i < n; i++) {
			e[i].head = n % 3 == 0 ? i / 7 :
			    next_random(&seed) % kinds;
			e[i].rest = (const unsigned char *)
			    (next_random(&seed) % 2 ? "a" : "b");
			e[i].nrest = 1;
			e[i].shown = (uint32_t)i + 1;
		}
		ATF_REQUIRE_EQ(0, sort_entries(e, n));
		for (i = 1; i < n; i++)
			ATF_REQUIRE(e[i - 1].head < e[i].head ||
			    (e[i - 1].head == e[i].head &&
			    (*e[i - 1].rest < *e[i].rest ||
			    (*e[i - 1].rest == *e[i].rest &&
			    e[i - 1].shown < e[i].shown))));
	}
}

/* Records that are none. */
ATF_TC_WITHOUT_HEAD(records);
ATF_TC_BODY(records, tc)
{
	static const char	good[] = "\1" "\2\0\0\0\0\0\0\0"
	    "\2\0su\0\0\0\0\0\0\0\0\1\0c";
	struct sort_keys	keys;
	char			bad[sizeof(good)];
	size_t			i, len = sizeof(good) - 1;

	(void)tc;
	ATF_REQUIRE_EQ(0, sort_keys_read(&keys, good, len));
	ATF_CHECK_EQ(1, keys.dated);
	ATF_CHECK_EQ(2, keys.date);
	ATF_CHECK_EQ(2, keys.len[SORT_TEXT_SUBJECT]);
	ATF_CHECK_EQ(1, keys.len[SORT_TEXT_CC]);
	ATF_CHECK_EQ('c', keys.text[SORT_TEXT_CC][0]);
	for (i = 0; i < len; i++)
		ATF_CHECK_EQ(-1, sort_keys_read(&keys, good, i));
	memcpy(bad, good, sizeof(bad));
	ATF_CHECK_EQ(-1, sort_keys_read(&keys, bad, len + 1));
	bad[9] = 3;
	ATF_CHECK_EQ(-1, sort_keys_read(&keys, bad, len));
	bad[9] = 2;
	bad[12] = '\0';
	ATF_CHECK_EQ(-1, sort_keys_read(&keys, bad, len));
	ATF_CHECK_EQ(0, keys.dated);
	ATF_CHECK_EQ(0, keys.len[SORT_TEXT_SUBJECT]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, programs);
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, merging);
	ATF_TP_ADD_TC(tp, records);
	return (atf_no_error());
}
