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
#include <string.h>

#include "imapd/idx_brief.h"
#include "imapd/idx_conn.h"

static void	put_one(struct frame *, const struct idx_brief *);
static void	get_one(struct payload *, struct idx_brief *);
static int	ask(struct idx *, struct idx_brief *, size_t, int, int *);

static void
put_one(struct frame *f, const struct idx_brief *b)
{
	unsigned int i;

	frame_put_str(f, b->folder);
	for (i = 0; i < TABLE_STAMP; i++)
		frame_put_u64(f, b->brief.stamp[i]);
}

/* What is missing shows at the end. */
static void
get_one(struct payload *in, struct idx_brief *q)
{
	struct brief *b = &q->brief;
	uint8_t known = 0;

	get_u8(in, &known);
	if (known == 0)
		return;
	get_bytes(in, b->id, sizeof(b->id));
	get_u32(in, &b->uidvalidity);
	get_u32(in, &b->uidnext);
	get_u32(in, &b->messages);
	get_u32(in, &b->unseen);
	get_u32(in, &b->deleted);
	get_u32(in, &b->recent);
	get_u64(in, &b->highestmodseq);
	get_u64(in, &b->size);
	get_u64(in, &b->deleted_size);
	q->known = 1;
}

/* *more: indexd reads tables, and is to be asked again. */
static int
ask(struct idx *idx, struct idx_brief *b, size_t n, int sizes, int *more)
{
	struct idx_call c;
	uint8_t again = 0;
	uint32_t got = 0;
	size_t i;
	int rv;

	call_init(&c, idx, NULL, PROTO_BRIEF, PROTO_BRIEFS);
	frame_put_u8(&c.f, sizes != 0);
	frame_put_u32(&c.f, (uint32_t)n);
	for (i = 0; i < n; i++)
		put_one(&c.f, &b[i]);
	if ((rv = call_run(&c)) == 0) {
		get_u8(&c.in, &again);
		get_u32(&c.in, &got);
		for (i = 0; i < n && i < got; i++)
			get_one(&c.in, &b[i]);
		rv = call_end(&c);
	}
	call_free(&c);
	*more = again;
	return (rv);
}

int
idx_briefs(struct idx *idx, struct idx_brief *b, size_t n, int sizes)
{
	size_t i;
	int more;

	if (n > PROTO_MAXBRIEF) {
		errno = E2BIG;
		return (-1);
	}
	for (i = 0; i < n; i++)
		b[i].known = 0;
	do {
		if (ask(idx, b, n, sizes, &more) == -1)
			return (-1);
	} while (more);
	return (0);
}
