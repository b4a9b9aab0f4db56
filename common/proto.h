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

#ifndef COMMON_PROTO_H
#define COMMON_PROTO_H

#include <stdint.h>

#include "common/table.h"

/*
 * What sessions, supervisors and indexctl say to indexd, and its answers,
 * in frames (frame.h).  The number in a frame's head is the request's; its
 * answer carries the same.  What indexd says unasked carries 0.
 *
 * A request that is malformed, unknown or not allowed where the connection
 * stands ends that connection and nothing else.
 *
 * Payloads are given as the sequence of their fields:
 *	u8 u16 u32 u64	little-endian integers
 *	id		TABLE_IDLEN octets
 *	str		u32 length, octets without NUL
 *	set		u32 n, then n times (u32 first, u32 last), ascending,
 *			not touching; every UID in 1 .. 2^32-1
 *	names		u32 n, then n times str (a file's base name)
 */

#define PROTO_VERSION	2
#define PROTO_MAXSTRANGER 8192		/* octets, before a bind */
#define PROTO_MAXFRAME	(32 << 20)	/* octets, of a bound session */
#define PROTO_MAXRANGES	65536		/* ranges of a request's set; those
					   of a RESULT fit its frame */
#define PROTO_MAXFLIGHT	65536		/* names of one FLIGHT */
#define PROTO_MAXINPUT	32768		/* octets of one INPUT */
#define PROTO_MAXBRIEF	128		/* folders of one BRIEF */
#define PROTO_MAXROOT	1023		/* octets of a mail root's path */
#define PROTO_MAXFOLDER	1023		/* octets of a folder's name */
#define PROTO_MAXUSER	255		/* octets of a user's name */
#define PROTO_MAXADDRESS 63		/* octets of a client's address */
#define PROTO_TOKENLEN	32
#define PROTO_AWAY	600		/* seconds a session may be away */
#define PROTO_FLIGHTLAG	10		/* seconds until names of a session
					   that is away are cancelled */

enum proto_type {
	/*
	 * Before a bind.  HELLO comes first; u32 version.
	 * WELCOME: u32 version, id indexd.
	 */
	PROTO_HELLO = 1,
	PROTO_WELCOME,
	/*
	 * BIND: u32 uid, str mail root, then who is served: str user (as
	 * authenticated), str address (the client's), u32 pid, u32 per user,
	 * u32 mark (of the connection, in the lines of both logs).
	 * From root's, or indexd's own, credentials only.  Answered by BOUND:
	 * id session, token (32 octets).  From then on the connection is that
	 * session's, and reaches the tables of that uid and mail root alone.
	 * If per user is not 0 and so many sessions of that user are
	 * connected, NO with PROTO_NO_USER.  indexd remembers user, address,
	 * pid and mark as long as the session.
	 * RESUME: u32 uid, str mail root, id session, token: from that uid
	 * (or as for BIND), after indexd has restarted.  BOUND, or NO.
	 */
	PROTO_BIND,
	PROTO_RESUME,
	PROTO_BOUND,
	/*
	 * CONTROL: u8 json, str command, u32 n, n times str argument; from
	 * root or indexd's user.  Answered by any number of LINE (str) and
	 * one DONE (u8 exit status).  MORE: the command takes input, and
	 * waits for INPUT: up to PROTO_MAXINPUT octets, none at the end.
	 */
	PROTO_CONTROL,
	PROTO_LINE,
	PROTO_DONE,
	PROTO_MORE,
	PROTO_INPUT,
	/*
	 * From those who may BIND, with imapd -i, where no listener counts:
	 * ARRIVE: str address, u32 per address (0: no limit): as long as it
	 * stands this connection is one of that address, as a session's is of
	 * the address that BIND names.  OK, or NO with PROTO_NO_USER.
	 * FAILED: str address: a login from there has failed.  DELAY: u32 ms
	 * that its answer is to wait.
	 * Both again and again; BIND is said on another connection.
	 */
	PROTO_ARRIVE,
	PROTO_FAILED,
	PROTO_DELAY,

