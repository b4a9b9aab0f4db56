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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/grammar.h"
#include "imapd/parser.h"

#define LINE_SIZE	1024	/* bytes, first size of the line buffer */
#define SKIP_LINES	64	/* times the limit of a line: then the end */
#define LINE_KEEP	8192	/* bytes, more is freed after a command */

static void	 announce_byte(struct announce *, unsigned char);
static int	 line_append(struct parser *, const char *, size_t);
static void	 strip_end(struct parser *);
static enum parser_result parse_line(struct parser *);
static enum parser_result end(struct parser *, enum parser_result);
static enum parser_result fatal_error(struct parser *, const char *);
static enum parser_result skip_from_line(struct parser *);
static enum parser_result skipped(struct parser *, size_t);
static void	 announce_line(struct parser *);
static enum parser_result skip_announced(struct parser *);
static void	 skip_rest(struct parser *, enum parser_result);
static enum parser_result step_line(struct parser *, const char *, size_t,
		    size_t *);
static enum parser_result step_keep(struct parser *, const char *, size_t,
		    size_t *);
static enum parser_result step_stream(struct parser *, const char *, size_t,
		    size_t *);
static enum parser_result step_skip_line(struct parser *, const char *,
		    size_t, size_t *);
static enum parser_result step_skip_literal(struct parser *, size_t,
		    size_t *);
static enum parser_result step_raw(struct parser *, const char *, size_t,
		    size_t *);
static enum parser_result step(struct parser *, const char *, size_t,
		    size_t *);

struct parser *
parser_new(const struct parser_limits *limits)
{
	struct parser	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->limits = *limits;
	parser_reset(p);
	return (p);
}

void
parser_free(struct parser *p)
{
	if (p == NULL)
		return;
	parser_reset(p);
	arena_free(&p->arena);
	free(p->line);
	free(p);
}

void
parser_set_limits(struct parser *p, const struct parser_limits *limits)
{
	p->limits = *limits;
}

void
parser_reset(struct parser *p)
{
	arena_reset(&p->arena);
	/* Arguments may be passwords. */
	if (p->line_dirty > 0)
		explicit_bzero(p->line, p->line_dirty);
	if (p->line_cap > LINE_KEEP) {
		free(p->line);
		p->line = NULL;
		p->line_cap = 0;
	}
	p->line_len = p->line_dirty = p->line_total = p->skipped = 0;
	p->state = STATE_LINE;
	p->end = PARSER_MORE;
	p->error = "";
	p->kept = p->nargs = 0;
	p->depth = 0;
	p->tag = p->name = "";
	p->started = p->spaced = 0;
	p->args = NULL;
	p->root.up = NULL;
	p->root.tail = &p->args;
	p->root.arg = NULL;
	p->frame = &p->root;
	p->section = NULL;
	p->literal = NULL;
	p->left = 0;
	p->sync = 0;
	p->fill = NULL;
	p->data = NULL;
	p->data_len = 0;
}

static void
announce_byte(struct announce *a, unsigned char c)
{
	int	number = a->state == ANNOUNCE_OPEN ||
		    a->state == ANNOUNCE_DIGITS;

	if (c == '{') {
		a->state = ANNOUNCE_OPEN;
		a->size = 0;
	} else if (number && c >= '0' && c <= '9') {
		a->state = ANNOUNCE_DIGITS;
		if (a->size > (UINT64_MAX - 9) / 10)
			a->size = UINT64_MAX;
		else
			a->size = a->size * 10 + (uint64_t)(c - '0');
	} else if (a->state == ANNOUNCE_DIGITS && c == '+')
		a->state = ANNOUNCE_PLUS;
	else if (a->state == ANNOUNCE_PLUS && c == '}')
		a->state = ANNOUNCE_CLOSED;
	else if (a->state == ANNOUNCE_CLOSED && c == '\r')
		a->state = ANNOUNCE_CR;
	else
		a->state = ANNOUNCE_NO;
}

static int
line_append(struct parser *p, const char *s, size_t len)
{
	char	*line;
	size_t	 cap;

	if (len >= p->line_cap - p->line_len || p->line == NULL) {
		cap = p->line_cap == 0 ? LINE_SIZE : p->line_cap;
		while (cap - p->line_len <= len)
			cap *= 2;
		line = recallocarray(p->line, p->line_cap, cap, 1);
		if (line == NULL)
			return (-1);
		p->line = line;
		p->line_cap = cap;
	}
	memcpy(p->line + p->line_len, s, len);
	p->line_len += len;
	p->line[p->line_len] = '\0';
	if (p->line_dirty < p->line_len)
		p->line_dirty = p->line_len;
	return (0);
}

/* Takes CRLF or LF off the end of p->line. */
static void
strip_end(struct parser *p)
{
	p->line_len--;
	if (p->line_len > 0 && p->line[p->line_len - 1] == '\r')
		p->line_len--;
	p->line[p->line_len] = '\0';
}

