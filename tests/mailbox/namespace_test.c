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

#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imapd/mailroot.h"
#include "imapd/names.h"
#include "imapd/namespace.h"
#include "imapd/subscriptions.h"

static const char	*to_dir(char, const char *);
static const char	*from_dir(char, const char *);
static void		 write_file(int, const char *, const char *);
static void		 require_file(int, const char *, const char *);

static const char *
to_dir(char separator, const char *name)
{
	static char	 dir[NAMESPACE_DIRLEN + 1];
	const char	*why = NULL;

	if (namespace_to_dir(separator, name, dir, sizeof(dir), &why) == 0)
		return (dir);
	ATF_REQUIRE(why != NULL);
	return (errno == EINVAL ? "EINVAL" :
	    errno == ENAMETOOLONG ? "ENAMETOOLONG" : "?");
}

static const char *
from_dir(char separator, const char *dir)
{
	static char	 name[NAMESPACE_DIRLEN + 1];

	if (namespace_from_dir(separator, dir, name, sizeof(name)) == 0)
		return (name);
	return (errno == EINVAL ? "EINVAL" : "?");
}

ATF_TC(to_directory);
ATF_TC_HEAD(to_directory, tc)
{
	atf_tc_set_md_var(tc, "descr", "names on the wire become Maildir++ "
	    "directories, and nothing else can be reached");
}
ATF_TC_BODY(to_directory, tc)
{
	char	 longname[400];

	ATF_CHECK_STREQ(".", to_dir('.', "INBOX"));
	ATF_CHECK_STREQ(".", to_dir('/', "inBox"));
	ATF_CHECK_STREQ(".Archive.2026", to_dir('.', "Archive.2026"));
	ATF_CHECK_STREQ(".Archive.2026", to_dir('/', "Archive/2026"));
	ATF_CHECK_STREQ(".INBOX.a", to_dir('.', "inbox.a"));
	ATF_CHECK_STREQ(".INBOXES", to_dir('.', "INBOXES"));
	ATF_CHECK_STREQ(".inboxes", to_dir('.', "inboxes"));
	ATF_CHECK_STREQ(".Entw&APw-rfe", to_dir('.', "Entw&APw-rfe"));
	ATF_CHECK_STREQ(".a b", to_dir('.', "a b"));

	ATF_CHECK_STREQ("EINVAL", to_dir('.', ""));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "."));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', ".."));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', ".a"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a."));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a..b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a/b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "/etc/passwd"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a/../../b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('/', "a.b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('/', "../a"));
	ATF_CHECK_STREQ("EINVAL", to_dir('/', "a/../b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('/', "/a"));
	ATF_CHECK_STREQ("EINVAL", to_dir('/', "a//b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a\x01" "b"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a\x7f"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "caf\xc3\xa9"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a&"));
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a&AC8-b"));	/* "/" */
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a&AIU-b"));	/* U+0085 */
	ATF_CHECK_STREQ("EINVAL", to_dir('.', "a&AAo-b"));	/* LF */

	memset(longname, 'x', sizeof(longname));
	longname[NAMESPACE_DIRLEN - 1] = '\0';
	ATF_CHECK_EQ(NAMESPACE_DIRLEN, strlen(to_dir('.', longname)));
	longname[NAMESPACE_DIRLEN - 1] = 'x';
	longname[NAMESPACE_DIRLEN] = '\0';
	ATF_CHECK_STREQ("ENAMETOOLONG", to_dir('.', longname));
}

ATF_TC(from_directory);
ATF_TC_HEAD(from_directory, tc)
{
	atf_tc_set_md_var(tc, "descr", "directories become names only if "
	    "these lead back to them");
}
ATF_TC_BODY(from_directory, tc)
{
	ATF_CHECK_STREQ("INBOX", from_dir('.', "."));
	ATF_CHECK_STREQ("a.b", from_dir('.', ".a.b"));
	ATF_CHECK_STREQ("a/b", from_dir('/', ".a.b"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".."));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".INBOX"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".inbox"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".inbox.a"));
	ATF_CHECK_STREQ("INBOX.a", from_dir('.', ".INBOX.a"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', "cur"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".a..b"));
	ATF_CHECK_STREQ("EINVAL", from_dir('.', ".caf\xc3\xa9"));
}

ATF_TC(match);
ATF_TC_HEAD(match, tc)
{
	atf_tc_set_md_var(tc, "descr", "* matches all, %% within a level "
	    "(RFC 3501 section 6.3.8), in bounded time");
}
ATF_TC_BODY(match, tc)
{
	char	 stars[NAMESPACE_PATTERN + 2], name[256];
	size_t	 i;

	ATF_CHECK_EQ(1, namespace_match('.', "*", "a.b.c"));
	ATF_CHECK_EQ(0, namespace_match('.', "%", "a.b"));
	ATF_CHECK_EQ(1, namespace_match('.', "%", "ab"));
	ATF_CHECK_EQ(1, namespace_match('.', "a.%", "a.b"));
	ATF_CHECK_EQ(0, namespace_match('.', "a.%", "a.b.c"));
	ATF_CHECK_EQ(0, namespace_match('.', "a.%", "a"));
	ATF_CHECK_EQ(1, namespace_match('.', "a*c", "a.b.c"));
	ATF_CHECK_EQ(1, namespace_match('.', "a%%c", "abc"));
	ATF_CHECK_EQ(0, namespace_match('.', "a%%c", "a.c"));
	ATF_CHECK_EQ(1, namespace_match('/', "%", "a.c"));
	ATF_CHECK_EQ(1, namespace_match('.', "abc", "abc"));
	ATF_CHECK_EQ(0, namespace_match('.', "abc", "abcd"));
	ATF_CHECK_EQ(0, namespace_match('.', "abc", "ABC"));
	ATF_CHECK_EQ(1, namespace_match('.', "inbox", "INBOX"));
	ATF_CHECK_EQ(1, namespace_match('.', "inb%", "INBOX"));
	ATF_CHECK_EQ(1, namespace_match('.', "inbox.A", "INBOX.A"));
	ATF_CHECK_EQ(0, namespace_match('.', "inbox.a", "INBOX.A"));
	ATF_CHECK_EQ(0, namespace_match('.', "", "INBOX"));
	for (i = 0; i + 1 < sizeof(stars); i += 2)
		memcpy(stars + i, "*a", 2);
	stars[NAMESPACE_PATTERN] = '\0';
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ATF_CHECK_EQ(0, namespace_match('.', stars, name));
	stars[400] = '\0';
	ATF_CHECK_EQ(1, namespace_match('.', stars, name));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char *const in[] = { "b", "a.x", "a-b", "a", "b", "c.d.e" };
	static const char *const out[] = { "a", "a-b", "a.x", "b", "c.d.e" };
	struct names	 s;
	size_t		 i;
	int		 found;

	names_init(&s);
	names_sort(&s);
	for (i = 0; i < 6; i++)
		ATF_REQUIRE_EQ(0, names_append(&s, in[i]));
	names_sort(&s);
	ATF_REQUIRE_EQ(5, s.n);
	for (i = 0; i < 5; i++)
		ATF_CHECK_STREQ(out[i], s.name[i]);
	ATF_CHECK_EQ(3, names_find(&s, "b", &found));
	ATF_CHECK_EQ(1, found);
	ATF_CHECK_EQ(3, names_find(&s, "aa", &found));
	ATF_CHECK_EQ(0, found);
	ATF_CHECK_EQ(1, names_children(&s, '.', "a"));
	ATF_CHECK_EQ(0, names_children(&s, '/', "a"));
	ATF_CHECK_EQ(0, names_children(&s, '.', "b"));
	ATF_CHECK_EQ(1, names_children(&s, '.', "c"));
	ATF_CHECK_EQ(1, names_children(&s, '.', "c.d"));
	ATF_CHECK_EQ(0, names_children(&s, '.', "c.d.e"));
	ATF_REQUIRE_EQ(0, names_add(&s, "aa"));
	ATF_REQUIRE_EQ(0, names_add(&s, "aa"));
	ATF_CHECK_EQ(6, s.n);
	ATF_CHECK_STREQ("aa", s.name[3]);
	names_remove(&s, "a");
	names_remove(&s, "nobody");
	ATF_CHECK_EQ(5, s.n);
	ATF_CHECK_STREQ("a-b", s.name[0]);
	names_free(&s);
}

static void
write_file(int dirfd, const char *name, const char *text)
{
	int	 fd;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	(void)close(fd);
}

static void
require_file(int dirfd, const char *name, const char *text)
{
	char	 buf[512];
	ssize_t	 n;
	int	 fd;

	fd = openat(dirfd, name, O_RDONLY);
	ATF_REQUIRE(fd != -1);
	n = read(fd, buf, sizeof(buf) - 1);
	ATF_REQUIRE(n >= 0);
	buf[n] = '\0';
	ATF_CHECK_STREQ(text, buf);
	(void)close(fd);
}

/* The mode of a directory below the root. */
static mode_t
mode_of(int rootfd, const char *name)
{
	struct stat	 st;

	ATF_REQUIRE_EQ(0, fstatat(rootfd, name, &st, 0));
	return (st.st_mode & 07777);
}

ATF_TC(shared);
ATF_TC_HEAD(shared, tc)
{
	atf_tc_set_md_var(tc, "descr", "the folders of a mail root that a "
	    "group shares are the group's too, whatever the umask");
}
ATF_TC_BODY(shared, tc)
{
	static const char *const	 subs[] = { "cur", "new", "tmp",
	    ".a/cur", ".a/new", ".a/tmp" };
	mode_t				 mode;
	size_t				 i;
	int				 fd;

	ATF_REQUIRE_EQ(0, mkdir("Maildir", 0700));
	ATF_REQUIRE_EQ(0, chmod("Maildir", 02770));
	(void)umask(077);
	ATF_REQUIRE((fd = mailroot_open("Maildir")) != -1);
	ATF_REQUIRE_EQ(0, mailroot_create(fd, ".a"));
	mode = mode_of(fd, ".a");
	ATF_CHECK_EQ(0770, mode & 0777);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++)
		ATF_CHECK_EQ_MSG(mode, mode_of(fd, subs[i]), "%s", subs[i]);
	close(fd);

	ATF_REQUIRE((fd = mailroot_open("New")) != -1);
	ATF_CHECK_EQ(0700, mode_of(fd, ".") & 0777);
	ATF_CHECK_EQ(0700, mode_of(fd, "cur") & 0777);
	close(fd);
}