	/*
	 * Answers to any request of a session.
	 * OK: nothing.  NO: u16 code (enum proto_no), str text for a human.
	 */
	PROTO_OK = 32,
	PROTO_NO,

	/*
	 * OPEN: str folder (as in the name space on disk, "" for INBOX), id
	 * mailbox, id indexd (as in the folder's identity), u32 uidvalidity,
	 * u64 floor modseq, u32 floor uid (both as durable in the identity),
	 * u8 write: OPEN_*.  A table that was carried here (TABLE_CARRIED, or
	 * _RESET) takes the identity that the folder has from elsewhere: its
	 * numbers go on above the floors, and raise is 1.  Until FLOOR has
	 * told that the folder has an identity with indexd's id, the table's
	 * UIDVALIDITY and what was to be raised, that stays so.
	 * OPENED, with the table's descriptor: u32 handle, u8 known: 1 if
	 * the folder was last opened under another name, str that name, u8
	 * raise, u64 modseq, u32 uid: if raise is 1, the floor that a
	 * session with write permission should write next (then FLOOR).
	 * NO with PROTO_NO_MAILBOX: no such table, or one of another
	 * identity, or one that was never filled (CREATE with adopt), or one
	 * carried here that is to be read only: CREATE.
	 */
	PROTO_OPEN,
	PROTO_OPENED,
	/*
	 * CREATE: str folder, id mailbox, u32 uidvalidity (0: give one),
	 * u64 modseq, u32 uid (numbering starts above both), u32 n, n times
	 * str keyword (keyword i gets bit i), u8 adopt.  Makes an empty table;
	 * one under this id that exists is replaced, and numbering starts
	 * above its numbers, too.  The folder's identity file is written
	 * after the answer, then OPEN.
	 * CREATED: u32 uidvalidity, u64 floor modseq, u32 floor uid.
	 *
	 * adopt 1: the messages have UIDs already.  They start at 1; the
	 * floor is above uid.  OPEN with OPEN_ADOPT, REPORTs that say the
	 * UIDs, ADOPTED, and then the identity file.  Until ADOPTED nobody
	 * opens it otherwise, and it goes when nobody has it open.
	 * ADOPTED: u32 handle, u32 uidnext: UIDNEXT is at least that.
	 * Messages in cur/ are not recent then.
	 */
	PROTO_CREATE,
	PROTO_CREATED,
	PROTO_ADOPTED,
	/* MAP: u32 handle: OPENED again with the newest generation. */
	PROTO_MAP,
	/* CLOSE: u32 handle. */
	PROTO_CLOSE,
	/* FLOOR: u32 handle, u64 modseq, u32 uid: durable in the folder. */
	PROTO_FLOOR,
	/* RAISE, from indexd: u32 handle, u64 modseq, u32 uid. */
	PROTO_RAISE,
	/* RENAMED: u32 handle, str folder. */
	PROTO_RENAMED,
	/*
	 * DELETED: u32 handle: the folder is out of the name space.  The
	 * table goes; every session that has it open is told GONE.
	 */
	PROTO_DELETED,
	/* GONE, from indexd: u32 handle. */
	PROTO_GONE,
	/*
	 * ARM: u32 handle, u64 modseq: say CHANGED (u32 handle) once, as
	 * soon as the mailbox has changes after modseq.
	 */
	PROTO_ARM,
	PROTO_CHANGED,
	/* RECENT: u32 handle: claims \Recent. u32 first, u32 before: the
	 * UIDs from first to before - 1 are recent for this session. */
	PROTO_RECENT,
	PROTO_RECENTS,

