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
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/adopt.h"
#include "imapd/deliver.h"
#include "imapd/folder_priv.h"
#include "imapd/identity.h"
#include "imapd/keywords.h"

#define TAIL		64	/* UIDs below UIDNEXT that are compared, too */

/* The end of the list, as this session last read it. */
struct adopt {
	int		 read;
	dev_t		 dev;
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime;
	struct uidlist	 list;
	uint32_t	 uidnext;	/* what it has above the table's; 0 */
};

/* What another server has done. */
enum news {
	NEWS_NONE,
	NEWS_OLD,		/* the list is of an older UIDVALIDITY */
	NEWS_ABSURD,		/* it is damaged */
	NEWS_MORE,		/* it has UIDs that we have not given */
	NEWS_OTHER,		/* it is of a newer UIDVALIDITY */
	NEWS_AGAINST		/* it contradicts the table */
};

static int	look(struct folder *, uint32_t);
static enum news glance(struct folder *, struct table *,
		    const struct table_state *, const struct uidlist *, int *);
static int	row_differs(struct folder *, struct table *,
		    const struct uidlist_entry *);
static int	renew(struct folder *, enum news);
static int	examine(struct folder *, const char **);
static int	overtaken(struct folder *);
static int	examine_list(struct folder *, const struct uidlist *);
static int	compare_all(struct folder *, struct table *,
		    const struct table_state *, const struct uidlist *,
		    enum news *, int *);
static int	take_more(struct folder *, const struct uidlist *,
		    const struct table_state *, int);
static int	take_other(struct folder *, const struct uidlist *);
static int	take_against(struct folder *, const struct uidlist *,
		    const struct table_state *);
static void	bring_up(struct folder *);

/* Reads the end of the list, if it is another than it was: 1 if there is
 * one, 0 if not. */
static int
look(struct folder *f, uint32_t uidnext)
{
	struct adopt *a = f->adopt;
	struct timespec mtime;
	struct stat st;

	if (a == NULL && (a = f->adopt = calloc(1, sizeof(*a))) == NULL)
		return (-1);
	if (fstatat(f->dirfd, UIDLIST_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		uidlist_free(&a->list);
		a->read = 0;
		return (errno == ENOENT ? 0 : -1);
	}
	mtime = compat_mtime(&st);
	if (a->read && a->dev == st.st_dev && a->ino == st.st_ino &&
	    a->size == st.st_size && a->mtime.tv_sec == mtime.tv_sec &&
	    a->mtime.tv_nsec == mtime.tv_nsec)
		return (a->list.uidvalidity != 0);
	uidlist_free(&a->list);
	a->read = 1;
	a->dev = st.st_dev;
	a->ino = st.st_ino;
	a->size = st.st_size;
	a->mtime = mtime;
	if (uidlist_read(f->dirfd, uidnext > TAIL ? uidnext - TAIL : 1,
	    &a->list) == 0)
		return (1);
	uidlist_free(&a->list);
	if (errno == ENOENT || errno == EBADMSG || errno == EFBIG ||
	    errno == EACCES)
		return (0);
	a->read = 0;
	return (-1);
}

void
adopt_free(struct folder *f)
{
	if (f->adopt == NULL)
		return;
	uidlist_free(&f->adopt->list);
	free(f->adopt);
	f->adopt = NULL;
}

/* Whether another file stands under its UID in the table. */
static int
row_differs(struct folder *f, struct table *t, const struct uidlist_entry *e)
{
	char name[TABLE_NAMELEN + 1];
	struct row row;

	if (folder_find(f, t, e->uid, &row, name) == -1)
		return (errno == ENOENT ? 0 : -1);
	return (!(row.flags & ROW_EXPUNGED) && !maildir_same(name, e->name));
}

/* What the end of the list alone says; *differs: it has to be read whole. */
static enum news
glance(struct folder *f, struct table *t, const struct table_state *state,
    const struct uidlist *l, int *differs)
{
	size_t i;

	*differs = 0;
	for (i = 0; i < l->n && !*differs; i++)
		if (l->e[i].uid < state->uidnext &&
		    row_differs(f, t, &l->e[i]) != 0)
			*differs = 1;
	if (l->uidvalidity < state->uidvalidity)
		return (NEWS_OLD);
	if (l->uidvalidity > state->uidvalidity)
		/* All of its UIDs are ours: it is none of another server. */
		return (*differs || l->uidnext != state->uidnext ||
		    l->n == 0 ? NEWS_OTHER : NEWS_ABSURD);
	if (l->uidnext > ADOPT_MAXUID ||
	    l->uidnext > (uint64_t)state->uidnext + ADOPT_JUMP)
		return (NEWS_ABSURD);
	if (l->uidnext > state->uidnext)
		return (NEWS_MORE);
	return (*differs ? NEWS_AGAINST : NEWS_NONE);
}

int
adopt_compare(struct folder *f, const char **why)
{
	struct table_state state;
	struct table *t;
	enum news news;
	int differs, rv;

	if (!f->writable || f->gone)
		return (0);
	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	if ((rv = look(f, state.uidnext)) == -1) {
		log_warn("folder: %s: " UIDLIST_FILE, f->name);
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			*why = deliver_reason(errno);
			return (-1);
		}
	}
	if (rv == 0 && f->unlisted)
		return (renew(f, NEWS_NONE));
	if (rv != 1)
		return (0);
	/* After the list, which is written from the table. */
	if (folder_state(f, t, &state) == -1)
		return (-1);
	news = glance(f, t, &state, &f->adopt->list, &differs);
	switch (news) {
	case NEWS_NONE:
		return (0);
	case NEWS_OLD:
	case NEWS_ABSURD:
		return (renew(f, news));
	default:
		/* What the letters in the names mean, before they are read. */
		if (keywords_learn(f) == -1) {
			if (errno == ENOTCONN)
				return (-1);
			log_warn("folder: %s: " KEYWORDS_FILE, f->name);
		}
		return (examine(f, why));
	}
}

