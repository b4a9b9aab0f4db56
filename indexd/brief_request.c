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
#include "indexd/brief.h"
#include "indexd/request.h"
#include "indexd/sessions.h"

/* Many mailboxes are asked for at once: what STATUS tells. */

static void	put_brief(struct frame *, const struct brief *, int);
static int	get_stamp(struct payload *, uint64_t [TABLE_STAMP]);

static void
put_brief(struct frame *f, const struct brief *b, int sizes)
{
	frame_put_u8(f, 1);
	frame_put_bytes(f, b->id, sizeof(b->id));
	frame_put_u32(f, b->uidvalidity);
	frame_put_u32(f, b->uidnext);
	frame_put_u32(f, b->messages);
	frame_put_u32(f, b->unseen);
	frame_put_u32(f, b->deleted);
	frame_put_u32(f, b->recent);
	frame_put_u64(f, b->highestmodseq);
	frame_put_u64(f, sizes ? b->size : TABLE_UNKNOWN);
	frame_put_u64(f, sizes ? b->deleted_size : TABLE_UNKNOWN);
}

static int
get_stamp(struct payload *in, uint64_t stamp[TABLE_STAMP])
{
	unsigned int i;

	for (i = 0; i < TABLE_STAMP; i++)
		if (get_u64(in, &stamp[i]) == -1)
			return (-1);
	return (0);
}

enum outcome
req_brief(struct request *rq)
{
	struct binding *b = rq->session->binding;
	struct engine *e = rq->srv->engine;
	char folder[PROTO_MAXFOLDER + 1];
	uint64_t rows = BRIEF_ROWS, stamp[TABLE_STAMP];
	struct brief brief;
	uint32_t i, n;
	uint8_t sizes;
	int more;

	if (get_u8(&rq->in, &sizes) == -1 || get_u32(&rq->in, &n) == -1 ||
	    n > PROTO_MAXBRIEF)
		return (REQ_BAD);
	if ((more = briefs_read(e, b->uid, b->root)) == -1 &&
	    errno != ENOENT) {
		reply_errno(rq, errno);
		return (REQ_DONE);
	}
	reply(rq, PROTO_BRIEFS);
	frame_put_u8(&rq->reply, more == 1);
	frame_put_u32(&rq->reply, more == 1 ? 0 : n);
	for (i = 0; i < n; i++) {
		if (get_str(&rq->in, folder, sizeof(folder)) == -1 ||
		    get_stamp(&rq->in, stamp) == -1)
			return (REQ_BAD);
		if (more == 1)
			continue;
		if (brief_find(e, b->uid, b->root, folder, stamp,
		    sizes ? &rows : NULL, &brief))
			put_brief(&rq->reply, &brief, sizes);
		else
			frame_put_u8(&rq->reply, 0);
	}
	return (frame_end(&rq->in) == -1 ? REQ_BAD : REQ_DONE);
}
