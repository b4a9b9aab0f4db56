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
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/uidset.h"
#include "imapd/deliver.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/view.h"

static const char *idx_reply(unsigned int);
static void	tagged(struct session *, const char *, const char *,
		    const char *, va_list)
		    __attribute__((__format__(printf, 4, 0)));
static void	status(struct session *, const char *, const char *,
		    const char *, const char *, va_list)
		    __attribute__((__format__(printf, 5, 0)));

/* Writes "tag OK [code] text". */
static void
status(struct session *s, const char *tag, const char *word,
    const char *code, const char *fmt, va_list ap)
{
	char	text[1024], *p;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	/* resp-text is one line, whatever was put into it. */
	for (p = text; *p != '\0'; p++) {
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	}
	if (code == NULL)
		(void)client_printf(s->client, "%s %s %s\r\n", tag, word,
		    text);
	else
		(void)client_printf(s->client, "%s %s [%s] %s\r\n", tag,
		    word, code, text);
}

static void
tagged(struct session *s, const char *word, const char *code,
    const char *fmt, va_list ap)
{
	char	highest[48];
	int	what = UPDATE_FLAGS | UPDATE_EXISTS;

	if (s->replied)
		return;
	if (s->view != NULL && s->cmd != NULL && s->state ==
	    SESSION_SELECTED && (s->cmd->flags & CMD_QUIET) == 0) {
		if (!s->hold)
			what |= UPDATE_EXPUNGE;
		if (s->cmd->flags & CMD_SCAN)
			what |= UPDATE_SCAN;
		if (update_send(s, what) == -1)
			return;
		if (s->expunging && code == NULL) {
			(void)snprintf(highest, sizeof(highest),
			    "HIGHESTMODSEQ %" PRIu64, view_highest(s->view));
			code = highest;
		}
	}
	status(s, parser_tag(s->parser), word, code, fmt, ap);
	s->replied = 1;
	if (s->view != NULL)
		s->view->sent = 0;
}

void
reply_ok(struct session *s, const char *code, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	tagged(s, "OK", code, fmt, ap);
	va_end(ap);
	s->bad = 0;
}

void
reply_no(struct session *s, const char *code, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	tagged(s, "NO", code, fmt, ap);
	va_end(ap);
}

/* Nothing was done: no news goes out with it. */
void
reply_bad(struct session *s, const char *fmt, ...)
{
	va_list	ap;

	if (s->replied)
		return;
	va_start(ap, fmt);
	status(s, parser_tag(s->parser), "BAD", NULL, fmt, ap);
	va_end(ap);
	s->replied = 1;
	s->bad++;
}

/* The code of RFC 5530 for indexd's NO. */
static const char *
idx_reply(unsigned int code)
{
	switch (code) {
	case PROTO_NO_LIMIT:
	case PROTO_NO_MEMORY:
	case PROTO_NO_FILES:
		return ("LIMIT");
	case PROTO_NO_SPACE:
		return ("OVERQUOTA");
	case PROTO_NO_FLOOR:
	case PROTO_NO_LOOK:
	case PROTO_NO_TICKET:
	case PROTO_NO_DISK:
	/* Or it is made anew: a client must not forget it. */
	case PROTO_NO_GONE:
		return ("UNAVAILABLE");
	case PROTO_NO_DAMAGED:
		return ("CORRUPTION");
	case PROTO_NO_MAILBOX:
		return ("NONEXISTENT");
	case PROTO_NO_LEASE:
		return ("INUSE");
	default:
		return ("SERVERBUG");
	}
}

const char *
response_errno(int error, const char **text)
{
	*text = error == EACCES || error == EPERM ? "No permission" :
	    deliver_reason(error);
	switch (error) {
	case ENOENT:
		return ("NONEXISTENT");
	case EEXIST:
		return ("ALREADYEXISTS");
	case EACCES:
	case EPERM:
	case EROFS:
		return ("NOPERM");
	case ENOSPC:
	case EDQUOT:
		return ("OVERQUOTA");
	case E2BIG:
	case EFBIG:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return ("LIMIT");
	case EILSEQ:
	case EINVAL:
	case ENAMETOOLONG:
	case ELOOP:
	case ENOTDIR:
		return ("CANNOT");
	case EBADMSG:
		return ("CORRUPTION");
	case ENOTEMPTY:
	case EBUSY:
		return ("INUSE");
	case ETIMEDOUT:
	case ECANCELED:
	case EIO:
		return ("UNAVAILABLE");
	default:
		return ("SERVERBUG");
	}
}

void
reply_errno(struct session *s, const char *what)
{
	const char	*code, *text;
	char		 said[IDX_TEXTLEN];
	int		 error = errno;

	if (error == ENOTCONN) {
		session_bye(s, "UNAVAILABLE", "%s", idx_text(s->idx));
		return;
	}
	if (error == ESTALE) {
		session_bye(s, "UNAVAILABLE", "The mailbox is gone");
		return;
	}
	if ((error == EBADMSG || (error == EAGAIN &&
	    idx_code(s->idx) == PROTO_NO_DAMAGED)) && s->view != NULL) {
		/* When it is opened again it is sound, or made anew. */
		log_warnx("session: %s: damaged folder=%s", what,
		    s->view->folder->name);
		session_bye(s, "UNAVAILABLE", "The mailbox's index is "
		    "damaged, and is being repaired");
		return;
	}
	if (error == EAGAIN) {
		code = idx_reply(idx_code(s->idx));
		/* News before the reply may ask indexd again. */
		(void)strlcpy(said, idx_text(s->idx), sizeof(said));
		text = said;
	} else
		code = response_errno(error, &text);
	if (error == ENOMEM)
		log_warnx("session: memory is used up: limit memory %llu",
		    (unsigned long long)s->conf->memory);
	if (error != ENOENT && error != EEXIST)
		log_warnx("session: %s: %s error=%d code=%s", what, text,
		    error, code);
	reply_no(s, code, "%s: %s", what, text);
}

