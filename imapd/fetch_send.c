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

#include "common/log.h"
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

static void	add_date(struct line *, const struct row *);
static void	add_row(struct session *, struct line *,
		    const struct view_msg *, unsigned int, uint64_t);
static int	has_body(const struct fetch *);
static int	make_structures(struct mime_message *, unsigned int,
		    struct mime_buf *);
static int	send_section(struct session *, struct mime_message *,
		    const struct fetch_section *, char);
static int	send_sections(struct session *, struct mime_message *,
		    const struct fetch *, char);
static int	sink_write(void *, const void *, size_t);
static int	size_of(struct session *, const struct view_msg *,
		    struct mime_message **, uint64_t *);

static int
sink_write(void *arg, const void *buf, size_t len)
{
	return (client_write(arg, buf, len));
}

static void
add_date(struct line *l, const struct row *row)
{
	struct mime_date	d;
	char			buf[MIME_INTERNALDATE_SIZE];
	time_t			t = (time_t)row->internaldate;

	mime_date_from_time(&d, t, mime_date_localzone(t));
	mime_date_format(&d, buf);
	line_puts(l, " INTERNALDATE \"");
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
		add_date(l, &m->row);
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

static int
send_section(struct session *s, struct mime_message *mime,
    const struct fetch_section *sec, char sep)
{
	struct mime_sink	sink;
	struct mime_data	data;
	uint64_t		off = 0, len;
	int			found;

	found = mime_section_find(mime, &sec->section, &data);
	if (found != 1) {
		(void)client_printf(s->client, "%c%s NIL", sep,
		    sec->label);
		return (found);
	}
	len = data.size;
	if (sec->partial) {
		off = sec->offset;
		len = mime_section_partial(&data, off, sec->count);
	}
	(void)client_printf(s->client, "%c%s {%llu}\r\n", sep, sec->label,
	    (unsigned long long)len);
	if (len == 0)
		return (0);
	sink.write = sink_write;
	sink.arg = s->client;
	return (mime_section_send(mime, &sec->section, &data, off, len,
	    &sink));
}

/* All of them; -1 if what was announced was not what the file has. */
static int
send_sections(struct session *s, struct mime_message *mime,
    const struct fetch *f, char sep)
{
	size_t	i;
	int	ret = 0;

	for (i = 0; i < f->nsections; i++) {
		if (send_section(s, mime, &f->sections[i], sep) == -1)
			ret = -1;
		sep = ' ';
	}
	if (f->nsections > 0 && mime_error(mime) != 0) {
		log_warnx("fetch: the file has changed or can't be read "
		    "error=%d", mime_error(mime));
		ret = -1;
	}
	return (ret);
}

/*
 * Whether what is asked for is more than header fields: then nothing
 * else is compressed with it, so that its length tells nobody whether what he
 * has sent is like what somebody else has sent.
 */
static int
has_body(const struct fetch *f)
{
	enum mime_section_kind	kind;
	size_t			i;

	for (i = 0; i < f->nsections; i++) {
		kind = f->sections[i].section.kind;
		if (kind == MIME_SECTION_ALL || kind == MIME_SECTION_TEXT)
			return (1);
	}
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
	if ((items & FETCH_SIZE) && size_of(s, m, &mime, &size) == -1)
		return (-1);
	if ((items & FETCH_FILE) && make_structures(mime, items, &buf) == -1)
		goto out;
	if (has_body(f))
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
	ret = send_sections(s, mime, f,
	    l.len == start && buf.len == 0 ? '(' : ' ') == -1 ? -2 : 0;
	if (mime_error(mime) != 0)
		message_recount(s, m);
	(void)client_puts(s->client, ")\r\n");
	if (has_body(f))
		(void)client_forget(s->client);
out:
	mime_buf_free(&buf);
	return (ret);
}
