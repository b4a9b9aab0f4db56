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

#include <sys/types.h>
#include <sys/types.h>

#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/compact.h"
#include "indexd/store.h"

/* What tables remember of expunges and changes, and for how much. */

#define ROOT	"/home/u/Maildir"
#define BATCH	64		/* expunges between two turns */
#define CHECKS	12

static const uint8_t id[TABLE_IDLEN] = { 4, 5, 6 };

/* A mailbox in which each message has the modseq of its expunge, or 0. */
struct history {
	struct engine	*e;
	struct mailbox	*mb;
	uint32_t	 n;		/* UIDs 1 to n */
	uint64_t	*gone;		/* by UID */
	uint64_t	*told;		/* by UID, while it is verified */
	uint32_t	 live;
	uint32_t	 base;		/* likewise, when compaction began */
	uint64_t	 most;		/* entries in the log at any time */
};

static void	start(struct history *, uint32_t);
static void	again(struct history *);
static void	finish(struct history *);
static void	expunge(struct history *, uint32_t, int);
static void	turn(struct history *);
static void	settle(struct history *);
static struct table_state state(struct history *);
static void	bounds(struct history *);
static size_t	memory(const struct mailbox *);
static void	verify(struct history *);
static void	complain(void *, const char *);
static uint32_t	dice(uint32_t);
static uint32_t	*shuffled(uint32_t);

static struct engine *
engine(void)
{
	struct engine_conf conf = { .directory = "d", .interval = 1000 };
	struct engine *e;

	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	return (e);
}

static void
start(struct history *h, uint32_t n)
{
	struct row row = { .size = 10, .vsize = 11 };
	uint64_t modseq;
	uint32_t i;

	memset(h, 0, sizeof(*h));
	h->e = engine();
	h->mb = mailbox_create(h->e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(h->mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(h->mb, 1U << 30, 1U << 30));
	h->n = h->live = n;
	h->gone = calloc(n + 1, sizeof(*h->gone));
	h->told = calloc(n + 1, sizeof(*h->told));
	ATF_REQUIRE(h->gone != NULL && h->told != NULL);
	for (i = 0; i < n; i++) {
		if (i % 1000 == 0) {
			ATF_REQUIRE_EQ(0, mailbox_next_modseq(h->mb, &modseq));
			row.modseq = modseq;
		}
		row.uid = 0;
		ATF_REQUIRE_EQ(0, mailbox_append(h->mb, &row, "1700000000.M1"));
		ATF_REQUIRE_EQ(0, mailbox_changed(h->mb, CHANGE_NEW, modseq,
		    i, 0, 0));
		if (i % 1000 == 999)
			turn(h);
	}
	turn(h);
}

/* The engine ends, and starts from what it left. */
static void
again(struct history *h)
{
	mailbox_close(h->mb);
	engine_close(h->e);
	h->e = engine();
	ATF_REQUIRE((h->mb = mailbox_open(h->e, 1000, ROOT, id)) != NULL);
}

static void
finish(struct history *h)
{
	mailbox_close(h->mb);
	engine_close(h->e);
	free(h->gone);
	free(h->told);
}

/* One message goes, with a mod-sequence of its own; file: it is not unlinked
 * before the next batch. */
static void
expunge(struct history *h, uint32_t uid, int file)
{
	struct row row;
	uint64_t modseq, pos;

	pos = mailbox_find(h->mb, uid);
	ATF_REQUIRE_EQ(0, mailbox_row(h->mb, pos, &row));
	ATF_REQUIRE_EQ(uid, row.uid);
	if (row.flags & ROW_EXPUNGED) {
		row.flags &= (uint16_t)~ROW_FILE;
		ATF_REQUIRE_EQ(0, mailbox_put(h->mb, pos, &row, NULL));
		return;
	}
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(h->mb, &modseq));
	row.flags |= ROW_EXPUNGED | (file ? ROW_FILE : 0);
	row.modseq = h->gone[uid] = modseq;
	ATF_REQUIRE_EQ(0, mailbox_put(h->mb, pos, &row, NULL));
	ATF_REQUIRE_EQ(0, mailbox_changed(h->mb, CHANGE_EXPUNGE, modseq, pos,
	    0, 0));
	h->live--;
}

