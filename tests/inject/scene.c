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

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/inject/scene.h"

#define CONTROL		"inject"
#define INDEXD_LOG	"indexd.log"
#define START_WAIT	20000	/* ms */
#define REPLY_WAIT	60000	/* ms */

static void	passwd(const struct scene *);
static void	remove_tree(const char *);
static int	replied(const struct imap *);

/* What the daemons are started from: this directory's, by links. */
void
scene_links(struct daemons *d)
{
	char	 cwd[1024], dir[1100], path[1200];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	(void)snprintf(dir, sizeof(dir), "%s/tests/inject", d->top);
	(void)snprintf(path, sizeof(path), "%s/indexd", dir);
	if (access(path, X_OK) == -1)
		atf_tc_skip("there is no fault-injection build here");
	ATF_REQUIRE_EQ(0, mkdir("top", 0700));
	ATF_REQUIRE_EQ(0, symlink(dir, "top/imapd"));
	ATF_REQUIRE_EQ(0, symlink(dir, "top/indexd"));
	(void)strlcpy(d->top, cwd, sizeof(d->top));
	ATF_REQUIRE(strlcat(d->top, "/top", sizeof(d->top)) <
	    sizeof(d->top));
}

void
scene_start(struct scene *sc, const atf_tc_t *tc, const char *extra)
{
	char	 path[1100];
	int	 fd;

	memset(sc, 0, sizeof(*sc));
	ATF_REQUIRE(getcwd(sc->cwd, sizeof(sc->cwd)) != NULL);
	daemons_init(&sc->d, tc, extra);
	scene_links(&sc->d);
	(void)snprintf(path, sizeof(path), "%s/%s", sc->cwd, CONTROL);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, sizeof(*sc->ctl)));
	sc->ctl = mmap(NULL, sizeof(*sc->ctl), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	ATF_REQUIRE(sc->ctl != MAP_FAILED);
	(void)close(fd);
	ATF_REQUIRE_EQ(0, setenv(INJECT_ENV, path, 1));
	ATF_REQUIRE_EQ(0, scene_indexd(sc));
}

void
scene_end(struct scene *sc)
{
	ATF_CHECK_EQ(0, daemons_stop(&sc->d, SIGTERM));
	daemons_end(&sc->d);
}

static void
passwd(const struct scene *sc)
{
	FILE	*f;

	ATF_REQUIRE((f = fopen("passwd", "w")) != NULL);
	(void)fprintf(f, "demo:{PLAIN}demo:%u:%u::%s/r%u:/\n",
	    (unsigned int)getuid(), (unsigned int)getgid(), sc->cwd,
	    sc->root);
	ATF_REQUIRE_EQ(0, fclose(f));
}

static void
remove_tree(const char *path)
{
	char	*paths[2], copy[64];
	FTSENT	*e;
	FTS	*fts;

	(void)strlcpy(copy, path, sizeof(copy));
	paths[0] = copy;
	paths[1] = NULL;
	ATF_REQUIRE((fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR,
	    NULL)) != NULL);
	while ((e = fts_read(fts)) != NULL) {
		if (e->fts_info == FTS_DP)
			(void)rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			(void)unlink(e->fts_accpath);
	}
	(void)fts_close(fts);
}

void
scene_root(struct scene *sc)
{
	static const char *const sub[] = { "", "/Maildir", "/Maildir/cur",
	    "/Maildir/new", "/Maildir/tmp" };
	char			 path[128];
	size_t			 i;

	if (sc->root > 0) {
		(void)snprintf(path, sizeof(path), "r%u", sc->root);
		remove_tree(path);
	}
	sc->root++;
	for (i = 0; i < sizeof(sub) / sizeof(sub[0]); i++) {
		(void)snprintf(path, sizeof(path), "r%u%s", sc->root, sub[i]);
		ATF_REQUIRE_EQ(0, mkdir(path, 0700));
	}
	passwd(sc);
}

