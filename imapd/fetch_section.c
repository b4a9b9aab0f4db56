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

/* What BODY[...], BINARY[...] and RFC822 ask for. */

static int	compare_names(const void *, const void *);
static int	get_fields(struct fetch_section *, const struct parser_arg *);
static int	get_kind(struct fetch *, struct fetch_section *, const char *);
static int	get_partial(struct fetch_section *, const char *);
static int	get_spec(struct fetch_section *, const struct parser_arg *,
		    const char **);
static int	label(struct fetch_section *, const struct parser_arg *);
static struct fetch_section *new_section(struct fetch *);

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

int
fetch_section_rfc822(struct fetch *f, const char *name, const char *section)
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

/* How the answer names it: BODY[HEADER.FIELDS (FROM)]<0>, BINARY.SIZE[1]. */
static int
label(struct fetch_section *s, const struct parser_arg *arg)
{
	static const char *const names[] = {
		[FETCH_KIND_BODY] = "BODY",
		[FETCH_KIND_BINARY] = "BINARY",
		[FETCH_KIND_BINARY_SIZE] = "BINARY.SIZE"
	};
	struct mime_buf	 buf = { NULL, 0, 0, 0 };
	struct mime_sink sink = mime_buf_sink(&buf);
	const char	*p = arg->child != NULL ? arg->child->text : "";
	size_t		 i;
	int		 failed;

	failed = mime_sink_puts(&sink, names[s->kind]) == -1 ||
	    mime_buf_addc(&buf, '[') == -1;
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

/* What is before the bracket; PEEK or not (RFC 3501 §6.4.5, RFC 3516 §4.2). */
static int
get_kind(struct fetch *f, struct fetch_section *s, const char *name)
{
	static const struct {
		const char		*name;
		enum fetch_kind		 kind;
		unsigned int		 items;
	} kinds[] = {
		{ "BODY", FETCH_KIND_BODY, FETCH_SEEN },
		{ "BODY.PEEK", FETCH_KIND_BODY, 0 },
		{ "BINARY", FETCH_KIND_BINARY, FETCH_SEEN },
		{ "BINARY.PEEK", FETCH_KIND_BINARY, 0 },
		{ "BINARY.SIZE", FETCH_KIND_BINARY_SIZE, 0 }
	};
	size_t	i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcasecmp(name, kinds[i].name) == 0) {
			s->kind = kinds[i].kind;
			f->items |= kinds[i].items;
			return (0);
		}
	}
	return (-1);
}

/* What is within the brackets. */
static int
get_spec(struct fetch_section *s, const struct parser_arg *spec,
    const char **why)
{
	const char	*text = "";
	size_t		 len = 0;

	if (spec != NULL) {
		if (spec->type != PARSER_ATOM || spec->section)
			return (-1);
		text = spec->text;
		len = spec->len;
	}
	if (mime_section_parse(&s->section, text, len) == -1)
		return (-1);
	/* RFC 3516 section 7: section-binary = "[" [section-part] "]" */
	if (s->kind != FETCH_KIND_BODY && s->section.kind != MIME_SECTION_ALL)
		return (-1);
	if (s->section.kind == MIME_SECTION_FIELDS ||
	    s->section.kind == MIME_SECTION_FIELDS_NOT) {
		*why = "Header fields expected";
		return (get_fields(s, spec->next));
	}
	return (spec != NULL && spec->next != NULL ? -1 : 0);
}

int
fetch_section_parse(struct fetch *f, const struct parser_arg *arg,
    const char **why)
{
	struct fetch_section	*s;

	*why = "Too many sections";
	if ((s = new_section(f)) == NULL)
		return (-1);
	*why = "Unknown section";
	if (get_kind(f, s, arg->text) == -1 ||
	    get_spec(s, arg->child, why) == -1)
		return (-1);
	*why = "Not a partial: <offset.count>";
	if (get_partial(s, arg->suffix) == -1 ||
	    (s->partial && s->kind == FETCH_KIND_BINARY_SIZE))
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

void
fetch_section_free(struct fetch_section *s)
{
	free(s->label);
	free(s->fields);
}
