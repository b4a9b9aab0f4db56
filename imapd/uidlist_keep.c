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
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/uidlist_priv.h"

/*
 * No append is synced: what it says is in indexd's table, durably.  A power
 * cut may take lines off the list's end, or leave zeros or half a line
 * there: whoever opens the folder next repairs that and appends what is
 * missing, from the table.
 */

#define FIRST_LOOK	1000	/* ms that a folder is open before it */
#define PAUSE		1000	/* ms at least between two appends */
#define PAUSE_FAILED	10000	/* ms, when nothing could be done */
#define MAXAPPEND	(8U << 20) /* octets; for more it is written anew */
#define LONGER		4	/* times as many lines as messages, and */
#define LONGER_BY	1000	/* that many more, are too many */
#define LINELEN		(MAILDIR_NAMEMAX + 16)

/* What a session remembers of the list. */
struct uidlist_seen {
	uint32_t	uidnext;	/* the table's when it was opened */
	uint32_t	next;		/* the list's; 0: not looked at yet */
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	int64_t		retry;		/* ms: not before */
	int		logged;
	ino_t		lockino;	/* another's lock */
	time_t		lockchanged;
	int64_t		locksince;	/* ms: it has been so */
};

/* The list as it stands, and what is to be done about it. */
struct look {
	enum { CURRENT, APPEND, RENEW } todo;
	int		fd;		/* -1: there is none */
	int		readonly;
	struct stat	st;
	struct uidlist	l;		/* its last lines */
};

static struct uidlist_seen *seen(struct folder *);
static void	remember(struct folder *, const struct stat *, uint32_t);
static int	unchanged(struct folder *, uint32_t);
static int	look(struct folder *, const struct table_state *,
		    struct look *);
static int	todo(const struct table_state *, const struct look *);
static void	look_free(struct look *);
static int	under_lock(struct folder *, int renew, int *again);
static int	append(struct folder *, const struct uidlist_lock *,
		    struct look *);
static char	*lines(struct folder *, struct table *, uint32_t, size_t *,
		    uint32_t *);
static int	contradicts(struct folder *, struct table *,
		    const struct uidlist *);
static int	put(struct folder *, const struct uidlist_lock *,
		    struct look *, const char *, size_t);

static struct uidlist_seen *
seen(struct folder *f)
{
	struct table_state state;
	struct table *t;

	if (f->list != NULL || !f->writable || f->gone ||
	    (f->list = calloc(1, sizeof(*f->list))) == NULL)
		return (f->list);
	f->list->retry = now_ms() + FIRST_LOOK;
	if ((t = folder_newest(f)) != NULL && table_state(t, &state) == 0)
		f->list->uidnext = state.uidnext;
	return (f->list);
}

static void
remember(struct folder *f, const struct stat *st, uint32_t next)
{
	struct uidlist_seen *s;

	if ((s = seen(f)) == NULL)
		return;
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->size = st->st_size;
	s->next = next;
}

