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

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/order/history.h"
#include "tests/order/wire.h"

static int	parse_code(struct response *, const char *);
static int	parse_copyuid(struct response *, const char *);
static int	parse_fetch(struct response *, const char *);
static int	parse_number(struct response *, const char *);
static int	parse_search(struct response *, const char *);
static int	parse_status(struct response *, const char *);
static int	parse_vanished(struct response *, const char *);
static const char *prefix(const char *, const char *);

/* What follows a word at the start, or NULL. */
static const char *
prefix(const char *p, const char *word)
{
	size_t	 len = strlen(word);

	return (strncmp(p, word, len) == 0 ? p + len : NULL);
}

int
set_next(const char **p, uint32_t star, uint32_t *lo, uint32_t *hi)
{
	char		*end;
	uint32_t	 n[2];
	int		 i;

	for (i = 0; i < 2; i++) {
		if (**p == '*') {
			n[i] = star;
			++*p;
		} else {
			/* strtoul(3) would skip blanks. */
			if (!isdigit((unsigned char)**p))
				return (0);
			n[i] = (uint32_t)strtoul(*p, &end, 10);
			*p = end;
		}
		if (i == 0 && **p != ':') {
			n[1] = n[0];
			break;
		}
		if (i == 0)
			++*p;
	}
	*lo = n[0] < n[1] ? n[0] : n[1];
	*hi = n[0] < n[1] ? n[1] : n[0];
	if (**p == ',')
		++*p;
	return (1);
}

int
set_parse(const char *p, uint32_t star, struct uidset *set)
{
	uint32_t	 lo, hi;

	uidset_init(set, 0);
	while (set_next(&p, star, &lo, &hi))
		if (uidset_add_range(set, lo, hi) == -1)
			return (-1);
	if (set->n > 0 && (*p == '\0' || strchr(" ])\r", *p) != NULL))
		return (0);
	errno = EINVAL;
	return (-1);
}

/* "uidvalidity source target" */
static int
parse_copyuid(struct response *r, const char *p)
{
	r->copyuid = 1;
	p += strcspn(p, " ");
	if (*p == '\0' || set_parse(p + 1, 0, &r->set) == -1)
		return (-1);
	p++;
	p += strcspn(p, " ");
	return (*p == '\0' ? -1 : set_parse(p + 1, 0, &r->to));
}

/* The code behind "OK ", "NO ". */
static int
parse_code(struct response *r, const char *p)
{
	const char	*v;

	if (*p != '[')
		return (0);
	p++;
	if ((v = prefix(p, "HIGHESTMODSEQ ")) != NULL)
		r->highest = strtoull(v, NULL, 10);
	else if ((v = prefix(p, "UIDVALIDITY ")) != NULL)
		r->uidvalidity = (uint32_t)strtoul(v, NULL, 10);
	else if ((v = prefix(p, "UIDNEXT ")) != NULL)
		r->uidnext = (uint32_t)strtoul(v, NULL, 10);
	else if ((v = prefix(p, "COPYUID ")) != NULL)
		return (parse_copyuid(r, v));
	else if ((v = prefix(p, "APPENDUID ")) != NULL) {
		r->appenduid = 1;
		v += strcspn(v, " ");
		return (*v == '\0' ? -1 : set_parse(v + 1, 0, &r->to));
	} else if ((v = prefix(p, "MODIFIED ")) != NULL) {
		r->modified = 1;
		return (set_parse(v, 0, &r->set));
	}
	return (0);
}

