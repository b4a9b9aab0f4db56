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


#ifndef COMMON_TABLE_UNIT_H
#define COMMON_TABLE_UNIT_H

#include <stdint.h>

#include "common/table.h"

/* What the files that read and write tables share; nobody else's business. */

/*
 * Where unit n of a kind is, and count - 1 units behind it in the same
 * extent.  NULL with errno EBADMSG if that is not within the file, which is
 * mapped anew if it has grown: older pointers into the table are void then.
 */
void	*table_unit(struct table *, enum table_kind, uint64_t n,
	    uint64_t count);

/*
 * Whether to look at an unstable state once more: 1, after a pause that
 * grows with *tries (0 at first), or 0 with errno EAGAIN.
 */
int	table_again(unsigned int *tries);

/*
 * Copies the name at a unit of the heap, at most max octets and a NUL, and
 * sets its length.  Returns 0, or -1 with errno EBADMSG.
 */
int	table_name(struct table *, uint32_t unit, size_t max, char *name,
	    size_t *len);

#endif
