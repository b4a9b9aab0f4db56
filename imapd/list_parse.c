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

#include "imapd/list.h"
#include "imapd/status.h"

static int	get_selection(struct list_request *,
		    const struct parser_arg *, const char **);
static int	get_patterns(struct list_request *,
		    const struct parser_arg *, const char **);
static int	get_return(struct list_request *, const struct parser_arg *,
		    const char **);

static int
get_selection(struct list_request *r, const struct parser_arg *arg,
    const char **why)
{
	for (arg = arg->child; arg != NULL; arg = arg->next)
		if (parser_is(arg, "SUBSCRIBED"))
			r->subscribed = r->subscriptions = 1;
		else if (parser_is(arg, "SPECIAL-USE"))
			r->special = 1;
		else if (parser_is(arg, "RECURSIVEMATCH"))
			r->recursive = 1;
		else if (!parser_is(arg, "REMOTE")) {
			*why = "Unknown selection option";
			return (-1);
		}
	/* RFC 5258 section 3.1: it has no meaning alone. */
	if (r->recursive && !r->subscribed && !r->special) {
		*why = "RECURSIVEMATCH needs another selection option";
		return (-1);
	}
	return (0);
}

static int
get_patterns(struct list_request *r, const struct parser_arg *arg,
    const char **why)
{
	const struct parser_arg	*a;
	const char		*text;

	if (arg == NULL) {
		*why = "Expected a mailbox pattern";
		return (-1);
	}
	r->pattern = arg->type == PARSER_LIST ? arg->child : arg;
	for (a = r->pattern; a != NULL; a = a->next) {
		if (parser_list_mailbox(a, &text, NULL) == -1) {
			*why = "Bad mailbox pattern";
			return (-1);
		}
		r->npatterns++;
		if (a == arg)
			break;
	}
	if (r->npatterns == 0 || r->npatterns > LIST_PATTERNS) {
		*why = "No mailbox patterns, or too many";
		return (-1);
	}
	return (0);
}

static int
get_return(struct list_request *r, const struct parser_arg *arg,
    const char **why)
{
	if (!parser_is(arg, "RETURN") || arg->next == NULL ||
	    arg->next->type != PARSER_LIST || arg->next->next != NULL) {
		*why = "Expected RETURN and a list of options";
		return (-1);
	}
	for (arg = arg->next->child; arg != NULL; arg = arg->next)
		if (parser_is(arg, "SUBSCRIBED"))
			r->subscriptions = 1;
		else if (parser_is(arg, "STATUS")) {
			if (status_check(arg->next, why) == -1)
				return (-1);
			r->status = arg = arg->next;
		} else if (!parser_is(arg, "CHILDREN") &&
		    !parser_is(arg, "SPECIAL-USE")) {
			/* These two are always told. */
			*why = "Unknown return option";
			return (-1);
		}
	return (0);
}

int
list_parse(struct list_request *r, const struct parser_arg *arg,
    const char **why)
{
	const struct parser_arg	*patterns;
	const char		*text;

	memset(r, 0, sizeof(*r));
	if (arg != NULL && arg->type == PARSER_LIST) {
		r->extended = 1;
		if (get_selection(r, arg, why) == -1)
			return (-1);
		arg = arg->next;
	}
	if (arg == NULL || parser_astring(arg, &text, NULL) == -1) {
		*why = "Expected a reference";
		return (-1);
	}
	r->reference = arg;
	patterns = arg->next;
	if (get_patterns(r, patterns, why) == -1)
		return (-1);
	/* Extended in any of three ways (RFC 5258 section 3). */
	if (patterns->type == PARSER_LIST || patterns->next != NULL)
		r->extended = 1;
	if (patterns->next == NULL)
		return (0);
	return (get_return(r, patterns->next, why));
}

int
list_pattern(const struct list_request *r, size_t i, char *pattern)
{
	const struct parser_arg	*arg = r->pattern;
	const char		*reference, *text;

	for (; i > 0; i--)
		arg = arg->next;
	if (parser_astring(r->reference, &reference, NULL) == -1 ||
	    parser_list_mailbox(arg, &text, NULL) == -1)
		return (-1);
	if (*text == '\0' ||
	    strlcpy(pattern, reference, NAMESPACE_PATTERN + 1) >
	    NAMESPACE_PATTERN ||
	    strlcat(pattern, text, NAMESPACE_PATTERN + 1) > NAMESPACE_PATTERN)
		return (-1);
	return (0);
}
