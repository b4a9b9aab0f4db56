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

#if defined(__OpenBSD__)
#include <login_cap.h>
#include <bsd_auth.h>
#endif
#include <errno.h>
#include <pwd.h>
#if defined(__linux__)
#include <shadow.h>
#endif
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"

/*
 * The users of the system: bsd_auth(3) on OpenBSD, shadow(5) on Linux, and
 * where getpwnam(3) has the hash, that.
 */

static int	verify(const struct passwd *, const char *, const char *);
static int	expired(const struct passwd *);

int
auth_system(const char *user, const char *pass, struct auth_answer *ans)
{
	struct passwd *pw;
	int result;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL && errno != 0 && errno != ENOENT &&
	    errno != ESRCH) {
		log_warn("auth: getpwnam user=%s", user);
		return (AUTH_ERROR);
	}
	result = pass == NULL ? AUTH_OK : verify(pw, user, pass);
	if (pw == NULL)
		return (result == AUTH_ERROR ? AUTH_ERROR : AUTH_UNKNOWN);
	if (result == AUTH_OK)
		result = expired(pw);
	if (result == AUTH_OK)
		result = auth_from_passwd(pw, ans);
	return (result);
}

#if defined(__OpenBSD__)

/* The user's login class says how; auth_userokay(3) wipes what it is given. */
static int
verify(const struct passwd *pw, const char *user, const char *pass)
{
	char name[LOGIN_USER_MAX], copy[LOGIN_PASS_MAX];
	char type[] = "auth-imapd";
	int ok;

	(void)pw;
	(void)strlcpy(name, user, sizeof(name));
	(void)strlcpy(copy, pass, sizeof(copy));
	ok = auth_userokay(name, NULL, type, copy);
	explicit_bzero(copy, sizeof(copy));
	return (ok ? AUTH_OK : AUTH_PASSWORD);
}

#else

static int	by_hash(const char *, const char *);

#if defined(__linux__)

static char	*somebody(void);

static int
verify(const struct passwd *pw, const char *user, const char *pass)
{
	struct spwd *sp;
	char *hash;
	int result;

	errno = 0;
	sp = getspnam(user);
	if (sp == NULL && errno == EACCES) {
		log_warn("auth: the system's passwords can be read by root "
		    "only");
		return (AUTH_ERROR);
	}
	if (pw == NULL || (sp == NULL && strcmp(pw->pw_passwd, "x") == 0)) {
		/* As long as for a user that exists. */
		hash = somebody();
		auth_crypt_nobody(hash, pass);
		if (hash != NULL)
			explicit_bzero(hash, strlen(hash));
		return (AUTH_UNKNOWN);
	}
	hash = sp != NULL ? sp->sp_pwdp : pw->pw_passwd;
	result = by_hash(hash, pass);
	explicit_bzero(hash, strlen(hash));
	return (result);
}

/* The first hash that there is, in libc's memory. */
static char *
somebody(void)
{
	struct spwd *sp;

	setspent();
	while ((sp = getspent()) != NULL && sp->sp_pwdp[0] != '$')
		;
	endspent();
	return (sp != NULL ? sp->sp_pwdp : NULL);
}

#else

static int
verify(const struct passwd *pw, const char *user, const char *pass)
{
	int result;

	(void)user;
	if (pw == NULL) {
		auth_crypt_nobody(NULL, pass);
		return (AUTH_UNKNOWN);
	}
	result = by_hash(pw->pw_passwd, pass);
	explicit_bzero(pw->pw_passwd, strlen(pw->pw_passwd));
	return (result);
}

#endif

/* An empty one needs no password elsewhere, and is none here. */
static int
by_hash(const char *hash, const char *pass)
{
	int result;

	result = auth_crypt(hash, pass);
	return (result == AUTH_PASSWORD && (hash[0] == '!' || hash[0] == '*') ?
	    AUTH_LOCKED : result);
}

#endif

#if defined(__linux__)

/* shadow(5): days since 1970; nobody can change a password over IMAP. */
static int
expired(const struct passwd *pw)
{
	struct spwd *sp;
	long today = (long)(time(NULL) / 86400);
	int rv = AUTH_OK;

	if ((sp = getspnam(pw->pw_name)) == NULL)
		return (AUTH_OK);
	if (sp->sp_expire > 0 && today >= sp->sp_expire)
		rv = AUTH_EXPIRED;
	else if (sp->sp_lstchg == 0)
		rv = AUTH_EXPIRED;
	else if (sp->sp_lstchg > 0 && sp->sp_max >= 0 &&
	    today > sp->sp_lstchg + sp->sp_max)
		rv = AUTH_EXPIRED;
	explicit_bzero(sp->sp_pwdp, strlen(sp->sp_pwdp));
	return (rv);
}

#elif defined(__OpenBSD__) || defined(__FreeBSD__) || \
    defined(__NetBSD__) || defined(__APPLE__)

/* passwd(5): seconds since 1970. */
static int
expired(const struct passwd *pw)
{
	time_t now = time(NULL);

	if ((pw->pw_expire > 0 && now >= pw->pw_expire) ||
	    (pw->pw_change > 0 && now >= pw->pw_change))
		return (AUTH_EXPIRED);
	return (AUTH_OK);
}

#else

static int
expired(const struct passwd *pw)
{
	(void)pw;
	return (AUTH_OK);
}

#endif
