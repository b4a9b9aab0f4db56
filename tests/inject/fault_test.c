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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "tests/inject/fault.h"

/*
 * Calls that change something fail, in every changing command: some of them,
 * by SEED, or all of them, if there is HIGHWATER_SECONDS.
 */
#define SHARE	4	/* of the time, for one case of those that run at once */

static void	some(const atf_tc_t *, const char *, int);

static void
some(const atf_tc_t *tc, const char *fault, int indexd)
{
	const char		*only = getenv("HIGHWATER_SCRIPT");
	const char		*seed = getenv("SEED");
	const char		*seconds = getenv("HIGHWATER_SECONDS");
	const struct script	*s;
	struct scene		 sc;
	time_t			 end = 0;
	unsigned int		 n = 0;

	if (seconds != NULL)
		end = time(NULL) + strtol(seconds, NULL, 10) / SHARE;
	srandom(seed == NULL ? 1 : (unsigned int)strtoul(seed, NULL, 10));

	ATF_REQUIRE_EQ(0, setenv(INJECT_SEGMENT, "65536", 1));
	scene_start(&sc, tc, "");
	for (s = scripts; s->name != NULL; s++) {
		if (only != NULL && strcmp(s->name, only) != 0)
			continue;
		n += fault_each(&sc, s, fault_find(fault), indexd, end);
	}
	printf("%u points\n", n);
	scene_end(&sc);
}

#define CASE(fault, name, text)						\
ATF_TC(session_ ## name);						\
ATF_TC_HEAD(session_ ## name, tc)					\
{									\
	atf_tc_set_md_var(tc, "descr", "in a session: " text);		\
	atf_tc_set_md_var(tc, "require.user", "unprivileged");		\
	atf_tc_set_md_var(tc, "timeout", "3600");			\
}									\
ATF_TC_BODY(session_ ## name, tc)					\
{									\
	some(tc, fault, 0);						\
}									\
ATF_TC(indexd_ ## name);						\
ATF_TC_HEAD(indexd_ ## name, tc)					\
{									\
	atf_tc_set_md_var(tc, "descr", "in indexd: " text);		\
	atf_tc_set_md_var(tc, "require.user", "unprivileged");		\
	atf_tc_set_md_var(tc, "timeout", "3600");			\
}									\
ATF_TC_BODY(indexd_ ## name, tc)					\
{									\
	some(tc, fault, 1);						\
}

CASE("full", full, "the disk is full")
CASE("short", short_write, "a write is short, then the disk is full")
CASE("quota", quota, "the quota is used up")
CASE("broken", broken, "the disk reports errors")
CASE("files", files, "there are no more descriptors")
CASE("kernel", kernel, "the system has no memory")
CASE("memory", memory, "the process gets no memory")
CASE("forbidden", forbidden, "a permission is missing")
CASE("read-only", readonly, "the file system is read-only")

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, session_full);
	ATF_TP_ADD_TC(tp, session_short_write);
	ATF_TP_ADD_TC(tp, session_quota);
	ATF_TP_ADD_TC(tp, session_broken);
	ATF_TP_ADD_TC(tp, session_files);
	ATF_TP_ADD_TC(tp, session_kernel);
	ATF_TP_ADD_TC(tp, session_memory);
	ATF_TP_ADD_TC(tp, session_forbidden);
	ATF_TP_ADD_TC(tp, session_readonly);
	ATF_TP_ADD_TC(tp, indexd_full);
	ATF_TP_ADD_TC(tp, indexd_short_write);
	ATF_TP_ADD_TC(tp, indexd_quota);
	ATF_TP_ADD_TC(tp, indexd_broken);
	ATF_TP_ADD_TC(tp, indexd_files);
	ATF_TP_ADD_TC(tp, indexd_kernel);
	ATF_TP_ADD_TC(tp, indexd_memory);
	ATF_TP_ADD_TC(tp, indexd_forbidden);
	ATF_TP_ADD_TC(tp, indexd_readonly);
	return (atf_no_error());
}
