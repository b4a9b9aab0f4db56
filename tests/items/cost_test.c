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

#include "imapd/derive.h"
#include "imapd/derive_preview.h"
#include "imapd/mime/binary.h"
#include "imapd/mime/encode.h"
#include "tests/mime/given.h"

/* What hostile messages cost, counted as bytes read from the file. */
#define TIMES_READ	8	/* the file may be read for one answer */
#define SIZE		2000000	/* octets of a message */

static uint64_t	nread;

static int	count_write(void *, const void *, size_t);
static struct mime_message *given_repeated(const char *, const char *,
		    uint64_t *);
static void	check_all(const char *, const char *);
static void	check_pieces(const char *, const char *);

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

static struct mime_message *
given_repeated(const char *start, const char *text, uint64_t *size)
{
	struct mime_message	*m;
	char			*copies, *all;
	int			 n;

	copies = given_copies(text, SIZE / strlen(text));
	ATF_REQUIRE((n = asprintf(&all, "%s%s", start, copies)) != -1);
	m = given_message(all);
	*size = (uint64_t)n;
	free(all);
	free(copies);
	nread = 0;
	return (m);
}

/* Each once: what is read must not grow faster than the message. */
static void
check_all(const char *start, const char *text)
{
	struct mime_message	*m;
	struct mime_section	 sec;
	struct mime_binary	 bin;
	struct mime_buf		 b = { NULL, 0, 0, 0 };
	struct mime_sink	 sink;
	uint64_t		 size, sent = 0;

	m = given_repeated(start, text, &size);
	ATF_CHECK_EQ(0, derive_preview(m, &b));
	ATF_CHECK_MSG(nread <= PREVIEW_BEGIN + 65536, "%.20s: preview: %"
	    PRIu64, text, nread);
	mime_buf_reset(&b);
	nread = 0;
	ATF_CHECK_EQ(0, derive_emailid(m, &b));
	ATF_CHECK_MSG(nread <= size + 65536, "%.20s: id: %" PRIu64, text,
	    nread);
	mime_buf_free(&b);
	nread = 0;
	sink.write = count_write;
	sink.arg = &sent;
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "1", 1));
	if (mime_binary_find(m, &sec, &bin) == 1) {
		ATF_CHECK_EQ(0, mime_binary_send(m, &sec, 0, bin.size,
		    &sink));
		ATF_CHECK_EQ(bin.size, sent);
	}
	ATF_CHECK_EQ(0, mime_encode_binary(m, &sink));
	ATF_CHECK_MSG(nread <= TIMES_READ * size, "%.20s: binary: %" PRIu64
	    " of %" PRIu64, text, nread, size);
	mime_close(m);
}

#define B64	"Content-Transfer-Encoding: base64\n"
#define QP	"Content-Transfer-Encoding: quoted-printable\n"
#define BINARY	"Content-Transfer-Encoding: binary\n"
#define HTML	"Content-Type: text/html\n"
#define MIXED	"Content-Type: multipart/mixed; boundary=b\n"

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	check_all("\n", "one line");
	check_all("\n", "\n");
	check_all(B64 "\n", "QUJD");
	check_all(B64 "\n", "=");
	check_all(QP "\n", "=41");
	check_all(QP "\n", "    ");
	check_all(QP HTML "\n", "<");
	check_all(HTML "\n", "<!--");
	check_all(HTML "\n", "&amp");
	check_all(HTML "\n", "<p title='x>");
	check_all(BINARY "\n", "\r\r\r");
	check_all(BINARY MIXED "\n", "--b\n" BINARY "\n\rx\n");
	check_all(MIXED "\n", "--b\n\n\n");
	check_all("", "Content-Type: message/rfc822\n\n");
	check_all("Content-Type: text/plain; charset=", "x");
}

/* Fetched in pieces, it is decoded few times. */
static void
check_pieces(const char *start, const char *text)
{
	struct mime_message	*m;
	struct mime_section	 sec;
	struct mime_binary	 bin;
	struct mime_sink	 sink;
	uint64_t		 size, off = 0, n, sent = 0;

	m = given_repeated(start, text, &size);
	sink.write = count_write;
	sink.arg = &sent;
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "1", 1));
	do {
		ATF_REQUIRE_EQ(1, mime_binary_known(m, &sec));
		ATF_REQUIRE_EQ(1, mime_binary_find(m, &sec, &bin));
		n = bin.size - off < 1000 ? bin.size - off : 1000;
		ATF_REQUIRE_EQ(0, mime_binary_send(m, &sec, off, n, &sink));
		off += n;
	} while (n > 0);
	ATF_CHECK_EQ(bin.size, sent);
	ATF_CHECK_MSG(nread <= TIMES_READ * size, "%.20s: %" PRIu64
	    " of %" PRIu64, text, nread, size);
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	check_pieces("\n", "line\n");
	check_pieces(B64 "\n", "QUJD\nREVG\n");
	check_pieces(QP "\n", "a=3D \n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, pieces);
	return (atf_no_error());
}
