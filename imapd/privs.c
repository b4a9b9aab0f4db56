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

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/privs.h"

static int	drop(uid_t, gid_t);

int
privs_init(struct privs *p)
{
	struct passwd *pw;
	struct stat st;

	memset(p, 0, sizeof(*p));
	if (geteuid() != 0)
		return (0);
	p->root = 1;
	if ((pw = getpwnam(PRIVS_USER)) == NULL || pw->pw_uid == 0) {
		log_warnx("started by root, imapd needs a user \"%s\" with a "
		    "home that is empty and root's: create it, or start imapd "
		    "as an ordinary user", PRIVS_USER);
		return (-1);
	}
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	if (strlcpy(p->dir, pw->pw_dir, sizeof(p->dir)) >= sizeof(p->dir)) {
		log_warnx("the home of \"%s\" is too long", PRIVS_USER);
		return (-1);
	}
	/* Better now than at each connection. */
	if (stat(p->dir, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		log_warnx("%s, the home of \"%s\", has to be a directory of "
		    "root's that nobody else can write to: make it, and leave "
		    "it empty", p->dir, PRIVS_USER);
		return (-1);
	}
	return (0);
}

int
privs_front(const struct privs *p)
{
	if (!p->root)
		return (0);
	tzset();		/* reads its file while there is one */
	if (chroot(p->dir) == -1 || chdir("/") == -1) {
		log_warn("front: cannot make %s, the home of \"%s\", its root",
		    p->dir, PRIVS_USER);
		return (-1);
	}
	if (setgroups(1, &p->gid) == -1) {
		log_warn("front: setgroups");
		return (-1);
	}
	return (drop(p->uid, p->gid));
}

int
privs_session(uid_t uid, gid_t gid)
{
	struct passwd *pw;
	int error;

	if (uid == 0) {
		log_warnx("session: never as root");
		errno = EPERM;
		return (-1);
	}
	if (geteuid() != 0) {
		if (uid == geteuid() && uid == getuid())
			return (0);
		log_warnx("session: only root can become uid %ld", (long)uid);
		errno = EPERM;
		return (-1);
	}
	/* By uid: the user's name may be another's on this system. */
	if ((pw = getpwuid(uid)) != NULL)
		error = initgroups(pw->pw_name, gid);
	else
		error = setgroups(1, &gid);
	if (error == -1) {
		log_warn("session: groups of uid %ld", (long)uid);
		return (-1);
	}
	return (drop(uid, gid));
}

/* setuid(2) of root sets all three of them; that is checked. */
static int
drop(uid_t uid, gid_t gid)
{
	if (setgid(gid) == -1 || setuid(uid) == -1) {
		log_warn("cannot become uid %ld gid %ld", (long)uid,
		    (long)gid);
		return (-1);
	}
	if (getuid() != uid || geteuid() != uid || getgid() != gid ||
	    getegid() != gid || setuid(0) != -1 || seteuid(0) != -1) {
		log_warnx("uid %ld: the rights of root are still there",
		    (long)uid);
		errno = EPERM;
		return (-1);
	}
	return (0);
}