/* The list is written from the table, anew if it is not the end of it that is
 * damaged. */
static int
renew(struct folder *f, enum news news)
{
	int again;

	if (news == NEWS_AGAINST) {
		log_warnx("folder: %s: " UIDLIST_FILE " names files that are "
		    "not there, and is written anew", f->name);
		if (uidlist_renew(f, &again) == -1)
			log_warn("folder: %s: " UIDLIST_FILE, f->name);
		return (0);
	}
	if (news == NEWS_ABSURD) {
		log_warnx("folder: %s: " UIDLIST_FILE " cannot be right, and "
		    "is written anew uidvalidity=%u uidnext=%u", f->name,
		    f->adopt->list.uidvalidity, f->adopt->list.uidnext);
		if (folder_lock(f, OPEN_LOCK) == -1)
			return (errno == EAGAIN ? 0 : -1);
		if (unlinkat(f->dirfd, UIDLIST_FILE, 0) == -1)
			log_warn("folder: %s: " UIDLIST_FILE, f->name);
		folder_unlock(f);
	}
	if (uidlist_keep(f, &again) == -1)
		log_warn("folder: %s: " UIDLIST_FILE, f->name);
	return (0);
}

/* There is something new: all of the list, while nobody else takes it. */
static int
examine(struct folder *f, const char **why)
{
	struct uidlist all;
	int error, rv;

	*why = "The folder is being opened by another session";
	if (folder_lock(f, OPEN_LOCK) == -1)
		return (-1);
	*why = "What another server has numbered cannot be taken over";
	if ((rv = overtaken(f)) == 0) {
		if (uidlist_read(f->dirfd, 1, &all) == 0)
			rv = examine_list(f, &all);
		else
			log_warn("folder: %s: " UIDLIST_FILE, f->name);
		error = errno;
		uidlist_free(&all);
		errno = error;
	}
	error = errno;
	if (rv == -1 && error != EAGAIN)
		*why = deliver_reason(error);
	locate_free(f);
	folder_unlock(f);
	errno = error;
	return (rv);
}

