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


#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/uidset.h"

#define MANY	400000		/* ranges */
#define SPAN	200		/* UIDs of the random tests */
#define ROUNDS	2000

static void	check_text(const struct uidset *, const char *);
static void	check_model(struct uidset *, const char *);

static void
check_text(const struct uidset *set, const char *want)
{
	char	buf[256];
	size_t	pos = 0, len;

	len = uidset_text(set, &pos, buf, sizeof(buf));
	ATF_CHECK_STREQ(want, buf);
	ATF_CHECK_EQ(strlen(want), len);
	ATF_CHECK_EQ(set->n, pos);
	ATF_CHECK_EQ(0, uidset_text(set, &pos, buf, sizeof(buf)));
}

/* Everything the set can tell must agree with an array of members. */
static void
check_model(struct uidset *set, const char *model)
{
	struct uidset_iter	it = { 0 };
	uint64_t		rank = 0;
	uint32_t		got, uid;
	size_t			i;

	for (uid = 1; uid <= SPAN; uid++) {
		ATF_REQUIRE_EQ(model[uid], uidset_contains(set, uid));
		ATF_REQUIRE_EQ(rank, uidset_rank(set, uid));
		if (!model[uid])
			continue;
		ATF_REQUIRE_EQ(1, uidset_next(set, &it, &got));
		ATF_REQUIRE_EQ(uid, got);
		ATF_REQUIRE_EQ(uid, uidset_nth(set, rank));
		rank++;
	}
	ATF_REQUIRE_EQ(0, uidset_next(set, &it, &got));
	ATF_REQUIRE_EQ(0, uidset_nth(set, rank));
	ATF_REQUIRE_EQ(rank, uidset_count(set));
	for (i = 1; i < set->n; i++)
		ATF_REQUIRE(set->r[i].lo > set->r[i - 1].hi + 1);
}

ATF_TC_WITHOUT_HEAD(merge);
ATF_TC_BODY(merge, tc)
{
	struct uidset	set;

	uidset_init(&set, 0);
	check_text(&set, "");
	ATF_CHECK_EQ(0, uidset_add(&set, 5));
	ATF_CHECK_EQ(0, uidset_add(&set, 7));
	check_text(&set, "5,7");
	ATF_CHECK_EQ(0, uidset_add(&set, 6));
	check_text(&set, "5:7");
	ATF_CHECK_EQ(0, uidset_add_range(&set, 20, 10));
	ATF_CHECK_EQ(0, uidset_add_range(&set, 30, 40));
	ATF_CHECK_EQ(0, uidset_add(&set, 1));
	check_text(&set, "1,5:7,10:20,30:40");
	ATF_CHECK_EQ(0, uidset_add_range(&set, 8, 29));
	check_text(&set, "1,5:40");
	ATF_CHECK_EQ(1, uidset_min(&set));
	ATF_CHECK_EQ(40, uidset_max(&set));
	ATF_CHECK_EQ(1, uidset_overlaps(&set, 2, 5));
	ATF_CHECK_EQ(0, uidset_overlaps(&set, 2, 4));
	ATF_CHECK_EQ(5, uidset_from(&set, 2));
	ATF_CHECK_EQ(5, uidset_from(&set, 5));
	ATF_CHECK_EQ(0, uidset_from(&set, uidset_max(&set) + 1));
	uidset_clear(&set);
	ATF_CHECK_EQ(0, uidset_min(&set));
	ATF_CHECK_EQ(0, uidset_max(&set));
	uidset_free(&set);
	uidset_free(&set);
}

ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct uidset	set;

	uidset_init(&set, 0);
	ATF_CHECK_ERRNO(EINVAL, uidset_add(&set, 0) == -1);
	ATF_CHECK_ERRNO(EINVAL, uidset_add_range(&set, 0, 5) == -1);
	ATF_CHECK_EQ(0, uidset_add(&set, UINT32_MAX));
	ATF_CHECK_EQ(0, uidset_add(&set, UINT32_MAX - 2));
	ATF_CHECK_EQ(0, uidset_add(&set, 1));
	check_text(&set, "1,4294967293,4294967295");
	ATF_CHECK_EQ(0, uidset_add_range(&set, 1, UINT32_MAX));
	check_text(&set, "1:4294967295");
	ATF_CHECK_EQ(UINT32_MAX, uidset_count(&set));
	ATF_CHECK_EQ(UINT32_MAX, uidset_nth(&set, UINT32_MAX - 1));
	ATF_CHECK_EQ(0, uidset_nth(&set, UINT32_MAX));
	ATF_CHECK_EQ(0, uidset_remove_range(&set, 1, 1));
	ATF_CHECK_EQ(0, uidset_remove_range(&set, UINT32_MAX, UINT32_MAX));
	check_text(&set, "2:4294967294");
	ATF_CHECK_EQ(0, uidset_remove_range(&set, 0, UINT32_MAX));
	check_text(&set, "");
	uidset_free(&set);
}

