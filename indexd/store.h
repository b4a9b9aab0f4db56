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


#ifndef INDEXD_STORE_H
#define INDEXD_STORE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>
#include <time.h>

#include "common/table.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "indexd/record.h"

/* What the files of the storage engine share. */

#define ROOT_HASHLEN	16	/* octets of a root's hash */
#define NO_FOLDER	"?"	/* of a table that lost it: no folder has it */
#define TABLE_ALIGN	64	/* of extents */
#define TABLE_NAMESIZE	64	/* "<id>.<generation>.damaged" and more */

struct compact;
struct syncer;

struct root_brief;
RB_HEAD(root_briefs, root_brief);

/* An owner and a mail root: a directory of tables. */
struct root_table {
	RB_ENTRY(root_table)	 entry;
	uint8_t			 id[TABLE_IDLEN];
	uint32_t		 generation;	/* the newest */
	uint64_t		 bytes;
	int			 damaged;	/* it is set aside */
	struct root_brief	*brief;		/* or NULL */
};
RB_HEAD(root_tables, root_table);

struct root {
	RB_ENTRY(root)		 entry;
	struct engine		*e;
	uint8_t			 hash[ROOT_HASHLEN];
	uid_t			 uid;
	char			*path;
	int			 dirfd;
	unsigned int		 refs;
	unsigned int		 ntables;
	uint64_t		 bytes;
	struct root_tables	 tables;
	int			 asked;		/* brief.c: for briefs */
	struct root_briefs	 briefs;	/* by name */
	TAILQ_HEAD(, root_brief) unread;
	TAILQ_ENTRY(root)	 idle;		/* refs is 0 */
};
RB_HEAD(roots, root);
TAILQ_HEAD(root_list, root);

/* A row as the open batch has it. */
struct pend_row {
	uint64_t	pos;
	struct row	row;
};

/* A name as the open batch has it, at its place in the heap. */
struct pend_name {
	uint32_t	unit;
	uint16_t	len;
	size_t		at;		/* in pending.heap */
};

/* What the open batch does to a mailbox. */
struct pending {
	struct pend_row		*rows;
	size_t			 nrows;
	size_t			 rowcap;
	int			 hashed;	/* rows do not ascend: */
	uint32_t		*slots;	/* hash by pos: index + 1 in rows */
	size_t			 nslots;
	size_t			 used;
	uint64_t		 bytes;	/* by how much the size of all
					   messages differs, modulo 2^64 */
	uint64_t		 verified;	/* the block of the tree that
						   was verified last, + 1 */
	struct pend_name	*names;
	size_t			 nnames;
	size_t			 namecap;
	struct buf		 heap;
	struct change		*log;
	size_t			 nlog;
	size_t			 logcap;
	int			 expunges;	/* is there one among them */
};

/* Extents that the file has and the header does not say yet. */
struct grown {
	enum table_kind	kind;
	unsigned int	extent;
	uint64_t	off;
};

struct growth {
	struct grown	*grown;
	size_t		 n;
	size_t		 cap;
};

struct mailbox {
	RB_ENTRY(mailbox)	 entry;
	TAILQ_ENTRY(mailbox)	 touched_entry;
	TAILQ_ENTRY(mailbox)	 dirty_entry;
	TAILQ_ENTRY(mailbox)	 compact_entry;
	TAILQ_ENTRY(mailbox)	 stamped_entry;
	struct engine		*e;
	struct root		*root;
	uint8_t			 id[TABLE_IDLEN];
	uint32_t		 generation;
	unsigned int		 refs;
	int			 removed;
	void			*data;

	int			 fd;	/* read and write; kept while dirty */
	struct table		 t;	/* t.h is NULL while unmapped */
	struct head		 pub;	/* as published */
	struct head		 cur;	/* as the open batch has it */
	uint32_t		 kw[TABLE_KEYWORDS];	/* units, of cur */
	uint64_t		 used_modseq;	/* taken, if by a batch */
	uint32_t		 used_uid;	/* that failed */
	uint64_t		 dropped;	/* highestmodseq when loaded */
	char			 folder[TABLE_FOLDERLEN + 1];

	int			 touched;	/* by the open batch */
	uint64_t		 saved;		/* at this mark */
	uint64_t		 seen_mark;	/* since this mark, the row */
	uint64_t		 seen_pos;	/* of the table that was read */
	struct row		 seen;		/* last */
	struct pending		 p;
	struct growth		 growth;	/* for p, or one that failed */

	int			 dirty;		/* not all is synced */
	int			 syncing;	/* the helper is at it */
	int			 sync_failed;
	uint64_t		 dirty_since;	/* segment of the first batch */
	uint64_t		 dirty_again;	/* after the helper began; 0 */

