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

#ifndef IMAPD_RESPONSE_H
#define IMAPD_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

struct line;
struct row;
struct session;
struct uidset;
struct view;

/*
 * What the server says (RFC 3501 section 7).  A connection that fails while
 * something is written is seen by session_alive(); nobody need check here.
 *
 * code is a response code without its brackets, or NULL: "TRYCREATE".
 */

/*
 * The tagged reply to the command being run.  Before it goes what is new in
 * the selected mailbox, as far as the command allows (update_send()).
 */
void	reply_ok(struct session *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	reply_no(struct session *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	reply_bad(struct session *, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

/*
 * Tagged NO for an errno, with the code of RFC 5530 that fits and a text that
 * begins with what ("Can't store flags"); logs what is the server's fault.
 * EAGAIN is indexd's NO (idx_code()); ENOTCONN (indexd is gone, or the fate
 * of a request unknown) and ESTALE (the mailbox is gone) end in BYE.
 */
void	reply_errno(struct session *, const char *what);

/* Returns the code and the text for an errno, as reply_errno() uses them. */
const char *response_errno(int error, const char **text);

/* A line of untagged data: "* ", what is given, CRLF. */
void	untagged(struct session *, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* "* OK [code] text", and the same with NO (a warning). */
void	untagged_ok(struct session *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	untagged_no(struct session *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));

/* Writes a line to the client. */
void	line_send(struct session *, const struct line *);

/*
 * Adds "FLAGS (...)" of a row: system flags, \Recent if recent is not 0, and
 * the keywords by the view's names.
 */
void	line_flags(struct line *, const struct view *, const struct row *,
	    int recent);

/* What a FETCH line of flags has, beside the message's number. */
#define FETCH_LINE_UID		0x01
#define FETCH_LINE_FLAGS	0x02
#define FETCH_LINE_MODSEQ	0x04

/*
 * Sends "* num FETCH (...)" with these items in the order UID, MODSEQ, FLAGS,
 * and remembers the mod-sequence as sent.  IMAP4rev2 has no \Recent.
 */
void	response_fetch(struct session *, uint32_t num, const struct row *,
	    int recent, unsigned int items);

/*
 * Sends "* VANISHED set", with "(EARLIER)" if earlier is not 0 (RFC 7162
 * section 3.2.10): several lines if the set is long, none if it is empty.
 */
#define VANISHED_MAX	4096		/* octets of a set in one line */
void	response_vanished(struct session *, const struct uidset *,
	    int earlier);

/* "* FLAGS (...)" and "* OK [PERMANENTFLAGS (...)]" of the selected mailbox. */
void	response_flags(struct session *);

/* The same if there are keywords that the client was not told of. */
void	response_keywords(struct session *);

/*
 * Writes a UID set as text into a growing string, for COPYUID, APPENDUID and
 * MODIFIED.  Returns it, to be freed, or NULL with errno ENOMEM.
 */
char	*response_set(const struct uidset *);

#endif
