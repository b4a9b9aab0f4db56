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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/adopt.h"
#include "imapd/folder_priv.h"
#include "imapd/lease.h"
#include "imapd/look.h"

#define REPORT_MAX	10000	/* messages of one report */

static int	report(struct folder *, struct look *, struct idx_report *,
		    uint64_t *);
static int	found_chunk(struct folder *, struct table *, struct look *,
		    struct idx_found *, size_t *, size_t *);
static int	found_one(struct folder *, struct look *, struct odd *,
		    struct idx_found *);
static int	regular(struct folder *, const struct odd *, struct stat *);
static int	readable(struct folder *, uid_t, const struct odd *,
		    const struct stat *);
static int	moved_one(struct folder *, struct table *, struct look *,
		    size_t, struct idx_moved *, size_t *);
static int	kept_one(struct folder *, struct table *, struct look *,
		    uint64_t, struct place *, struct stat *);
static int	duplicate(struct folder *, struct look *, int, const char *,
		    const struct stat *);
static int	send_gone(struct folder *, struct look *, struct uidset *);

/* Sends a report, and moves *seen on over what it has changed itself. */
static int
report(struct folder *f, struct look *look, struct idx_report *r,
    uint64_t *seen)
{
	r->seen = *seen;
	if (lease_check(f) == -1)
		return (-1);
	if (idx_report(f->box, r, &look->result) == -1)
		return (-1);
	if (look->result.modseq == 0)
		return (0);
	look->took = 1;
	look->reports++;
	f->changed = 1;
	if (*seen + 1 == look->result.modseq)
		*seen = look->result.modseq;
	return (0);
}

int
look_found(struct folder *f, struct table *t, struct look *look)
{
	struct table_state state = look->list.state;
	struct idx_found *found;
	struct idx_report r = { 0 };
	size_t at = 0, next;
	uint32_t raised = 0;
	unsigned int tries = 0;
	int error, rv = -1;

	if (adopt_number(f, t, &look->list) == -1)
		return (-1);
	if ((look->list.n == 0 || look->list.odd[0].row != KNOWN_NONE) &&
	    adopt_uidnext(f) == 0)
		return (0);
	if ((found = calloc(REPORT_MAX, sizeof(*found))) == NULL)
		return (-1);
	r.found = found;
	look->uid = geteuid();
	for (;;) {
		/* Another session may have been faster with some of them. */
		if (known_sync(f, t, look->known, state.nrows) == -1)
			goto out;
		next = at;
		if (found_chunk(f, t, look, found, &r.nfound, &next) == -1)
			goto out;
		/* What is not on the folder's list comes above it. */
		if (r.nfound == 0 || found[r.nfound - 1].uid == 0)
			r.uidnext = adopt_uidnext(f);
		/* Once it is said indexd has it, though a table that was
		 * superseded meanwhile never shows it. */
		if (r.nfound == 0 && r.uidnext <= raised)
			break;
		/* Many new ones come to the floor: nobody else may raise it. */
		folder_raise(f->idx);
		if (report(f, look, &r, &state.highestmodseq) == 0) {
			at = next;
			tries = 0;
			raised = r.uidnext;
		} else if (errno != EAGAIN ||
		    (idx_code(f->idx) != PROTO_NO_LOOK &&
		    idx_code(f->idx) != PROTO_NO_UID))
			goto out;
		else if (++tries == LOOKS) {
			look->incomplete = 1;
			break;
		}
		if (folder_state(f, t, &state) == -1)
			goto out;
	}
	rv = 0;
out:
	error = errno;
	free(found);
	errno = error;
	return (rv);
}

/* Fills in what is to be reported, from odd name *at on. */
static int
found_chunk(struct folder *f, struct table *t, struct look *look,
    struct idx_found *found, size_t *n, size_t *at)
{
	char base[TABLE_NAMELEN + 1];
	struct listing *l = &look->list;
	struct odd *o, *last = NULL;
	struct row row;
	uint64_t known;
	int rv;

