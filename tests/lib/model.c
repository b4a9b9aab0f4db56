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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/model.h"

#define MAXAPPEND	40

static struct model_row *add_row(struct model *);
static int	take(struct model *, struct mailbox *);
static void	range(struct model *, size_t *, size_t *, uint32_t);
static int	append(struct model *, struct engine *, struct mailbox *);
static int	store(struct model *, struct engine *, struct mailbox *);
static int	expunge(struct model *, struct engine *, struct mailbox *);
static int	settle(struct model *, struct engine *, struct mailbox *);
static int	keyword(struct model *, struct engine *, struct mailbox *);
static int	rename_one(struct model *, struct engine *,
		    struct mailbox *);
static int	fail(struct model *, struct engine *, struct mailbox *);
static int	put(struct mailbox *, const struct model_row *, uint16_t what,
		    uint16_t flags, uint64_t keywords, const char *name);
static unsigned int fault(const char *, unsigned long long);
static unsigned int verify_rows(const struct model *, struct table *);
static unsigned int verify_next(const struct model *, struct table *);
static unsigned int verify_since(const struct model *, struct table *,
		    uint64_t);
static unsigned int verify_gone(const struct model *, struct table *,
		    uint64_t);
static unsigned int verify_flags(const struct model *, struct table *,
		    uint64_t);

void
model_init(struct model *m, uint64_t seed)
{
	memset(m, 0, sizeof(*m));
	m->random = seed;
	m->uidnext = m->recent = 1;
	m->highestmodseq = 1;
}

void
model_free(struct model *m)
{
	free(m->rows);
	memset(m, 0, sizeof(*m));
}

void
model_copy(struct model *to, const struct model *from)
{
	free(to->rows);
	*to = *from;
	to->rows = calloc(from->cap + 1, sizeof(*to->rows));
	if (to->rows == NULL)
		abort();
	if (from->n > 0)
		memcpy(to->rows, from->rows, from->n * sizeof(*to->rows));
}

uint32_t
model_random(struct model *m, uint32_t below)
{
	uint64_t z;

	m->random += 0x9e3779b97f4a7c15ULL;
	z = m->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return ((uint32_t)((z >> 33) % below));
}

static struct model_row *
add_row(struct model *m)
{
	struct model_row *p;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 64 : m->cap * 2;
		p = reallocarray(m->rows, m->cap, sizeof(*p));
		if (p == NULL)
			abort();
		m->rows = p;
	}
	p = &m->rows[m->n++];
	memset(p, 0, sizeof(*p));
	return (p);
}

