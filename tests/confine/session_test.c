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

/*
 * What a session can do once it is confined, and what not: "a" is its mail
 * root, "b" that of another virtual user with the same uid.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#ifdef __linux__
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/compat.h"
#include "common/confine.h"
#include "common/confine_landlock.h"
#include "imapd/mailroot.h"
#include "tests/confine/try.h"

#define MEMORY		(UINT64_C(64) << 20)

static char	top[PATH_MAX];		/* where a and b are */
static char	root[PATH_MAX + 8];	/* a */
static char	sock[32];		/* indexd's, by a short name */
static int	bdir;			/* b, open from before */
static int	afd;			/* a, from within */

static int
enter(void)
{
	if ((afd = mailroot_open(root)) == -1)
		return (-1);
	return (confine_session(afd, root, sock, MEMORY));
}

static char *
of_b(const char *name)
{
	static char path[PATH_MAX + 64];

	(void)snprintf(path, sizeof(path), "%s/b/%s", top, name);
	return (path);
}

static int
by_parent(void)
{
	return (openat(afd, "../b/cur/mail", O_RDONLY));
}

static int
by_path(void)
{
	return (open(of_b("cur/mail"), O_RDONLY));
}

static int
write_by_path(void)
{
	return (open(of_b("cur/mail"), O_WRONLY));
}

static int
make_by_path(void)
{
	return (open(of_b("new/other"), O_WRONLY | O_CREAT, 0600));
}

static int
by_symlink(void)
{
	return (openat(afd, "link", O_RDONLY));
}

static int
by_symlink_dir(void)
{
	return (openat(afd, ".linked/cur/mail", O_RDONLY));
}

static int
by_hard_link(void)
{
	return (linkat(AT_FDCWD, of_b("cur/mail"), afd, "cur/mine", 0));
}

static int
give_hard_link(void)
{
	return (linkat(afd, "cur/mail", AT_FDCWD, of_b("new/yours"), 0));
}

static int
steal(void)
{
	return (renameat(AT_FDCWD, of_b("cur/mail"), afd, "cur/mine"));
}

static int
steal_dir(void)
{
	return (renameat(AT_FDCWD, of_b(""), afd, ".b"));
}

static int
remove_mail(void)
{
	return (unlink(of_b("cur/mail")));
}

static int
remove_dir(void)
{
	return (rmdir(of_b("tmp")));
}

static int
make_dir(void)
{
	return (mkdir(of_b("dir"), 0700));
}

static int
list_dir(void)
{
	return (opendir(of_b("cur")) == NULL ? -1 : 0);
}

static int
cut(void)
{
	return (truncate(of_b("cur/mail"), 0));
}

static int
mode(void)
{
	return (chmod(of_b("cur/mail"), 0));
}

static int
times(void)
{
	return (utimensat(AT_FDCWD, of_b("cur/mail"), NULL, 0));
}

static int
owner(void)
{
	return (chown(of_b("cur/mail"), (uid_t)-1, getgid()));
}

static int
from_before(void)
{
	return (openat(bdir, "cur/mail", O_RDONLY));
}

static int
dup_from_before(void)
{
	return (openat(bdir, ".", O_RDONLY));
}

static int
above(void)
{
	return (openat(afd, "..", O_RDONLY));
}

static int
other_dir(void)
{
	return (chdir(of_b("")) == -1 ? -1 :
	    open("cur/mail", O_RDONLY));
}

static int
make_symlink(void)
{
	return (symlinkat(of_b("cur"), afd, "new-link") == -1 ? -1 :
	    openat(afd, "new-link/mail", O_RDONLY));
}

static int
serve(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, "a/s", sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	return (bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
}

#ifdef __linux__

static int
by_proc_root(void)
{
	char path[PATH_MAX + 128];

	(void)snprintf(path, sizeof(path), "/proc/self/root%s",
	    of_b("cur/mail"));
	return (open(path, O_RDONLY));
}

static int
by_proc_cwd(void)
{
	return (open("/proc/self/cwd/b/cur/mail", O_RDONLY));
}

static int
by_proc_fd(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/cur/mail", bdir);
	return (open(path, O_RDONLY));
}

/* A path alone can be had; it is of no use. */
static int
reopened(void)
{
	char path[64];
	int fd;

	if ((fd = open(of_b("cur/mail"), O_PATH)) == -1)
		return (-1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (open(path, O_RDONLY));
}

static int
attribute(void)
{
	return (setxattr(of_b("cur/mail"), "user.x", "x", 1, 0));
}

static int
by_handle(void)
{
	struct {
		struct file_handle	h;
		char			room[128];
	} f;
	int id;

	memset(&f, 0, sizeof(f));
	f.h.handle_bytes = sizeof(f.room);
	return (name_to_handle_at(AT_FDCWD, of_b("cur/mail"), &f.h, &id, 0));
}

static int
make_device(void)
{
	return (mknodat(afd, "fifo", S_IFIFO | 0600, 0));
}

/* The name that the victim of the test listens at. */
static int
abstract(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "highwater-%d", (int)getppid());
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	return (connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
}

static int
listen_abstract(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "highwater-%d", (int)getpid());
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 5));
	return (fd);
}