	for (*n = 0; *n < REPORT_MAX && *at < l->n; (*at)++) {
		o = &l->odd[*at];
		if (o->row != KNOWN_NONE)
			break;
		if (known_find(f, t, look->known, o->name,
		    o->parts.unique, &known, &row, base) == -1)
			return (-1);
		if (known != KNOWN_NONE && !(row.flags & ROW_EXPUNGED))
			continue;
		if (known != KNOWN_NONE && (row.flags & ROW_FILE)) {
			l->unsettled = 1;
			continue;
		}
		/* One message under two names is reported under one. */
		if (last != NULL && maildir_same(last->name, o->name)) {
			look->incomplete = 1;
			continue;
		}
		if ((rv = found_one(f, look, o, &found[*n])) == -1)
			return (-1);
		if (rv == 0)
			continue;
		last = o;
		(*n)++;
	}
	return (0);
}

/* 1, or 0 if it is not there any more or no message. */
static int
found_one(struct folder *f, struct look *look, struct odd *o,
    struct idx_found *found)
{
	struct stat st;

	switch (regular(f, o, &st)) {
	case 1:
		if (readable(f, look->uid, o, &st))
			break;
		/* FALLTHROUGH */
	case 0:
		listing_junk(&look->list, o->name);
		return (0);
	default:
		look->incomplete = 1;
		return (errno == ENOENT ? 0 : -1);
	}
	if ((found->name = odd_base(o)) == NULL)
		return (-1);
	found_fill(found, &o->parts, o->innew, &st);
	found->uid = o->uid;		/* on the folder's list */
	return (1);
}

