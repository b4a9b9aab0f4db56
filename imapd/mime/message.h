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

#ifndef IMAPD_MIME_MESSAGE_H
#define IMAPD_MIME_MESSAGE_H

#include <sys/types.h>

#include <stdint.h>

/*
 * A message and its tree of parts (RFC 2045, RFC 2046, RFC 5322).  Any file
 * is a message: parsing never fails for what it holds.  Memory is bounded by
 * MIME_PARTS_MAX, time is linear in the size of the file.
 *
 * A message keeps its source's buffer and what it has learned, so answering
 * several FETCH items, or a series of partial fetches, from one handle is
 * cheaper than opening it for each.
 */
#define MIME_DEPTH_MAX		100	/* levels; what is deeper is opaque */
#define MIME_PARTS_MAX		10000	/* more stay in the last part's body */
#define MIME_BOUNDARY_MAX	256	/* bytes; RFC 2046 allows 70 */

enum mime_kind {
	MIME_LEAF,		/* anything without parts of its own */
	MIME_MULTIPART,		/* its children are the parts */
	MIME_RFC822		/* its one child is the message within */
};

/* How the content type must be taken, whatever the header says. */
#define MIME_PART_PLAIN		0x01	/* text/plain: RFC 2045 section 5.2 */
#define MIME_PART_OPAQUE	0x02	/* application/octet-stream */
#define MIME_PART_DIGEST	0x04	/* parts of it, and itself if it says */
					/* nothing, are message/rfc822 */
#define MIME_PART_TEXT		0x08	/* a leaf of type text */
#define MIME_PART_GLOBAL	0x10	/* message/global (RFC 6532) */

struct mime_part {
	struct mime_part *parent;
	struct mime_part *next;		/* the next part of the same parent */
	struct mime_part *child;	/* the first one */
	struct mime_part *last;		/* the last child */
	off_t		 header;	/* file offsets: header starts, */
	off_t		 body;		/* body starts (header ends), */
	off_t		 end;		/* body ends */
	uint64_t	 header_size;	/* on the wire, with the empty line */
	uint64_t	 body_size;	/* on the wire */
	uint64_t	 body_lines;
	unsigned int	 nchildren;
	unsigned int	 depth;		/* of the outermost message: 0 */
	enum mime_kind	 kind;
	unsigned int	 flags;		/* MIME_PART_* */
};

struct mime_buf;
struct mime_message;
struct mime_source;
struct mime_wanted;

/*
 * Opens a message over the open file fd, which stays the caller's and must
 * stay open until mime_close(); it is read with pread(2) only.  Reads nothing
 * yet.  Returns the message, which mime_close() frees, or NULL with errno.
 */
struct mime_message *mime_open(int fd);

/* The same where its size is known, without a system call. */
struct mime_message *mime_open_sized(int fd, off_t size);

/*
 * Says that most of the file will be asked for, before it is read, so that
 * more is read at once.
 */
void	mime_read_ahead(struct mime_message *);

/* The same over len bytes in memory, which must stay there as long. */
struct mime_message *mime_open_memory(const void *, size_t len);
void	mime_close(struct mime_message *);

/*
 * Returns RFC822.SIZE: the bytes that BODY[] sends.  The first call reads the
 * file through, unless its tree is there already.
 */
uint64_t mime_size(struct mime_message *);

/*
 * Tells the message the size that mime_size() gave for the same file before,
 * so that it need not be counted again.
 */
void	mime_set_size(struct mime_message *, uint64_t size);

/*
 * Returns 0 as long as the file gave all bytes it promised; else why not:
 * ESTALE if there were fewer than when it was opened or when a section was
 * found, or the errno of pread(2).  Answers given since are well-formed, but
 * padded or cut short: the caller should log it, and end the connection if
 * bytes of a section were sent.
 */
int	mime_error(const struct mime_message *);

/*
 * Returns the outermost part, parsing the whole file at the first call; it
 * belongs to the message.  NULL with errno (ENOMEM).
 */
const struct mime_part *mime_tree(struct mime_message *);

/*
 * Finds the header of the outermost part without parsing more: sets *body to
 * the file offset where it ends.  Returns its size on the wire.
 */
uint64_t mime_root_body(struct mime_message *, off_t *body);

/*
 * Collects fields of the message's own header, as mime_header_collect() does,
 * into values[0..n-1], which need not be zeros.  0, or -1 with errno ENOMEM.
 */
int	mime_root_fields(struct mime_message *, const struct mime_wanted *,
	    size_t n, struct mime_buf *values);

/*
 * Has cancel called with arg now and then while the file is read, by what
 * can take long: where it returns not 0 the file ends, and mime_error() is
 * ECANCELED.
 */
void	mime_set_cancel(struct mime_message *, int (*cancel)(void *),
	    void *arg);

/* The message's source, for the modules of this directory. */
struct mime_source *mime_source_of(struct mime_message *);

#endif
