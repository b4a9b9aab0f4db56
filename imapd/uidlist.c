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
#include <unistd.h>

#include "common/maildir.h"
#include "imapd/uidlist_priv.h"

#define WINDOW		8192	/* octets that are read first, from the end */
#define LINES_FIRST	1024	/* that there is room for, then twice as many */

static ssize_t	read_at(int, char *, size_t, off_t);
static int	read_header(int, off_t, struct uidlist *, off_t *);
static int	read_back(int, off_t, off_t, uint32_t, struct uidlist *);
static int	reaches(const char *, size_t, int, uint32_t);
static int	take_lines(struct uidlist *, uint32_t);
static int	put_in_order(struct uidlist *);
static int	sort_names(struct uidlist *);
static int	by_name(const void *, const void *);
static int	is_of(const struct uidlist_entry *, const char *, uint32_t);
static int	sum_up(struct uidlist *);
static int	against(const struct uidlist_entry *, const char *, uint32_t,
		    size_t);

int
uidlist_open(int dirfd, const char *name, int flags, struct stat *st)
{
	int error, fd;

	fd = openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		if (errno == ELOOP || errno == EMLINK || errno == ENXIO ||
		    errno == EISDIR)
			errno = EBADMSG;
		return (-1);
	}
	error = 0;
	if (fstat(fd, st) == -1)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = EBADMSG;
	if (error == 0)
		return (fd);
	close(fd);
	errno = error;
	return (-1);
}

int
uidlist_read(int dirfd, uint32_t from, struct uidlist *l)
{
	return (uidlist_read_file(dirfd, UIDLIST_FILE, from, l));
}

int
uidlist_read_file(int dirfd, const char *name, uint32_t from,
    struct uidlist *l)
{
	struct stat st;
	int error, fd, rv;

	memset(l, 0, sizeof(*l));
	if ((fd = uidlist_open(dirfd, name, O_RDONLY, &st)) == -1)
		return (-1);
	rv = uidlist_read_fd(fd, st.st_size, from, UIDLIST_NAMES, l);
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

int
uidlist_read_fd(int fd, off_t size, uint32_t from, enum uidlist_what what,
    struct uidlist *l)
{
	off_t start;

