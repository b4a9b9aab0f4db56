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

#include "common/log.h"
#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/result_walk.h"
#include "imapd/search_return.h"
#include "imapd/view.h"
#include "imapd/wait.h"

/* Between looks whether the client is there: */
#define WALK_LOOK	16	/* files read */
#define WALK_LOOK_MS	250	/* or milliseconds */

static int	failed(struct session *, struct search_result *,
		    const struct view_msg *);

void
walk_pace_start(struct walk_pace *p)
{
	p->opened = 0;
	p->looked = session_clock();
}

int
walk_pace_on(struct session *s, struct walk_pace *p)
{
	if (p->opened == 0 || (p->opened < WALK_LOOK &&
	    session_clock() - p->looked < WALK_LOOK_MS))
		return (1);
	walk_pace_start(p);
	return (session_still_there(s));
}

static int
failed(struct session *s, struct search_result *result,
    const struct view_msg *m)
{
	if (errno == ENOMEM)
		return (-1);
	log_warn("%s: folder=%s uid=%u", s->cmd->name,
	    s->view->folder->name, (unsigned int)m->uid);
	result->failed = 1;
	return (0);
}

int
result_walk(struct session *s, struct search_result *result,
    int (*take)(void *, const struct view_msg *, uint32_t, unsigned int *),
    void *arg)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct walk_pace	 pace;
	int			 ret, uid = s->cmd->flags & CMD_UID;

	walk_pace_start(&pace);
	view_walk(&w, s->view, &result->uids, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		if (take(arg, m, uid ? m->uid : m->num, &pace.opened) == -1 &&
		    failed(s, result, m) == -1)
			return (-1);
		if (!walk_pace_on(s, &pace))
			return (1);
	}
	message_sizes_flush(s);
	derive_flush(s);
	return (ret);
}
