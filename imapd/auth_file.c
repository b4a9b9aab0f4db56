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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"

#define LINE_MAX_BYTES	8192		/* of the passwd file */
#define HASH_MIN	13		/* the shortest that crypt(3) makes */

/* Checked against when there is no entry to check against. */
#define NOBODY	"$6$highwater$CmyxnNc2PuRIPrzgSl8k1mr7J7F8JH3CVxL3IRIJ91h" \
	"dJ7vPEk1YuVpBmKGYM3ZYGxVdUVS3YJ5DLEzt0oVBx/"

enum { F_NAME, F_PASS, F_UID, F_GID, F_GECOS, F_HOME, F_SHELL, F_COUNT };

struct entry {
	char		*line;		/* what the fields point into */
	size_t		 size;		/* of its memory */
	char		*field[F_COUNT];
	unsigned int	 lineno;
};

static FILE	*open_file(const char *);
static int	 find(FILE *, const char *, const char *, struct entry *,
		    char **);
static int	 split(char *, struct entry *);
static int	 fill(const struct entry *, const char *,
		    struct auth_answer *);
static int	 get_id(const char *, unsigned int, unsigned int *);

static int	 by_crypt(const char *, const char *);
static int	 same(const char *, const char *);

int
auth_file(const char *path, const char *user, const char *pass,
    struct auth_answer *ans)
{
	struct entry e;
	const char *why = "";
	char *other = NULL;
	FILE *f;
	int found, result;

	memset(&e, 0, sizeof(e));
	if ((f = open_file(path)) == NULL)
		return (AUTH_ERROR);
	found = find(f, path, user, &e, &other);
	fclose(f);
	if (found == -1)
		result = AUTH_ERROR;
	else if (found == 0) {
		/* As long as for a user that exists. */
		(void)by_crypt(other != NULL ? other : NOBODY, pass);
		result = AUTH_UNKNOWN;
	} else {
		result = auth_password(e.field[F_PASS], pass, &why);
		if (result == AUTH_ENTRY) {
			log_warnx("auth: %s:%u: %s user=%s", path, e.lineno,
			    why, user);
			(void)by_crypt(other != NULL ? other : NOBODY, pass);
		} else if (result == AUTH_OK)
			result = fill(&e, path, ans);
	}
	freezero(e.line, e.size);
	if (other != NULL)
		freezero(other, strlen(other));
	return (result);
}

static FILE *
open_file(const char *path)
{
	struct stat st;
	FILE *f = NULL;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		log_warn("auth: cannot read %s", path);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		log_warnx("auth: %s is not a regular file", path);
		goto fail;
	}
	if (st.st_mode & S_IWOTH) {
		log_warnx("auth: anyone can write to %s: nobody can log in "
		    "until you chmod o-w it", path);
		goto fail;
	}
	if ((f = fdopen(fd, "r")) == NULL) {
		log_warn("auth: %s", path);
		goto fail;
	}
	return (f);
fail:
	if (fd != -1)
		close(fd);
	return (NULL);
}

/*
 * Looks for the user: 1 and the entry, 0, or -1 with an error logged.  The
 * first hash of somebody goes to *other.
 */
static int
find(FILE *f, const char *path, const char *user, struct entry *e,
    char **other)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	unsigned int n = 0;
	int rv = 0;

	while (rv == 0 && (len = getline(&line, &size, f)) != -1) {
		n++;
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (len == 0 || line[0] == '#')
			continue;
		if (len > LINE_MAX_BYTES || split(line, e) == -1) {
			log_warnx("auth: %s:%u: not "
			    "name:password:uid:gid:gecos:home:shell", path, n);
			continue;
		}
		e->lineno = n;
		if (strcmp(e->field[F_NAME], user) == 0)
			rv = 1;
		else if (*other == NULL && e->field[F_PASS][0] == '$')
			*other = strdup(e->field[F_PASS]);
	}
	if (rv == 0 && ferror(f)) {
		log_warn("auth: cannot read %s", path);
		rv = -1;
	}
	if (rv == 1) {
		e->line = line;
		e->size = size;
	} else
		freezero(line, size);
	return (rv);
}

