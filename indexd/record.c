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
#include <stdint.h>
#include <string.h>

#include "indexd/record.h"

static size_t	least(uint16_t);

void *
record_add(struct buf *b, enum record_type type, size_t len)
{
	struct record *r;
	size_t whole = (len + 7) & ~(size_t)7;

	if (len > UINT32_MAX - 8) {
		errno = EMSGSIZE;
		return (NULL);
	}
	if ((r = buf_grow(b, whole)) == NULL)
		return (NULL);
	memset(r, 0, whole);
	r->type = (uint16_t)type;
	r->len = (uint32_t)len;
	return (r);
}

/* What a record of a type needs at least; 0 if there is no such type. */
static size_t
least(uint16_t type)
{
	switch (type) {
	case RECORD_MAILBOX:
		return (sizeof(struct record_mailbox));
	case RECORD_ROW:
		return (sizeof(struct record_row));
	case RECORD_NAME:
		return (sizeof(struct record_name));
	case RECORD_CHANGE:
		return (sizeof(struct record_change));
	case RECORD_HEAD:
		return (sizeof(struct record_head));
	case RECORD_NOTE:
		return (sizeof(struct record_note));
	case RECORD_CLEAN:
		return (sizeof(struct record));
	default:
		return (0);
	}
}

int
record_next(const void *batch, size_t len, size_t *off,
    const struct record **rec)
{
	const struct record *r;
	size_t need;

	if (*off >= len)
		return (0);
	if (len - *off < sizeof(*r))
		goto bad;
	r = (const void *)((const char *)batch + *off);
	need = least(r->type);
	if (need == 0 || r->len < need || r->len > len - *off)
		goto bad;
	if (r->type == RECORD_NAME &&
	    ((const struct record_name *)r)->len > r->len - need)
		goto bad;
	if (r->type == RECORD_NOTE &&
	    ((const struct record_note *)r)->len > r->len - need)
		goto bad;
	*rec = r;
	*off += (r->len + 7) & ~7U;
	return (1);
bad:
	errno = EBADMSG;
	return (-1);
}
