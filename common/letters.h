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

#ifndef COMMON_LETTERS_H
#define COMMON_LETTERS_H

#include <stdint.h>

#include "common/table.h"

/* Flags of record and the letters of file names. */

/* The system flags, and the keywords of the first nkeywords, that the
 * letters stand for. */
uint16_t letters_flags(uint32_t letters);
uint64_t letters_keywords(uint32_t letters, unsigned int nkeywords);

/*
 * Another look at the file of a row shows these letters: takes what another
 * program changed into the row, and ends ROW_GIVING.  While letters are being
 * given the name may have been made of the old ones or of the new.  So theirs
 * is only what is in neither, and was added, or in both, and was removed: of
 * a letter that we were just changing, our change counts as the later one.
 */
void	letters_seen(struct row *, uint32_t letters, unsigned int nkeywords);

#endif
