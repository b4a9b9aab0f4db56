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

#ifndef IMAPD_MIME_PART_H
#define IMAPD_MIME_PART_H

#include "imapd/mime/message.h"
#include "imapd/mime/source.h"

/*
 * Parses the whole source into a tree, to be freed with mime_part_free().
 * Returns its outermost part, or NULL with errno ENOMEM.
 */
struct mime_part *mime_part_parse(struct mime_source *);
void	mime_part_free(struct mime_part *);

/*
 * Decides what a part is from the fields of its header, between part->header
 * and part->body: sets its kind and flags.  For a multipart, *boundary is set
 * to the boundary, which the caller frees; else to NULL.  Returns 0, or -1
 * with errno ENOMEM.
 */
int	mime_part_classify(struct mime_source *, struct mime_part *,
	    char **boundary);

#endif
