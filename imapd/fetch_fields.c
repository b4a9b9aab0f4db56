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

#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/mime/message.h"

/*
 * BODY[HEADER.FIELDS (...)] from the fields that the cache has: they stand
 * there as in the file, so that the answer is the same, partial or not.  Of
 * others it is known that a message has none, if none of its fields has their
 * bit (derive_field_bit()).
 */

void
fetch_fields_mark(struct fetch *f)
{
	const struct mime_section	*sec;
	const char			*name;
	size_t				 i, j;

	f->fields = 0;
	f->others = 0;
	for (i = 0; i < f->nsections; i++) {
		sec = &f->sections[i].section;
		if (f->sections[i].kind != FETCH_KIND_BODY ||
		    sec->kind != MIME_SECTION_FIELDS || sec->npath > 0)
			return;
		for (j = 0; j < sec->nfields; j++) {
			name = sec->fields[j];
			if (!derive_field(name, strlen(name)))
				f->others |= derive_field_bit(name,
				    strlen(name));
		}
	}
	f->fields = f->nsections > 0;
}

struct mime_message *
fetch_fields_open(struct session *s, const struct fetch *f,
    const struct view_msg *m)
{
	const char	*data;
	uint64_t	 set;
	size_t		 len;

	if (!f->fields ||
	    derive_get(s, m, CACHE_FIELDS, &data, &len, NULL) != 1 ||
	    len < sizeof(set))
		return (NULL);
	memcpy(&set, data, sizeof(set));
	if ((set & f->others) != 0)
		return (NULL);
	return (mime_open_memory(data + sizeof(set), len - sizeof(set)));
}
