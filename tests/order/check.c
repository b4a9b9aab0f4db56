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

#include <stdlib.h>
#include <string.h>

#include "tests/order/check.h"

void
history_check(const struct history *h, struct report *r)
{
	struct checker	 k;
	size_t		 i;

	memset(&k, 0, sizeof(k));
	k.h = h;
	k.report = r;
	ledger_build(&k.ledger, h, r);
	check_replay(&k);
	check_names(&k);
	check_order(&k);
	check_lost(&k);
	for (i = 0; i < k.nops; i++) {
		uidset_free(&k.op[i].target);
		uidset_free(&k.op[i].modified);
		uidset_free(&k.op[i].from);
		uidset_free(&k.op[i].into);
	}
	free(k.op);
	free(k.other);
	ledger_free(&k.ledger);
}
