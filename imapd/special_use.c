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
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/compat.h"
#include "imapd/conf.h"
#include "imapd/mutf7.h"
#include "imapd/namespace.h"
#include "imapd/special_use.h"

#define TMP_FILE	SPECIAL_USE_FILE ".tmp"

static const struct {
	const char	*attribute;
	const char	*word;			/* of imapd.conf(5) */
	const char	*name[IMAPD_USE_NAMES];	/* unless that says others */
} uses[IMAPD_USES] = {
	{ "\\Archive", "archive", { "Archive", "Archives" } },
	{ "\\Drafts", "drafts", { "Drafts" } },
	{ "\\Junk", "junk", { "Junk", "Spam", "Junk E-mail" } },
	{ "\\Sent", "sent", { "Sent", "Sent Items", "Sent Messages" } },
	{ "\\Trash", "trash", { "Trash", "Deleted Items",
	    "Deleted Messages" } }
};

static unsigned char	parse(char *);
static unsigned char	read_file(int, const char *);
static int		write_file(int, unsigned char);
static const char	*name_of(const struct imapd_conf *, unsigned int,
			    unsigned int);
static void		add_default(const struct imapd_conf *, unsigned int,
			    const struct names *, unsigned char *);

unsigned char
special_use_bit(const char *attribute)
{
	unsigned int	 i;

	for (i = 0; i < IMAPD_USES; i++)
		if (strcasecmp(attribute, uses[i].attribute) == 0)
			return ((unsigned char)(1U << i));
	return (0);
}

int
special_use_kind(const char *word)
{
	unsigned int	 i;

	for (i = 0; i < IMAPD_USES; i++)
		if (strcmp(word, uses[i].word) == 0)
			return ((int)i);
	return (-1);
}

const char *
special_use_text(unsigned char use, char text[SPECIAL_USE_TEXT])
{
	unsigned int	 i;

	text[0] = '\0';
	for (i = 0; i < IMAPD_USES; i++) {
		if ((use & 1U << i) == 0)
			continue;
		if (text[0] != '\0')
			(void)strlcat(text, " ", SPECIAL_USE_TEXT);
		(void)strlcat(text, uses[i].attribute, SPECIAL_USE_TEXT);
	}
	return (text);
}

/* Words that are not known say nothing. */
static unsigned char
parse(char *text)
{
	unsigned char	 use = 0;
	char		*word;

	while ((word = strsep(&text, " \t\r\n")) != NULL)
		use |= special_use_bit(word);
	return (use);
}

/* What is no file of ours is none; O_NONBLOCK: a FIFO must not hold us. */
static unsigned char
read_file(int rootfd, const char *path)
{
	struct stat	 st;
	char		 buf[SPECIAL_USE_TEXT + 1];
	ssize_t		 n;
	int		 fd;

	fd = openat(rootfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	n = -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = pread(fd, buf, SPECIAL_USE_TEXT, 0);
	(void)close(fd);
	if (n == -1)
		return (0);
	buf[n] = '\0';
	return (parse(buf));
}

static int
write_file(int dirfd, unsigned char use)
{
	struct stat	 st;
	char		 text[SPECIAL_USE_TEXT + 1];
	size_t		 len;
	ssize_t		 n;
	int		 error, fd;

	fd = openat(dirfd, TMP_FILE, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	(void)special_use_text(use, text);
	(void)strlcat(text, "\n", sizeof(text));
	len = strlen(text);
	if ((n = write(fd, text, len)) != (ssize_t)len) {
		if (n != -1)
			errno = ENOSPC;
		goto bad;
	}
	if (fstat(dirfd, &st) == -1 ||
	    fchmod(fd, (st.st_mode & 0666) | 0600) == -1 ||
	    compat_sync(fd) == -1 ||
	    renameat(dirfd, TMP_FILE, dirfd, SPECIAL_USE_FILE) == -1)
		goto bad;
	(void)close(fd);
	return (compat_syncdir(dirfd));
bad:
	error = errno;
	(void)close(fd);
	(void)unlinkat(dirfd, TMP_FILE, 0);
	errno = error;
	return (-1);
}

int
special_use_write(int rootfd, const char *dir, unsigned char use)
{
	int	 error, fd, ret;

	fd = openat(rootfd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		return (-1);
	ret = write_file(fd, use);
	error = errno;
	(void)close(fd);
	errno = error;
	return (ret);
}

/* The n-th name that a use has by itself, or NULL. */
static const char *
name_of(const struct imapd_conf *conf, unsigned int use, unsigned int n)
{
	if (n == IMAPD_USE_NAMES)
		return (NULL);
	return (conf->use_set[use] ? conf->use_name[use][n] :
	    uses[use].name[n]);
}

static void
add_default(const struct imapd_conf *conf, unsigned int use,
    const struct names *names, unsigned char *have)
{
	const char	*utf8;
	char		 name[NAMESPACE_DIRLEN + 1];
	size_t		 at;
	unsigned int	 i;
	int		 found;

	for (i = 0; (utf8 = name_of(conf, use, i)) != NULL; i++) {
		if (mutf7_encode(utf8, strlen(utf8), name, sizeof(name)) == -1)
			continue;
		at = names_find(names, name, &found);
		if (!found)
			continue;
		have[at] |= (unsigned char)(1U << use);
		return;
	}
}

void
special_use_read(const struct imapd_conf *conf, char separator, int rootfd,
    const struct names *names, unsigned char *have)
{
	char		 path[NAMESPACE_DIRLEN + sizeof(SPECIAL_USE_FILE) + 2];
	char		*p;
	size_t		 i;
	unsigned char	 given = 0;
	unsigned int	 use;

	for (i = 0; i < names->n; i++) {
		have[i] = 0;
		/* INBOX is what it is. */
		if (strcmp(names->name[i], "INBOX") == 0)
			continue;
		(void)snprintf(path, sizeof(path), ".%s", names->name[i]);
		for (p = path; *p != '\0'; p++)
			if (*p == separator)
				*p = '.';
		(void)strlcat(path, "/" SPECIAL_USE_FILE, sizeof(path));
		have[i] = read_file(rootfd, path);
		given |= have[i];
	}
	for (use = 0; conf != NULL && use < IMAPD_USES; use++)
		if ((given & 1U << use) == 0)
			add_default(conf, use, names, have);
}
