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
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/directory.h"
#include "common/log.h"
#include "imapd/deliver.h"
#include "imapd/known.h"
#include "imapd/placing.h"
#include "imapd/witness.h"

#define FORGET_MAX	4096		/* names of one FORGET */
#define TMP_AGE		(36 * 3600)	/* seconds; maildir(5) */
#define TMP_LOOK	1000		/* files of tmp/ that are looked at */

static int	is_message(struct folder *, const struct known *,
		    const char *);
static int	unlink_cancelled(struct folder *, const struct known *,
		    char *const *, size_t);

int
placing_init(struct placing *p, struct folder *to, size_t n)
{
	memset(p, 0, sizeof(*p));
	p->to = to;
	witness_begin(to);
	if ((p->base = calloc(n, sizeof(*p->base))) == NULL ||
	    (p->letters = calloc(n, sizeof(*p->letters))) == NULL)
		return (-1);
	p->n = n;
	return (0);
}

void
placing_free(struct placing *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->base[i]);
	free(p->base);
	free(p->letters);
	memset(p, 0, sizeof(*p));
}

int
placing_name(struct placing *p, size_t i, uint64_t size, uint64_t vsize,
    uint32_t letters)
{
	char base[TABLE_NAMELEN + 1], *copy;

	if (maildir_make(base, sizeof(base)) == -1 ||
	    maildir_hints(base, sizeof(base), size, vsize) == -1 ||
	    (copy = strdup(base)) == NULL)
		return (-1);
	free(p->base[i]);
	p->base[i] = copy;
	p->letters[i] = letters;
	return (0);
}

int
placing_file(const struct placing *p, size_t i, char *buf, size_t size)
{
	return (maildir_build(buf, size, p->base[i], p->letters[i], NULL));
}

void
placing_undo(struct placing *p)
{
	char name[MAILDIR_NAMEMAX + 1];
	int error = errno;

	while (p->placed > 0) {
		p->placed--;
		if (placing_file(p, p->placed, name, sizeof(name)) == -1 ||
		    (unlinkat(p->to->curfd, name, 0) == -1 &&
		    errno != ENOENT))
			goto keep;
	}
	if (p->ticket != 0 && compat_syncdir(p->to->curfd) == 0 &&
	    idx_land(p->to->box, p->ticket) == 0)
		p->ticket = 0;
keep:
	/* Else indexd cancels the names when this session ends. */
	errno = error;
}

/* The unique part alone, so that a cancelled name tells it. */
int
tmp_create(struct folder *f, const char *base, char *name, size_t size)
{
	size_t len;
	int fd;

	len = maildir_unique(base);
	if (len >= size) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(name, base, len);
	name[len] = '\0';
	fd = openat(f->tmpfd, name, O_RDWR | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1 && fchmod(fd, folder_filemode(f) & 0660) == -1)
		log_warn("folder: %s: mode of a new file", f->name);
	if (fd == -1 && errno == ENOENT)
		errno = ECANCELED;
	return (fd);
}

uint32_t
new_letters(uint16_t flags)
{
	struct row row = { .flags = flags & FLAG_SYSTEM };

	return (row_letters(&row, 0));
}

/*
 * Whether it is the name of a message: 1, 0, or -1 with errno.  Where the end
 * of indexd's journal was lost, its tables know more than that.
 */
static int
is_message(struct folder *f, const struct known *k, const char *name)
{
	char base[TABLE_NAMELEN + 1];
	struct table *t = folder_newest(f);
	struct row row;
	uint64_t n;

	if (t == NULL || known_find(f, t, k, name, maildir_unique(name), &n,
	    &row, base) == -1)
		return (-1);
	return (n != KNOWN_NONE && (row.flags & ROW_EXPUNGED) == 0);
}

/* Unlinks them wherever they are: 0, or -1 with errno. */
static int
unlink_cancelled(struct folder *f, const struct known *k, char *const *names,
    size_t n)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	struct place p;
	size_t i, len;
	int r;

	for (i = 0; i < n; i++) {
		len = maildir_unique(names[i]);
		if (len == 0 || len >= sizeof(tmp) || names[i][0] == '.' ||
		    memchr(names[i], '/', len) != NULL) {
			errno = EINVAL;
			return (-1);
		}
		memcpy(tmp, names[i], len);
		tmp[len] = '\0';
		if (unlinkat(f->tmpfd, tmp, 0) == -1 && errno != ENOENT)
			return (-1);
		if ((r = is_message(f, k, names[i])) == -1)
			return (-1);
		if (r == 0 && locate_listed(f, names[i], &p) == 0 &&
		    unlinkat(p.dirfd, p.name, 0) == -1 && errno != ENOENT)
			return (-1);
	}
	return (0);
}

int
deliver_cancelled(struct folder *f, char *const *names, size_t n)
{
	struct table_state state;
	struct known k = { 0 };
	struct table *t;
	size_t i, m;
	int error, r = -1;

	if (!f->writable || n == 0)
		return (0);
	if ((t = folder_newest(f)) != NULL && folder_state(f, t, &state) == 0 &&
	    known_sync(f, t, &k, state.nrows) == 0 && locate_list(f) == 0)
		r = unlink_cancelled(f, &k, names, n);
	error = errno;
	known_free(&k);
	locate_free(f);
	errno = error;
	if (r == -1 || compat_syncdir(f->curfd) == -1)
		return (-1);
	for (i = 0; i < n; i += m) {
		m = n - i > FORGET_MAX ? FORGET_MAX : n - i;
		if (idx_forget(f->box, (const char *const *)(names + i),
		    m) == -1)
			return (-1);
	}
	return (0);
}

void
deliver_clean(struct folder *f, time_t now)
{
	struct dirent *e;
	struct stat st;
	unsigned int n = 0;
	DIR *dir;

	if ((dir = directory_open(f->tmpfd, ".")) == NULL)
		return;
	while (n < TMP_LOOK && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (fstatat(f->tmpfd, e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
			continue;
		if (now - st.st_mtime > TMP_AGE &&
		    now - st.st_atime > TMP_AGE &&
		    now - st.st_ctime > TMP_AGE &&
		    unlinkat(f->tmpfd, e->d_name, 0) == 0)
			log_info("folder: %s: removed old tmp/%s", f->name,
			    e->d_name);
	}
	closedir(dir);
}

const char *
deliver_reason(int error)
{
	switch (error) {
	case ENOSPC:
		return ("The disk is full");
	case EDQUOT:
		return ("The disk quota is used up");
	case EFBIG:
		return ("The message is too large for the file system");
	case EMFILE:
	case ENFILE:
		return ("Too many open files; try again later");
	case ENOMEM:
		return ("Out of memory; try again later");
	case EACCES:
	case EPERM:
		return ("No permission to change this mailbox");
	case EROFS:
		return ("The file system is read-only");
	case EILSEQ:
		return ("The message holds a NUL, which cannot be kept");
	case E2BIG:
		return ("Too many messages for one command");
	case ENOENT:
		return ("No such message");
	case ENOTCONN:
		return ("The index is not there");
	case ECANCELED:
		return ("Another program has removed the new file, or its "
		    "directory");
	case EIO:
		return ("The disk reports an error");
	default:
		return (strerror(error));
	}
}
