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
#include <stdlib.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/mime/message.h"
#include "imapd/result_walk.h"
#include "imapd/search_return.h"
#include "imapd/sort.h"
#include "imapd/view.h"

/* SORT (RFC 5256, RFC 5267, RFC 5957). */

/* A sort under way. */
struct sorting {
	struct session		*s;
	struct search_return	 ret;
	struct sort_program	 program;
	const char		*charset;
	struct search_result	 result;
	struct sort		 sort;
};

static int	get_size(struct session *, const struct view_msg *, uint64_t *,
		    unsigned int *);
static int	parse(struct sorting *, const struct parser_arg **,
		    const char **);
static void	reply(struct sorting *, const uint32_t *);
static int	sort(struct sorting *);
static int	take(void *, const struct view_msg *, uint32_t,
		    unsigned int *);

/* [RETURN (...)] (criteria) charset; *arg is moved past them. */
static int
parse(struct sorting *g, const struct parser_arg **arg, const char **why)
{
	if (search_return_parse(&g->ret, arg, why) == -1 ||
	    sort_parse(&g->program, *arg, why) == -1)
		return (-1);
	*arg = (*arg)->next;
	*why = "Charset expected after the sort criteria";
	if (parser_astring(*arg, &g->charset, NULL) == -1)
		return (-1);
	*arg = (*arg)->next;
	return (0);
}

int
check_sort(const struct parser_arg *arg, const char **why)
{
	struct sorting	g;

	if (parse(&g, &arg, why) == -1)
		return (-1);
	return (search_check(arg, g.charset, why));
}

/* A file that is gone has no size. */
static int
get_size(struct session *s, const struct view_msg *m, uint64_t *size,
    unsigned int *opened)
{
	struct mime_message	*mime;

	if ((*size = m->row.vsize) != TABLE_UNKNOWN)
		return (0);
	*size = 0;
	if ((mime = message_open(s, m)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	++*opened;
	*size = mime_size(mime);
	if (mime_error(mime) == 0 && !m->gone)
		message_size(s, m->uid, *size);
	return (0);
}

/*
 * What cannot be read is sorted as if it had nothing, since the answer has to
 * have all that were found.
 */
static int
take(void *arg, const struct view_msg *m, uint32_t shown,
    unsigned int *opened)
{
	struct sorting		*g = arg;
	struct sort_message	 msg;
	const char		*data;
	size_t			 len;
	int			 ret = 0, saved = 0;

	memset(&msg, 0, sizeof(msg));
	msg.arrival = m->row.internaldate;
	if (g->program.size && !m->lost)
		ret = get_size(g->s, m, &msg.size, opened);
	if (ret != -1 && g->program.keys && !m->lost) {
		ret = derive_get(g->s, m, CACHE_SORT, &data, &len, opened);
		if (ret == 1)
			(void)sort_keys_read(&msg.keys, data, len);
	}
	if (ret == -1)
		saved = errno;
	if (sort_add(&g->sort, &msg, shown) == -1)
		return (-1);
	errno = saved;
	return (ret == -1 ? -1 : 0);
}

/* 0; -1 with errno; 1 if the client has gone. */
static int
sort(struct sorting *g)
{
	uint32_t	*order;
	uint64_t	 n = uidset_count(&g->result.uids);
	int		 ret;

	if (sort_init(&g->sort, &g->program, (size_t)n) == -1)
		return (-1);
	if ((ret = result_walk(g->s, &g->result, take, g)) != 0)
		return (ret);
	if (g->sort.n != n) {
		errno = EBADMSG;	/* the table has less than it had */
		return (-1);
	}
	if ((order = sort_order(&g->sort)) == NULL)
		return (-1);
	if (g->ret.given)
		search_answer(g->s, &g->ret, &g->result, order);
	else
		reply(g, order);
	free(order);
	return (0);
}

/* As it was before RETURN: numbers one by one. */
static void
reply(struct sorting *g, const uint32_t *order)
{
	struct session	*s = g->s;
	struct line	 l;
	size_t		 i;

	line_start(&l);
	line_puts(&l, "* SORT");
	for (i = 0; i < g->sort.n; i++) {
		line_add(&l, " ", 1);
		line_number(&l, order[i]);
		if (l.len < LINE_SIZE / 2)
			continue;
		line_send(s, &l);
		line_start(&l);
	}
	/* RFC 7162 section 3.1.9. */
	if (g->result.modseq > 0)
		search_modseq(s, g->result.modseq, &l);
	line_add(&l, "\r\n", 2);
	line_send(s, &l);
	search_completed(s, &g->result);
}

void
cmd_sort(struct session *s, const struct parser_arg *arg)
{
	struct sorting	g;
	const char	*why;

	memset(&g, 0, sizeof(g));
	g.s = s;
	if (parse(&g, &arg, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	switch (search_run(s, arg, g.charset, &g.result)) {
	case 0:
		if (sort(&g) == -1) {
			search_unsave(s, &g.ret, &g.result);
			reply_errno(s, "Can't sort");
		}
		break;
	case -1:
		search_unsave(s, &g.ret, &g.result);
		break;
	default:
		break;
	}
	sort_free(&g.sort);
	search_result_free(&g.result);
}
