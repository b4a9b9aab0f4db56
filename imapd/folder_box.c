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
#include <strings.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/adopt.h"
#include "imapd/deliver.h"
#include "imapd/folder_priv.h"
#include "imapd/identity.h"
#include "imapd/keywords.h"
#include "imapd/repair.h"

/* Opening a folder's mailbox at indexd, and making it if there is none. */

static int	make_box(struct folder *, struct idx_opened *, const char **);
static int	set_aside(struct folder *);
static int	create_box(struct folder *);
static int	is_copy(struct folder *, const char *, int *);
static int	new_identity(struct folder *, struct idx_opened *,
		    const char **);
static int	is_identity(const struct folder *,
		    const struct idx_identity *);

int
open_box(struct folder *f, struct idx_opened *o, const char **why)
{
	unsigned int whole;
	int copy;

	if (identity_slots(f->dirfd, &f->identity, &whole) == -1) {
		if (errno == ENOENT || errno == EBADMSG)
			return (make_box(f, o, why));
		*why = deliver_reason(errno);
		return (-1);
	}
	if (whole == 1)
		repair_slot(f);
	*why = "The index refused to open the mailbox";
	if (idx_open(f->idx, f->name, &f->identity, f->writable, &f->box,
	    o) == -1) {
		if (errno == EAGAIN &&
		    idx_code(f->idx) == PROTO_NO_MAILBOX)
			return (make_box(f, o, why));
		return (-1);
	}
	if (!o->known || strcmp(o->oldname, f->name) == 0)
		return (0);
	if (is_copy(f, o->oldname, &copy) == -1)
		goto bad;
	if (copy)
		return (new_identity(f, o, why));
	if (f->writable && idx_renamed(f->box, f->name) == -1)
		goto bad;
	return (0);
bad:
	close(o->fd);
	o->fd = -1;
	return (-1);
}

/* There is no identity that can be read, or indexd knows no such table. */
static int
make_box(struct folder *f, struct idx_opened *o, const char **why)
{
	int error, fresh = 0, rv = -1;

	if (!f->writable) {
		*why = "No permission to write to this folder, and nobody "
		    "who may has opened it yet";
		errno = f->denied;
		return (-1);
	}
	*why = "The folder is being opened by another session";
	if (folder_lock(f, OPEN_LOCK) == -1)
		return (-1);
	*why = "The folder's identity file cannot be read";
	/* Another may have been faster; or it is not all that is left. */
	if (identity_read(f->dirfd, &f->identity) == 0 ||
	    (errno == EBADMSG && repair_identity(f) == 0)) {
		*why = "The index refused to open the mailbox";
		rv = idx_open(f->idx, f->name, &f->identity, f->writable,
		    &f->box, o);
		if (rv == 0 || errno != EAGAIN ||
		    idx_code(f->idx) != PROTO_NO_MAILBOX)
			goto out;
	} else {
		if (errno == EBADMSG && set_aside(f) == -1)
			goto out;
		if (errno == EACCES)
			*why = "No permission to read the folder's identity";
		if (errno != ENOENT)
			goto out;
		memset(&f->identity, 0, sizeof(f->identity));
		arc4random_buf(f->identity.id, sizeof(f->identity.id));
		fresh = 1;
	}
	*why = "The index refused to make the mailbox";
	if ((rv = adopt_box(f, fresh)) == 0)
		rv = create_box(f);
	if (rv == -1) {
		if (errno != EAGAIN)
			*why = deliver_reason(errno);
		goto out;
	}
	rv = idx_open(f->idx, f->name, &f->identity, f->writable, &f->box, o);
out:
	error = errno;
	folder_unlock(f);
	errno = error;
	return (rv);
}

/* What cannot be read keeps nobody from their mail.  errno is ENOENT then. */
static int
set_aside(struct folder *f)
{
	log_warnx("folder: %s: " IDENTITY_FILE " is damaged; the folder gets "
	    "a new identity, the old file is kept as " IDENTITY_FILE
	    ".damaged", f->name);
	if (renameat(f->dirfd, IDENTITY_FILE, f->dirfd,
	    IDENTITY_FILE ".damaged") == -1)
		return (-1);
	memset(&f->identity, 0, sizeof(f->identity));
	errno = ENOENT;
	return (0);
}

/* CREATE, then the identity that it gives into the folder's file. */
static int
create_box(struct folder *f)
{
	const char *name[TABLE_KEYWORDS];
	struct box_keywords k;

	box_keywords_read(f, &k);
	if (idx_create(f->idx, f->name, &f->identity, name,
	    box_keywords_list(&k, name), 0) == -1)
		return (-1);
	if (identity_write(f->dirfd, f->tmpfd, &f->identity,
	    folder_filemode(f), 1) == 0)
		return (0);
	unmake_box(f);
	return (-1);
}

