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

#ifndef TESTS_POWERCUT_RECORDER_H
#define TESTS_POWERCUT_RECORDER_H

#include <sys/types.h>

#include <stdint.h>

/*
 * What a process does to files, as a log that all processes of a test share:
 * recorder.c is linked into them and stands before the system's calls.  What
 * is stored through a shared mapping is found by comparing it with a copy,
 * before each call that is recorded or that may tell somebody something.
 *
 * Files are known by their inode numbers.  All is in one order: a call is
 * made and written down under one lock.
 */
#define RECORDER_ENV	"HIGHWATER_RECORD"	/* the log's path */
#define RECORDER_NOSYNC	"HIGHWATER_NOSYNC"	/* syncs do nothing */
#define RECORDER_MAX	((size_t)1 << 30)	/* octets, sparse */
#define RECORDER_SECTOR	512			/* octets that change at once */

enum event_type {
	EV_CREATE = 1,	/* dir, name, ino; mode */
	EV_LINK,	/* dir, name, ino */
	EV_RENAME,	/* dir2, name2 (from), dir, name (to), ino */
	EV_UNLINK,	/* dir, name, ino */
	EV_WRITE,	/* ino, off, data */
	EV_SIZE,	/* ino, off: the new size */
	EV_SYNC,	/* ino: a file or a directory */
};

/* Before the names, or the data. */
struct event {
	uint32_t	type;
	uint32_t	len;		/* with this head, a multiple of 8 */
	uint32_t	mode;
	uint32_t	namelen;	/* first name, with its NUL */
	uint64_t	ino;
	uint64_t	dir;
	uint64_t	dir2;
	uint64_t	off;
	uint64_t	size;		/* octets of data */
};

/* At the start of the log. */
struct event_log {
	_Atomic uint32_t	lock;
	_Atomic uint32_t	paused;
	_Atomic uint64_t	end;	/* of what is written, in the file */
};
#define RECORDER_START	4096

/*
 * For the process that drives the test, which has the recorder too but
 * records nothing until it is told to.  Makes the log, or fails the test.
 */
struct event_log *recorder_make(const char *path);
void	recorder_on(int on);		/* this process's own calls */
void	recorder_hold(int on);		/* nobody does anything meanwhile */
uint64_t recorder_end(void);		/* the end of the log */

#endif
