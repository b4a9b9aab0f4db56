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

/* What is said where a kernel lacks something, and that all works there. */

#include <sys/types.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>
#endif
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/confine_bpf.h"
#include "common/confine_landlock.h"
#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"

#ifdef __linux__

#define STEPS		500		/* of 20 ms */
#define LANDLOCK	"this kernel has no Landlock"
#define FILTERS		"no system call filters"

enum lack { NOTHING, NO_LANDLOCK, NO_FILTERS };

static size_t	times(const char *, const char *);
static void	listener(const struct daemons *);
static void	check(const atf_tc_t *, enum lack);

/* How often a text is in a file. */
static size_t
times(const char *file, const char *text)
{
	char line[4096];
	size_t n = 0;
	FILE *fp;

	if ((fp = fopen(file, "r")) == NULL)
		return (0);
	while (fgets(line, sizeof(line), fp) != NULL)
		n += strstr(line, text) != NULL;
	(void)fclose(fp);
	return (n);
}

/* Starts the daemon, and ends it. */
static void
listener(const struct daemons *d)
{
	struct timespec pause = { 0, 20000000 };
	char path[1200];
	int fd, i, status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)snprintf(path, sizeof(path), "%s/imapd/imapd", d->top);
		fd = open("listener.log", O_WRONLY | O_CREAT, 0600);
		if (fd == -1 || dup2(fd, 2) == -1)
			_exit(126);
		execl(path, path, "-d", "-f", "imapd.conf", (char *)NULL);
		_exit(127);
	}
	for (i = 0; i < STEPS && times("listener.log", "listening") == 0; i++)
		(void)nanosleep(&pause, NULL);
	ATF_REQUIRE_EQ(0, kill(pid, SIGTERM));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Has this process, and all that it starts, do without it. */
static void
take_away(enum lack lack)
{
	struct bpf *b;

	if (lack == NOTHING)
		return;
	ATF_REQUIRE_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ATF_REQUIRE((b = bpf_new()) != NULL);
	if (lack == NO_LANDLOCK)
		bpf_call(b, 444 /* landlock_create_ruleset */, BPF_ACT_ENOSYS);
	else
		bpf_arg(b, SYS_prctl, 0, PR_SET_SECCOMP, BPF_ACT_ENOSYS,
		    BPF_ACT_ALLOW);
	ATF_REQUIRE_EQ(0, bpf_install(b, BPF_ACT_ALLOW));
	bpf_free(b);
}

static void
check(const atf_tc_t *tc, enum lack lack)
{
	struct daemons d;
	struct imap *im;
	size_t landlock = lack == NO_LANDLOCK, filters = lack == NO_FILTERS;
	int i;

	if (landlock_abi() == 0 || !bpf_have())
		atf_tc_skip("this kernel lacks it already");
	take_away(lack);
	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	ATF_CHECK_EQ(landlock, times("indexd.log", LANDLOCK));
	ATF_CHECK_EQ(filters, times("indexd.log", FILTERS));
	for (i = 0; i < 2; i++) {
		im = imap_open(&d);
		imap_command(im, "SELECT INBOX");
		imap_command(im, "CREATE F%d", i);
		imap_close(im);
	}
	/* Nothing at each connection. */
	ATF_CHECK_EQ(0, times("imapd.log", "confine:"));
	listener(&d);
	ATF_CHECK_EQ(landlock, times("listener.log", LANDLOCK));
	ATF_CHECK_EQ(filters, times("listener.log", FILTERS));
	ATF_CHECK_EQ(landlock + filters, times("listener.log", "confine:"));
	ATF_CHECK_EQ(landlock + filters, times("indexd.log", "confine:"));
	daemons_end(&d);
}

#define CASE(name, text, lack)						\
ATF_TC(name);								\
ATF_TC_HEAD(name, tc)							\
{									\
	atf_tc_set_md_var(tc, "descr", text);				\
	atf_tc_set_md_var(tc, "require.user", "unprivileged");		\
}									\
ATF_TC_BODY(name, tc)							\
{									\
	check(tc, lack);						\
}

CASE(nothing, "where nothing is lacking, nothing is said", NOTHING)
CASE(landlock, "no Landlock: it is said once, and all works", NO_LANDLOCK)
CASE(filters, "no filters: it is said once, and all works", NO_FILTERS)

#else

ATF_TC(other);
ATF_TC_HEAD(other, tc)
{
	atf_tc_set_md_var(tc, "descr", "takes away what Linux has");
}
ATF_TC_BODY(other, tc)
{
	atf_tc_skip("takes away what Linux has");
}

#endif

ATF_TP_ADD_TCS(tp)
{
#ifdef __linux__
	ATF_TP_ADD_TC(tp, nothing);
	ATF_TP_ADD_TC(tp, landlock);
	ATF_TP_ADD_TC(tp, filters);
#else
	ATF_TP_ADD_TC(tp, other);
#endif
	return (atf_no_error());
}