	/*
	 * The changing requests.  Each starts with u64 serial: it rises with
	 * each changing request of the session; a serial that was decided is
	 * never decided again, but answered as it was (an older one than the
	 * last: NO with PROTO_NO_FATE).  FATE: u64 serial:
	 * the result again, or NO with PROTO_NO_FATE: never decided, and
	 * never will be.
	 *
	 * RESULT: u64 serial, u16 code (0, or enum proto_no: then nothing
	 * was changed), u64 modseq (0: nothing changed), u32 first, u32
	 * last (UIDs that messages got), set refused, set done.
	 *
	 * They, and all that follow but SIZES, need a handle that was opened
	 * for writing (COPY: the destination's; the source's to move).
	 */
	PROTO_FATE = 64,
	PROTO_RESULT,
	/*
	 * STORE: serial, u32 handle, u8 operation (STORE_*), u16 system
	 * flags, u32 n, n times str keyword, u8 conditional, u64
	 * unchangedsince, set.  refused: failed UNCHANGEDSINCE; done: were
	 * changed.  A keyword to be added that is too long, or one too many:
	 * PROTO_NO_LIMIT.
	 *
	 * STORE_LETTERS: the folder's file says what letters mean that the
	 * mailbox has no keyword for.  Instead of system flags comes the
	 * number of keywords that the mailbox has, then the names of those
	 * that follow, all new (else PROTO_NO_LOOK).  They become its
	 * keywords, and the messages get those whose letters their files
	 * have.
	 */
	PROTO_STORE,
	/* EXPUNGE: serial, u32 handle, set: those in it with \Deleted.
	 * done: were expunged. */
	PROTO_EXPUNGE,
	/*
	 * FLIGHT: u32 handle, names: about to be linked into cur/.
	 * FLYING, when durable: u64 ticket; the same names again, from the
	 * same session, are the same ticket.  NO with PROTO_NO_TICKET: a name
	 * is in flight, or cancelled and still to be unlinked.
	 * LAND: u64 ticket: not needed after all, and no file of these names
	 * is there.
	 */
	PROTO_FLIGHT,
	PROTO_FLYING,
	PROTO_LAND,
	/*
	 * APPEND: serial, u64 ticket, u32 n (the names of the ticket, in
	 * order), n times: u32 letters in the name, u64 size, u64 vsize,
	 * u64 internaldate, u16 system flags, u32 k, k times str keyword.
	 * refused is empty; first to last are the UIDs.
	 */
	PROTO_APPEND,
	/*
	 * COPY: serial, u32 source handle, u64 ticket, u8 move, u32 n (the
	 * names of the ticket, in order), n times: u32 uid, u32 letters in
	 * the new name.  The copy has the flags, dates and sizes that the
	 * source's row has.  A message that is gone from the source is not
	 * moved, but is copied (its row as last known; if even the tombstone
	 * is gone it is refused).  refused: source UIDs not taken, whose
	 * names count as cancelled; done: source UIDs taken, to which first
	 * to last belong in the order of the request.  The RESULT's modseq
	 * is the destination's.  A UID may be named once.
	 */
	PROTO_COPY,
	/*
	 * REPORT: serial, u32 handle, u64 seen (the session's place in the
	 * change log), then what other programs did:
	 * u32 uidnext: UIDNEXT is at least that after the last that has a
	 * UID, and before the first that has none (0: as it is);
	 * u32 n, n times (str name, u8 in new/, u32 letters, u64 size, u64
	 * vsize, u64 internaldate, u32 uid, u8 whole, and if that is 1: u16
	 * system flags, u64 keywords): appeared; each a message, numbered in
	 * this order: uid is the one that it has on the folder's UID list,
	 * or 0 for the next; whole: its flags are these, bits as in a row,
	 * whatever the letters say;
	 * u32 n, n times (u32 uid, str name, u8 in new/, u32 letters): the
	 * file's name as it is now;
	 * set gone.
	 * first to last: those of the appeared that were not known already;
	 * done: those gone.  modseq: if nothing has changed but what files
	 * are called, the highest, and no new one.
	 * Code PROTO_NO_LOOK: one of the rows changed after seen, or what
	 * appeared may have come and gone since: nothing was taken, drain the
	 * change log and look again.
	 * Code PROTO_NO_UID: a uid is below UIDNEXT, and the file was not
	 * known: the list contradicts the table, nothing was taken.
	 */
	PROTO_REPORT,

