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

#include "common/mix.h"
#include "indexd/journal.h"

/*
 * Finding the batches in segments as a crash, or worse, has left them.
 *
 * The end of what was written is where no valid batch follows.  Each head
 * says up to which batch everything was durable when it was written; so a
 * batch that is missing although some later head calls it durable is damage,
 * and anything else that is missing is a torn tail, which nobody was told of.
 */

#define SEED_SEGMENT	0x7365676dULL

static int	scan_head(struct scan *, uint64_t, const void *, size_t,
		    struct segment_head *);
static const struct batch_head *batch_at(const unsigned char *, size_t,
		    size_t, uint64_t, struct batch_head *);
static uint64_t	scan_seed(uint64_t, const unsigned char *, size_t);
static int	scan_claims(struct scan *, uint64_t, uint64_t,
		    const unsigned char *, size_t, size_t);
static int	place_add(struct batch_place **, size_t *, size_t *,
		    const struct batch_place *);
static int	scan_add(struct scan *, uint64_t, uint64_t,
		    const struct batch_head *);

uint64_t
segment_sum(const struct segment_head *h)
{
	return (mix_octets(SEED_SEGMENT, h,
	    offsetof(struct segment_head, sum)));
}

uint64_t
batch_sum(const struct batch_head *h, const void *data)
{
	uint64_t s;

	s = mix_octets(h->seed, h, offsetof(struct batch_head, sum));
	return (mix_octets(s, data, (size_t)h->len - sizeof(*h)));
}

void
scan_free(struct scan *s)
{
	free(s->batches);
	free(s->islands);
	memset(s, 0, sizeof(*s));
}

int
scan_damaged(const struct scan *s)
{
	return (s->gap || (s->synced != 0 && s->synced >= s->next));
}

int
scan_segment(struct scan *s, uint64_t number, const void *data, size_t len)
{
	const unsigned char *d = data;
	const struct batch_head *b;
	struct batch_head copy;
	struct segment_head h;
	size_t off;

	if (scan_head(s, number, data, len, &h) == -1) {
		/* Never finished, or damaged: its batches say which. */
		return (scan_claims(s, number, scan_seed(number, d, len), d,
		    len, JOURNAL_START));
	}
	if (s->next != 0 && h.first > s->next)
		s->gap = 1;
	/* What it does not go on from is void. */
	while (s->n > 0 && s->batches[s->n - 1].number >= h.first)
		s->n--;
	while (s->nislands > 0 &&
	    s->islands[s->nislands - 1].number >= h.first)
		s->nislands--;
	s->next = h.first;
	for (off = JOURNAL_START;; off += b->len) {
		b = batch_at(d, len, off, number, &copy);
		if (b == NULL || b->seed != h.seed || b->number != s->next)
			break;
		if (b->synced > s->synced)
			s->synced = b->synced;
		if (scan_add(s, number, off, b) == -1)
			return (-1);
		s->next++;
	}
	return (scan_claims(s, number, h.seed, d, len, off));
}

/*
 * The seed of a segment whose head says nothing: that of its first whole
 * batch.  0, which counts for none, if the head is that of the segment that
 * the file was before: then nothing in it was ever answered.
 */
static uint64_t
scan_seed(uint64_t number, const unsigned char *d, size_t len)
{
	const struct batch_head *b = NULL;
	struct batch_head copy;
	struct segment_head h;
	size_t off;

	if (len >= JOURNAL_START) {
		memcpy(&h, d, sizeof(h));
		if (h.magic == JOURNAL_MAGIC && h.segment != number &&
		    h.sum == segment_sum(&h))
			return (0);
	}
	for (off = JOURNAL_START; b == NULL && off < len; off += 8)
		b = batch_at(d, len, off, number, &copy);
	return (b == NULL ? 0 : b->seed);
}

