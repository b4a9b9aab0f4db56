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
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/auth.h"

#define LINE_MAX_BYTES	8192		/* of the passwd file */

enum { F_NAME, F_PASS, F_UID, F_GID, F_GECOS, F_HOME, F_SHELL, F_COUNT };

/*
 * A file that is read without leaving copies of what is in it: this is no part
 * of the heap, where a session would keep its pages, but is gone afterwards.
 */
struct reader {
	int		 fd;
	unsigned int	 lineno;
	int		 failed;
	size_t		 pos;
	size_t		 len;
	char		 buf[4096];
	char		 line[LINE_MAX_BYTES + 1];
};

static struct reader *reader_new(void);
static void	reader_free(struct reader *);
static int	open_file(const char *);
static int	next_line(struct reader *);
static int	next_char(struct reader *);
static int	split(char *, char *[]);
static int	take(struct auth_record *, const char *, char *[],
		    unsigned int);
static void	note(struct auth_record *, const char *);
static int	get_id(const char *, unsigned int, unsigned int *);
static int	match(const struct auth_record *, const char *, const char *,
		    const char *);
static int	is_simple(const struct auth_record *);

int
auth_file(const char *path, const char *user, const char *pass,
    struct auth_answer *ans)
{
	struct auth_record rec;
	char prepared[LOGIN_PASS_MAX];
	int result;

	result = auth_record(path, user, &rec);
	if (pass == NULL) {
		if (result == AUTH_OK)
			result = auth_record_use(&rec, path, ans);
		goto out;
	}
	if (auth_prepare(pass, prepared, sizeof(prepared)) == -1)
		(void)strlcpy(prepared, pass, sizeof(prepared));
	if (result == AUTH_OK) {
		result = match(&rec, path, prepared, pass);
		if (result == AUTH_OK)
			result = auth_record_use(&rec, path, ans);
	} else if (result == AUTH_UNKNOWN) {
		/* As long as for a user that exists. */
		auth_crypt_nobody(rec.hash, prepared);
	}
	explicit_bzero(prepared, sizeof(prepared));
out:
	auth_record_free(&rec);
	return (result);
}

/*
 * The password as RFC 4616 has it, or as it came, for hashes that were made
 * of that.
 */
static int
match(const struct auth_record *rec, const char *path, const char *prepared,
    const char *pass)
{
	const char *why = "";
	int result;

	result = auth_password(rec->stored, prepared, &why);
	if (result == AUTH_PASSWORD && strcmp(prepared, pass) != 0)
		result = auth_password(rec->stored, pass, &why);
	if (result == AUTH_ENTRY) {
		log_warnx("auth: %s:%u: %s user=%s", path, rec->lineno, why,
		    rec->name);
		auth_crypt_nobody(rec->hash, prepared);
	}
	return (result);
}

int
auth_file_here(const char *path, const char *user, const char *pass,
    struct auth_answer *ans)
{
	struct auth_record rec;
	int result;

	if (!auth_is_ascii(user) || (pass != NULL && !auth_is_ascii(pass)))
		return (AUTH_ELSEWHERE);
	result = auth_record(path, user, &rec);
	if (result == AUTH_UNKNOWN ||
	    (result == AUTH_OK && pass != NULL && !is_simple(&rec)))
		result = AUTH_ELSEWHERE;
	if (result == AUTH_OK && pass != NULL)
		result = match(&rec, path, pass, pass);
	if (result == AUTH_OK)
		result = auth_record_use(&rec, path, ans);
	auth_record_free(&rec);
	return (result);
}

static int
is_simple(const struct auth_record *rec)
{
	return (auth_scheme_plain(rec->stored) != NULL &&
	    auth_is_ascii(rec->stored));
}

int
auth_record(const char *path, const char *user, struct auth_record *rec)
{
	struct reader *r;
	char *field[F_COUNT];
	int result = AUTH_UNKNOWN;

	memset(rec, 0, sizeof(*rec));
	if ((r = reader_new()) == NULL) {
		log_warn("auth: %s", path);
		return (AUTH_ERROR);
	}
	if ((r->fd = open_file(path)) == -1) {
		reader_free(r);
		return (AUTH_ERROR);
	}
	while (next_line(r)) {
		if (r->line[0] == '\0' || r->line[0] == '#')
			continue;
		if (strlen(r->line) == LINE_MAX_BYTES ||
		    split(r->line, field) == -1) {
			log_warnx("auth: %s:%u: not "
			    "name:password:uid:gid:gecos:home:shell", path,
			    r->lineno);
			continue;
		}
		note(rec, field[F_PASS]);
		/* The first line counts, and all are read. */
		if (strcmp(field[F_NAME], user) == 0 && result ==
		    AUTH_UNKNOWN)
			result = take(rec, path, field, r->lineno);
	}
	if (r->failed) {
		log_warn("auth: cannot read %s", path);
		result = AUTH_ERROR;
	}
	reader_free(r);
	return (result);
}

static struct reader *
reader_new(void)
{
	void *p;

	p = mmap(NULL, sizeof(struct reader), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	return (p == MAP_FAILED ? NULL : p);
}

static void
reader_free(struct reader *r)
{
	if (r->fd != -1)
		close(r->fd);
	/* The system wipes pages before it gives them to anyone. */
	(void)munmap(r, sizeof(*r));
}

static int
open_file(const char *path)
{
	struct stat st;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1)
		log_warn("auth: cannot read %s", path);
	else if (!S_ISREG(st.st_mode))
		log_warnx("auth: %s is not a regular file", path);
	else if (st.st_mode & S_IWOTH)
		log_warnx("auth: anyone can write to %s: nobody can log in "
		    "until you chmod o-w it", path);
	else
		return (fd);
	if (fd != -1)
		close(fd);
	return (-1);
}