/* A line of a command, without its end, is in p->line. */
static enum parser_result
parse_line(struct parser *p)
{
	const char	*s = p->line;

	p->literal = NULL;
	if (!p->started) {
		p->started = 1;
		if ((s = grammar_tag(p, s)) == NULL ||
		    (s = grammar_name(p, s)) == NULL)
			return (skip_from_line(p));
	}
	/* RFC 3501 §9: a CHAR is none, and a TEXT-CHAR no CR. */
	if (memchr(p->line, '\0', p->line_len) != NULL ||
	    memchr(p->line, '\r', p->line_len) != NULL) {
		(void)grammar_fail(p, "Invalid control character");
		return (skip_from_line(p));
	}
	if (grammar_args(p, s) == -1)
		return (skip_from_line(p));
	p->line_len = 0;
	if (p->literal == NULL)
		return (end(p, PARSER_DONE));
	p->state = STATE_ASK;
	return (PARSER_LITERAL);
}

/*
 * Ends of commands.
 */

static enum parser_result
end(struct parser *p, enum parser_result res)
{
	p->state = STATE_END;
	p->end = res;
	return (res);
}

static enum parser_result
fatal_error(struct parser *p, const char *error)
{
	p->error = error;
	return (end(p, PARSER_FATAL));
}

/*
 * A line of the command, complete in p->line, is in error: the command ends
 * with it, unless a literal comes unasked.
 */
static enum parser_result
skip_from_line(struct parser *p)
{
	skip_rest(p, PARSER_ERROR);
	announce_line(p);
	return (skip_announced(p));
}

/* Looks at what is in p->line as if it had been skipped. */
static void
announce_line(struct parser *p)
{
	size_t	i;

	for (i = 0; i < p->line_len; i++)
		announce_byte(&p->announce, (unsigned char)p->line[i]);
}

/* A line being skipped has ended: is it followed by a literal? */
static enum parser_result
skip_announced(struct parser *p)
{
	struct announce	a = p->announce;

	p->announce.state = ANNOUNCE_NO;
	if (a.state != ANNOUNCE_CLOSED && a.state != ANNOUNCE_CR)
		return (end(p, p->end));
	if (a.size > p->limits.skip)
		return (fatal_error(p, "Literal too large"));
	p->left = a.size;
	p->state = a.size > 0 ? STATE_SKIP_LITERAL : STATE_SKIP_LINE;
	return (PARSER_MORE);
}

/* From here on the command is thrown away, and res said when it is over. */
static void
skip_rest(struct parser *p, enum parser_result res)
{
	p->state = STATE_SKIP_LINE;
	p->end = res;
	p->announce.state = ANNOUNCE_NO;
}

/*
 * One step of each state: uses at least a byte, if there is one, or returns
 * something other than PARSER_MORE.
 */

static enum parser_result
step_line(struct parser *p, const char *s, size_t len, size_t *used)
{
	const char	*lf;
	size_t		 n = len, room;
	int		 fits;

	if (len == 0)
		return (PARSER_MORE);
	if ((lf = memchr(s, '\n', len)) != NULL)
		n = (size_t)(lf - s) + 1;
	room = p->limits.line - p->line_total;
	if (!(fits = n <= room)) {
		lf = NULL;
		n = room;
	}
	if (line_append(p, s, n) == -1)
		return (fatal_error(p, "Out of memory"));
	*used = n;
	p->line_total += n;
	if (!fits) {
		(void)grammar_fail(p, "Command line too long");
		if (!p->started)
			(void)grammar_tag(p, p->line);
		p->started = 1;
		skip_rest(p, PARSER_ERROR);
		announce_line(p);
		return (PARSER_MORE);
	}
	if (lf == NULL)
		return (PARSER_MORE);
	strip_end(p);
	return (parse_line(p));
}

static enum parser_result
step_keep(struct parser *p, const char *s, size_t len, size_t *used)
{
	size_t	n = len < p->left ? len : (size_t)p->left;

	memcpy(p->fill, s, n);
	p->fill += n;
	p->left -= n;
	*used = n;
	if (p->left > 0)
		return (PARSER_MORE);
	*p->fill = '\0';
	p->state = STATE_LINE;
	/* RFC 3501 §9: CHAR8 is any octet but NUL. */
	if (memchr(p->literal->text, '\0', p->literal->len) != NULL) {
		(void)grammar_fail(p, "A literal has a NUL in it");
		skip_rest(p, PARSER_ERROR);
	}
	return (PARSER_MORE);
}

static enum parser_result
step_stream(struct parser *p, const char *s, size_t len, size_t *used)
{
	if (len == 0)
		return (PARSER_MORE);
	p->data = s;
	p->data_len = len < p->left ? len : (size_t)p->left;
	p->left -= p->data_len;
	*used = p->data_len;
	if (p->left == 0)
		p->state = STATE_LINE;
	return (PARSER_DATA);
}

/*
 * Bytes of lines are thrown away.  One without an end, which costs a client
 * that compresses next to nothing, is not read for ever.
 */
static enum parser_result
skipped(struct parser *p, size_t n)
{
	p->skipped += n;
	if (p->skipped / SKIP_LINES >= p->limits.line)
		return (fatal_error(p, "Line too long"));
	return (PARSER_MORE);
}

