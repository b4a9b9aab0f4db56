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


#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <stdatomic.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/table_unit.h"
#include "indexd/store.h"
#include "tests/lib/exercise.h"

/*
 * A damaged table.  The input patches a good one: four octets of offset (the
 * top bit: relative to the rows, and so on), eight of value; the sums are made
 * right afterwards as the first octet says, so that readers get to see values
 * that no sum betrays.
 */

#define ROWS	300
#define PATCH	12

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	make(void);
static void	mend(struct table *, uint8_t);
static void	even(struct table *);

static unsigned char	*good;
static size_t		 good_len;
static int		 file = -1;

/* A table of some rows, names, entries, of which a copy is kept. */
static void
make(void)
{
	static const uint8_t id[TABLE_IDLEN] = { 1 };
	struct head head = { 0 };
	struct tree_bits bits;
	struct change c = { .what = CHANGE_NEW };
	struct row row = { 0 };
	struct table t;
	char dir[] = "/tmp/fuzz_table.XXXXXX", name[32];
	uint32_t kw[TABLE_KEYWORDS] = { 0 };
	uint64_t n;
	int dfd;

	if (mkdtemp(dir) == NULL || (dfd = open(dir, O_RDONLY)) == -1 ||
	    writer_create(dfd, "t", id, 1, 1, &t) == -1)
		err(1, "%s", dir);
	unlinkat(dfd, "t", 0);
	close(dfd);
	rmdir(dir);
	if (writer_reserve(&t, TABLE_ROWS, ROWS) == -1 ||
	    writer_reserve(&t, TABLE_LOG, ROWS) == -1 ||
	    writer_reserve(&t, TABLE_NAMES, ROWS * 4) == -1)
		err(1, "reserve");
	tree_begin(&bits, 0);
	for (n = 0; n < ROWS; n++) {
		row.uid = (uint32_t)(n * 2 + 1);
		row.modseq = n + 2;
		row.flags = n % 5 == 0 ? ROW_EXPUNGED : n % 32;
		row.namelen = (uint16_t)snprintf(name, sizeof(name),
		    "name.%llu", (unsigned long long)n);
		row.name = name_place(head.nnames, row.namelen);
		head.nnames = row.name + name_units(row.namelen);
		writer_name(&t, row.name, name, row.namelen);
		writer_row(&t, n, &row);
		tree_set(&t, &bits, n, &row, 1);
		c.modseq = row.modseq;
		c.uid = c.last = row.uid;
		writer_change(&t, n, &c);
	}
	tree_end(&t, &bits);
	writer_counts(&t, bits.live, bits.unseen, bits.deleted, bits.behind,
	    0);
	head.nrows = head.nlog = ROWS;
	head.nkeywords = 1;
	head.uidnext = ROWS * 2 + 1;
	head.highestmodseq = ROWS + 2;
	writer_head(&t, &head, kw);
	writer_end(&t);
	if (exercise(&t) != 0)
		errx(1, "the good table is not good");
	good_len = t.len;
	if ((good = malloc(good_len)) == NULL)
		err(1, NULL);
	memcpy(good, t.h, good_len);
	file = t.fd;
	munmap(t.h, t.len);
}

/* What was never written is odd only because it is: that takes time. */
static void
even(struct table *t)
{
	struct table_header *h = t->h;

	atomic_store(&h->pub_seq, atomic_load(&h->pub_seq) & ~1U);
	atomic_store(&h->exp_seq, atomic_load(&h->exp_seq) & ~1U);
}

/* Makes sums right again, of each kind if its bit is set. */
static void
mend(struct table *t, uint8_t which)
{
	struct row *row;
	struct block *b;
	struct group *g;
	struct change *c;
	uint64_t n;

	for (n = 0; (which & 1) && n < ROWS; n++)
		if ((row = table_unit(t, TABLE_ROWS, n, 1)) != NULL) {
			row->seq &= ~1U;
			row->sum = table_row_sum(row);
		}
	for (n = 0; (which & 2) && n < ROWS / 64 + 1; n++)
		if ((b = table_unit(t, TABLE_BLOCKS, n, 1)) != NULL)
			b->sum = table_block_sum(b);
	if ((which & 4) && (g = table_unit(t, TABLE_GROUPS, 0, 1)) != NULL)
		g->sum = table_group_sum(g);
	for (n = 0; (which & 8) && n < ROWS; n++)
		if ((c = table_unit(t, TABLE_LOG, n, 1)) != NULL)
			c->sum = table_change_sum(c);
	if (which & 16) {
		g = (struct group *)(uintptr_t)&t->h->top[0];
		g->sum = table_group_sum(g);
	}
	if ((which & 32) == 0)
		even(t);
	atomic_store(&t->h->head_sum, table_head_sum(t->h));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct table t;
	const char *why;
	uint32_t off;
	uint8_t which;

	if (good == NULL)
		make();
	if (len < 1)
		return (0);
	if (pwrite(file, good, good_len, 0) != (ssize_t)good_len)
		err(1, "write");
	if (table_map(&t, dup(file), &why) == -1)
		err(1, "map");
	if (mprotect(t.h, t.len, PROT_READ | PROT_WRITE) == -1)
		err(1, "mprotect");
	which = data[0];
	for (data++, len--; len >= PATCH; data += PATCH, len -= PATCH) {
		memcpy(&off, data, sizeof(off));
		off = off % (uint32_t)(good_len - 8);
		memcpy((char *)t.h + off, data + 4, 8);
	}
	/* mend() itself reads through what was patched: no such extents. */
	mend(&t, which);
	exercise(&t);
	table_unmap(&t);
	return (0);
}
