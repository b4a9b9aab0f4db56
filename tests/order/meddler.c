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

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/order/history.h"
#include "tests/order/workload.h"

/* Another program at the folders: it delivers, renames and removes files. */

#define PAUSE		60000000	/* ns, at most, between two acts */
#define NAME		256
#define KEYWORDS	26

static void	deliver(struct recorder *, struct dice *, unsigned int);
static uint64_t	file_flags(const char *, char keywords[KEYWORDS][WIRE_NAME]);
static int	pick(struct dice *, const char *, char [NAME]);
static void	read_keywords(const char *, char [KEYWORDS][WIRE_NAME]);
static int	subject(const char *, const char *, char [WIRE_NAME]);
static void	take(struct recorder *, struct dice *, int);

static const struct {
	char		letter;
	uint64_t	flag;
} letters[] = {
	{ 'D', F_DRAFT },
	{ 'F', F_FLAGGED },
	{ 'R', F_ANSWERED },
	{ 'S', F_SEEN },
	{ 'T', F_DELETED },
};
#define LETTERS	(sizeof(letters) / sizeof(letters[0]))

static void
deliver(struct recorder *rec, struct dice *d, unsigned int serial)
{
	char		 tmp[NAME], new[NAME], text[NAME], id[WIRE_NAME];
	unsigned int	 box = dice(d, WORK_BOXES);
	int		 fd, len;

	(void)snprintf(id, sizeof(id), "d%ux%u", rec->proc, serial);
	(void)snprintf(tmp, sizeof(tmp), "%s/tmp/%u.M%uP%u.test",
	    work_dirs[box], 1700000000 + serial, serial, rec->proc);
	(void)snprintf(new, sizeof(new), "%s/new/%u.M%uP%u.test",
	    work_dirs[box], 1700000000 + serial, serial, rec->proc);
	len = snprintf(text, sizeof(text), "Subject: %s\n\nHello.\n", id);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == -1 ||
	    write(fd, text, (size_t)len) != len || close(fd) == -1)
		err(1, "%s", tmp);
	record(rec, '[', "deliver %s %s", work_boxes[box], id);
	if (rename(tmp, new) == -1)
		err(1, "%s", new);
	record(rec, ']', "done");
}

/* The name of a random file in cur/; -1 if there is none. */
static int
pick(struct dice *d, const char *dir, char name[NAME])
{
	struct dirent	*e;
	char		 path[NAME];
	unsigned int	 n = 0;
	DIR		*cur;

	(void)snprintf(path, sizeof(path), "%s/cur", dir);
	if ((cur = opendir(path)) == NULL)
		return (-1);
	while ((e = readdir(cur)) != NULL)
		if (strstr(e->d_name, ":2,") != NULL && dice(d, ++n) == 0)
			(void)strlcpy(name, e->d_name, NAME);
	(void)closedir(cur);
	return (n > 0 ? 0 : -1);
}

static int
subject(const char *dir, const char *name, char id[WIRE_NAME])
{
	char	 path[2 * NAME], text[NAME];
	ssize_t	 n;
	int	 fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return (sscanf(text, "Subject: %63s", id) == 1 ? 0 : -1);
}

/* The folder's names of keyword letters: lines "0 name" for a, and so on. */
static void
read_keywords(const char *dir, char keywords[KEYWORDS][WIRE_NAME])
{
	char		 path[NAME], name[WIRE_NAME], line[NAME];
	unsigned int	 i;
	FILE		*f;

	memset(keywords, 0, KEYWORDS * WIRE_NAME);
	(void)snprintf(path, sizeof(path), "%s/dovecot-keywords", dir);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%u %63s", &i, name) == 2 && i < KEYWORDS)
			(void)strlcpy(keywords[i], name, WIRE_NAME);
	(void)fclose(f);
}

static uint64_t
file_flags(const char *name, char keywords[KEYWORDS][WIRE_NAME])
{
	const char	*p;
	uint64_t	 flags = 0;
	size_t		 i;

	if ((p = strstr(name, ":2,")) == NULL)
		return (0);
	for (p += 3; *p != '\0'; p++) {
		for (i = 0; i < LETTERS; i++)
			if (letters[i].letter == *p)
				flags |= letters[i].flag;
		if (*p >= 'a' && *p <= 'z')
			flags |= bits_parse(keywords[*p - 'a']);
	}
	return (flags);
}

