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


#ifndef IMAPD_IDX_REPAIR_H
#define IMAPD_IDX_REPAIR_H

#include "imapd/idx.h"

/*
 * What is damaged: requests as those of idx.h.
 *
 * idx_verify(): the mailbox's table looked damaged; indexd verifies it and
 * says GONE if it has to be made anew.
 * idx_find(): the identity of the table that was last opened under the name
 * of a folder whose own identity cannot be read; EAGAIN if there is none.
 * idx_repaired(): what was repaired in a folder, for those who watch.
 */
int	idx_verify(struct idx_box *);
int	idx_find(struct idx *, const char *folder, struct idx_identity *);
int	idx_repaired(struct idx *, const char *folder, const char *text);

#endif