	struct compact		*compact;
	int			 compact_queued;
	uint64_t		 compact_log;	/* not before nlog is this */
	uint64_t		 compact_rows;	/* or nrows this */
	uint64_t		 wasted;	/* units of names, about */
	uint32_t		 reset;		/* the next generation gets this
						   UIDVALIDITY; or 0 */

	struct salvage		*salvage;	/* of a damaged one; or NULL */
	int			 stamped;	/* this waits for a commit: */
	uint64_t		 stamp[TABLE_STAMP];
};
RB_HEAD(mailboxes, mailbox);
TAILQ_HEAD(mailbox_list, mailbox);

/* How to take back what a request did, in reverse order. */
enum undo_kind { UNDO_MARK, UNDO_HEAD, UNDO_ROW };

struct undo_head {
	struct head	cur;
	size_t		nrows;
	size_t		nnames;
	size_t		heap;
	size_t		nlog;
	struct change	last;
	int		expunges;
	uint64_t	bytes;
	uint64_t	saved;
};

struct undo {
	enum undo_kind		 kind;
	struct mailbox		*mb;
	union {
		size_t			 notes;		/* MARK: octets */
		struct undo_head	 head;
		struct pend_row		 row;
	}			 u;
};

/* A note that lives. */
struct live_note {
	RB_ENTRY(live_note)	 entry;
	STAILQ_ENTRY(live_note)	 ready;
	uint16_t		 kind;
	uint8_t			 key[TABLE_IDLEN];
	uint64_t		 number;
	size_t			 len;
	unsigned char		 data[];
};
RB_HEAD(live_notes, live_note);
STAILQ_HEAD(ready_notes, live_note);

/* What the directory's own file holds beside id and key. */
struct identity {
	uint8_t		id[TABLE_IDLEN];
	uint8_t		key[32];
	uint32_t	uidvalidity;	/* the highest given or told; in the
					   file: none above it is */
	uint32_t	generation;	/* the highest of a table that went */
};

struct fold_row {
	uint64_t	pos;
	uint64_t	order;		/* the later one counts */
	struct row	row;
};

struct fold_name {
	uint32_t	unit;
	uint32_t	len;
	size_t		at;		/* in fold_mailbox.heap */
};

/* What the journal says of one table, in one generation. */
struct fold_mailbox {
	RB_ENTRY(fold_mailbox)	 entry;
	uint8_t			 root[ROOT_HASHLEN];
	uint8_t			 id[TABLE_IDLEN];
	uint32_t		 uidvalidity;
	uint32_t		 generation;
	uint64_t		 nrows;		/* before the first batch */
	uint64_t		 nlog;
	struct head		 head;		/* after the last */
	uint32_t		 kw[TABLE_KEYWORDS];
	int			 have_head;
	struct fold_row		*rows;
	size_t			 n;
	size_t			 cap;
	uint64_t		 order;
	struct fold_name	*names;
	size_t			 nnames;
	size_t			 namecap;
	struct buf		 heap;
	struct change		*log;
	size_t			 nchanges;
	size_t			 logcap;
};
RB_HEAD(fold, fold_mailbox);

/* A job that the helper has; mb is NULL if nobody waits for it any more. */
#define SYNC_SLOTS	8

struct sync_slot {
	uint64_t	 ticket;	/* 0: free */
	struct mailbox	*mb;
	int		 compact;	/* the new generation, not the table */
};

/* A damaged table whose folder was there to be opened. */
#define SALVAGES	64

struct salvage_want {
	uint8_t		 root[ROOT_HASHLEN];
	uint8_t		 id[TABLE_IDLEN];
};

/* What was repaired. */
#define REPAIRS		64	/* the last ones are kept */

struct repair {
	time_t		 when;
	char		 text[REPAIR_TEXT];
};

struct engine {
	int			 dirfd;
	int			 lockfd;
	int			 idfd;
	int			 rootsfd;
	struct identity		 ident;
	struct identity		 kept;		/* as the file says it */
	unsigned int		 interval;
	uint64_t		 max_rows;

	struct journal		*journal;
	struct journal_ops	 ops;
	struct buf		 batch;		/* being encoded */
	int			 timer;		/* a sync is due */
	struct timespec		 due;
	int			 lasting;	/* a note of the batch is */
	int			 fleeting;	/* notes are to be synced */
	struct timespec		 fleeting_due;
	struct fold		 fold;		/* while recovering */
	int			 gap;		/* the journal lost batches,
						   and no table was clean
						   since */
	struct salvage_want	 want[SALVAGES];	/* the last ones */
	unsigned int		 nwant;
	struct repair		 repairs[REPAIRS];
	unsigned int		 nrepairs;