ATF_TC(folders);
ATF_TC_HEAD(folders, tc)
{
	atf_tc_set_md_var(tc, "descr", "folders are made, listed, renamed "
	    "and removed; links and other directories are none");
}
ATF_TC_BODY(folders, tc)
{
	struct names	 names;
	struct stat	 st;
	char		 hidden[MAILROOT_HIDDENLEN], again[MAILROOT_HIDDENLEN];
	int		 deleted, fd;

	fd = mailroot_open("Maildir");
	ATF_REQUIRE(fd != -1);
	ATF_CHECK_EQ(0, stat("Maildir/cur", &st));
	ATF_CHECK_EQ(0, stat("Maildir/new", &st));
	ATF_CHECK_EQ(0, stat("Maildir/tmp", &st));
	ATF_REQUIRE_EQ(0, mailroot_create(fd, ".a"));
	ATF_REQUIRE_EQ(0, mailroot_create(fd, ".a.b"));
	ATF_CHECK_EQ(0, stat("Maildir/.a.b/maildirfolder", &st));
	ATF_CHECK_ERRNO(EEXIST, mailroot_create(fd, ".a") == -1);

	/* One whose making was cut short is no folder, and is completed. */
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.half", 0700));
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.half/tmp", 0700));
	ATF_CHECK_EQ(0, mailroot_exists(fd, ".half"));
	ATF_REQUIRE_EQ(0, mailroot_create(fd, ".half"));
	ATF_CHECK_EQ(1, mailroot_exists(fd, ".half"));

	/* None of these is a folder of ours. */
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.git", 0700));
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.a..b", 0700));
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.a..b/cur", 0700));
	ATF_REQUIRE_EQ(0, mkdir("elsewhere", 0700));
	ATF_REQUIRE_EQ(0, mkdir("elsewhere/cur", 0700));
	ATF_REQUIRE_EQ(0, symlink("../elsewhere", "Maildir/.link"));
	write_file(fd, ".file", "x");
	ATF_CHECK_EQ(0, mailroot_exists(fd, ".link"));

	ATF_REQUIRE_EQ(0, mailroot_list(fd, '/', &names, &deleted));
	ATF_CHECK_EQ(0, deleted);
	ATF_REQUIRE_EQ(4, names.n);
	ATF_CHECK_STREQ("INBOX", names.name[0]);
	ATF_CHECK_STREQ("a", names.name[1]);
	ATF_CHECK_STREQ("a/b", names.name[2]);
	ATF_CHECK_STREQ("half", names.name[3]);
	names_free(&names);

	ATF_CHECK_ERRNO(EEXIST, mailroot_rename(fd, ".half", ".a") == -1);
	ATF_REQUIRE_EQ(0, mailroot_rename(fd, ".half", ".c"));
	ATF_CHECK_EQ(1, mailroot_exists(fd, ".c"));
	ATF_CHECK_EQ(0, mailroot_exists(fd, ".half"));

	/* Removing does not follow links. */
	write_file(fd, ".c/cur/1.a:2,S", "x");
	ATF_REQUIRE_EQ(0, symlink("../../../elsewhere", "Maildir/.c/cur/l"));
	ATF_REQUIRE_EQ(0, mkdir("Maildir/.c/cur/odd", 0700));
	ATF_CHECK_EQ(0, mailroot_next_hidden(fd, again));
	ATF_REQUIRE_EQ(0, mailroot_hide(fd, ".c", hidden));
	ATF_REQUIRE_EQ(0, mailroot_list(fd, '/', &names, &deleted));
	ATF_CHECK_EQ(1, deleted);
	ATF_CHECK_EQ(3, names.n);
	names_free(&names);
	ATF_CHECK_EQ(1, mailroot_next_hidden(fd, again));
	ATF_CHECK_STREQ(hidden, again);
	ATF_REQUIRE_EQ(0, mailroot_remove(fd, hidden));
	ATF_CHECK_EQ(0, mailroot_next_hidden(fd, again));
	ATF_CHECK_EQ(0, stat("elsewhere/cur", &st));
	(void)close(fd);
}

