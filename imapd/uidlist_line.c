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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/maildir.h"
#include "imapd/uidlist_priv.h"

#define GUID_DIGITS	32
#define UINT32_DIGITS	10

static int	number(const char **, uint32_t *);
static int	header3(struct uidlist *, char *);
static int	header1(struct uidlist *, const char *);
static int	header_field(struct uidlist *, const char *);
static char	*fields_end(char *, int *);

/* A decimal number of 32 bits; *p is then behind it. */
static int
number(const char **p, uint32_t *n)
{
	const char *start = *p;
	uint64_t v = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (*p - start == UINT32_DIGITS)
			return (-1);
		v = v * 10 + (uint64_t)(**p - '0');
	}
	if (*p == start || v > UINT32_MAX)
		return (-1);
	*n = (uint32_t)v;
	return (0);
}

size_t
uidlist_header(const char *text, size_t len, struct uidlist *l)
{
	const char *end;
	size_t n;
	int rv;

	errno = EBADMSG;
	if (len > UIDLIST_MAXLINE)
		len = UIDLIST_MAXLINE;
	if ((end = memchr(text, '\n', len)) == NULL)
		return (0);
	n = (size_t)(end - text);
	if (n < 2 || memchr(text, '\0', n) != NULL || text[1] != ' ')
		return (0);
	if ((l->header = malloc(n + 1)) == NULL)
		return (0);
	memcpy(l->header, text, n);
	l->header[n] = '\0';
	if (l->header[n - 1] == '\r') {
		l->header[n - 1] = '\0';
		l->broken = 1;
	}
	l->fields = "";
	l->version = text[0] - '0';
	switch (text[0]) {
	case '1':
		rv = header1(l, l->header + 2);
		break;
	case '3':
		rv = header3(l, l->header + 2);
		break;
	default:
		rv = -1;
		break;
	}
	if (rv == -1 || l->uidvalidity == 0) {
		errno = EBADMSG;
		return (0);
	}
	/* Dovecot takes no list without it. */
	if (l->uidnext == 0) {
		l->uidnext = 1;
		l->broken = 1;
	}
	return (n + 1);
}

static int
header1(struct uidlist *l, const char *p)
{
	if (number(&p, &l->uidvalidity) == -1 || *p++ != ' ')
		return (-1);
	if (number(&p, &l->uidnext) == -1 || *p != '\0')
		l->uidnext = 0;
	return (0);
}

/* Those that are not taken apart stay, side by side, where they were read. */
static int
header3(struct uidlist *l, char *p)
{
	char *to = p, *next;

	l->fields = p;
	for (; *p != '\0'; p = next) {
		next = p + strcspn(p, " ");
		while (*next == ' ')
			*next++ = '\0';
		if (*p == '\0')
			continue;
		switch (header_field(l, p)) {
		case -1:
			return (-1);
		case 0:
			continue;
		}
		if (to != l->fields)
			*to++ = ' ';
		memmove(to, p, strlen(p) + 1);
		to += strlen(to);
	}
	*to = '\0';
	return (0);
}

/* Whether it is to be kept as it is, or -1: no header with it. */
static int
header_field(struct uidlist *l, const char *field)
{
	const char *p = field + 1;

	switch (field[0]) {
	case 'V':
		return (number(&p, &l->uidvalidity) == -1 || *p != '\0' ?
		    -1 : 0);
	case 'N':
		if (number(&p, &l->uidnext) == -1 || *p != '\0')
			l->uidnext = 0;
		return (0);
	case 'G':
		if (strlen(p) == GUID_DIGITS &&
		    strspn(p, "0123456789abcdef") == GUID_DIGITS)
			return (1);
		l->broken = 1;
		return (0);
	default:
		return (1);
	}
}

int
uidlist_line(char *line, size_t len, int version, struct uidlist_entry *e,
    int *broken)
{
	struct maildir_name parts;
	const char *p = line;
	char *name;

	line[len] = '\0';
	if (len > UIDLIST_MAXLINE || memchr(line, '\0', len) != NULL)
		return (-1);
	if (number(&p, &e->uid) == -1 || *p != ' ' || e->uid == 0 ||
	    e->uid > UIDLIST_MAXUID)
		return (-1);
	if (line[len - 1] == '\r') {
		line[len - 1] = '\0';
		*broken = 1;
	}
	name = line + (p - line);
	while (*name == ' ')
		*name++ = '\0';
	e->fields = "";
	if (version == 3) {
		e->fields = name;
		if ((name = fields_end(name, broken)) == NULL)
			return (-1);
		if (name == e->fields)
			e->fields = "";
		*name++ = '\0';
	}
	if (maildir_parse(name, &parts) == -1)
		return (-1);
	name[parts.base] = '\0';
	e->name = name;
	e->unique = (uint32_t)parts.unique;
	return (0);
}

/*
 * The colon before the name.  It stands where a field would begin: values
 * may hold others.  Keys are capitals.
 */
static char *
fields_end(char *p, int *broken)
{
	char *start = p, *end = p, *next;
	int bad = 0;

	for (; *p != ':'; p = next) {
		if (*p == '\0')
			return (NULL);
		bad |= *p < 'A' || *p > 'Z';
		end = p + strcspn(p, " ");
		next = end + strspn(end, " ");
	}
	/* What is none is not kept, and neither is what stands beside it. */
	if (bad) {
		*start = '\0';
		*broken = 1;
	} else
		*end = *end == ':' ? ':' : '\0';
	return (p);
}
