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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/date.h"

/* The input is a date: whatever is taken for one, is one. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check(const struct mime_date *);
static int	same_day(const struct mime_date *, const struct mime_date *);

static int
same_day(const struct mime_date *a, const struct mime_date *b)
{
	return (a->year == b->year && a->month == b->month &&
	    a->day == b->day);
}

static void
check(const struct mime_date *d)
{
	struct mime_date	again;
	char			text[MIME_INTERNALDATE_SIZE];

	if (d->year < 1 || d->year > 9999 || d->hour < 0 || d->hour > 23 ||
	    d->minute < 0 || d->minute > 59 || d->second < 0 ||
	    d->second > 60 || d->zone < -100 * 60 || d->zone > 100 * 60)
		abort();
	mime_date_format(d, text);
	if (mime_date_internal(&again, text, strlen(text)) == -1 ||
	    !same_day(d, &again) ||
	    mime_date_time(d) != mime_date_time(&again))
		abort();
	mime_date_from_time(&again, mime_date_time(d), d->zone);
	if (d->second < 60 && (!same_day(d, &again) ||
	    d->hour != again.hour || d->minute != again.minute ||
	    d->second != again.second))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mime_date	d;
	const char		*text = (const char *)data;

	if (mime_date_rfc5322(&d, text, len) == 0)
		check(&d);
	if (mime_date_internal(&d, text, len) == 0)
		check(&d);
	if (mime_date_imap(&d, text, len) == 0)
		check(&d);
	return (0);
}