void
box_keywords_read(struct folder *f, struct box_keywords *k)
{
	struct keywords file;
	unsigned int i;

	memset(k, 0, sizeof(*k));
	if (keywords_read(f->dirfd, &file) == -1)
		log_warn("folder: %s: " KEYWORDS_FILE, f->name);
	for (i = 0; i < file.n; i++) {
		/* A letter without a name of its own keeps its place. */
		if (file.name[i][0] == '\0' ||
		    box_keywords_add(k, file.name[i]) != (int)i)
			(void)snprintf(k->name[i], sizeof(k->name[i]),
			    "unknown-%c", 'a' + (int)i);
		k->n = i + 1;
	}
}

int
box_keywords_add(struct box_keywords *k, const char *name)
{
	unsigned int i;

	/* RFC 3501 section 2.3.2: without regard to case. */
	for (i = 0; i < k->n; i++)
		if (strcasecmp(k->name[i], name) == 0)
			return ((int)i);
	if (k->n == TABLE_KEYWORDS || strlcpy(k->name[i], name,
	    sizeof(k->name[i])) >= sizeof(k->name[i]))
		return (-1);
	k->n++;
	return ((int)i);
}

unsigned int
box_keywords_list(const struct box_keywords *k,
    const char *list[TABLE_KEYWORDS])
{
	unsigned int i;

	for (i = 0; i < k->n; i++)
		list[i] = k->name[i];
	return (k->n);
}

void
unmake_box(struct folder *f)
{
	struct idx_opened o;
	struct idx_box *box;
	int error = errno;

	if (idx_open(f->idx, f->name, &f->identity, 1, &box, &o) == 0) {
		close(o.fd);
		if (idx_deleted(box) == -1)
			log_debug("folder: %s: a table stays", f->name);
		(void)idx_close(box);
	}
	errno = error;
}

/* Whether the folder of the old name is there and has this identity too. */
static int
is_copy(struct folder *f, const char *oldname, int *copy)
{
	struct idx_identity other;
	int error, fd;

	*copy = 0;
	if (strchr(oldname, '/') != NULL || strcmp(oldname, "..") == 0)
		return (0);
	fd = openat(f->rootfd, oldname[0] == '\0' ? "." : oldname,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP ? 0 : -1);
	if (identity_read(fd, &other) == 0)
		*copy = memcmp(other.id, f->identity.id,
		    sizeof(other.id)) == 0;
	error = errno;
	close(fd);
	errno = error;
	return (0);
}

/* A copy of a folder becomes one of its own. */
static int
new_identity(struct folder *f, struct idx_opened *o, const char **why)
{
	int error, rv = -1;

	close(o->fd);
	o->fd = -1;
	if (idx_close(f->box) == -1)
		log_debug("folder: %s: close failed", f->name);
	f->box = NULL;
	*why = "The folder is a copy that nobody who may write to it has "
	    "opened yet";
	if (!f->writable) {
		errno = EACCES;
		return (-1);
	}
	*why = "The folder is being opened by another session";
	if (folder_lock(f, OPEN_LOCK) == -1)
		return (-1);
	log_info("folder: %s is a copy of \"%s\" and gets an identity of its "
	    "own", f->name, o->oldname);
	arc4random_buf(f->identity.id, sizeof(f->identity.id));
	f->identity.uidvalidity = 0;
	*why = "The index refused to make the mailbox";
	if (create_box(f) == 0)
		rv = idx_open(f->idx, f->name, &f->identity, f->writable,
		    &f->box, o);
	error = errno;
	folder_unlock(f);
	errno = error;
	return (rv);
}

/*
 * The table was carried here from elsewhere, and the folder's identity is
 * still the one that it had there.
 */
int
identify_box(struct folder *f, const struct idx_opened *o)
{
	struct idx_identity now;
	int error, rv = -1;

	if (!f->writable || is_identity(f, &f->identity))
		return (0);
	if (folder_lock(f, OPEN_LOCK) == -1)
		return (-1);
	/* Another may have been faster. */
	if (identity_read(f->dirfd, &now) == -1 ||
	    memcmp(now.id, f->identity.id, sizeof(now.id)) != 0)
		goto out;
	if (!is_identity(f, &now)) {
		log_info("folder: %s: its table comes from elsewhere "
		    "uidvalidity=%u was=%u", f->name,
		    f->table.h->uidvalidity, now.uidvalidity);
		memcpy(now.indexd, idx_id(f->idx), sizeof(now.indexd));
		now.uidvalidity = f->table.h->uidvalidity;
		now.floor_modseq = o->raise_modseq;
		now.floor_uid = o->raise_uid;
		if (identity_write(f->dirfd, f->tmpfd, &now,
		    folder_filemode(f), 1) == -1)
			goto out;
	}
	f->identity = now;
	rv = idx_identified(f->box, &f->identity);
out:
	error = errno;
	folder_unlock(f);
	errno = error;
	return (rv);
}

/* Whether that is the identity of the table in hand. */
static int
is_identity(const struct folder *f, const struct idx_identity *id)
{
	return (id->uidvalidity == f->table.h->uidvalidity &&
	    memcmp(id->indexd, idx_id(f->idx), sizeof(id->indexd)) == 0);
}
