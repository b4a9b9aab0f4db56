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

#include <atf-c.h>

#include "tests/inject/kill.h"

#define SOME	3	/* one in so many */

static void	some(const atf_tc_t *, enum kill_victim, const char *,
		    const char *);

/*
 * The scripts from one to another, which is not among them; of these only
 * the one that HIGHWATER_SCRIPT names, if it is set.  All points of those that
 * are alike are taken only where HIGHWATER_SECONDS is set, else some, by SEED.
 */
static void
some(const atf_tc_t *tc, enum kill_victim victim, const char *from, const char *to)
{
	struct scene		 sc;
	const struct script	*s;
	const char		*only = getenv("HIGHWATER_SCRIPT");
	const char		*text = getenv("SEED");
	uint32_t		 seed = 0;
	int			 all = getenv("HIGHWATER_SECONDS") != NULL;
	unsigned int		 n = 0;

	ATF_REQUIRE_EQ(0, setenv(INJECT_SEGMENT, "65536", 1));
	if (text != NULL)
		seed = (uint32_t)strtoul(text, NULL, 10);
	scene_start(&sc, tc, "");
	for (s = script_find(from); s->name != NULL &&
	    (to == NULL || strcmp(s->name, to) != 0); s++)
		if (only == NULL || strcmp(s->name, only) == 0)
			n += s->flags & SCRIPT_ALIKE && !all ?
			    kill_each(&sc, s, victim, 1 + seed % SOME, SOME) :
			    kill_each(&sc, s, victim, 1, 1);
	printf("%u points\n", n);
	scene_end(&sc);
}

ATF_TC(session_1);
ATF_TC_HEAD(session_1, tc)
{
	atf_tc_set_md_var(tc, "descr", "the session is killed at each point of "
	    "STORE, FETCH and EXPUNGE");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(session_1, tc)
{
	some(tc, KILL_SESSION, "store", "append");
}

ATF_TC(session_2);
ATF_TC_HEAD(session_2, tc)
{
	atf_tc_set_md_var(tc, "descr", "the session is killed at each point of "
	    "APPEND, COPY, MOVE and REPLACE");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(session_2, tc)
{
	some(tc, KILL_SESSION, "append", "create");
}

ATF_TC(session_3);
ATF_TC_HEAD(session_3, tc)
{
	atf_tc_set_md_var(tc, "descr", "the session is killed at each point of "
	    "what changes mailboxes, and of taking over what others did");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(session_3, tc)
{
	some(tc, KILL_SESSION, "create", NULL);
}

ATF_TC(indexd_1);
ATF_TC_HEAD(indexd_1, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed at each point of "
	    "STORE, FETCH and EXPUNGE: the client gets its OK");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(indexd_1, tc)
{
	some(tc, KILL_INDEXD, "store", "append");
}

ATF_TC(indexd_2);
ATF_TC_HEAD(indexd_2, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed at each point of "
	    "APPEND, COPY, MOVE and REPLACE: the client gets its OK");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(indexd_2, tc)
{
	some(tc, KILL_INDEXD, "append", "create");
}

ATF_TC(indexd_3);
ATF_TC_HEAD(indexd_3, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed at each point of what "
	    "changes mailboxes, and of taking over what others did");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(indexd_3, tc)
{
	some(tc, KILL_INDEXD, "create", NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, session_1);
	ATF_TP_ADD_TC(tp, session_2);
	ATF_TP_ADD_TC(tp, session_3);
	ATF_TP_ADD_TC(tp, indexd_1);
	ATF_TP_ADD_TC(tp, indexd_2);
	ATF_TP_ADD_TC(tp, indexd_3);
	return (atf_no_error());
}
