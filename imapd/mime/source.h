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

#ifndef IMAPD_MIME_SOURCE_H
#define IMAPD_MIME_SOURCE_H

#include <sys/types.h>

#include <stdint.h>

#include "imapd/mime/sink.h"

/*
 * A message file, read with pread(2) through one bounded buffer, and its
 * form on the wire: there every line ends in CRLF (a bare LF gets a CR before
 * it, a bare CR stays), and a NUL octet is sent as 0x80.  Offsets called
 * "file" count the file's bytes, sizes called "wire" those sent.
 *
 * The owner can change the file at any time.  Its size is taken once; what
 * was appended since is not seen, and where it is shorter, or cannot be read,
 * it ends, and error says why: ESTALE, or the errno of pread(2).
 */
#define MIME_SOURCE_BUF		32768
#define MIME_SOURCE_FIRST	8192	/* the first read: most headers, */
					/* where no more is asked for */

struct mime_source {
	int		 fd;
	off_t		 size;		/* where the file ends for us */
	int		 error;		/* 0, or why it ended early */
	const unsigned char *view;	/* what is in memory: buf, or all */
	off_t		 bufoff;	/* file offset of view[0] */
	size_t		 buflen;
	size_t		 first;		/* octets of the first read */
	off_t		 mark_start;	/* a known place in a span: */
	off_t		 mark_file;	/* that starts at mark_start, */
	uint64_t	 mark_wire;	/* this far on the wire */
	int		(*cancel)(void *);	/* or NULL */
	void		*cancel_arg;
	size_t		 uncancelled;	/* bytes read since it was asked */
	unsigned char	 buf[MIME_SOURCE_BUF];
};

/*
 * Starts reading the open file fd, which stays the caller's and is read by
 * offset only.  Returns 0, or -1 with errno from fstat(2).
 */
int	mime_source_init(struct mime_source *, int fd);

/* The same where its size is known. */
void	mime_source_sized(struct mime_source *, int fd, off_t size);

/* The same with all of it in memory, which stays the caller's. */
void	mime_source_memory(struct mime_source *, const void *, size_t len);

/* mime_source_peek() where more may have to be read. */
size_t	mime_source_read(struct mime_source *, off_t off, size_t min,
	    const unsigned char **p);

/*
 * Gives a view of the file at off: sets *p and returns the number of bytes
 * there, at least min (at most MIME_SOURCE_BUF) unless the file ends before;
 * 0 at its end.  The view is good until the next call on the source.
 */
static inline size_t
mime_source_peek(struct mime_source *src, off_t off, size_t min,
    const unsigned char **p)
{
	off_t	 end = src->bufoff + (off_t)src->buflen;

	/* In memory, with no need of a look beyond. */
	if (off >= src->bufoff && end <= src->size && off < end &&
	    (size_t)(end - off) >= min) {
		*p = src->view + (off - src->bufoff);
		return ((size_t)(end - off));
	}
	return (mime_source_read(src, off, min, p));
}

/*
 * Returns the size on the wire of the file's bytes from start to end.
 */
uint64_t mime_source_wiresize(struct mime_source *, off_t start, off_t end);

/*
 * Sends the bytes [from, from + len) of the wire form of the span from start
 * to end: exactly len of them, spaces where the span turns out shorter, when
 * error is set.  Returns 0, or -1 with errno from the sink.
 */
int	mime_source_send(struct mime_source *, off_t start, off_t end,
	    uint64_t from, uint64_t len, const struct mime_sink *);

/* Appends the wire form of text in memory: 0, or -1 with errno. */
int	mime_source_wire(const void *, size_t, struct mime_buf *);

/*
 * The file turned out to hold less than was promised: sets error, if it is
 * not set, and sends len spaces.  Returns 0, or -1 with errno from the sink.
 */
int	mime_source_pad(struct mime_source *, uint64_t len,
	    const struct mime_sink *);

#endif
