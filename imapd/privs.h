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

#ifndef IMAPD_PRIVS_H
#define IMAPD_PRIVS_H

#include <sys/types.h>

#include <limits.h>

/* Whom the front runs as when imapd is started by root. */
#define PRIVS_USER	"_imapd"

struct privs {
	int	root;			/* started by root */
	uid_t	uid;			/* of PRIVS_USER */
	gid_t	gid;
	char	dir[PATH_MAX];		/* its home: the front's root */
};

/*
 * Finds out what the front is to run as; started by root, PRIVS_USER must
 * exist.  Returns 0, or -1 with the reason logged.
 */
int	privs_init(struct privs *);

/*
 * For the front: gives up the file system and all rights, for good.  Does
 * nothing if not started by root.  Returns 0, or -1 with the reason logged.
 */
int	privs_front(const struct privs *);

/*
 * For the session: becomes the user, for good, with the groups that the
 * system's user of that uid has.  Never root: EPERM.  Not as root it only
 * checks that the user is us.  Returns 0, or -1 with the reason logged.
 */
int	privs_session(uid_t, gid_t);

#endif
