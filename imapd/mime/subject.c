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

#include "imapd/mime/subject.h"

/*
 * RFC 5256 section 2.1, with the names of the rules in its section 5.  Spaces
 * are all the white space that is left after step 1.
 */
struct subject {
	const char	*p;
	const char	*end;
	int		 reply;
};

static size_t	single_spaces(char *, size_t);
static int	has_prefix(const char *, const char *, const char *);
static const char *skip_spaces(const char *, const char *);
static const char *blob(const char *, const char *);
static const char *refwd(const char *, const char *);
static void	remove_trailers(struct subject *);
static void	remove_leaders(struct subject *);
static int	remove_forward(struct subject *);

void
mime_subject_base(char *text, size_t len, const char **base, size_t *baselen,
    int *reply)
{
	struct subject	 s;

	s.p = text;
	s.end = text + single_spaces(text, len);
	s.reply = 0;
	do {
		remove_trailers(&s);
		remove_leaders(&s);
	} while (remove_forward(&s));
	*base = s.p;
	*baselen = (size_t)(s.end - s.p);
	*reply = s.reply;
}

/* Step 1. */
static size_t
single_spaces(char *text, size_t len)
{
	size_t	 i, n = 0;
	char	 c;

	for (i = 0; i < len; i++) {
		c = text[i] == '\t' ? ' ' : text[i];
		if (c != ' ' || n == 0 || text[n - 1] != ' ')
			text[n++] = c;
	}
	return (n);
}

static int
has_prefix(const char *p, const char *end, const char *prefix)
{
	size_t	 len = strlen(prefix);

	return ((size_t)(end - p) >= len && strncasecmp(p, prefix, len) == 0);
}

static const char *
skip_spaces(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return (p);
}

/* subj-blob at p: returns its end, or NULL. */
static const char *
blob(const char *p, const char *end)
{
	if (p == end || *p != '[')
		return (NULL);
	do {
		p++;
	} while (p < end && *p != '[' && *p != ']' && *p != '\0');
	if (p == end || *p != ']')
		return (NULL);
	return (skip_spaces(p + 1, end));
}

/* subj-refwd at p: returns its end, or NULL. */
static const char *
refwd(const char *p, const char *end)
{
	const char	*after;

	if (has_prefix(p, end, "re"))
		p += 2;
	else if (has_prefix(p, end, "fwd"))
		p += 3;
	else if (has_prefix(p, end, "fw"))
		p += 2;
	else
		return (NULL);
	p = skip_spaces(p, end);
	if ((after = blob(p, end)) != NULL)
		p = after;
	return (p < end && *p == ':' ? p + 1 : NULL);
}

/* Step 2. */
static void
remove_trailers(struct subject *s)
{
	for (;;) {
		if (s->p < s->end && s->end[-1] == ' ') {
			s->end--;
		} else if (s->end - s->p >= 5 &&
		    has_prefix(s->end - 5, s->end, "(fwd)")) {
			s->end -= 5;
			s->reply = 1;
		} else {
			return;
		}
	}
}

/*
 * Steps 3 to 5.  Blobs without subj-refwd after them are looked at once: where
 * that lacks after all of them, it lacks after the later ones, too.
 */
static void
remove_leaders(struct subject *s)
{
	const char	*q, *last, *next;

	for (;;) {
		s->p = skip_spaces(s->p, s->end);
		last = q = s->p;
		while ((next = blob(q, s->end)) != NULL) {
			last = q;
			q = next;
		}
		if ((next = refwd(q, s->end)) == NULL)
			break;
		s->p = next;
		s->reply = 1;
	}
	/* What is removed leaves a subj-base. */
	s->p = q < s->end ? q : last;
}

/* Step 6. */
static int
remove_forward(struct subject *s)
{
	if (!has_prefix(s->p, s->end, "[fwd:") || s->end - s->p < 6 ||
	    s->end[-1] != ']')
		return (0);
	s->p += 5;
	s->end--;
	s->reply = 1;
	return (1);
}