/* 1 if it is a regular file, 0 if it is something else, -1 with errno. */
static int
regular(struct folder *f, const struct odd *o, struct stat *st)
{
	if (fstatat(o->innew ? f->newfd : f->curfd, o->name, st,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	return (S_ISREG(st->st_mode));
}

/* What nobody here can read is no message yet. */
static int
readable(struct folder *f, uid_t uid, const struct odd *o,
    const struct stat *st)
{
	if (st->st_uid == uid && (st->st_mode & S_IRUSR))
		return (1);
	return (faccessat(o->innew ? f->newfd : f->curfd, o->name, R_OK,
	    0) == 0 || errno == ENOENT);
}

int
look_moved(struct folder *f, struct table *t, struct look *look)
{
	struct listing *l = &look->list;
	struct idx_report r = { 0 };
	struct idx_moved *moved;
	size_t i, next;
	uint64_t seen = l->state.highestmodseq;
	int error, rv = -1;

	for (i = 0; i < l->n && l->odd[i].row == KNOWN_NONE;)
		i++;
	if (i == l->n)
		return (0);
	if ((moved = calloc(REPORT_MAX, sizeof(*moved))) == NULL)
		return (-1);
	r.moved = moved;
	for (; i < l->n; i = next) {
		for (next = i; next < l->n &&
		    l->odd[next].row == l->odd[i].row;)
			next++;
		if (moved_one(f, t, look, i, &moved[r.nmoved], &r.nmoved) ==
		    -1)
			goto out;
		if (r.nmoved < REPORT_MAX && next < l->n)
			continue;
		if (r.nmoved > 0 && report(f, look, &r, &seen) == -1)
			goto out;
		r.nmoved = 0;
	}
	l->state.highestmodseq = seen;
	rv = 0;
out:
	error = errno;
	free(moved);
	errno = error;
	return (rv);
}

/*
 * The odd names of one row, from at on: if the row has no file where it
 * says, the first of them is its name now; any more are duplicates.
 */
static int
moved_one(struct folder *f, struct table *t, struct look *look, size_t at,
    struct idx_moved *m, size_t *n)
{
	struct listing *l = &look->list;
	struct place p;
	struct stat kept, st;
	struct odd *o;
	uint64_t row = l->odd[at].row;
	int dirfd, have = 0, left = 0, rv;

	if (listing_matched(l, row) &&
	    (have = kept_one(f, t, look, row, &p, &kept)) == -1)
		return (-1);
	for (; at < l->n && l->odd[at].row == row; at++) {
		o = &l->odd[at];
		dirfd = o->innew ? f->newfd : f->curfd;
		if (have) {
			if ((dirfd != p.dirfd || strcmp(o->name, p.name) !=
			    0) && duplicate(f, look, dirfd, o->name,
			    &kept) == -1)
				return (-1);
			continue;
		}
		if ((rv = regular(f, o, &st)) == -1 && errno != ENOENT)
			return (-1);
		left |= rv == -1;
		if (rv != 1)
			continue;
		if ((m->name = odd_base(o)) == NULL)
			return (-1);
		m->uid = o->uid;
		m->innew = o->innew;
		m->letters = o->parts.letters;
		p.dirfd = dirfd;
		strlcpy(p.name, o->name, sizeof(p.name));
		kept = st;
		have = 1;
		(*n)++;
	}
	/* What has moved on since it was listed is not gone; but it is where
	 * only something else has its name. */
	if (!have && !left && !listing_matched(l, row))
		return (0);
	if (!have)
		look->incomplete = 1;
	listing_match(l, row);
	return (0);
}

/*
 * Finds the file that stands where the row says: 1, or 0 if there is none.
 * While letters are being given, the row says two places; a file in the
 * second one is a duplicate then.
 */
static int
kept_one(struct folder *f, struct table *t, struct look *look, uint64_t n,
    struct place *kept, struct stat *st)
{
	struct place p[PLACES];
	char base[TABLE_NAMELEN + 1];
	struct stat other;
	struct row row;
	unsigned int i, np;
	int have = 0;

	if (folder_row(f, t, n, &row, base) == -1)
		return (-1);
	np = places(f, &row, base, p);
	for (i = 0; i < np; i++) {
		if (fstatat(p[i].dirfd, p[i].name, have ? &other : st,
		    AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno != ENOENT)
				return (-1);
		} else if (!have) {
			*kept = p[i];
			have = 1;
		} else if (duplicate(f, look, p[i].dirfd, p[i].name, st) ==
		    -1)
			return (-1);
	}
	return (have);
}

/*
 * A second name of a message.  Two links of one file are a rename that is
 * under way (by link(2) and unlink(2)), and are left to whoever is at it.
 * Another file under the same unique part is a message of its own, and gets
 * a name of its own, under which it is found then.
 */
static int
duplicate(struct folder *f, struct look *look, int dirfd, const char *old,
    const struct stat *kept)
{
	char name[MAILDIR_NAMEMAX + 1], base[MAILDIR_NAMEMAX + 1];
	struct maildir_name parts;
	struct stat st;

	if (fstatat(dirfd, old, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || maildir_parse(old, &parts) == -1)
		return (0);
	if (st.st_dev == kept->st_dev && st.st_ino == kept->st_ino)
		return (0);
	look->incomplete = 1;
	if (maildir_make(base, sizeof(base)) == -1)
		return (-1);
	if (dirfd == f->newfd)
		strlcpy(name, base, sizeof(name));
	else if (maildir_build(name, sizeof(name), base, parts.letters,
	    old) == -1)
		return (-1);
	if (compat_rename(dirfd, old, dirfd, name) == -1) {
		log_warn("folder: %s: a second file of one name %s",
		    f->name, old);
		return (0);
	}
	log_info("folder: %s: another file of the same name got a new one "
	    "old=%s new=%s", f->name, old, name);
	return (0);
}

int
look_gone(struct folder *f, struct table *t, struct look *look, int still)
{
	struct listing *l = &look->list;
	char name[TABLE_NAMELEN + 1];
	struct uidset gone;
	struct row row;
	uint64_t n;
	int error, rv = -1;

	uidset_init(&gone, PROTO_MAXRANGES);
	for (n = 0; n < l->nrows; n++) {
		if (listing_matched(l, n))
			continue;
		if (folder_row(f, t, n, &row, name) == -1)
			goto out;
		if (row.flags & ROW_EXPUNGED)
			continue;
		if (!still) {
			look->incomplete = 1;
			break;
		}
		if (uidset_add(&gone, row.uid) == 0)
			continue;
		if (errno != E2BIG || send_gone(f, look, &gone) == -1 ||
		    uidset_add(&gone, row.uid) == -1)
			goto out;
	}
	rv = send_gone(f, look, &gone);
out:
	error = errno;
	uidset_free(&gone);
	errno = error;
	return (rv);
}

static int
send_gone(struct folder *f, struct look *look, struct uidset *gone)
{
	struct idx_report r = { .gone = gone };

	if (gone->n == 0)
		return (0);
	if (report(f, look, &r, &look->list.state.highestmodseq) == -1)
		return (-1);
	uidset_clear(gone);
	return (0);
}
