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
#include <string.h>
#include <time.h>

#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/mime/date.h"
#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"
#include "imapd/mime/structure.h"
#include "imapd/view.h"

/*
 * The line of one message.  What the row has is put together in memory;
 * envelope and structure are got before anything is sent, since they can
 * fail; sections are announced with their size and then streamed.
 */
#define PIECES	3

/* Items that need nothing but the row; FETCH_SEEN is none. */
#define ROW_ITEMS	(FETCH_UID | FETCH_FLAGS | FETCH_MODSEQ | \
    FETCH_INTERNALDATE | FETCH_SIZE | FETCH_SAVEDATE)

/* What was derived: an item's name, with a space before, and its value. */
struct pieces {
	unsigned int	n;
	struct {
		const char	*name;
		const char	*data;
		size_t		 len;
	}		piece[PIECES + 2];
	struct mime_buf	items;		/* fetch_items() */
	struct mime_buf	fields;		/* fetch_fields_add(), the last one */
};

static void	add_date(struct line *, const char *, int64_t);
static void	add_row(struct session *, struct line *,
		    const struct view_msg *, unsigned int, uint64_t);
static void	add_piece(struct pieces *, const struct mime_buf *);
static int	get_piece(struct session *, const struct view_msg *,
		    enum cache_kind, const char **, size_t *);
static int	get_pieces(struct session *, const struct view_msg *,
		    unsigned int, struct pieces *);
static int	put_row(struct session *, struct line *,
		    const struct view_msg *, unsigned int, uint64_t);
static int	send_more(struct session *, const struct fetch *,
		    const struct view_msg *, unsigned int);
static void	send_pieces(struct session *, const struct pieces *, int);
static int	send_sections(struct session *, const struct fetch *,
		    const struct view_msg *, struct mime_message *, char);
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

/*
 * The cache's, or derived from the file, as derive_get().  IMAP4rev2 sees into
 * message/global, which others cannot read.
 */
static int
get_piece(struct session *s, const struct view_msg *m, enum cache_kind kind,
    const char **data, size_t *len)
{
	int	ret;

	ret = derive_get(s, m, kind, data, len, NULL);
	if (ret != 1 || !s->rev2 || kind == CACHE_ENVELOPE ||
	    !mime_structure_global(*data, *len))
		return (ret);
	return (derive_get(s, m, kind == CACHE_BODY ? CACHE_GLOBAL_BODY :
	    CACHE_GLOBAL_BODYSTRUCTURE, data, len, NULL));
}

/* One that was put together with a space before each item. */
static void
add_piece(struct pieces *p, const struct mime_buf *buf)
{
	p->piece[p->n].name = " ";
	p->piece[p->n].data = buf->data + 1;
	p->piece[p->n++].len = buf->len - 1;
}

/* All that are asked for: 0, or -1 with errno. */
static int
get_pieces(struct session *s, const struct view_msg *m, unsigned int items,
    struct pieces *p)
{
	static const struct {
		unsigned int	 item;
		enum cache_kind	 kind;
		const char	*name;
	} kinds[PIECES] = {
		{ FETCH_ENVELOPE, CACHE_ENVELOPE, " ENVELOPE " },
		{ FETCH_BODY, CACHE_BODY, " BODY " },
		{ FETCH_BODYSTRUCTURE, CACHE_BODYSTRUCTURE,
		    " BODYSTRUCTURE " }
	};
	unsigned int	i;

	for (i = 0; i < PIECES; i++) {
		if ((items & kinds[i].item) == 0)
			continue;
		switch (get_piece(s, m, kinds[i].kind, &p->piece[p->n].data,
		    &p->piece[p->n].len)) {
		case 1:
			p->piece[p->n++].name = kinds[i].name;
			break;
		case 0:
			errno = ENOENT;
			return (-1);
		default:
			return (-1);
		}
	}
	if ((items & FETCH_CONTENT) == 0)
		return (0);
	if (fetch_items(s, m, items, &p->items) == -1)
		return (-1);
	add_piece(p, &p->items);
	return (0);
}

/* After the line; with the parenthesis if that has no item. */
static void
send_pieces(struct session *s, const struct pieces *p, int first)
{
	unsigned int	i;

	for (i = 0; i < p->n; i++) {
		if (first)
			(void)client_write(s->client, "(", 1);
		(void)client_puts(s->client, p->piece[i].name + first);
		(void)client_write(s->client, p->piece[i].data,
		    p->piece[i].len);
		first = 0;
	}
}

static int
send_sections(struct session *s, const struct fetch *f,
    const struct view_msg *m, struct mime_message *mime, char sep)
{
	int	ret;

	ret = fetch_body_send(s, mime, f, sep) == -1 ? -2 : 0;
	if (mime_error(mime) != 0)
		message_recount(s, m);
	return (ret);
}

/* The line's beginning, and what the row tells: 1 if that is nothing, and the
 * list not begun. */
static int
put_row(struct session *s, struct line *l, const struct view_msg *m,
    unsigned int items, uint64_t size)
{
	size_t	start;

	line_start(l);
	line_puts(l, "* ");
	line_number(l, m->num);
	line_puts(l, " FETCH ");
	start = l->len;
	add_row(s, l, m, items, size);
	if (l->len == start)
		return (1);
	/* The list begins where the first item's space is. */
	l->buf[start] = '(';
	return (0);
}

/* What takes more than the row, as fetch_send(). */
static int
send_more(struct session *s, const struct fetch *f, const struct view_msg *m,
    unsigned int items)
{
	struct mime_message	*mime = NULL;
	struct pieces		 p;
	struct line		 l;
	uint64_t		 size = 0;
	int			 first, kept = 0, ret = -1;

	memset(&p, 0, sizeof(p));
	if (((items & FETCH_SIZE) && size_of(s, m, &mime, &size) == -1) ||
	    get_pieces(s, m, items, &p) == -1)
		goto out;
	if (f->nsections > 0) {
		if ((kept = fetch_fields_add(s, f, m, &p.fields)) == -1)
			goto out;
		if (kept)
			add_piece(&p, &p.fields);
		/* What cannot be answered, while a NO is still possible. */
		else if ((mime = message_open(s, m)) == NULL ||
		    fetch_body_check(mime, f) == -1)
			goto out;
	}
	if (fetch_body_is_text(f)) {
		(void)client_forget(s->client);
		if (mime != NULL)
			mime_read_ahead(mime);
	}
	first = put_row(s, &l, m, items, size);
	line_send(s, &l);
	ret = 0;
	send_pieces(s, &p, first);
	if (f->nsections > 0 && !kept)
		ret = send_sections(s, f, m, mime,
		    first && p.n == 0 ? '(' : ' ');
	(void)client_puts(s->client, ")\r\n");
	if (fetch_body_is_text(f))
		(void)client_forget(s->client);
out:
	mime_buf_free(&p.items);
	mime_buf_free(&p.fields);
	return (ret);
}

int
fetch_send(struct session *s, const struct fetch *f, const struct view_msg *m,
    unsigned int extra)
{
	struct line	 l;
	unsigned int	 items = f->items | extra;

	if (f->nsections > 0 || (items & ~ROW_ITEMS) != 0 ||
	    ((items & FETCH_SIZE) && m->row.vsize == TABLE_UNKNOWN))
		return (send_more(s, f, m, items));
	(void)put_row(s, &l, m, items, m->row.vsize);
	line_puts(&l, ")\r\n");
	line_send(s, &l);
	return (0);
}