	struct roots		 roots;
	struct root_list	 idle_roots;	/* the oldest first */
	unsigned int		 nidle;
	unsigned int		 idle_tables;	/* of them all */
	struct mailboxes	 mailboxes;
	struct mailbox_list	 touched;
	struct mailbox_list	 dirty;
	struct mailbox_list	 compacting;
	struct mailbox_list	 stamped;
	struct timespec		 stamps_due;	/* if one is there */
	uint64_t		 mark;		/* counts the marks, from 1 */
	struct undo		*undo;
	size_t			 nundo;
	size_t			 undocap;
	struct buf		 notes;		/* of the open batch: records */
	struct live_notes	 live;
	struct ready_notes	 ready;		/* made for the batch */

	struct carry		*carry;		/* comes from elsewhere */
	struct syncer		*syncer;
	struct sync_slot	 slots[SYNC_SLOTS];
	uint64_t		 ticket;
	struct engine_stats	 stats;
};

/* identity.c */
int	identity_load(struct engine *);
int	identity_save(struct engine *);
int	identity_keep(struct engine *);

/* each.c: as engine_each(), with each root. */
int	engine_each_root(struct engine *, int (*)(struct root *, void *),
	    void *);

/* root.c */
RB_PROTOTYPE(roots, root, entry, root_cmp)
RB_PROTOTYPE(root_tables, root_table, entry, root_table_cmp)
int	root_cmp(struct root *, struct root *);
int	root_table_cmp(struct root_table *, struct root_table *);
struct root *root_get(struct engine *, uid_t, const char *path, int create);
struct root *root_get_hash(struct engine *, const uint8_t *hash);
void	root_put(struct root *);
struct root_table *root_find(struct root *, const uint8_t *id);
int	root_set(struct root *, const uint8_t *id, uint32_t generation,
	    uint64_t bytes);
void	root_drop(struct root *, const uint8_t *id);
void	roots_free(struct engine *);	/* those that are idle */
int	unhex(uint8_t *, const char *, size_t len);	/* len octets */
void	table_file(char *, size_t, const uint8_t *id, uint32_t generation,
	    const char *suffix);

/*
 * brief.c: a table that is new, or has another generation, is to be read
 * (0, or -1 without memory); one is not there any more; one was
 * opened, is closed, is renamed.
 */
int	brief_table(struct root *, struct root_table *);
void	brief_drop(struct root *, struct root_table *);
void	brief_opened(struct mailbox *);
void	brief_leave(struct mailbox *);
void	brief_renamed(struct mailbox *);

/* mailbox.c */
RB_PROTOTYPE(mailboxes, mailbox, entry, mailbox_cmp)
int	mailbox_cmp(struct mailbox *, struct mailbox *);
int	mailbox_map(struct mailbox *);
void	mailbox_idle(struct mailbox *);	/* closes what nobody needs */
void	mailbox_load(struct mailbox *);	/* pub and cur from the header */
void	mailbox_forget(struct mailbox *);	/* nobody finds it any more */

/* Puts the table of a file that is whole and synced, but for its generation,
 * in the place of that of the mailbox; 0, or -1 with errno. */
int	mailbox_replace(struct engine *, struct root *, const uint8_t *id,
	    uint32_t uidvalidity, struct table *, const char *file);

/* carry.c: the helper's answer; ticket 0: it died, and all is asked again. */
struct carry;
void	carry_synced(struct carry *, uint64_t ticket, int error);

/* writer.c: a table mapped for writing. */
struct tree_bits {
	uint64_t	blocks;		/* how many are in use, groups, tops */
	uint64_t	groups;
	uint64_t	tops;
	int		have_block;
	int		have_group;
	int		have_top;
	uint64_t	bn;
	uint64_t	gn;
	uint64_t	tn;
	struct block	block;
	struct block	old;
	struct group	group;
	struct group	top;
	int64_t		live;		/* changes of the totals */
	int64_t		unseen;
	int64_t		deleted;
	int64_t		behind;
};

int	writer_create(int dirfd, const char *name, const uint8_t *id,
	    uint32_t uidvalidity, uint32_t generation, struct table *);
int	writer_map(struct table *, int fd, const char **why);
int	writer_repair_size(int fd);
void	writer_begin(struct table *, int expunges);
void	writer_end(struct table *);
void	writer_row(struct table *, uint64_t pos, const struct row *);
/* The same with a sum that is right already. */
void	writer_summed_row(struct table *, uint64_t pos, const struct row *);
void	writer_name(struct table *, uint32_t unit, const char *, size_t);
void	writer_change(struct table *, uint64_t n, const struct change *);
void	writer_head(struct table *, const struct head *, const uint32_t *kw);
void	writer_counts(struct table *, int64_t live, int64_t unseen,
	    int64_t deleted, int64_t behind, uint64_t bytes);
