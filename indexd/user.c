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
#include <unistd.h>

#include "common/log.h"
#include "indexd/user.h"

void
user_become(const char *directory)
{
	struct passwd *pw;

	if (geteuid() != 0)
		return;
	if ((pw = getpwnam(INDEXD_USER)) == NULL)
		fatalx("indexd: no user %s: add it (no password, no shell, "
		    "no home), or start indexd as an ordinary user",
		    INDEXD_USER);
	if (pw->pw_uid == 0)
		fatalx("indexd: user %s is root", INDEXD_USER);
	if (mkdir(directory, 0700) == 0) {
		if (chown(directory, pw->pw_uid, pw->pw_gid) == -1)
			fatal("indexd: %s", directory);
	} else if (errno != EEXIST)
		fatal("indexd: %s", directory);
	if (setgroups(1, &pw->pw_gid) == -1 || setgid(pw->pw_gid) == -1 ||
	    setuid(pw->pw_uid) == -1)
		fatal("indexd: user %s", INDEXD_USER);
	if (setuid(0) != -1)
		fatalx("indexd: still root");
}
