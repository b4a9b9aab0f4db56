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


#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "common/table_unit.h"
#include "indexd/salvage.h"
#include "indexd/store.h"

/* Mailboxes: finding, opening, making and removing their tables. */

#define UIDVALIDITY_AHEAD	(1 << 28)	/* s, some eight years */

static struct mailbox *mailbox_new(struct engine *, struct root *,
		    const uint8_t *, uint32_t);
static void	mailbox_free(struct mailbox *);
static void	mailbox_unmap(struct mailbox *);
static int	give_numbers(struct engine *, struct root *, const uint8_t *,
		    uint32_t *, uint32_t *);
static int	make_table(struct root *, const uint8_t *, uint32_t, uint32_t,
		    struct head *, const char *, struct salvage *, int,
		    const struct words *);
static struct salvage *sound(struct root *, const struct root_table *,
		    uint32_t, uint32_t, struct head *);

RB_GENERATE(mailboxes, mailbox, entry, mailbox_cmp)

int
mailbox_cmp(struct mailbox *a, struct mailbox *b)
{
	int c;

	c = memcmp(a->root->hash, b->root->hash, sizeof(a->root->hash));
	if (c == 0)
		c = memcmp(a->id, b->id, sizeof(a->id));
	return (c);
}

/* A mailbox without its table; takes over the reference to the root. */
static struct mailbox *
mailbox_new(struct engine *e, struct root *root, const uint8_t *id,
    uint32_t generation)
{
	struct mailbox *mb;

	if ((mb = calloc(1, sizeof(*mb))) == NULL)
		return (NULL);
	mb->e = e;
	mb->root = root;
	memcpy(mb->id, id, sizeof(mb->id));
	mb->generation = generation;
	mb->fd = -1;
	mb->t.fd = -1;
	RB_INSERT(mailboxes, &e->mailboxes, mb);
	return (mb);
}

static void
mailbox_unmap(struct mailbox *mb)
{
	if (mb->t.h != NULL)
		munmap(mb->t.h, mb->t.len);
	mb->t.h = NULL;
	mb->t.len = 0;
	mb->t.fd = -1;
	growth_free(&mb->growth);
}

static void
mailbox_free(struct mailbox *mb)
{
	if (!mb->removed)
		RB_REMOVE(mailboxes, &mb->e->mailboxes, mb);
	mailbox_unmap(mb);
	pend_free(mb);
	salvage_free(mb->salvage);
	if (mb->fd != -1)
		close(mb->fd);
	root_put(mb->root);
	free(mb);
}

/*
 * What nobody holds is unmapped; its descriptor is kept until all of it is
 * durable.
 */
void
mailbox_idle(struct mailbox *mb)
{
	if (mb->refs > 0 || mb->touched || mb->compact_queued || mb->stamped)
		return;
	brief_leave(mb);
	mailbox_unmap(mb);
	if (!mb->dirty && !mb->syncing)
		mailbox_free(mb);
}

/* Opens and maps the newest generation, if that is not done. */
int
mailbox_map(struct mailbox *mb)
{
	struct table_state st;
	char name[TABLE_NAMESIZE];
	const char *why = "state";

	if (mb->t.h != NULL)
		return (0);
	table_file(name, sizeof(name), mb->id, mb->generation, "");
	if (mb->fd == -1) {
		mb->fd = openat(mb->root->dirfd, name, O_RDWR | O_NOFOLLOW |
		    O_CLOEXEC);
		if (mb->fd == -1)
			return (-1);
	}
	if (writer_map(&mb->t, mb->fd, &why) == -1)
		goto fail;
	if (memcmp(mb->t.h->id, mb->id, TABLE_IDLEN) != 0 ||
	    mb->t.h->generation != mb->generation) {
		why = "identity";
		errno = EBADMSG;
		goto fail;
	}
	mailbox_load(mb);
	if (recover_alone(&mb->t, &mb->pub, mb->kw, &why) == -1)
		goto fail;
	if (table_state(&mb->t, &st) == -1) {
		why = "header";
		errno = EBADMSG;
		goto fail;
	}
	mailbox_load(mb);
	brief_opened(mb);
	return (0);
fail:
	if (errno == EBADMSG) {
		/* It may be that nobody holds it. */
		mb->refs++;
		if (mailbox_set_aside(mb, why) == -1)
			log_warn("engine: damaged table=%s root=%s", name,
			    mb->root->path);
		mb->refs--;
		errno = EBADMSG;
	}
	mailbox_unmap(mb);
	return (-1);
}