	/*
	 * Bringing the folder up to date; no mod-sequence.
	 * GIVE: u32 handle, u32 n, n times (u32 uid, u32 letters): OK when
	 * durable in the rows.  Of a row that is being given already the
	 * name is looked at, and reported or GIVEN, first: only the last
	 * letters are remembered.
	 * GIVEN: u32 handle, u32 n, n times (u32 uid, u32 letters, u8 in
	 * cur/): the file carries them now, and the directory is synced.
	 * UNLINKED: u32 handle, set: tombstones whose file is gone for good.
	 * SIZES: u32 handle, u32 n, n times (u32 uid, u64 vsize).
	 */
	PROTO_GIVE = 96,
	PROTO_GIVEN,
	PROTO_UNLINKED,
	PROTO_SIZES,
	/*
	 * CANCELLED, from indexd, on OPENED for writing and when it happens:
	 * u32 handle, names: unlink them if they are there and sync cur/.
	 * FORGET: u32 handle, names: that is done.
	 */
	PROTO_CANCELLED,
	PROTO_FORGET,
	/*
	 * STAMP: u32 handle, u32 reports, u64 six times: inode, mtime and
	 * ctime (both in ns) of new/, then of cur/, from before a listing of
	 * both whose every difference was reported and taken.  Neither time
	 * may be one that a later change could leave as well.  reports is the
	 * table's before that listing, and one more for each report by which
	 * the session itself has changed something since.  OK at once: it
	 * gets into the table's header with the next commit, or a moment
	 * later.  NO with PROTO_NO_LOOK: others have reported meanwhile, maybe
	 * of an older look.
	 */
	PROTO_STAMP,
	/*
	 * LEASE: str folder: another indexd holds its lease.  OK if an
	 * operator said within the last ten minutes that it may be
	 * taken over, or NO with PROTO_NO_LEASE.
	 */
	PROTO_LEASE,
	/*
	 * REPLACE: serial, u32 source handle (both for writing), u64 ticket of
	 * one name, u32 uid, then the message as in APPEND, without n: it is
	 * put in, and the one with the uid expunged from the source, in one.
	 * If that is gone already nothing is done, the name counts as
	 * cancelled, and refused has the uid; else done has it, and first and
	 * last are the new UID.  The RESULT's modseq is the destination's.
	 */
	PROTO_REPLACE,

	/*
	 * VERIFY: u32 handle: its table looked damaged.  OK at once; it is
	 * verified, and repaired or given up (GONE) if it is.
	 * FIND: str folder: its identity file cannot be read.  FOUND: id
	 * mailbox, u32 uidvalidity, u64 floor modseq, u32 floor uid: of the
	 * only table that was last opened under that name; or NO with
	 * PROTO_NO_MAILBOX.
	 * REPAIRED: str folder, str text: what the session has repaired in
	 * the folder, for the log and indexctl(8).  OK.
	 */
	PROTO_VERIFY = 112,
	PROTO_FIND,
	PROTO_FOUND,
	PROTO_REPAIRED,

	/*
	 * BRIEF: u8 sizes, u32 n, n times (str folder, u64 six times: as in
	 * STAMP, what its directories are now).  BRIEFS: u8 more: 1 if that
	 * is to be asked again, for some tables are still to be read (then n
	 * is 0); u32 n, n times u8 known, which is 0 if the mailbox has to be
	 * opened to learn what it has; or 1, and then id mailbox, u32
	 * uidvalidity, u32 uidnext, u32 messages, u32 unseen, u32 deleted,
	 * u32 recent (claimed by nobody), u64 highestmodseq, u64 size, u64
	 * deleted size (octets of RFC822.SIZE in all, and of those with
	 * \\Deleted; TABLE_UNKNOWN, and always if not asked for).
	 */
	PROTO_BRIEF,
	PROTO_BRIEFS,

	/* The session ends; its result is not needed any more.  OK, then
	 * the connection is closed. */
	PROTO_GOODBYE = 127,

