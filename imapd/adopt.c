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

#include "common/directory.h"
#include "common/letters.h"
#include "common/log.h"
#include "imapd/adopt.h"
#include "imapd/courier.h"
#include "imapd/folder_priv.h"
#include "imapd/identity.h"

#define BATCH		10000	/* messages of one report */
#define LOOKS		5	/* listings, while the folder is changing */
#define LOOK_PAUSE_NS	25000000L
#define TRIES		3	/* tables, while indexd is restarted */
#define MANY		10000	/* messages: said before, too */

/* The messages that are taken over. */
struct adoption {
	struct folder		*f;
	const struct remake	*how;
	struct known		 known;		/* of the table in hand */
	uint64_t		 nrows;
	unsigned int		 nkeywords;
	struct courier_keywords	 courier;
	struct box_keywords	 names;
	int			 bit[TABLE_KEYWORDS];	/* of Courier's */
	struct idx_found	*m;
	size_t			 n;
	size_t			 cap;
	int			 again;		/* indexd has forgotten it */
	size_t			 left;		/* files that have no UID */
	size_t			 odd;		/* names that were passed over */
	int			 still;		/* and the folder was, as: */
	struct dirstamp		 newstamp;
	struct dirstamp		 curstamp;
};

static int	read_list(struct folder *, int, struct uidlist *);
static int	choose(struct folder *, int, const struct uidlist *);
static int	prepare(struct adoption *);
static int	prepare_courier(struct adoption *);
static int	prepare_table(struct adoption *);
static int	collect(struct adoption *);
static int	collect_dir(struct adoption *, int);
static int	collect_one(struct adoption *, const char *, int);
static int	uid_of(struct adoption *, const char *,
		    const struct maildir_name *, struct idx_found *);
static void	courier_flags(struct adoption *, const char *,
		    struct idx_found *);
static void	once_each(struct adoption *);
static void	drop(struct adoption *, int (*)(const struct idx_found *,
		    const struct idx_found *));
static int	by_name(const void *, const void *);
static int	by_uid(const void *, const void *);
static int	same_name(const struct idx_found *, const struct idx_found *);
static int	same_uid(const struct idx_found *, const struct idx_found *);
static int	make(struct adoption *);
static int	fill(struct adoption *, struct idx_box *, uint64_t);
static int	compared(struct adoption *, struct idx_box *, uint32_t);
static void	forget(struct adoption *);
static void	adoption_free(struct adoption *);

int
adopt_box(struct folder *f, int fresh)
{
	struct remake how = { 0 };
	struct uidlist list;
	int error, rv;

	if ((rv = read_list(f, fresh, &list)) == 1 &&
	    (rv = choose(f, fresh, &list)) == 1) {
		how.list = &list;
		how.courier = fresh && list.version == 0;
		how.uidnext = list.uidnext;
		if (how.uidnext < f->identity.floor_uid)
			how.uidnext = f->identity.floor_uid;
		rv = adopt_make(f, &how) == -1 ? -1 : 1;
	}
	error = errno;
	uidlist_free(&list);
	errno = error;
	return (rv);
}

/*
 * 1, or 0 if there is none that can be used.  One that may not be read keeps
 * the folder closed until it may: without it all mail would be downloaded
 * again.
 */
static int
read_list(struct folder *f, int fresh, struct uidlist *list)
{
	if (uidlist_read(f->dirfd, 1, list) == 0)
		return (1);
	if (errno != ENOENT)
		log_warn("folder: %s: " UIDLIST_FILE " cannot be used",
		    f->name);
	if (errno != ENOENT && errno != EBADMSG && errno != EFBIG)
		return (-1);
	uidlist_free(list);
	if (!fresh)
		return (0);
	if (courier_uids(f->dirfd, list) == 0)
		return (1);
	if (errno != ENOENT)
		log_warn("folder: %s: " COURIER_UIDDB " cannot be used",
		    f->name);
	return (errno == ENOENT || errno == EBADMSG || errno == EFBIG ? 0 :
	    -1);
}

/*
 * Whose UIDVALIDITY it is: 1 with that in the identity, 0 if the list is of
 * no use.
 */
