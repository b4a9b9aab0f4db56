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

#include "imapd/idx_conn.h"

static int	run_change(struct idx_call *, struct idx_result *);
static void	put_keywords(struct frame *, const char *const *,
		    unsigned int);
static void	put_found(struct frame *, const struct idx_found *);
static void	put_message(struct frame *, const struct idx_message *);
static int	put_letters(struct idx_box *, const struct idx_letters *,
		    size_t, uint16_t);

void
idx_result_init(struct idx_result *r)
{
	memset(r, 0, sizeof(*r));
	uidset_init(&r->refused, 0);
	uidset_init(&r->done, 0);
}

void
idx_result_free(struct idx_result *r)
{
	uidset_free(&r->refused);
	uidset_free(&r->done);
}

/* Runs a changing request, takes its RESULT, and frees the call. */
static int
run_change(struct idx_call *c, struct idx_result *r)
{
	struct idx *idx = c->idx;
	uint64_t serial;
	uint16_t code;
	int rv;

	r->code = 0;
	r->modseq = 0;
	r->first = r->last = 0;
	uidset_clear(&r->refused);
	uidset_clear(&r->done);
	if ((rv = call_run(c)) == 0) {
		get_u64(&c->in, &serial);
		get_u16(&c->in, &code);
		get_u64(&c->in, &r->modseq);
		get_u32(&c->in, &r->first);
		get_u32(&c->in, &r->last);
		if (get_set(&c->in, &r->refused) == -1 ||
		    get_set(&c->in, &r->done) == -1 || serial != c->serial)
			c->in.failed = 1;
		if ((rv = call_end(c)) == 0 && code != 0)
			rv = idx_no(idx, code, NULL);
	}
	call_free(c);
	r->code = idx->code;
	return (rv);
}

void
put_set(struct frame *f, const struct uidset *set)
{
	size_t i;

	frame_put_u32(f, (uint32_t)set->n);
	for (i = 0; i < set->n; i++) {
		frame_put_u32(f, set->r[i].lo);
		frame_put_u32(f, set->r[i].hi);
	}
}

int
get_set(struct payload *in, struct uidset *set)
{
	uint32_t i, n, lo, hi, last = 0;

	if (get_u32(in, &n) == -1 || n > (size_t)(in->end - in->p) / 8)
		return (-1);
	for (i = 0; i < n; i++) {
		get_u32(in, &lo);
		get_u32(in, &hi);
		if (lo <= last || hi < lo ||
		    uidset_add_range(set, lo, hi) == -1)
			return (-1);
		last = hi;
	}
	return (0);
}

static void
put_keywords(struct frame *f, const char *const *keywords, unsigned int n)
{
	unsigned int i;

	frame_put_u32(f, n);
	for (i = 0; i < n; i++)
		frame_put_str(f, keywords[i]);
}

int
idx_store(struct idx_box *box, const struct idx_store *s,
    const struct uidset *set, struct idx_result *r)
{
	struct idx_call c;

	if (set->n > PROTO_MAXRANGES) {
		errno = E2BIG;
		return (-1);
	}
	call_init(&c, box->idx, box, PROTO_STORE, PROTO_RESULT);
	frame_put_u8(&c.f, (uint8_t)s->operation);
	frame_put_u16(&c.f, s->flags);
	put_keywords(&c.f, s->keywords, s->nkeywords);
	frame_put_u8(&c.f, s->conditional != 0);
	frame_put_u64(&c.f, s->conditional ? s->unchangedsince : 0);
	put_set(&c.f, set);
	return (run_change(&c, r));
}

int
idx_expunge(struct idx_box *box, const struct uidset *set,
    struct idx_result *r)
{
	struct idx_call c;

	if (set->n > PROTO_MAXRANGES) {
		errno = E2BIG;
		return (-1);
	}
	call_init(&c, box->idx, box, PROTO_EXPUNGE, PROTO_RESULT);
	put_set(&c.f, set);
	return (run_change(&c, r));
}

static void
put_message(struct frame *f, const struct idx_message *m)
{
	frame_put_u32(f, m->letters);
	frame_put_u64(f, m->size);
	frame_put_u64(f, m->vsize);
	frame_put_u64(f, (uint64_t)m->internaldate);
	frame_put_u16(f, m->flags);
	put_keywords(f, m->keywords, m->nkeywords);
}

int
idx_append(struct idx_box *box, uint64_t ticket, const struct idx_message *m,
    size_t n, struct idx_result *r)
{
	struct idx_call c;
	size_t i;

	call_init(&c, box->idx, NULL, PROTO_APPEND, PROTO_RESULT);
	frame_put_u64(&c.f, ticket);
	frame_put_u32(&c.f, (uint32_t)n);
	for (i = 0; i < n; i++)
		put_message(&c.f, &m[i]);
	return (run_change(&c, r));
}