	/*
	 * Watching a folder, on a handle for writing.  The system tells
	 * indexd of what comes and goes in new/ and cur/, by descriptors that
	 * a session gives it.
	 * WATCH: u32 handle.  NO with PROTO_NO_LIMIT: folders are compared.
	 * WANT: u8 WANT_*; with WANT_LENT there is a descriptor.
	 * PASS, what was wanted: u32 handle, u32 error (errno of Linux, and
	 * no descriptor; or 0).  WANT again, or NO as above.
	 * STANDING: u32 handle, u32 error (as in PASS), u32 new, u32 cur: both
	 * were added to what was lent, and what they are called there.  NO
	 * with PROTO_NO_GONE: of this mailbox other directories are watched.
	 * UNWATCH: u32 handle.
	 */
	PROTO_WATCH = 128,
	PROTO_WANT,
	PROTO_PASS,
	PROTO_STANDING,
	PROTO_UNWATCH,
	/*
	 * NAMES: u32 handle.  NAMED: u8 sure, u64 at, u32 n, n times (u8 in
	 * cur/, str name): if sure, table and directories agree, but for these
	 * names, that came or went up to now; at is the place of now.
	 * AGREE: u32 handle, u64 at, u8 still: table and directories agreed
	 * at or after that place; if still, provided that nothing came or
	 * went since.  NO with PROTO_NO_LOOK: that is not so, or something
	 * may have been missed.
	 * LOOKED: u32 handle, u64 at: all names up to that place, and all
	 * that was found is in the table.
	 */
	PROTO_NAMES,
	PROTO_NAMED,
	PROTO_AGREE,
	PROTO_LOOKED,
	/*
	 * ATTEND: u32 handle, u8 on: it waits and may be asked to look.
	 * LOOK, from indexd: u32 handle: something came or went.
	 */
	PROTO_ATTEND,
	PROTO_LOOK
};

enum proto_no {
	PROTO_NO_MAILBOX = 1,	/* no such table: CREATE */
	PROTO_NO_LIMIT,		/* of indexd.conf(5), or of the format */
	PROTO_NO_SPACE,		/* indexd's disk is full */
	PROTO_NO_FLOOR,		/* the folder's floor was not raised in time */
	PROTO_NO_FATE,		/* that serial was never decided */
	PROTO_NO_LOOK,		/* look again */
	PROTO_NO_TICKET,	/* the names were cancelled */
	PROTO_NO_TOKEN,		/* not a session that may come back */
	PROTO_NO_DAMAGED,	/* the table is damaged */
	PROTO_NO_GONE,		/* the mailbox was deleted */
	PROTO_NO_UID,		/* the UID was given already */
	PROTO_NO_LEASE,		/* another indexd numbers the folder */
	PROTO_NO_DISK,		/* indexd's disk reports an error */
	PROTO_NO_MEMORY,	/* indexd has no memory */
	PROTO_NO_FILES,		/* indexd has no descriptor */
	PROTO_NO_USER,		/* as many sessions of the user, or of the
				   address, as may be */
	PROTO_NO_SESSION	/* there is none of that id any more */
};

#define OPEN_READ	0
#define OPEN_WRITE	1
#define OPEN_ADOPT	2	/* to fill it: CREATE with adopt */

#define WANT_NONE	0	/* nothing: the folder is watched */
#define WANT_LENT	1	/* new/ and cur/ added to this inotify(7) */
#define WANT_INSTANCE	2	/* an instance of inotify(7) */
#define WANT_NEW	3	/* new/ itself */
#define WANT_CUR	4	/* cur/ itself */

#define STORE_SET	0	/* FLAGS */
#define STORE_ADD	1	/* +FLAGS */
#define STORE_REMOVE	2	/* -FLAGS */
#define STORE_LETTERS	3	/* keywords of letters */

/* Strides of the floor in a folder's identity file. */
#define FLOOR_MODSEQS	(1U << 20)
#define FLOOR_UIDS	(1U << 16)

#endif
