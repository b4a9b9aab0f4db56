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

#include <string.h>
#include <strings.h>

#include "imapd/flags.h"
#include "imapd/parser.h"

static int	add(struct flags *, const struct parser_arg *, const char **);
static int	add_keyword(struct flags *, const char *, const char **);

#define FLAGS_SYSTEM	5

/* In the order of the FLAG_ bits. */
static const char *const	 names[FLAGS_SYSTEM] = {
	"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"
};

uint16_t
flags_system(const char *name)
{
	unsigned int	i;

	for (i = 0; i < FLAGS_SYSTEM; i++) {
		if (strcasecmp(name, names[i]) == 0)
			return ((uint16_t)(1U << i));
	}
	return (0);
}

static int
add_keyword(struct flags *f, const char *name, const char **why)
{
	unsigned int	i;

	if (strlen(name) > TABLE_KWLEN) {
		*why = "Keyword is too long";
		return (-1);
	}
	for (i = 0; i < f->nkeywords; i++) {
		if (strcasecmp(f->keywords[i], name) == 0)
			return (0);
	}
	if (f->nkeywords == TABLE_KEYWORDS) {
		*why = "Too many keywords";
		return (-1);
	}
	f->keywords[f->nkeywords++] = name;
	return (0);
}

static int
add(struct flags *f, const struct parser_arg *arg, const char **why)
{
	const char	*name;
	uint16_t	 bit;

	if (parser_flag(arg, &name) == -1) {
		*why = "Flag expected";
		return (-1);
	}
	if (name[0] != '\\')
		return (add_keyword(f, name, why));
	if ((bit = flags_system(name)) == 0) {
		/* \Recent can't be set (RFC 3501 section 2.3.2). */
		*why = "Unknown system flag";
		return (-1);
	}
	f->system |= bit;
	return (0);
}

int
flags_parse(const struct parser_arg *arg, int loose, struct flags *f,
    const char **why)
{
	memset(f, 0, sizeof(*f));
	if (arg != NULL && arg->type == PARSER_LIST) {
		if (loose && arg->next != NULL) {
			*why = "Too many arguments";
			return (-1);
		}
		arg = arg->child;
	} else if (!loose || arg == NULL) {
		*why = "Flag list expected";
		return (-1);
	}
	for (; arg != NULL; arg = arg->next) {
		if (add(f, arg, why) == -1)
			return (-1);
	}
	return (0);
}
