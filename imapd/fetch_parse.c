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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/fetch.h"
#include "imapd/parser.h"
#include "imapd/quote.h"

struct name {
	const char	*name;
	unsigned int	 items;
};

static int	add_body(struct fetch *, const struct parser_arg *,
		    const char **);
static int	add_item(struct fetch *, const struct parser_arg *,
		    const char **);
static int	add_rfc822(struct fetch *, const char *, const char *);
static int	label(struct fetch_section *, const struct parser_arg *);
static unsigned int find(const struct name *, size_t, const char *);
static int	compare_names(const void *, const void *);
static int	get_fields(struct fetch_section *, const struct parser_arg *);
static int	get_modifiers(struct fetch *, const struct parser_arg *,
		    const char **);
static int	get_partial(struct fetch_section *, const char *);
static struct fetch_section *new_section(struct fetch *);

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
	{ "ENVELOPE", FETCH_ENVELOPE },
	{ "FLAGS", FETCH_FLAGS },
	{ "INTERNALDATE", FETCH_INTERNALDATE },
	{ "MODSEQ", FETCH_MODSEQ },
	{ "RFC822.SIZE", FETCH_SIZE },
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

static struct fetch_section *
new_section(struct fetch *f)
{
	struct fetch_section	*new;

	if (f->nsections == FETCH_SECTIONS_MAX)
		return (NULL);
	new = reallocarray(f->sections, f->nsections + 1, sizeof(*new));
	if (new == NULL)
		return (NULL);
	f->sections = new;
	memset(&new[f->nsections], 0, sizeof(*new));
	return (&new[f->nsections++]);
}

/* RFC822 and its like are sections by another name. */
static int
add_rfc822(struct fetch *f, const char *name, const char *section)
{
	struct fetch_section	*s;

	if ((s = new_section(f)) == NULL ||
	    mime_section_parse(&s->section, section, strlen(section)) == -1)
		return (-1);
	return ((s->label = strdup(name)) == NULL ? -1 : 0);
}

static int
compare_names(const void *a, const void *b)
{
	return (strcasecmp(*(const char *const *)a, *(const char *const *)b));
}

/* The names of HEADER.FIELDS; they stay the parser's. */
static int
get_fields(struct fetch_section *s, const struct parser_arg *list)
{
	const struct parser_arg	*arg;
	const char		*text;
	size_t			 n = 0;

	if (list == NULL || list->type != PARSER_LIST || list->next != NULL ||
	    list->child == NULL)
		return (-1);
	for (arg = list->child; arg != NULL; arg = arg->next) {
		if (parser_astring(arg, &text, NULL) == -1 ||
		    ++n > FETCH_FIELDS_MAX)
			return (-1);
	}
	s->fields = calloc(n, sizeof(*s->fields));
	if (s->fields == NULL)
		return (-1);
	n = 0;
	for (arg = list->child; arg != NULL; arg = arg->next) {
		if (parser_astring(arg, &text, NULL) == 0)
			s->fields[n++] = text;
	}
	s->section.fields = s->fields;
	s->section.nfields = n;
	return (0);
}

/*
 * "<offset.count>", or nothing.  Numbers may be as long as in IMAP4rev2 (RFC
 * 9051 section 9).
 */
static int
get_partial(struct fetch_section *s, const char *text)
{
	uint64_t	 n[2];
	unsigned int	 i;

	if (*text == '\0')
		return (0);
	if (*text++ != '<')
		return (-1);
	for (i = 0; i < 2; i++) {
		if (!isdigit((unsigned char)*text))
			return (-1);
		for (n[i] = 0; isdigit((unsigned char)*text); text++) {
			if (n[i] > INT64_MAX / 10)
				return (-1);
			n[i] = n[i] * 10 + (uint64_t)(*text - '0');
		}
		if (*text++ != (i == 0 ? '.' : '>'))
			return (-1);
	}
	if (*text != '\0' || n[1] == 0 || n[0] > INT64_MAX ||
	    n[1] > INT64_MAX)
		return (-1);
	s->partial = 1;
	s->offset = n[0];
	s->count = n[1];
	return (0);
}

