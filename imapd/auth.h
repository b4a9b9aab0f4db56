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

#ifndef IMAPD_AUTH_H
#define IMAPD_AUTH_H

#include <sys/types.h>

#include <limits.h>
#include <stddef.h>

#include "imapd/login.h"

struct imapd_conf;

/*
 * Whether a user and a password belong together, and whom and what the user
 * then is.  The client learns of all failures the same, in the same time;
 * the log has the reason.
 */

#define AUTH_TIME	30		/* s a check may take */

enum auth_result {
	AUTH_OK,
	AUTH_UNKNOWN,			/* no such user */
	AUTH_PASSWORD,			/* not the password */
	AUTH_NAME,			/* not a name that a user can have */
	AUTH_ENTRY,			/* the user's entry cannot be used */
	AUTH_ERROR			/* could not be checked */
};

/* What the child that checks says; strings always end. */
struct auth_answer {
	int	result;			/* enum auth_result */
	uid_t	uid;
	gid_t	gid;
	char	user[LOGIN_USER_MAX];
	char	home[PATH_MAX];
	char	mailroot[PATH_MAX];
};

/*
 * Checks the request in a child process, which ends with its answer, so that
 * nothing of what it read stays.  nclose descriptors in closefds are closed
 * in it.  Failures to check are AUTH_ERROR and logged.
 */
void		 auth_ask(const struct imapd_conf *,
		    const struct login_request *, const int *closefds,
		    size_t nclose, struct auth_answer *);

/* The same in this process. */
void		 auth_check(const struct imapd_conf *,
		    const struct login_request *, struct auth_answer *);

/* A short word for the log. */
const char	*auth_reason(int result);

/*
 * Whether this can be the name of a user, and a part of a path: 1 or 0.  No
 * "/", no control character, no "..", and neither the local part nor the
 * domain is empty or begins with ".".
 */
int		 auth_name_ok(const char *user);

/*
 * Expands the template of imapd.conf's maildir: %h the home, %u the user, %n
 * the part before "@", %d after.  Without "//" and "/" at its end.  Returns
 * 0, or -1 with the reason in *why, a constant.
 */
int		 auth_mailroot(const char *template, const char *user,
		    const char *home, char *buf, size_t size,
		    const char **why);

/*
 * auth_file.c: finds the user in the file of passwd format and checks the
 * password.  AUTH_OK sets uid, gid and home of the answer; an empty uid or gid
 * is that of this process if it is not root's.
 */
int		 auth_file(const char *path, const char *user,
		    const char *pass, struct auth_answer *);

/*
 * Whether the password is the one of the stored form, a crypt(3) hash or
 * {SCHEME}...: AUTH_OK, AUTH_PASSWORD, or AUTH_ENTRY with the reason, a
 * constant, in *why.
 */
int		 auth_password(const char *stored, const char *pass,
		    const char **why);

#endif
