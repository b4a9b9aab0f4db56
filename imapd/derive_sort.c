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

#include <sys/types.h>

#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_key.h"
#include "imapd/derive_sort.h"
#include "imapd/mime/address.h"
#include "imapd/mime/header.h"
#include "imapd/mime/message.h"

/* What is derived for SORT. */

enum { F_DATE, F_SUBJECT, F_FROM, F_TO, F_CC, F_FIELDS };

static const struct mime_wanted fields[F_FIELDS] = {
	{ "Date", 0 },
	{ "Subject", 0 },
	{ "From", 1 },
	{ "To", 1 },
	{ "Cc", 1 }
};

/* Of an address structure (RFC 3501 section 7.4.2); NULL data is NIL. */
struct address {
	struct mime_buf	name;
	struct mime_buf	mailbox;
	struct mime_buf	host;
};

static int	first_address(const struct mime_buf *, struct mime_buf *);
static void	free_address(struct address *);
static int	put_address(struct mime_buf *, const struct mime_buf *, int);
static int	put_date(struct mime_buf *, const struct mime_buf *);
static int	put_display(struct mime_buf *, const struct address *);
static int	put_subject(struct mime_buf *, const struct mime_buf *);
static int	put_text(struct mime_buf *, const struct mime_buf *);
static int	read_address(const struct mime_buf *, struct address *);
static const char *read_nstring(const char *, const char *,
		    struct mime_buf *);

int
derive_sort(struct mime_message *m, struct mime_buf *out)
{
	struct mime_buf	values[F_FIELDS];
	int		i, ret = -1;

	if (mime_root_fields(m, fields, F_FIELDS, values) == 0 &&
	    put_date(out, &values[F_DATE]) == 0 &&
	    put_subject(out, &values[F_SUBJECT]) == 0 &&
	    put_address(out, &values[F_FROM], 1) == 0 &&
	    put_address(out, &values[F_TO], 1) == 0)
		ret = put_address(out, &values[F_CC], 0);
	for (i = 0; i < F_FIELDS; i++)
		mime_buf_free(&values[i]);
	return (ret);
}

static int
put_date(struct mime_buf *out, const struct mime_buf *value)
{
	int64_t	date = 0;
	int	dated = key_date(value->data, value->len, &date) == 0;

	if (mime_buf_addc(out, dated) == -1)
		return (-1);
	return (key_put64(out, (uint64_t)date));
}

static int
put_text(struct mime_buf *out, const struct mime_buf *text)
{
	size_t	len = text->len < SORT_TEXT_MAX ? text->len : SORT_TEXT_MAX;

	if (mime_buf_addc(out, (int)(len & 0xff)) == -1 ||
	    mime_buf_addc(out, (int)(len >> 8)) == -1)
		return (-1);
	return (mime_buf_add(out, text->data, len));
}

static int
put_subject(struct mime_buf *out, const struct mime_buf *value)
{
	struct mime_buf	text = { 0 };
	int		reply, ret;

	ret = key_subject(value->data, value->len, &text, &reply);
	if (ret == 0)
		ret = put_text(out, &text);
	mime_buf_free(&text);
	return (ret);
}

/*
 * Gets the first address structure of the envelope, as text; none if there
 * is none.  Fields of one name are one list, with LFs between them.
 */