static int
choose(struct folder *f, int fresh, const struct uidlist *list)
{
	struct idx_identity *id = &f->identity;

	if (!fresh && list->uidvalidity < id->uidvalidity) {
		log_info("folder: %s: " UIDLIST_FILE " is old: uidvalidity=%u "
		    "ours=%u", f->name, list->uidvalidity, id->uidvalidity);
		return (0);
	}
	if (list->uidvalidity == 0 || list->uidnext > ADOPT_MAXUID) {
		log_warnx("folder: %s: the list's UIDs have come to an end: "
		    "new UIDVALIDITY uidvalidity=%u uidnext=%u", f->name,
		    list->uidvalidity, list->uidnext);
		id->uidvalidity = 0;
		id->floor_uid = 0;
		return (0);
	}
	if (!fresh && list->uidvalidity > id->uidvalidity) {
		log_info("folder: %s: another server gave a UIDVALIDITY "
		    "uidvalidity=%u ours=%u", f->name, list->uidvalidity,
		    id->uidvalidity);
		id->floor_uid = 0;
		fresh = 1;
	}
	id->uidvalidity = list->uidvalidity;
	if (fresh && id->floor_modseq < ADOPT_MODSEQ(time(NULL)))
		id->floor_modseq = ADOPT_MODSEQ(time(NULL));
	return (1);
}

int
adopt_make(struct folder *f, const struct remake *how)
{
	struct adoption a = { .f = f, .how = how };
	unsigned int try;
	int error, rv = -1;

	if (prepare(&a) == -1 || collect(&a) == -1)
		goto out;
	if (a.n >= MANY)
		log_info("folder: %s: taking over messages=%zu", f->name,
		    a.n);
	/* If indexd goes meanwhile, it forgets a table that is not filled. */
	for (try = 0; try < TRIES; try++)
		if ((rv = make(&a)) == 0 || !a.again)
			break;
	f->unlisted = how->list == NULL || how->list->version == 0;
	if (rv == 0)
		log_info("folder: %s: took over messages=%zu uidvalidity=%u "
		    "uidnext=%u without=%zu from=%s", f->name, a.n,
		    f->identity.uidvalidity, how->uidnext, a.left,
		    how->list == NULL ? "table" : how->list->version == 0 ?
		    COURIER_UIDDB : UIDLIST_FILE);
out:
	error = errno;
	adoption_free(&a);
	errno = error;
	return (rv);
}

static void
adoption_free(struct adoption *a)
{
	forget(a);
	free(a->m);
	known_free(&a->known);
	courier_keywords_free(&a->courier);
}

static int
prepare(struct adoption *a)
{
	if (a->how->old != NULL)
		return (prepare_table(a));
	box_keywords_read(a->f, &a->names);
	return (a->how->courier ? prepare_courier(a) : 0);
}

static int
prepare_courier(struct adoption *a)
{
	unsigned int i;

	if (courier_keywords(a->f->dirfd, &a->courier) == -1)
		return (-1);
	for (i = 0; i < a->courier.n; i++) {
		a->bit[i] = box_keywords_add(&a->names, a->courier.name[i]);
		if (a->bit[i] == -1)
			log_warnx("folder: %s: no room for the keyword %s",
			    a->f->name, a->courier.name[i]);
	}
	return (0);
}

/* Flags go on as the table in hand has them. */
static int
prepare_table(struct adoption *a)
{
	struct table_state state;
	struct table *t = a->how->old;
	unsigned int i;

	if (folder_state(a->f, t, &state) == -1 ||
	    known_sync(a->f, t, &a->known, state.nrows) == -1)
		return (-1);
	a->nkeywords = state.nkeywords;
	for (i = 0; i < state.nkeywords; i++)
		if (table_keyword(t, i, a->names.name[i]) == -1)
			return (-1);
	a->names.n = state.nkeywords;
	return (0);
}

/* Lists the folder; what other programs rename meanwhile may be missing. */
static int
collect(struct adoption *a)
{
	struct timespec pause = { 0, LOOK_PAUSE_NS };
	struct dirstamp newstamp, curstamp;
	struct timespec now;
	struct folder *f = a->f;
	unsigned int i;

	for (i = 0; i < LOOKS; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		forget(a);
		if (stamp_clock(f, &now) == -1 ||
		    stamp_take(f->newfd, &a->newstamp) == -1 ||
		    stamp_take(f->curfd, &a->curstamp) == -1 ||
		    collect_dir(a, 1) == -1 || collect_dir(a, 0) == -1 ||
		    stamp_take(f->newfd, &newstamp) == -1 ||
		    stamp_take(f->curfd, &curstamp) == -1)
			return (-1);
		if (!stamp_equal(&newstamp, &a->newstamp) ||
		    !stamp_equal(&curstamp, &a->curstamp))
			continue;
		a->still = stamp_old(&newstamp, &now) &&
		    stamp_old(&curstamp, &now);
		break;
	}
	once_each(a);
	return (0);
}