uint32_t name_place(uint64_t nnames, size_t len);
uint64_t name_units(size_t len);

/* growth.c: makes room for units 0 to n - 1 of a kind; growth_store() tells
 * readers, between writer_begin() and writer_end(), and ends the growth. */
int	writer_reserve(struct table *, enum table_kind, uint64_t n);
int	growth_reserve(struct table *, struct growth *, enum table_kind,
	    uint64_t n);
void	growth_store(struct table *, struct growth *);
void	growth_free(struct growth *);

/* treewrite.c */
void	tree_begin(struct tree_bits *, uint64_t nrows);
void	tree_set(struct table *, struct tree_bits *, uint64_t pos,
	    const struct row *, unsigned int nkeywords);
void	tree_end(struct table *, struct tree_bits *);
int	tree_verify(struct table *, uint64_t pos, uint64_t nrows);

/* batch.c */
int	pend_stamp(struct mailbox *, const uint64_t *);
struct pend_row *pend_find(struct mailbox *, uint64_t pos);
int	pend_name(struct mailbox *, uint32_t unit, size_t max, char *,
	    size_t *len);
void	pend_clear(struct mailbox *, int failed);
void	pend_free(struct mailbox *);

/* encode.c */
int	encode_batch(struct engine *);
int	pend_empty(const struct mailbox *);

/* publish.c */
void	publish(struct mailbox *);

/* note.c */
RB_PROTOTYPE(live_notes, live_note, entry, live_note_cmp)
int	live_note_cmp(struct live_note *, struct live_note *);
int	note_apply(struct engine *, const void *rec, size_t len);
int	notes_prepare(struct engine *, const void *rec, size_t len);
int	notes_publish(struct engine *, const void *rec, size_t len);
void	notes_forget(struct engine *);
int	note_encode(struct buf *, const struct note *);
int	notes_carry(struct engine *, struct buf *);
void	notes_free(struct engine *);

/* fold.c, recover.c */
RB_PROTOTYPE(fold, fold_mailbox, entry, fold_cmp)

int	fold_cmp(struct fold_mailbox *, struct fold_mailbox *);
void	fold_clear(struct fold *);
int	fold_batch(struct fold *, const void *, size_t);
void	fold_sort(struct fold_mailbox *);
int	recover(struct engine *);
int	recover_table(struct table *, struct fold_mailbox *, const char **);
int	recover_alone(struct table *, const struct head *,
	    const uint32_t *kw, const char **why);
int	recover_ahead(struct table *, struct fold_mailbox *);
void	recover_longer(struct table *, struct fold_mailbox *);
int	recover_newer(struct table *, const struct fold_row *);
int	recover_gap(struct table *, struct fold_mailbox *, const char **);

/* stamp.c: what sessions have compared, until the next commit. */
void	stamps_join(struct engine *);	/* into the open batch */
int	stamps_timeout(const struct engine *);	/* ms; -1: nothing is due */
void	stamp_drop(struct mailbox *);
void	stamps_free(struct engine *);

/* engine.c: ms until a time of the monotonic clock, up to a minute. */
int	due_in(const struct timespec *);
void	due_set(struct timespec *, unsigned int ms);

/* durable.c: which tables are not synced, and the helper. */
void	mark_dirty(struct mailbox *);
void	mark_clean(struct mailbox *);
void	durable_work(struct engine *);
int	durable_all(struct engine *);
int	durable_submit(struct mailbox *, int compact);

/* aside.c: damaged tables. */
const char *aside_suffix(const char *name);
int	aside(struct root *, const uint8_t *id, const char *why);
int	aside_all(struct engine *, char *why);
int	aside_open(struct root *, const struct root_table *);
int	aside_wanted(struct root *, const uint8_t *id);
void	aside_remove(struct root *, const uint8_t *id);

/* rebuild.c: what is sound of one into a new one, whose head is filled in
 * and changed; the keywords are those of the folder. */
struct salvage;
struct words {
	const char	(*keyword)[TABLE_KWLEN + 1];
	unsigned int	 n;
};
int	rebuild(struct table *, struct head *, uint32_t *kw,
	    struct salvage *, int rows, const struct words *);

/* compact.c */
void	compact_want(struct mailbox *);	/* starts one if it pays */
void	compact_changed(struct mailbox *);	/* before pend_clear() */
int	compact_work(struct engine *);	/* a step; 1 if there is more */
int	compact_fd(const struct mailbox *);
void	compact_synced(struct mailbox *, int error);
void	compact_abort(struct mailbox *);

#endif