/* 1 if another session has made the table anew since we opened it. */
static int
overtaken(struct folder *f)
{
	struct idx_identity now;
	struct idx_opened o;

	if (identity_read(f->dirfd, &now) == -1)
		return (-1);
	if (memcmp(now.id, f->identity.id, sizeof(now.id)) != 0 ||
	    now.uidvalidity != f->identity.uidvalidity)
		return (1);
	if (idx_map(f->box, &o) == 0) {
		close(o.fd);
		f->identity = now;
		return (0);
	}
	return (errno == EAGAIN && idx_code(f->idx) == PROTO_NO_GONE ? 1 :
	    -1);
}

static int
examine_list(struct folder *f, const struct uidlist *l)
{
	struct table_state state;
	struct table *t;
	enum news news;
	int differs, moved = 0;

	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	news = glance(f, t, &state, l, &differs);
	if ((news == NEWS_MORE || news == NEWS_AGAINST) &&
	    compare_all(f, t, &state, l, &news, &moved) == -1)
		return (-1);
	switch (news) {
	case NEWS_MORE:
		return (take_more(f, l, &state, moved));
	case NEWS_OTHER:
		return (take_other(f, l));
	case NEWS_AGAINST:
		return (take_against(f, l, &state));
	default:
		return (differs ? renew(f, NEWS_AGAINST) : 0);
	}
}

/*
 * The list contradicts the table if it gives a UID, under which we have told
 * of one message, to another that is there; a name that nobody has is damage.
 * *moved: a message that we know has got a new UID.
 */
static int
compare_all(struct folder *f, struct table *t,
    const struct table_state *state, const struct uidlist *l,
    enum news *news, int *moved)
{
	char base[TABLE_NAMELEN + 1];
	struct known known = { 0 };
	struct place place;
	struct row row;
	uint64_t at;
	size_t i;
	int rv = -1;

	*news = l->uidnext > state->uidnext ? NEWS_MORE : NEWS_NONE;
	if (known_sync(f, t, &known, state->nrows) == -1 ||
	    locate_list(f) == -1)
		goto out;
	for (i = 0; i < l->n; i++) {
		if (l->e[i].uid < state->uidnext) {
			if ((rv = row_differs(f, t, &l->e[i])) == -1)
				goto out;
			if (rv == 1 && locate_listed(f, l->e[i].name,
			    &place) == 0)
				*news = NEWS_AGAINST;
			rv = -1;
			continue;
		}
		if (known_find(f, t, &known, l->e[i].name, l->e[i].unique,
		    &at, &row, base) == -1)
			goto out;
		if (at != KNOWN_NONE && !(row.flags & ROW_EXPUNGED))
			*moved = 1;
	}
	rv = 0;
out:
	known_free(&known);
	return (rv);
}

/* Names before they are made the measure of flags. */
static void
bring_up(struct folder *f)
{
	unsigned int i;

	for (i = 0; flush_due(f) && i < 10000; i++)
		if (flush_run(f) == -1)
			break;
}

/*
 * UIDs that another server has given since.  Its clients may remember
 * mod-sequences of its own: where ours could still meet them, the table is
 * made anew.
 */
static int
take_more(struct folder *f, const struct uidlist *l,
    const struct table_state *state, int moved)
{
	struct remake how = { .list = l, .keep = 1 };
	uint64_t modseq = ADOPT_MODSEQ(time(NULL));

	log_info("folder: %s: another server gave UIDs from=%u to=%u",
	    f->name, state->uidnext, l->uidnext - 1);
	if (!moved && state->highestmodseq >= ADOPT_UNKNOWN &&
	    l->uidnext - state->uidnext < FLOOR_UIDS / 4)
		return (folder_scan(f, 1) == -1 ? -1 : 0);
	bring_up(f);
	if ((how.old = folder_newest(f)) == NULL)
		return (-1);
	how.uidnext = l->uidnext;
	if (f->identity.floor_modseq < modseq)
		f->identity.floor_modseq = modseq;
	return (adopt_make(f, &how) == -1 ? -1 : 1);
}

