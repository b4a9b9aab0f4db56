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

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "imapd/mime/date.h"
#include "imapd/mime/lex.h"

/* A place in a text that ends. */
struct text {
	const char	*p;
	const char	*end;
};

static const char months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

static int	digits(struct text *, int, int, int *);
static int	skip_char(struct text *, int);
static int	month(struct text *, int *);
static int	valid_day(const struct mime_date *);
static int	valid_time(const struct mime_date *);
static int	time_of_day(struct text *, int, struct mime_date *);
static int	date_text(struct text *, struct mime_date *);
static int	numeric_zone(struct text *, int *);
static int	skip_colon(struct text *);
static int	skip_space(struct text *);
static int	day_of_week(struct text *);
static int	day_month_year(struct text *, struct mime_date *);
static void	lenient_time(struct text *, struct mime_date *);
static void	lenient_zone(struct text *, struct mime_date *);
static long long days_from_civil(int, int, int);
static void	civil_from_days(long long, struct mime_date *);

/* Reads a number of min to max digits.  Returns how many, or -1. */
static int
digits(struct text *t, int min, int max, int *value)
{
	int	 n = 0;

	*value = 0;
	while (n < max && t->p < t->end && isdigit((unsigned char)*t->p)) {
		*value = *value * 10 + (*t->p++ - '0');
		n++;
	}
	return (n < min ? -1 : n);
}

static int
skip_char(struct text *t, int c)
{
	if (t->p == t->end || *t->p != c)
		return (-1);
	t->p++;
	return (0);
}

static int
month(struct text *t, int *value)
{
	int	 i;

	if (t->end - t->p < 3)
		return (-1);
	for (i = 0; i < 12; i++) {
		if (strncasecmp(t->p, months[i], 3) == 0) {
			t->p += 3;
			*value = i + 1;
			return (0);
		}
	}
	return (-1);
}

static int
valid_day(const struct mime_date *d)
{
	static const int	 days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int			 leap;

	if (d->year < 1 || d->year > 9999 || d->month < 1 || d->month > 12)
		return (0);
	leap = d->month == 2 && d->year % 4 == 0 &&
	    (d->year % 100 != 0 || d->year % 400 == 0);
	return (d->day >= 1 && d->day <= days[d->month - 1] + leap);
}

static int
valid_time(const struct mime_date *d)
{
	return (d->hour <= 23 && d->minute <= 59 && d->second <= 60);
}

/* Reads hh:mm:ss, of at least min digits each. */
static int
time_of_day(struct text *t, int min, struct mime_date *d)
{
	if (digits(t, min, 2, &d->hour) == -1 || skip_char(t, ':') == -1 ||
	    digits(t, min, 2, &d->minute) == -1 || skip_char(t, ':') == -1 ||
	    digits(t, min, 2, &d->second) == -1)
		return (-1);
	return (0);
}

/* date-text = date-day "-" date-month "-" date-year */
static int
date_text(struct text *t, struct mime_date *d)
{
	memset(d, 0, sizeof(*d));
	if (digits(t, 1, 2, &d->day) == -1 || skip_char(t, '-') == -1 ||
	    month(t, &d->month) == -1 || skip_char(t, '-') == -1 ||
	    digits(t, 4, 4, &d->year) == -1)
		return (-1);
	return (valid_day(d) ? 0 : -1);
}

/* zone = ("+" / "-") 4DIGIT, in hours and minutes */
static int
numeric_zone(struct text *t, int *zone)
{
	int	 sign, hhmm;

	if (t->p == t->end || (*t->p != '+' && *t->p != '-'))
		return (-1);
	sign = *t->p++ == '-' ? -1 : 1;
	if (digits(t, 4, 4, &hhmm) == -1 || hhmm % 100 > 59)
		return (-1);
	*zone = sign * (hhmm / 100 * 60 + hhmm % 100);
	return (0);
}

int
mime_date_imap(struct mime_date *d, const char *buf, size_t len)
{
	struct text	 t;

	t.p = buf;
	t.end = buf + len;
	return (date_text(&t, d) == 0 && t.p == t.end ? 0 : -1);
}

int
mime_date_internal(struct mime_date *d, const char *buf, size_t len)
{
	struct text	 t;

	t.p = buf;
	t.end = buf + len;
	/* date-day-fixed = (SP DIGIT) / 2DIGIT */
	if (len != MIME_INTERNALDATE_SIZE - 1)
		return (-1);
	if (*t.p == ' ')
		t.p++;
	if (date_text(&t, d) == -1 || skip_char(&t, ' ') == -1 ||
	    time_of_day(&t, 2, d) == -1 || !valid_time(d) ||
	    skip_char(&t, ' ') == -1 || numeric_zone(&t, &d->zone) == -1)
		return (-1);
	return (t.p == t.end ? 0 : -1);
}

int
mime_date_rfc5322(struct mime_date *d, const char *buf, size_t len)
{
	struct text	 t;

	t.p = buf;
	t.end = buf + len;
	memset(d, 0, sizeof(*d));
	if (day_of_week(&t) == -1 || day_month_year(&t, d) == -1)
		return (-1);
	lenient_time(&t, d);
	return (0);
}

/* Skips white space and comments; returns whether there were any. */
static int
skip_space(struct text *t)
{
	struct mime_lex	 lex;
	const char	*from = t->p;

	lex.p = t->p;
	lex.end = t->end;
	/* It cannot fail, since it keeps no comment. */
	(void)mime_lex_skip(&lex, NULL);
	t->p = lex.p;
	return (t->p > from);
}