/* A turn of the server; time that the helper needs passes at once. */
static void
turn(struct history *h)
{
	struct pollfd pfd = { .events = POLLIN };

	ATF_REQUIRE_EQ(0, engine_commit(h->e));
	engine_work(h->e);
	if (h->mb->compact == NULL)
		h->base = h->live;
	if (h->mb->compact != NULL &&
	    h->mb->compact->phase == COMPACT_SYNCING) {
		pfd.fd = engine_fd(h->e);
		ATF_REQUIRE_EQ(1, poll(&pfd, 1, 60000));
	}
	engine_synced(h->e);
	if (mailbox_table(h->mb)->h->nlog > h->most)
		h->most = mailbox_table(h->mb)->h->nlog;
}

static void
settle(struct history *h)
{
	unsigned int i;

	turn(h);
	for (i = 0; h->mb->compact_queued; i++) {
		ATF_REQUIRE(i < 10000);
		turn(h);
	}
}

static struct table_state
state(struct history *h)
{
	struct table_state st;

	ATF_REQUIRE_EQ(0, table_state(mailbox_table(h->mb), &st));
	return (st);
}

/* What is held in memory for it, beside the mapping. */
static size_t
memory(const struct mailbox *mb)
{
	const struct pending *p = &mb->p;
	const struct compact *c = mb->compact;
	size_t n;

	n = p->rowcap * sizeof(*p->rows) + p->nslots * sizeof(*p->slots) +
	    p->logcap * sizeof(*p->log) + p->namecap * sizeof(*p->names);
	if (c != NULL)
		n += c->gonecap * sizeof(*c->gone) +
		    c->slots * sizeof(*c->modseqs);
	return (n);
}

