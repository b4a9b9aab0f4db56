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

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/adopt.h"
#include "imapd/cache.h"
#include "imapd/deliver.h"
#include "imapd/folder_priv.h"
#include "imapd/identity.h"
#include "imapd/keywords.h"
#include "imapd/mailroot.h"
#include "imapd/repair.h"
#include "imapd/uidlist.h"
#include "imapd/lease.h"
#include "imapd/witness.h"

#define SETTLE_TRIES	200		/* a table that does not hold still */
#define SETTLE_NS	5000000L
#define REMAKES		3		/* times that a mailbox is made anew */

static int	attach(struct folder *, struct idx_opened *, const char **);
static void	detach(struct folder *);
static int	compare(struct folder *, const char **);
static int	open_dirs(struct folder *, const char **);
static int	open_sub(struct folder *, const char *, int *);
static int	open_dir(struct folder *, int, const char *);
static int	make_subs(struct folder *);
static int	settle(struct folder *, unsigned int);
static void	raise_floor(struct folder *);
static void	note_part(struct folder_part *, const struct stat *);
static int	note_parts(struct folder *);
static int	open_regular(const struct place *, struct stat *);
static void	take_event(struct idx_event *);

struct folder *
folder_open(struct idx *idx, int rootfd, const char *name, int flags,
    const char **why)
{
	struct idx_opened o = { .fd = -1 };
	struct folder *f;
	int error;

	*why = "Out of memory";
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (NULL);
	f->idx = idx;
	f->rootfd = rootfd;
	f->dirfd = f->curfd = f->newfd = f->tmpfd = f->lockfd = -1;
	f->examine = (flags & FOLDER_EXAMINE) != 0;
	if ((f->name = strdup(name)) == NULL)
		goto bad;
	if (open_dirs(f, why) == -1 || note_parts(f) == -1)
		goto bad;
	*why = "No permission to read or write the folder's lease";
	if ((f->writable && lease_open(f) == -1) ||
	    open_box(f, &o, why) == -1)
		goto bad;
	if (attach(f, &o, why) == -1 || compare(f, why) == -1)
		goto bad;
	(void)uidlist_when(f);		/* what is new from here on */
	return (f);
bad:
	error = errno;
	/* A NO for want of permission goes out without a word in the log. */
	if (error == EACCES)
		log_warnx("folder: %s: %s: %s", name, *why, strerror(error));
	folder_close(f);
	errno = error;
	return (NULL);
}

/* Maps the table of the box that was opened. */
static int
attach(struct folder *f, struct idx_opened *o, const char **why)
{
	const char *damage;

	if (table_map(&f->table, o->fd, &damage) == -1) {
		*why = "The mailbox's table is damaged";
		if (errno != EBADMSG)
			*why = damage = strerror(errno);
		log_warnx("folder: %s: table: %s", f->name, damage);
		close(o->fd);
		return (-1);
	}
	idx_set_data(f->box, f);
	if (!f->writable)
		return (0);
	*why = "The folder's identity file cannot be written";
	if (identify_box(f, o) == -1)
		return (-1);
	f->raise = o->raise;
	f->raise_modseq = o->raise_modseq;
	f->raise_uid = o->raise_uid;
	raise_floor(f);
	return (0);
}

/* Before it is opened again, made anew. */
static void
detach(struct folder *f)
{
	scan_free(f);
	witness_free(f);
	flush_free(f);
	adopt_free(f);
	table_unmap(&f->table);
	if (f->next.h != NULL)
		table_unmap(&f->next);
	if (idx_close(f->box) == -1)
		log_debug("folder: %s: close failed", f->name);
	f->box = NULL;
	f->gone = f->changed = 0;
}

/* Another server may have been here since. */
static int
compare(struct folder *f, const char **why)
{
	struct idx_opened o;
	unsigned int i;
	int rv;

	for (i = 0; i < REMAKES; i++) {
		if ((rv = adopt_compare(f, why)) != 1)
			return (rv);
		detach(f);
		if (open_box(f, &o, why) == -1 || attach(f, &o, why) == -1)
			return (-1);
	}
	return (0);
}