static int
collect_dir(struct adoption *a, int innew)
{
	struct dirent *e;
	DIR *dir;
	int error;

	dir = directory_open(innew ? a->f->newfd : a->f->curfd, ".");
	if (dir == NULL)
		return (-1);
	while ((void)(errno = 0), (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' &&
		    collect_one(a, e->d_name, innew) == -1)
			break;
	error = errno;
	closedir(dir);
	errno = error;
	return (error == 0 ? 0 : -1);
}

/* Takes a file that has a UID; the others are found later. */
static int
collect_one(struct adoption *a, const char *name, int innew)
{
	struct maildir_name parts;
	struct idx_found m = { 0 }, *more;
	struct stat st;
	size_t cap;
	char *base;
	int rv;

	if (maildir_parse(name, &parts) == -1) {
		a->odd++;
		return (0);
	}
	if (innew)
		parts.letters = 0;
	if ((rv = uid_of(a, name, &parts, &m)) == -1)
		return (-1);
	if (rv == 0) {
		a->left++;
		return (0);
	}
	if ((rv = fstatat(innew ? a->f->newfd : a->f->curfd, name, &st,
	    AT_SYMLINK_NOFOLLOW)) == -1 && errno != ENOENT)
		return (-1);
	if (rv == -1 || !S_ISREG(st.st_mode)) {
		a->odd++;
		return (0);
	}
	if (a->n == a->cap) {
		cap = a->cap == 0 ? 1024 : a->cap * 2;
		if ((more = reallocarray(a->m, cap, sizeof(*more))) == NULL)
			return (-1);
		a->m = more;
		a->cap = cap;
	}
	if ((base = strndup(name, parts.base)) == NULL)
		return (-1);
	found_fill(&m, &parts, innew, &st);
	m.name = base;
	a->m[a->n++] = m;
	return (0);
}

/* 1 with its UID, and its flags if the name does not say them; 0: none. */
static int
uid_of(struct adoption *a, const char *name,
    const struct maildir_name *parts, struct idx_found *m)
{
	char base[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n = KNOWN_NONE;

	if (a->how->list != NULL)
		m->uid = uidlist_uid(a->how->list, name);
	if (a->how->courier)
		courier_flags(a, name, m);
	if (a->how->old != NULL && known_find(a->f, a->how->old, &a->known,
	    name, parts->unique, &n, &row, base) == -1)
		return (-1);
	if (n != KNOWN_NONE && !(row.flags & ROW_EXPUNGED)) {
		/* And what was done to the name since. */
		letters_seen(&row, parts->letters, a->nkeywords);
		m->whole = 1;
		m->flags = row.flags & FLAG_SYSTEM;
		m->keywords = row.keywords;
		if (m->uid == 0 && a->how->keep)
			m->uid = row.uid;
	}
	return (m->uid != 0 && m->uid < a->how->uidnext);
}

/* Courier's keywords are not in the names. */
static void
courier_flags(struct adoption *a, const char *name, struct idx_found *m)
{
	struct maildir_name parts;
	uint64_t set = courier_keywords_of(&a->courier, name);
	unsigned int i;

	if (set == 0 || maildir_parse(name, &parts) == -1)
		return;
	m->whole = 1;
	m->flags = letters_flags(parts.letters);
	m->keywords = letters_keywords(parts.letters, a->names.n);
	for (i = 0; i < a->courier.n; i++)
		if ((set >> i & 1) && a->bit[i] != -1)
			m->keywords |= UINT64_C(1) << a->bit[i];
}

/* One file for each unique part, and one for each UID, in their order; what
 * is left out is found later. */
static void
once_each(struct adoption *a)
{
	if (a->n == 0)
		return;
	qsort(a->m, a->n, sizeof(*a->m), by_name);
	drop(a, same_name);
	qsort(a->m, a->n, sizeof(*a->m), by_uid);
	drop(a, same_uid);
}

static void
drop(struct adoption *a, int (*same)(const struct idx_found *,
    const struct idx_found *))
{
	size_t i, n = 1;

	for (i = 1; i < a->n; i++) {
		if (same(&a->m[n - 1], &a->m[i])) {
			free((char *)(uintptr_t)a->m[i].name);
			a->left++;
		} else
			a->m[n++] = a->m[i];
	}
	a->n = n;
}

static int
by_name(const void *a, const void *b)
{
	const struct idx_found *x = a, *y = b;
	int r;

	if ((r = maildir_compare(x->name, y->name)) != 0)
		return (r);
	return (x->uid < y->uid ? -1 : x->uid > y->uid);
}

static int
by_uid(const void *a, const void *b)
{
	const struct idx_found *x = a, *y = b;

	if (x->uid != y->uid)
		return (x->uid < y->uid ? -1 : 1);
	return (maildir_compare(x->name, y->name));
}

static int
same_name(const struct idx_found *x, const struct idx_found *y)
{
	return (maildir_same(x->name, y->name));
}

static int
same_uid(const struct idx_found *x, const struct idx_found *y)
{
	return (x->uid == y->uid);
}

/* The table, filled; then the identity that it gives. */
static int
make(struct adoption *a)
{
	struct folder *f = a->f;
	struct idx_identity id = f->identity;
	const char *name[TABLE_KEYWORDS], *damage;
	struct idx_opened o;
	struct idx_box *box;
	struct table t;
	uint64_t seen;
	int error, rv;

	a->again = 0;
	id.floor_uid = a->how->uidnext - 1;
	if (idx_create(f->idx, f->name, &id, name,
	    box_keywords_list(&a->names, name), 1) == -1 ||
	    idx_open(f->idx, f->name, &id, OPEN_ADOPT, &box, &o) == -1)
		return (-1);
	if ((rv = table_map(&t, o.fd, &damage)) == -1)
		close(o.fd);
	else {
		seen = atomic_load(&t.h->highestmodseq);
		table_unmap(&t);
		rv = fill(a, box, seen);
	}
	/* It goes with its handle, unless it was filled. */
	error = errno;
	a->again = rv == -1 && error == EAGAIN &&
	    (idx_code(f->idx) == PROTO_NO_LOOK ||
	    idx_code(f->idx) == PROTO_NO_GONE);
	if (idx_close(box) == -1)
		log_debug("folder: %s: close failed", f->name);
	errno = error;
	if (rv == -1)
		return (-1);
	f->identity = id;
	if (identity_write(f->dirfd, f->tmpfd, &id, folder_filemode(f), 1) ==
	    0)
		return (0);
	unmake_box(f);
	return (-1);
}

static int
fill(struct adoption *a, struct idx_box *box, uint64_t seen)
{
	struct idx_report r = { .seen = seen };
	struct idx_result res;
	uint32_t reports = 0;
	size_t at;
	int rv = 0;

	idx_result_init(&res);
	for (at = 0; at < a->n && rv == 0; at += r.nfound) {
		r.found = a->m + at;
		r.nfound = a->n - at < BATCH ? a->n - at : BATCH;
		if ((rv = idx_report(box, &r, &res)) == 0 && res.modseq != 0)
			r.seen = res.modseq;
		reports++;
	}
	idx_result_free(&res);
	if (rv == -1 || idx_adopted(box, a->how->uidnext) == -1)
		return (-1);
	return (compared(a, box, reports));
}

/* The folder need not be listed again, if all that is there was taken. */
static int
compared(struct adoption *a, struct idx_box *box, uint32_t reports)
{
	uint64_t stamp[TABLE_STAMP];

	if (!a->still || a->left > 0 || a->odd > 0)
		return (0);
	stamp_pack(stamp, STAMP_NEW, &a->newstamp);
	stamp_pack(stamp, STAMP_CUR, &a->curstamp);
	if (idx_stamp(box, reports, stamp) == -1 && errno != EAGAIN)
		return (-1);
	return (0);
}

static void
forget(struct adoption *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free((char *)(uintptr_t)a->m[i].name);
	a->n = a->left = a->odd = 0;
	a->still = 0;
}