/* The bounds that modseq-table(5) states, at any time. */
static void
bounds(struct history *h)
{
	struct table_state st = state(h);
	uint64_t nlog, nrows, size, steps;

	nrows = (uint64_t)h->base * 3 / 2 + compact_slack + 2 * BATCH;
	nlog = (uint64_t)h->base * 3 + compact_slack * 3 +
	    (compact_history + compact_ranges) * 3 / 2;
	/* While it is compacted more come, a batch with each step. */
	steps = nrows / COMPACT_ROWS + 3 * nlog / COMPACT_ENTRIES + 16;
	ATF_REQUIRE_MSG(h->base - h->live <= steps * BATCH, "%u messages: "
	    "compaction since %u", h->live, h->base);
	nlog += h->base - h->live;
	ATF_REQUIRE_MSG(st.nrows <= nrows, "%u messages: %llu rows", h->live,
	    (unsigned long long)st.nrows);
	ATF_REQUIRE_MSG(st.nlog <= nlog, "%u messages: %llu entries", h->live,
	    (unsigned long long)st.nlog);
	size = (nrows * (72 + 24 + 1) + nlog * 32) * 3 / 2 + (1 << 17);
	ATF_REQUIRE_MSG(mailbox_table(h->mb)->len <= size, "%u messages: "
	    "%zu octets", h->live, mailbox_table(h->mb)->len);
	size = nlog * 64 + (h->n / 1000 + BATCH * 2) * 32 + (1 << 20);
	ATF_REQUIRE_MSG(memory(h->mb) <= size, "%u messages: %zu octets of "
	    "memory", h->live, memory(h->mb));
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

/*
 * Who was last here at any mod-sequence from the horizon on learns of each
 * expunge since, and of nothing that lives.
 */
static void
verify(struct history *h)
{
	struct table_state st = state(h);
	struct change c;
	uint64_t i, uid;

	ATF_REQUIRE_EQ(0, mailbox_check(h->mb, complain, NULL));
	memset(h->told, 0, (h->n + 1) * sizeof(*h->told));
	for (i = 0; i < st.nlog; i++) {
		ATF_REQUIRE_EQ(0, table_change(mailbox_table(h->mb), i, &c));
		if (c.what != CHANGE_EXPUNGE)
			continue;
		ATF_REQUIRE(c.uid >= 1 && c.last <= h->n);
		for (uid = c.uid; uid <= c.last; uid++) {
			ATF_REQUIRE_MSG(h->gone[uid] != 0, "uid %llu lives",
			    (unsigned long long)uid);
			h->told[uid] = c.modseq;
		}
	}
	for (uid = 1; uid <= h->n; uid++)
		if (h->gone[uid] > st.expunge_horizon)
			ATF_REQUIRE_MSG(h->told[uid] >= h->gone[uid],
			    "uid %llu expunged at %llu, told at %llu, horizon "
			    "%llu", (unsigned long long)uid,
			    (unsigned long long)h->gone[uid],
			    (unsigned long long)h->told[uid],
			    (unsigned long long)st.expunge_horizon);
}

static uint32_t
dice(uint32_t n)
{
	static uint64_t x = 3;

	x = x * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((uint32_t)((x >> 33) % n));
}

/* 1 to n in random order, the same in each run. */
static uint32_t *
shuffled(uint32_t n)
{
	uint32_t *v, i, k, uid;

	ATF_REQUIRE((v = calloc(n, sizeof(*v))) != NULL);
	for (i = 0; i < n; i++)
		v[i] = i + 1;
	for (i = n; i > 1; i--) {
		k = dice(i);
		uid = v[i - 1];
		v[i - 1] = v[k];
		v[k] = uid;
	}
	return (v);
}

/*
 * EXPUNGES=1000000 in the environment does it with that many, and then with
 * the number of ranges that is kept in earnest.
 */
ATF_TC(expunges);
ATF_TC_HEAD(expunges, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 38: expunges one at a time "
	    "in random order stay within a bound");
	atf_tc_set_md_var(tc, "timeout", "1200");
}
ATF_TC_BODY(expunges, tc)
{
	const char *s = getenv("EXPUNGES");
	struct engine_stats stats;
	struct history h;
	uint64_t horizon = 0;
	uint32_t *order, i, k, n = 100000;

	if (s != NULL)
		n = (uint32_t)strtoul(s, NULL, 10);
	else
		compact_ranges = 8192;
	ATF_REQUIRE(n >= 1000);
	start(&h, n);
	order = shuffled(n);
	for (i = 0; i < n; i++) {
		expunge(&h, order[i], 1);
		if (i % BATCH != BATCH - 1 && i != n - 1)
			continue;
		turn(&h);
		/* Their files are unlinked. */
		for (k = i - i % BATCH; k <= i; k++)
			expunge(&h, order[k], 0);
		bounds(&h);
		if (i / (n / CHECKS) != (i - i % BATCH) / (n / CHECKS)) {
			verify(&h);
			ATF_REQUIRE(state(&h).expunge_horizon >= horizon);
			horizon = state(&h).expunge_horizon;
			printf("%u messages: %llu entries, horizon %llu\n",
			    h.live, (unsigned long long)state(&h).nlog,
			    (unsigned long long)horizon);
		}
		if (i / (n / 2) != (i - i % BATCH) / (n / 2)) {
			again(&h);
			verify(&h);
		}
	}
	settle(&h);
	bounds(&h);
	engine_stats(h.e, &stats);
	ATF_CHECK(horizon > 1);
	ATF_CHECK_EQ(0, h.live);
	/* Where nothing lives one range says all. */
	ATF_CHECK(state(&h).nlog <= 2 * compact_slack + compact_history);
	printf("%llu compactions since the restart, at most %llu entries\n",
	    (unsigned long long)stats.compactions, (unsigned long long)h.most);
	again(&h);
	verify(&h);
	ATF_CHECK_EQ(horizon, state(&h).expunge_horizon);
	free(order);
	finish(&h);
}

