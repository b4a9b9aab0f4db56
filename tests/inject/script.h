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

#ifndef TESTS_INJECT_SCRIPT_H
#define TESTS_INJECT_SCRIPT_H

#include "tests/inject/scene.h"

/*
 * A changing command, and what goes before it.  The mailbox INBOX has the
 * messages a to d then, is selected, and there is a mailbox Other.
 */
#define SCRIPT_BARE	0x01	/* nothing of that: one message in each of
				   cur/ and new/ of a folder nobody has seen */
#define SCRIPT_STEPS	0x02	/* half of it may be done; repeated, it is
				   done wholly */
#define SCRIPT_SURE	0x04	/* what it tells has happened already */
#define SCRIPT_ALIKE	0x08	/* its points are much like those of another */
#define SCRIPT_SETUP	6

struct script {
	const char	*name;
	unsigned int	 flags;
	const char	*setup[SCRIPT_SETUP];
	void		(*act)(const struct scene *);	/* or NULL */
	const char	*command;
	const char	*finish;	/* where repeating it does not */
};

/* The scripts for every test; ended by one without a name. */
extern const struct script	scripts[];

/* What is to be, from a run that nothing disturbs. */
struct plan {
	struct snap	 before;
	struct snap	 after;
};

const struct script	*script_find(const char *name);

/* Logs in to a new root and does all that goes before the command. */
struct imap	*script_prepare(struct scene *, const struct script *);

/* Whether INBOX has the UIDVALIDITY and UIDs that another server gave. */
void	script_uids(const struct script *, const struct snap *,
	    const char *what);

/* Runs it undisturbed; all is checked. */
void	script_plan(struct scene *, const struct script *, struct plan *);
void	plan_free(struct plan *);

/* A fresh session, and what it sees. */
struct imap	*script_observe(struct scene *, struct snap *);

/* LOGOUT, and waits for all that follows it. */
enum imap_reply	script_end(struct scene *, struct imap *);

/* The session is gone: waits for it, reviving indexd if need be. */
void	script_gone(struct scene *, struct imap *);

#endif