/* Its UIDVALIDITY is what clients saw last. */
static int
take_other(struct folder *f, const struct uidlist *l)
{
	struct remake how = { .list = l };
	uint64_t modseq = ADOPT_MODSEQ(time(NULL));

	log_info("folder: %s: another server gave a UIDVALIDITY "
	    "uidvalidity=%u ours=%u", f->name, l->uidvalidity,
	    f->identity.uidvalidity);
	bring_up(f);
	if ((how.old = folder_newest(f)) == NULL)
		return (-1);
	how.uidnext = l->uidnext;
	f->identity.uidvalidity = l->uidvalidity;
	if (l->uidnext > ADOPT_MAXUID) {
		f->identity.uidvalidity = 0;
		how.list = NULL;
		how.keep = 1;
		how.uidnext = f->table.h->uidnext;
	}
	if (f->identity.floor_modseq < modseq)
		f->identity.floor_modseq = modseq;
	return (adopt_make(f, &how) == -1 ? -1 : 1);
}

/*
 * Two messages of one UID have been shown: a new UIDVALIDITY, and the UIDs
 * that we have.  If we go meanwhile, there is no list any more, and all get
 * new UIDs above both servers' ones.
 */
static int
take_against(struct folder *f, const struct uidlist *l,
    const struct table_state *state)
{
	struct remake how = { .keep = 1 };
	uint32_t floor;

	log_warnx("folder: %s: " UIDLIST_FILE " gives our UIDs to other "
	    "messages: new UIDVALIDITY instead of %u", f->name,
	    state->uidvalidity);
	bring_up(f);
	if ((how.old = folder_newest(f)) == NULL)
		return (-1);
	floor = f->identity.floor_uid;
	if (floor < l->uidnext)
		floor = l->uidnext;
	if (identity_raise(f->dirfd, f->tmpfd, f->identity.floor_modseq,
	    floor, &f->identity) == -1 ||
	    unlinkat(f->dirfd, UIDLIST_FILE, 0) == -1 ||
	    compat_syncdir(f->dirfd) == -1)
		return (-1);
	how.uidnext = state->uidnext;
	f->identity.uidvalidity = 0;
	return (adopt_make(f, &how) == -1 ? -1 : 1);
}

int
adopt_number(struct folder *f, struct table *t, struct listing *l)
{
	struct table_state state;
	struct uidlist *list;
	struct odd *o;
	size_t i;
	int any = 0, rv;

	if (folder_state(f, t, &state) == -1)
		return (-1);
	if ((rv = look(f, state.uidnext)) == -1)
		return (-1);
	f->adopt->uidnext = 0;
	list = &f->adopt->list;
	if (rv == 0 || folder_state(f, t, &state) == -1 ||
	    list->uidvalidity != state.uidvalidity ||
	    list->uidnext <= state.uidnext ||
	    list->uidnext > (uint64_t)state.uidnext + ADOPT_JUMP ||
	    list->uidnext > ADOPT_MAXUID)
		return (0);
	f->adopt->uidnext = list->uidnext;
	for (i = 0; i < l->n && l->odd[i].row == KNOWN_NONE; i++) {
		o = &l->odd[i];
		/* One message under two names stays together. */
		if (i > 0 && maildir_same(o[-1].name, o->name)) {
			o->uid = o[-1].uid;
			continue;
		}
		o->uid = uidlist_uid(list, o->name);
		if (o->uid < state.uidnext)
			o->uid = 0;
		any |= o->uid != 0;
	}
	if (any)
		listing_sort(l);
	return (0);
}

uint32_t
adopt_uidnext(const struct folder *f)
{
	const struct adopt *a = f->adopt;
	const struct table *t = f->next.h != NULL ? &f->next : &f->table;

	if (a == NULL || a->uidnext <= atomic_load_explicit(&t->h->uidnext,
	    memory_order_acquire))
		return (0);
	return (a->uidnext);
}
