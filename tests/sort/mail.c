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

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "imapd/mime/sink.h"
#include "tests/sort/mail.h"

static struct thread_hash hash_of(char, uint32_t);

static struct thread_hash
hash_of(char kind, uint32_t n)
{
	struct thread_hash	none = { { 0, 0 } };
	char			text[16];
	int			len;

	if (n == 0)
		return (none);
	len = snprintf(text, sizeof(text), "%c%u", kind, (unsigned int)n);
	return (thread_hash(text, (size_t)len));
}

void
mail_add(struct thread *t, const struct mail *m, uint32_t shown)
{
	struct thread_keys	keys;
	struct thread_hash	hash;
	char			refs[MAIL_REFS * THREAD_HASH];
	size_t			i, j;

	memset(&keys, 0, sizeof(keys));
	keys.flags = THREAD_DATED | (m->reply ? THREAD_REPLY : 0) |
	    (m->subject != 0 ? THREAD_SUBJECT : 0) |
	    (m->id != 0 ? THREAD_ID : 0);
	keys.date = m->date;
	keys.subject = hash_of('s', m->subject);
	keys.id = hash_of('i', m->id);
	for (i = 0; i < m->nrefs; i++) {
		hash = hash_of('i', m->ref[i]);
		for (j = 0; j < THREAD_HASH; j++)
			refs[i * THREAD_HASH + j] =
			    (char)(hash.h[j / 8] >> 8 * (j % 8));
	}
	keys.refs = refs;
	keys.nrefs = m->nrefs;
	if (thread_add(t, shown, 0, &keys, 1) == -1)
		err(1, "thread_add");
}

char *
mail_threads(const struct mail *mail, size_t n, int by_subject)
{
	struct mime_buf	 text = { 0 };
	struct mime_sink sink = mime_buf_sink(&text);
	struct thread	*t;
	size_t		 i;

	if ((t = thread_new(n)) == NULL)
		err(1, "thread_new");
	for (i = 0; i < n; i++)
		mail_add(t, &mail[i], (uint32_t)i + 1);
	if ((by_subject ? thread_by_subject(t) : thread_by_references(t)) ==
	    -1 || thread_write(t, &sink) == -1 ||
	    mime_buf_addc(&text, '\0') == -1)
		err(1, "thread");
	thread_free(t);
	return (text.data);
}