/* What is longer than a line may be is cut off. */
static int
next_line(struct reader *r)
{
	size_t len = 0;
	int c;

	if ((c = next_char(r)) == -1)
		return (0);
	r->lineno++;
	for (; c != -1 && c != '\n'; c = next_char(r)) {
		if (len < LINE_MAX_BYTES)
			r->line[len++] = (char)c;
	}
	r->line[len] = '\0';
	return (1);
}

static int
next_char(struct reader *r)
{
	ssize_t n;

	if (r->pos == r->len) {
		do {
			n = read(r->fd, r->buf, sizeof(r->buf));
		} while (n == -1 && errno == EINTR);
		if (n <= 0) {
			r->failed = r->failed || n == -1;
			return (-1);
		}
		r->pos = 0;
		r->len = (size_t)n;
	}
	return ((unsigned char)r->buf[r->pos++]);
}

/* Fields after the password may be missing, as in Dovecot's passwd-file. */
static int
split(char *line, char *field[])
{
	static char none[] = "";
	char *p = line;
	int i;

	for (i = 0; i < F_COUNT; i++)
		field[i] = p == NULL ? none : strsep(&p, ":");
	return (field[F_NAME][0] == '\0' || field[F_PASS] == none ? -1 : 0);
}

/* Copies the fields. */
static int
take(struct auth_record *rec, const char *path, char *field[],
    unsigned int lineno)
{
	static const int wanted[] = { F_NAME, F_PASS, F_UID, F_GID, F_HOME };
	const char *copy[F_COUNT];
	char *p;
	size_t size = 0, i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		size += strlen(field[wanted[i]]) + 1;
	if ((rec->line = malloc(size)) == NULL) {
		log_warn("auth: %s", path);
		return (AUTH_ERROR);
	}
	rec->size = size;
	for (p = rec->line, i = 0; i < sizeof(wanted) / sizeof(wanted[0]);
	    i++) {
		copy[wanted[i]] = p;
		size = strlen(field[wanted[i]]) + 1;
		memcpy(p, field[wanted[i]], size);
		p += size;
	}
	rec->name = copy[F_NAME];
	rec->stored = copy[F_PASS];
	rec->uid = copy[F_UID];
	rec->gid = copy[F_GID];
	rec->home = copy[F_HOME];
	rec->lineno = lineno;
	return (AUTH_OK);
}

/* The first hash, and the first of SCRAM, are what others' look like. */
static void
note(struct auth_record *rec, const char *stored)
{
	if (rec->hash == NULL && stored[0] == '$')
		rec->hash = strdup(stored);
	else if (rec->scram == NULL && auth_scheme_scram(stored) != NULL)
		rec->scram = strdup(stored);
}

void
auth_record_free(struct auth_record *rec)
{
	freezero(rec->line, rec->size);
	if (rec->hash != NULL)
		freezero(rec->hash, strlen(rec->hash));
	if (rec->scram != NULL)
		freezero(rec->scram, strlen(rec->scram));
	memset(rec, 0, sizeof(*rec));
}

int
auth_record_use(const struct auth_record *rec, const char *path,
    struct auth_answer *ans)
{
	unsigned int uid, gid;

	if (get_id(rec->uid, geteuid(), &uid) == -1 ||
	    get_id(rec->gid, getegid(), &gid) == -1) {
		log_warnx("auth: %s:%u: uid and gid are numbers; only if imapd "
		    "does not run as root can they be left out user=%s", path,
		    rec->lineno, rec->name);
		return (AUTH_ENTRY);
	}
	if (strlcpy(ans->home, rec->home, sizeof(ans->home)) >=
	    sizeof(ans->home)) {
		log_warnx("auth: %s:%u: the home is too long user=%s", path,
		    rec->lineno, rec->name);
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

/* "*", "!", "x" and the like: nobody's password. */
static int
is_nobodys(const char *stored)
{
	return (stored[0] == '*' || stored[0] == '!' || strlen(stored) < 2);
}

static int
scan_for_scram(const char *path)
{
	struct reader *r;
	char *field[F_COUNT];
	int some = 0, all = 1;

	if ((r = reader_new()) == NULL)
		return (0);
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (all && r->fd != -1 && next_line(r)) {
		if (r->line[0] == '#' || split(r->line, field) == -1 ||
		    is_nobodys(field[F_PASS]))
			continue;
		some = 1;
		all = auth_scheme_scram(field[F_PASS]) != NULL ||
		    auth_scheme_plain(field[F_PASS]) != NULL;
	}
	reader_free(r);
	return (some && all);
}

int
auth_file_scram(const char *path)
{
	static struct stat seen;
	static struct timespec changed;
	static int known, able;
	struct timespec mtime;
	struct stat st;

	if (stat(path, &st) == -1)
		return (0);
	mtime = compat_mtime(&st);
	if (known && st.st_dev == seen.st_dev && st.st_ino == seen.st_ino &&
	    st.st_size == seen.st_size &&
	    mtime.tv_sec == changed.tv_sec && mtime.tv_nsec == changed.tv_nsec)
		return (able);
	able = scan_for_scram(path);
	seen = st;
	changed = mtime;
	known = 1;
	return (able);
}