void
untagged(struct session *s, const char *fmt, ...)
{
	char	text[2048];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)client_printf(s->client, "* %s\r\n", text);
}

void
untagged_ok(struct session *s, const char *code, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	status(s, "*", "OK", code, fmt, ap);
	va_end(ap);
}

void
untagged_no(struct session *s, const char *code, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	status(s, "*", "NO", code, fmt, ap);
	va_end(ap);
}

void
line_send(struct session *s, const struct line *l)
{
	(void)client_write(s->client, l->buf, l->len);
}

void
line_flags(struct line *l, const struct view *v, const struct row *row,
    int recent)
{
	uint64_t	 left;
	size_t		 start;
	unsigned int	 i;

	line_puts(l, "FLAGS ");
	start = l->len;
	if (row->flags & FLAG_SEEN)
		line_puts(l, " \\Seen");
	if (row->flags & FLAG_ANSWERED)
		line_puts(l, " \\Answered");
	if (row->flags & FLAG_FLAGGED)
		line_puts(l, " \\Flagged");
	if (row->flags & FLAG_DELETED)
		line_puts(l, " \\Deleted");
	if (row->flags & FLAG_DRAFT)
		line_puts(l, " \\Draft");
	if (recent)
		line_puts(l, " \\Recent");
	for (left = row->keywords, i = 0; left != 0; left >>= 1, i++) {
		if ((left & 1) == 0 || i >= v->nkeywords)
			continue;
		line_puts(l, " ");
		line_puts(l, v->keyword[i]);
	}
	/* The list begins where the first one's space is. */
	if (l->len == start)
		line_puts(l, "(");
	else
		l->buf[start] = '(';
	line_puts(l, ")");
}

void
response_fetch(struct session *s, uint32_t num, const struct row *row,
    int recent, unsigned int items)
{
	struct line	 l;
	const char	*sep = "";

	if (items & FETCH_LINE_FLAGS)
		response_keywords(s);
	line_start(&l);
	line_add(&l, "* ", 2);
	line_number(&l, num);
	line_puts(&l, " FETCH (");
	if (items & FETCH_LINE_UID) {
		line_puts(&l, "UID ");
		line_number(&l, row->uid);
		sep = " ";
	}
	if (items & FETCH_LINE_MODSEQ) {
		line_puts(&l, sep);
		line_puts(&l, "MODSEQ (");
		line_number(&l, row->modseq);
		line_add(&l, ")", 1);
		sep = " ";
		if (row->modseq > s->view->sent)
			s->view->sent = row->modseq;
	}
	if (items & FETCH_LINE_FLAGS) {
		line_puts(&l, sep);
		line_flags(&l, s->view, row, recent && !s->rev2);
	}
	line_add(&l, ")\r\n", 3);
	line_send(s, &l);
}

void
response_vanished(struct session *s, const struct uidset *set, int earlier)
{
	char	text[VANISHED_MAX];
	size_t	pos = 0;

	while (uidset_text(set, &pos, text, sizeof(text)) > 0)
		(void)client_printf(s->client, "* VANISHED %s%s\r\n",
		    earlier ? "(EARLIER) " : "", text);
}

void
response_flags(struct session *s)
{
	struct view	*v = s->view;
	struct line	 l;
	unsigned int	 i, turn;

	for (turn = 0; turn < 2; turn++) {
		line_start(&l);
		line_puts(&l, turn == 0 ? "* FLAGS (" :
		    "* OK [PERMANENTFLAGS (");
		if (turn == 0 || !v->readonly) {
			line_puts(&l, "\\Answered \\Flagged \\Deleted \\Seen "
			    "\\Draft");
			for (i = 0; i < v->nkeywords; i++) {
				line_add(&l, " ", 1);
				line_puts(&l, v->keyword[i]);
			}
			if (turn == 1 && v->nkeywords < TABLE_KEYWORDS)
				line_puts(&l, " \\*");
		}
		line_puts(&l, turn == 0 ? ")\r\n" : v->readonly ?
		    ")] No flags can be changed\r\n" :
		    ")] Flags that can be changed\r\n");
		line_send(s, &l);
	}
	v->nannounced = v->nkeywords;
}

void
response_keywords(struct session *s)
{
	if (s->view->nkeywords > s->view->nannounced)
		response_flags(s);
}

char *
response_set(const struct uidset *set)
{
	char	*text;
	size_t	 pos = 0, size = (set->n + 1) * UIDSET_TEXT_MIN;

	if ((text = malloc(size)) != NULL)
		(void)uidset_text(set, &pos, text, size);
	return (text);
}
