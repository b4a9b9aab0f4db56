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
#include <strings.h>
#include <unistd.h>

#include "common/directory.h"
#include "common/maildir.h"
#include "imapd/courier.h"
#include "imapd/keywords.h"
#include "imapd/uidlist_priv.h"

/* What one place says of one file; a later one outranks an earlier one. */
struct found {
	uint64_t	time;	/* 0: the list; UINT64_MAX: just now */
	size_t		name;	/* where in the text */
	uint64_t	set;
};

struct reader {
	struct courier_keywords	*k;
	struct found		*found;
	size_t			 n;
	size_t			 cap;
	char			*text;	/* of names */
	size_t			 len;
	size_t			 size;
	int			*number; /* of the list's keywords; -1 */
	size_t			 nnumber;
};

static char	*read_all(int, const char *, size_t, size_t *);
static int	keyword(struct courier_keywords *, const char *);
static int	add(struct reader *, uint64_t, const char *, uint64_t);
static int	read_list(struct reader *, int);
static int	list_keywords(struct reader *, char **);
static int	list_line(struct reader *, char *);
static int	read_updates(struct reader *, int);
static int	read_update(struct reader *, int, const char *);
static int	by_time(const void *, const void *);
static int	finish(struct reader *);

int
courier_keywords(int dirfd, struct courier_keywords *k)
{
	struct reader r = { .k = k };
	int error, fd, rv = -1;

	memset(k, 0, sizeof(*k));
	fd = openat(dirfd, COURIER_KEYWORDS, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP || errno == EMLINK || errno == EACCES ?
		    0 : -1);
	if (read_list(&r, fd) == 0 && read_updates(&r, fd) == 0)
		rv = finish(&r);
	error = errno;
	free(r.found);
	free(r.text);
	free(r.number);
	close(fd);
	errno = error;
	return (rv);
}

void
courier_keywords_free(struct courier_keywords *k)
{
	if (k == NULL)
		return;
	uidlist_free(&k->files);
	free(k->set);
	k->set = NULL;
	k->n = 0;
}

uint64_t
courier_keywords_of(const struct courier_keywords *k, const char *name)
{
	uint32_t i;

	i = uidlist_uid(&k->files, name);
	return (i == 0 ? 0 : k->set[i - 1]);
}

