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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_search.h"
#include "imapd/mime/date.h"
#include "imapd/mime/message.h"
#include "imapd/mime/search.h"

/*
 * What is kept of a header must answer as the header itself: headers are put
 * together at random from what is hard to read, and asked for pieces of what
 * they have.
 */

#define ROUNDS	4000

static const char *const names[] = {
	"From", "To", "Cc", "Bcc", "Subject", "subject", "FROM", "Reply-To",
	"X-Other", "Date", "Sender"
};
static const char *const asked[] = {
	"From", "To", "Cc", "Bcc", "Subject", "Reply-To", "X-Other", "sender"
};
static const char *const bits[] = {
	"a", "b", "ab", " ", "  ", "\t", "\n ", "\r\n\t", "\n  ", "\r", "<x@y>",
	",", "\"", "?=", "=?", "=?utf-8?q?=C3=A9?=", "=?utf-8?Q?a_b?=",
	"=?iso-8859-1?q?=E9=FF?=", "=?utf-8?b?w6k=?=", "=?utf-8?b?w6?=",
	"=?koi8-r?q?=CD=CF?=", "=?utf-8?q?=00=0D=0A?=", "=?x-no?q?=E9?=",
	"=?utf-8?q?=C3?=", "=?utf-8?q?=A9?=", "\303\251", "\303", "\377",
	"\376", "\351", "E", "\303\211", "F", "T", "S", "C", "B"
};

static size_t	pick(size_t);
static void	put(struct mime_buf *, const char *);
static void	make_header(struct mime_buf *);
static struct mime_needle *make_needle(const char **, size_t *);
static void	derive_from(const struct mime_buf *, derive_fn *,
		    struct mime_buf *);
static void	compare(const struct mime_buf *, const struct mime_buf *,
		    const char *, struct mime_needle *);

#define PICK(a)	((a)[pick(sizeof(a) / sizeof((a)[0]))])

static size_t
pick(size_t n)
{
	return ((size_t)random() % n);
}

static void
put(struct mime_buf *b, const char *s)
{
	ATF_REQUIRE_EQ(0, mime_buf_add(b, s, strlen(s)));
}

static void
make_header(struct mime_buf *b)
{
	size_t	i, j, n = pick(6), m;

	mime_buf_reset(b);
	for (i = 0; i < n; i++) {
		if (pick(20) == 0) {
			put(b, "no field\n");
			continue;
		}
		put(b, PICK(names));
		put(b, pick(10) == 0 ? " :" : ":");
		for (j = 0, m = pick(8); j < m; j++)
			put(b, PICK(bits));
		put(b, pick(4) == 0 ? "\r\n" : "\n");
	}
	put(b, "\nSubject: body\n");
}

/* A few of the same bits, as they may come out. */
static struct mime_needle *
make_needle(const char **text, size_t *len)
{
	static const char *const needles[] = {
		"", "a", "b", "ab", "ba", "a b", " ", ",", "\303\251", "E", "e",
		"\303\251a", "\303\251\303\251", "\320\274\320\276", "=?", "x@y",
		"> ", "\"", "\357\277\275", "?=", "f", "t", "s", "c", "fa",
		"\303\277", "=?x-no?q?", "e\314\201"
	};
	struct mime_needle	*needle;

	*text = PICK(needles);
	*len = strlen(*text);
	ATF_REQUIRE((needle = mime_needle_new(*text, *len)) != NULL);
	return (needle);
}

static void
derive_from(const struct mime_buf *header, derive_fn *fn,
    struct mime_buf *out)
{
	struct mime_message	*m;

	mime_buf_reset(out);
	ATF_REQUIRE((m = mime_open_memory(header->data, header->len)) != NULL);
	ATF_REQUIRE_EQ(0, fn(m, out));
	mime_close(m);
}

static void
compare(const struct mime_buf *header, const struct mime_buf *fields,
    const char *name, struct mime_needle *needle)
{
	struct mime_message	*m;
	struct mime_buf		 texts = { 0 };
	uint64_t		 set;
	int			 letter = search_letter(name), want;

	ATF_REQUIRE((m = mime_open_memory(header->data, header->len)) != NULL);
	want = mime_search_header(m, name, needle);
	mime_close(m);
	memcpy(&set, fields->data, sizeof(set));
	if ((set & derive_field_bit(name, strlen(name))) == 0)
		ATF_CHECK_EQ(0, want);
	else if (derive_field(name, strlen(name)))
		ATF_CHECK_EQ(want, mime_search_fields(fields->data +
		    sizeof(set), fields->len - sizeof(set), name, needle));
	if (letter == 0)
		return;
	derive_from(header, letter == SEARCH_SUBJECT ? derive_subject :
	    derive_addresses, &texts);
	ATF_CHECK_EQ(want, search_texts(texts.data, texts.len, letter,
	    needle));
	mime_buf_free(&texts);
}

