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


#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/store.h"

/*
 * A damaged journal: the input is a segment's octets behind its head.  Where
 * they look like batches their sums are made right, so that what they hold is
 * read as well: found, folded, taken as notes.
 */

#define SEGMENT	7

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	mend(unsigned char *, size_t);
static void	take(const struct scan *, const unsigned char *);

/* Head, and batch after batch as long as lengths lead somewhere. */
static void
mend(unsigned char *d, size_t len)
{
	struct segment_head s;
	struct batch_head b;
	size_t off;
	uint64_t number;

	memset(&s, 0, sizeof(s));
	s.magic = JOURNAL_MAGIC;
	s.byteorder = JOURNAL_ORDER;
	s.major = JOURNAL_MAJOR;
	s.segment = SEGMENT;
	s.seed = 1;
	s.first = number = 1;
	s.sum = segment_sum(&s);
	memcpy(d, &s, sizeof(s));
	for (off = JOURNAL_START; off + sizeof(b) <= len; off += b.len) {
		memcpy(&b, d + off, sizeof(b));
		/* An odd length stays what it is: the end, or damage. */
		b.len &= 0xffff;
		if (b.len % 8 != 0 || b.len < sizeof(b) ||
		    b.len > len - off)
			return;
		b.magic = JOURNAL_BATCH;
		b.segment = SEGMENT;
		b.seed = 1;
		b.number = number++;
		b.sum = batch_sum(&b, d + off + sizeof(b));
		memcpy(d + off, &b, sizeof(b));
	}
}

static void
take(const struct scan *s, const unsigned char *d)
{
	struct engine *e;
	struct fold_mailbox *m;
	const struct batch_place *p;
	size_t i, hl = sizeof(struct batch_head);

	if ((e = calloc(1, sizeof(*e))) == NULL)
		abort();
	RB_INIT(&e->fold);
	RB_INIT(&e->live);
	STAILQ_INIT(&e->ready);
	for (i = 0; i < s->n; i++) {
		p = &s->batches[i];
		if (note_apply(e, d + p->off + hl, p->len - hl) == -1 ||
		    fold_batch(&e->fold, d + p->off + hl, p->len - hl) == -1)
			break;
	}
	RB_FOREACH(m, fold, &e->fold)
		fold_sort(m);
	fold_clear(&e->fold);
	notes_free(e);
	free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct scan s;
	unsigned char *d;
	size_t size = JOURNAL_START + len;

	if ((d = calloc(1, size)) == NULL)
		abort();
	if (len > 0)
		memcpy(d + JOURNAL_START, data, len);
	/* As it is, in a segment of any kind. */
	memset(&s, 0, sizeof(s));
	if (scan_segment(&s, SEGMENT, d, size) == -1)
		abort();
	scan_damaged(&s);
	scan_free(&s);
	mend(d, size);
	memset(&s, 0, sizeof(s));
	if (scan_segment(&s, SEGMENT, d, size) == -1)
		abort();
	take(&s, d);
	scan_free(&s);
	free(d);
	return (0);
}
