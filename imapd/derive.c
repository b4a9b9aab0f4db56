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
#include <stdlib.h>
#include <string.h>

#include "common/mix.h"
#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/mime/message.h"
#include "imapd/mime/structure.h"
#include "imapd/view.h"

/*
 * What is derived from messages: by which function, and from what.
 */

/*
 * Behind what is kept of a message stands a sum of what its row has said of
 * it from the start: folder and index may have been put back to what they
 * were, and the UID may be another message's since.
 */
#define MARK	sizeof(uint64_t)

/* From a message in memory that has the fields of CACHE_FIELDS alone. */
#define FROM_FIELDS	0x01
/* From all of the file, or nearly so. */
#define FROM_ALL	0x02

/* What was derived last, of a kind, until the command ends. */
struct derived {
	uint32_t	uid;		/* 0: nothing */
	int		partial;	/* not all of the file could be read */
	struct mime_buf	buf;
};

struct derive {
	const struct folder	*folder;	/* of all that is here */
	struct cache		*cache;		/* the folder's; may be NULL */
	struct derived		 last[CACHE_KINDS];
};

static derive_fn	derive_body;
static derive_fn	derive_bodystructure;
static derive_fn	derive_envelope;
static derive_fn	derive_global_body;
static derive_fn	derive_global_bodystructure;
static int	derive(struct session *, const struct view_msg *,
		    enum cache_kind, struct derived *, unsigned int *);
static int	from_fields(struct session *, const struct view_msg *,
		    enum cache_kind, struct derived *, unsigned int *);
static int	get_kept(struct cache *, const struct view_msg *,
		    enum cache_kind, const char **, size_t *);
static void	keep(struct cache *, const struct view_msg *, enum cache_kind,
		    struct mime_buf *);
static uint64_t	mark(const struct view_msg *);
static struct derive *state(struct session *);

static const struct {
	derive_fn	*fn;
	int		 how;		/* FROM_* */
} functions[CACHE_KINDS] = {
	[CACHE_FIELDS] = { derive_fields, 0 },
	[CACHE_ENVELOPE] = { derive_envelope, FROM_FIELDS },
	[CACHE_BODY] = { derive_body, FROM_ALL },
	[CACHE_BODYSTRUCTURE] = { derive_bodystructure, FROM_ALL },
	[CACHE_DATES] = { derive_dates, FROM_FIELDS },
	[CACHE_SUBJECT] = { derive_subject, FROM_FIELDS },
	[CACHE_ADDRESSES] = { derive_addresses, FROM_FIELDS },
	[CACHE_SORT] = { derive_sort, FROM_FIELDS },
	[CACHE_THREAD] = { derive_thread, FROM_FIELDS },
	[CACHE_EMAILID] = { derive_emailid, FROM_ALL },
	[CACHE_PREVIEW] = { derive_preview, 0 },
	[CACHE_GLOBAL_BODY] = { derive_global_body, FROM_ALL },
	[CACHE_GLOBAL_BODYSTRUCTURE] = { derive_global_bodystructure,
	    FROM_ALL }
};

static int
derive_envelope(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	return (mime_envelope(mime, &sink));
}

static int
derive_body(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	return (mime_bodystructure(mime, 0, &sink));
}

static int
derive_bodystructure(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	return (mime_bodystructure(mime, MIME_STRUCTURE_EXTENDED, &sink));
}

static int
derive_global_body(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	return (mime_bodystructure(mime, MIME_STRUCTURE_GLOBAL, &sink));
}

static int
derive_global_bodystructure(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_sink	sink = mime_buf_sink(buf);

	return (mime_bodystructure(mime, MIME_STRUCTURE_EXTENDED |
	    MIME_STRUCTURE_GLOBAL, &sink));
}

