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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/directory.h"
#include "imapd/folder_priv.h"

#define TRIES	3	/* listings, while the directories are changing */

/*
 * The names of both directories, in the order of their unique parts, kept
 * while the directories stay as they are: so that looking for many messages
 * whose names changed costs one listing.
 */
struct names {
	struct dirstamp	 newstamp;
	struct dirstamp	 curstamp;
	char		**name;		/* first octet: 'n' or 'c' */
	size_t		 n;
	size_t		 cap;
};

static int	read_names(struct names *, int, char);
static int	by_unique(const void *, const void *);
static int	compare(const char *, const char *);
static int	current(struct folder *);
static const char *search(const struct names *, const char *);

unsigned int
places(const struct folder *f, const struct row *row, const char *base,
    struct place p[PLACES])
{
	unsigned int n = 0;

	if (row->flags & ROW_NEW) {
		p[n].dirfd = f->newfd;
		if (strlcpy(p[n].name, base, sizeof(p[n].name)) <
		    sizeof(p[n].name))
			n++;
	} else {
		p[n].dirfd = f->curfd;
		if (maildir_build(p[n].name, sizeof(p[n].name), base,
		    row->fletters, NULL) == 0)
			n++;
		/* Some programs leave a file without info in cur/. */
		if (row->fletters == 0) {
			p[n].dirfd = f->curfd;
			if (strlcpy(p[n].name, base, sizeof(p[n].name)) <
			    sizeof(p[n].name))
				n++;
		}
	}
	if (row->flags & ROW_GIVING) {
		p[n].dirfd = f->curfd;
		if (maildir_build(p[n].name, sizeof(p[n].name), base,
		    row->gletters, NULL) == 0)
			n++;
	}
	return (n);
}

int
locate(struct folder *f, const char *base, struct place *p)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		if (i > 0 || f->names == NULL) {
			if (f->names != NULL && current(f))
				break;
			if (locate_list(f) == -1)
				return (-1);
		}
		if (locate_listed(f, base, p) == 0)
			return (0);
		if (errno != ENOENT)
			return (-1);
	}
	errno = ENOENT;
	return (-1);
}

int
locate_listed(struct folder *f, const char *base, struct place *p)
{
	struct stat st;
	const char *name;

	if (f->names == NULL || (name = search(f->names, base)) == NULL) {
		errno = ENOENT;
		return (-1);
	}
	p->dirfd = name[0] == 'n' ? f->newfd : f->curfd;
	strlcpy(p->name, name + 1, sizeof(p->name));
	return (fstatat(p->dirfd, p->name, &st, AT_SYMLINK_NOFOLLOW));
}

void
locate_free(struct folder *f)
{
	size_t i;

	if (f->names == NULL)
		return;
	for (i = 0; i < f->names->n; i++)
		free(f->names->name[i]);
	free(f->names->name);
	free(f->names);
	f->names = NULL;
}

/* Whether nothing has changed since the names were collected. */
static int
current(struct folder *f)
{
	struct dirstamp newstamp, curstamp;
	struct timespec now;

	/* Without a clock that we may ask, equal stamps have to do. */
	if (stamp_take(f->newfd, &newstamp) == -1 ||
	    stamp_take(f->curfd, &curstamp) == -1 ||
	    !stamp_equal(&newstamp, &f->names->newstamp) ||
	    !stamp_equal(&curstamp, &f->names->curstamp))
		return (0);
	if (stamp_clock(f, &now) == -1)
		return (1);
	return (stamp_old(&newstamp, &now) && stamp_old(&curstamp, &now));
}

int
locate_list(struct folder *f)
{
	struct names *n;
	int error;

	locate_free(f);
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return (-1);
	f->names = n;
	if (stamp_take(f->newfd, &n->newstamp) == -1 ||
	    stamp_take(f->curfd, &n->curstamp) == -1 ||
	    read_names(n, f->newfd, 'n') == -1 ||
	    read_names(n, f->curfd, 'c') == -1) {
		error = errno;
		locate_free(f);
		errno = error;
		return (-1);
	}
	if (n->n > 0)
		qsort(n->name, n->n, sizeof(*n->name), by_unique);
	return (0);
}

static int
read_names(struct names *n, int dirfd, char mark)
{
	struct dirent *e;
	char **more;
	size_t cap, len;
	DIR *dir;
	int error;

	if ((dir = directory_open(dirfd, ".")) == NULL)
		return (-1);
	while ((void)(errno = 0), (e = readdir(dir)) != NULL) {
		len = strlen(e->d_name);
		if (e->d_name[0] == '.' || len > MAILDIR_NAMEMAX)
			continue;
		if (n->n == n->cap) {
			cap = n->cap == 0 ? 256 : n->cap * 2;
			more = reallocarray(n->name, cap, sizeof(*more));
			if (more == NULL)
				break;
			n->name = more;
			n->cap = cap;
		}
		if ((n->name[n->n] = malloc(len + 2)) == NULL)
			break;
		n->name[n->n][0] = mark;
		memcpy(n->name[n->n] + 1, e->d_name, len + 1);
		n->n++;
	}
	error = errno;
	closedir(dir);
	errno = error;
	return (error == 0 ? 0 : -1);
}

static int
by_unique(const void *a, const void *b)
{
	return (compare(*(char *const *)a + 1, *(char *const *)b + 1));
}

static int
compare(const char *a, const char *b)
{
	size_t m, n;
	int order;

	m = maildir_unique(a);
	n = maildir_unique(b);
	if ((order = memcmp(a, b, m < n ? m : n)) != 0)
		return (order);
	return (m < n ? -1 : m > n);
}

static const char *
search(const struct names *n, const char *base)
{
	size_t lo = 0, hi = n->n, mid;
	int order;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((order = compare(n->name[mid] + 1, base)) == 0)
			return (n->name[mid]);
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}