#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)

/* Takes what is published from the header. */
void
mailbox_load(struct mailbox *mb)
{
	struct table_header *h = mb->t.h;
	struct head *p = &mb->pub;
	unsigned int i;

	p->nrows = GET(h->nrows);
	p->nlog = GET(h->nlog);
	p->nnames = GET(h->nnames);
	p->highestmodseq = GET(h->highestmodseq);
	p->expunge_horizon = GET(h->expunge_horizon);
	p->flag_horizon = GET(h->flag_horizon);
	p->floor_modseq = GET(h->floor_modseq);
	p->floor_uid = GET(h->floor_uid);
	p->uidnext = GET(h->uidnext);
	p->recent = GET(h->recent);
	p->messages = GET(h->messages);
	p->nkeywords = GET(h->nkeywords);
	p->folder = GET(h->folder);
	p->state = GET(h->state);
	p->reports = GET(h->reports);
	for (i = 0; i < TABLE_GAPS; i++) {
		p->gap[i][0] = GET(h->gap[i][0]);
		p->gap[i][1] = GET(h->gap[i][1]);
	}
	for (i = 0; i < TABLE_STAMP; i++)
		p->stamp[i] = GET(h->stamp[i]);
	for (i = 0; i < TABLE_KEYWORDS; i++)
		mb->kw[i] = GET(h->keyword[i]);
	mb->cur = mb->pub;
	mb->seen_mark = 0;
	mb->dropped = p->highestmodseq;
}

struct mailbox *
mailbox_open(struct engine *e, uid_t uid, const char *path,
    const uint8_t id[TABLE_IDLEN])
{
	struct mailbox key, *mb;
	struct root_table *t;
	struct root *root;
	int error;

	if ((root = root_get(e, uid, path, 0)) == NULL)
		return (NULL);
	key.root = root;
	memcpy(key.id, id, sizeof(key.id));
	mb = RB_FIND(mailboxes, &e->mailboxes, &key);
	if (mb != NULL)
		root_put(root);
	else if ((t = root_find(root, id)) == NULL || t->damaged ||
	    (mb = mailbox_new(e, root, id, t->generation)) == NULL) {
		error = t == NULL ? ENOENT : t->damaged ? EBADMSG : ENOMEM;
		root_put(root);
		errno = error;
		return (NULL);
	}
	mb->refs++;
	if (mailbox_map(mb) == -1) {
		error = errno;
		mailbox_close(mb);
		errno = error;
		return (NULL);
	}
	return (mb);
}

void
mailbox_ref(struct mailbox *mb)
{
	mb->refs++;
}

void
mailbox_close(struct mailbox *mb)
{
	if (mb == NULL)
		return;
	if (--mb->refs == 0)
		mailbox_idle(mb);
}

/* UIDVALIDITY and generation of a new table, durable when this returns. */
static int
give_numbers(struct engine *e, struct root *root, const uint8_t *id,
    uint32_t *uidvalidity, uint32_t *generation)
{
	struct identity was = e->ident;
	struct root_table *t;
	time_t now;
	uint32_t v;

	if ((v = *uidvalidity) == 0) {
		now = time(NULL);
		v = now > 0 && now < UINT32_MAX ? (uint32_t)now : 1;
		if (v <= e->ident.uidvalidity)
			v = e->ident.uidvalidity + 1;
		if (v == 0) {
			errno = E2BIG;
			return (-1);
		}
	}
	/*
	 * One that is taken over counts for those that are given later, of
	 * all users; but one far ahead of the clock, which anybody can write
	 * into a list, would leave few of them, or none.
	 */
	now = time(NULL);
	if (v > e->ident.uidvalidity && (*uidvalidity == 0 ||
	    (int64_t)v < (int64_t)now + UIDVALIDITY_AHEAD))
		e->ident.uidvalidity = v;
	*uidvalidity = v;
	/* No batch in the journal may be taken for one of this table. */
	t = root_find(root, id);
	if (t != NULL && t->generation > e->ident.generation)
		e->ident.generation = t->generation;
	if (e->ident.generation == UINT32_MAX) {
		errno = E2BIG;
		return (-1);
	}
	*generation = e->ident.generation + 1;
	if (identity_keep(e) == -1) {
		e->ident = was;
		return (-1);
	}
	return (0);
}

