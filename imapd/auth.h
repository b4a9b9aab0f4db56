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
	AUTH_CONTINUE,			/* text is for the client */
	AUTH_UNKNOWN,			/* no such user */
	AUTH_PASSWORD,			/* not the password */
	AUTH_NAME,			/* not a name that a user can have */
	AUTH_ENTRY,			/* the user's entry cannot be used */
	AUTH_LOCKED,			/* the account is locked */
	AUTH_EXPIRED,			/* the account or its password is */
	AUTH_AUTHZID,			/* wants to act as somebody else */
	AUTH_BINDING,			/* not of this TLS connection */
	AUTH_SYNTAX,			/* not a message of the mechanism */
	AUTH_ELSEWHERE,			/* for a process of its own to check */
	AUTH_ERROR			/* could not be checked */
};

/* What the child that checks says; strings always end. */
struct auth_answer {
	int	result;			/* enum auth_result */
	uid_t	uid;
	gid_t	gid;
	char	user[LOGIN_USER_MAX];	/* prepared; "" if it is none */
	char	home[PATH_MAX];
	char	mailroot[PATH_MAX];
	char	text[LOGIN_PASS_MAX];
};

/* What a check is told. */
struct auth_start {
	const struct imapd_conf	*conf;
	const char		*addr;		/* the client's */
	const int		*closefds;	/* not for the child; or -1 */
	size_t			 nclose;
	int			 here;		/* in a process that goes on */
};

/* The process that checks, while an exchange goes on; fd -1: there is none. */
struct auth_child {
	pid_t	pid;
	int	fd;
};

/*
 * auth_secret.c: draws the secret from which salts are made for users that
 * have none, for as long as the program and its children live.  Without it
 * the secret is made of the passwd file.  auth_forget() wipes it.
 */
void		 auth_init(void);
void		 auth_forget(void);

/*
 * Checks the request in a child process, which ends with its answer, so that
 * nothing of what it read stays.  After AUTH_CONTINUE the child waits for the
 * client's next message, until auth_cancel(), and for the time of a login at
 * most.  Failures to check are AUTH_ERROR and logged.  What no library has to
 * be asked about, and leaves nothing behind, is checked without a child:
 * auth_file_here().
 */
void		 auth_ask(const struct auth_start *,
		    const struct login_request *, struct auth_child *,
		    struct auth_answer *);
void		 auth_next(struct auth_child *, const struct login_request *,
		    struct auth_answer *);
void		 auth_cancel(struct auth_child *);

/*
 * LOGIN_PASSWORD or LOGIN_EXTERNAL, checked in this process; if that is to be
 * here, the result may be AUTH_ELSEWHERE.
 */
void		 auth_check(const struct auth_start *,
		    const struct login_request *, struct auth_answer *);

/* A short word for the log. */
const char	*auth_reason(int result);

/*
 * After the backend: whether that user can have a session, and where the mail
 * is.  AUTH_OK or AUTH_ENTRY, logged.
 */
int		 auth_settle(const struct imapd_conf *, struct auth_answer *);

/*
 * auth_sasl.c: the exchange of LOGIN_SASL in this process, with the supervisor
 * at fd, to its last answer, which is left in the answer.  Returns 0, or -1
 * if the supervisor has gone.
 */
int		 auth_sasl(const struct auth_start *,
		    const struct login_request *, int fd,
		    struct auth_answer *);

/*
 * auth_name.c: prepares a name or a password by SASLprep (RFC 4013), as a
 * query.  Returns 0, or -1 if it has what it must not have, or is empty, or
 * too long for buf.
 */
int		 auth_prepare(const char *in, char *buf, size_t size);

/* Whether all octets are US-ASCII: SASLprep then changes nothing. */
int		 auth_is_ascii(const char *);

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
 * The backends, one file each.  AUTH_OK sets uid, gid and home of the answer,
 * and auth_exec() and auth_pam() maybe another user.  With pass NULL the
 * user is known by other means, and only whether the account can be used is
 * asked.
 *
 * auth_file(): an entry of the file of passwd format; an empty uid or gid is
 * that of this process if it is not root's.
 */