	memset(l, 0, sizeof(*l));
	if (what == UIDLIST_LAST)
		from = 0;
	if (read_header(fd, size, l, &start) == -1 || read_back(fd, start,
	    size, what == UIDLIST_LAST ? UINT32_MAX : from, l) == -1 ||
	    take_lines(l, from) == -1)
		return (-1);
	return (what == UIDLIST_NAMES ? uidlist_names(l) : 0);
}

void
uidlist_free(struct uidlist *l)
{
	if (l == NULL)
		return;
	free(l->index);
	free(l->highest);
	free(l->header);
	free(l->text);
	free(l->e);
	memset(l, 0, sizeof(*l));
}

/* Up to len octets, fewer if the file is shorter by now. */
static ssize_t
read_at(int fd, char *buf, size_t len, off_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, buf + done, len - done, at + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return ((ssize_t)done);
}

static int
read_header(int fd, off_t size, struct uidlist *l, off_t *start)
{
	char text[UIDLIST_MAXLINE];
	ssize_t n;
	size_t len = sizeof(text);

	if (size < (off_t)len)
		len = (size_t)size;
	if ((n = read_at(fd, text, len, 0)) == -1)
		return (-1);
	*start = (off_t)uidlist_header(text, (size_t)n, l);
	return (*start == 0 ? -1 : 0);
}

/*
 * The file from the end backwards, in ever larger pieces, until one begins
 * below the UID or at the start: whole lines, in text.  For the last line
 * (from is UINT32_MAX) it does not go back far: where there is none, the end
 * is damaged.
 */
static int
read_back(int fd, off_t start, off_t size, uint32_t from, struct uidlist *l)
{
	off_t at, want = from <= 1 ? size : WINDOW;
	char *p, *text;
	size_t skip;
	ssize_t n;

	for (;; want *= 4) {
		at = size - start > want ? size - want : start;
		if (at > size)
			at = size;
		if (from == UINT32_MAX && want > UIDLIST_END && at > start) {
			l->broken = 1;
			return (0);
		}
		if (size - at > (off_t)UIDLIST_MAXFILE) {
			errno = EFBIG;
			return (-1);
		}
		if ((text = realloc(l->text, (size_t)(size - at) + 1)) ==
		    NULL)
			return (-1);
		l->text = text;
		if ((n = read_at(fd, text, (size_t)(size - at), at)) == -1)
			return (-1);
		skip = 0;
		if (at > start) {
			if ((p = memchr(text, '\n', (size_t)n)) == NULL)
				continue;
			skip = (size_t)(p - text) + 1;
			if (!reaches(text + skip, (size_t)n - skip,
			    l->version, from))
				continue;
		}
		while (n > (ssize_t)skip && text[n - 1] != '\n')
			n--;
		l->len = (size_t)n - skip;
		memmove(text, text + skip, l->len);
		l->end = at + (off_t)n;
		return (0);
	}
}

/* Whether the first line that is one has a UID below. */
static int
reaches(const char *text, size_t len, int version, uint32_t from)
{
	struct uidlist_entry e;
	char line[UIDLIST_MAXLINE + 1];
	const char *end;
	size_t n;
	int broken;

	for (; (end = memchr(text, '\n', len)) != NULL; text += n + 1) {
		n = (size_t)(end - text);
		len -= n + 1;
		if (n == 0 || n > UIDLIST_MAXLINE)
			continue;
		memcpy(line, text, n);
		if (uidlist_line(line, n, version, &e, &broken) == 0)
			return (e.uid < from);
	}
	return (0);
}

static int
take_lines(struct uidlist *l, uint32_t from)
{
	struct uidlist_entry *more;
	char *end, *p, *stop = l->text + l->len;
	size_t cap = 0, i, n;
	int sorted = 1;

	for (p = l->text; p < stop; p = end + 1) {
		if ((end = memchr(p, '\n', (size_t)(stop - p))) == NULL)
			break;
		n = (size_t)(end - p);
		if (l->n == cap) {
			if (cap >= UIDLIST_MAXLINES) {
				errno = EFBIG;
				return (-1);
			}
			cap = cap == 0 ? LINES_FIRST : cap * 2;
			more = reallocarray(l->e, cap, sizeof(*more));
			if (more == NULL)
				return (-1);
			l->e = more;
		}
		if (n == 0 || uidlist_line(p, n, l->version, &l->e[l->n],
		    &l->broken) == -1) {
			l->broken = 1;
			continue;
		}
		if (l->n > 0 && l->e[l->n].uid <= l->e[l->n - 1].uid)
			sorted = 0;
		l->n++;
	}
	if (!sorted && put_in_order(l) == -1)
		return (-1);
	if (l->n > 0 && l->e[l->n - 1].uid >= l->uidnext)
		l->uidnext = l->e[l->n - 1].uid + 1;
	for (i = 0; i < l->n && l->e[i].uid < from; i++)
		;
	if (i == 0)
		return (0);
	l->n -= i;
	memmove(l->e, l->e + i, l->n * sizeof(*l->e));
	return (0);
}

/*
 * The longest run of entries whose UIDs rise: one damaged number costs one
 * message its UID, not all that follow it.  For each length, ends holds the
 * entry with the lowest UID that a run of that length ends with.
 */
static int
put_in_order(struct uidlist *l)
{
	size_t *ends, *before, i, lo, hi, mid, runs = 0;

	l->broken = 1;
	ends = reallocarray(NULL, l->n, 2 * sizeof(*ends));
	if (ends == NULL)
		return (-1);
	before = ends + l->n;
	for (i = 0; i < l->n; i++) {
		for (lo = 0, hi = runs; lo < hi;) {
			mid = lo + (hi - lo) / 2;
			if (l->e[ends[mid]].uid < l->e[i].uid)
				lo = mid + 1;
			else
				hi = mid;
		}
		before[i] = lo > 0 ? ends[lo - 1] : i;
		ends[lo] = i;
		if (lo == runs)
			runs++;
	}
	/* Each one's place in the run, from the last one back. */
	for (i = ends[runs - 1], lo = runs; lo > 0; i = before[i])
		ends[--lo] = i;
	for (i = 0; i < runs; i++)
		l->e[i] = l->e[ends[i]];
	l->n = runs;
	free(ends);
	return (0);
}

/* By unique part, then by all of the name, then by UID. */
static int
by_name(const void *a, const void *b)
{
	const struct uidlist_entry *x, *y;
	int diff;

	x = *(struct uidlist_entry *const *)a;
	y = *(struct uidlist_entry *const *)b;
	diff = memcmp(x->name, y->name,
	    x->unique < y->unique ? x->unique : y->unique);
	if (diff == 0 && x->unique != y->unique)
		diff = x->unique < y->unique ? -1 : 1;
	if (diff == 0)
		diff = strcmp(x->name + x->unique, y->name + y->unique);
	if (diff == 0 && x->uid != y->uid)
		diff = x->uid < y->uid ? -1 : 1;
	return (diff);
}

static int
sort_names(struct uidlist *l)
{
	size_t i;

	free(l->index);
	l->index = reallocarray(NULL, l->n + 1, sizeof(*l->index));
	if (l->index == NULL)
		return (-1);
	for (i = 0; i < l->n; i++)
		l->index[i] = &l->e[i];
	qsort(l->index, l->n, sizeof(*l->index), by_name);
	return (sum_up(l));
}

static int
is_of(const struct uidlist_entry *e, const char *name, uint32_t unique)
{
	return (e->unique == unique && memcmp(e->name, name, unique) == 0);
}

/* The highest UID of each unique part, beside all of its entries. */
static int
sum_up(struct uidlist *l)
{
	size_t first, i, next;
	uint32_t uid;

	free(l->highest);
	l->highest = reallocarray(NULL, l->n + 1, sizeof(*l->highest));
	if (l->highest == NULL)
		return (-1);
	for (first = 0; first < l->n; first = next) {
		uid = 0;
		for (next = first; next < l->n && is_of(l->index[next],
		    l->index[first]->name, l->index[first]->unique); next++)
			if (l->index[next]->uid > uid)
				uid = l->index[next]->uid;
		for (i = first; i < next; i++)
			l->highest[i] = uid;
	}
	return (0);
}

/* Of entries of one name, the last one counts, as for Dovecot: a file that
 * was removed and came back has a new UID. */
int
uidlist_names(struct uidlist *l)
{
	size_t i, n = 0, gone = 0;

	if (sort_names(l) == -1)
		return (-1);
	for (i = 1; i < l->n; i++) {
		if (strcmp(l->index[i - 1]->name, l->index[i]->name) != 0)
			continue;
		l->index[i - 1]->uid = 0;
		gone++;
	}
	if (gone == 0)
		return (0);
	for (i = 0; i < l->n; i++)
		if (l->e[i].uid != 0)
			l->e[n++] = l->e[i];
	l->n = n;
	return (sort_names(l));
}

/* As by_name(), of an entry and a base name of that length. */
static int
against(const struct uidlist_entry *e, const char *name, uint32_t unique,
    size_t base)
{
	int diff;

	diff = memcmp(e->name, name, e->unique < unique ? e->unique : unique);
	if (diff == 0 && e->unique != unique)
		diff = e->unique < unique ? -1 : 1;
	if (diff == 0)
		diff = strncmp(e->name + unique, name + unique, base - unique);
	if (diff == 0)
		diff = e->name[base] != '\0';
	return (diff);
}

uint32_t
uidlist_uid(const struct uidlist *l, const char *name)
{
	size_t base, hi, lo, mid;
	uint32_t unique;
	int diff;

	if (l->index == NULL)
		return (0);
	unique = (uint32_t)maildir_unique(name);
	base = maildir_base(name);
	for (lo = 0, hi = l->n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		diff = against(l->index[mid], name, unique, base);
		if (diff == 0)
			return (l->index[mid]->uid);
		if (diff < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* Those of its unique part are before and behind where it would be. */
	for (mid = lo > 0 ? lo - 1 : 0; mid < l->n && mid <= lo; mid++)
		if (is_of(l->index[mid], name, unique))
			return (l->highest[mid]);
	return (0);
}
