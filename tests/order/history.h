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

#ifndef TESTS_ORDER_HISTORY_H
#define TESTS_ORDER_HISTORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * A history: what each of many processes did to a few mailboxes and saw of
 * them, and when.  As text it is a line for each event,
 *
 *	time process kind text
 *
 * with the time in nanoseconds of one clock for all processes, and kinds:
 *
 *	(	a connection begins; the text is the mailbox that it is for
 *	>	the process sends a command: text without the tag, and for a
 *		literal the name of the message
 *	<	it has read a line: "* ..." or, without its tag, the reply
 *	)	the connection is over, whoever ended it
 *	[	another program begins: "deliver INBOX m1", "remove INBOX m1",
 *		"rename INBOX m1 (flags before) (flags after)"
 *	]	it has ended: "done", or "failed" if it changed nothing
 *	L	the server's own record of a change: "INBOX 7 new 3:4",
 *		"INBOX 8 flags 3 (those that changed)", "INBOX 9 gone 3:4"
 *	R	a row of its table: "INBOX 3 8 (flags) file", UID and
 *		mod-sequence first
 *	H	"INBOX 5": which flags a change up to 5 was about is forgotten
 *	K	a daemon was killed
 *	Q	from here on nobody changes anything
 *	F	a file in the end: "INBOX m1 (flags of its name)"
 *
 * Flags are the system flags and the keywords k0, k1, ...
 */
struct event {
	uint64_t	 t;
	size_t		 index;		/* order within equal times */
	unsigned int	 proc;
	char		 kind;
	const char	*text;
};

struct history {
	struct event	*event;		/* in the order of time */
	size_t		 n;
	size_t		 cap;
	char		**buf;		/* holds the texts */
	size_t		 nbuf;
	unsigned int	 nprocs;	/* highest process number plus one */
};

#define HISTORY_PROCS	256

/* Adds the events in a text, which is copied.  Returns 0, or -1 with errno
 * EINVAL if it is not a history, ENOMEM. */
int	history_parse(struct history *, const char *text);

/* Adds a file's events; fails as history_parse() and open(2). */
int	history_read(struct history *, const char *path);

/* Brings the events in order; call once, before any check. */
void	history_sort(struct history *);
void	history_free(struct history *);

/* Flags as bits: the system flags, then k0 and so on. */
#define F_SEEN		0x01
#define F_ANSWERED	0x02
#define F_FLAGGED	0x04
#define F_DELETED	0x08
#define F_DRAFT		0x10
#define F_SYSTEM	0x1f
#define F_KEYWORD	5		/* bit of k0 */
#define F_KEYWORDS	32

/* The flags in "(...)"; \Recent and strangers are left out. */
uint64_t bits_parse(const char *);

/* The text, "(\Seen k0)", in buf, which is returned. */
#define F_TEXTLEN	256
const char *bits_text(uint64_t, char buf[F_TEXTLEN]);

#endif