#endif

static const struct try tries[] = {
	{ "by ..",		by_parent },
	{ "by its path",	by_path },
	{ "write",		write_by_path },
	{ "make",		make_by_path },
	{ "by a symlink",	by_symlink },
	{ "below a symlink",	by_symlink_dir },
	{ "by a hard link",	by_hard_link },
	{ "give a hard link",	give_hard_link },
	{ "rename here",	steal },
	{ "rename the root",	steal_dir },
	{ "remove",		remove_mail },
	{ "rmdir",		remove_dir },
	{ "mkdir",		make_dir },
	{ "list",		list_dir },
	{ "truncate",		cut },
	{ "chmod",		mode },
	{ "utimes",		times },
	{ "chown",		owner },
	{ "below a descriptor",	from_before },
	{ "a descriptor again",	dup_from_before },
	{ "..",			above },
	{ "chdir",		other_dir },
	{ "make a symlink",	make_symlink },
	{ "listen",		serve },
#ifdef __linux__
	{ "/proc/self/root",	by_proc_root },
	{ "/proc/self/cwd",	by_proc_cwd },
	{ "/proc/self/fd",	by_proc_fd },
	{ "O_PATH",		reopened },
	{ "setxattr",		attribute },
	{ "handle",		by_handle },
	{ "mknod",		make_device },
#endif
};