ATF_TC_WITHOUT_HEAD(same);
ATF_TC_BODY(same, tc)
{
	struct mime_buf		 header = { 0 }, fields = { 0 }, rest = { 0 };
	struct mime_buf		 a = { 0 }, b = { 0 };
	struct mime_needle	*needle;
	const char		*text;
	size_t			 i, j, len;

	(void)tc;
	srandom(5);
	for (i = 0; i < ROUNDS; i++) {
		make_header(&header);
		derive_from(&header, derive_fields, &fields);
		for (j = 0; j < 12; j++) {
			needle = make_needle(&text, &len);
			compare(&header, &fields, PICK(asked), needle);
			mime_needle_free(needle);
		}
		/* And they can be derived from the fields that are kept. */
		mime_buf_reset(&rest);
		ATF_REQUIRE_EQ(0, mime_buf_add(&rest, fields.data +
		    sizeof(uint64_t), fields.len - sizeof(uint64_t)));
		derive_from(&header, derive_addresses, &a);
		derive_from(&rest, derive_addresses, &b);
		ATF_REQUIRE(a.len == b.len && (a.len == 0 ||
		    memcmp(a.data, b.data, a.len) == 0));
		derive_from(&header, derive_dates, &a);
		derive_from(&rest, derive_dates, &b);
		ATF_REQUIRE(memcmp(a.data, b.data, sizeof(uint32_t)) == 0);
	}
	mime_buf_free(&header);
	mime_buf_free(&fields);
	mime_buf_free(&rest);
	mime_buf_free(&a);
	mime_buf_free(&b);
}

ATF_TC_WITHOUT_HEAD(forms);
ATF_TC_BODY(forms, tc)
{
	struct mime_buf		 header = { 0 }, out = { 0 };
	struct mime_needle	*needle;
	struct mime_date	 date;
	uint32_t		 day;
	size_t			 i;

	(void)tc;
	put(&header, "From: a\nSubject: one\r\n two\nDate: Fri, 6 Mar 2026 "
	    "23:59:59 -0800\nsubject: \n\n");
	derive_from(&header, derive_subject, &out);
	ATF_CHECK_EQ(9, out.len);
	ATF_CHECK(memcmp(out.data, "ONE TWO\377\377", out.len) == 0);
	derive_from(&header, derive_addresses, &out);
	ATF_CHECK_EQ(3, out.len);
	ATF_CHECK(memcmp(out.data, "FA\377", out.len) == 0);
	derive_from(&header, derive_dates, &out);
	ATF_REQUIRE_EQ(sizeof(day), out.len);
	memcpy(&day, out.data, sizeof(day));
	ATF_REQUIRE_EQ(0, mime_date_imap(&date, "6-Mar-2026", 10));
	ATF_CHECK_EQ(search_day(&date), day);
	ATF_REQUIRE_EQ(0, mime_date_imap(&date, "28-Feb-2026", 11));
	ATF_CHECK(search_day(&date) < day);
	ATF_REQUIRE_EQ(0, mime_date_imap(&date, "1-Jan-2027", 10));
	ATF_CHECK(search_day(&date) > day);
	/* Without any of them; and with far too much of one. */
	mime_buf_reset(&header);
	put(&header, "X: y\n\n");
	derive_from(&header, derive_subject, &out);
	ATF_CHECK_EQ(0, out.len);
	derive_from(&header, derive_dates, &out);
	memcpy(&day, out.data, sizeof(day));
	ATF_CHECK_EQ(0, day);
	mime_buf_reset(&header);
	put(&header, "Subject: ");
	for (i = 0; i < SEARCH_TEXT_MAX; i++)
		ATF_REQUIRE_EQ(0, mime_buf_addc(&header, 'x'));
	put(&header, "\n\n");
	derive_from(&header, derive_subject, &out);
	ATF_CHECK_EQ(1, out.len);
	ATF_REQUIRE((needle = mime_needle_new("x", 1)) != NULL);
	ATF_CHECK_EQ(-1, search_texts(out.data, out.len, SEARCH_SUBJECT,
	    needle));
	mime_needle_free(needle);
	mime_buf_free(&header);
	mime_buf_free(&out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, same);
	ATF_TP_ADD_TC(tp, forms);
	return (atf_no_error());
}
