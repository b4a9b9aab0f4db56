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

#ifndef INDEXD_ENGINE_H
#define INDEXD_ENGINE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "indexd/histogram.h"

/*
 * The storage engine: tables, the journal (the commit log of all mailboxes)
 * and what ties them together.  It knows nothing of peers and requests.
 *
 * All changes go through the open batch.  A request is decided by reading
 * (mailbox_row() and the like see what earlier requests of the batch did)
 * and by putting new rows and change-log entries; nothing of it is visible
 * to sessions.  engine_commit() appends the batch to the journal, syncs it
 * once, and publishes it to the tables; only then may anyone be answered.
 * If it fails, nothing of the batch happened, but numbers that it took are
 * never given again.
 *
 * One request's puts are all or none: engine_mark() before it, and
 * engine_rollback() takes back what came after the mark.
 */
struct engine;
struct mailbox;

struct engine_conf {
	const char	*directory;	/* ours, mode 0700 */
	unsigned int	 interval;	/* ms between syncs; 0: each commit */
	uint64_t	 max_rows;	/* of a mailbox, <= TABLE_MAXROWS */
};

/*
 * A name in flight, a session and its last result are kept by the server
 * part; the engine only makes them durable as notes.  A note has a kind, a
 * 16-octet key and a number, and replaces an older one of the same three;
 * an empty one ends it.  Notes that live are carried from journal segment
 * to segment, and handed back at start.  A batch of nothing but fleeting ones
 * counts before it is synced: it outlives this process, but not the system.
 */
struct note {
	uint16_t	 kind;
	uint8_t		 key[TABLE_IDLEN];
	uint64_t	 number;
	const void	*data;
	size_t		 len;
	int		 fleeting;	/* a power cut may take it */
};

/*
 * Opens the directory (made if missing), recovers, starts the helper that
 * syncs tables.  note() is called for each note that lives.  NULL with a
 * log line on failure.
 */
struct engine *engine_open(const struct engine_conf *,
	    void (*note)(void *, const struct note *), void *);

/* Commits, syncs all tables, marks the journal as clean, ends the helper. */
void	engine_close(struct engine *);

/* A random id that this directory was given when it was made. */
const uint8_t *engine_id(const struct engine *);

/* The key that tokens are made with: 32 octets, kept in the directory. */
const uint8_t *engine_key(const struct engine *);

/*
 * The descriptor on which the helper answers, to poll for reading, and what
 * to call then.  engine_work() does a bounded piece of background work
 * (compaction, recycling); it returns 1 if more is waiting.
 * engine_timeout() is ms until it wants to be called again (interval
 * commits), or -1.
 */
int	engine_fd(const struct engine *);
void	engine_synced(struct engine *);
int	engine_work(struct engine *);
int	engine_timeout(const struct engine *);

/* The batch. */
size_t	engine_mark(struct engine *);
void	engine_rollback(struct engine *, size_t mark);
int	engine_pending(const struct engine *);	/* is there anything in it */
int	engine_commit(struct engine *);		/* 0, or -1 with errno */
int	engine_note(struct engine *, const struct note *);

/*
 * Mailboxes.  A root is an owner and a mail root, the bound pair; its
 * tables have a directory of their own.  mailbox_open() finds the table of
 * an id in a root (reference-counted; -1/NULL with errno ENOENT: none,
 * EBADMSG: damaged, with a log line).  Idle ones are unmapped when the last
 * reference goes.
 */
struct mailbox *mailbox_open(struct engine *, uid_t, const char *root,
	    const uint8_t id[TABLE_IDLEN]);
void	mailbox_ref(struct mailbox *);
void	mailbox_close(struct mailbox *);

/* Makes an empty table, in place of one with this id; not in the batch, but
 * durable when it returns.  uidvalidity 0: the engine gives one, higher than
 * any that it gave or was told (DESIGN: time, or one more than the highest). */
struct mailbox *mailbox_create(struct engine *, uid_t, const char *root,
	    const uint8_t id[TABLE_IDLEN], const char *folder,
	    uint32_t uidvalidity, uint64_t modseq, uint32_t uid);