void
scene_deliver(const struct scene *sc, const char *dir, const char *subject)
{
	char	 path[128];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "r%u/Maildir/%s/1700000000.%s.x",
	    sc->root, dir, subject);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	(void)fprintf(f, "Subject: %s\n\nText.\n", subject);
	ATF_REQUIRE_EQ(0, fclose(f));
}

off_t
log_size(const char *path)
{
	struct stat	 st;

	return (stat(path, &st) == 0 ? st.st_size : 0);
}

int
log_has(const char *path, off_t from, const char *text)
{
	char	 buf[65536];
	ssize_t	 n;
	int	 fd;

	if ((fd = open(path, O_RDONLY)) == -1)
		return (0);
	n = pread(fd, buf, sizeof(buf) - 1, from);
	(void)close(fd);
	if (n <= 0)
		return (0);
	buf[n] = '\0';
	return (strstr(buf, text) != NULL);
}

int
scene_indexd(struct scene *sc)
{
	off_t	 from = log_size(INDEXD_LOG);
	int	 i, status;

	daemons_launch(&sc->d);
	for (i = 0; i < START_WAIT; i++) {
		if (log_has(INDEXD_LOG, from, "indexd: started"))
			return (0);
		if (waitpid(sc->d.indexd, &status, WNOHANG) == sc->d.indexd) {
			sc->d.indexd = 0;
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
				return (-1);
			atf_utils_cat_file(INDEXD_LOG, "indexd.log: ");
			atf_tc_fail("indexd ended with status %d", status);
		}
		(void)poll(NULL, 0, 1);
	}
	atf_tc_fail("indexd does not answer");
}

int
scene_revive(struct scene *sc)
{
	int	 status;

	if (waitpid(sc->d.indexd, &status, WNOHANG) != sc->d.indexd)
		return (0);
	sc->d.indexd = 0;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		atf_utils_cat_file(INDEXD_LOG, "indexd.log: ");
		atf_tc_fail("indexd ended with status %d", status);
	}
	ATF_REQUIRE_EQ(0, scene_indexd(sc));
	sc->restarts++;
	return (1);
}

/* Whether the tagged reply has come, whole. */
static int
replied(const struct imap *im)
{
	const char	*p;
	char		 tag[16];
	size_t		 len;

	if (im->len == 0)
		return (0);
	len = (size_t)snprintf(tag, sizeof(tag), "\nt%u ", im->tag);
	if (strncmp(im->in, tag + 1, len - 1) == 0)
		p = im->in;
	else if ((p = strstr(im->in, tag)) == NULL)
		return (0);
	return (strchr(p + 1, '\n') != NULL);
}

enum imap_reply
scene_reply(struct scene *sc, struct imap *im)
{
	struct pollfd	 pfd;
	int		 i;

	pfd.fd = im->fd;
	pfd.events = POLLIN;
	for (i = 0; i < REPLY_WAIT && !replied(im); i++) {
		(void)scene_revive(sc);
		if (poll(&pfd, 1, 1) == 1 && !imap_more(im))
			return (IMAP_GONE);
	}
	return (imap_reply(im));
}

void
scene_arm(struct scene *sc, pid_t pid, int child, uint32_t mask,
    enum inject_mode mode, uint32_t at)
{
	struct inject	*ctl = sc->ctl;

	atomic_store(&ctl->target, (uint32_t)pid);
	ctl->child = (uint32_t)child;
	ctl->mask = mask;
	ctl->mode = (uint32_t)mode;
	ctl->at = at;
	ctl->lasting = 0;
	ctl->error = 0;
	ctl->what[0] = '\0';
	atomic_store(&ctl->count, 0);
	atomic_store(&ctl->fired, 0);
	atomic_store(&ctl->armed, 1);
}

void
scene_disarm(struct scene *sc)
{
	atomic_store(&sc->ctl->armed, 0);
}