ATF_TC(subscriptions);
ATF_TC_HEAD(subscriptions, tc)
{
	atf_tc_set_md_var(tc, "descr", "the file is Dovecot's, version 1 and "
	    "2; lines that are not ours stay");
}
ATF_TC_BODY(subscriptions, tc)
{
	struct subscriptions	 s;
	struct stat		 st;
	int			 fd;

	ATF_REQUIRE((fd = mailroot_open("Maildir")) != -1);
	ATF_REQUIRE_EQ(0, subscriptions_read(fd, '/', &s));
	ATF_CHECK_EQ(0, s.names.n);
	subscriptions_free(&s);

	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "a/b", 1));
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "a/b", 1));
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "INBOX", 1));
	require_file(fd, "subscriptions", "V\t2\n\nINBOX\na\tb\n");
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "x", 0));
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "INBOX", 0));
	require_file(fd, "subscriptions", "V\t2\n\na\tb\n");
	ATF_CHECK(fstatat(fd, "subscriptions.lock", &st, 0) == -1);

	write_file(fd, "subscriptions", "b\nshared//x\na.c\ninbox\nb");
	ATF_REQUIRE_EQ(0, subscriptions_read(fd, '/', &s));
	ATF_REQUIRE_EQ(3, s.names.n);
	ATF_CHECK_STREQ("INBOX", s.names.name[0]);
	ATF_CHECK_STREQ("a/c", s.names.name[1]);
	ATF_CHECK_STREQ("b", s.names.name[2]);
	subscriptions_free(&s);
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "b/d", 1));
	require_file(fd, "subscriptions", "INBOX\na.c\nb\nb.d\nshared//x\n");
	(void)close(fd);
}

