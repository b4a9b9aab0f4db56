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

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/fetch.h"
#include "imapd/parser.h"
#include "imapd/search_return.h"

struct name {
	const char	*name;
	unsigned int	 items;
};

static int	add_item(struct fetch *, const struct parser_arg **,
		    const char **);
static unsigned int find(const struct name *, size_t, const char *);
static int	get_modifiers(struct fetch *, const struct parser_arg *,
		    const char **);
static int	get_preview(struct fetch *, const struct parser_arg **,
		    const char **);

/* Only instead of a list. */
static const struct name macros[] = {
	{ "ALL", FETCH_FLAGS | FETCH_INTERNALDATE | FETCH_SIZE |
	    FETCH_ENVELOPE },
	{ "FAST", FETCH_FLAGS | FETCH_INTERNALDATE | FETCH_SIZE },
	{ "FULL", FETCH_FLAGS | FETCH_INTERNALDATE | FETCH_SIZE |
	    FETCH_ENVELOPE | FETCH_BODY }
};

static const struct name plain[] = {
	{ "BODY", FETCH_BODY },
	{ "BODYSTRUCTURE", FETCH_BODYSTRUCTURE },
	{ "EMAILID", FETCH_EMAILID },
	{ "ENVELOPE", FETCH_ENVELOPE },
	{ "FLAGS", FETCH_FLAGS },
	{ "INTERNALDATE", FETCH_INTERNALDATE },
	{ "MODSEQ", FETCH_MODSEQ },
	{ "RFC822.SIZE", FETCH_SIZE },
	{ "SAVEDATE", FETCH_SAVEDATE },
	{ "THREADID", FETCH_THREADID },
	{ "UID", FETCH_UID }
};

static unsigned int
find(const struct name *names, size_t n, const char *text)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (strcasecmp(names[i].name, text) == 0)
			return (names[i].items);
	}
	return (0);
}

/*
 * PREVIEW, and maybe its modifiers in a list (RFC 8970 section 6), which *arg
 * moves to.  Who asks for it twice, and once without LAZY, gets it.
 */
static int
get_preview(struct fetch *f, const struct parser_arg **arg, const char **why)
{
	const struct parser_arg	*list = (*arg)->next, *mod;

	if (list == NULL || list->type != PARSER_LIST ||
	    !parser_is(list->child, "LAZY")) {
		f->items = (f->items | FETCH_PREVIEW) &
		    ~(unsigned int)FETCH_LAZY;
		return (0);
	}
	*why = "Unknown modifier of PREVIEW";
	for (mod = list->child; mod != NULL; mod = mod->next) {
		if (!parser_is(mod, "LAZY"))
			return (-1);
	}
	if ((f->items & FETCH_PREVIEW) == 0)
		f->items |= FETCH_PREVIEW | FETCH_LAZY;
	*arg = list;
	return (0);
}

/* Takes an item; *next is the last argument that belonged to it. */
static int
add_item(struct fetch *f, const struct parser_arg **next, const char **why)
{
	const struct parser_arg	*arg = *next;
	unsigned int		 item;

	*why = "Unknown item";
	if (arg->type != PARSER_ATOM)
		return (-1);
	if (arg->section)
		return (fetch_section_parse(f, arg, why));
	if (strcasecmp(arg->text, "PREVIEW") == 0)
		return (get_preview(f, next, why));
	if ((item = find(plain, sizeof(plain) / sizeof(plain[0]),
	    arg->text)) != 0) {
		f->items |= item;
		return (0);
	}
	if (strcasecmp(arg->text, "RFC822.HEADER") == 0)
		return (fetch_section_rfc822(f, "RFC822.HEADER", "HEADER"));
	if (strcasecmp(arg->text, "RFC822") == 0) {
		f->items |= FETCH_SEEN;
		return (fetch_section_rfc822(f, "RFC822", ""));
	}
	if (strcasecmp(arg->text, "RFC822.TEXT") == 0) {
		f->items |= FETCH_SEEN;
		return (fetch_section_rfc822(f, "RFC822.TEXT", "TEXT"));
	}
	return (-1);
}

static int
get_modifiers(struct fetch *f, const struct parser_arg *list,
    const char **why)
{
	const struct parser_arg	*arg;

	*why = "List of modifiers expected";
	if (list->type != PARSER_LIST || list->next != NULL)
		return (-1);
	for (arg = list->child; arg != NULL; arg = arg->next) {
		*why = "Unknown or repeated modifier";
		if (parser_is(arg, "VANISHED") && !f->vanished) {
			f->vanished = 1;
			continue;
		}
		if (parser_is(arg, "PARTIAL") && !f->partial) {
			*why = "Range expected, as in 1:500 or -1:-100";
			arg = arg->next;
			if (search_partial_parse(arg, &f->first,
			    &f->last) == -1)
				return (-1);
			f->partial = 1;
			continue;
		}
		if (!parser_is(arg, "CHANGEDSINCE") || f->changed)
			return (-1);
		*why = "A mod-sequence expected";
		arg = arg->next;
		if (parser_number64(arg, &f->changedsince) == -1)
			return (-1);
		f->changed = 1;
	}
	/* RFC 7162 section 3.2.6. */
	*why = "VANISHED needs CHANGEDSINCE";
	if (!f->changed)
		return (f->partial && !f->vanished ? 0 : -1);
	f->items |= FETCH_MODSEQ;	/* RFC 7162 section 3.1.4.1 */
	return (0);
}

int
fetch_parse(struct fetch *f, const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*item;

	memset(f, 0, sizeof(*f));
	*why = "Items expected";
	if (arg == NULL)
		return (-1);
	if (arg->type == PARSER_LIST) {
		if (arg->child == NULL)
			return (-1);
		for (item = arg->child; item != NULL; item = item->next) {
			if (add_item(f, &item, why) == -1)
				return (-1);
		}
	} else if (arg->type == PARSER_ATOM && !arg->section)
		f->items = find(macros, sizeof(macros) / sizeof(macros[0]),
		    arg->text);
	if (arg->type != PARSER_LIST && f->items == 0 &&
	    add_item(f, &arg, why) == -1)
		return (-1);
	return (arg->next == NULL ? 0 : get_modifiers(f, arg->next, why));
}

void
fetch_free(struct fetch *f)
{
	size_t	i;

	for (i = 0; i < f->nsections; i++)
		fetch_section_free(&f->sections[i]);
	free(f->sections);
	memset(f, 0, sizeof(*f));
}
