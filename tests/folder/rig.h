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

#ifndef TESTS_FOLDER_RIG_H
#define TESTS_FOLDER_RIG_H

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/deliver.h"
#include "imapd/folder.h"

/*
 * What the tests of a folder need: a real indexd in the current directory, a
 * mail root "mail" there, and short words for looking at both.
 */

#define NOBODY	65534		/* whom a test of root's runs indexd as */

struct rig {
	char	sock[128];	/* of indexd, in the current directory */
	char	conf[128];
	char	root[PATH_MAX];
	char	program[PATH_MAX];
	pid_t	indexd;
	int	rootfd;
};

static inline void
rig_dirs(const char *name)
{
	char path[PATH_MAX];
	const char *sub[] = { "", "/cur", "/new", "/tmp" };
	size_t i;

	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s%s", name, sub[i]);
		ATF_REQUIRE_MSG(mkdir(path, 0700) == 0 || errno == EEXIST,
		    "%s: %s", path, strerror(errno));
	}
}

/* Starts indexd; those who bind wait until it is there. */
static inline void
rig_indexd(struct rig *r)
{
	r->indexd = fork();
	ATF_REQUIRE(r->indexd != -1);
	if (r->indexd != 0)
		return;
	if (geteuid() == 0 && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		_exit(1);
	execl(r->program, "indexd", "-d", "-f", r->conf, (char *)NULL);
	_exit(1);
}

static inline void
rig_start(struct rig *r, const atf_tc_t *tc)
{
	const char *srcdir = atf_tc_get_config_var(tc, "srcdir");
	char cwd[PATH_MAX - 64];
	FILE *fp;

	memset(r, 0, sizeof(*r));
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	log_open("test", 1, 1);
	snprintf(r->program, sizeof(r->program), "%s/../../indexd/indexd",
	    srcdir);
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(r->root, sizeof(r->root), "%s/mail", cwd);
	rig_dirs("mail");
	ATF_REQUIRE((r->rootfd = open("mail", O_RDONLY | O_DIRECTORY)) !=
	    -1);
	/* The path of a socket is short; that of a test may be long. */
	snprintf(r->sock, sizeof(r->sock), "db/s");
	ATF_REQUIRE_EQ(0, mkdir("db", 0700));
	ATF_REQUIRE_EQ(0, chmod(".", 0755));
	if (geteuid() == 0)
		ATF_REQUIRE_EQ(0, chown("db", NOBODY, NOBODY));
	snprintf(r->conf, sizeof(r->conf), "indexd.conf");
	ATF_REQUIRE((fp = fopen(r->conf, "w")) != NULL);
	fprintf(fp, "socket \"%s/%s\"\ndirectory \"%s/db/state\"\n", cwd,
	    r->sock, cwd);
	ATF_REQUIRE_EQ(0, fclose(fp));
	rig_indexd(r);
}

static inline void
rig_kill(struct rig *r, int sig)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(r->indexd, sig));
	ATF_REQUIRE_EQ(r->indexd, waitpid(r->indexd, &status, 0));
}

static inline void
rig_stop(struct rig *r)
{
	rig_kill(r, SIGTERM);
	close(r->rootfd);
}

static inline struct idx *
rig_bind(struct rig *r)
{
	static const struct idx_who who = { "user", "192.0.2.1", 0, 1 };
	struct timespec pause = { 0, 10000000 };
	struct idx *idx;
	int i;

	for (i = 0; i < 1000; i++) {
		if ((idx = idx_bind(r->sock, getuid(), r->root,
		    &who)) != NULL)
			return (idx);
		ATF_REQUIRE(errno == ENOENT || errno == ECONNREFUSED);
		nanosleep(&pause, NULL);
	}
	atf_tc_fail("indexd does not start");
}

