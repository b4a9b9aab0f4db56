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

/* What indexd and its helper can do once they are confined, and what not. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/compat.h"
#include "common/confine.h"
#include "common/confine_landlock.h"
#include "tests/confine/try.h"

#define NEVER_MAX	64

static int	file;		/* open from before */

static int
enter_helper(void)
{
	return (confine_helper());
}

static int
enter_indexd(void)
{
	static char conf[] = "etc/conf", included[] = "more/conf";
	static char linked[] = "etc/link";
	static char *const names[] = { conf, included, linked, NULL };

	return (confine_indexd("db", "run/socket", names));
}

static int
sync_file(void)
{
	struct stat st;

	if (compat_reserve(file, 0, 65536) == -1 || compat_sync(file) == -1 ||
	    compat_syncmap(file) == -1 || fstat(file, &st) == -1)
		return (-1);
	return (st.st_size == 65536 ? close(file) : -1);
}

static int
open_file(void)
{
	return (open("other", O_RDONLY));
}

static int
open_root(void)
{
	return (open("/", O_RDONLY));
}

static int
make_file(void)
{
	return (open("made", O_RDWR | O_CREAT, 0600));
}

static int
write_conf(void)
{
	return (open("etc/conf", O_WRONLY));
}

static int
remove_conf(void)
{
	return (unlink("etc/conf"));
}

static int
list_homes(void)
{
	return (opendir("home") == NULL ? -1 : 0);
}

static int
move_out(void)
{
	return (rename("db/file", "home/file"));
}

static int
move_in(void)
{
	return (rename("other", "db/other"));
}

static int
make_socket(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, "db/s", sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	return (bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
}

static const struct try files[] = {
	{ "open a file",	open_file },
	{ "open /",		open_root },
	{ "make a file",	make_file },
	{ "write to the configuration",	write_conf },
	{ "remove the configuration",	remove_conf },
	{ "list homes",		list_homes },
	{ "rename out",		move_out },
	{ "rename in",		move_in },
	{ "listen",		make_socket }
};

static int
work(void)
{
	int fd, status;
	pid_t pid;

	if (mkdir("db/roots", 0700) == -1 ||
	    (fd = open("db/roots/t.tmp", O_RDWR | O_CREAT, 0600)) == -1 ||
	    compat_reserve(fd, 0, 8192) == -1 || close(fd) == -1 ||
	    rename("db/roots/t.tmp", "db/t") == -1 || unlink("db/t") == -1 ||
	    rmdir("db/roots") == -1)
		return (-1);
	if ((fd = open("etc/conf", O_RDONLY)) == -1 || close(fd) == -1 ||
	    (fd = open("more/conf", O_RDONLY)) == -1 || close(fd) == -1 ||
	    (fd = open("etc/link", O_RDONLY)) == -1 || close(fd) == -1)
		return (-1);
	/* A helper that hangs is ended, and there is another. */
	if ((pid = fork()) == -1)
		return (-1);
	if (pid == 0) {
		if (confine_helper() == -1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	if (kill(pid, SIGKILL) == -1 || waitpid(pid, &status, 0) != pid ||
	    !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return (-1);
	return (unlink("run/socket"));
}

static void
make(const char *path)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	(void)fputs("text\n", fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static void
begin(void)
{
	ATF_REQUIRE_EQ(0, mkdir("db", 0700));
	ATF_REQUIRE_EQ(0, mkdir("etc", 0700));
	ATF_REQUIRE_EQ(0, mkdir("more", 0700));
	ATF_REQUIRE_EQ(0, mkdir("far", 0700));
	ATF_REQUIRE_EQ(0, mkdir("run", 0700));
	ATF_REQUIRE_EQ(0, mkdir("home", 0700));
	make("db/file");
	make("etc/conf");
	make("more/conf");
	make("far/conf");
	ATF_REQUIRE_EQ(0, symlink("../far/conf", "etc/link"));
	make("other");
	make("run/socket");
	ATF_REQUIRE((file = open("db/file", O_RDWR)) != -1);
}

ATF_TC(helper);
ATF_TC_HEAD(helper, tc)
{
	atf_tc_set_md_var(tc, "descr", "the helper syncs what it is given, and "
	    "opens, runs and reaches nothing");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(helper, tc)
{
	begin();
	must(enter_helper, "sync", sync_file);
#if defined(__linux__) || defined(__OpenBSD__) || defined(__FreeBSD__)
	try_victim_start();
	try_all(enter_helper, files, sizeof(files) / sizeof(files[0]));
	try_all(enter_helper, try_never, try_nnever);
	try_victim_stop();
#endif
}

ATF_TC(indexd);
ATF_TC_HEAD(indexd, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd reaches its own directory and "
	    "no other, runs nothing, and nothing but its helper hears of it");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(indexd, tc)
{
	struct try never[NEVER_MAX];
	size_t i, n = 0;

#ifdef __linux__
	if (landlock_abi() < LANDLOCK_ABI_SCOPE)
		atf_tc_skip("this kernel's Landlock knows no signals");
#elif !defined(__OpenBSD__)
	atf_tc_skip("nothing but its uid keeps indexd out here");
#endif
	begin();
	must(enter_indexd, "work", work);
	make("run/socket");
	try_victim_start();
	try_all(enter_indexd, files, sizeof(files) / sizeof(files[0]));
	for (i = 0; i < try_nnever; i++)
		if (strcmp(try_never[i].name, "fork") != 0)
			never[n++] = try_never[i];
	try_all(enter_indexd, never, n);
	try_victim_stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, helper);
	ATF_TP_ADD_TC(tp, indexd);
	return (atf_no_error());
}
