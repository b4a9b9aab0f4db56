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

#include "common/proto.h"
#include "indexd/request.h"

/* What requests are called where they are counted. */
static const char *const names[SERVER_KINDS] = {
	[PROTO_HELLO] = "hello",
	[PROTO_BIND] = "bind",
	[PROTO_RESUME] = "resume",
	[PROTO_CONTROL] = "control",
	[PROTO_ARRIVE] = "arrive",
	[PROTO_FAILED] = "failed",
	[PROTO_OPEN] = "open",
	[PROTO_CREATE] = "create",
	[PROTO_ADOPTED] = "adopted",
	[PROTO_MAP] = "map",
	[PROTO_CLOSE] = "close",
	[PROTO_FLOOR] = "floor",
	[PROTO_RENAMED] = "renamed",
	[PROTO_DELETED] = "deleted",
	[PROTO_ARM] = "arm",
	[PROTO_RECENT] = "recent",
	[PROTO_FATE] = "fate",
	[PROTO_STORE] = "store",
	[PROTO_EXPUNGE] = "expunge",
	[PROTO_FLIGHT] = "flight",
	[PROTO_LAND] = "land",
	[PROTO_APPEND] = "append",
	[PROTO_COPY] = "copy",
	[PROTO_REPORT] = "report",
	[PROTO_GIVE] = "give",
	[PROTO_GIVEN] = "given",
	[PROTO_UNLINKED] = "unlinked",
	[PROTO_SIZES] = "sizes",
	[PROTO_FORGET] = "forget",
	[PROTO_STAMP] = "stamp",
	[PROTO_LEASE] = "lease",
	[PROTO_REPLACE] = "replace",
	[PROTO_VERIFY] = "verify",
	[PROTO_FIND] = "find",
	[PROTO_REPAIRED] = "repaired",
	[PROTO_BRIEF] = "brief",
	[PROTO_GOODBYE] = "goodbye",
	[PROTO_WATCH] = "watch",
	[PROTO_PASS] = "pass",
	[PROTO_STANDING] = "standing",
	[PROTO_UNWATCH] = "unwatch",
	[PROTO_NAMES] = "names",
	[PROTO_AGREE] = "agree",
	[PROTO_LOOKED] = "looked",
	[PROTO_ATTEND] = "attend"
};

const char *
request_name(unsigned int type)
{
	return (type < SERVER_KINDS ? names[type] : NULL);
}