/*
 * The same; but if the table of this id is damaged, and mailbox_salvage() was
 * said, what is sound of it goes on in the new one: messages keep their UIDs,
 * flags and names, and get one new mod-sequence above all that were given.
 * keyword is what the folder knows, in the order of the bits, for what cannot
 * be read in the table; others are not added.  With uid 0 messages get their
 * UIDs from whoever fills the table (PROTO_CREATE with adopt): then what is
 * sound waits until it is asked for.  What begin says is in the table from
 * the first, and need not be committed; NULL: nothing.
 */
struct mailbox_begin {
	uint64_t	modseqs;	/* its floor: so far above the highest */
	uint32_t	uid;		/* its floor for UIDs */
	unsigned int	state;
};
struct mailbox *mailbox_create_words(struct engine *, uid_t, const char *root,
	    const uint8_t id[TABLE_IDLEN], const char *folder,
	    uint32_t uidvalidity, uint64_t modseq, uint32_t uid,
	    const char (*keyword)[TABLE_KWLEN + 1], unsigned int nkeywords,
	    const struct mailbox_begin *begin);

/*
 * Damage.  A table found damaged when it is opened is set aside: kept under
 * another name, and mailbox_open() says EBADMSG until another is made.
 * mailbox_set_aside() does the same with one that is open, whose holders keep
 * what they have.  mailbox_salvage(): the folder of this table, with this
 * floor, is there and wants a new one.  mailbox_mend(): what a check found can
 * be made anew from the rest, and is, in a new generation; not while the batch
 * has changed it (EBUSY).  0, or -1 with errno.
 */
int	mailbox_set_aside(struct mailbox *, const char *why);
void	mailbox_salvage(struct engine *, uid_t, const char *root,
	    const uint8_t id[TABLE_IDLEN], uint64_t modseq, uint32_t uid);
int	mailbox_mend(struct mailbox *, unsigned int what);

/*
 * While a table is being filled: the row that the damaged one had for a file,
 * by its base name: 1, or 0 if it had none.  It may be a tombstone whose file
 * is to go.  mailbox_salvaged_uidnext() is above all its UIDs, and above those
 * of the new table.
 */
int	mailbox_salvaged(struct mailbox *, const char *name, struct row *);
uint32_t mailbox_salvaged_uidnext(const struct mailbox *);

/*
 * Begins to give it a new UIDVALIDITY, in a new generation in which messages
 * keep their UIDs, and which is TABLE_RESET; nobody has a handle on it.  0, or
 * -1 with errno.  mailbox_resetting(): it is not done, nor has it failed; then
 * UIDVALIDITY is what it was.
 */
int	mailbox_reset(struct mailbox *);
int	mailbox_resetting(const struct mailbox *);

/* The table whose folder was last opened under that name; of several the one
 * with the highest UIDVALIDITY.  NULL with errno (ENOENT). */
struct mailbox *mailbox_by_folder(struct engine *, uid_t, const char *root,
	    const char *folder);

/* Logs what was repaired and keeps it; calls back with the last ones, the
 * oldest first. */
#define REPAIR_TEXT	512	/* octets, with a NUL */

