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

#ifndef TESTS_INJECT_SCENE_H
#define TESTS_INJECT_SCENE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include <atf-c.h>

#include "tests/inject/inject.h"
#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"

/*
 * The daemons of the fault-injection build, a mail root, and what all its
 * mailboxes hold.  What fails here fails the test.
 */
#define SCENE_BOXES	8
#define SCENE_LATE	11000	/* ms: names in flight are cancelled */
#define SCENE_OLD	144000	/* s: what is in tmp/ is nobody's */

/* All that a client sees. */
struct snap {
	char			 name[SCENE_BOXES][64];
	struct imap_mailbox	 box[SCENE_BOXES];
	size_t			 nboxes;
	char			**line;	/* without numbers, sorted */
	size_t			 n;
};

struct scene {
	struct daemons	 d;
	char		 cwd[1024];
	struct inject	*ctl;
	unsigned int	 root;		/* the mail is in r<root>/Maildir */
	int		 restarts;	/* of indexd, after it was killed */
};

/*
 * Skips the test where the daemons are not to be had.  Extra lines for
 * indexd.conf may be "".
 */
void	scene_links(struct daemons *);	/* the daemons alone */
void	scene_start(struct scene *, const atf_tc_t *, const char *extra);
void	scene_end(struct scene *);

/* An empty Maildir for what follows; removes the last one. */
void	scene_root(struct scene *);

/* Puts a message into a directory of the Maildir, "new" or ".Other/cur". */
void	scene_deliver(const struct scene *, const char *dir,
	    const char *subject);

/* Starts indexd.  -1: it was killed before it answered. */
int	scene_indexd(struct scene *);

/* If indexd was killed, starts it again.  1 if so. */
int	scene_revive(struct scene *);

/* As imap_reply(), but indexd is started again whenever it was killed. */
enum imap_reply	scene_reply(struct scene *, struct imap *);

/* The point at which the process, or one it forks, is to do something. */
void	scene_arm(struct scene *, pid_t, int child, uint32_t mask,
	    enum inject_mode, uint32_t at);
void	scene_disarm(struct scene *);

/* How long a log is, and whether a text stands in it from a place on. */
off_t	log_size(const char *);
int	log_has(const char *, off_t, const char *);

/* EXAMINEs all there is. */
void	snap_read(struct imap *, struct snap *);
void	snap_free(struct snap *);
int	snap_equal(const struct snap *, const struct snap *);
void	snap_print(const char *, const struct snap *);

/* Whether the numbers of b can come after those of a. */
void	snap_numbers(const struct snap *a, const struct snap *b,
	    const char *what);

/*
 * Sessions that are left in peace, the first of them this one, bring the
 * folders up to date: in the end the files are what the messages are, nothing
 * is left besides, and the messages are still those of s.
 */
void	scene_settle(struct scene *, struct imap *, const struct snap *,
	    const char *what);

#endif