static inline struct folder *
rig_open(struct rig *r, struct idx *idx, const char *name, int flags)
{
	struct folder *f;
	const char *why;

	f = folder_open(idx, r->rootfd, name, flags, &why);
	ATF_REQUIRE_MSG(f != NULL, "%s: %s: %s (%s)", name, why,
	    strerror(errno), idx_text(idx));
	return (f);
}

/* A delivery by another program. */
static inline void
rig_put(const char *path, const char *text)
{
	FILE *fp;

	ATF_REQUIRE_MSG((fp = fopen(path, "w")) != NULL, "%s", path);
	ATF_REQUIRE(fputs(text, fp) >= 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static inline int
rig_there(const char *path)
{
	struct stat st;

	return (lstat(path, &st) == 0);
}

/* How many files a directory has. */
static inline unsigned int
rig_count(const char *path)
{
	struct dirent *e;
	unsigned int n = 0;
	DIR *dir;

	ATF_REQUIRE((dir = opendir(path)) != NULL);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	closedir(dir);
	return (n);
}

static inline struct table_state
rig_state(struct folder *f)
{
	struct table_state s;

	ATF_REQUIRE_EQ(0, table_state(&f->table, &s));
	return (s);
}

/* The row of a UID; its name goes into name, if that is not NULL. */
static inline struct row
rig_row(struct folder *f, uint32_t uid, char *name)
{
	char buf[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n;

	ATF_REQUIRE_EQ(0, table_find(&f->table, uid, &n));
	ATF_REQUIRE_EQ(0, table_row_name(&f->table, n, &row,
	    name != NULL ? name : buf));
	ATF_REQUIRE_EQ(uid, row.uid);
	return (row);
}

static inline void
rig_flush(struct folder *f)
{
	int i;

	for (i = 0; flush_due(f) && i < 1000; i++)
		ATF_REQUIRE(flush_run(f) != -1);
}

/* STORE of one message or a range. */
static inline void
rig_store(struct folder *f, unsigned int operation, uint16_t flags,
    const char *keyword, uint32_t lo, uint32_t hi)
{
	struct idx_store s = {
		.operation = operation, .flags = flags, .keywords = &keyword,
		.nkeywords = keyword != NULL
	};
	struct idx_result r;
	struct uidset set;

	idx_result_init(&r);
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, lo, hi));
	ATF_REQUIRE_EQ_MSG(0, idx_store(f->box, &s, &set, &r), "%s",
	    idx_text(f->idx));
	uidset_free(&set);
	idx_result_free(&r);
}

/* Marks one message as deleted and expunges it. */
static inline void
rig_expunge(struct folder *f, uint32_t uid)
{
	struct idx_result r;
	struct uidset set;

	rig_store(f, STORE_ADD, FLAG_DELETED, NULL, uid, uid);
	idx_result_init(&r);
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add(&set, uid));
	ATF_REQUIRE_EQ(0, idx_expunge(f->box, &set, &r));
	uidset_free(&set);
	idx_result_free(&r);
}

/*
 * Calls folder_scan(); returns what it did, and how many listings it took,
 * by their lines in the log.
 */
static inline int
rig_scan(struct folder *f, int *listings)
{
	char line[1024];
	FILE *fp;
	int fd, rv, saved;

	ATF_REQUIRE((saved = dup(STDERR_FILENO)) != -1);
	ATF_REQUIRE((fd = open("scan.log", O_RDWR | O_CREAT | O_TRUNC |
	    O_APPEND, 0600)) != -1);
	fflush(stderr);
	ATF_REQUIRE(dup2(fd, STDERR_FILENO) != -1);
	rv = folder_scan(f, 0);
	fflush(stderr);
	ATF_REQUIRE(dup2(saved, STDERR_FILENO) != -1);
	close(saved);
	close(fd);
	*listings = 0;
	ATF_REQUIRE((fp = fopen("scan.log", "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		fputs(line, stderr);
		*listings += strstr(line, "scan: list ") != NULL;
	}
	fclose(fp);
	return (rv);
}

#endif
