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

#include "tests/order/history.h"

static int	add(struct history *, char *);
static int	compare(const void *, const void *);
static int	take(struct history *, char *);

static const char *const system_flags[F_KEYWORD] = {
	"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"
};

/* One line, which the event keeps. */
static int
add(struct history *h, char *line)
{
	struct event	*e;
	char		*p;
	unsigned long	 proc;

	if (h->n == h->cap) {
		h->cap = h->cap * 2 + 256;
		e = reallocarray(h->event, h->cap, sizeof(*e));
		if (e == NULL)
			return (-1);
		h->event = e;
	}
	e = &h->event[h->n];
	e->t = strtoull(line, &p, 10);
	if (p == line || *p != ' ')
		goto bad;
	line = p + 1;
	proc = strtoul(line, &p, 10);
	if (p == line || *p != ' ' || proc >= HISTORY_PROCS ||
	    strchr("(><)[]LRHKQF", p[1]) == NULL || p[1] == '\0')
		goto bad;
	e->proc = (unsigned int)proc;
	e->kind = p[1];
	e->text = p[2] == ' ' ? p + 3 : "";
	if (p[2] != ' ' && p[2] != '\0')
		goto bad;
	e->index = h->n++;
	if (e->proc >= h->nprocs)
		h->nprocs = e->proc + 1;
	return (0);
bad:
	errno = EINVAL;
	return (-1);
}

/* Takes over a text. */
static int
take(struct history *h, char *text)
{
	char	**buf, *line;

	if ((buf = reallocarray(h->buf, h->nbuf + 1, sizeof(*buf))) == NULL) {
		free(text);
		return (-1);
	}
	h->buf = buf;
	h->buf[h->nbuf++] = text;
	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0' && add(h, line) == -1)
			return (-1);
	return (0);
}

int
history_parse(struct history *h, const char *text)
{
	char	*copy;

	return ((copy = strdup(text)) == NULL ? -1 : take(h, copy));
}

int
history_read(struct history *h, const char *path)
{
	struct stat	 st;
	char		*text;
	size_t		 len;
	ssize_t		 n;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1 ||
	    (text = malloc((size_t)st.st_size + 1)) == NULL) {
		(void)close(fd);
		return (-1);
	}
	for (len = 0; len < (size_t)st.st_size; len += (size_t)n)
		if ((n = read(fd, text + len, (size_t)st.st_size - len)) <= 0)
			break;
	text[len] = '\0';
	(void)close(fd);
	return (take(h, text));
}

static int
compare(const void *a, const void *b)
{
	const struct event	*x = a, *y = b;

	if (x->t != y->t)
		return (x->t < y->t ? -1 : 1);
	return (x->index < y->index ? -1 : x->index > y->index);
}

void
history_sort(struct history *h)
{
	if (h->n > 1)
		qsort(h->event, h->n, sizeof(*h->event), compare);
}

void
history_free(struct history *h)
{
	while (h->nbuf > 0)
		free(h->buf[--h->nbuf]);
	free(h->buf);
	free(h->event);
	memset(h, 0, sizeof(*h));
}

uint64_t
bits_parse(const char *p)
{
	char		*end;
	uint64_t	 flags = 0;
	size_t		 len, i;
	unsigned long	 n;

	if (*p == '(')
		p++;
	while (*p != ')' && *p != '\0') {
		len = strcspn(p, " )");
		for (i = 0; i < F_KEYWORD; i++)
			if (len == strlen(system_flags[i]) &&
			    strncasecmp(p, system_flags[i], len) == 0)
				flags |= (uint64_t)1 << i;
		if (*p == 'k' && len > 1) {
			n = strtoul(p + 1, &end, 10);
			if (end == p + len && n < F_KEYWORDS)
				flags |= (uint64_t)1 << (F_KEYWORD + n);
		}
		p += len;
		p += strspn(p, " ");
	}
	return (flags);
}

const char *
bits_text(uint64_t flags, char buf[F_TEXTLEN])
{
	char		 name[16];
	unsigned int	 i;

	(void)strlcpy(buf, "(", F_TEXTLEN);
	for (i = 0; i < F_KEYWORD + F_KEYWORDS; i++) {
		if ((flags >> i & 1) == 0)
			continue;
		if (i < F_KEYWORD)
			(void)strlcpy(name, system_flags[i], sizeof(name));
		else
			(void)snprintf(name, sizeof(name), "k%u",
			    i - F_KEYWORD);
		if (buf[1] != '\0')
			(void)strlcat(buf, " ", F_TEXTLEN);
		(void)strlcat(buf, name, F_TEXTLEN);
	}
	(void)strlcat(buf, ")", F_TEXTLEN);
	return (buf);
}