void	engine_repaired(struct engine *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	engine_repairs(const struct engine *, void (*)(void *, time_t,
	    const char *), void *);

/* Calls back for each table that is set aside and not made anew yet. */
int	engine_damaged(struct engine *, int (*)(void *, uid_t,
	    const char *root, const uint8_t id[TABLE_IDLEN]), void *);

/* Removes the table's files when the last reference goes; mailbox_open()
 * does not find it any more. */
int	mailbox_remove(struct mailbox *);

/* How many tables the root has, and the octets of their files. */
int	root_usage(struct engine *, uid_t, const char *root,
	    unsigned int *tables, uint64_t *bytes);

/* The ids of its tables, malloc'd: 0, or -1 with errno (ENOENT: no root). */
int	root_ids(struct engine *, uid_t, const char *root,
	    uint8_t (**ids)[TABLE_IDLEN], size_t *n);

/* Calls back for each table of every root, until it does not return 0: that is
 * then returned.  The mailbox is open during the call.  -1 with errno. */
int	engine_each(struct engine *, int (*)(void *, struct mailbox *,
	    uid_t, const char *root), void *);

/*
 * The mailbox's id of TABLE_IDLEN octets and its folder's last name, which are
 * the mailbox's; its UIDVALIDITY.  mailbox_rename() sets the name with the
 * next commit: 0, or -1 with errno.
 */
const uint8_t *mailbox_id(const struct mailbox *);
const char *mailbox_folder(const struct mailbox *);
int	mailbox_rename(struct mailbox *, const char *folder);
uint32_t mailbox_uidvalidity(const struct mailbox *);

/* A new descriptor, read-only, of the newest generation; the caller's. */
int	mailbox_fd(struct mailbox *);

/* The published table, for reading beside the batch. */
struct table *mailbox_table(struct mailbox *);

/* As they stand at this point of the batch. */
uint64_t mailbox_highestmodseq(const struct mailbox *);
uint32_t mailbox_uidnext(const struct mailbox *);
uint64_t mailbox_rows(const struct mailbox *);	/* live + tombstones */
uint32_t mailbox_messages(const struct mailbox *);
uint32_t mailbox_recent(const struct mailbox *);
uint64_t mailbox_flag_horizon(const struct mailbox *);
unsigned int mailbox_keywords(const struct mailbox *);
/* The bit of a keyword (case-insensitive, RFC 3501 section 2.3.2), -1. */
int	mailbox_keyword(const struct mailbox *, const char *);
void	mailbox_floor(const struct mailbox *, uint64_t *modseq, uint32_t *uid);

/*
 * Reading at this point of the batch.  mailbox_find(): position of the first
 * row with UID >= uid (mailbox_rows() if none); mailbox_row(): the row at a
 * position; -1 EBADMSG if damaged.  mailbox_name(): its base name, in a
 * buffer of TABLE_NAMELEN + 1.
 */
uint64_t mailbox_find(struct mailbox *, uint32_t uid);
int	mailbox_row(struct mailbox *, uint64_t pos, struct row *);
int	mailbox_name(struct mailbox *, uint64_t pos, char *);

/*
 * The change log at this point of the batch: the entries that are published,
 * then those of the batch.  mailbox_change_since(): number of the first one
 * with a modseq > modseq (how many there are if none);
 * mailbox_change(): an entry.  0, or -1 with errno: ENOENT if there is no
 * such entry, EBADMSG if it is damaged.
 */
int	mailbox_change_since(struct mailbox *, uint64_t modseq, uint64_t *n);
int	mailbox_change(struct mailbox *, uint64_t n, struct change *);

/*
 * Changing, in the batch.  All return 0, or -1 with errno: ENOSPC or EDQUOT
 * (no room on disk), E2BIG (a limit), ERANGE (the floor is reached),
 * EBADMSG, ENOMEM; then the caller rolls back.
 *
 * mailbox_next_modseq() takes a mod-sequence; a request takes one, and only
 * if it changes something.  mailbox_append() takes the next UID, or row->uid
 * if that is not 0 (EEXIST if it is below UIDNEXT), fills in row->uid and
 * keeps a copy of the name.  mailbox_put() replaces a row (same
 * uid); name NULL keeps it.  The engine computes sums, tree, counts and the
 * behind bits.  mailbox_changed() adds to the change log; adjoining calls
 * with equal modseq, what and masks are merged to ranges by the engine
 * where the rows between them are tombstones only.
 */
int	mailbox_next_modseq(struct mailbox *, uint64_t *);
int	mailbox_append(struct mailbox *, struct row *, const char *name);
int	mailbox_put(struct mailbox *, uint64_t pos, const struct row *,
	    const char *name);
int	mailbox_changed(struct mailbox *, uint16_t what, uint64_t modseq,
	    uint64_t pos, uint16_t flags, uint64_t keywords);
int	mailbox_add_keyword(struct mailbox *, const char *);	/* its bit */
int	mailbox_set_recent(struct mailbox *, uint32_t before);
int	mailbox_set_floor(struct mailbox *, uint64_t modseq, uint32_t uid);
/* No UID below, no mod-sequence up to these are given any more. */
int	mailbox_raise_uidnext(struct mailbox *, uint32_t);
int	mailbox_raise_modseq(struct mailbox *, uint64_t);
/*
 * Mod-sequences above low and below high were maybe given elsewhere, of changes
 * that are not known here: who was told one of them knows what we do not.
 */
int	mailbox_add_gap(struct mailbox *, uint64_t low, uint64_t high);
int	mailbox_in_gap(const struct mailbox *, uint64_t modseq);
unsigned int mailbox_state(const struct mailbox *);	/* TABLE_ADOPTING... */
int	mailbox_set_state(struct mailbox *, unsigned int);

/*
 * Not in the open batch: what the folder was when it was last compared
 * (modseq-table(5)) goes with the next one that is committed after all that
 * was committed before is durable, or in a moment.  If that commit fails, it
 * is forgotten.
 */
/* It is of a time when that many reports had been taken: -1 with EAGAIN if
 * that is not so any more. */
int	mailbox_set_stamp(struct mailbox *, uint32_t reports,
	    const uint64_t [TABLE_STAMP]);
/* In the open batch: a report is taken, and no stamp holds any more, neither
 * the table's nor one that waits. */
int	mailbox_reported(struct mailbox *);
/* What changed up to this mod-sequence may have no row any more. */
uint64_t mailbox_dropped(const struct mailbox *);

/* A place for the server part's data about an open mailbox. */
void	mailbox_set_data(struct mailbox *, void *);
void	*mailbox_data(const struct mailbox *);

/*
 * Verifies a table whole: every sum, the tree, counts, order, the change log.
 * Calls back with a line for each fault (NULL: does not), a bounded number of
 * them.  In steps of about so many rows or entries, between which the table
 * may change: check_step() returns 1 if there is more.  check_end() returns
 * how many faults there were, and sets *what, if not NULL, to where they were:
 * what is not in CHECK_LOSS can be made anew from the rest.
 */
#define CHECK_FIXED	0x01	/* the header's first part */
#define CHECK_HEAD	0x02	/* its second part */
#define CHECK_ROWS	0x04	/* rows, or names of their files */
#define CHECK_TREE	0x08	/* blocks, groups, counts */
#define CHECK_LOG	0x10	/* the change log */
#define CHECK_WORDS	0x20	/* keywords */
#define CHECK_FOLDER	0x40	/* the name of the folder */
#define CHECK_LOSS	(CHECK_FIXED | CHECK_ROWS | CHECK_WORDS)

struct check;
struct check *check_begin(struct mailbox *, void (*)(void *, const char *),
	    void *);
int	check_step(struct check *, uint64_t max);
unsigned int check_end(struct check *, unsigned int *what);

/* The same in one go. */
unsigned int mailbox_check(struct mailbox *, void (*)(void *, const char *),
	    void *);

/*
 * Logs whose table the address is in: what is mapped could not be read or
 * written (SIGBUS), because its file was cut or the disk has an error.  The
 * process ends then, and the next one looks at all tables.
 */
void	engine_blame(struct engine *, const void *);

/* Counters for indexctl stats. */
struct engine_stats {
	uint64_t	commits;	/* batches */
	uint64_t	syncs;
	uint64_t	sync_us;	/* spent in them */
	struct histogram sync_times;
	uint64_t	rows;		/* rows written to the journal */
	uint64_t	bytes;		/* octets written to the journal */
	uint64_t	compactions;
	uint64_t	segments;	/* in use */
	uint64_t	failed;		/* commits that failed */
	uint64_t	open;		/* mailboxes mapped now */
	uint64_t	mapped;		/* octets of them */
};
void	engine_stats(const struct engine *, struct engine_stats *);
/* The same without open and mapped, for which all mailboxes are gone
 * through. */
void	engine_counters(const struct engine *, struct engine_stats *);

#endif
