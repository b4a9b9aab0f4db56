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

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "imapd/mime/source.h"

/* So many bytes are read until cancel is asked. */
#define MIME_CANCEL_BYTES	(512 * 1024)

/* File bytes translated at a time; each becomes at most two. */
#define BLOCK	8192

/* A place in a span: in the file, and on the wire from the span's start. */
struct place {
	off_t		 file;
	uint64_t	 wire;
};

static void	refill(struct mime_source *, off_t, size_t);
static int	is_cr_before(struct mime_source *, off_t, off_t);
static uint64_t	count_bare(const unsigned char *, size_t, int);
static size_t	translate(const unsigned char *, size_t, int,
		    unsigned char *);
static size_t	block_at(struct mime_source *, off_t, off_t, size_t,
		    const unsigned char **);
static void	seek_near(struct mime_source *, off_t, off_t, uint64_t,
		    struct place *);

int
mime_source_init(struct mime_source *src, int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return (-1);
	mime_source_sized(src, fd, st.st_size);
	return (0);
}

void
mime_source_sized(struct mime_source *src, int fd, off_t size)
{
	mime_source_memory(src, src->buf, 0);
	src->fd = fd;
	src->size = size;
}

void
mime_source_memory(struct mime_source *src, const void *data, size_t len)
{
	src->fd = -1;
	src->size = (off_t)len;
	src->error = 0;
	src->view = data;
	src->bufoff = 0;
	src->buflen = len;
	src->first = MIME_SOURCE_FIRST;
	src->mark_start = -1;
	src->mark_file = 0;
	src->mark_wire = 0;
	src->cancel = NULL;
	src->cancel_arg = NULL;
	src->uncancelled = 0;
}

size_t
mime_source_read(struct mime_source *src, off_t off, size_t min,
    const unsigned char **p)
{
	off_t	 end = src->bufoff + (off_t)src->buflen;

	if (off < 0 || off >= src->size)
		return (0);
	if (min == 0)
		min = 1;
	if (off < src->bufoff || off >= end ||
	    ((size_t)(end - off) < min && end < src->size)) {
		refill(src, off, min);
		end = src->bufoff + (off_t)src->buflen;
		if (off >= end)
			return (0);
	}
	*p = src->view + (off - src->bufoff);
	if (end > src->size)
		end = src->size;
	return ((size_t)(end - off));
}

/* Who asks for a header does without most of the message. */
static void
refill(struct mime_source *src, off_t off, size_t min)
{
	ssize_t	 n;
	size_t	 want = off == 0 && min <= src->first ? src->first :
		    sizeof(src->buf);

	src->bufoff = off;
	src->buflen = 0;
	if (src->cancel != NULL && src->uncancelled >= MIME_CANCEL_BYTES) {
		src->uncancelled = 0;
		if (src->cancel(src->cancel_arg)) {
			src->error = ECANCELED;
			src->size = off;
			return;
		}
	}
	if ((off_t)want > src->size - off)
		want = (size_t)(src->size - off);
	while (src->buflen < want) {
		n = pread(src->fd, src->buf + src->buflen, want - src->buflen,
		    off + (off_t)src->buflen);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			src->error = n == -1 ? errno : ESTALE;
			src->size = off + (off_t)src->buflen;
			break;
		}
		src->buflen += (size_t)n;
	}
	src->uncancelled += src->buflen;
}

uint64_t
mime_source_wiresize(struct mime_source *src, off_t start, off_t end)
{
	const unsigned char	*p;
	uint64_t		 size = 0;
	size_t			 n;
	int			 cr = 0;

	while ((n = block_at(src, start, end, MIME_SOURCE_BUF, &p)) > 0) {
		size += n + count_bare(p, n, cr);
		cr = p[n - 1] == '\r';
		start += (off_t)n;
	}
	return (size);
}

int
mime_source_send(struct mime_source *src, off_t start, off_t end,
    uint64_t from, uint64_t len, const struct mime_sink *sink)
{
	unsigned char		 out[2 * BLOCK];
	const unsigned char	*p;
	struct place		 at;
	size_t			 n, outlen, skip, take;
	int			 cr;

	seek_near(src, start, end, from, &at);
	cr = is_cr_before(src, start, at.file);
	while (len > 0 && (n = block_at(src, at.file, end, BLOCK, &p)) > 0) {
		outlen = translate(p, n, cr, out);
		cr = p[n - 1] == '\r';
		skip = from > at.wire ? (size_t)(from - at.wire) : 0;
		take = outlen > skip ? outlen - skip : 0;
		if (take > len)
			take = (size_t)len;
		if (mime_sink_write(sink, out + skip, take) == -1)
			return (-1);
		from += take;
		len -= take;
		if (skip + take < outlen)
			break;
		at.file += (off_t)n;
		at.wire += outlen;
	}
	src->mark_start = start;
	src->mark_file = at.file;
	src->mark_wire = at.wire;
	return (len == 0 ? 0 : mime_source_pad(src, len, sink));
}