/* Makes the file of an empty table, durable and in place. */
static int
make_table(struct root *root, const uint8_t *id, uint32_t uidvalidity,
    uint32_t generation, struct head *head, const char *folder,
    struct salvage *s, int words_only, const struct words *words)
{
	struct table t;
	uint32_t kw[TABLE_KEYWORDS];
	char name[TABLE_NAMESIZE], tmp[TABLE_NAMESIZE];
	uint64_t len;
	int error = 0;

	memset(kw, 0, sizeof(kw));
	table_file(tmp, sizeof(tmp), id, generation, ".tmp");
	table_file(name, sizeof(name), id, generation, "");
	if (writer_create(root->dirfd, tmp, id, uidvalidity, generation,
	    &t) == -1)
		return (-1);
	writer_begin(&t, 0);
	writer_name(&t, head->folder, folder, strlen(folder));
	if (s != NULL && rebuild(&t, head, kw, s, !words_only, words) == -1)
		error = errno;
	writer_head(&t, head, kw);
	writer_end(&t);
	len = t.len;
	if (error == 0 && (compat_syncmap(t.fd) == -1 ||
	    renameat(root->dirfd, tmp, root->dirfd, name) == -1 ||
	    compat_syncdir(root->dirfd) == -1))
		error = errno;
	table_unmap(&t);
	if (error != 0) {
		unlinkat(root->dirfd, tmp, 0);
		unlinkat(root->dirfd, name, 0);
		errno = error;
		return (-1);
	}
	return (root_set(root, id, generation, len));
}

struct mailbox *
mailbox_create(struct engine *e, uid_t owner, const char *path,
    const uint8_t id[TABLE_IDLEN], const char *folder, uint32_t uidvalidity,
    uint64_t modseq, uint32_t uid)
{
	return (mailbox_create_words(e, owner, path, id, folder, uidvalidity,
	    modseq, uid, NULL, 0, NULL));
}

/* Opens what is to go on of a damaged table, and takes up its numbers; NULL
 * if that is nothing. */
static struct salvage *
sound(struct root *root, const struct root_table *t, uint32_t uidvalidity,
    uint32_t uid, struct head *head)
{
	struct salvage *s;
	int fd, r;

	if (t == NULL || !t->damaged || uidvalidity == 0 ||
	    !aside_wanted(root, t->id) || (fd = aside_open(root, t)) == -1)
		return (NULL);
	if ((s = malloc(sizeof(*s))) == NULL)
		r = -1;
	else
		r = salvage_open(s, fd, t->id, t->generation, uidvalidity);
	close(fd);
	if (r == -1) {
		log_warn("engine: a damaged table of root=%s", root->path);
		free(s);
		return (NULL);
	}
	if (head->highestmodseq <= s->modseq)
		head->highestmodseq = s->modseq + 1;
	head->expunge_horizon = head->flag_horizon = head->highestmodseq;
	if (uid > 0 && head->uidnext < s->uidnext)
		head->uidnext = head->recent = s->uidnext;
	return (s);
}

int
mailbox_salvaged(struct mailbox *mb, const char *name, struct row *row)
{
	int r;

	if (mb->salvage == NULL)
		return (0);
	if ((r = salvage_find(mb->salvage, name, row)) == -1)
		log_warn("engine: a damaged table of root=%s",
		    mb->root->path);
	return (r == 1);
}

uint32_t
mailbox_salvaged_uidnext(const struct mailbox *mb)
{
	if (mb->salvage == NULL || mb->salvage->uidnext < mb->cur.uidnext)
		return (mb->cur.uidnext);
	return (mb->salvage->uidnext);
}

