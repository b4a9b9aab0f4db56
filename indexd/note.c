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
#include <stdlib.h>
#include <string.h>

#include "indexd/store.h"

/* Notes: what the server part wants to find again after a restart. */

RB_GENERATE(live_notes, live_note, entry, live_note_cmp)

int
live_note_cmp(struct live_note *a, struct live_note *b)
{
	int c;

	if (a->kind != b->kind)
		return (a->kind < b->kind ? -1 : 1);
	if ((c = memcmp(a->key, b->key, sizeof(a->key))) != 0)
		return (c);
	return (a->number < b->number ? -1 : a->number > b->number);
}

/* Appends the record of a note. */
int
note_encode(struct buf *b, const struct note *n)
{
	struct record_note *rec;

	if (n->len > UINT32_MAX / 2) {
		errno = EMSGSIZE;
		return (-1);
	}
	if ((rec = record_add(b, RECORD_NOTE, sizeof(*rec) + n->len)) == NULL)
		return (-1);
	rec->kind = n->kind;
	memcpy(rec->key, n->key, sizeof(rec->key));
	rec->number = n->number;
	rec->len = (uint32_t)n->len;
	if (n->len > 0)
		memcpy(rec + 1, n->data, n->len);
	return (0);
}

/*
 * Makes what notes_publish() will put in, so that this cannot fail when the
 * batch is durable.  0, or -1 with errno.
 */
int
notes_prepare(struct engine *e, const void *batch, size_t len)
{
	const struct record_note *rec;
	const struct record *r;
	struct live_note *n;
	size_t off = 0;
	int more;

	while ((more = record_next(batch, len, &off, &r)) == 1) {
		rec = (const void *)r;
		if (r->type != RECORD_NOTE || rec->len == 0)
			continue;
		if ((n = malloc(sizeof(*n) + rec->len)) == NULL)
			return (-1);
		n->kind = (uint16_t)rec->kind;
		memcpy(n->key, rec->key, sizeof(n->key));
		n->number = rec->number;
		n->len = rec->len;
		memcpy(n->data, rec + 1, rec->len);
		STAILQ_INSERT_TAIL(&e->ready, n, ready);
	}
	return (more);
}

/* Takes the notes of a batch that was prepared into those that live; other
 * records are skipped. */
int
notes_publish(struct engine *e, const void *batch, size_t len)
{
	const struct record_note *rec;
	const struct record *r;
	struct live_note key, *old, *n;
	size_t off = 0;
	int more;

	while ((more = record_next(batch, len, &off, &r)) == 1) {
		if (r->type != RECORD_NOTE)
			continue;
		rec = (const void *)r;
		key.kind = (uint16_t)rec->kind;
		memcpy(key.key, rec->key, sizeof(key.key));
		key.number = rec->number;
		old = RB_FIND(live_notes, &e->live, &key);
		if (old != NULL) {
			RB_REMOVE(live_notes, &e->live, old);
			free(old);
		}
		if (rec->len == 0)
			continue;
		n = STAILQ_FIRST(&e->ready);
		STAILQ_REMOVE_HEAD(&e->ready, ready);
		RB_INSERT(live_notes, &e->live, n);
	}
	return (more);
}

/* What was prepared is not wanted. */
void
notes_forget(struct engine *e)
{
	struct live_note *n;

	while ((n = STAILQ_FIRST(&e->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->ready, ready);
		free(n);
	}
}

/* Both, for a batch that the journal has already.  0, or -1 with errno. */
int
note_apply(struct engine *e, const void *batch, size_t len)
{
	if (notes_prepare(e, batch, len) == -1) {
		notes_forget(e);
		return (-1);
	}
	return (notes_publish(e, batch, len));
}

/* All that live, for the head of a new segment. */
int
notes_carry(struct engine *e, struct buf *b)
{
	struct live_note *n;
	struct note note;

	RB_FOREACH(n, live_notes, &e->live) {
		note.kind = n->kind;
		memcpy(note.key, n->key, sizeof(note.key));
		note.number = n->number;
		note.data = n->data;
		note.len = n->len;
		if (note_encode(b, &note) == -1)
			return (-1);
	}
	return (0);
}

void
notes_free(struct engine *e)
{
	struct live_note *n;

	while ((n = RB_ROOT(&e->live)) != NULL) {
		RB_REMOVE(live_notes, &e->live, n);
		free(n);
	}
}

int
engine_note(struct engine *e, const struct note *n)
{
	if (!n->fleeting)
		e->lasting = 1;
	return (note_encode(&e->notes, n));
}
