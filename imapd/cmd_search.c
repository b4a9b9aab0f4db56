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

#include <stddef.h>

#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/search_return.h"
#include "imapd/view.h"

/* SEARCH (RFC 3501 section 6.4.4, RFC 4731, RFC 9051 section 6.4.4). */

static void	reply(struct session *, const struct search_result *);

int
check_search(const struct parser_arg *arg, const char **why)
{
	struct search_return	ret;

	if (search_return_parse(&ret, &arg, why) == -1)
		return (-1);
	return (search_check(arg, NULL, why));
}

/* As it was before RETURN: numbers one by one. */
static void
reply(struct session *s, const struct search_result *result)
{
	const struct uidset	*set;
	struct uidset_iter	 it = { 0 };
	struct line		 l;
	uint32_t		 n;

	set = s->cmd->flags & CMD_UID ? &result->uids : &result->nums;
	line_start(&l);
	line_puts(&l, "* SEARCH");
	while (uidset_next(set, &it, &n)) {
		line_add(&l, " ", 1);
		line_number(&l, n);
		if (l.len < LINE_SIZE / 2)
			continue;
		line_send(s, &l);
		line_start(&l);
	}
	/* RFC 7162 section 3.1.5; only if there is a hit. */
	if (result->modseq > 0)
		search_modseq(s, result->modseq, &l);
	line_add(&l, "\r\n", 2);
	line_send(s, &l);
	search_completed(s, result);
}

void
cmd_search(struct session *s, const struct parser_arg *arg)
{
	struct search_return	ret;
	struct search_result	result;
	const char		*why;

	if (search_return_parse(&ret, &arg, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	/* RFC 9051 section 6.4.4: as with RETURN (ALL). */
	if (!ret.given && s->rev2)
		ret.given = ret.what = RETURN_ALL;
	switch (search_run(s, arg, NULL, &result)) {
	case 0:
		if (ret.given)
			search_answer(s, &ret, &result, NULL);
		else
			reply(s, &result);
		break;
	case -1:
		search_unsave(s, &ret, &result);
		break;
	default:
		break;
	}
	search_result_free(&result);
}