/* A view of at most max bytes at off and before end; 0 where that ends. */
static size_t
block_at(struct mime_source *src, off_t off, off_t end, size_t max,
    const unsigned char **p)
{
	size_t	 n;

	if (off >= end)
		return (0);
	n = mime_source_peek(src, off, 1, p);
	if (n > max)
		n = max;
	if ((off_t)n > end - off)
		n = (size_t)(end - off);
	return (n);
}

/*
 * Finds a place at or before the wire offset from, less than a block away
 * unless the span ends: from the last place used in this span, if that is not
 * too far, so that a series of partial fetches reads the file once.
 */
static void
seek_near(struct mime_source *src, off_t start, off_t end, uint64_t from,
    struct place *at)
{
	const unsigned char	*p;
	uint64_t		 wire;
	size_t			 n;

	at->file = start;
	at->wire = 0;
	if (src->mark_start == start && src->mark_wire <= from) {
		at->file = src->mark_file;
		at->wire = src->mark_wire;
	}
	while (at->wire < from &&
	    (n = block_at(src, at->file, end, BLOCK, &p)) > 0) {
		wire = n + count_bare(p, n, is_cr_before(src, start, at->file));
		if (at->wire + wire > from)
			break;
		at->file += (off_t)n;
		at->wire += wire;
	}
}

/*
 * Tells whether the byte before off, if it is within the span, is a CR.  It
 * leaves the buffer alone, since its caller holds a view.
 */
static int
is_cr_before(struct mime_source *src, off_t start, off_t off)
{
	unsigned char	 c;

	if (off <= start)
		return (0);
	if (off > src->bufoff && off - src->bufoff <= (off_t)src->buflen)
		return (src->view[off - src->bufoff - 1] == '\r');
	return (pread(src->fd, &c, 1, off - 1) == 1 && c == '\r');
}

/* Counts the LFs without a CR before; cr tells of the byte before buf. */
static uint64_t
count_bare(const unsigned char *buf, size_t len, int cr)
{
	const unsigned char	*p = buf, *end = buf + len;
	uint64_t		 count = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (p == buf ? !cr : p[-1] != '\r')
			count++;
		p++;
	}
	return (count);
}

/*
 * Writes the form on the wire; cr tells of the byte before.  Lines are copied
 * whole, and NULs, which are rare, looked for afterwards.
 */
static size_t
translate(const unsigned char *in, size_t len, int cr, unsigned char *out)
{
	const unsigned char	*p = in, *end = in + len, *lf;
	unsigned char		*q = out, *done;
	size_t			 n;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n = (size_t)(lf - p);
		memcpy(q, p, n);
		q += n;
		if (n > 0 ? lf[-1] != '\r' : lf > in || !cr)
			*q++ = '\r';
		*q++ = '\n';
		p = lf + 1;
	}
	memcpy(q, p, (size_t)(end - p));
	done = q + (end - p);
	for (q = out; (q = memchr(q, '\0', (size_t)(done - q))) != NULL; )
		*q++ = 0x80;
	return ((size_t)(done - out));
}

int
mime_source_wire(const void *text, size_t len, struct mime_buf *out)
{
	if (len > SIZE_MAX / 2) {
		errno = ENOMEM;
		return (-1);
	}
	if (mime_buf_reserve(out, 2 * len) == -1)
		return (-1);
	out->len += translate(text, len, 0,
	    (unsigned char *)out->data + out->len);
	return (0);
}

int
mime_source_pad(struct mime_source *src, uint64_t len,
    const struct mime_sink *sink)
{
	char	 spaces[512];
	size_t	 n;

	if (src->error == 0)
		src->error = ESTALE;
	memset(spaces, ' ', sizeof(spaces));
	for (; len > 0; len -= n) {
		n = len < sizeof(spaces) ? (size_t)len : sizeof(spaces);
		if (mime_sink_write(sink, spaces, n) == -1)
			return (-1);
	}
	return (0);
}