ATF_TC(horizon);
ATF_TC_HEAD(horizon, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 37: the horizon is the "
	    "highest mod-sequence of what was dropped, and survives a restart");
}
ATF_TC_BODY(horizon, tc)
{
	struct table_state st;
	struct history h;
	struct change c;
	uint64_t i, n = 0, lost = 0;
	uint32_t *order, k;

	compact_ranges = 16;
	compact_slack = 8;
	start(&h, 100);
	order = shuffled(50);
	/* Every other one, so that none of them can be merged. */
	for (k = 0; k < 50; k++)
		expunge(&h, order[k] * 2, 0);
	ATF_REQUIRE_EQ(1, state(&h).expunge_horizon);
	settle(&h);
	lost = h.gone[order[50 - 16 - 1] * 2];
	ATF_CHECK_EQ(lost, state(&h).expunge_horizon);
	verify(&h);
	again(&h);
	verify(&h);
	st = state(&h);
	ATF_CHECK_EQ(lost, st.expunge_horizon);
	for (i = 0; i < st.nlog; i++) {
		ATF_REQUIRE_EQ(0, table_change(mailbox_table(h.mb), i, &c));
		if (c.what != CHANGE_EXPUNGE)
			continue;
		n++;
		ATF_CHECK_EQ(c.uid, c.last);
		ATF_CHECK(c.modseq > lost);
	}
	ATF_CHECK_EQ(16, n);
	/* What stood between them goes: one range, no horizon. */
	for (k = 1; k < 100; k += 2)
		expunge(&h, k, 0);
	settle(&h);
	st = state(&h);
	verify(&h);
	ATF_CHECK_EQ(lost, st.expunge_horizon);
	for (i = n = 0; i < st.nlog; i++) {
		ATF_REQUIRE_EQ(0, table_change(mailbox_table(h.mb), i, &c));
		n += c.what == CHANGE_EXPUNGE;
	}
	ATF_CHECK_EQ(1, n);
	free(order);
	finish(&h);
}

ATF_TC(pending);
ATF_TC_HEAD(pending, tc)
{
	atf_tc_set_md_var(tc, "descr", "the change log is read with what the "
	    "open batch adds, and without what is taken back");
}
ATF_TC_BODY(pending, tc)
{
	struct history h;
	struct change c;
	struct row row;
	uint64_t modseq[4], n, first;
	unsigned int i;
	size_t mark = 0;

	start(&h, 10);
	first = state(&h).nlog;
	for (i = 0; i < 4; i++) {
		mark = engine_mark(h.e);
		ATF_REQUIRE_EQ(0, mailbox_next_modseq(h.mb, &modseq[i]));
		ATF_REQUIRE_EQ(0, mailbox_row(h.mb, i, &row));
		row.modseq = modseq[i];
		row.flags ^= FLAG_SEEN;
		ATF_REQUIRE_EQ(0, mailbox_put(h.mb, i, &row, NULL));
		ATF_REQUIRE_EQ(0, mailbox_changed(h.mb, CHANGE_FLAGS,
		    modseq[i], i, FLAG_SEEN, 0));
	}
	ATF_CHECK_EQ(first, state(&h).nlog);
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(0, mailbox_change_since(h.mb, modseq[i] - 1,
		    &n));
		ATF_CHECK_EQ(first + i, n);
		ATF_REQUIRE_EQ(0, mailbox_change(h.mb, n, &c));
		ATF_CHECK_EQ(modseq[i], c.modseq);
		ATF_CHECK_EQ(i + 1, c.uid);
	}
	ATF_REQUIRE_EQ(0, mailbox_change_since(h.mb, 0, &n));
	ATF_CHECK_EQ(0, n);
	ATF_REQUIRE_EQ(0, mailbox_change(h.mb, 0, &c));
	ATF_CHECK_EQ(CHANGE_NEW, c.what);
	ATF_REQUIRE_EQ(0, mailbox_change_since(h.mb, modseq[3], &n));
	ATF_CHECK_EQ(first + 4, n);
	ATF_REQUIRE_ERRNO(ENOENT, mailbox_change(h.mb, n, &c) == -1);
	engine_rollback(h.e, mark);
	ATF_REQUIRE_EQ(0, mailbox_change_since(h.mb, modseq[2], &n));
	ATF_CHECK_EQ(first + 3, n);
	ATF_REQUIRE_ERRNO(ENOENT, mailbox_change(h.mb, n, &c) == -1);
	ATF_REQUIRE_EQ(0, engine_commit(h.e));
	ATF_REQUIRE_EQ(0, mailbox_change_since(h.mb, modseq[1], &n));
	ATF_CHECK_EQ(first + 2, n);
	ATF_REQUIRE_EQ(0, mailbox_change(h.mb, n, &c));
	ATF_CHECK_EQ(modseq[2], c.modseq);
	finish(&h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, expunges);
	ATF_TP_ADD_TC(tp, horizon);
	ATF_TP_ADD_TC(tp, pending);
	return (atf_no_error());
}