/* How the answer names it: BODY[HEADER.FIELDS (FROM)]<0>. */
static int
label(struct fetch_section *s, const struct parser_arg *arg)
{
	struct mime_buf	 buf = { NULL, 0, 0, 0 };
	struct mime_sink sink = mime_buf_sink(&buf);
	const char	*p = arg->child != NULL ? arg->child->text : "";
	size_t		 i;
	int		 failed;

	failed = mime_sink_puts(&sink, "BODY[");
	for (; *p != '\0' && !failed; p++)
		failed = mime_buf_addc(&buf, toupper((unsigned char)*p));
	for (i = 0; i < s->section.nfields && !failed; i++)
		failed = mime_sink_puts(&sink, i == 0 ? " (" : " ") == -1 ||
		    quote_astring_sink(&sink, s->fields[i],
		    strlen(s->fields[i])) == -1;
	if (!failed && i > 0)
		failed = mime_sink_puts(&sink, ")");
	if (!failed)
		failed = mime_sink_puts(&sink, "]");
	if (!failed && s->partial)
		failed = mime_sink_puts(&sink, "<") == -1 ||
		    mime_sink_number(&sink, s->offset) == -1 ||
		    mime_sink_puts(&sink, ">") == -1;
	if (failed || mime_buf_addc(&buf, '\0') == -1) {
		mime_buf_free(&buf);
		return (-1);
	}
	s->label = buf.data;
	return (0);
}

static int
add_body(struct fetch *f, const struct parser_arg *arg, const char **why)
{
	struct fetch_section	*s;
	const struct parser_arg	*spec = arg->child;
	const char		*text = "";
	size_t			 len = 0;

	*why = "Too many sections";
	if ((s = new_section(f)) == NULL)
		return (-1);
	*why = "Unknown section";
	if (strcasecmp(arg->text, "BODY") == 0)
		f->items |= FETCH_SEEN;
	else if (strcasecmp(arg->text, "BODY.PEEK") != 0)
		return (-1);
	if (spec != NULL) {
		if (spec->type != PARSER_ATOM || spec->section)
			return (-1);
		text = spec->text;
		len = spec->len;
	}
	if (mime_section_parse(&s->section, text, len) == -1)
		return (-1);
	if (s->section.kind == MIME_SECTION_FIELDS ||
	    s->section.kind == MIME_SECTION_FIELDS_NOT) {
		*why = "Header fields expected";
		if (get_fields(s, spec->next) == -1)
			return (-1);
	} else if (spec != NULL && spec->next != NULL)
		return (-1);
	*why = "Not a partial: <offset.count>";
	if (get_partial(s, arg->suffix) == -1)
		return (-1);
	*why = "Out of memory";
	if (label(s, arg) == -1)
		return (-1);
	/* They are answered as asked for, and looked for in order. */
	if (s->section.nfields > 0)
		qsort(s->fields, s->section.nfields, sizeof(*s->fields),
		    compare_names);
	return (0);
}

static int
add_item(struct fetch *f, const struct parser_arg *arg, const char **why)
{
	unsigned int	item;

	*why = "Unknown item";
	if (arg->type != PARSER_ATOM)
		return (-1);
	if (arg->section)
		return (add_body(f, arg, why));
	if ((item = find(plain, sizeof(plain) / sizeof(plain[0]),
	    arg->text)) != 0) {
		f->items |= item;
		return (0);
	}
	if (strcasecmp(arg->text, "RFC822.HEADER") == 0)
		return (add_rfc822(f, "RFC822.HEADER", "HEADER"));
	if (strcasecmp(arg->text, "RFC822") == 0) {
		f->items |= FETCH_SEEN;
		return (add_rfc822(f, "RFC822", ""));
	}
	if (strcasecmp(arg->text, "RFC822.TEXT") == 0) {
		f->items |= FETCH_SEEN;
		return (add_rfc822(f, "RFC822.TEXT", "TEXT"));
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
		return (-1);
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
	if (arg->next != NULL && get_modifiers(f, arg->next, why) == -1)
		return (-1);
	if (arg->type != PARSER_LIST) {
		if (arg->type == PARSER_ATOM && !arg->section &&
		    (f->items |= find(macros, sizeof(macros) /
		    sizeof(macros[0]), arg->text)) & FETCH_FLAGS)
			return (0);
		return (add_item(f, arg, why));
	}
	*why = "Items expected";
	if (arg->child == NULL)
		return (-1);
	for (item = arg->child; item != NULL; item = item->next) {
		if (add_item(f, item, why) == -1)
			return (-1);
	}
	return (0);
}

void
fetch_free(struct fetch *f)
{
	size_t	i;

	for (i = 0; i < f->nsections; i++) {
		free(f->sections[i].label);
		free(f->sections[i].fields);
	}
	free(f->sections);
	memset(f, 0, sizeof(*f));
}
