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

#ifndef IMAPD_FETCH_H
#define IMAPD_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/derive.h"
#include "imapd/mime/section.h"

struct mime_buf;
struct mime_message;
struct parser_arg;
struct session;
struct view_msg;

/*
 * What a FETCH asks for (RFC 3501 section 6.4.5, RFC 7162 section 3.1.4, RFC
 * 8474 section 5.3, RFC 8514, RFC 8970).
 */
#define FETCH_UID		0x0001
#define FETCH_FLAGS		0x0002
#define FETCH_MODSEQ		0x0004
#define FETCH_INTERNALDATE	0x0008
#define FETCH_SIZE		0x0010
#define FETCH_ENVELOPE		0x0020
#define FETCH_BODY		0x0040
#define FETCH_BODYSTRUCTURE	0x0080
#define FETCH_SEEN		0x0100	/* sets \Seen */
#define FETCH_SAVEDATE		0x0200
#define FETCH_EMAILID		0x0400
#define FETCH_THREADID		0x0800
#define FETCH_PREVIEW		0x1000
#define FETCH_LAZY		0x2000	/* PREVIEW only if it is at hand */
#define FETCH_FILE		(FETCH_ENVELOPE | FETCH_BODY | \
				    FETCH_BODYSTRUCTURE)
#define FETCH_CONTENT		(FETCH_EMAILID | FETCH_THREADID | FETCH_PREVIEW)

#define FETCH_SECTIONS_MAX	256	/* BODY[...] in one command */
#define FETCH_FIELDS_MAX	4096	/* header fields in one command */

enum fetch_kind {
	FETCH_KIND_BODY,
	FETCH_KIND_BINARY,
	FETCH_KIND_BINARY_SIZE
};

/* A BODY[...], BINARY[...], RFC822, RFC822.HEADER or RFC822.TEXT. */
struct fetch_section {
	enum fetch_kind		 kind;
	struct mime_section	 section;
	char			*label;		/* as it is answered */
	const char		**fields;
	unsigned char		 kept[DERIVE_FIELDS];	/* by number */
	int			 partial;
	uint64_t		 offset;
	uint64_t		 count;
};

struct fetch {
	unsigned int		 items;		/* FETCH_* */
	int			 changed;	/* CHANGEDSINCE was given */
	int			 vanished;	/* and VANISHED */
	uint64_t		 changedsince;
	int			 partial;	/* PARTIAL was given */
	int64_t			 first;		/* as search_partial() */
	int64_t			 last;
	struct fetch_section	*sections;
	size_t			 nsections;
	int			 fields;	/* all are of header fields; */
	uint64_t		 others;	/* of these not all are kept */
};

/*
 * fetch_parse.c
 *
 * Takes the arguments of FETCH after the set, which must outlive the result.
 * Returns 0, or -1 with *why for BAD; fetch_free() in either case.
 */
int	fetch_parse(struct fetch *, const struct parser_arg *,
	    const char **why);
void	fetch_free(struct fetch *);

/*
 * fetch_section.c
 *
 * Adds what BODY[...], BINARY[...] and BINARY.SIZE[...] ask for, or a section
 * by its old name.  Return 0, or -1: with *why for BAD, or for want of memory.
 */
int	fetch_section_parse(struct fetch *, const struct parser_arg *,
	    const char **why);
int	fetch_section_rfc822(struct fetch *, const char *name,
	    const char *section);
void	fetch_section_free(struct fetch_section *);

/*
 * fetch_file.c
 *
 * Opens a message for reading.  The last one stays open for the session,
 * since clients fetch big ones in pieces.  Returns NULL with errno: ENOENT if
 * its file is gone.
 */
struct mime_message *message_open(struct session *, const struct view_msg *);

/* Closes what message_open() keeps open. */
void	message_close(struct session *);

/*
 * The same when nobody has asked for it for a while, between commands: when
 * that will be, in milliseconds of session_clock(); INT64_MAX: nothing is
 * open.
 */
int64_t	message_rest(struct session *, int64_t now);

/* Remembers a size that was counted, to be told to indexd. */
void	message_size(struct session *, uint32_t uid, uint64_t size);
void	message_sizes_flush(struct session *);

/*
 * Counts the size of the message that is open anew, since what is known of it
 * cannot be right, and tells indexd.
 */
void	message_recount(struct session *, const struct view_msg *);

/*
 * fetch_body.c
 *
 * Sends the sections, sep before the first one.  Returns 0, or -1 if what was
 * announced was not what the file has.
 */
int	fetch_body_send(struct session *, struct mime_message *,
	    const struct fetch *, char sep);

/*
 * Whether they can be sent: 0, or -1 with errno, ENOTSUP for a transfer
 * encoding that BINARY does not know.
 */
int	fetch_body_check(struct mime_message *, const struct fetch *);

/* Whether there is text of messages in what is asked for. */
int	fetch_body_is_text(const struct fetch *);

/*
 * fetch_fields.c
 *
 * Appends all sections, a space before each, if the fields of the header that
 * are kept (CACHE_FIELDS) answer them: returns 1.  Else 0; -1 with errno.
 * fetch_fields_mark() is told of all that is asked for before.
 */
void	fetch_fields_mark(struct fetch *);
int	fetch_fields_add(struct session *, const struct fetch *,
	    const struct view_msg *, struct mime_buf *);

/*
 * fetch_items.c
 *
 * Appends those of FETCH_CONTENT, a space before each.  Returns 0, or -1 with
 * errno: ENOENT if the message's file is gone.
 */
int	fetch_items(struct session *, const struct view_msg *,
	    unsigned int items, struct mime_buf *);

/*
 * fetch_send.c
 *
 * Sends the FETCH line of one message, with extra items (FETCH_*).  Returns
 * 0; -1 with errno before anything was sent; or -2 if the connection can't
 * go on, since what was announced could not be sent.
 */
int	fetch_send(struct session *, const struct fetch *,
	    const struct view_msg *, unsigned int extra);

#endif
