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


#include <stdint.h>

#include "common/table.h"
#include "indexd/store.h"

/*
 * Publishing what the open batch did to a mailbox, once the journal holds
 * it.  Nothing here can fail: space was reserved and sums were verified when
 * the batch was made.
 */

static void	publish_rows(struct mailbox *, struct tree_bits *);
static void	new_letters(struct mailbox *, struct tree_bits *);

void
publish(struct mailbox *mb)
{
	struct pending *p = &mb->p;
	struct table *t = &mb->t;
	struct tree_bits bits;
	size_t i;

	writer_begin(t, p->expunges);
	growth_store(t, &mb->growth);
	for (i = 0; i < p->nnames; i++)
		writer_name(t, p->names[i].unit,
		    (const char *)p->heap.data + p->names[i].at,
		    p->names[i].len);
	tree_begin(&bits, mb->pub.nrows);
	publish_rows(mb, &bits);
	new_letters(mb, &bits);
	tree_end(t, &bits);
	writer_counts(t, bits.live, bits.unseen, bits.deleted, bits.behind,
	    p->bytes);
	for (i = 0; i < p->nlog; i++)
		writer_change(t, mb->pub.nlog + i, &p->log[i]);
	writer_head(t, &mb->cur, mb->kw);
	writer_end(t);
	mb->pub = mb->cur;
}

static void
publish_rows(struct mailbox *mb, struct tree_bits *bits)
{
	struct pending *p = &mb->p;
	struct pend_row *r;
	size_t i;

	for (i = 0; i < p->nrows; i++) {
		r = &p->rows[i];
		writer_summed_row(&mb->t, r->pos, &r->row);
		tree_set(&mb->t, bits, r->pos, &r->row, mb->cur.nkeywords);
	}
}

/*
 * A letter that was nobody's has become a keyword's: files that carry it
 * without the keyword lag behind now.  26 times in the life of a mailbox at
 * most, all rows are looked at.
 */
static void
new_letters(struct mailbox *mb, struct tree_bits *bits)
{
	struct row row;
	uint64_t n;
	uint32_t letters;
	unsigned int k;

	letters = 0;
	for (k = mb->pub.nkeywords; k < mb->cur.nkeywords && k < 26; k++)
		letters |= 1U << k;
	for (n = 0; letters != 0 && n < mb->pub.nrows; n++)
		if (table_row(&mb->t, n, &row) == 0 &&
		    (row.fletters & letters) != 0)
			tree_set(&mb->t, bits, n, &row, mb->cur.nkeywords);
}