/* Nobody has touched it since, and it has all that the table has. */
static int
unchanged(struct folder *f, uint32_t uidnext)
{
	struct uidlist_seen *s = f->list;
	struct stat st;

	return (s != NULL && s->next >= uidnext && fstatat(f->dirfd,
	    UIDLIST_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == s->dev && st.st_ino == s->ino &&
	    st.st_size == s->size);
}

int64_t
uidlist_watched(struct folder *f, const struct stat *st, time_t changed)
{
	struct uidlist_seen *s;

	if ((s = seen(f)) == NULL)
		return (0);
	if (s->locksince == 0 || s->lockino != st->st_ino ||
	    s->lockchanged != changed) {
		s->lockino = st->st_ino;
		s->lockchanged = changed;
		s->locksince = now_ms();
	}
	return (now_ms() - s->locksince);
}

/* Reads the end of the list. */
static int
look(struct folder *f, const struct table_state *state, struct look *k)
{
	memset(k, 0, sizeof(*k));
	k->fd = uidlist_open(f->dirfd, UIDLIST_FILE, O_RDWR | O_APPEND,
	    &k->st);
	if (k->fd == -1 && (errno == EACCES || errno == EROFS)) {
		k->readonly = 1;
		k->fd = uidlist_open(f->dirfd, UIDLIST_FILE, O_RDONLY,
		    &k->st);
	}
	if (k->fd != -1 && uidlist_read_fd(k->fd, k->st.st_size, 0,
	    UIDLIST_LAST, &k->l) == 0) {
		k->todo = todo(state, k);
		return (0);
	}
	k->todo = RENEW;
	return (errno == ENOENT || errno == EBADMSG || errno == EFBIG ?
	    0 : -1);
}

static int
todo(const struct table_state *state, const struct look *k)
{
	uint64_t octets;

	if (k->l.broken || k->l.version != 3 ||
	    k->l.uidvalidity != state->uidvalidity)
		return (RENEW);
	if (k->l.end == k->st.st_size && k->l.uidnext >= state->uidnext)
		return (CURRENT);
	if (k->readonly)
		return (RENEW);
	/* By the length of those lines that were read. */
	octets = k->l.n == 0 ? 0 : k->l.len / k->l.n;
	if ((uint64_t)k->st.st_size > octets * (LONGER *
	    (uint64_t)state->messages + LONGER_BY) + UIDLIST_MAXLINE)
		return (RENEW);
	return (APPEND);
}

static void
look_free(struct look *k)
{
	int error = errno;

	if (k->fd != -1)
		close(k->fd);
	uidlist_free(&k->l);
	errno = error;
}

int
uidlist_keep(struct folder *f, int *again)
{
	struct table_state state;
	struct table *t;
	struct look k;
	int rv;

	*again = 0;
	if (!f->writable || f->gone)
		return (0);
	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	if (unchanged(f, state.uidnext))
		return (0);
	rv = look(f, &state, &k);
	if (rv == 0 && k.todo == CURRENT)
		remember(f, &k.st, k.l.uidnext);
	look_free(&k);
	if (rv == -1 || k.todo == CURRENT)
		return (rv);
	return (under_lock(f, 0, again));
}

int
uidlist_renew(struct folder *f, int *again)
{
	*again = 0;
	if (!f->writable || f->gone)
		return (0);
	return (under_lock(f, 1, again));
}

/* The list may be another since it was looked at. */
static int
under_lock(struct folder *f, int renew, int *again)
{
	struct table_state state;
	struct uidlist_lock lock;
	struct table *t;
	struct look k = { .fd = -1 };
	struct stat st;
	uint32_t next;
	int rv = -1;

	if ((rv = uidlist_lock(f, &lock)) != 0) {
		*again = rv == 1;
		return (rv == 1 ? 0 : -1);
	}
	rv = -1;
	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		goto out;
	k.todo = RENEW;
	if (!renew && look(f, &state, &k) == -1)
		goto out;
	if (k.todo == APPEND && append(f, &lock, &k) == -1)
		goto out;
	if (k.todo == CURRENT)
		remember(f, &k.st, k.l.uidnext);
	if (k.todo == RENEW) {
		if (uidlist_write(f, &lock, &st, &next) == -1)
			goto out;
		log_debug("folder: %s: " UIDLIST_FILE " written anew",
		    f->name);
		remember(f, &st, next);
	}
	rv = 0;
out:
	/* Somebody took it from us. */
	if (rv == -1 && errno == EAGAIN) {
		*again = 1;
		rv = 0;
	}
	look_free(&k);
	uidlist_unlock(f, &lock);
	return (rv);
}

/* Appends what the table has above the last line; then it is current, or to
 * be written anew after all. */
static int
append(struct folder *f, const struct uidlist_lock *lock, struct look *k)
{
	struct table_state state;
	struct table *t;
	uint32_t last;
	size_t len;
	char *text;
	int rv;

	if ((t = folder_newest(f)) == NULL)
		return (-1);
	if ((rv = contradicts(f, t, &k->l)) != 0) {
		k->todo = RENEW;
		return (rv == -1 ? -1 : 0);
	}
	last = k->l.n > 0 ? k->l.e[k->l.n - 1].uid : 0;
	if (folder_state(f, t, &state) == -1 ||
	    (text = lines(f, t, last, &len, &last)) == NULL)
		return (-1);
	if (last >= k->l.uidnext)
		k->l.uidnext = last + 1;
	/* UIDs that nobody has any more, or too many lines. */
	if (k->l.uidnext < state.uidnext || len > MAXAPPEND) {
		k->todo = RENEW;
		free(text);
		return (0);
	}
	rv = put(f, lock, k, text, len);
	free(text);
	k->todo = CURRENT;
	return (rv);
}

/*
 * The lines of the messages above a UID, and of the last row, also if it is
 * expunged: nobody gives that UID again.
 */
static char *
lines(struct folder *f, struct table *t, uint32_t above, size_t *len,
    uint32_t *last)
{
	char line[LINELEN], name[TABLE_NAMELEN + 1], *text = NULL, *more;
	struct table_state state;
	struct row row;
	uint64_t n;
	size_t size = 0;
	int m;

	*len = 0;
	if (folder_state(f, t, &state) == -1 ||
	    folder_seek(f, t, above + 1, &n) == -1)
		return (NULL);
	for (; n < state.nrows && *len <= MAXAPPEND; n++) {
		if (folder_row(f, t, n, &row, name) == -1)
			goto bad;
		if ((row.flags & ROW_EXPUNGED) && n + 1 < state.nrows)
			continue;
		m = snprintf(line, sizeof(line), "%u :%.*s\n",
		    (unsigned int)row.uid, (int)uidlist_name(name), name);
		if (m < 0 || (size_t)m >= sizeof(line)) {
			errno = ENAMETOOLONG;
			goto bad;
		}
		if (size - *len < (size_t)m) {
			size = size * 2 + sizeof(line);
			if ((more = realloc(text, size)) == NULL)
				goto bad;
			text = more;
		}
		memcpy(text + *len, line, (size_t)m);
		*len += (size_t)m;
		*last = row.uid;
	}
	return (text != NULL ? text : calloc(1, 1));
bad:
	free(text);
	return (NULL);
}

/*
 * 1 if the last line names another file than the table has under that UID,
 * -1 with errno EEXIST if that file is there: another server has told its
 * clients of it.
 */
static int
contradicts(struct folder *f, struct table *t, const struct uidlist *l)
{
	char name[TABLE_NAMELEN + 1];
	struct place place;
	struct row row;
	const struct uidlist_entry *e;
	int rv;

	if (l->n == 0)
		return (0);
	e = &l->e[l->n - 1];
	if (folder_find(f, t, e->uid, &row, name) == -1)
		return (errno == ENOENT ? 0 : -1);
	if ((row.flags & ROW_EXPUNGED) || maildir_same(name, e->name))
		return (0);
	rv = locate(f, e->name, &place);
	locate_free(f);
	if (rv == -1)
		return (errno == ENOENT ? 1 : -1);
	errno = EEXIST;
	return (-1);
}

/* Behind the last whole line. */
static int
put(struct folder *f, const struct uidlist_lock *lock, struct look *k,
    const char *text, size_t len)
{
	ssize_t n = 0;
	int error;

	if (!uidlist_locked(f, lock)) {
		errno = EAGAIN;
		return (-1);
	}
	if (k->l.end < k->st.st_size && ftruncate(k->fd, k->l.end) == -1)
		return (-1);
	if (len > 0)
		n = write(k->fd, text, len);
	if (n != (ssize_t)len) {
		error = n == -1 ? errno : ENOSPC;
		(void)!ftruncate(k->fd, k->l.end);
		errno = error;
		return (-1);
	}
	return (fstat(k->fd, &k->st));
}

int64_t
uidlist_when(struct folder *f)
{
	struct table_glance now;
	struct uidlist_seen *s;
	struct table *t;

	if (f->table.h == NULL || f->gone || (s = seen(f)) == NULL ||
	    (t = folder_newest(f)) == NULL)
		return (INT64_MAX);
	table_glance(t, &now);
	if (s->next != 0 && s->next >= now.uidnext)
		return (INT64_MAX);
	return (s->retry);
}

void
uidlist_behind(struct folder *f)
{
	struct uidlist_seen *s;
	int again;

	if ((s = seen(f)) == NULL)
		return;
	s->retry = now_ms() + PAUSE;
	if (uidlist_keep(f, &again) == 0)
		return;
	s->retry = now_ms() + PAUSE_FAILED;
	if (s->logged++)
		return;
	if (errno == EEXIST)
		log_warnx("folder: %s: " UIDLIST_FILE " gives our last UID "
		    "to another file", f->name);
	else
		log_warn("folder: %s: " UIDLIST_FILE, f->name);
}

void
uidlist_finish(struct folder *f)
{
	struct table_state state;
	struct uidlist_seen *s = f->list;
	struct table *t;

	if (s != NULL && !f->gone &&
	    (t = folder_newest(f)) != NULL && table_state(t, &state) == 0 &&
	    state.uidnext > (s->next != 0 ? s->next : s->uidnext))
		uidlist_behind(f);
	free(f->list);
	f->list = NULL;
}