/* Fields after the password may be missing, as in Dovecot's passwd-file. */
static int
split(char *line, struct entry *e)
{
	static char none[] = "";
	char *p = line;
	int i;

	for (i = 0; i < F_COUNT; i++)
		e->field[i] = p == NULL ? none : strsep(&p, ":");
	return (e->field[F_NAME][0] == '\0' || e->field[F_PASS] == none ?
	    -1 : 0);
}

/* Takes the rest of the entry over into the answer. */
static int
fill(const struct entry *e, const char *path, struct auth_answer *ans)
{
	unsigned int uid, gid;

	if (get_id(e->field[F_UID], geteuid(), &uid) == -1 ||
	    get_id(e->field[F_GID], getegid(), &gid) == -1) {
		log_warnx("auth: %s:%u: uid and gid are numbers; only if imapd "
		    "does not run as root can they be left out user=%s", path,
		    e->lineno, e->field[F_NAME]);
		return (AUTH_ENTRY);
	}
	if (strlcpy(ans->home, e->field[F_HOME], sizeof(ans->home)) >=
	    sizeof(ans->home)) {
		log_warnx("auth: %s:%u: the home is too long user=%s", path,
		    e->lineno, e->field[F_NAME]);
		return (AUTH_ENTRY);
	}
	ans->uid = uid;
	ans->gid = gid;
	return (AUTH_OK);
}

/* An empty one is our own, unless that is root's. */
static int
get_id(const char *s, unsigned int own, unsigned int *id)
{
	const char *error;

	if (*s == '\0') {
		*id = own;
		return (geteuid() == 0 ? -1 : 0);
	}
	/* (uid_t)-1 is nobody's. */
	*id = (unsigned int)strtonum(s, 0, UINT32_MAX - 1LL, &error);
	return (error == NULL ? 0 : -1);
}

int
auth_password(const char *stored, const char *pass, const char **why)
{
	static const struct {
		const char	*scheme;
		const char	*prefix;	/* of its hashes */
	} hashes[] = {
		{ "{CRYPT}",		"" },
		{ "{SHA512-CRYPT}",	"$6$" },
		{ "{BLF-CRYPT}",	"$2" }
	};
	size_t i, len;

	if (stored[0] != '{')
		return (by_crypt(stored, pass));
	if (strncasecmp(stored, "{PLAIN}", 7) == 0)
		return (same(stored + 7, pass));
	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		len = strlen(hashes[i].scheme);
		if (strncasecmp(stored, hashes[i].scheme, len) != 0)
			continue;
		if (strncmp(stored + len, hashes[i].prefix,
		    strlen(hashes[i].prefix)) != 0) {
			*why = "the hash is not of its {SCHEME}";
			return (AUTH_ENTRY);
		}
		return (by_crypt(stored + len, pass));
	}
	if (strncasecmp(stored, "{SCRAM-SHA-256}", 15) == 0)
		*why = "{SCRAM-SHA-256} is not available in this version";
	else
		*why = "unknown {SCHEME} of the password";
	return (AUTH_ENTRY);
}

/* What crypt(3) cannot have made, as * and !, is nobody's password. */
static int
by_crypt(const char *hash, const char *pass)
{
	const char *got;

	if (strlen(hash) < HASH_MIN || (got = crypt(pass, hash)) == NULL ||
	    got[0] == '*' || strlen(got) < HASH_MIN)
		return (AUTH_PASSWORD);
	return (same(hash, got));
}

/* In a time that says nothing about where they differ. */
static int
same(const char *stored, const char *pass)
{
	size_t n = strlen(stored), len = strlen(pass), i;
	unsigned char diff = n != len || n == 0;

	for (i = 0; i < len; i++)
		diff |= (unsigned char)(pass[i] ^ (n > 0 ? stored[i % n] : 0));
	return (diff == 0 ? AUTH_OK : AUTH_PASSWORD);
}
