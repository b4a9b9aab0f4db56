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

#ifndef TESTS_INJECT_INJECT_H
#define TESTS_INJECT_INJECT_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * What a test and the daemons it starts share: a file that both map.  The
 * daemons of a fault-injection build, imapd and indexd of this directory, are
 * linked with shim.c, which stands before the calls of the C library that
 * change something; each such call of a process that is meant is a point, and
 * at one of them the process ends or the call fails.
 *
 * Not seen are calls that the C library makes for itself, as the write(2) of
 * fflush(3): there the point is fflush(3).
 */
#define INJECT_ENV	"HIGHWATER_INJECT"	/* path of the file */
#define INJECT_SEGMENT	"HIGHWATER_SEGMENT"	/* octets of a journal's one */
#define INJECT_SLACK	"HIGHWATER_SLACK"	/* of compaction */
#define INJECT_TRACE	"HIGHWATER_TRACE"	/* others may look into it */
#define INJECT_NEXT	1			/* target: who maps it next */
#define INJECT_WHAT	160

/* Kinds of calls; bits of a mask. */
#define INJECT_OPEN	0x000001	/* a file that is there, to read */
#define INJECT_MODIFY	0x000002	/* ... to write */
#define INJECT_CREATE	0x000004
#define INJECT_WRITE	0x000008	/* to a file */
#define INJECT_SEND	0x000010	/* to a socket or a pipe */
#define INJECT_RENAME	0x000020
#define INJECT_LINK	0x000040
#define INJECT_UNLINK	0x000080	/* directories too */
#define INJECT_MKDIR	0x000100
#define INJECT_CUT	0x000200	/* ftruncate(2) */
#define INJECT_RESERVE	0x000400	/* fallocate(2) */
#define INJECT_SYNC	0x000800	/* fsync(2), fdatasync(2), msync(2) */
#define INJECT_MAP	0x001000
#define INJECT_TIMES	0x002000
#define INJECT_MODE	0x004000
#define INJECT_LOCK	0x008000
#define INJECT_FD	0x010000	/* a descriptor that is no file's */
#define INJECT_TAKE	0x020000	/* a descriptor in a message */
#define INJECT_FORK	0x040000
#define INJECT_MEMORY	0x080000	/* malloc(3) and its like */

/* What changes something that outlives the process, or that another sees; a
 * lock goes with its process. */
#define INJECT_CHANGES	(INJECT_CREATE | INJECT_WRITE | INJECT_SEND | \
	INJECT_RENAME | INJECT_LINK | INJECT_UNLINK | INJECT_MKDIR | \
	INJECT_CUT | INJECT_RESERVE | INJECT_SYNC | INJECT_TIMES | \
	INJECT_MODE | INJECT_FORK)

enum inject_mode {
	INJECT_COUNT,
	INJECT_KILL_BEFORE,
	INJECT_KILL_AFTER,
	INJECT_FAIL,
	INJECT_SHORT		/* a write(2) writes half of it */
};

struct inject {
	_Atomic uint32_t armed;
	_Atomic uint32_t target;	/* pid, INJECT_NEXT, or 0: nobody */
	uint32_t	 child;		/* not it: those that it forks */
	uint32_t	 mask;
	uint32_t	 mode;
	uint32_t	 at;		/* the point, from 1 */
	uint32_t	 lasting;	/* and all after it */
	int32_t		 error;
	_Atomic uint32_t count;		/* points passed */
	_Atomic uint32_t fired;
	_Atomic uint32_t indexd_ms;	/* indexd's clock is ahead so far */
	_Atomic uint32_t imapd_s;	/* time(3) of imapd too */
	char		 what[INJECT_WHAT];	/* the call at the point */
};

#endif
