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

#ifndef COMMON_MAILDIR_H
#define COMMON_MAILDIR_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The names of message files in a Maildir.  A name is
 *
 *	1700000000.M123P42.host,S=1234,W=1260:2,FS
 *	`---- unique part ----'
 *	`------------- base name ------------'
 *
 * The unique part is what stays the same whatever anyone does to the file;
 * the base name is what the table holds; what follows ":2," is the info.
 * All functions here are pure but maildir_make().
 */

#define MAILDIR_NAMEMAX	255	/* octets of a file name, info and all */
#define MAILDIR_INFO	":2,"

/* What a name says.  Sizes that it does not tell are TABLE_UNKNOWN. */
struct maildir_name {
	size_t		unique;		/* octets of the unique part */
	size_t		base;		/* octets of the base name */
	uint32_t	letters;	/* LETTER_*, of the info */
	uint64_t	size;		/* ,S=: octets of the file */
	uint64_t	vsize;		/* ,W=: octets with CRLF line ends */
};

/*
 * Takes a name apart.  Returns 0, or -1 with errno EINVAL if it cannot be a
 * message's (empty, starting with a dot, with an empty unique part, with a
 * slash or a control character) or ENAMETOOLONG.
 */
int	maildir_parse(const char *name, struct maildir_name *);

/* Octets of the unique part, and of the base name, of any string. */
size_t	maildir_unique(const char *name);
size_t	maildir_base(const char *name);

/*
 * Builds the name of a file in cur/: base (up to its info, if it has one)
 * with these letters, in ASCII order.  What the info of old, the file's
 * present name, holds that is none of ours is kept; old may be NULL.  Returns
 * 0, or -1 with errno ENAMETOOLONG: more than MAILDIR_NAMEMAX octets, or than
 * size holds with its NUL.
 */
int	maildir_build(char *buf, size_t size, const char *base,
	    uint32_t letters, const char *old);

/* Whether the unique parts are equal: 1 or 0. */
int	maildir_same(const char *, const char *);

/* A hash of the first len octets, for tables of names. */
uint32_t maildir_hash(const char *, size_t len);

/* The time in front of the name, seconds since 1970; 0 if there is none. */
int64_t	maildir_time(const char *name);

/*
 * When the file came to its folder (RFC 8514 section 3): the time in front of
 * its name, which it keeps as long as it is there, whatever becomes of tables
 * and dates of files; now if the name has none, or one that is still to come.
 * 0 is never returned.
 */
uint32_t maildir_savedate(const char *name);

/* The order in which found messages are numbered: by the time in the name,
 * then by the octets of the unique part, then by all.  As for qsort(3). */
int	maildir_compare(const char *, const char *);

/*
 * Makes a base name that no other file has: time, microseconds, process,
 * counter, random number, host.  maildir_unique_name() does it from given
 * parts; '/', ':' and what is not printable in host become \057, \072 and so
 * on.  Both return 0, or -1 with errno ENAMETOOLONG.
 */
struct maildir_parts {
	struct timespec	 ts;
	unsigned long	 pid;
	unsigned long	 counter;
	uint32_t	 random;
	const char	*host;
};
int	maildir_unique_name(char *buf, size_t size,
	    const struct maildir_parts *);
int	maildir_make(char *buf, size_t size);

/* Appends ",S=size,W=vsize"; a size of TABLE_UNKNOWN is left out.  Returns
 * 0, or -1 with errno ENAMETOOLONG and the name as it was. */
int	maildir_hints(char *buf, size_t bufsize, uint64_t size,
	    uint64_t vsize);

#endif