void
folder_close(struct folder *f)
{
	int fd[5], error = errno;
	size_t i;

	if (f == NULL)
		return;
	/* Here, since whoever opens a folder is waited for. */
	if (f->table.h != NULL && f->writable && !f->gone)
		deliver_clean(f, time(NULL));
	uidlist_finish(f);
	keywords_forget(f);
	if (f->table.h != NULL)
		table_unmap(&f->table);
	if (f->next.h != NULL)
		table_unmap(&f->next);
	repair_table(f);
	if (f->box != NULL && idx_close(f->box) == -1)
		log_debug("folder: %s: close failed", f->name);
	scan_free(f);
	witness_free(f);
	flush_free(f);
	locate_free(f);
	lease_close(f);
	adopt_free(f);
	cache_free(f->cache);
	fd[0] = f->lockfd;
	fd[1] = f->tmpfd;
	fd[2] = f->newfd;
	fd[3] = f->curfd;
	fd[4] = f->dirfd;
	for (i = 0; i < 5; i++)
		if (fd[i] != -1)
			close(fd[i]);
	free(f->name);
	free(f);
	errno = error;
}

static int
open_dirs(struct folder *f, const char **why)
{
	const char *name = f->name[0] == '\0' ? "." : f->name;

	*why = "No such mailbox";
	if (strchr(name, '/') != NULL || strcmp(name, "..") == 0) {
		errno = ENOENT;
		return (-1);
	}
	f->dirfd = open_dir(f, f->rootfd, name);
	if (f->dirfd == -1 || make_subs(f) == -1 ||
	    open_sub(f, "cur", &f->curfd) == -1 ||
	    open_sub(f, "new", &f->newfd) == -1) {
		if (errno == ENOTDIR || errno == ELOOP || errno == EMLINK)
			errno = ENOENT;
		if (errno != ENOENT)
			*why = deliver_reason(errno);
		return (-1);
	}
	if (open_sub(f, "tmp", &f->tmpfd) == -1) {
		f->tmpfd = -1;
		f->denied = EACCES;
		/* Who may not write to it may read all the same. */
		if (errno != EACCES && errno != EPERM && errno != ENOENT &&
		    errno != ENOTDIR && errno != ELOOP && errno != EMLINK) {
			*why = deliver_reason(errno);
			return (-1);
		}
	}
	if (f->tmpfd != -1 && folder_open_lock(f) == -1) {
		*why = deliver_reason(errno);
		return (-1);
	}
	if (!f->writable && f->tmpfd != -1) {
		close(f->tmpfd);
		f->tmpfd = -1;
	}
	return (0);
}

static int
open_sub(struct folder *f, const char *name, int *fd)
{
	*fd = open_dir(f, f->dirfd, name);
	return (*fd == -1 ? -1 : 0);
}

/* A client is told that there is no mailbox: the log says what there is. */
static int
open_dir(struct folder *f, int at, const char *name)
{
	int fd, error;

	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1 && (errno == ENOTDIR || errno == ELOOP ||
	    errno == EMLINK)) {
		error = errno;
		log_warnx("folder: %s: %s is not a directory", f->name, name);
		errno = error;
	}
	return (fd);
}

