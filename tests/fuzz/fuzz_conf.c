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
#include <stdint.h>
#include <string.h>

#include "imapd/conf.h"

/* The configuration: the lexer, and the larger of the two grammars. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	report(void *, const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct imapd_conf_args args;

	memset(&args, 0, sizeof(args));
	args.inetd = 1;
	args.report = report;
	imapd_conf_free(imapd_conf_text("fuzz", (const char *)data, len,
	    &args));
	return (0);
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	if (strlen(text) == 0)
		__builtin_trap();
}