static int
day_of_week(struct text *t)
{
	skip_space(t);
	while (t->p < t->end && isalpha((unsigned char)*t->p))
		t->p++;
	skip_space(t);
	if (t->p < t->end && (*t->p == ',' || *t->p == '.'))
		t->p++;
	skip_space(t);
	return (0);
}

/* RFC 5322 section 4.3: how years of two and three digits are meant. */
static int
day_month_year(struct text *t, struct mime_date *d)
{
	int	 n;

	if (digits(t, 1, 2, &d->day) == -1)
		return (-1);
	if (!skip_space(t) && skip_char(t, '-') == -1)
		return (-1);
	if (month(t, &d->month) == -1)
		return (-1);
	while (t->p < t->end && isalpha((unsigned char)*t->p))
		t->p++;
	if (!skip_space(t) && skip_char(t, '-') == -1)
		return (-1);
	if ((n = digits(t, 2, 4, &d->year)) == -1)
		return (-1);
	if (n == 2)
		d->year += d->year < 50 ? 2000 : 1900;
	else if (n == 3)
		d->year += 1900;
	return (valid_day(d) ? 0 : -1);
}

/* RFC 5322 section 4.3: white space and comments may be around it. */
static int
skip_colon(struct text *t)
{
	skip_space(t);
	if (skip_char(t, ':') == -1)
		return (-1);
	skip_space(t);
	return (0);
}

static void
lenient_time(struct text *t, struct mime_date *d)
{
	skip_space(t);
	if (digits(t, 1, 2, &d->hour) == -1 || skip_colon(t) == -1 ||
	    digits(t, 1, 2, &d->minute) == -1 ||
	    (skip_colon(t) == 0 && digits(t, 1, 2, &d->second) == -1) ||
	    !valid_time(d)) {
		d->hour = d->minute = d->second = 0;
		return;
	}
	skip_space(t);
	lenient_zone(t, d);
}

/* RFC 5322 section 4.3: other names, of single letters too, mean -0000. */
static void
lenient_zone(struct text *t, struct mime_date *d)
{
	static const struct {
		const char	*name;
		int		 hours;
	} zones[] = {
		{ "EDT", -4 }, { "EST", -5 }, { "CDT", -5 }, { "CST", -6 },
		{ "MDT", -6 }, { "MST", -7 }, { "PDT", -7 }, { "PST", -8 }
	};
	size_t	 i;

	if (numeric_zone(t, &d->zone) == 0 || t->end - t->p < 3)
		return;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (strncasecmp(t->p, zones[i].name, 3) == 0)
			d->zone = zones[i].hours * 60;
	}
}

/*
 * Days from 1 January 1970 in the Gregorian calendar, counted in eras of 400
 * years that start on 1 March.
 */
static long long
days_from_civil(int year, int mon, int day)
{
	long long	 era, yoe, doy;

	year -= mon <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	yoe = year - era * 400;
	doy = (153 * (mon + (mon > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

static void
civil_from_days(long long days, struct mime_date *d)
{
	long long	 era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	d->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

time_t
mime_date_time(const struct mime_date *d)
{
	long long	 t;

	t = days_from_civil(d->year, d->month, d->day) * 86400 +
	    d->hour * 3600LL + d->minute * 60LL + d->second -
	    d->zone * 60LL;
	return ((time_t)t);
}

void
mime_date_from_time(struct mime_date *d, time_t when, int zone)
{
	long long	 first = days_from_civil(1, 1, 1) * 86400;
	long long	 last = days_from_civil(10000, 1, 1) * 86400 - 1;
	long long	 t = when, days, rest;

	if (t > last - zone * 60LL)
		t = last - zone * 60LL;
	if (t < first - zone * 60LL)
		t = first - zone * 60LL;
	t += zone * 60LL;
	days = (t >= 0 ? t : t - 86399) / 86400;
	rest = t - days * 86400;
	civil_from_days(days, d);
	d->hour = (int)(rest / 3600);
	d->minute = (int)(rest / 60 % 60);
	d->second = (int)(rest % 60);
	d->zone = zone;
}

int
mime_date_localzone(time_t t)
{
	struct tm		 tm;
	struct mime_date	 d;

	if (localtime_r(&t, &tm) == NULL)
		return (0);
	d.year = tm.tm_year + 1900;
	d.month = tm.tm_mon + 1;
	d.day = tm.tm_mday;
	d.hour = tm.tm_hour;
	d.minute = tm.tm_min;
	d.second = tm.tm_sec;
	d.zone = 0;
	return ((int)((mime_date_time(&d) - t) / 60));
}

void
mime_date_format(const struct mime_date *d, char buf[MIME_INTERNALDATE_SIZE])
{
	int	 zone = d->zone < 0 ? -d->zone : d->zone;

	(void)snprintf(buf, MIME_INTERNALDATE_SIZE,
	    "%2u-%s-%04u %02u:%02u:%02u %c%02u%02u",
	    (unsigned int)d->day % 100, months[(d->month + 11) % 12],
	    (unsigned int)d->year % 10000, (unsigned int)d->hour % 100,
	    (unsigned int)d->minute % 100, (unsigned int)d->second % 100,
	    d->zone < 0 ? '-' : '+', (unsigned int)zone / 60 % 100,
	    (unsigned int)zone % 60);
}
