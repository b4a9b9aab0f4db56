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
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/uidset.h"
#include "imapd/command.h"
#include "imapd/mutf7.h"
#include "imapd/parser.h"
#include "imapd/seqset.h"

/*
 * The command parser, and what reads the text of arguments.  The first byte
 * seeds the sizes of the pieces fed and the answers to literals.  What comes
 * out may not depend on how the input was split: that is checked by a sum
 * over all of it.
 */

struct run {
	uint64_t	sum;
	uint32_t	answers;	/* random, the same for each split */
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct parser_limits	limits = { 4096, 2048, 256, 8, 8192 };

static uint32_t	next_random(uint32_t *);
static void	add(struct run *, const void *, size_t);
static void	add_args(struct run *, const struct parser_arg *);
static void	try_text(const struct parser_arg *);
static void	try_set(const char *);
static void	try_name(const char *, size_t);
static void	answer(struct run *, struct parser *);
static void	check(struct run *, const struct parser *);
static int	take(struct run *, struct parser *, enum parser_result);
static uint64_t	run(const uint8_t *, size_t, uint32_t, int);

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16);
}

static void
add(struct run *r, const void *buf, size_t len)
{
	const unsigned char	*p = buf;
	size_t			 i;

	for (i = 0; i < len; i++)
		r->sum = (r->sum ^ p[i]) * UINT64_C(1099511628211);
}

/* A set must come out of its own text as it was. */
static void
try_set(const char *text)
{
	struct seqset	set;
	struct uidset	uids, again, numbers;
	char		buf[64];
	size_t		pos = 0;

	if ((seqset_parse(&set, text, 1000) == 0) != seqset_is(text))
		abort();
	uidset_init(&uids, 0);
	uidset_init(&again, 0);
	uidset_init(&numbers, 10);
	if (seqset_uids(&set, 7, &uids) == -1)
		abort();
	(void)seqset_numbers(&set, 1000, &numbers);
	seqset_free(&set);
	while (uidset_text(&uids, &pos, buf, sizeof(buf)) > 0) {
		if (seqset_parse(&set, buf, 1000) == -1 ||
		    seqset_uids(&set, 7, &again) == -1)
			abort();
		seqset_free(&set);
	}
	if (again.n != uids.n || (uids.n > 0 &&
	    memcmp(again.r, uids.r, uids.n * sizeof(*uids.r)) != 0))
		abort();
	if (uidset_count(&uids) > 0 && uidset_nth(&uids,
	    uidset_rank(&uids, uidset_max(&uids))) != uidset_max(&uids))
		abort();
	uidset_free(&uids);
	uidset_free(&again);
	uidset_free(&numbers);
}

/* Each name has one form: there and back gives the same. */
static void
try_name(const char *text, size_t len)
{
	char		utf8[512], back[512];
	ptrdiff_t	n, m;

	if ((n = mutf7_decode(text, len, utf8, sizeof(utf8))) >= 0) {
		m = mutf7_encode(utf8, (size_t)n, back, sizeof(back));
		if (m != (ptrdiff_t)len || memcmp(back, text, len) != 0)
			abort();
	}
	if ((n = mutf7_encode(text, len, back, sizeof(back))) >= 0) {
		m = mutf7_decode(back, (size_t)n, utf8, sizeof(utf8));
		if (m != (ptrdiff_t)len || memcmp(utf8, text, len) != 0)
			abort();
	}
}

static void
try_text(const struct parser_arg *arg)
{
	char		 buf[512];
	const char	*s;
	uint64_t	 n64;
	uint32_t	 n;
	size_t		 len;

	if (parser_astring(arg, &s, &len) == 0) {
		if (strlen(s) != len)
			abort();
		try_name(s, len);
	}
	/* A quoted string is UTF-8, whatever else it is (RFC 6855 §3). */
	if (arg->type == PARSER_QUOTED && mutf7_encode(arg->text, arg->len,
	    buf, sizeof(buf)) == -1 && errno != ENAMETOOLONG)
		abort();
	if (parser_atom(arg, &s) == 0 && parser_astring(arg, &s, NULL) == -1)
		abort();
	if (parser_flag(arg, &s) == 0 && *s == '\0')
		abort();
	if (parser_number(arg, &n) == 0 &&
	    (parser_number64(arg, &n64) == -1 || n64 != n))
		abort();
	(void)parser_nstring(arg, &s, &len);
	(void)parser_list_mailbox(arg, &s, &len);
	if (arg->text != NULL)
		try_set(arg->text);
}

