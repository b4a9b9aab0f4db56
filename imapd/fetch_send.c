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
#include <time.h>

#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/mime/date.h"
#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"
#include "imapd/mime/structure.h"
#include "imapd/view.h"

/*
 * The line of one message.  What the row has is put together in memory;
 * envelope and structure are made before anything is sent, since they can
 * fail; sections are announced with their size and then streamed.
 */

static void	add_date(struct line *, const char *, int64_t);
static void	add_row(struct session *, struct line *,
		    const struct view_msg *, unsigned int, uint64_t);
static int	make_structures(struct mime_message *, unsigned int,
		    struct mime_buf *);
static int	size_of(struct session *, const struct view_msg *,
		    struct mime_message **, uint64_t *);

static void
add_date(struct line *l, const char *name, int64_t date)
{
	struct mime_date	d;
	char			buf[MIME_INTERNALDATE_SIZE];
	time_t			t = (time_t)date;

	mime_date_from_time(&d, t, mime_date_localzone(t));
	mime_date_format(&d, buf);
	line_puts(l, name);
	line_add(l, " \"", 2);
	line_add(l, buf, MIME_INTERNALDATE_SIZE - 1);
	line_add(l, "\"", 1);
}

/* What the row alone tells; a space before each item. */
static void
add_row(struct session *s, struct line *l, const struct view_msg *m,
    unsigned int items, uint64_t size)
{
	if (items & FETCH_UID) {
		line_puts(l, " UID ");
		line_number(l, m->uid);
	}
	if (items & FETCH_FLAGS) {
		response_keywords(s);
		line_add(l, " ", 1);
		line_flags(l, s->view, &m->row, m->recent && !s->rev2);
	}
	if (items & FETCH_MODSEQ) {
		line_puts(l, " MODSEQ (");
		line_number(l, m->row.modseq);
		line_add(l, ")", 1);
		if (m->row.modseq > s->view->sent)
			s->view->sent = m->row.modseq;
	}
	if (items & FETCH_INTERNALDATE)
		add_date(l, " INTERNALDATE", m->row.internaldate);
	if (items & FETCH_SAVEDATE)
		add_date(l, " SAVEDATE", m->row.savedate);
	if (items & FETCH_SIZE) {
		line_puts(l, " RFC822.SIZE ");
		line_number(l, size);
	}
}

/* RFC822.SIZE, counted if nobody has yet. */
static int
size_of(struct session *s, const struct view_msg *m,
    struct mime_message **mime, uint64_t *size)
{
	*size = m->row.vsize;
	if (*size != TABLE_UNKNOWN)
		return (0);
	if (*mime == NULL && (*mime = message_open(s, m)) == NULL)
		return (-1);
	*size = mime_size(*mime);
	if (mime_error(*mime) != 0) {
		errno = mime_error(*mime);
		return (-1);
	}
	if (!m->gone)
		message_size(s, m->uid, *size);
	return (0);
}

static int
make_structures(struct mime_message *mime, unsigned int items,
    struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	if ((items & FETCH_ENVELOPE) &&
	    (mime_sink_puts(&sink, " ENVELOPE ") == -1 ||
	    mime_envelope(mime, &sink) == -1))
		return (-1);
	if ((items & FETCH_BODY) && (mime_sink_puts(&sink, " BODY ") == -1 ||
	    mime_bodystructure(mime, 0, &sink) == -1))
		return (-1);
	if ((items & FETCH_BODYSTRUCTURE) &&
	    (mime_sink_puts(&sink, " BODYSTRUCTURE ") == -1 ||
	    mime_bodystructure(mime, 1, &sink) == -1))
		return (-1);
	return (0);
}

int
fetch_send(struct session *s, const struct fetch *f, const struct view_msg *m,
    unsigned int extra)
{
	struct mime_message	*mime = NULL;
	struct mime_buf		 buf = { NULL, 0, 0, 0 };
	struct line		 l;
	unsigned int		 items = f->items | extra;
	uint64_t		 size = 0;
	size_t			 start;
	int			 ret = -1;

	if ((f->nsections > 0 || (items & FETCH_FILE)) &&
	    (mime = message_open(s, m)) == NULL)
		return (-1);
	/* Answers that cannot be given, while a NO is still possible. */
	if (f->nsections > 0 && fetch_body_check(mime, f) == -1)
		return (-1);
	if ((items & FETCH_SIZE) && size_of(s, m, &mime, &size) == -1)
		return (-1);
	if ((items & FETCH_FILE) && make_structures(mime, items, &buf) == -1)
		goto out;
	if (fetch_body_is_text(f))
		(void)client_forget(s->client);
	line_start(&l);
	line_add(&l, "* ", 2);
	line_number(&l, m->num);
	line_puts(&l, " FETCH ");
	start = l.len;
	add_row(s, &l, m, items, size);
	/* The list begins where the first item's space is. */
	if (l.len > start)
		l.buf[start] = '(';
	else if (buf.len > 0)
		buf.data[0] = '(';
	if (f->nsections == 0 && buf.len == 0)
		line_add(&l, ")\r\n", 3);
	line_send(s, &l);
	if (f->nsections == 0 && buf.len == 0)
		return (0);
	if (buf.len > 0)
		(void)client_write(s->client, buf.data, buf.len);
	ret = fetch_body_send(s, mime, f,
	    l.len == start && buf.len == 0 ? '(' : ' ') == -1 ? -2 : 0;
	if (mime_error(mime) != 0)
		message_recount(s, m);
	(void)client_puts(s->client, ")\r\n");
	if (fetch_body_is_text(f))
		(void)client_forget(s->client);
out:
	mime_buf_free(&buf);
	return (ret);
}
