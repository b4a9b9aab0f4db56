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
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "common/preflight.h"
#include "indexd/check_conf.h"
#include "indexd/conf.h"
#include "indexd/user.h"

static int	our_user(uid_t *);
static void	directory(const char *, uid_t);

int
check_conf(const struct indexd_conf *conf)
{
	uid_t uid = geteuid();

	if (our_user(&uid) == 0)
		directory(conf->directory, uid);
	preflight_parent("socket", conf->socket);
	if (conf->pidfile != NULL)
		preflight_parent("pidfile", conf->pidfile);
	return (preflight_end());
}

/* Whom root would become. */
static int
our_user(uid_t *uid)
{
	struct passwd *pw;

	if (*uid != 0)
		return (0);
	if ((pw = getpwnam(INDEXD_USER)) == NULL || pw->pw_uid == 0) {
		preflight_error("user: started by root, indexd needs a user "
		    "\"%s\" that is not root", INDEXD_USER);
		return (-1);
	}
	*uid = pw->pw_uid;
	return (0);
}

/* Made at the first start. */
static void
directory(const char *path, uid_t uid)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		if (errno == ENOENT)
			preflight_parent("directory", path);
		else
			preflight_warn("directory: %s: %s", path,
			    strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode))
		preflight_error("directory: %s is no directory", path);
	else if (st.st_uid != uid)
		preflight_error("directory: %s belongs to uid %ld, not to "
		    "uid %ld that indexd runs as", path, (long)st.st_uid,
		    (long)uid);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		preflight_warn("directory: %s: others may look into it; make "
		    "its mode 0700", path);
}
