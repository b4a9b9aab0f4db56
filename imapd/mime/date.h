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

#ifndef IMAPD_MIME_DATE_H
#define IMAPD_MIME_DATE_H

#include <stddef.h>
#include <time.h>

/*
 * Dates as messages and IMAP write them, without regard to locale and to the
 * zone of this host.
 */
struct mime_date {
	int	year;		/* 1 to 9999 */
	int	month;		/* 1 to 12 */
	int	day;		/* 1 to 31, that the month has */
	int	hour;
	int	minute;
	int	second;		/* 60 in a leap second */
	int	zone;		/* minutes east of Greenwich */
};

/*
 * Each parses exactly len bytes into *date.  Return 0, or -1 if they are not
 * such a date.
 *
 * mime_date_rfc5322() takes the value of a Date field (RFC 5322 section 3.3
 * and 4.3: two-digit years, named zones, comments) and is lenient: a time or
 * zone that cannot be read is 00:00:00, +0000.
 * mime_date_internal() takes date-time, between its quotes:
 * "17-Jul-1996 02:44:25 -0700" (RFC 3501 section 9).
 * mime_date_imap() takes date-text, "1-Feb-1994", of SEARCH; the time is 0.
 */
int	mime_date_rfc5322(struct mime_date *date, const char *text,
	    size_t len);
int	mime_date_internal(struct mime_date *date, const char *text,
	    size_t len);
int	mime_date_imap(struct mime_date *date, const char *text, size_t len);

/* Returns the time in seconds since 1970 of a date, its zone regarded. */
time_t	mime_date_time(const struct mime_date *date);

/*
 * Sets *date to a time as the clocks of a zone (minutes east) show it.  Times
 * outside the years 1 to 9999 become the nearest within.
 */
void	mime_date_from_time(struct mime_date *date, time_t t, int zone);

/* Returns the zone, in minutes east, that this host's clocks show at t. */
int	mime_date_localzone(time_t t);

/*
 * Writes the date as INTERNALDATE has it, without the quotes: always 26
 * characters, and a NUL.
 */
#define MIME_INTERNALDATE_SIZE	27
void	mime_date_format(const struct mime_date *date,
	    char buf[MIME_INTERNALDATE_SIZE]);

#endif