static void
add_args(struct run *r, const struct parser_arg *arg)
{
	for (; arg != NULL; arg = arg->next) {
		add(r, &arg->type, sizeof(arg->type));
		add(r, &arg->section, sizeof(arg->section));
		add(r, &arg->len, sizeof(arg->len));
		if (arg->text != NULL)
			add(r, arg->text, arg->len + 1);
		add(r, arg->suffix, strlen(arg->suffix) + 1);
		try_text(arg);
		add_args(r, arg->child);
		add(r, ")", 1);
	}
}

static void
answer(struct run *r, struct parser *p)
{
	uint64_t	size = parser_literal_size(p);
	int		sync = parser_literal_sync(p);

	add(r, &size, sizeof(size));
	add(r, &sync, sizeof(sync));
	add_args(r, parser_args(p));
	switch (next_random(&r->answers) % 4) {
	case 0:
		if (parser_literal(p, PARSER_REFUSE) == -1)
			abort();
		break;
	case 1:
		if (parser_literal(p, PARSER_STREAM) == -1)
			abort();
		break;
	default:
		if (parser_literal(p, PARSER_KEEP) == -1 &&
		    parser_literal(p, PARSER_REFUSE) == -1)
			abort();
		break;
	}
}

/* What a session does before it runs a command; there is always a reason. */
static void
check(struct run *r, const struct parser *p)
{
	const struct command	*c = command_find(parser_name(p));
	const char		*why = NULL;
	int			 ret;

	if (c == NULL)
		return;
	ret = c->check(parser_args(p), &why);
	if (ret == -1 && why == NULL)
		abort();
	add(r, &ret, sizeof(ret));
}

/* Returns 0 when the connection would end. */
static int
take(struct run *r, struct parser *p, enum parser_result res)
{
	const void	*data;
	size_t		 len;

	if (res == PARSER_DATA) {
		data = parser_data(p, &len);
		if (len == 0)
			abort();
		add(r, data, len);
		return (1);
	}
	add(r, &res, sizeof(res));
	add(r, parser_tag(p), strlen(parser_tag(p)) + 1);
	add(r, parser_name(p), strlen(parser_name(p)) + 1);
	add(r, parser_error(p), strlen(parser_error(p)) + 1);
	switch (res) {
	case PARSER_LITERAL:
		answer(r, p);
		return (1);
	case PARSER_FATAL:
		return (0);
	case PARSER_LINE:
		data = parser_line(p, &len);
		add(r, data, len + 1);
		break;
	case PARSER_DONE:
		add_args(r, parser_args(p));
		check(r, p);
		if (strcmp(parser_name(p), "IDLE") == 0) {
			parser_expect_line(p);
			return (1);
		}
		break;
	default:
		break;
	}
	parser_reset(p);
	return (1);
}

static uint64_t
run(const uint8_t *data, size_t size, uint32_t seed, int pieces)
{
	struct run		 r = { UINT64_C(14695981039346656037), seed };
	enum parser_result	 res = PARSER_MORE;
	struct parser		*p;
	uint8_t			*piece;
	uint32_t		 splits = seed;
	size_t			 n, used;

	if ((p = parser_new(&limits)) == NULL)
		return (0);
	while (size > 0 || res != PARSER_MORE) {
		n = size;
		if (pieces && n > 0)
			n = next_random(&splits) % (n < 33 ? n + 1 : 33);
		/* A copy of its own size, so that overreading is seen. */
		if ((piece = malloc(n + (n == 0))) == NULL)
			break;
		memcpy(piece, data, n);
		res = parser_feed(p, piece, n, &used);
		if (used > n || (res == PARSER_MORE && used != n))
			abort();
		data += used;
		size -= used;
		n = (size_t)(res == PARSER_MORE || take(&r, p, res));
		free(piece);
		if (n == 0)
			break;
	}
	parser_free(p);
	return (r.sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return (0);
	if (run(data + 1, size - 1, data[0], 0) !=
	    run(data + 1, size - 1, data[0], 1))
		abort();
	return (0);
}