/* Makes those of cur/, new/ and tmp/ that are missing, if any is there. */
static int
make_subs(struct folder *f)
{
	static const char *const sub[] = { "tmp", "new", "cur" };
	struct stat st;
	unsigned int i, found = 0;

	for (i = 0; i < 3; i++)
		found += fstatat(f->dirfd, sub[i], &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
	if (found == 3 || found == 0)
		return (0);
	for (i = 0; i < 3; i++)
		if (mailroot_mkdir(f->dirfd, sub[i]) == -1 &&
		    errno != EEXIST && errno != EACCES && errno != EROFS)
			return (-1);
	/* What is put into them is no more durable than they are. */
	return (compat_syncdir(f->dirfd));
}

/* Raises the floor that indexd asked for, if the lock is to be had. */
static void
raise_floor(struct folder *f)
{
	int rv;

	if (!f->raise || !f->writable)
		return;
	if (folder_lock(f, 0) == -1)
		return;
	rv = identity_raise(f->dirfd, f->tmpfd, f->raise_modseq, f->raise_uid,
	    &f->identity);
	if (rv == -1)
		log_warn("folder: %s: " IDENTITY_FILE, f->name);
	folder_unlock(f);
	f->raise = 0;
	if (rv == 0 && idx_floor(f->box, f->identity.floor_modseq,
	    f->identity.floor_uid) == -1)
		log_warnx("folder: %s: floor: %s", f->name,
		    idx_text(f->idx));
}

static void
note_part(struct folder_part *p, const struct stat *st)
{
	memset(p, 0, sizeof(*p));
	p->dev = st->st_dev;
	p->ino = st->st_ino;
	p->mode = st->st_mode;
	p->uid = st->st_uid;
	p->gid = st->st_gid;
}

/* What is opened; the identity is noted before it is read. */
static int
note_parts(struct folder *f)
{
	const int fd[PART_IDENTITY] = { f->dirfd, f->curfd, f->newfd,
	    f->tmpfd };
	struct stat st;
	unsigned int i;

	memset(f->part, 0, sizeof(f->part));
	if (!f->writable)
		return (0);
	for (i = 0; i < PART_IDENTITY; i++) {
		if (fstat(fd[i], &st) == -1)
			return (-1);
		note_part(&f->part[i], &st);
	}
	/* A folder without one will be opened anew the next time. */
	if (fstatat(f->dirfd, IDENTITY_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		note_part(&f->part[PART_IDENTITY], &st);
	return (0);
}

int
folder_current(struct folder *f)
{
	static const char *const name[PARTS] = {
		[PART_CUR] = "cur", [PART_NEW] = "new", [PART_TMP] = "tmp",
		[PART_IDENTITY] = IDENTITY_FILE
	};
	struct folder_part part;
	struct stat st;
	unsigned int i;
	int r;

	(void)lease_tick(f, now_ms());
	if (!f->writable || f->gone || f->next.h != NULL ||
	    f->table.bad || folder_superseded(f))
		return (0);
	for (i = 0; i < PARTS; i++) {
		if (i == PART_DIR)
			r = fstatat(f->rootfd, f->name[0] == '\0' ? "." :
			    f->name, &st, AT_SYMLINK_NOFOLLOW);
		else
			r = fstatat(f->dirfd, name[i], &st,
			    AT_SYMLINK_NOFOLLOW);
		if (r == -1)
			return (0);
		note_part(&part, &st);
		if (memcmp(&part, &f->part[i], sizeof(part)) != 0)
			return (0);
	}
	return (1);
}

int
folder_events(struct idx *idx)
{
	struct idx_event ev;
	int rv;

	while ((rv = idx_event(idx, &ev)) == 1) {
		take_event(&ev);
		idx_event_free(&ev);
	}
	return (rv);
}

void
folder_raise(struct idx *idx)
{
	struct idx_event ev;

	while (idx_event_raise(idx, &ev) == 1) {
		take_event(&ev);
		idx_event_free(&ev);
	}
}

static void
take_event(struct idx_event *ev)
{
	struct folder *f;

	if ((f = idx_data(ev->box)) == NULL)
		return;
	switch (ev->type) {
	case IDX_CHANGED:
		f->changed = 1;
		break;
	case IDX_GONE:
		f->gone = 1;
		break;
	case IDX_LOOK:
		f->look = 1;
		break;
	case IDX_RAISE:
		f->raise = 1;
		f->raise_modseq = ev->modseq;
		f->raise_uid = ev->uid;
		raise_floor(f);
		break;
	case IDX_CANCELLED:
		if (deliver_cancelled(f, ev->names, ev->nnames) == -1)
			log_warn("folder: %s: cancelled files", f->name);
		break;
	}
}

int
folder_superseded(struct folder *f)
{
	return (atomic_load_explicit(&f->table.h->superseded,
	    memory_order_acquire) != 0);
}

int
folder_next_generation(struct folder *f)
{
	struct idx_opened o;
	struct table t;
	const char *why;
	int error;

	if (f->next.h != NULL && atomic_load_explicit(
	    &f->next.h->superseded, memory_order_acquire) == 0)
		return (0);
	if (f->next.h != NULL)
		table_unmap(&f->next);
	if (idx_map(f->box, &o) == -1)
		return (-1);
	memset(&t, 0, sizeof(t));
	if (table_map(&t, o.fd, &why) == -1) {
		error = errno;
		log_warnx("folder: %s: table: %s", f->name,
		    error == EBADMSG ? why : strerror(error));
		close(o.fd);
		errno = error;
		return (-1);
	}
	if (t.h->generation == f->table.h->generation) {
		/* Not superseded after all. */
		table_unmap(&t);
		errno = EAGAIN;
		return (-1);
	}
	if (t.h->uidvalidity != f->table.h->uidvalidity) {
		table_unmap(&t);
		errno = ESTALE;
		return (-1);
	}
	f->next = t;
	return (0);
}

void
folder_switch(struct folder *f)
{
	if (f->next.h == NULL)
		return;
	table_unmap(&f->table);
	f->table = f->next;
	memset(&f->next, 0, sizeof(f->next));
}

struct table *
folder_newest(struct folder *f)
{
	if (!folder_superseded(f))
		return (&f->table);
	if (folder_next_generation(f) == -1)
		return (NULL);
	return (&f->next);
}

/* After EAGAIN: waits a moment, asks indexd whether it lives. */
static int
settle(struct folder *f, unsigned int try)
{
	struct timespec pause = { 0, SETTLE_NS };
	struct idx_opened o;

	if (errno != EAGAIN)
		return (-1);
	/* It holds still for nobody. */
	if (try >= SETTLE_TRIES) {
		f->table.bad = 1;
		return (-1);
	}
	if (try > 0) {
		nanosleep(&pause, NULL);
		return (0);
	}
	if (idx_map(f->box, &o) == -1)
		return (-1);
	close(o.fd);
	return (0);
}

int
folder_row(struct folder *f, struct table *t, uint64_t n, struct row *row,
    char *name)
{
	unsigned int try = 0;

	while (table_row_name(t, n, row, name) == -1)
		if (settle(f, try++) == -1)
			return (-1);
	return (0);
}

int
folder_next(struct folder *f, struct table *t, enum table_bitmap which,
    uint64_t from, uint64_t *n)
{
	unsigned int try = 0;

	while (table_next(t, which, from, n) == -1)
		if (settle(f, try++) == -1)
			return (-1);
	return (0);
}

int
folder_state(struct folder *f, struct table *t, struct table_state *s)
{
	unsigned int try = 0;

	while (table_state(t, s) == -1)
		if (settle(f, try++) == -1)
			return (-1);
	return (0);
}

int
folder_seek(struct folder *f, struct table *t, uint32_t uid, uint64_t *n)
{
	unsigned int try = 0;

	while (table_find(t, uid, n) == -1)
		if (settle(f, try++) == -1)
			return (-1);
	return (0);
}

int
folder_find(struct folder *f, struct table *t, uint32_t uid, struct row *row,
    char *name)
{
	uint64_t n;

	if (folder_seek(f, t, uid, &n) == -1 ||
	    folder_row(f, t, n, row, name) == -1)
		return (-1);
	if (row->uid == uid)
		return (0);
	errno = ENOENT;
	return (-1);
}

int
folder_file(struct folder *f, const struct row *row, const char *name,
    struct stat *st)
{
	struct place p[PLACES];
	unsigned int i, n, try;
	int fd;

	n = places(f, row, name, p);
	for (i = 0; i < n; i++)
		if ((fd = open_regular(&p[i], st)) != -1 || errno != ENOENT)
			return (fd);
	/* A name that is changing right now may need a second look. */
	for (try = 0; try < 3; try++) {
		if (locate(f, name, &p[0]) == -1)
			return (-1);
		if ((fd = open_regular(&p[0], st)) != -1 || errno != ENOENT)
			return (fd);
	}
	return (-1);
}

/* O_NONBLOCK: a FIFO must not hold us. */
static int
open_regular(const struct place *p, struct stat *st)
{
	int error, fd;

	fd = openat(p->dirfd, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		if (errno == ELOOP || errno == EMLINK || errno == ENXIO)
			errno = ENOENT;
		return (-1);
	}
	error = ENOENT;
	if (fstat(fd, st) == -1)
		error = errno;
	else if (S_ISREG(st->st_mode))
		return (fd);
	close(fd);
	errno = error;
	return (-1);
}

int
folder_file_uid(struct folder *f, uint32_t uid, struct stat *st)
{
	char name[TABLE_NAMELEN + 1];
	struct table *t;
	struct row row;

	if ((t = folder_newest(f)) == NULL ||
	    folder_find(f, t, uid, &row, name) == -1)
		return (-1);
	return (folder_file(f, &row, name, st));
}
