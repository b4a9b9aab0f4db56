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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sort/mail.h"

/* Threads (RFC 5256 section 3, THREAD). */

/* A message: its id, subject, and the ids it refers to. */
#define MAIL(when, subj, re, own, n, ...) \
	{ .date = (when), .subject = (subj), .reply = (re), .id = (own), \
	    .nrefs = (n), .ref = { __VA_ARGS__ } }

static void	check(const struct mail *, size_t, const char *);
static void	check_subject(const struct mail *, size_t, const char *);
static struct mail *many(size_t);
static uint32_t	next_random(uint32_t *);
static void	random_mail(uint32_t *, struct mail *, uint32_t);

static void
check(const struct mail *mail, size_t n, const char *want)
{
	char	*got, *naive;

	got = mail_threads(mail, n, 0);
	ATF_CHECK_STREQ(want, got);
	naive = naive_threads(mail, n);
	ATF_CHECK_STREQ(want, naive);
	free(got);
	free(naive);
}

static void
check_subject(const struct mail *mail, size_t n, const char *want)
{
	char	*got;

	got = mail_threads(mail, n, 1);
	ATF_CHECK_STREQ(want, got);
	free(got);
}

/* Section 4: "(2)(3 6 (4 23)(44 7 96))", "((3)(5))"; 1 to 7 and 1, 2 here. */
ATF_TC_WITHOUT_HEAD(examples);
ATF_TC_BODY(examples, tc)
{
	static const struct mail	first[] = {
		MAIL(1, 1, 0, 2, 0, 0),
		MAIL(2, 2, 0, 3, 0, 0),
		MAIL(3, 3, 1, 6, 1, 3),
		MAIL(4, 3, 1, 4, 2, 3, 6),
		MAIL(5, 3, 1, 23, 3, 3, 6, 4),
		MAIL(6, 3, 1, 44, 2, 3, 6),
		MAIL(7, 3, 1, 7, 3, 3, 6, 44),
		MAIL(8, 3, 1, 96, 4, 3, 6, 44, 7)
	};
	static const struct mail	second[] = {
		MAIL(1, 1, 1, 3, 1, 9),
		MAIL(2, 2, 1, 5, 1, 9)
	};

	(void)tc;
	check(NULL, 0, "");
	check(first, 1, "(1)");
	check(first, 8, "(1)(2 3 (4 5)(6 7 8))");
	check(second, 2, "((1)(2))");
}

/* Step 1: who is linked to whom. */
ATF_TC_WITHOUT_HEAD(links);
ATF_TC_BODY(links, tc)
{
	/* The last reference decides, whatever others said before. */
	static const struct mail	corrected[] = {
		MAIL(1, 1, 0, 1, 0, 0),
		MAIL(2, 2, 0, 2, 0, 0),
		MAIL(3, 3, 0, 3, 2, 1, 4),
		MAIL(4, 4, 0, 4, 1, 2)
	};
	/* No reference: no parent, whatever others said. */
	static const struct mail	freed[] = {
		MAIL(1, 1, 0, 1, 0, 0),
		MAIL(2, 2, 0, 3, 2, 1, 2),
		MAIL(3, 3, 0, 2, 0, 0)
	};
	/* Each names the other; the later one's own word breaks a link. */
	static const struct mail	loop[] = {
		MAIL(1, 1, 0, 1, 1, 2),
		MAIL(2, 2, 0, 2, 1, 1)
	};
	/* Who names itself first is above what it names then. */
	static const struct mail	self[] = {
		MAIL(1, 1, 0, 1, 3, 1, 1, 1),
		MAIL(2, 2, 0, 2, 2, 2, 1)
	};
	/* The first of an id has it. */
	static const struct mail	twice[] = {
		MAIL(5, 1, 0, 1, 0, 0),
		MAIL(1, 2, 0, 1, 0, 0),
		MAIL(6, 3, 0, 2, 1, 1),
		MAIL(2, 4, 0, 0, 0, 0)
	};

	(void)tc;
	check(corrected, 4, "(1)(2 4 3)");
	check(freed, 3, "(1)(3 2)");
	check(loop, 2, "(2 1)");
	check(self, 2, "(2 1)");
	check(twice, 4, "(2)(4)(1 3)");
}

