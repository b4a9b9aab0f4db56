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


#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "imapd/mime/section.h"
#include "imapd/mime/structure.h"
#include "given.h"

/*
 * What hostile messages cost, counted and not timed: bytes read from the
 * file, and bytes that an answer takes in memory.
 */
#define TIMES_READ	8	/* the file may be read for all answers */

/* What a structure may grow to: its bound, and what is known too late. */
#define ANSWER_MAX	(2 * MIME_STRUCTURE_MAX + 20 * MIME_FIELD_MAX)

static uint64_t	nread;

/* The modules read by this one. */
ssize_t
pread(int fd, void *buf, size_t len, off_t off)
{
	ssize_t	 n;

	if (lseek(fd, off, SEEK_SET) == -1 || (n = read(fd, buf, len)) == -1)
		return (-1);
	nread += (uint64_t)n;
	return (n);
}

static int
count_write(void *arg, const void *buf, size_t len)
{
	(void)buf;
	*(uint64_t *)arg += len;
	return (0);
}

/* A message of a start, count copies of a text, and an end. */
static struct mime_message *
given_repeated(const char *start, const char *text, size_t count,
    const char *end, uint64_t *size)
{
	struct mime_buf		 b = { 0 };
	struct mime_message	*m;
	char			*copies = given_copies(text, count);

	ATF_REQUIRE_EQ(0, mime_buf_add(&b, start, strlen(start)));
	ATF_REQUIRE_EQ(0, mime_buf_add(&b, copies, strlen(copies)));
	ATF_REQUIRE_EQ(0, mime_buf_add(&b, end, strlen(end)));
	free(copies);
	ATF_REQUIRE((m = mime_open(given_file(b.data, b.len))) != NULL);
	*size = b.len;
	mime_buf_free(&b);
	nread = 0;
	return (m);
}

/* Fetches a section in pieces; the file must be read but for a few times. */
static void
check_pieces(const char *text, const char *name)
{
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_message	*m;
	struct mime_sink	 sink;
	uint64_t		 size, off = 0, n, sent = 0;

	m = given_repeated("Subject: x\n", text, 400000 / strlen(text), "",
	    &size);
	sink.write = count_write;
	sink.arg = &sent;
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, name, strlen(name)));
	for (;;) {
		ATF_REQUIRE_EQ(1, mime_section_find(m, &sec, &data));
		if ((n = mime_section_partial(&data, off, 1000)) == 0)
			break;
		ATF_REQUIRE_EQ(0, mime_section_send(m, &sec, &data, off, n,
		    &sink));
		off += n;
	}
	ATF_CHECK_EQ(data.size, sent);
	ATF_CHECK_MSG(nread <= TIMES_READ * size, "%s: %" PRIu64 " bytes read "
	    "of %" PRIu64, name, nread, size);
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	(void)tc;
	check_pieces("X: some field\n", "HEADER");
	check_pieces("X: some field\n", "1.MIME");
	check_pieces("\n", "");
	check_pieces("\n", "TEXT");
	check_pieces("\nline of a body", "TEXT");
	check_pieces("\nline of a body", "1");
}

static void
check_answers(const char *start, const char *text, size_t count,
    const char *end)
{
	struct mime_message	*m;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	uint64_t		 size;

	m = given_repeated(start, text, count, end, &size);
	b.limit = ANSWER_MAX;
	ATF_CHECK_EQ_MSG(0, mime_envelope(m, &sink), "%.9s", text);
	mime_buf_reset(&b);
	ATF_CHECK_EQ_MSG(0, mime_bodystructure(m, 1, &sink), "%.9s",
	    text);
	ATF_CHECK_MSG(nread <= TIMES_READ * size, "%.9s: %" PRIu64 " bytes "
	    "read of %" PRIu64, text, nread, size);
	mime_buf_free(&b);
	mime_close(m);
}

#define MULTIPART	"Content-Type: multipart/mixed; boundary=b\n\n"

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	(void)tc;
	check_answers("", "a:\n", 500000, "\n");
	check_answers("To: a\n", " b\n", 500000, "\n");
	check_answers("To: ", "a,", 1000000, "\n\n");
	check_answers("", "To: a\n", 300000, "\n");
	check_answers("", "To: a, (\n", 200000, "\n");
	check_answers("Content-Language: ", "a,", 1000000, "\n\n");
	check_answers("Subject: ", "x", 2000000, "");
	check_answers(MULTIPART, "\n", 1000000, "");
	check_answers(MULTIPART, "--b\n", 500000, "");
	check_answers(MULTIPART, "--b\n\n\n", 300000, "--b--\n");
	check_answers(MULTIPART, "--b\nContent-Type: message/rfc822\n\n\n",
	    30000, "--b--\n");
	check_answers(MULTIPART, "x", 2000000, "");
	check_answers("", "Content-Type: message/rfc822\n\n", 60000, "");
	check_answers("", MULTIPART "--b\n", 30000, "");
}

/* Parts with long lists of addresses: an answer could be many times longer. */
ATF_TC_WITHOUT_HEAD(long_lists);
ATF_TC_BODY(long_lists, tc)
{
	char	*text, *list = given_copies("a,", 130000);

	(void)tc;
	ATF_REQUIRE(asprintf(&text, "--b\nContent-Type: message/rfc822\n\n"
	    "From: %s\nTo: %s\n\nx\n", list, list) != -1);
	check_answers(MULTIPART, text, 40, "--b--\n");
	free(text);
	free(list);
}

/* Parts after the bound have their kind, their sizes and no fields. */
ATF_TC_WITHOUT_HEAD(brief);
ATF_TC_BODY(brief, tc)
{
	const char		*end =
	    "--b\nContent-Type: image/gif; a=b\nContent-ID: <x>\n\nabc\n"
	    "--b\nContent-Type: text/html; charset=x\n\nabc\n\n"
	    "--b\nContent-Type: message/rfc822\n\nSubject: x\n\nabc\n"
	    "--b\nContent-Type: multipart/related; boundary=c\n\n"
	    "--c\n\nabc\n--c--\n--b--\n";
	const char		*want =
	    "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" 3)"
	    "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" "
	    "5 1)"
	    "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 17 (NIL NIL NIL NIL "
	    "NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" "
	    "\"us-ascii\") NIL NIL \"7bit\" 3 0) 2)"
	    "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" "
	    "3 0) \"mixed\") \"mixed\")";
	char			*text, *x = given_copies("x", 200000);
	struct mime_message	*m;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 len = strlen(want);
	uint64_t		 size;

	(void)tc;
	ATF_REQUIRE(asprintf(&text, "--b\nContent-Type: a/b\n"
	    "Content-Description: %s\n\n", x) != -1);
	m = given_repeated(MULTIPART, text, 30, end, &size);
	ATF_REQUIRE_EQ(0, mime_bodystructure(m, 0, &sink));
	ATF_CHECK(b.len < MIME_STRUCTURE_MAX + 300000);
	ATF_REQUIRE(b.len > len);
	ATF_REQUIRE_EQ(0, mime_buf_addc(&b, '\0'));
	ATF_CHECK_STREQ(want, b.data + b.len - 1 - len);
	mime_buf_free(&b);
	mime_close(m);
	free(text);
	free(x);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, long_lists);
	ATF_TP_ADD_TC(tp, brief);
	return (atf_no_error());
}
