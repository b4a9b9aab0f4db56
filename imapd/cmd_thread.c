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
#include <string.h>

#include "imapd/derive.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/result_walk.h"
#include "imapd/search_return.h"
#include "imapd/thread.h"
#include "imapd/view.h"

/* THREAD (RFC 5256). */

/* A command under way. */
struct threading {
	struct session		*s;
	int			 references;	/* else ORDEREDSUBJECT */
	const char		*charset;
	struct search_result	 result;
	struct thread		*thread;
	struct line		 line;
};

static int	parse(struct threading *, const struct parser_arg **,
		    const char **);
static void	reply(struct threading *);
static int	take(void *, const struct view_msg *, uint32_t,
		    unsigned int *);
static int	thread(struct threading *);
static int	write_line(void *, const void *, size_t);

/* algorithm charset; *arg is moved past them. */
static int
parse(struct threading *g, const struct parser_arg **arg, const char **why)
{
	*why = "ORDEREDSUBJECT or REFERENCES expected";
	g->references = parser_is(*arg, "REFERENCES");
	if (!g->references && !parser_is(*arg, "ORDEREDSUBJECT"))
		return (-1);
	*arg = (*arg)->next;
	*why = "Charset expected after the algorithm";
	if (parser_astring(*arg, &g->charset, NULL) == -1)
		return (-1);
	*arg = (*arg)->next;
	return (0);
}

int
check_thread(const struct parser_arg *arg, const char **why)
{
	struct threading	g;

	if (parse(&g, &arg, why) == -1)
		return (-1);
	return (search_check(arg, g.charset, why));
}

/* What cannot be read is a thread of its own. */
static int
take(void *arg, const struct view_msg *m, uint32_t shown,
    unsigned int *opened)
{
	struct threading	*g = arg;
	struct thread_keys	 keys;
	const char		*data;
	size_t			 len;
	int			 ret = 0, saved = 0;

	memset(&keys, 0, sizeof(keys));
	if (!m->lost)
		ret = derive_get(g->s, m, CACHE_THREAD, &data, &len, opened);
	if (ret == 1)
		(void)thread_keys_read(&keys, data, len);
	else if (ret == -1)
		saved = errno;
	if (thread_add(g->thread, shown, m->row.internaldate, &keys,
	    g->references) == -1)
		return (-1);
	errno = saved;
	return (ret == -1 ? -1 : 0);
}

static int
write_line(void *arg, const void *buf, size_t len)
{
	struct threading	*g = arg;

	line_add(&g->line, buf, len);
	if (g->line.len >= LINE_SIZE / 2) {
		line_send(g->s, &g->line);
		line_start(&g->line);
	}
	return (0);
}

static void
reply(struct threading *g)
{
	struct session		*s = g->s;
	struct mime_sink	 sink;

	sink.write = write_line;
	sink.arg = g;
	line_start(&g->line);
	line_puts(&g->line, "* THREAD");
	if (g->result.uids.n > 0)
		line_puts(&g->line, " ");
	/* It cannot fail, since write_line() does not. */
	(void)thread_write(g->thread, &sink);
	line_puts(&g->line, "\r\n");
	line_send(s, &g->line);
	search_completed(s, &g->result);
}

/* 0; -1 with errno; 1 if the client has gone. */
static int
thread(struct threading *g)
{
	uint64_t	n = uidset_count(&g->result.uids);
	int		ret;

	if ((g->thread = thread_new((size_t)n)) == NULL)
		return (-1);
	if ((ret = result_walk(g->s, &g->result, take, g)) != 0)
		return (ret);
	ret = g->references ? thread_by_references(g->thread) :
	    thread_by_subject(g->thread);
	if (ret == 0)
		reply(g);
	return (ret);
}

void
cmd_thread(struct session *s, const struct parser_arg *arg)
{
	struct threading	g;
	const char		*why;

	memset(&g, 0, sizeof(g));
	g.s = s;
	if (parse(&g, &arg, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	if (search_run(s, arg, g.charset, &g.result) == 0 &&
	    thread(&g) == -1)
		reply_errno(s, "Can't thread");
	thread_free(g.thread);
	search_result_free(&g.result);
}
