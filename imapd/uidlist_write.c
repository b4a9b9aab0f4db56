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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "imapd/folder_priv.h"
#include "imapd/uidlist_priv.h"

static int	read_old(struct folder *, struct uidlist *);
static int	write_all(struct folder *, FILE *, const struct uidlist *,
		    uint32_t *);
static int	write_header(struct folder *, FILE *, const struct uidlist *,
		    uint32_t, uint32_t);
static int	write_rows(struct folder *, struct table *, FILE *,
		    const struct uidlist *, uint32_t);

size_t
uidlist_name(const char *base)
{
	return (strcspn(base, ":"));
}

int
uidlist_mode(struct folder *f, int fd)
{
	struct stat dir, st;

	if (fchmod(fd, folder_filemode(f)) == -1 || fstat(fd, &st) == -1 ||
	    fstat(f->dirfd, &dir) == -1)
		return (-1);
	/* Not all may give it away; then Dovecot's user may not read it. */
	if (st.st_gid != dir.st_gid)
		(void)!fchown(fd, (uid_t)-1, dir.st_gid);
	return (0);
}

int
uidlist_write(struct folder *f, const struct uidlist_lock *lock,
    struct stat *st, uint32_t *next)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	struct uidlist old;
	FILE *fp = NULL;
	int error, fd, first;

	if (read_old(f, &old) == -1 || maildir_make(tmp, sizeof(tmp)) == -1) {
		error = errno;
		uidlist_free(&old);
		errno = error;
		return (-1);
	}
	fd = openat(f->tmpfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1) {
		error = errno;
		uidlist_free(&old);
		errno = error;
		return (-1);
	}
	if (uidlist_mode(f, fd) == -1 || (fp = fdopen(fd, "w")) == NULL ||
	    write_all(f, fp, &old, next) == -1 || fflush(fp) == EOF ||
	    fsync(fd) == -1 || fstat(fd, st) == -1)
		goto bad;
	if (!uidlist_locked(f, lock)) {
		errno = EAGAIN;
		goto bad;
	}
	first = faccessat(f->dirfd, UIDLIST_FILE, F_OK,
	    AT_SYMLINK_NOFOLLOW) == -1;
	if (renameat(f->tmpfd, tmp, f->dirfd, UIDLIST_FILE) == -1)
		goto bad;
	uidlist_free(&old);
	/* What matters was flushed and synced. */
	(void)fclose(fp);
	/* A power cut brings back none, which is written again, but must not
	 * bring back another. */
	return (first ? 0 : compat_syncdir(f->dirfd));
bad:
	error = errno;
	uidlist_free(&old);
	if (fp != NULL)
		(void)fclose(fp);
	else
		close(fd);
	(void)unlinkat(f->tmpfd, tmp, 0);
	errno = error;
	return (-1);
}

/* What there was; that it cannot be read is no reason to leave it so. */
static int
read_old(struct folder *f, struct uidlist *old)
{
	struct stat st;
	int error = 0, fd;

	memset(old, 0, sizeof(*old));
	if ((fd = uidlist_open(f->dirfd, UIDLIST_FILE, O_RDONLY, &st)) == -1)
		return (errno == ENOENT || errno == EBADMSG ||
		    errno == EACCES ? 0 : -1);
	if (uidlist_read_fd(fd, st.st_size, 1, UIDLIST_ALL, old) == -1) {
		error = errno;
		old->n = 0;
	}
	close(fd);
	if (error == 0 || error == EBADMSG || error == EFBIG)
		return (0);
	errno = error;
	return (-1);
}

static int
write_all(struct folder *f, FILE *fp, const struct uidlist *old,
    uint32_t *next)
{
	struct table_state state;
	struct table *t;
	size_t i = 0;

	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	*next = state.uidnext;
	if (old->uidvalidity == state.uidvalidity && old->uidnext > *next)
		*next = old->uidnext;
	if (write_header(f, fp, old, state.uidvalidity, *next) == -1 ||
	    write_rows(f, t, fp, old, state.uidnext) == -1)
		return (-1);
	/* What another server has given since, and we have not yet seen. */
	if (old->uidvalidity != state.uidvalidity)
		return (0);
	for (; i < old->n; i++)
		if (old->e[i].uid >= state.uidnext && fprintf(fp,
		    "%u%s%s :%.*s\n", (unsigned int)old->e[i].uid,
		    old->e[i].fields[0] != '\0' ? " " : "",
		    old->e[i].fields, (int)uidlist_name(old->e[i].name),
		    old->e[i].name) < 0)
			return (-1);
	return (0);
}

/* A list of Dovecot's keeps its GUID; ours has the mailbox's id. */
static int
write_header(struct folder *f, FILE *fp, const struct uidlist *old,
    uint32_t uidvalidity, uint32_t next)
{
	const char *fields = old->fields != NULL ? old->fields : "";
	const char *p;
	unsigned int i;
	int guid = fields[0] == 'G';

	for (p = fields; (p = strchr(p, ' ')) != NULL; p++)
		guid |= p[1] == 'G';
	if (fprintf(fp, "3 V%u N%u", (unsigned int)uidvalidity,
	    (unsigned int)next) < 0 ||
	    (!guid && fputs(" G", fp) == EOF))
		return (-1);
	for (i = 0; !guid && i < sizeof(f->identity.id); i++)
		if (fprintf(fp, "%02x", f->identity.id[i]) < 0)
			return (-1);
	return (fprintf(fp, "%s%s\n", fields[0] != '\0' ? " " : "",
	    fields) < 0 ? -1 : 0);
}

/* The messages; each with the fields that the old list had for it. */
static int
write_rows(struct folder *f, struct table *t, FILE *fp,
    const struct uidlist *old, uint32_t below)
{
	char name[TABLE_NAMELEN + 1];
	const char *fields;
	struct row row;
	uint64_t n = 0;
	size_t i = 0;

	for (;; n++) {
		if (folder_next(f, t, TABLE_LIVE, n, &n) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (folder_row(f, t, n, &row, name) == -1)
			return (-1);
		if (row.uid >= below)
			return (0);
		for (; i < old->n && old->e[i].uid < row.uid; i++)
			;
		fields = "";
		if (i < old->n && old->e[i].uid == row.uid &&
		    maildir_same(old->e[i].name, name))
			fields = old->e[i].fields;
		if (fprintf(fp, "%u%s%s :%.*s\n", (unsigned int)row.uid,
		    fields[0] != '\0' ? " " : "", fields,
		    (int)uidlist_name(name), name) < 0)
			return (-1);
	}
}