struct mailbox *
mailbox_create_words(struct engine *e, uid_t owner, const char *path,
    const uint8_t id[TABLE_IDLEN], const char *folder, uint32_t uidvalidity,
    uint64_t modseq, uint32_t uid, const char (*keyword)[TABLE_KWLEN + 1],
    unsigned int nkeywords, const struct mailbox_begin *begin)
{
	const struct words words = { keyword, nkeywords };
	struct mailbox key, *mb;
	struct root_table *t;
	struct root *root;
	struct salvage *s;
	struct head head = { 0 };
	char name[TABLE_NAMESIZE] = "";
	uint32_t generation;
	int error;

	if (uid >= UINT32_MAX - 1 || modseq >= INT64_MAX ||
	    strlen(folder) > TABLE_FOLDERLEN) {
		errno = E2BIG;
		return (NULL);
	}
	if ((root = root_get(e, owner, path, 1)) == NULL)
		return (NULL);
	head.highestmodseq = modseq > 0 ? modseq : 1;
	head.expunge_horizon = head.flag_horizon = head.highestmodseq;
	head.uidnext = head.recent = uid + 1;
	head.nnames = name_units(strlen(folder));
	if ((t = root_find(root, id)) != NULL && !t->damaged)
		table_file(name, sizeof(name), id, t->generation, "");
	s = sound(root, t, uidvalidity, uid, &head);
	if (begin != NULL) {
		head.floor_modseq = head.highestmodseq + begin->modseqs;
		head.floor_uid = begin->uid;
		head.state = begin->state;
	}
	key.root = root;
	memcpy(key.id, id, sizeof(key.id));
	mb = RB_FIND(mailboxes, &e->mailboxes, &key);
	if (give_numbers(e, root, id, &uidvalidity, &generation) == -1 ||
	    make_table(root, id, uidvalidity, generation, &head, folder,
	    s, uid == 0, &words) == -1)
		goto fail;
	if (s != NULL)
		engine_repaired(e, "table of root=%s folder=%s made anew, "
		    "sound=%zu lost=%llu", root->path, folder[0] == '\0' ?
		    "INBOX" : folder, s->n, (unsigned long long)s->lost);
	if (mb != NULL)
		mailbox_forget(mb);
	if (name[0] != '\0')
		unlinkat(root->dirfd, name, 0);
	if ((mb = mailbox_new(e, root, id, generation)) == NULL)
		goto fail;
	mb->refs = 1;
	if (uid == 0)
		mb->salvage = s;
	else
		salvage_free(s);
	if (mailbox_map(mb) == -1) {
		error = errno;
		mailbox_close(mb);
		errno = error;
		return (NULL);
	}
	return (mb);
fail:
	error = errno;
	salvage_free(s);
	root_put(root);
	errno = error;
	return (NULL);
}

int
mailbox_reset(struct mailbox *mb)
{
	uint32_t generation, uidvalidity = 0;

	if (mb->removed || mb->reset != 0 || mb->touched) {
		errno = EBUSY;
		return (-1);
	}
	if (give_numbers(mb->e, mb->root, mb->id, &uidvalidity,
	    &generation) == -1)
		return (-1);
	compact_abort(mb);
	mb->reset = uidvalidity;
	compact_want(mb);
	return (0);
}

int
mailbox_resetting(const struct mailbox *mb)
{
	return (mb->reset != 0);
}

int
mailbox_replace(struct engine *e, struct root *root, const uint8_t *id,
    uint32_t uidvalidity, struct table *t, const char *file)
{
	struct mailbox key, *mb;
	struct root_table *was;
	char name[TABLE_NAMESIZE], old[TABLE_NAMESIZE] = "";
	uint32_t generation;

	if ((was = root_find(root, id)) != NULL && !was->damaged)
		table_file(old, sizeof(old), id, was->generation, "");
	if (give_numbers(e, root, id, &uidvalidity, &generation) == -1)
		return (-1);
	t->h->generation = generation;
	t->h->fixed_sum = table_fixed_sum(t->h);
	table_file(name, sizeof(name), id, generation, "");
	if (compat_syncmap(t->fd) == -1 ||
	    renameat(root->dirfd, file, root->dirfd, name) == -1)
		return (-1);
	if (compat_syncdir(root->dirfd) == -1) {
		(void)unlinkat(root->dirfd, name, 0);
		return (-1);
	}
	key.root = root;
	memcpy(key.id, id, sizeof(key.id));
	if ((mb = RB_FIND(mailboxes, &e->mailboxes, &key)) != NULL)
		mailbox_forget(mb);
	if (old[0] != '\0')
		(void)unlinkat(root->dirfd, old, 0);
	return (root_set(root, id, generation, t->len));
}

/* Nobody finds it any more; those who hold it keep it. */
void
mailbox_forget(struct mailbox *mb)
{
	if (mb->generation > mb->e->ident.generation)
		mb->e->ident.generation = mb->generation;
	RB_REMOVE(mailboxes, &mb->e->mailboxes, mb);
	mb->removed = 1;
	stamp_drop(mb);
	compact_abort(mb);
	mark_clean(mb);
	mailbox_idle(mb);
}