ATF_TC_WITHOUT_HEAD(maximum);
ATF_TC_BODY(maximum, tc)
{
	struct uidset	set, other;

	uidset_init(&set, 3);
	ATF_CHECK_EQ(0, uidset_add_range(&set, 10, 20));
	ATF_CHECK_EQ(0, uidset_add(&set, 30));
	ATF_CHECK_EQ(0, uidset_add(&set, 1));
	ATF_CHECK_ERRNO(E2BIG, uidset_add(&set, 40) == -1);
	ATF_CHECK_ERRNO(E2BIG, uidset_add(&set, 5) == -1);
	ATF_CHECK_ERRNO(E2BIG, uidset_remove_range(&set, 15, 15) == -1);
	check_text(&set, "1,10:20,30");
	ATF_CHECK_EQ(0, uidset_add(&set, 31));
	ATF_CHECK_EQ(0, uidset_remove_range(&set, 10, 10));
	ATF_CHECK_EQ(0, uidset_remove_range(&set, 1, 1));
	ATF_CHECK_EQ(0, uidset_remove_range(&set, 15, 15));
	check_text(&set, "11:14,16:20,30:31");

	uidset_init(&other, 0);
	ATF_CHECK_EQ(0, uidset_add(&other, 15));
	ATF_CHECK_EQ(0, uidset_add(&other, 50));
	ATF_CHECK_EQ(0, uidset_add_set(&set, &other));
	check_text(&set, "11:20,30:31,50");
	ATF_CHECK_EQ(0, uidset_add(&other, 60));
	ATF_CHECK_ERRNO(E2BIG, uidset_add_set(&set, &other) == -1);
	check_text(&set, "11:20,30:31,50");
	uidset_free(&set);
	uidset_free(&other);
}

ATF_TC_WITHOUT_HEAD(text_in_pieces);
ATF_TC_BODY(text_in_pieces, tc)
{
	struct uidset	set;
	char		all[512] = "", buf[UIDSET_TEXT_MIN + 1];
	size_t		pos = 0, len;
	uint32_t	uid;
	int		pieces = 0;

	uidset_init(&set, 0);
	for (uid = 10; uid > 0; uid--)
		ATF_REQUIRE_EQ(0, uidset_add_range(&set,
		    UINT32_MAX - 20 * uid, UINT32_MAX - 20 * uid + 5));
	while ((len = uidset_text(&set, &pos, buf, sizeof(buf))) > 0) {
		ATF_CHECK(len < sizeof(buf));
		ATF_CHECK_EQ(len, strlen(buf));
		if (pieces++ > 0)
			strlcat(all, ",", sizeof(all));
		strlcat(all, buf, sizeof(all));
	}
	ATF_CHECK_EQ(10, pieces);
	check_text(&set, all);
	uidset_free(&set);
}