/* Returns -1 if a session cannot do what it has to. */
static int
work(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct sockaddr_un sun;
	char buf[8];
	void *p;
	int fd, s;

	/* A message from tmp/ to new/, to another folder, and out of it. */
	if (mailroot_create(afd, ".F") == -1)
		return (-1);
	if ((fd = openat(afd, "tmp/m", O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		return (-1);
	if (write(fd, "mail", 4) != 4 || fsync(fd) == -1 ||
	    ftruncate(fd, 2) == -1 || fchmod(fd, 0640) == -1 ||
	    futimens(fd, NULL) == -1 || fcntl(fd, F_SETLK, &lock) == -1)
		return (-1);
	if ((p = mmap(NULL, 2, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED ||
	    memcmp(p, "ma", 2) != 0)
		return (-1);
	if (compat_rename(afd, "tmp/m", afd, "new/m") == -1 ||
	    linkat(afd, "new/m", afd, ".F/cur/m", 0) == -1 ||
	    renameat(afd, "new/m", afd, ".F/new/m2") == -1 ||
	    unlinkat(afd, ".F/new/m2", 0) == -1)
		return (-1);
	if ((s = openat(afd, ".F/cur/m", O_RDONLY)) == -1 ||
	    read(s, buf, sizeof(buf)) != 2)
		return (-1);
	if (mailroot_rename(afd, ".F", ".G") == -1 ||
	    mailroot_remove(afd, ".G") == -1)
		return (-1);
	/* To indexd, should it be started again. */
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, sock, sizeof(sun.sun_path));
	if ((s = socket(AF_UNIX, SOCK_STREAM, 0)) == -1 ||
	    confine_connect(s, &sun) == -1)
		return (-1);
#ifdef __linux__
	(void)snprintf(buf, sizeof(buf), "%d", afd);
	{
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%s", buf);
		if ((s = inotify_init1(IN_CLOEXEC)) == -1 ||
		    inotify_add_watch(s, path, IN_CREATE) == -1)
			return (-1);
	}
#endif
	return (kill(getpid(), 0));
}

#if !defined(CONFINE_SANITIZED) && !defined(__NetBSD__) && \
    !defined(__FreeBSD__) && !defined(__APPLE__)
#define MEMORY_IS_LIMITED
/* As much as is allowed, and more. */
static int
enough(void)
{
	return (malloc((size_t)MEMORY / 2) == NULL ? -1 : 0);
}

static int
too_much(void)
{
	return (malloc((size_t)MEMORY + 1) == NULL ? -1 : 0);
}
#endif

static int
core_and_processes(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_CORE, &rl) == -1 || rl.rlim_max != 0)
		return (-1);
#ifndef CONFINE_SANITIZED
	if (getrlimit(RLIMIT_NPROC, &rl) == -1 || rl.rlim_max != 0)
		return (-1);
#endif
	return (0);
}

static void
make(const char *path, const char *text)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	(void)fputs(text, fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static int
begin(void)
{
	struct sockaddr_un sun;
	int fd;

	ATF_REQUIRE(getcwd(top, sizeof(top)) != NULL);
	(void)snprintf(root, sizeof(root), "%s/a", top);
	ATF_REQUIRE((fd = mailroot_open(root)) != -1);
	close(fd);
	ATF_REQUIRE((bdir = mailroot_open(of_b(""))) != -1);
	make("a/cur/mail", "a's\n");
	make("b/cur/mail", "b's\n");
	ATF_REQUIRE_EQ(0, symlink("../b/cur/mail", "a/link"));
	ATF_REQUIRE_EQ(0, symlink(of_b(""), "a/.linked"));
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sock, sizeof(sock), "/tmp/hwconf.XXXXXX");
	ATF_REQUIRE(mkdtemp(sock) != NULL);
	ATF_REQUIRE(strlcat(sock, "/s", sizeof(sock)) < sizeof(sock));
	(void)strlcpy(sun.sun_path, sock, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 5));
	return (fd);
}

static void
end(int fd)
{
	close(fd);
	ATF_REQUIRE_EQ(0, unlink(sock));
	*strrchr(sock, '/') = '\0';
	ATF_REQUIRE_EQ(0, rmdir(sock));
}

/* The other's mail is as it was. */
static void
untouched(void)
{
	struct stat st;
	char buf[16];
	int fd;

	ATF_REQUIRE((fd = open("b/cur/mail", O_RDONLY)) != -1);
	ATF_CHECK_EQ(4, read(fd, buf, sizeof(buf)));
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(1, st.st_nlink);
	ATF_CHECK((st.st_mode & 0600) == 0600);
	close(fd);
}

ATF_TC(works);
ATF_TC_HEAD(works, tc)
{
	atf_tc_set_md_var(tc, "descr", "a confined session does all that "
	    "sessions do, within its limits");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(works, tc)
{
	int fd = begin();

	must(enter, "work", work);
	must(enter, "limits", core_and_processes);
#ifdef MEMORY_IS_LIMITED
	must(enter, "enough", enough);
	{
		static const struct try more[] = { { "more", too_much } };

		try_all(enter, more, 1);
	}
#endif
	end(fd);
}

ATF_TC(kept_out);
ATF_TC_HEAD(kept_out, tc)
{
	atf_tc_set_md_var(tc, "descr", "a confined session cannot open, "
	    "change or see another's mail, by whatever name");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(kept_out, tc)
{
	int fd;

#ifdef __linux__
	if (landlock_abi() == 0)
		atf_tc_skip("this kernel has no Landlock");
#elif !defined(__OpenBSD__) && !defined(__FreeBSD__)
	atf_tc_skip("nothing keeps sessions out here");
#endif
	fd = begin();
	try_all(enter, tries, sizeof(tries) / sizeof(tries[0]));
	untouched();
	end(fd);
}

ATF_TC(other_session);
ATF_TC_HEAD(other_session, tc)
{
	atf_tc_set_md_var(tc, "descr", "a confined session cannot signal, "
	    "trace or read another of the same uid, nor start anything");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(other_session, tc)
{
	int fd;

#if !defined(__linux__) && !defined(__OpenBSD__) && !defined(__FreeBSD__)
	atf_tc_skip("nothing keeps sessions apart here");
#endif
	fd = begin();
	try_victim_start();
	try_all(enter, try_never, try_nnever);
#ifdef __linux__
	if (landlock_abi() >= LANDLOCK_ABI_SCOPE) {
		static const struct try one[] = { { "abstract", abstract } };
		int l = listen_abstract();

		try_all(enter, one, 1);
		close(l);
	}
#endif
	try_victim_stop();
	end(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, works);
	ATF_TP_ADD_TC(tp, kept_out);
	ATF_TP_ADD_TC(tp, other_session);
	return (atf_no_error());
}
