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

#include <stdint.h>

#include "imapd/thread.h"
#include "imapd/thread_priv.h"

static int	is_only(const struct thread *, uint32_t);
static int	write_number(const struct thread *, uint32_t,
		    const struct mime_sink *);
static int	write_thread(const struct thread *, uint32_t,
		    const struct mime_sink *);

/* Whether it is its parent's only child. */
static int
is_only(const struct thread *t, uint32_t e)
{
	return (t->child[t->parent[e]] == e && t->next[e] == NONE);
}

/* A message's number, and a space if something is below it; dummies: none. */
static int
write_number(const struct thread *t, uint32_t e, const struct mime_sink *sink)
{
	if (e >= t->nmsg)
		return (0);
	if (mime_sink_number(sink, t->msg[e].shown) == -1)
		return (-1);
	return (t->child[e] == NONE ? 0 : mime_sink_puts(sink, " "));
}

/*
 * One thread-list (section 5).  An only child follows its parent; others are
 * lists of their own.  The way back up is by the parents, without a stack.
 */
static int
write_thread(const struct thread *t, uint32_t top,
    const struct mime_sink *sink)
{
	uint32_t	e = top;

	if (mime_sink_puts(sink, "(") == -1)
		return (-1);
	for (;;) {
		if (write_number(t, e, sink) == -1)
			return (-1);
		if (t->child[e] != NONE) {
			e = t->child[e];
			if (!is_only(t, e) && mime_sink_puts(sink, "(") == -1)
				return (-1);
			continue;
		}
		for (; e != top; e = t->parent[e]) {
			if (is_only(t, e))
				continue;
			if (mime_sink_puts(sink, ")") == -1)
				return (-1);
			if (t->next[e] != NONE)
				break;
		}
		if (e == top)
			return (mime_sink_puts(sink, ")"));
		e = t->next[e];
		if (mime_sink_puts(sink, "(") == -1)
			return (-1);
	}
}

int
thread_write(const struct thread *t, const struct mime_sink *sink)
{
	uint32_t	e;

	for (e = t->top; e != NONE; e = t->next[e]) {
		if (write_thread(t, e, sink) == -1)
			return (-1);
	}
	return (0);
}
