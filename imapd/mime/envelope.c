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

#include <string.h>

#include "imapd/mime/address.h"
#include "imapd/mime/envelope.h"
#include "imapd/mime/header.h"
#include "imapd/mime/structure.h"

/* In the order of the envelope (RFC 3501 section 7.4.2). */
enum {
	E_DATE, E_SUBJECT, E_FROM, E_SENDER, E_REPLY_TO, E_TO, E_CC, E_BCC,
	E_IN_REPLY_TO, E_MESSAGE_ID, E_FIELDS
};

static const struct mime_wanted fields[E_FIELDS] = {
	{ "Date", 0 },
	{ "Subject", 0 },
	{ "From", 1 },
	{ "Sender", 1 },
	{ "Reply-To", 1 },
	{ "To", 1 },
	{ "Cc", 1 },
	{ "Bcc", 1 },
	{ "In-Reply-To", 0 },
	{ "Message-ID", 0 }
};

static int	add_addresses(struct mime_buf *, const struct mime_buf *);
static int	put_field(const struct mime_sink *, struct mime_buf *, int);

int
mime_envelope(struct mime_message *m, const struct mime_sink *sink)
{
	struct mime_source	*src = mime_source_of(m);

	/* The fields end before the first empty line. */
	return (mime_envelope_span(src, 0, src->size, sink));
}

int
mime_envelope_span(struct mime_source *src, off_t start, off_t end,
    const struct mime_sink *sink)
{
	struct mime_buf	 values[E_FIELDS];
	int		 i, ret = -1;

	memset(values, 0, sizeof(values));
	if (mime_header_collect(src, start, end, fields, E_FIELDS, values) ==
	    -1 || mime_sink_puts(sink, "(") == -1)
		goto out;
	for (i = 0; i < E_FIELDS; i++) {
		if (i > 0 && mime_sink_puts(sink, " ") == -1)
			goto out;
		if (put_field(sink, values, i) == -1)
			goto out;
	}
	ret = mime_sink_puts(sink, ")");
out:
	for (i = 0; i < E_FIELDS; i++)
		mime_buf_free(&values[i]);
	return (ret);
}

/*
 * Lists of addresses take the place of their fields' values; Sender and
 * Reply-To, absent or empty, are as From.
 */
static int
put_field(const struct mime_sink *sink, struct mime_buf *values, int i)
{
	struct mime_buf	 list = { NULL, 0, 0, 0 };
	int		 from = i;

	if (!fields[i].join)
		return (mime_sink_nstring(sink, values[i].data, values[i].len));
	if (add_addresses(&list, &values[i]) == -1) {
		mime_buf_free(&list);
		return (-1);
	}
	mime_buf_free(&values[i]);
	values[i] = list;
	if (list.len == 0 && (i == E_SENDER || i == E_REPLY_TO))
		from = E_FROM;
	if (values[from].len == 0)
		return (mime_sink_puts(sink, "NIL"));
	if (mime_sink_puts(sink, "(") == -1 ||
	    mime_sink_write(sink, values[from].data, values[from].len) == -1)
		return (-1);
	return (mime_sink_puts(sink, ")"));
}

/*
 * Adds the addresses of a list, or nothing if there are none.  Several fields
 * of the name are one list, but what one of them leaves open ends with it.
 */
static int
add_addresses(struct mime_buf *list, const struct mime_buf *value)
{
	struct mime_sink	 sink = mime_buf_sink(list);
	const char		*p, *lf, *end;
	size_t			 n, count = 0;

	if (value->data == NULL)
		return (0);
	end = value->data + value->len;
	for (p = value->data; p <= end && count < MIME_ADDRESSES_MAX;
	    p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		if (mime_addresses(p, (size_t)(lf - p),
		    MIME_ADDRESSES_MAX - count, &sink, &n) == -1)
			return (-1);
		count += n;
	}
	return (0);
}