int		 auth_file(const char *path, const char *user,
		    const char *pass, struct auth_answer *);

/*
 * The same in a process that goes on: nothing of the file and of the password
 * is left in its memory.  That can be said of names and passwords in US-ASCII
 * and of {PLAIN}; where crypt(3), libcrypto or libidn have to work, the result
 * is AUTH_ELSEWHERE.
 */
int		 auth_file_here(const char *path, const char *user,
		    const char *pass, struct auth_answer *);
int		 auth_system(const char *user, const char *pass,
		    struct auth_answer *);
int		 auth_pam(const char *service, const char *user,
		    const char *pass, const char *addr, struct auth_answer *);
int		 auth_exec(char *const *argv, const char *user,
		    const char *pass, const char *addr, struct auth_answer *);

/* uid, gid and home from a passwd(5) entry: AUTH_OK or AUTH_ENTRY, logged. */
struct passwd;
int		 auth_from_passwd(const struct passwd *,
		    struct auth_answer *);

/*
 * auth_file.c: an entry of the file, and what the others are like, for a user
 * who has none.
 */
struct auth_record {
	char		*line;		/* what the fields point into */
	size_t		 size;		/* of it */
	const char	*name;
	const char	*stored;	/* the password's field */
	const char	*uid;
	const char	*gid;
	const char	*home;
	unsigned int	 lineno;
	char		*hash;		/* of crypt(3), of somebody, or NULL */
	char		*scram;		/* {SCRAM-SHA-256}, or NULL */
};

/*
 * Looks for the user and reads all of the file, wherever the user stands.
 * AUTH_OK, AUTH_UNKNOWN or AUTH_ERROR; auth_record_free() frees and wipes.
 */
int		 auth_record(const char *path, const char *user,
		    struct auth_record *);
void		 auth_record_free(struct auth_record *);

/* Takes uid, gid and home over: AUTH_OK, or AUTH_ENTRY, logged. */
int		 auth_record_use(const struct auth_record *, const char *path,
		    struct auth_answer *);

/*
 * Whether SCRAM can be done with every entry of the file that has a password,
 * and there is one: 1 or 0.  Clients take the strongest mechanism that is
 * offered, and those of the other entries would fail.  The file is read when
 * it has changed since this process, or the one it was forked from, asked;
 * nothing of it stays in memory.
 */
int		 auth_file_scram(const char *path);

/*
 * auth_secret.c: the salt of a user whose entry has none: len bytes, up to
 * SCRAM_SALT_MAX, always the same while the secret is.  path is the passwd
 * file.  Returns 0, or -1, logged.
 */
int		 auth_salt(const char *path, const char *user,
		    unsigned char *salt, size_t len);

/*
 * auth_password.c: whether the password is the one of the stored form, a
 * crypt(3) hash or {SCHEME}...: AUTH_OK, AUTH_PASSWORD, or AUTH_ENTRY with
 * the reason, a constant, in *why.
 */
int		 auth_password(const char *stored, const char *pass,
		    const char **why);

/*
 * What follows {SCRAM-SHA-256} and {PLAIN} in a stored form, or NULL if it is
 * not of that scheme.
 */
const char	*auth_scheme_scram(const char *stored);
const char	*auth_scheme_plain(const char *stored);

/*
 * auth_crypt.c: AUTH_OK or AUTH_PASSWORD.  What crypt(3) cannot have made, as
 * * and !, is nobody's password.  auth_crypt_nobody() takes as long, with the
 * hash of somebody, which may be NULL.
 */
int		 auth_crypt(const char *hash, const char *pass);
void		 auth_crypt_nobody(const char *hash, const char *pass);

#endif
