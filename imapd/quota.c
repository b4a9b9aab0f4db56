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
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/quota.h"

static char	*read_file(int);
static uint64_t	 limit(const char *, char);
static void	 limits(struct quota *, char *);
static int	 number(char **, long long *);
static void	 sum(struct quota *, char *);

/* The whole of it, with a NUL; longer ones are nothing that is kept up. */
static char *
read_file(int rootfd)
{
	struct stat	 st;
	ssize_t		 n;
	char		*buf = NULL;
	int		 fd;

	fd = openat(rootfd, QUOTA_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= QUOTA_FILE_MAX &&
	    (buf = malloc((size_t)st.st_size + 1)) != NULL) {
		n = pread(fd, buf, (size_t)st.st_size, 0);
		if (n == -1) {
			free(buf);
			buf = NULL;
		} else
			buf[n] = '\0';
	}
	(void)close(fd);
	return (buf);
}

/* A number with this letter after it, and no more; 0 if it is not that. */
static uint64_t
limit(const char *word, char letter)
{
	unsigned long long	 n;
	char			*end;

	if (*word < '0' || *word > '9')
		return (0);
	errno = 0;
	n = strtoull(word, &end, 10);
	if (errno != 0 || n > INT64_MAX || end[0] != letter ||
	    end[1] != '\0')
		return (0);
	return (n);
}

/* The first line: octets with S, messages with C, commas between. */
static void
limits(struct quota *q, char *line)
{
	char		*word;
	uint64_t	 n;

	while ((word = strsep(&line, ",")) != NULL)
		if ((n = limit(word, 'S')) != 0)
			q->storage = n;
		else if ((n = limit(word, 'C')) != 0)
			q->messages = n;
}

static int
number(char **p, long long *n)
{
	char	*end;

	errno = 0;
	*n = strtoll(*p, &end, 10);
	if (end == *p || errno != 0 || *n > INT_MAX * 4096LL ||
	    *n < -(INT_MAX * 4096LL))
		return (-1);
	*p = end;
	return (0);
}

/* The other lines: by how much octets and messages have become more. */
static void
sum(struct quota *q, char *text)
{
	long long	 octets, messages, storage = 0, n = 0;
	char		*line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (number(&line, &octets) == 0 &&
		    number(&line, &messages) == 0) {
			storage += octets;
			n += messages;
		}
	q->storage_used = storage > 0 ? (uint64_t)storage : 0;
	q->messages_used = n > 0 ? (uint64_t)n : 0;
}

int
quota_read(int rootfd, struct quota *q)
{
	char	*buf, *rest, *line;

	memset(q, 0, sizeof(*q));
	q->root = "User quota";
	if ((buf = read_file(rootfd)) == NULL)
		return (quota_fs(rootfd, geteuid(), q));
	rest = buf;
	line = strsep(&rest, "\n");
	limits(q, line);
	if (rest != NULL)
		sum(q, rest);
	free(buf);
	return (q->storage != 0 || q->messages != 0);
}
