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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/maildir.h"
#include "imapd/keywords.h"

static void	parse_line(const char *, size_t, struct keywords *);

int
keywords_read(int dirfd, struct keywords *k)
{
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	ssize_t n;
	int error, fd, rv = -1;

	memset(k, 0, sizeof(*k));
	fd = openat(dirfd, KEYWORDS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1)
		return (errno == ENOENT ? 0 : -1);
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	if ((text = malloc(KEYWORDS_MAXFILE + 1)) == NULL)
		goto out;
	while (len < KEYWORDS_MAXFILE) {
		n = pread(fd, text + len, KEYWORDS_MAXFILE - len, (off_t)len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			goto out;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	keywords_parse(text, k);
	rv = 0;
out:
	error = errno;
	free(text);
	close(fd);
	errno = error;
	return (rv);
}

void
keywords_parse(const char *text, struct keywords *k)
{
	size_t len;

	memset(k, 0, sizeof(*k));
	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		parse_line(text, len, k);
	}
}

int
keywords_valid(const char *name, size_t len)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t i;

	if (len == 0 || len > TABLE_KWLEN)
		return (0);
	for (i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f ||
		    strchr("(){%*\"\\]", p[i]) != NULL)
			return (0);
	return (1);
}

static void
parse_line(const char *line, size_t len, struct keywords *k)
{
	unsigned int index = 0;
	size_t digits;

	for (digits = 0; digits < len && line[digits] >= '0' &&
	    line[digits] <= '9' && digits < 3; digits++)
		index = index * 10 + (unsigned int)(line[digits] - '0');
	if (digits == 0 || digits >= len || line[digits] != ' ' ||
	    index >= KEYWORDS_LETTERS || k->name[index][0] != '\0')
		return;
	line += digits + 1;
	len -= digits + 1;
	if (!keywords_valid(line, len))
		return;
	memcpy(k->name[index], line, len);
	k->name[index][len] = '\0';
	if (index >= k->n)
		k->n = index + 1;
}

void
keywords_unknown(struct keywords *k, unsigned int letter)
{
	(void)snprintf(k->name[letter], sizeof(k->name[letter]),
	    "unknown-%c", (int)('a' + letter));
}

int
keywords_write(int dirfd, int tmpfd, const struct keywords *k, mode_t mode)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	FILE *fp = NULL;
	unsigned int i;
	int error, fd;

	if (maildir_make(tmp, sizeof(tmp)) == -1)
		return (-1);
	fd = openat(tmpfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	if (fchmod(fd, mode) == -1 || (fp = fdopen(fd, "w")) == NULL)
		goto bad;
	for (i = 0; i < k->n; i++)
		if (k->name[i][0] != '\0' &&
		    fprintf(fp, "%u %s\n", i, k->name[i]) < 0)
			goto bad;
	if (fflush(fp) == EOF || fsync(fd) == -1 ||
	    renameat(tmpfd, tmp, dirfd, KEYWORDS_FILE) == -1)
		goto bad;
	/* What matters was flushed and synced. */
	(void)fclose(fp);
	return (compat_syncdir(dirfd));
bad:
	error = errno;
	if (fp != NULL)
		(void)fclose(fp);
	else
		close(fd);
	(void)unlinkat(tmpfd, tmp, 0);
	errno = error;
	return (-1);
}