static int
scan_head(struct scan *s, uint64_t number, const void *data, size_t len,
    struct segment_head *h)
{
	if (len < JOURNAL_START)
		return (-1);
	memcpy(h, data, sizeof(*h));
	if (h->magic != JOURNAL_MAGIC || h->byteorder != JOURNAL_ORDER ||
	    h->major != JOURNAL_MAJOR || h->segment != number ||
	    h->first == 0 || h->first == UINT64_MAX ||
	    h->sum != segment_sum(h))
		return (-1);
	if (h->synced > s->synced)
		s->synced = h->synced;
	return (0);
}

/* The batch at an offset, if there is a whole one of this segment. */
static const struct batch_head *
batch_at(const unsigned char *d, size_t len, size_t off, uint64_t number,
    struct batch_head *b)
{
	if (off > len || len - off < sizeof(*b))
		return (NULL);
	memcpy(b, d + off, sizeof(*b));
	if (b->magic != JOURNAL_BATCH || b->segment != number ||
	    b->len < sizeof(*b) || b->len % 8 != 0 || b->len > len - off ||
	    b->number == 0 || b->number >= UINT64_MAX - 1 ||
	    b->sum != batch_sum(b, d + off + sizeof(*b)))
		return (NULL);
	return (b);
}

/*
 * Looks for whole batches from off on and takes in what they say.  Their seed
 * has to be the segment's, which nobody else knows: what sessions have put
 * into a batch, or had put into the segment that the file was before, may look
 * like one, too, and its sum be right.
 */
static int
scan_claims(struct scan *s, uint64_t number, uint64_t seed,
    const unsigned char *d, size_t len, size_t off)
{
	const struct batch_head *b;
	struct batch_head copy;
	struct batch_place p;

	for (; off < len; off += 8) {
		b = batch_at(d, len, off, number, &copy);
		if (b == NULL || seed == 0 || b->seed != seed)
			continue;
		if (b->synced > s->synced)
			s->synced = b->synced;
		p.segment = number;
		p.off = off;
		p.len = b->len;
		p.number = b->number;
		if (place_add(&s->islands, &s->nislands, &s->islandcap,
		    &p) == -1)
			return (-1);
		off += b->len - 8;
	}
	return (0);
}

/*
 * Islands are in the order of segments and places.  Where numbers do not rise
 * the later segment counts: it was written because the end of the one before
 * was void.
 */
int
scan_islands(struct scan *s)
{
	size_t i, keep = s->nislands;
	uint64_t above = UINT64_MAX, from;

	from = s->n > 0 ? s->batches[s->n - 1].number + 1 : 0;
	for (i = s->nislands; i > 0; i--)
		if (s->islands[i - 1].number < above &&
		    s->islands[i - 1].number >= from &&
		    (s->n == 0 || s->islands[i - 1].segment >=
		    s->batches[s->n - 1].segment)) {
			above = s->islands[i - 1].number;
			s->islands[--keep] = s->islands[i - 1];
		}
	for (; keep < s->nislands; keep++) {
		if (place_add(&s->batches, &s->n, &s->cap,
		    &s->islands[keep]) == -1)
			return (-1);
		s->next = s->islands[keep].number + 1;
	}
	s->nislands = 0;
	return (0);
}

static int
scan_add(struct scan *s, uint64_t segment, uint64_t off,
    const struct batch_head *b)
{
	struct batch_place p;

	p.segment = segment;
	p.off = off;
	p.len = b->len;
	p.number = b->number;
	return (place_add(&s->batches, &s->n, &s->cap, &p));
}

static int
place_add(struct batch_place **v, size_t *n, size_t *cap,
    const struct batch_place *p)
{
	struct batch_place *more;
	size_t c;

	if (*n == *cap) {
		c = *cap == 0 ? 64 : *cap * 2;
		more = reallocarray(*v, c, sizeof(*more));
		if (more == NULL)
			return (-1);
		*v = more;
		*cap = c;
	}
	(*v)[(*n)++] = *p;
	return (0);
}