ATF_TC(above);
ATF_TC_HEAD(above, tc)
{
	atf_tc_set_md_var(tc, "descr", "a mail root is made with what is "
	    "above it, for its owner only; what is in the way stays");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(above, tc)
{
	static const char *const dirs[] = { "v", "v/d", "v/d/u", "v/d/u/M" };
	char		 path[PATH_MAX], cwd[PATH_MAX - 64];
	struct stat	 st;
	size_t		 i;
	int		 fd;

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	(void)snprintf(path, sizeof(path), "%s/v/d/u/M", cwd);
	ATF_REQUIRE((fd = mailroot_open(path)) != -1);
	(void)close(fd);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		ATF_REQUIRE_EQ(0, stat(dirs[i], &st));
		ATF_CHECK_EQ(0700, st.st_mode & 0777);
	}
	ATF_CHECK_EQ(0, stat("v/d/u/M/cur", &st));
	atf_utils_create_file("v/file", "x");
	ATF_CHECK_ERRNO(ENOTDIR, mailroot_open("v/file/u/M") == -1);
	ATF_REQUIRE_EQ(0, chmod("v/d", 0500));
	ATF_CHECK_ERRNO(EACCES, mailroot_open("v/d/w/M") == -1);
	ATF_REQUIRE_EQ(0, chmod("v/d", 0700));
}

ATF_TC(stale_lock);
ATF_TC_HEAD(stale_lock, tc)
{
	atf_tc_set_md_var(tc, "descr", "a lock file left behind by a program "
	    "that died is overridden, a fresh one is not");
}
ATF_TC_BODY(stale_lock, tc)
{
	struct timespec	 times[2];
	int		 fd;

	ATF_REQUIRE((fd = mailroot_open("Maildir")) != -1);
	write_file(fd, "subscriptions.lock", "");
	ATF_CHECK_ERRNO(EAGAIN, subscriptions_change(fd, '/', "a", 1) == -1);
	times[0].tv_sec = times[1].tv_sec = time(NULL) - 1000;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	ATF_REQUIRE_EQ(0, utimensat(fd, "subscriptions.lock", times, 0));
	ATF_REQUIRE_EQ(0, subscriptions_change(fd, '/', "a", 1));
	require_file(fd, "subscriptions", "V\t2\n\na\n");
	(void)close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, to_directory);
	ATF_TP_ADD_TC(tp, from_directory);
	ATF_TP_ADD_TC(tp, match);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, folders);
	ATF_TP_ADD_TC(tp, subscriptions);
	ATF_TP_ADD_TC(tp, above);
	ATF_TP_ADD_TC(tp, stale_lock);
	return (atf_no_error());
}