int
idx_replace(struct idx_box *box, uint64_t ticket, uint32_t uid,
    const struct idx_message *m, struct idx_result *r)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_REPLACE, PROTO_RESULT);
	frame_put_u64(&c.f, ticket);
	frame_put_u32(&c.f, uid);
	put_message(&c.f, m);
	return (run_change(&c, r));
}

int
idx_copy(struct idx_box *box, uint64_t ticket, int move,
    const struct idx_copy *m, size_t n, struct idx_result *r)
{
	struct idx_call c;
	size_t i;

	call_init(&c, box->idx, box, PROTO_COPY, PROTO_RESULT);
	frame_put_u64(&c.f, ticket);
	frame_put_u8(&c.f, move != 0);
	frame_put_u32(&c.f, (uint32_t)n);
	for (i = 0; i < n; i++) {
		frame_put_u32(&c.f, m[i].uid);
		frame_put_u32(&c.f, m[i].letters);
	}
	return (run_change(&c, r));
}

static void
put_found(struct frame *f, const struct idx_found *m)
{
	frame_put_str(f, m->name);
	frame_put_u8(f, m->innew != 0);
	frame_put_u32(f, m->letters);
	frame_put_u64(f, m->size);
	frame_put_u64(f, m->vsize);
	frame_put_u64(f, (uint64_t)m->internaldate);
	frame_put_u32(f, m->uid);
	frame_put_u8(f, m->whole != 0);
	if (!m->whole)
		return;
	frame_put_u16(f, m->flags);
	frame_put_u64(f, m->keywords);
}

int
idx_report(struct idx_box *box, const struct idx_report *rep,
    struct idx_result *r)
{
	const struct uidset none = { 0 };
	struct idx_call c;
	size_t i;

	if (rep->gone != NULL && rep->gone->n > PROTO_MAXRANGES) {
		errno = E2BIG;
		return (-1);
	}
	call_init(&c, box->idx, box, PROTO_REPORT, PROTO_RESULT);
	/* While indexd was away the files that were seen may have gone. */
	c.fresh = 1;
	frame_put_u64(&c.f, rep->seen);
	frame_put_u32(&c.f, rep->uidnext);
	frame_put_u32(&c.f, (uint32_t)rep->nfound);
	for (i = 0; i < rep->nfound; i++)
		put_found(&c.f, &rep->found[i]);
	frame_put_u32(&c.f, (uint32_t)rep->nmoved);
	for (i = 0; i < rep->nmoved; i++) {
		frame_put_u32(&c.f, rep->moved[i].uid);
		frame_put_str(&c.f, rep->moved[i].name);
		frame_put_u8(&c.f, rep->moved[i].innew != 0);
		frame_put_u32(&c.f, rep->moved[i].letters);
	}
	put_set(&c.f, rep->gone != NULL ? rep->gone : &none);
	return (run_change(&c, r));
}

static int
put_letters(struct idx_box *box, const struct idx_letters *l, size_t n,
    uint16_t type)
{
	struct idx_call c;
	size_t i;

	call_init(&c, box->idx, box, type, PROTO_OK);
	frame_put_u32(&c.f, (uint32_t)n);
	for (i = 0; i < n; i++) {
		frame_put_u32(&c.f, l[i].uid);
		frame_put_u32(&c.f, l[i].letters);
		if (type == PROTO_GIVEN)
			frame_put_u8(&c.f, l[i].incur != 0);
	}
	return (call_ok(&c));
}

int
idx_give(struct idx_box *box, const struct idx_letters *l, size_t n)
{
	return (put_letters(box, l, n, PROTO_GIVE));
}

int
idx_given(struct idx_box *box, const struct idx_letters *l, size_t n)
{
	return (put_letters(box, l, n, PROTO_GIVEN));
}

int
idx_unlinked(struct idx_box *box, const struct uidset *set)
{
	struct idx_call c;

	if (set->n > PROTO_MAXRANGES) {
		errno = E2BIG;
		return (-1);
	}
	call_init(&c, box->idx, box, PROTO_UNLINKED, PROTO_OK);
	put_set(&c.f, set);
	return (call_ok(&c));
}

int
idx_stamp(struct idx_box *box, uint32_t reports,
    const uint64_t stamp[TABLE_STAMP])
{
	struct idx_call c;
	unsigned int i;

	call_init(&c, box->idx, box, PROTO_STAMP, PROTO_OK);
	frame_put_u32(&c.f, reports);
	for (i = 0; i < TABLE_STAMP; i++)
		frame_put_u64(&c.f, stamp[i]);
	return (call_ok(&c));
}

int
idx_sizes(struct idx_box *box, const struct idx_vsize *v, size_t n)
{
	struct idx_call c;
	size_t i;

	call_init(&c, box->idx, box, PROTO_SIZES, PROTO_OK);
	frame_put_u32(&c.f, (uint32_t)n);
	for (i = 0; i < n; i++) {
		frame_put_u32(&c.f, v[i].uid);
		frame_put_u64(&c.f, v[i].vsize);
	}
	return (call_ok(&c));
}