static int
parse_fetch(struct response *r, const char *p)
{
	const char	*v;
	size_t		 len;

	r->kind = RESP_FETCH;
	if ((v = strstr(p, "Subject: ")) != NULL) {
		v += 9;
		len = strcspn(v, " )\r");
		if (len >= sizeof(r->id))
			return (-1);
		memcpy(r->id, v, len);
	}
	if ((v = strstr(p, "(UID ")) != NULL ||
	    (v = strstr(p, " UID ")) != NULL)
		r->uid = (uint32_t)strtoul(v + 5, NULL, 10);
	if ((v = strstr(p, "MODSEQ (")) != NULL)
		r->modseq = strtoull(v + 8, NULL, 10);
	if ((v = strstr(p, "FLAGS (")) != NULL) {
		r->has_flags = 1;
		r->flags = bits_parse(v + 6);
	}
	return (r->num == 0 ? -1 : 0);
}

/* "* 12 EXISTS" and its like. */
static int
parse_number(struct response *r, const char *p)
{
	char		*end;

	r->num = (uint32_t)strtoul(p, &end, 10);
	if (*end != ' ')
		return (-1);
	p = end + 1;
	if (prefix(p, "EXISTS") != NULL)
		r->kind = RESP_EXISTS;
	else if (prefix(p, "EXPUNGE") != NULL)
		r->kind = RESP_EXPUNGE;
	else if (prefix(p, "FETCH (") != NULL)
		return (parse_fetch(r, p));
	return (r->kind == RESP_EXPUNGE && r->num == 0 ? -1 : 0);
}

static int
parse_vanished(struct response *r, const char *p)
{
	const char	*v;

	r->kind = RESP_VANISHED;
	if ((v = prefix(p, "(EARLIER) ")) != NULL) {
		r->earlier = 1;
		p = v;
	}
	return (set_parse(p, 0, &r->set));
}

static int
parse_search(struct response *r, const char *p)
{
	char		*end;
	unsigned long	 n;

	r->kind = RESP_SEARCH;
	for (; *p == ' '; p = end) {
		p++;
		if (*p == '(') {
			if ((p = prefix(p, "(MODSEQ ")) == NULL)
				return (-1);
			r->modseq = strtoull(p, NULL, 10);
			break;
		}
		n = strtoul(p, &end, 10);
		if (end == p)
			break;
		if (uidset_add(&r->set, (uint32_t)n) == -1)
			return (-1);
	}
	return (0);
}

static int
parse_status(struct response *r, const char *p)
{
	const char	*v;
	size_t		 len;

	r->kind = RESP_STATUS;
	len = strcspn(p, " ");
	if (len >= sizeof(r->mailbox))
		return (-1);
	memcpy(r->mailbox, p, len);
	if ((v = strstr(p, "HIGHESTMODSEQ ")) != NULL)
		r->modseq = strtoull(v + 14, NULL, 10);
	return (0);
}

int
response_parse(struct response *r, const char *line)
{
	const char	*p;

	memset(r, 0, sizeof(*r));
	uidset_init(&r->set, 0);
	uidset_init(&r->to, 0);
	if ((p = prefix(line, "OK ")) != NULL)
		r->kind = RESP_OK;
	else if ((p = prefix(line, "NO ")) != NULL)
		r->kind = RESP_NO;
	else if (prefix(line, "BAD ") != NULL)
		r->kind = RESP_BAD;
	if (r->kind != RESP_OTHER)
		return (p == NULL ? 0 : parse_code(r, p));
	if ((line = prefix(line, "* ")) == NULL)
		return (-1);
	if ((p = prefix(line, "OK ")) != NULL) {
		r->kind = RESP_UNTAGGED_OK;
		return (parse_code(r, p));
	}
	if (prefix(line, "BYE") != NULL)
		r->kind = RESP_BYE;
	if ((p = prefix(line, "VANISHED ")) != NULL)
		return (parse_vanished(r, p));
	if ((p = prefix(line, "SEARCH")) != NULL)
		return (parse_search(r, p));
	if ((p = prefix(line, "STATUS ")) != NULL)
		return (parse_status(r, p));
	return (isdigit((unsigned char)*line) ? parse_number(r, line) : 0);
}

void
response_free(struct response *r)
{
	uidset_free(&r->set);
	uidset_free(&r->to);
}
