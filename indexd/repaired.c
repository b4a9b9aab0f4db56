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


#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "indexd/store.h"

/* What was repaired since the start: for the log, and for indexctl(8). */

void
engine_repaired(struct engine *e, const char *fmt, ...)
{
	struct repair *r = &e->repairs[e->nrepairs % REPAIRS];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->when = time(NULL);
	e->nrepairs++;
	log_warnx("repair: %s", r->text);
}

void
engine_repairs(const struct engine *e, void (*fn)(void *, time_t,
    const char *), void *arg)
{
	unsigned int i, n = e->nrepairs;

	for (i = n > REPAIRS ? n - REPAIRS : 0; i < n; i++)
		fn(arg, e->repairs[i % REPAIRS].when,
		    e->repairs[i % REPAIRS].text);
}
