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


#include <string.h>

#include "imapd/idx_conn.h"
#include "imapd/idx_repair.h"

int
idx_verify(struct idx_box *box)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_VERIFY, PROTO_OK);
	return (call_ok(&c));
}

int
idx_find(struct idx *idx, const char *folder, struct idx_identity *id)
{
	struct idx_call c;
	int rv;

	memset(id, 0, sizeof(*id));
	call_init(&c, idx, NULL, PROTO_FIND, PROTO_FOUND);
	frame_put_str(&c.f, folder);
	if ((rv = call_run(&c)) == 0) {
		get_bytes(&c.in, id->id, sizeof(id->id));
		get_u32(&c.in, &id->uidvalidity);
		get_u64(&c.in, &id->floor_modseq);
		get_u32(&c.in, &id->floor_uid);
		memcpy(id->indexd, idx->indexd, sizeof(id->indexd));
		rv = call_end(&c);
	}
	call_free(&c);
	return (rv);
}

int
idx_repaired(struct idx *idx, const char *folder, const char *text)
{
	struct idx_call c;

	call_init(&c, idx, NULL, PROTO_REPAIRED, PROTO_OK);
	frame_put_str(&c.f, folder);
	frame_put_str(&c.f, text);
	return (call_ok(&c));
}
