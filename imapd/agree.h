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

#ifndef IMAPD_AGREE_H
#define IMAPD_AGREE_H

#include <stdint.h>

#include "common/table.h"

struct folder;

enum agree {
	AGREE,
	AGREE_LATER,	/* files are just being renamed or unlinked */
	AGREE_NOT	/* or there is too much to say: list the folder */
};

/*
 * Whether the rows that changed since that mod-sequence say where their files
 * are, now; state is the table's.  With what agreed before, and directories
 * that are as they were then, all does: what another session reported of an
 * older look shows here.  A report that changed nothing but what a file is
 * called has no mod-sequence, and does not; its file is found by its unique
 * part all the same.
 */
enum agree	agree_since(struct folder *, struct table *, uint64_t since,
		    const struct table_state *);

#endif
