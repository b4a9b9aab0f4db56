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

#include "imapd/derive.h"
#include "imapd/derive_preview.h"
#include "imapd/fetch.h"
#include "imapd/mime/sink.h"
#include "imapd/threadid.h"

/* Items that are made of what was derived: EMAILID, THREADID, PREVIEW. */

static int	add_emailid(struct session *, const struct view_msg *,
		    const struct mime_sink *);
static int	add_preview(struct session *, const struct view_msg *, int,
		    const struct mime_sink *);
static int	add_threadid(struct session *, const struct view_msg *,
		    const struct mime_sink *);
static int	get(struct session *, const struct view_msg *,
		    enum cache_kind, const char **, size_t *);

/* derive_get() without a third result: 0, or -1 with errno. */
static int
get(struct session *s, const struct view_msg *m, enum cache_kind kind,
    const char **data, size_t *len)
{
	switch (derive_get(s, m, kind, data, len, NULL)) {
	case 1:
		return (0);
	case 0:
		errno = ENOENT;
		return (-1);
	default:
		return (-1);
	}
}

/* RFC 8474 section 5.3. */
static int
add_emailid(struct session *s, const struct view_msg *m,
    const struct mime_sink *out)
{
	const char	*data;
	size_t		 len;

	if (get(s, m, CACHE_EMAILID, &data, &len) == -1 ||
	    mime_sink_puts(out, " EMAILID (") == -1 ||
	    mime_sink_write(out, data, len) == -1)
		return (-1);
	return (mime_sink_puts(out, ")"));
}

static int
add_threadid(struct session *s, const struct view_msg *m,
    const struct mime_sink *out)
{
	char	id[THREADID_MAX];

	switch (threadid_get(s, m, id, NULL)) {
	case 1:
		break;
	case 0:
		errno = ENOENT;
		return (-1);
	default:
		return (-1);
	}
	if (mime_sink_puts(out, " THREADID (") == -1 ||
	    mime_sink_puts(out, id) == -1)
		return (-1);
	return (mime_sink_puts(out, ")"));
}

/* NIL only for one that is not at hand (RFC 8970 section 4.1). */
static int
add_preview(struct session *s, const struct view_msg *m, int lazy,
    const struct mime_sink *out)
{
	const char	*data;
	size_t		 len;
	int		 ret;

	if (mime_sink_puts(out, " PREVIEW ") == -1)
		return (-1);
	if (lazy) {
		if ((ret = derive_cached(s, m, CACHE_PREVIEW, &data,
		    &len)) == -1)
			return (-1);
		if (ret == 0)
			return (mime_sink_puts(out, "NIL"));
	} else if (get(s, m, CACHE_PREVIEW, &data, &len) == -1)
		return (-1);
	/* After the form, of which there is one. */
	return (len < 1 ? mime_sink_puts(out, "\"\"") :
	    mime_sink_nstring(out, data + 1, len - 1));
}

int
fetch_items(struct session *s, const struct view_msg *m, unsigned int items,
    struct mime_buf *buf)
{
	struct mime_sink	out = mime_buf_sink(buf);

	if ((items & FETCH_EMAILID) && add_emailid(s, m, &out) == -1)
		return (-1);
	if ((items & FETCH_THREADID) && add_threadid(s, m, &out) == -1)
		return (-1);
	if ((items & FETCH_PREVIEW) &&
	    add_preview(s, m, (items & FETCH_LAZY) != 0, &out) == -1)
		return (-1);
	return (0);
}
