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

#include <errno.h>
#include <stdio.h>

#include "imapd/mime/search.h"
#include "imapd/mime/source.h"
#include "given.h"

enum where { SUBJECT, BODY, TEXT };

static void
check(int want, const char *message, enum where where, const char *text)
{
	struct mime_message	*m = given_message(message);
	struct mime_needle	*needle;
	int			 found;

	needle = mime_needle_new(text, strlen(text));
	ATF_REQUIRE(needle != NULL);
	if (where == SUBJECT)
		found = mime_search_header(m, "subject", needle);
	else if (where == BODY)
		found = mime_search_body(m, needle);
	else
		found = mime_search_text(m, needle);
	ATF_CHECK_EQ_MSG(want, found, "%s", text);
	mime_needle_free(needle);
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(needles);
ATF_TC_BODY(needles, tc)
{
	char	*text = given_copies("a", MIME_NEEDLE_MAX + 1);

	(void)tc;
	ATF_CHECK_ERRNO(EILSEQ, mime_needle_new("a\xff", 2) == NULL);
	ATF_CHECK_ERRNO(EILSEQ, mime_needle_new("\xc3", 1) == NULL);
	ATF_CHECK_ERRNO(EMSGSIZE, mime_needle_new(text, strlen(text)) == NULL);
	mime_needle_free(NULL);
	free(text);
}

ATF_TC_WITHOUT_HEAD(header);
ATF_TC_BODY(header, tc)
{
	const char	*m = "From: x@y\nSubject: one TWO\n\tthree\n"
			     "Subject: =?utf-8?q?=C3=84pfel_?= =?koi8-r?b?8NI=?=\n"
			     "\nSubject: body";

	(void)tc;
	check(1, m, SUBJECT, "two");
	check(1, m, SUBJECT, "two three");
	check(0, m, SUBJECT, "x@y");
	check(0, m, SUBJECT, "body");
	check(0, m, SUBJECT, "subject");
	check(1, m, SUBJECT, "\xc3\xa4PFEL");
	check(1, m, SUBJECT, "\xd0\xbf\xd1\x80");
	/* Not from one field to the next. */
	check(0, m, SUBJECT, "three\xc3\xa4");
	check(1, m, SUBJECT, "");
	check(0, "From: x\n\n", SUBJECT, "");
	check(1, "Subject:\n\n", SUBJECT, "");
	check(0, "Subject:\n\n", SUBJECT, "a");
}

ATF_TC_WITHOUT_HEAD(body);
ATF_TC_BODY(body, tc)
{
	(void)tc;
	check(1, "Subject: s\n\none\ntwo", BODY, "E\r\nt");
	check(1, "Subject: s\n\none\ntwo", BODY, "E\nt");
	check(1, "Subject: s\r\n\r\none\r\ntwo", BODY, "E\nt");
	check(0, "Subject: s\n\none\ntwo", BODY, "subject");
	check(1, "Subject: s\n\none\ntwo", TEXT, "subject: s");
	check(1, "Subject: s\n\none\ntwo", TEXT, "one");
	check(1, "", TEXT, "");
	check(1, "", BODY, "");
	check(0, "", BODY, "a");
	check(1, "Content-Type: text/plain; charset=iso-8859-1\n"
	    "Content-Transfer-Encoding: quoted-printable\n\ncaf=\n=E9", BODY,
	    "CAF\xc3\x89");
	check(1, "Content-Transfer-Encoding: base64\n"
	    "Content-Type: text/html; charset=utf-8\n\nw6TD\ntg==", BODY,
	    "\xc3\xa4\xc3\xb6");
	check(0, "Content-Transfer-Encoding: base64\n\nw6TD", BODY, "w6TD");
	check(0, "Content-Type: image/png\n\nneedle", BODY, "needle");
}

/*
 * Short headers are searched as they stand, if that is enough, and long ones
 * field by field: one more field changes no answer.
 */
ATF_TC_WITHOUT_HEAD(header_either_way);
ATF_TC_BODY(header_either_way, tc)
{
	static const char	*const bits[] = { "a", "B", "=", "?", "\n ",
				    "\r\n\t", "\na:", "=?utf-8?q?ab=C3=A9?=",
				    "=?iso-8859-1?b?YWLp?=", "\xc3\xa9",
				    "\xc3", "\xa9", "\r", "e", ":", "q", "_" };
	static const char	*const needles[] = { "ab", "\xc3\xa9",
				    "b\xc3\xa9", "abE", "utf-8?q", "a:", "e",
				    "aba", "ba", "=", "?=", "\xc2\xa9" };
	char			*more = given_copies("z", MIME_SOURCE_BUF);
	char			 head[2048], *both;
	struct mime_message	*m;
	struct mime_needle	*needle;
	uint64_t		 seed = 1;
	size_t			 i, j, n;
	int			 found[2], hits = 0;

	(void)tc;
	ATF_REQUIRE((both = malloc(MIME_SOURCE_BUF + sizeof(head))) != NULL);
	for (i = 0; i < 3000; i++) {
		(void)strlcpy(head, "x:", sizeof(head));
		for (n = given_roll(&seed, 40); n > 0; n--)
			(void)strlcat(head, bits[given_roll(&seed,
			    sizeof(bits) / sizeof(bits[0]))], sizeof(head));
		needle = mime_needle_new(needles[i % 12],
		    strlen(needles[i % 12]));
		ATF_REQUIRE(needle != NULL);
		for (j = 0; j < 2; j++) {
			n = (size_t)snprintf(both, MIME_SOURCE_BUF +
			    sizeof(head), "%s\n%s%s\n\nzz", head,
			    j == 0 ? "z" : "z:", j == 0 ? ":" : more);
			m = mime_open_memory(both, n);
			ATF_REQUIRE(m != NULL);
			found[j] = mime_search_text(m, needle);
			mime_close(m);
		}
		ATF_REQUIRE_EQ_MSG(found[0], found[1], "%s: %s", head,
		    needles[i % 12]);
		hits += found[0];
		mime_needle_free(needle);
	}
	ATF_CHECK(hits > 500 && hits < 2500);
	free(both);
	free(more);
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	const char	*m =
	    "Content-Type: multipart/mixed; boundary=b\n\npreamble\n"
	    "--b\n\none\n--b\nContent-Type: message/rfc822\n\n"
	    "Subject: =?utf-8?q?within?=\n\ntwo\n--b\n"
	    "Content-Type: application/x\n\nthree\n--b--\n";

	(void)tc;
	check(1, m, BODY, "one");
	check(1, m, BODY, "two");
	/* RFC 9051 section 6.4.4: no header fields in BODY, all in TEXT. */
	check(0, m, BODY, "subject: WITHIN");
	check(1, m, TEXT, "subject: WITHIN");
	check(0, m, BODY, "application/x");
	check(1, m, TEXT, "application/x");
	check(0, m, BODY, "three");
	check(0, m, BODY, "preamble");
	check(0, m, BODY, "onetwo");
	check(0, m, SUBJECT, "within");
	/* A message within that is not there. */
	check(0, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: message/rfc822\n\n--b--\n", BODY, "b");
}

/* Across the edges of buffers, and where a match begins in a false one. */
ATF_TC_WITHOUT_HEAD(streaming);
ATF_TC_BODY(streaming, tc)
{
	char	*text = given_copies("aabaaab\xc3\xa9 ", 20000);
	size_t	 i;

	(void)tc;
	memcpy(text, "A: b\n\n", 6);
	for (i = 32760; i < 32775; i++) {
		memcpy(text + i, "needle\xc3\x84" "end", 11);
		check(1, text, BODY, "Needle\xc3\xa4" "END");
		memcpy(text + i, "aabaaab\xc3\xa9  ", 11);
	}
	check(1, text, BODY, "abaaab\xc3\x89 aabaaab");
	check(0, text, BODY, "aabaabaaab");
	free(text);
}

/* A field far longer than any buffer is searched to its end. */
ATF_TC_WITHOUT_HEAD(long_field);
ATF_TC_BODY(long_field, tc)
{
	char	*text = given_copies("Subject: ", 1);
	char	*fill = given_copies("filling ", 100000);
	size_t	 size = strlen(fill) + 64;

	(void)tc;
	ATF_REQUIRE((text = realloc(text, size)) != NULL);
	ATF_REQUIRE(strlcat(text, fill, size) < size);
	ATF_REQUIRE(strlcat(text, "=?utf-8?q?n=65edle?=\n\n", size) < size);
	check(1, text, SUBJECT, "NEEDLE");
	check(0, text, SUBJECT, "fillingneedle");
	free(text);
	free(fill);
}

static void
check_sent(const char *text, int found, int year, int month, int day)
{
	struct mime_message	*m = given_message(text);
	struct mime_date	 date;

	ATF_CHECK_EQ(found, mime_sent_date(m, &date));
	if (found) {
		ATF_CHECK_EQ(year, date.year);
		ATF_CHECK_EQ(month, date.month);
		ATF_CHECK_EQ(day, date.day);
	}
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(sent);
ATF_TC_BODY(sent, tc)
{
	(void)tc;
	check_sent("Date: Mon, 7 Feb 1994 21:52:25 -0800\n\n", 1, 1994, 2, 7);
	check_sent("Subject: x\n\nDate: 7 Feb 1994 00:00 GMT", 0, 0, 0, 0);
	check_sent("Date: soon\n\n", 0, 0, 0, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, needles);
	ATF_TP_ADD_TC(tp, header);
	ATF_TP_ADD_TC(tp, body);
	ATF_TP_ADD_TC(tp, header_either_way);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, streaming);
	ATF_TP_ADD_TC(tp, long_field);
	ATF_TP_ADD_TC(tp, sent);
	return (atf_no_error());
}