static int
first_address(const struct mime_buf *value, struct mime_buf *structure)
{
	const struct mime_sink	 sink = mime_buf_sink(structure);
	const char		*p, *lf, *end;
	size_t			 count = 0;

	if (value->data == NULL)
		return (0);
	end = value->data + value->len;
	for (p = value->data; p <= end && count == 0; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		mime_buf_reset(structure);
		if (mime_addresses(p, (size_t)(lf - p), 1, &sink,
		    &count) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Reads an nstring as mime_sink_nstring() writes it.  Returns what follows,
 * or NULL for want of memory.
 */
static const char *
read_nstring(const char *p, const char *end, struct mime_buf *out)
{
	size_t	n = 0;

	if (p < end && *p == '"') {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && p + 1 < end)
				p++;
			if (mime_buf_addc(out, *p) == -1)
				return (NULL);
		}
		/* Not NIL, even if empty. */
		return (mime_buf_add(out, "", 0) == -1 ? NULL : p + 1);
	}
	if (p == end || *p != '{')
		return (end - p < 3 ? end : p + 3);
	for (p++; p < end && *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (size_t)(*p - '0');
	p += 3;			/* "}" CRLF */
	if (p > end || n > (size_t)(end - p))
		return (end);
	return (mime_buf_add(out, p, n) == -1 ? NULL : p + n);
}

/* "(" name SP route SP mailbox SP host ")" */
static int
read_address(const struct mime_buf *structure, struct address *a)
{
	struct mime_buf	 route = { 0 };
	struct mime_buf	*part[4];
	const char	*p, *end;
	int		 i;

	part[0] = &a->name;
	part[1] = &route;
	part[2] = &a->mailbox;
	part[3] = &a->host;
	p = structure->data;
	end = structure->data + structure->len;
	for (i = 0; i < 4 && p != NULL && p < end; i++)
		p = read_nstring(p + 1, end, part[i]);
	mime_buf_free(&route);
	return (p == NULL ? -1 : 0);
}

static void
free_address(struct address *a)
{
	mime_buf_free(&a->name);
	mime_buf_free(&a->mailbox);
	mime_buf_free(&a->host);
}

/* RFC 5957 section 3. */
static int
put_display(struct mime_buf *out, const struct address *a)
{
	struct mime_buf	text = { 0 }, full = { 0 };
	int		ret;

	ret = key_text(a->name.data, a->name.len, 1, &text);
	if (ret == 0 && text.len == 0) {
		ret = mime_buf_add(&full, a->mailbox.data, a->mailbox.len);
		if (ret == 0 && a->host.data != NULL &&
		    a->mailbox.data != NULL && (mime_buf_addc(&full, '@') ==
		    -1 || mime_buf_add(&full, a->host.data, a->host.len) ==
		    -1))
			ret = -1;
		if (ret == 0)
			ret = key_text(full.data, full.len, 0, &text);
	}
	if (ret == 0)
		ret = put_text(out, &text);
	mime_buf_free(&text);
	mime_buf_free(&full);
	return (ret);
}

/* The addr-mailbox, and what is displayed if that is asked for. */
static int
put_address(struct mime_buf *out, const struct mime_buf *value, int display)
{
	struct mime_buf	structure = { 0 }, text = { 0 };
	struct address	a;
	int		ret = -1;

	memset(&a, 0, sizeof(a));
	if (first_address(value, &structure) == 0 &&
	    (structure.len == 0 || read_address(&structure, &a) == 0) &&
	    key_text(a.mailbox.data, a.mailbox.len, 0, &text) == 0 &&
	    put_text(out, &text) == 0)
		ret = display ? put_display(out, &a) : 0;
	mime_buf_free(&structure);
	mime_buf_free(&text);
	free_address(&a);
	return (ret);
}

int
sort_keys_read(struct sort_keys *keys, const char *data, size_t len)
{
	const unsigned char	*p = (const unsigned char *)data;
	size_t			 n, at = 9;
	int			 i;

	memset(keys, 0, sizeof(*keys));
	if (len < at)
		return (-1);
	for (i = 0; i < SORT_TEXTS; i++) {
		if (len - at < 2)
			break;
		n = p[at] | (size_t)p[at + 1] << 8;
		at += 2;
		if (n > SORT_TEXT_MAX || n > len - at ||
		    memchr(data + at, '\0', n) != NULL)
			break;
		keys->text[i] = data + at;
		keys->len[i] = n;
		at += n;
	}
	if (i < SORT_TEXTS || at != len || p[0] > 1) {
		memset(keys, 0, sizeof(*keys));
		return (-1);
	}
	keys->dated = p[0];
	keys->date = (int64_t)key_get64(data + 1);
	return (0);
}