/* A file as a string, NULs in it made line ends; NULL with errno. */
static char *
read_all(int dirfd, const char *name, size_t max, size_t *len)
{
	struct stat st;
	char *text = NULL;
	ssize_t n = 1;
	size_t i;
	int error, fd;

	*len = 0;
	if ((fd = uidlist_open(dirfd, name, O_RDONLY, &st)) == -1)
		return (NULL);
	if ((uint64_t)st.st_size < max)
		max = (size_t)st.st_size;
	if ((text = malloc(max + 1)) == NULL)
		n = -1;
	while (n > 0 && *len < max) {
		n = pread(fd, text + *len, max - *len, (off_t)*len);
		if (n > 0)
			*len += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	error = errno;
	close(fd);
	errno = error;
	if (n == -1) {
		free(text);
		return (NULL);
	}
	for (i = 0; i < *len; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	text[*len] = '\0';
	return (text);
}

/* Its number, a new one if need be; -1 if it cannot have one. */
static int
keyword(struct courier_keywords *k, const char *name)
{
	unsigned int i;

	for (i = 0; i < k->n; i++)
		if (strcasecmp(k->name[i], name) == 0)
			return ((int)i);
	if (!keywords_valid(name, strlen(name)))
		return (-1);
	if (k->n == TABLE_KEYWORDS) {
		k->left++;
		return (-1);
	}
	(void)strlcpy(k->name[k->n], name, sizeof(k->name[k->n]));
	return ((int)k->n++);
}

static int
add(struct reader *r, uint64_t time, const char *name, uint64_t set)
{
	struct maildir_name parts;
	struct found *more;
	char *text;
	size_t cap, len;

	if (maildir_parse(name, &parts) == -1 || r->n == UIDLIST_MAXLINES)
		return (0);
	len = parts.base;
	if (r->n == r->cap) {
		cap = r->cap * 2 + 64;
		more = reallocarray(r->found, cap, sizeof(*more));
		if (more == NULL)
			return (-1);
		r->found = more;
		r->cap = cap;
	}
	if (r->size - r->len < len + 1) {
		r->size = r->size * 2 + 4096;
		if ((text = realloc(r->text, r->size)) == NULL)
			return (-1);
		r->text = text;
	}
	memcpy(r->text + r->len, name, len);
	r->text[r->len + len] = '\0';
	r->found[r->n].time = time;
	r->found[r->n].name = r->len;
	r->found[r->n++].set = set;
	r->len += len + 1;
	return (0);
}

static int
read_list(struct reader *r, int fd)
{
	char *line, *next, *text;
	size_t len;
	int rv;

	if ((text = read_all(fd, COURIER_LIST, UIDLIST_MAXFILE, &len)) == NULL)
		return (errno == ENOENT || errno == EBADMSG ||
		    errno == EACCES ? 0 : -1);
	next = text;
	rv = list_keywords(r, &next);
	while (rv == 0 && *(line = next) != '\0') {
		next += strcspn(next, "\n");
		if (*next == '\0')
			break;		/* torn */
		*next++ = '\0';
		rv = list_line(r, line);
	}
	free(text);
	return (rv);
}

/* Up to the empty line. */
static int
list_keywords(struct reader *r, char **next)
{
	char *line;
	int *more;
	size_t cap = 0;

	while (*(line = *next) != '\0') {
		*next += strcspn(*next, "\n");
		if (**next != '\0')
			*(*next)++ = '\0';
		if (*line == '\0')
			break;
		if (r->nnumber == cap) {
			cap = cap * 2 + 64;
			more = reallocarray(r->number, cap, sizeof(*more));
			if (more == NULL)
				return (-1);
			r->number = more;
		}
		r->number[r->nnumber++] = keyword(r->k, line);
	}
	return (0);
}

static int
list_line(struct reader *r, char *line)
{
	uint64_t set = 0;
	size_t n;
	char *p;

	if ((p = strrchr(line, ':')) == NULL)
		return (0);
	*p++ = '\0';
	while (*p != '\0') {
		if (*p < '0' || *p > '9') {
			p++;
			continue;
		}
		for (n = 0; *p >= '0' && *p <= '9'; p++)
			if (n < r->nnumber)
				n = n * 10 + (size_t)(*p - '0');
		if (n < r->nnumber && r->number[n] != -1)
			set |= (uint64_t)1 << r->number[n];
	}
	return (add(r, 0, line, set));
}

static int
read_updates(struct reader *r, int fd)
{
	struct dirent *e;
	DIR *dir;
	unsigned int files = 0;
	int error, rv = 0;

	if ((dir = directory_open(fd, ".")) == NULL)
		return (-1);
	while (rv == 0 && files++ < COURIER_MAXFILES) {
		errno = 0;
		if ((e = readdir(dir)) == NULL) {
			rv = errno == 0 ? 0 : -1;
			break;
		}
		rv = read_update(r, fd, e->d_name);
	}
	error = errno;
	closedir(dir);
	errno = error;
	return (rv);
}

/* ".<n>.<base name>", or the base name alone. */
static int
read_update(struct reader *r, int fd, const char *name)
{
	const char *base = name;
	uint64_t time = UINT64_MAX, set = 0;
	char *line, *next, *text;
	size_t len;
	int i, rv;

	if (name[0] == ':')
		return (0);
	if (name[0] == '.') {
		time = 0;
		for (base++; *base >= '0' && *base <= '9'; base++)
			if (time < UINT32_MAX)
				time = time * 10 + (uint64_t)(*base - '0');
		if (time == 0 || *base++ != '.')
			return (0);
	}
	text = read_all(fd, name, KEYWORDS_MAXFILE, &len);
	if (text == NULL)
		return (errno == ENOENT || errno == EBADMSG ||
		    errno == EACCES ? 0 : -1);
	for (line = text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (*line != '\0' && (i = keyword(r->k, line)) != -1)
			set |= (uint64_t)1 << i;
	}
	rv = add(r, time, base, set);
	free(text);
	return (rv);
}

static int
by_time(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->time != y->time)
		return (x->time < y->time ? -1 : 1);
	return (x->name < y->name ? -1 : x->name > y->name);
}

/* A list in which the newest has the highest number, and so counts. */
static int
finish(struct reader *r)
{
	struct uidlist *l = &r->k->files;
	size_t i;

	if (r->n == 0)
		return (0);
	qsort(r->found, r->n, sizeof(*r->found), by_time);
	l->e = reallocarray(NULL, r->n, sizeof(*l->e));
	r->k->set = reallocarray(NULL, r->n, sizeof(*r->k->set));
	if (l->e == NULL || r->k->set == NULL)
		return (-1);
	l->text = r->text;
	r->text = NULL;
	for (i = 0; i < r->n; i++) {
		l->e[i].uid = (uint32_t)i + 1;
		l->e[i].name = l->text + r->found[i].name;
		l->e[i].unique = (uint32_t)maildir_unique(l->e[i].name);
		l->e[i].fields = "";
		r->k->set[i] = r->found[i].set;
	}
	l->n = r->n;
	return (uidlist_names(l));
}