/* Renames a file, one or two letters of it changed, or removes one. */
static void
take(struct recorder *rec, struct dice *d, int remove)
{
	char		 keywords[KEYWORDS][WIRE_NAME];
	char		 name[NAME], to[NAME], id[WIRE_NAME], cur[NAME];
	char		 from_path[2 * NAME], to_path[2 * NAME];
	char		 was[F_TEXTLEN], is[F_TEXTLEN];
	const char	*rest;
	uint64_t	 flags, wanted;
	size_t		 i, len;
	unsigned int	 box = dice(d, WORK_BOXES);
	int		 ret;

	(void)snprintf(cur, sizeof(cur), "%s/cur", work_dirs[box]);
	if (pick(d, work_dirs[box], name) == -1 ||
	    subject(cur, name, id) == -1)
		return;
	memset(keywords, 0, sizeof(keywords));
	flags = file_flags(name, keywords);
	wanted = flags ^ letters[dice(d, LETTERS - 1)].flag ^
	    letters[dice(d, LETTERS - 1)].flag;
	(void)snprintf(from_path, sizeof(from_path), "%s/%s", cur, name);
	if (remove) {
		record(rec, '[', "remove %s %s", work_boxes[box], id);
		ret = unlink(from_path);
		record(rec, ']', ret == 0 ? "done" : "failed");
		return;
	}
	if (wanted == flags)
		return;
	rest = strstr(name, ":2,") + 3;
	len = (size_t)snprintf(to, sizeof(to), "%.*s", (int)(rest - name),
	    name);
	for (i = 0; i < LETTERS && len < sizeof(to) - 1; i++)
		if (wanted & letters[i].flag)
			to[len++] = letters[i].letter;
	to[len] = '\0';
	for (; *rest != '\0'; rest++)
		if (*rest >= 'a' && *rest <= 'z')
			(void)strncat(to, rest, 1);
	(void)snprintf(to_path, sizeof(to_path), "%s/%s", cur, to);
	record(rec, '[', "rename %s %s %s %s", work_boxes[box], id,
	    bits_text(flags, was), bits_text(wanted, is));
	ret = rename(from_path, to_path);
	record(rec, ']', ret == 0 ? "done" : "failed");
}

void
meddler_run(const struct work *w, unsigned int proc)
{
	struct recorder	 rec;
	struct dice	 d;
	unsigned int	 serial = 0;

	record_open(&rec, ".", proc);
	dice_seed(&d, w->seed, proc);
	while (record_now() < w->end) {
		switch (dice(&d, 8)) {
		case 0:
		case 1:
		case 2:
			deliver(&rec, &d, ++serial);
			break;
		case 3:
			take(&rec, &d, 1);
			break;
		default:
			take(&rec, &d, 0);
			break;
		}
		record_pause(dice(&d, PAUSE));
	}
	record_close(&rec);
}

void
work_files(struct recorder *rec)
{
	char		 keywords[KEYWORDS][WIRE_NAME], id[WIRE_NAME];
	char		 dir[NAME], text[F_TEXTLEN];
	struct dirent	*e;
	unsigned int	 box, sub;
	DIR		*d;

	for (box = 0; box < WORK_BOXES; box++) {
		read_keywords(work_dirs[box], keywords);
		for (sub = 0; sub < 2; sub++) {
			(void)snprintf(dir, sizeof(dir), "%s/%s",
			    work_dirs[box], sub == 0 ? "cur" : "new");
			if ((d = opendir(dir)) == NULL)
				continue;
			while ((e = readdir(d)) != NULL)
				if (e->d_name[0] != '.' &&
				    subject(dir, e->d_name, id) == 0)
					record(rec, 'F', "%s %s %s",
					    work_boxes[box], id, bits_text(
					    file_flags(e->d_name, keywords),
					    text));
			(void)closedir(d);
		}
	}
}