int
model_request(struct model *m, struct engine *e, struct mailbox *mb)
{
	if (mb != NULL)
		engine_mark(e);
	switch (model_random(m, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		return (append(m, e, mb));
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		return (store(m, e, mb));
	case 9:
	case 10:
		return (expunge(m, e, mb));
	case 11:
	case 12:
		return (settle(m, e, mb));
	case 13:
		return (keyword(m, e, mb));
	case 14:
		return (rename_one(m, e, mb));
	default:
		return (fail(m, e, mb));
	}
}

/* Takes the next mod-sequence in both. */
static int
take(struct model *m, struct mailbox *mb)
{
	uint64_t modseq;

	m->highestmodseq++;
	if (mb == NULL)
		return (0);
	if (mailbox_next_modseq(mb, &modseq) == -1)
		return (-1);
	return (modseq == m->highestmodseq ? 0 : -1);
}

static int
append(struct model *m, struct engine *e, struct mailbox *mb)
{
	struct model_row *r;
	struct row row;
	uint32_t i, n;

	(void)e;
	n = 1 + model_random(m, MAXAPPEND);
	if (take(m, mb) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		r = add_row(m);
		r->uid = m->uidnext++;
		r->flags = (uint16_t)model_random(m, FLAG_SYSTEM + 1);
		if (model_random(m, 4) == 0)
			r->flags |= ROW_NEW;
		r->modseq = r->created = m->highestmodseq;
		r->size = model_random(m, 100000);
		r->fletters = model_random(m, 2) ? 0 :
		    1U << model_random(m, 32);
		snprintf(r->name, sizeof(r->name), "%u.%u%.*s", r->uid,
		    model_random(m, 1000000), (int)model_random(m, 30),
		    "abcdefghijklmnopqrstuvwxyzabcdefghijklmn");
		if (mb == NULL)
			continue;
		memset(&row, 0, sizeof(row));
		row.flags = r->flags;
		row.modseq = r->modseq;
		row.size = r->size;
		row.vsize = TABLE_UNKNOWN;
		row.fletters = r->fletters;
		if (mailbox_append(mb, &row, r->name) == -1 ||
		    mailbox_changed(mb, CHANGE_NEW, r->modseq,
		    mailbox_rows(mb) - 1, 0, 0) == -1)
			return (-1);
		if (row.uid != r->uid)
			return (-1);
	}
	return (0);
}

/* Puts a row of the model, and says so in the change log. */
static int
put(struct mailbox *mb, const struct model_row *r, uint16_t what,
    uint16_t flags, uint64_t keywords, const char *name)
{
	struct row row;
	uint64_t pos;

	if (mb == NULL)
		return (0);
	pos = mailbox_find(mb, r->uid);
	if (mailbox_row(mb, pos, &row) == -1 || row.uid != r->uid)
		return (-1);
	row.flags = r->flags;
	row.keywords = r->keywords;
	row.modseq = r->modseq;
	row.fletters = r->fletters;
	if (mailbox_put(mb, pos, &row, name) == -1)
		return (-1);
	if (what == 0)
		return (0);
	return (mailbox_changed(mb, what, r->modseq, pos, flags, keywords));
}

/* A range of rows that starts and ends anywhere. */
static void
range(struct model *m, size_t *a, size_t *b, uint32_t most)
{
	*a = model_random(m, (uint32_t)m->n + 1);
	*b = *a + 1 + model_random(m, most);
	if (*b > m->n)
		*b = m->n;
}

static int
store(struct model *m, struct engine *e, struct mailbox *mb)
{
	uint16_t flag = (uint16_t)(1 << model_random(m, 5));
	uint64_t kw = 0;
	size_t a, b;
	unsigned int k;

	(void)e;
	range(m, &a, &b, 50);
	if (m->nkeywords > 0 && model_random(m, 2) == 0)
		kw = 1ULL << model_random(m, m->nkeywords);
	if (take(m, mb) == -1)
		return (-1);
	for (; a < b; a++) {
		if (m->rows[a].flags & ROW_EXPUNGED)
			continue;
		m->rows[a].flags ^= flag;
		m->rows[a].keywords ^= kw;
		m->rows[a].modseq = m->highestmodseq;
		for (k = 0; k < MODEL_FLAGS; k++)
			if (((uint64_t)flag | kw << 5) >> k & 1)
				m->rows[a].changed[k] = m->highestmodseq;
		if (put(mb, &m->rows[a], CHANGE_FLAGS, flag, kw, NULL) == -1)
			return (-1);
	}
	return (0);
}

static int
expunge(struct model *m, struct engine *e, struct mailbox *mb)
{
	size_t a, b;

	(void)e;
	range(m, &a, &b, 200);
	if (take(m, mb) == -1)
		return (-1);
	for (; a < b; a++) {
		if ((m->rows[a].flags & ROW_EXPUNGED) ||
		    model_random(m, 3) == 0)
			continue;
		m->rows[a].flags |= ROW_EXPUNGED | ROW_FILE;
		m->rows[a].modseq = m->highestmodseq;
		if (put(mb, &m->rows[a], CHANGE_EXPUNGE, 0, 0, NULL) == -1)
			return (-1);
	}
	return (0);
}

/* The folder comes up to date: no mod-sequence. */
static int
settle(struct model *m, struct engine *e, struct mailbox *mb)
{
	struct model_row *r;
	struct row row;
	size_t a, b;

	(void)e;
	range(m, &a, &b, 600);
	for (; a < b; a++) {
		r = &m->rows[a];
		memset(&row, 0, sizeof(row));
		row.flags = r->flags;
		row.keywords = r->keywords;
		row.fletters = r->fletters;
		if (r->flags & ROW_EXPUNGED) {
			/* Its tombstone may be gone by now. */
			if ((r->flags & ROW_FILE) == 0)
				continue;
			r->flags &= (uint16_t)~ROW_FILE;
		} else {
			r->flags &= (uint16_t)~ROW_NEW;
			r->fletters = row_letters(&row, m->nkeywords);
		}
		if (put(mb, r, 0, 0, 0, NULL) == -1)
			return (-1);
	}
	if (m->recent < m->uidnext) {
		m->recent += model_random(m, m->uidnext - m->recent + 1);
		if (mb != NULL && mailbox_set_recent(mb, m->recent) == -1)
			return (-1);
	}
	return (0);
}

static int
keyword(struct model *m, struct engine *e, struct mailbox *mb)
{
	char name[32];

	(void)e;
	if (m->nkeywords >= MODEL_KEYWORDS)
		return (0);
	snprintf(name, sizeof(name), "Keyword%u", m->nkeywords);
	if (mb != NULL &&
	    mailbox_add_keyword(mb, name) != (int)m->nkeywords)
		return (-1);
	m->nkeywords++;
	return (0);
}

static int
rename_one(struct model *m, struct engine *e, struct mailbox *mb)
{
	struct model_row *r;

	(void)e;
	if (m->n == 0)
		return (0);
	r = &m->rows[model_random(m, (uint32_t)m->n)];
	if (r->flags & ROW_EXPUNGED)
		return (0);
	snprintf(r->name, sizeof(r->name), "renamed.%u",
	    model_random(m, 1000000));
	return (put(mb, r, 0, 0, 0, r->name));
}

/* A request that is taken back after it has done all sorts of things. */
static int
fail(struct model *m, struct engine *e, struct mailbox *mb)
{
	struct model copy = { 0 };
	uint64_t random;
	size_t mark;
	int r;

	model_copy(&copy, m);
	mark = mb != NULL ? engine_mark(e) : 0;
	r = append(&copy, e, mb) == -1 || store(&copy, e, mb) == -1 ||
	    expunge(&copy, e, mb) == -1 || keyword(&copy, e, mb) == -1 ||
	    rename_one(&copy, e, mb) == -1;
	if (mb != NULL)
		engine_rollback(e, mark);
	random = copy.random;
	model_free(&copy);
	m->random = random;
	return (r ? -1 : 0);
}

static unsigned int
fault(const char *what, unsigned long long n)
{
	printf("%s %llu\n", what, n);
	return (1);
}

unsigned int
model_verify(const struct model *m, struct table *t)
{
	struct table_state s;
	uint32_t messages = 0;
	unsigned int faults = 0;
	uint64_t bytes = 0, i;

	if (table_state(t, &s) == -1)
		return (fault("state", (unsigned long long)errno));
	for (i = 0; i < m->n; i++)
		if ((m->rows[i].flags & ROW_EXPUNGED) == 0) {
			messages++;
			bytes += m->rows[i].size;
		}
	if (s.messages != messages || s.bytes != bytes)
		faults += fault("messages", s.messages);
	if (s.uidnext != m->uidnext)
		faults += fault("uidnext", s.uidnext);
	if (s.recent != m->recent)
		faults += fault("recent", s.recent);
	if (s.highestmodseq != m->highestmodseq)
		faults += fault("highestmodseq", s.highestmodseq);
	if (s.nkeywords != m->nkeywords)
		faults += fault("nkeywords", s.nkeywords);
	faults += verify_rows(m, t);
	faults += verify_next(m, t);
	for (i = 0; i < 8; i++)
		faults += verify_since(m, t, m->highestmodseq * i / 8);
	faults += verify_since(m, t, m->highestmodseq);
	for (i = 0; i < 4; i++)
		faults += verify_gone(m, t, s.expunge_horizon +
		    (m->highestmodseq - s.expunge_horizon) * i / 4);
	for (i = 0; i < 4; i++)
		faults += verify_flags(m, t, s.flag_horizon +
		    (m->highestmodseq - s.flag_horizon) * i / 4);
	return (faults);
}

static unsigned int
verify_rows(const struct model *m, struct table *t)
{
	const struct model_row *r;
	char name[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t i, n, nth;
	uint32_t rank, live = 0;

	for (i = 0; i < m->n; i++) {
		r = &m->rows[i];
		if (table_find(t, r->uid, &n) == -1)
			return (fault("find uid", r->uid));
		if (r->flags & ROW_EXPUNGED && !(r->flags & ROW_FILE))
			continue;	/* may be gone, may be there */
		if (table_row_name(t, n, &row, name) == -1 ||
		    row.uid != r->uid)
			return (fault("row of uid", r->uid));
		if (table_find(t, r->uid + 1, &nth) == -1 || nth != n + 1)
			return (fault("row after uid", r->uid));
		if (row.flags != r->flags || row.modseq != r->modseq ||
		    row.keywords != r->keywords || row.size != r->size ||
		    row.fletters != r->fletters || strcmp(name, r->name) != 0)
			return (fault("content of uid", r->uid));
		if (r->flags & ROW_EXPUNGED)
			continue;
		if (table_rank(t, n, &rank) == -1 || rank != live)
			return (fault("rank of uid", r->uid));
		if (table_nth(t, live, &nth) == -1 || nth != n)
			return (fault("nth", live));
		live++;
	}
	if (table_nth(t, live, &nth) != -1 || errno != ENOENT)
		return (fault("nth behind the last", live));
	return (0);
}

/* Walks each bitmap and compares with what the rows say. */
static unsigned int
verify_next(const struct model *m, struct table *t)
{
	enum table_bitmap b;
	struct row row;
	uint64_t at, n, nrows = t->h->nrows;
	int on;

	for (b = TABLE_LIVE; b <= TABLE_BEHIND; b++) {
		at = 0;
		for (n = 0; n < nrows; n++) {
			if (table_row(t, n, &row) == -1)
				return (fault("row", n));
			on = (row.flags & ROW_EXPUNGED) == 0;
			if (b == TABLE_UNSEEN)
				on = on && (row.flags & FLAG_SEEN) == 0;
			if (b == TABLE_DELETED)
				on = on && (row.flags & FLAG_DELETED) != 0;
			if (b == TABLE_BEHIND)
				on = row_behind(&row, m->nkeywords);
			if (!on)
				continue;
			if (table_next(t, b, at, &at) == -1 || at != n)
				return (fault("next", n));
			at++;
		}
		if (at < nrows && (table_next(t, b, at, &at) != -1 ||
		    errno != ENOENT))
			return (fault("next behind the last", at));
	}
	return (0);
}

/* Whether CHANGEDSINCE is exact: each message once, no other. */
static unsigned int
verify_since(const struct model *m, struct table *t, uint64_t since)
{
	struct change c;
	struct row row;
	uint64_t i, n, found = 0, want = 0;

	for (i = 0; i < m->n; i++)
		if ((m->rows[i].flags & ROW_EXPUNGED) == 0 &&
		    m->rows[i].modseq > since)
			want++;
	if (table_change_since(t, since, &i) == -1)
		return (fault("since", since));
	for (; table_change(t, i, &c) == 0; i++) {
		if (c.modseq <= since)
			return (fault("entry before", since));
		if (c.what == CHANGE_EXPUNGE)
			continue;
		if (table_find(t, c.uid, &n) == -1)
			return (fault("uid of entry", i));
		for (; table_row(t, n, &row) == 0 && row.uid <= c.last; n++)
			if (row.modseq == c.modseq &&
			    (row.flags & ROW_EXPUNGED) == 0)
				found++;
	}
	return (found == want ? 0 : fault("changed since", since));
}

/* Whether each expunge since then is in the log, and nothing that lives. */
static unsigned int
verify_gone(const struct model *m, struct table *t, uint64_t since)
{
	struct change c;
	uint64_t i;
	size_t k;
	char *told;

	if ((told = calloc(m->n + 1, 1)) == NULL)
		abort();
	if (table_change_since(t, since, &i) == -1) {
		free(told);
		return (fault("gone since", since));
	}
	for (; table_change(t, i, &c) == 0; i++) {
		if (c.what != CHANGE_EXPUNGE)
			continue;
		/* UIDs of the model are 1, 2, ... */
		for (k = c.uid - 1; k < c.last && k < m->n; k++)
			told[k] = 1;
	}
	for (k = 0; k < m->n; k++) {
		if ((m->rows[k].flags & ROW_EXPUNGED) == 0 && told[k])
			break;
		if ((m->rows[k].flags & ROW_EXPUNGED) && !told[k] &&
		    m->rows[k].modseq > since)
			break;
	}
	free(told);
	return (k == m->n ? 0 : fault("told of expunged uid", k + 1));
}

/* Whether the log says of each message exactly which of its flags changed
 * since then, and whether it is new. */
static unsigned int
verify_flags(const struct model *m, struct table *t, uint64_t since)
{
	const struct model_row *r;
	struct change c;
	uint64_t i, want, *told;
	size_t k;
	unsigned int n;

	if ((told = calloc(m->n + 1, sizeof(*told))) == NULL)
		abort();
	if (table_change_since(t, since, &i) == -1) {
		free(told);
		return (fault("flags since", since));
	}
	for (; table_change(t, i, &c) == 0; i++)
		for (k = c.uid - 1; k < c.last && k < m->n; k++) {
			if (c.what == CHANGE_FLAGS)
				told[k] |= (uint64_t)c.flags | c.keywords << 5;
			else if (c.what == CHANGE_NEW)
				told[k] |= 1ULL << MODEL_FLAGS;
		}
	for (k = 0; k < m->n; k++) {
		r = &m->rows[k];
		want = r->created > since ? 1ULL << MODEL_FLAGS : 0;
		for (n = 0; n < MODEL_FLAGS; n++)
			if (r->changed[n] > since)
				want |= 1ULL << n;
		if ((r->flags & ROW_EXPUNGED) == 0 && told[k] != want)
			break;
	}
	free(told);
	return (k == m->n ? 0 : fault("flags of uid", k + 1));
}
