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

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "tests/order/record.h"

#define BUFFER	65536

uint64_t
record_now(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

void
record_open(struct recorder *r, const char *dir, unsigned int proc)
{
	char	 path[1200];

	r->proc = proc;
	(void)snprintf(path, sizeof(path), "%s/history.%u", dir, proc);
	if ((r->f = fopen(path, "ae")) == NULL)
		err(1, "%s", path);
	(void)setvbuf(r->f, NULL, _IOFBF, BUFFER);
}

void
record_close(struct recorder *r)
{
	if (r->f != NULL && fclose(r->f) != 0)
		err(1, "history");
	r->f = NULL;
}

void
record_at(struct recorder *r, uint64_t t, char kind, const char *text)
{
	fprintf(r->f, "%" PRIu64 " %u %c ", t, r->proc, kind);
	for (; *text != '\0'; text++)
		if (*text != '\r')
			(void)putc(*text == '\n' ? ' ' : *text, r->f);
	if (putc('\n', r->f) == EOF)
		err(1, "history");
}

void
record(struct recorder *r, char kind, const char *fmt, ...)
{
	uint64_t	 t = record_now();
	char		*text;
	va_list		 ap;
	int		 n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		err(1, NULL);
	record_at(r, t, kind, text);
	free(text);
}

void
dice_seed(struct dice *d, uint64_t seed, unsigned int proc)
{
	d->state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
	    (proc + 1) * UINT64_C(0xbf58476d1ce4e5b9);
	(void)dice(d, 2);
}

uint32_t
dice(struct dice *d, uint32_t below)
{
	/* xorshift64* */
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return ((uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) %
	    below);
}

void
record_pause(uint64_t ns)
{
	struct timespec	 ts;

	ts.tv_sec = (time_t)(ns / 1000000000);
	ts.tv_nsec = (long)(ns % 1000000000);
	(void)nanosleep(&ts, NULL);
}