static enum parser_result
step_skip_line(struct parser *p, const char *s, size_t len, size_t *used)
{
	size_t	i;

	for (i = 0; i < len && s[i] != '\n'; i++)
		announce_byte(&p->announce, (unsigned char)s[i]);
	*used = i < len ? i + 1 : len;
	if (skipped(p, *used) == PARSER_FATAL)
		return (PARSER_FATAL);
	return (i < len ? skip_announced(p) : PARSER_MORE);
}

static enum parser_result
step_skip_literal(struct parser *p, size_t len, size_t *used)
{
	*used = len < p->left ? len : (size_t)p->left;
	p->left -= *used;
	if (p->left == 0)
		p->state = STATE_SKIP_LINE;
	return (PARSER_MORE);
}

static enum parser_result
step_raw(struct parser *p, const char *s, size_t len, size_t *used)
{
	const char	*lf;
	size_t		 n = len;

	if (len == 0)
		return (PARSER_MORE);
	if ((lf = memchr(s, '\n', len)) != NULL)
		n = (size_t)(lf - s) + 1;
	*used = n;
	if (p->state == STATE_RAW && n <= p->limits.line - p->line_len) {
		if (line_append(p, s, n) == -1)
			return (fatal_error(p, "Out of memory"));
		if (lf == NULL)
			return (PARSER_MORE);
		strip_end(p);
		return (end(p, PARSER_LINE));
	}
	p->state = STATE_SKIP_RAW;
	if (skipped(p, n) == PARSER_FATAL)
		return (PARSER_FATAL);
	if (lf == NULL)
		return (PARSER_MORE);
	(void)grammar_fail(p, "Line too long");
	return (end(p, PARSER_ERROR));
}

static enum parser_result
step(struct parser *p, const char *s, size_t len, size_t *used)
{
	*used = 0;
	switch (p->state) {
	case STATE_LINE:
		return (step_line(p, s, len, used));
	case STATE_ASK:
		return (PARSER_LITERAL);
	case STATE_KEEP:
		return (step_keep(p, s, len, used));
	case STATE_STREAM:
		return (step_stream(p, s, len, used));
	case STATE_SKIP_LINE:
		return (step_skip_line(p, s, len, used));
	case STATE_SKIP_LITERAL:
		return (step_skip_literal(p, len, used));
	case STATE_RAW:
	case STATE_SKIP_RAW:
		return (step_raw(p, s, len, used));
	case STATE_END:
	default:
		return (p->end);
	}
}

enum parser_result
parser_feed(struct parser *p, const void *buf, size_t len, size_t *used)
{
	enum parser_result	 res;
	const char		*s = len == 0 ? "" : buf;
	size_t			 n;

	*used = 0;
	p->data_len = 0;
	do {
		res = step(p, s + *used, len - *used, &n);
		*used += n;
	} while (res == PARSER_MORE && *used < len);
	return (res);
}

int
parser_literal(struct parser *p, enum parser_action action)
{
	char	*mem;

	if (p->state != STATE_ASK) {
		errno = EINVAL;
		return (-1);
	}
	switch (action) {
	case PARSER_KEEP:
		if (p->left > p->limits.memory - p->kept) {
			errno = E2BIG;
			return (-1);
		}
		if ((mem = arena_alloc(&p->arena, (size_t)p->left + 1)) == NULL)
			return (-1);
		mem[0] = '\0';
		p->fill = mem;
		p->literal->text = mem;
		p->kept += (size_t)p->left;
		p->state = p->left > 0 ? STATE_KEEP : STATE_LINE;
		break;
	case PARSER_STREAM:
		p->state = p->left > 0 ? STATE_STREAM : STATE_LINE;
		break;
	case PARSER_REFUSE:
	default:
		skip_rest(p, PARSER_REFUSED);
		if (p->sync)
			(void)end(p, PARSER_REFUSED);
		else if (p->left > p->limits.skip)
			(void)fatal_error(p, "Literal too large");
		else if (p->left > 0)
			p->state = STATE_SKIP_LITERAL;
		break;
	}
	return (0);
}

void
parser_expect_line(struct parser *p)
{
	p->line_len = 0;
	p->state = STATE_RAW;
}

const char *
parser_tag(const struct parser *p)
{
	return (p->tag);
}

const char *
parser_name(const struct parser *p)
{
	return (p->name);
}

const struct parser_arg *
parser_args(const struct parser *p)
{
	return (p->args);
}

const char *
parser_error(const struct parser *p)
{
	return (p->error);
}

uint64_t
parser_literal_size(const struct parser *p)
{
	return (p->literal == NULL ? 0 : p->literal->len);
}

int
parser_literal_sync(const struct parser *p)
{
	return (p->sync);
}

int
parser_literal_top(const struct parser *p)
{
	return (p->frame == &p->root);
}

uint64_t
parser_literal_left(const struct parser *p)
{
	return (p->left);
}

const void *
parser_data(const struct parser *p, size_t *len)
{
	*len = p->data_len;
	return (p->data);
}

const char *
parser_line(const struct parser *p, size_t *len)
{
	*len = p->line_len;
	return (p->line == NULL ? "" : p->line);
}
