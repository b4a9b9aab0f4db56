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

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define MESSAGE_LINES	50
#define LINKS		10000	/* of one file; some have room for 32000 */

static void	make_dir(const char *);
static void	write_message(FILE *, unsigned int, const char *);
static void	write_file(const char *, unsigned int);

static void
make_dir(const char *path)
{
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		err(1, "%s", path);
}

static void
write_message(FILE *fp, unsigned int n, const char *eol)
{
	int	 i;

	(void)fprintf(fp, "From: Ada Example <ada%u@example.org>%s"
	    "To: demo@example.org%s"
	    "Subject: message %u of a measurement%s"
	    "Date: Mon, 2 Mar 2026 10:00:00 +0000%s"
	    "Message-ID: <%u@bench.example.org>%s"
	    "Content-Type: text/plain; charset=us-ascii%s%s",
	    n % 97, eol, eol, n, eol, eol, n, eol, eol, eol);
	for (i = 0; i < MESSAGE_LINES; i++)
		(void)fprintf(fp, "Line %02d: the tide comes in and the tide "
		    "goes out, and so on.%s", i, eol);
}

static void
write_file(const char *path, unsigned int n)
{
	FILE	*fp;

	if ((fp = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	write_message(fp, n, "\n");
	if (fclose(fp) == EOF)
		err(1, "%s", path);
}

void
mailbox_make(const char *dir, unsigned int n, int linked)
{
	static const char *const subs[] = { "cur", "new", "tmp" };
	char			 path[1024], first[1024];
	unsigned int		 i;

	make_dir(dir);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, subs[i]);
		make_dir(path);
	}
	for (i = 1; i <= n; i++) {
		(void)snprintf(path, sizeof(path),
		    "%s/cur/%u.M%uP1.bench:2,S", dir, 1700000000 + i, i);
		if (!linked || i % LINKS == 1) {
			write_file(path, i);
			memcpy(first, path, sizeof(first));
		} else if (link(first, path) == -1)
			err(1, "%s", path);
	}
}

const char *
mailbox_message(size_t *len)
{
	static char	*message;
	static size_t	 size;
	FILE		*fp;

	if (message == NULL) {
		if ((fp = open_memstream(&message, &size)) == NULL)
			err(1, NULL);
		write_message(fp, 1, "\r\n");
		if (fclose(fp) == EOF)
			err(1, NULL);
	}
	*len = size;
	return (message);
}
