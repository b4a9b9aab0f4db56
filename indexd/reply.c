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

#include <sys/types.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/request.h"

#define REPLY_TEXT	256		/* octets of a NO's text */

void
reply(struct request *rq, uint16_t type)
{
	frame_free(&rq->reply);
	frame_init(&rq->reply, type, rq->number);
	rq->has_reply = 1;
}

void
reply_ok(struct request *rq)
{
	reply(rq, PROTO_OK);
}

void
reply_no(struct request *rq, uint16_t code, const char *fmt, ...)
{
	char text[REPLY_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply(rq, PROTO_NO);
	frame_put_u16(&rq->reply, code);
	frame_put_str(&rq->reply, text);
}

uint16_t
code_of_errno(int error)
{
	switch (error) {
	case E2BIG:
		return (PROTO_NO_LIMIT);
	case EMFILE:
	case ENFILE:
		return (PROTO_NO_FILES);
	case ENOMEM:
		return (PROTO_NO_MEMORY);
	case ERANGE:
		return (PROTO_NO_FLOOR);
	case EBADMSG:
		return (PROTO_NO_DAMAGED);
	case ENOENT:
		return (PROTO_NO_MAILBOX);
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return (PROTO_NO_SPACE);
	default:
		return (PROTO_NO_DISK);
	}
}

void
reply_errno(struct request *rq, int error)
{
	errno = error;
	if (peer_may_log(rq->srv))
		log_warn("request: type=%u uid=%u", rq->type,
		    (unsigned int)rq->peer->uid);
	reply_no(rq, code_of_errno(error), "indexd: %s", strerror(error));
}

int
request_handle(struct request *rq, int write, struct handle **h,
    enum outcome *o)
{
	uint32_t number;

	*o = REQ_BAD;
	if (get_u32(&rq->in, &number) == -1 ||
	    (*h = handle_find(rq->peer, number)) == NULL ||
	    (write && !(*h)->write))
		return (-1);
	handle_used(*h);
	if (!(*h)->box->gone)
		return (0);
	reply_no(rq, PROTO_NO_GONE, "the mailbox was deleted or is made "
	    "anew");
	*o = REQ_DONE;
	return (-1);
}

int
get_size(struct payload *in, uint64_t *size)
{
	if (get_u64(in, size) == 0 && *size <= INT64_MAX)
		return (0);
	in->failed = 1;
	return (-1);
}

int
get_vsize(struct payload *in, uint64_t *vsize)
{
	if (get_u64(in, vsize) == 0 &&
	    (*vsize <= INT64_MAX || *vsize == TABLE_UNKNOWN))
		return (0);
	in->failed = 1;
	return (-1);
}

int
get_set(struct payload *in, struct uidset *set)
{
	uint32_t n, first, last, prev = 0;

	errno = EPROTO;
	if (get_u32(in, &n) == -1 || n > PROTO_MAXRANGES)
		return (-1);
	while (n-- > 0) {
		if (get_u32(in, &first) == -1 || get_u32(in, &last) == -1)
			return (-1);
		/* Ascending, and not touching the one before. */
		if (first == 0 || last < first ||
		    (prev != 0 && (prev == UINT32_MAX || first <= prev + 1))) {
			errno = EPROTO;
			return (-1);
		}
		if (uidset_add_range(set, first, last) == -1)
			return (-1);
		prev = last;
		errno = EPROTO;
	}
	return (0);
}