/* Step 3. */
ATF_TC_WITHOUT_HEAD(dummies);
ATF_TC_BODY(dummies, tc)
{
	static const struct mail	within[] = {
		MAIL(1, 1, 0, 1, 0, 0),
		MAIL(2, 2, 0, 2, 3, 1, 8, 9),
		MAIL(3, 3, 0, 3, 3, 1, 8, 9),
		MAIL(4, 4, 0, 4, 2, 1, 8)
	};
	static const struct mail	only[] = {
		MAIL(1, 1, 0, 1, 3, 7, 8, 9),
		MAIL(2, 2, 0, 2, 1, 1)
	};
	static const struct mail	two[] = {
		MAIL(2, 1, 0, 1, 3, 7, 8, 9),
		MAIL(1, 2, 0, 2, 2, 7, 6),
		MAIL(1, 3, 0, 3, 0, 0),
		MAIL(0, 4, 0, 4, 2, 5, 10)
	};

	(void)tc;
	check(within, 4, "(1 (2)(3)(4))");
	check(only, 2, "(1 2)");
	check(two, 4, "(4)((2)(1))(3)");
}

/* Step 5: what one subject joins. */
ATF_TC_WITHOUT_HEAD(subjects);
ATF_TC_BODY(subjects, tc)
{
	static const struct mail	reply[] = {
		MAIL(1, 1, 1, 1, 0, 0),
		MAIL(2, 1, 0, 2, 0, 0),
		MAIL(3, 1, 1, 3, 0, 0)
	};
	static const struct mail	equal[] = {
		MAIL(1, 1, 0, 1, 0, 0),
		MAIL(2, 1, 0, 2, 0, 0),
		MAIL(3, 1, 1, 3, 0, 0)
	};
	static const struct mail	both[] = {
		MAIL(1, 1, 1, 1, 0, 0),
		MAIL(2, 1, 1, 2, 0, 0)
	};
	static const struct mail	groups[] = {
		MAIL(4, 1, 1, 1, 1, 9),
		MAIL(3, 1, 1, 2, 1, 9),
		MAIL(2, 1, 1, 3, 1, 8),
		MAIL(1, 1, 1, 4, 1, 8),
		MAIL(0, 1, 0, 5, 0, 0),
		MAIL(5, 2, 1, 6, 1, 8)
	};
	static const struct mail	empty[] = {
		MAIL(1, 0, 0, 1, 0, 0),
		MAIL(2, 0, 1, 2, 0, 0)
	};

	(void)tc;
	check(reply, 3, "(2 (1)(3))");
	check(equal, 3, "((1)(2)(3))");
	check(both, 2, "((1)(2))");
	check(groups, 6, "((5)(4)(3)(2)(1)(6))");
	check(empty, 2, "(1)(2)");
}

/* ORDEREDSUBJECT: the first message of a subject is above all others. */
ATF_TC_WITHOUT_HEAD(ordered);
ATF_TC_BODY(ordered, tc)
{
	static const struct mail	mail[] = {
		MAIL(5, 1, 0, 0, 0, 0),
		MAIL(6, 2, 0, 0, 0, 0),
		MAIL(7, 1, 1, 0, 0, 0),
		MAIL(1, 1, 1, 0, 0, 0),
		MAIL(1, 3, 1, 0, 0, 0),
		MAIL(6, 3, 1, 0, 0, 0),
		MAIL(9, 0, 0, 0, 0, 0),
		MAIL(8, 0, 0, 0, 0, 0)
	};

	(void)tc;
	check_subject(mail, 0, "");
	check_subject(mail, 1, "(1)");
	check_subject(mail, 8, "(4 (1)(3))(5 6)(2)(8 7)");
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8);
}

static void
random_mail(uint32_t *seed, struct mail *m, uint32_t ids)
{
	uint32_t	i;

	memset(m, 0, sizeof(*m));
	m->date = next_random(seed) % 8;
	m->subject = next_random(seed) % 5;
	m->reply = (int)(next_random(seed) % 2);
	m->id = next_random(seed) % (ids + 1);
	m->nrefs = next_random(seed) % 5;
	for (i = 0; i < m->nrefs; i++)
		m->ref[i] = 1 + next_random(seed) % ids;
}

/*
 * As the letter of the RFC has it, in all kinds of disorder; some are about a
 * chain that is longer than what is walked (thread_forest.c).
 */
#define CHAIN	100