/* At the first call in a command: what others have added is seen then. */
static struct derive *
state(struct session *s)
{
	struct derive	*d = s->derive;
	unsigned int	 i;

	if (d != NULL && d->folder == s->view->folder)
		return (d);
	if (d == NULL && (d = s->derive = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	for (i = 0; i < CACHE_KINDS; i++)
		d->last[i].uid = 0;
	d->folder = s->view->folder;
	if ((d->cache = cache_of(s->view->folder)) != NULL)
		cache_sync(d->cache);
	return (d);
}

static uint64_t
mark(const struct view_msg *m)
{
	uint64_t	sum;

	sum = mix_word(m->row.size, (uint64_t)m->row.internaldate);
	return (mix_word(sum, m->row.savedate));
}

/* Where one thing is of another message, the others may be. */
static int
get_kept(struct cache *c, const struct view_msg *m, enum cache_kind kind,
    const char **data, size_t *len)
{
	const void	*p;
	uint64_t	 is = mark(m), was;
	size_t		 n;

	if (c == NULL || m->lost || cache_get(c, kind, m->uid, &p, &n) != 1)
		return (0);
	if (n >= MARK) {
		memcpy(&was, (const char *)p + n - MARK, MARK);
		if (was == is) {
			*data = p;
			*len = n - MARK;
			return (1);
		}
	}
	if (!m->gone)
		cache_disown(c);
	return (0);
}

static void
keep(struct cache *c, const struct view_msg *m, enum cache_kind kind,
    struct mime_buf *buf)
{
	uint64_t	is = mark(m);

	if (c == NULL || m->gone || mime_buf_add(buf, &is, MARK) == -1)
		return;
	cache_put(c, kind, m->uid, buf->data, buf->len);
	buf->len -= MARK;
}

/* Header fields that are too long to be kept are read from the file. */
static int
from_fields(struct session *s, const struct view_msg *m,
    enum cache_kind kind, struct derived *to, unsigned int *opened)
{
	const struct derived	*fields = &s->derive->last[CACHE_FIELDS];
	struct mime_message	*mime;
	const char		*data;
	size_t			 len;
	int			 ret;

	ret = derive_get(s, m, CACHE_FIELDS, &data, &len, opened);
	if (ret != 1)
		return (ret);
	if (len < sizeof(uint64_t)) {
		errno = EMSGSIZE;	/* no record of ours */
		return (-1);
	}
	to->partial = fields->uid == m->uid && fields->partial;
	if ((mime = mime_open_memory(data + sizeof(uint64_t),
	    len - sizeof(uint64_t))) == NULL)
		return (-1);
	ret = functions[kind].fn(mime, &to->buf) == -1 ? -1 : 1;
	mime_close(mime);
	return (ret);
}

/* What a file that cannot be read has is told, and not kept. */
static int
derive(struct session *s, const struct view_msg *m, enum cache_kind kind,
    struct derived *to, unsigned int *opened)
{
	struct mime_message	*mime;
	int			 ret;

	if (functions[kind].how & FROM_FIELDS) {
		ret = from_fields(s, m, kind, to, opened);
		if (ret != -1 || errno != EMSGSIZE)
			goto out;
	}
	mime_buf_reset(&to->buf);
	if ((mime = message_open(s, m)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	if (opened != NULL)
		(*opened)++;
	if (functions[kind].how & FROM_ALL)
		mime_read_ahead(mime);
	if (functions[kind].fn(mime, &to->buf) == -1)
		return (-1);
	to->partial = mime_error(mime) != 0;
	ret = 1;
out:
	if (ret == 1 && !to->partial)
		keep(s->derive->cache, m, kind, &to->buf);
	return (ret);
}

int
derive_cached(struct session *s, const struct view_msg *m,
    enum cache_kind kind, const char **data, size_t *len)
{
	struct derive	*d;

	if ((d = state(s)) == NULL)
		return (-1);
	return (get_kept(d->cache, m, kind, data, len));
}

int
derive_get(struct session *s, const struct view_msg *m, enum cache_kind kind,
    const char **data, size_t *len, unsigned int *opened)
{
	struct derive	*d;
	struct derived	*last;
	int		 ret;

	if ((d = state(s)) == NULL)
		return (-1);
	if (get_kept(d->cache, m, kind, data, len) == 1)
		return (1);
	last = &d->last[kind];
	if (last->uid != m->uid) {
		last->uid = 0;
		mime_buf_reset(&last->buf);
		last->partial = 0;
		ret = derive(s, m, kind, last, opened);
		if (ret != 1)
			return (ret);
		last->uid = m->uid;
	}
	*data = last->buf.data;
	*len = last->buf.len;
	return (1);
}

void
derive_flush(struct session *s)
{
	unsigned int	i;

	if (s->derive == NULL)
		return;
	if (s->view != NULL && s->view->folder == s->derive->folder &&
	    s->derive->cache != NULL)
		cache_flush(s->derive->cache);
	for (i = 0; i < CACHE_KINDS; i++)
		mime_buf_free(&s->derive->last[i].buf);
	free(s->derive);
	s->derive = NULL;
}
