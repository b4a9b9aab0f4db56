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

#include <stdlib.h>

#include <atf-c.h>

#include "tests/inject/kill.h"

/* What indexd does besides: each of its calls is a point as well. */
#define DOUBLE	"COPY 1:4 INBOX", "COPY 1:8 INBOX", "COPY 1:16 INBOX"

static void	run(const atf_tc_t *, const char *, const char *,
		    const struct script *, int, int);

static const struct script many = {
	"store in many", 0, { DOUBLE }, NULL, "STORE 1:* +FLAGS (\\Answered)",
	NULL
};

/* Its batches are more than a segment, together. */
static const struct script filling = {
	"store in a lot", 0, { DOUBLE, "COPY 1:32 INBOX", "COPY 1:64 INBOX",
	"COPY 1:128 INBOX" }, NULL, "STORE 1:* +FLAGS (\\Answered)", NULL
};

/* More rows than the first extent of a table has. */
static const struct script growing = {
	"copy to a full table", 0, { DOUBLE, "COPY 1:32 INBOX",
	"COPY 1:64 INBOX" }, NULL, "COPY 1:4 INBOX", NULL
};

static const struct script leaving = {
	"expunge most", 0, { DOUBLE, "STORE 1:30 +FLAGS.SILENT (\\Deleted)" },
	NULL, "EXPUNGE", NULL
};

static void
run(const atf_tc_t *tc, const char *segment, const char *slack,
    const struct script *s, int indexd, int helper)
{
	struct scene	 sc;

	ATF_REQUIRE_EQ(0, setenv(INJECT_SEGMENT, segment, 1));
	if (slack != NULL)
		ATF_REQUIRE_EQ(0, setenv(INJECT_SLACK, slack, 1));
	scene_start(&sc, tc, "");
	if (indexd)
		ATF_CHECK(kill_each(&sc, s, KILL_INDEXD, 1, 1) > 0);
	if (helper)
		ATF_CHECK(kill_each(&sc, s, KILL_HELPER, 1, 1) > 0);
	scene_end(&sc);
}

ATF_TC(journal);
ATF_TC_HEAD(journal, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd and its helper are killed at "
	    "each point while the journal goes on in new segments");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(journal, tc)
{
	run(tc, "65536", NULL, &filling, 1, 1);
}

ATF_TC(growth);
ATF_TC_HEAD(growth, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed at each point while "
	    "a table grows");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(growth, tc)
{
	run(tc, "65536", NULL, &growing, 1, 0);
}

ATF_TC(compaction);
ATF_TC_HEAD(compaction, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd and its helper are killed at "
	    "each point while a table is compacted");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(compaction, tc)
{
	run(tc, "65536", "8", &leaving, 1, 1);
}

ATF_TC(start);
ATF_TC_HEAD(start, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed, and then at each "
	    "point of its recovery");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(start, tc)
{
	struct scene	 sc;

	ATF_REQUIRE_EQ(0, setenv(INJECT_SEGMENT, "65536", 1));
	scene_start(&sc, tc, "");
	ATF_CHECK(kill_start(&sc, &many) > 0);
	ATF_CHECK(kill_start(&sc, script_find("move")) > 0);
	ATF_CHECK(kill_start(&sc, script_find("rename inbox")) > 0);
	scene_end(&sc);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, journal);
	ATF_TP_ADD_TC(tp, growth);
	ATF_TP_ADD_TC(tp, compaction);
	ATF_TP_ADD_TC(tp, start);
	return (atf_no_error());
}
