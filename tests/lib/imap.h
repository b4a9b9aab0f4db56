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

#ifndef TESTS_LIB_IMAP_H
#define TESTS_LIB_IMAP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "tests/lib/daemon.h"

/*
 * An IMAP client for tests in C, just enough to change mailboxes and to see
 * what they hold.
 */
struct imap {
	int	 fd;
	pid_t	 pid;		/* imapd -i */
	unsigned int tag;
	char	*in;		/* answers to the command, as received */
	size_t	 len;
	size_t	 cap;
};

enum imap_reply {
	IMAP_OK,
	IMAP_NO,
	IMAP_BAD,
	IMAP_GONE		/* the connection ended before the reply */
};

/* Starts imapd -i and logs in. */
struct imap	*imap_open(const struct daemons *);

/* LOGOUT, waits for imapd, frees. */
void		 imap_close(struct imap *);

/* Waits for an imapd that was killed, or ends by itself, and frees. */
void		 imap_reap(struct imap *);

/*
 * imap_send() sends a command with a tag of its own; literals are to be
 * non-synchronising ones; len bytes are sent as they are; what came before is
 * forgotten.  imap_reply() reads up to its tagged reply; what came is then
 * in->in, with a NUL after it.
 * imap_command() does both; anything but an OK fails the test.
 */
void		 imap_send(struct imap *, const char *, size_t len);
enum imap_reply	 imap_reply(struct imap *);
void		 imap_command(struct imap *, const char *fmt, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* Reads what else comes; 0 at the end of the connection. */
int		 imap_more(struct imap *);

/* The number after the first occurrence of a text in the answers; fails the
 * test if there is none. */
uint64_t	 imap_number(const struct imap *, const char *text);

/* The messages that SELECT or EXAMINE, the command before, told of. */
size_t		 imap_exists(const struct imap *);

/* A message as FETCH tells it. */
struct imap_message {
	uint32_t	uid;
	uint64_t	modseq;
	char		flags[128];	/* sorted, one space between; without
					   \Recent */
	char		subject[64];
};

/* What a mailbox holds. */
struct imap_mailbox {
	uint32_t		 uidvalidity;
	uint32_t		 uidnext;
	uint64_t		 highestmodseq;
	struct imap_message	*messages;
	size_t			 n;
};

/* EXAMINEs the mailbox and reads it all. */
void	imap_snapshot(struct imap *, const char *name, struct imap_mailbox *);
void	imap_mailbox_free(struct imap_mailbox *);

#endif