int
mailbox_remove(struct mailbox *mb)
{
	char name[TABLE_NAMESIZE];

	if (mb->removed)
		return (0);
	table_file(name, sizeof(name), mb->id, mb->generation, "");
	if (unlinkat(mb->root->dirfd, name, 0) == -1 && errno != ENOENT)
		return (-1);
	root_drop(mb->root, mb->id);
	aside_remove(mb->root, mb->id);
	mailbox_forget(mb);
	return (0);
}

int
root_usage(struct engine *e, uid_t uid, const char *path,
    unsigned int *tables, uint64_t *bytes)
{
	struct root *root;

	if ((root = root_get(e, uid, path, 0)) == NULL) {
		*tables = 0;
		*bytes = 0;
		return (errno == ENOENT ? 0 : -1);
	}
	*tables = root->ntables;
	*bytes = root->bytes;
	root_put(root);
	return (0);
}

int
mailbox_fd(struct mailbox *mb)
{
	char name[TABLE_NAMESIZE];

	if (mb->removed) {
		errno = ENOENT;
		return (-1);
	}
	table_file(name, sizeof(name), mb->id, mb->generation, "");
	return (openat(mb->root->dirfd, name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC));
}

const uint8_t *
mailbox_id(const struct mailbox *mb)
{
	return (mb->id);
}

uint32_t
mailbox_uidvalidity(const struct mailbox *mb)
{
	return (mb->t.h->uidvalidity);
}

struct table *
mailbox_table(struct mailbox *mb)
{
	return (&mb->t);
}

uint64_t
mailbox_highestmodseq(const struct mailbox *mb)
{
	return (mb->cur.highestmodseq);
}

uint32_t
mailbox_uidnext(const struct mailbox *mb)
{
	return (mb->cur.uidnext);
}

uint64_t
mailbox_rows(const struct mailbox *mb)
{
	return (mb->cur.nrows);
}

uint32_t
mailbox_messages(const struct mailbox *mb)
{
	return (mb->cur.messages);
}

uint64_t
mailbox_dropped(const struct mailbox *mb)
{
	return (mb->dropped);
}

uint32_t
mailbox_recent(const struct mailbox *mb)
{
	return (mb->cur.recent);
}

uint64_t
mailbox_flag_horizon(const struct mailbox *mb)
{
	return (mb->cur.flag_horizon);
}

int
mailbox_in_gap(const struct mailbox *mb, uint64_t modseq)
{
	unsigned int i;

	for (i = 0; i < TABLE_GAPS; i++)
		if (modseq > mb->cur.gap[i][0] && modseq < mb->cur.gap[i][1])
			return (1);
	return (0);
}

unsigned int
mailbox_state(const struct mailbox *mb)
{
	return (mb->cur.state);
}

unsigned int
mailbox_keywords(const struct mailbox *mb)
{
	return (mb->cur.nkeywords);
}

int
mailbox_keyword(const struct mailbox *cmb, const char *name)
{
	struct mailbox *mb = (struct mailbox *)(uintptr_t)cmb;
	char buf[TABLE_KWLEN + 1];
	size_t len;
	unsigned int i;

	for (i = 0; i < mb->cur.nkeywords; i++) {
		if (pend_name(mb, mb->kw[i], TABLE_KWLEN, buf, &len) == 0 &&
		    strcasecmp(buf, name) == 0)
			return ((int)i);
	}
	return (-1);
}

const char *
mailbox_folder(const struct mailbox *cmb)
{
	struct mailbox *mb = (struct mailbox *)(uintptr_t)cmb;
	size_t len;

	if (pend_name(mb, mb->cur.folder, TABLE_FOLDERLEN, mb->folder,
	    &len) == -1)
		(void)strlcpy(mb->folder, NO_FOLDER, sizeof(mb->folder));
	return (mb->folder);
}

void
mailbox_floor(const struct mailbox *mb, uint64_t *modseq, uint32_t *uid)
{
	*modseq = mb->cur.floor_modseq;
	*uid = mb->cur.floor_uid;
}

void
mailbox_set_data(struct mailbox *mb, void *data)
{
	mb->data = data;
}

void *
mailbox_data(const struct mailbox *mb)
{
	return (mb->data);
}