ATF_TC_WITHOUT_HEAD(random_graphs);
ATF_TC_BODY(random_graphs, tc)
{
	struct mail	*mail;
	char		*got, *want;
	uint32_t	 seed, round, ids;
	size_t		 i, n;

	(void)tc;
	ATF_REQUIRE((mail = calloc(NAIVE_MAX, sizeof(*mail))) != NULL);
	for (round = 1; round <= 20000; round++) {
		seed = round;
		n = next_random(&seed) % (round % 50 == 0 ? NAIVE_MAX : 10);
		ids = round % 4 == 0 ? CHAIN + 10 :
		    1 + next_random(&seed) % (round % 3 == 0 ? 40 : 8);
		for (i = 0; i < n; i++)
			random_mail(&seed, &mail[i], ids);
		if (round % 4 == 0)
			mail[0].nrefs = CHAIN;
		for (i = 0; i < CHAIN && round % 4 == 0; i++)
			mail[0].ref[i] = (uint32_t)i + 1;
		got = mail_threads(mail, n, 0);
		want = naive_threads(mail, n);
		ATF_REQUIRE_MSG(strcmp(got, want) == 0,
		    "seed %u: \"%s\", not \"%s\"", (unsigned int)round, got,
		    want);
		free(got);
		free(want);
	}
	free(mail);
}

static struct mail *
many(size_t n)
{
	struct mail	*mail;

	ATF_REQUIRE((mail = calloc(n, sizeof(*mail))) != NULL);
	return (mail);
}

#define DEEP	100000

/* Chains that are long, in whatever order they come. */
ATF_TC_WITHOUT_HEAD(deep);
ATF_TC_BODY(deep, tc)
{
	struct mail	*mail = many(DEEP);
	char		*got, *p;
	uint32_t	 i, way, id;

	(void)tc;
	for (way = 0; way < 4; way++) {
		for (i = 0; i < DEEP; i++) {
			/* Down; up; by halves; each pair, then the pairs. */
			id = way == 0 ? i : way == 1 ? DEEP - 1 - i :
			    way == 2 ? (uint32_t)(i * 49999ULL % DEEP) :
			    i < DEEP / 2 ? 2 * i : 2 * (i - DEEP / 2) + 1;
			mail[i].date = id;
			mail[i].id = id + 1;
			mail[i].nrefs = id > 0;
			mail[i].ref[0] = id;
		}
		got = mail_threads(mail, DEEP, 0);
		/* One thread without a branch. */
		ATF_CHECK_EQ('(', got[0]);
		ATF_CHECK_EQ_MSG(NULL, strchr(got + 1, '('), "way %u",
		    (unsigned int)way);
		for (p = got, i = 1; (p = strchr(p, ' ')) != NULL; p++)
			i++;
		ATF_CHECK_EQ_MSG(DEEP, i, "way %u", (unsigned int)way);
		free(got);
	}
	free(mail);
}

/*
 * Two long chains, and messages that would close a loop, or cut and join
 * them, each time.
 */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct mail	*mail = many(DEEP);
	char		*got;
	uint32_t	 i, j;

	(void)tc;
	for (i = 0; i < DEEP; i++) {
		mail[i].date = i;
		mail[i].id = i + 1;
		if (i < DEEP / 2) {
			mail[i].nrefs = i > 0;
			mail[i].ref[0] = i;
			continue;
		}
		/* The end above the start, and above pairs of strangers. */
		mail[i].nrefs = 4;
		mail[i].ref[0] = DEEP / 2 - i % 100;
		mail[i].ref[1] = i % 2 ? 1 : DEEP + i;
		mail[i].ref[2] = DEEP / 2 - i % 99;
		mail[i].ref[3] = DEEP + i + (i % 2);
	}
	got = mail_threads(mail, DEEP, 0);
	free(got);
	/* As many references as there can be, of none before. */
	for (i = 0; i < 4000; i++) {
		mail[i].nrefs = MAIL_REFS;
		for (j = 0; j < MAIL_REFS; j++)
			mail[i].ref[j] = DEEP + i * MAIL_REFS +
			    (i % 2 ? j : MAIL_REFS - j);
	}
	got = mail_threads(mail, 4000, 0);
	free(got);
	free(mail);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, examples);
	ATF_TP_ADD_TC(tp, links);
	ATF_TP_ADD_TC(tp, dummies);
	ATF_TP_ADD_TC(tp, subjects);
	ATF_TP_ADD_TC(tp, ordered);
	ATF_TP_ADD_TC(tp, random_graphs);
	ATF_TP_ADD_TC(tp, deep);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
