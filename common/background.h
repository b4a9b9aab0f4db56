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

#ifndef COMMON_BACKGROUND_H
#define COMMON_BACKGROUND_H

#include <stddef.h>

/*
 * Goes to the background, in a session of its own, with / as its directory.
 * The first process waits for background_ready() in the other and ends with
 * 0, or with 1 if that ends without.  Standard error stays until then.
 * Returns, in the other, a descriptor for background_ready(), or -1 with
 * errno.
 */
int	background_begin(void);

/*
 * Where a path, which is looked up from here, is found when / is the
 * directory.  Links stay, as they may come to lead elsewhere.  Returns 0, or
 * -1 with errno.
 */
int	background_path(const char *path, char *buf, size_t size);

/* Lets the first process end, and lets go of standard error. */
void	background_ready(int fd);

#endif
