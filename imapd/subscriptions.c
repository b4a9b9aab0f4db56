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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "imapd/mutf7.h"
#include "imapd/namespace.h"
#include "imapd/subscriptions.h"

#define FILE_NAME	"subscriptions"
#define LOCK_NAME	"subscriptions.lock"
#define VERSION2	"V\t2\n\n"
#define COURIER_NAME	"courierimapsubscribed"
#define COURIER_PREFIX	"INBOX."	/* of all names in it but INBOX */
#define LOCK_STALE	120	/* s until a lock file counts as left behind */
#define LOCK_TRIES	200	/* of 10 ms each */

static char	*read_file(int, const char *, size_t *);
static int	 parse_line(struct subscriptions *, char, char, const char *);
static int	 parse_courier(struct subscriptions *, char, const char *);
static void	 merge(int, char, const struct subscriptions *);
static int	 lock(int);
static int	 write_all(int, char, const struct subscriptions *);

/* The whole file, with a NUL after it. */
static char *
read_file(int rootfd, const char *name, size_t *len)
{
	struct stat	 st;
	char		*buf;
	ssize_t		 n;
	int		 fd;

	*len = 0;
	fd = openat(rootfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	buf = NULL;
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_size > SUBSCRIPTIONS_FILE) {
		errno = EFBIG;
		goto out;
	}
	if ((buf = malloc((size_t)st.st_size + 1)) == NULL)
		goto out;
	while (*len < (size_t)st.st_size) {
		n = read(fd, buf + *len, (size_t)st.st_size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			free(buf);
			buf = NULL;
			goto out;
		}
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	buf[*len] = '\0';
out:
	(void)close(fd);
	return (buf);
}

/* A name with levels separated by from.  Returns 0, or -1 with errno ENOMEM. */
static int
parse_line(struct subscriptions *s, char separator, char from,
    const char *line)
{
	char		 dir[NAMESPACE_DIRLEN + 1], name[NAMESPACE_DIRLEN + 1];
	const char	*why;
	char		*p;

	if (strlcpy(name, line, sizeof(name)) >= sizeof(name))
		return (names_append(&s->others, line));
	for (p = name; *p != '\0'; p++)
		if (*p == from)
			*p = separator;
	/* Back and forth: INBOX then has one form only. */
	if (namespace_to_dir(separator, name, dir, sizeof(dir), &why) == -1 ||
	    namespace_from_dir(separator, dir, name, sizeof(name)) == -1)
		return (names_append(&s->others, line));
	return (names_append(&s->names, name));
}

/* What is not below INBOX there are other users' mailboxes.  Courier 5 writes
 * names in UTF-8. */
static int
parse_courier(struct subscriptions *s, char separator, const char *line)
{
	char		 name[NAMESPACE_DIRLEN + 1];
	const char	*p;

	if (strncasecmp(line, COURIER_PREFIX, sizeof(COURIER_PREFIX) - 1) == 0)
		line += sizeof(COURIER_PREFIX) - 1;
	else if (strcasecmp(line, "INBOX") != 0)
		return (0);
	if (*line == '\0')
		return (0);
	for (p = line; *p != '\0' && (unsigned char)*p < 0x80; p++)
		;
	if (*p != '\0') {
		if (mutf7_encode(line, strlen(line), name, sizeof(name)) == -1)
			return (0);
		line = name;
	}
	return (parse_line(s, separator, '.', line));
}

int
subscriptions_read(int rootfd, char separator, struct subscriptions *s)
{
	char	*buf, *line, *next;
	size_t	 len;
	int	 courier = 0, ret;

	memset(s, 0, sizeof(*s));
	s->version = 2;
	buf = read_file(rootfd, FILE_NAME, &len);
	if (buf == NULL && errno == ENOENT) {
		courier = 1;
		buf = read_file(rootfd, COURIER_NAME, &len);
		if (buf == NULL && errno == ENOENT)
			return (0);
	}
	if (buf == NULL)
		return (-1);
	line = buf;
	if (courier)
		;
	else if (strncmp(buf, VERSION2, sizeof(VERSION2) - 1) == 0)
		line += sizeof(VERSION2) - 1;
	else if (len > 0)
		s->version = 1;
	ret = 0;
	for (; ret == 0 && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (*line == '\0')
			continue;
		if (s->names.n + s->others.n == SUBSCRIPTIONS_MAX) {
			errno = EFBIG;
			ret = -1;
		} else if (courier)
			ret = parse_courier(s, separator, line);
		else
			ret = parse_line(s, separator,
			    s->version == 2 ? '\t' : '.', line);
	}
	free(buf);
	names_sort(&s->names);
	if (ret == 0 && courier && s->names.n > 0)
		merge(rootfd, separator, s);
	return (ret);
}

/*
 * Courier's names, once, to where everybody else looks for them.  Who may
 * not write, or does not get the lock, leaves it to others.
 */
static void
merge(int rootfd, char separator, const struct subscriptions *s)
{
	int	 fd;

	fd = openat(rootfd, LOCK_NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	if (faccessat(rootfd, FILE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    write_all(fd, separator, s) == -1 ||
	    renameat(rootfd, LOCK_NAME, rootfd, FILE_NAME) == -1 ||
	    compat_syncdir(rootfd) == -1)
		(void)unlinkat(rootfd, LOCK_NAME, 0);
	(void)close(fd);
}

void
subscriptions_free(struct subscriptions *s)
{
	names_free(&s->names);
	names_free(&s->others);
}

/*
 * Dovecot's way: the lock file is what the new content is written to, and
 * renaming it over the old file releases it.
 */
static int
lock(int rootfd)
{
	struct stat	 st;
	int		 fd, i;

	for (i = 0; i < LOCK_TRIES; i++) {
		fd = openat(rootfd, LOCK_NAME,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1 || errno != EEXIST)
			return (fd);
		if (fstatat(rootfd, LOCK_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime + LOCK_STALE < time(NULL))
			(void)unlinkat(rootfd, LOCK_NAME, 0);
		else
			(void)poll(NULL, 0, 10);
	}
	errno = EAGAIN;
	return (-1);
}

static int
write_all(int fd, char separator, const struct subscriptions *s)
{
	FILE		*f;
	const char	*p;
	size_t		 i;
	int		 dupfd, bad;
	char		 to;

	if ((dupfd = dup(fd)) == -1)
		return (-1);
	if ((f = fdopen(dupfd, "w")) == NULL) {
		(void)close(dupfd);
		return (-1);
	}
	to = s->version == 2 ? '\t' : '.';
	if (s->version == 2)
		(void)fputs(VERSION2, f);
	for (i = 0; i < s->names.n; i++) {
		for (p = s->names.name[i]; *p != '\0'; p++)
			(void)putc(*p == separator ? to : *p, f);
		(void)putc('\n', f);
	}
	for (i = 0; i < s->others.n; i++)
		(void)fprintf(f, "%s\n", s->others.name[i]);
	bad = ferror(f);
	if (fclose(f) != 0 || bad)
		return (-1);
	return (compat_sync(fd));
}

int
subscriptions_change(int rootfd, char separator, const char *name,
    int subscribed)
{
	struct subscriptions	 s;
	int			 fd, found, ret, saved;

	if ((fd = lock(rootfd)) == -1)
		return (-1);
	if ((ret = subscriptions_read(rootfd, separator, &s)) == -1)
		goto out;
	(void)names_find(&s.names, name, &found);
	if (found == subscribed)
		goto out;
	if (subscribed && s.names.n + s.others.n == SUBSCRIPTIONS_MAX) {
		errno = EFBIG;
		ret = -1;
	} else if (subscribed)
		ret = names_add(&s.names, name);
	else
		names_remove(&s.names, name);
	if (ret == 0)
		ret = write_all(fd, separator, &s);
	if (ret == 0)
		ret = renameat(rootfd, LOCK_NAME, rootfd, FILE_NAME);
	if (ret == 0) {
		ret = compat_syncdir(rootfd);
		goto renamed;
	}
out:
	saved = errno;
	(void)unlinkat(rootfd, LOCK_NAME, 0);
	errno = saved;
renamed:
	saved = errno;
	(void)close(fd);
	subscriptions_free(&s);
	errno = saved;
	return (ret);
}