/* Random changes, against an array of what must be in the set. */
ATF_TC_WITHOUT_HEAD(random_changes);
ATF_TC_BODY(random_changes, tc)
{
	struct uidset	set, other;
	char		model[SPAN + 2];
	uint32_t	a, b, lo, hi;
	int		i, op;

	memset(model, 0, sizeof(model));
	uidset_init(&set, 0);
	for (i = 0; i < ROUNDS; i++) {
		a = 1 + (uint32_t)rand() % SPAN;
		b = 1 + (a + (uint32_t)rand() % 12) % SPAN;
		lo = a < b ? a : b;
		hi = a < b ? b : a;
		if (hi - lo > 12)
			lo = hi;
		op = rand() % 4;
		if (op == 0) {
			ATF_REQUIRE_EQ(0, uidset_add_range(&set, hi, lo));
		} else if (op == 1) {
			ATF_REQUIRE_EQ(0, uidset_add(&set, hi));
			lo = hi;
		} else if (op == 2) {
			ATF_REQUIRE_EQ(0, uidset_remove_range(&set, hi, lo));
		} else {
			uidset_init(&other, 0);
			ATF_REQUIRE_EQ(0, uidset_add_range(&other, lo, hi));
			ATF_REQUIRE_EQ(0, uidset_add_set(&set, &other));
			uidset_free(&other);
		}
		memset(model + lo, op != 2, hi - lo + 1);
		check_model(&set, model);
	}
	uidset_free(&set);
}

/* Scattered additions, more than a batch holds, and what two sets share. */
ATF_TC_WITHOUT_HEAD(batches);
ATF_TC_BODY(batches, tc)
{
	struct uidset_batch	b;
	struct uidset		one, two, both, same;
	uint32_t		lo, uid;
	int			i;

	uidset_init(&one, 0);
	uidset_init(&two, 0);
	uidset_init(&both, 0);
	uidset_init(&same, 0);
	uidset_batch(&b, &two);
	ATF_REQUIRE_EQ(0, uidset_batch_end(&b));
	ATF_CHECK_EQ(0, two.n);
	for (i = 0; i < 3 * UIDSET_BATCH; i++) {
		lo = 1 + (uint32_t)rand() % 100000;
		uid = lo + (uint32_t)rand() % 5;
		ATF_REQUIRE_EQ(0, uidset_add_range(&one, lo, uid));
		ATF_REQUIRE_EQ(0, uidset_batch_add(&b, lo, uid));
	}
	ATF_REQUIRE_EQ(0, uidset_batch_end(&b));
	ATF_REQUIRE_EQ(one.n, two.n);
	ATF_CHECK(memcmp(one.r, two.r, one.n * sizeof(*one.r)) == 0);

	/* Every third of them, and some that are not. */
	uidset_clear(&two);
	for (uid = 3; uid < 110000; uid += 3) {
		ATF_REQUIRE_EQ(0, uidset_add(&two, uid));
		if (uidset_contains(&one, uid))
			ATF_REQUIRE_EQ(0, uidset_add(&same, uid));
	}
	ATF_REQUIRE_EQ(0, uidset_intersect(&one, &two, &both));
	ATF_REQUIRE_EQ(same.n, both.n);
	ATF_CHECK(memcmp(same.r, both.r, same.n * sizeof(*same.r)) == 0);
	uidset_free(&one);
	uidset_free(&two);
	uidset_free(&both);
	uidset_free(&same);
}

/* Numbers of a set that has many ranges: not by going through them all. */
ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "timeout", "20");
}
ATF_TC_BODY(many, tc)
{
	struct uidset	set;
	uint32_t	i;

	uidset_init(&set, 0);
	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(0, uidset_add(&set, 2 * i + 1));
	for (i = MANY; i > 0; i--) {
		ATF_REQUIRE_EQ(i, uidset_rank(&set, 2 * i));
		ATF_REQUIRE_EQ(2 * i - 1, uidset_nth(&set, i - 1));
	}
	uidset_free(&set);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, merge);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, maximum);
	ATF_TP_ADD_TC(tp, text_in_pieces);
	ATF_TP_ADD_TC(tp, random_changes);
	ATF_TP_ADD_TC(tp, batches);
	ATF_TP_ADD_TC(tp, many);
	return (atf_no_error());
}
