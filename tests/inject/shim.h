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

#ifndef TESTS_INJECT_SHIM_H
#define TESTS_INJECT_SHIM_H

#include <stdint.h>

#include "tests/inject/inject.h"

/*
 * A call of this kind is about to be made; the texts tell which.  Returns 0,
 * 1 if it is to do half of its work, or -1 with errno if it is to fail.  Or
 * does not return.
 */
int	point(uint32_t kind, const char *fn, const char *what);

/* Such a call was made. */
void	after(void);

/* The function of this name that the C library has. */
void	*next(const char *name, void **cache);

/* In a process just forked. */
void	shim_forked(void);

int	shim_is_indexd(void);

/* NULL: this process is not meant at all. */
const struct inject *shim_control(void);

#endif
