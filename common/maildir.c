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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/maildir.h"
#include "common/mix.h"
#include "common/table.h"

#define TIME_DIGITS	18	/* of the time in a name */
#define HOSTLEN		64	/* octets of a host in a name, escaped */

/* Letters of a name to be: those that are wanted are within lo and hi. */
struct wanted {
	unsigned char	 is[256];
	unsigned int	 lo;
	unsigned int	 hi;
};

/* The upper-case letters, in the order of their bits from LETTER_D on. */
static const char	upper[] = "DFPRST";

static size_t	 hint_start(const char *, size_t, uint64_t *,
		    uint64_t *);
static int	 alike(const char *, const char *, size_t *);
static int	 decimal(const char *, size_t, uint64_t *);
static uint32_t	 letter(unsigned char);
static void	 want(struct wanted *, unsigned char);
static void	 escape_host(const char *, char *, size_t);

int
maildir_parse(const char *name, struct maildir_name *n)
{
	const unsigned char *p;
	size_t len, end, start;

	len = strlen(name);
	if (len > MAILDIR_NAMEMAX) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f || *p == '/')
			goto bad;
	memset(n, 0, sizeof(*n));
	n->size = n->vsize = TABLE_UNKNOWN;
	n->base = maildir_base(name);
	end = strcspn(name, ":");
	while ((start = hint_start(name, end, &n->size, &n->vsize)) != end)
		end = start;
	n->unique = end;
	if (n->unique == 0 || name[0] == '.')
		goto bad;
	if (n->base < len) {
		p = (const unsigned char *)name + n->base +
		    strlen(MAILDIR_INFO);
		for (; *p != '\0' && *p != ','; p++)
			n->letters |= letter(*p);
	}
	return (0);
bad:
	errno = EINVAL;
	return (-1);
}

size_t
maildir_unique(const char *name)
{
	uint64_t size, vsize;
	size_t end, start;

	end = strcspn(name, ":");
	while ((start = hint_start(name, end, &size, &vsize)) != end)
		end = start;
	return (end);
}

size_t
maildir_base(const char *name)
{
	const char *info;

	if ((info = strstr(name, MAILDIR_INFO)) == NULL)
		return (strlen(name));
	return ((size_t)(info - name));
}

/*
 * If ",S=n" or ",W=n" ends at end, returns where it starts and sets the size;
 * else end.
 */
static size_t
hint_start(const char *name, size_t end, uint64_t *size, uint64_t *vsize)
{
	size_t at;
	uint64_t n;

	for (at = end; at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9';)
		at--;
	if (at < 3 || name[at - 1] != '=' || name[at - 3] != ',' ||
	    decimal(name + at, end - at, &n) == -1)
		return (end);
	if (name[at - 2] == 'S')
		*size = n;
	else if (name[at - 2] == 'W')
		*vsize = n;
	else
		return (end);
	return (at - 3);
}

/* A decimal number below 2^63, of 1 to 18 digits. */
static int
decimal(const char *p, size_t len, uint64_t *n)
{
	size_t i;

	if (len == 0 || len > TIME_DIGITS)
		return (-1);
	*n = 0;
	for (i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return (-1);
		*n = *n * 10 + (uint64_t)(p[i] - '0');
	}
	return (0);
}

static uint32_t
letter(unsigned char c)
{
	const char *p;

	if (c >= 'a' && c <= 'z')
		return (1U << (c - 'a'));
	if (c != '\0' && (p = strchr(upper, c)) != NULL)
		return (LETTER_D << (p - upper));
	return (0);
}

static void
want(struct wanted *w, unsigned char c)
{
	w->is[c] = 1;
	if (c < w->lo)
		w->lo = c;
	if (c > w->hi)
		w->hi = c;
}

int
maildir_build(char *buf, size_t size, const char *base, uint32_t letters,
    const char *old)
{
	struct wanted w = { { 0 }, 255, 0 };
	const char *tail = "";
	const unsigned char *p;
	size_t len, at;
	unsigned int i;
	uint32_t left;

	if (old != NULL && old[at = maildir_base(old)] != '\0') {
		p = (const unsigned char *)old + at + strlen(MAILDIR_INFO);
		for (; *p != '\0' && *p != ','; p++)
			if (letter(*p) == 0)
				want(&w, *p);
		tail = (const char *)p;
	}
	left = letters & (LETTER_D - 1);
	for (i = 'a'; left != 0; i++, left >>= 1)
		if (left & 1)
			want(&w, (unsigned char)i);
	for (i = 0; upper[i] != '\0'; i++)
		if (letters & (LETTER_D << i))
			want(&w, (unsigned char)upper[i]);
	at = maildir_base(base);
	len = at + strlen(MAILDIR_INFO) + strlen(tail);
	for (i = w.lo; i <= w.hi; i++)
		len += w.is[i];
	if (len > MAILDIR_NAMEMAX || len >= size) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(buf, base, at);
	memcpy(buf + at, MAILDIR_INFO, strlen(MAILDIR_INFO));
	at += strlen(MAILDIR_INFO);
	for (i = w.lo; i <= w.hi; i++)
		if (w.is[i])
			buf[at++] = (char)i;
	memcpy(buf + at, tail, strlen(tail) + 1);
	return (0);
}

int
maildir_same(const char *a, const char *b)
{
	size_t len;

	len = maildir_unique(a);
	return (len == maildir_unique(b) && memcmp(a, b, len) == 0);
}

uint32_t
maildir_hash(const char *p, size_t len)
{
	return (mix_fold(mix_octets(len, p, len)));
}

int64_t
maildir_time(const char *name)
{
	uint64_t t;
	size_t len;

	len = strspn(name, "0123456789");
	if ((name[len] != '.' && name[len] != '_') ||
	    decimal(name, len, &t) == -1)
		return (0);
	return ((int64_t)t);
}

uint32_t
maildir_savedate(const char *name)
{
	int64_t now = (int64_t)time(NULL), t = maildir_time(name);

	return ((uint32_t)(t > 0 && t <= now ? t : now));
}

/* Whether a time of as many digits begins both: then those are in order. */
static int
alike(const char *a, const char *b, size_t *digits)
{
	size_t n = 0;

	while (a[n] >= '0' && a[n] <= '9' && b[n] >= '0' && b[n] <= '9')
		n++;
	*digits = n;
	return (n > 0 && n <= TIME_DIGITS && (a[n] == '.' || a[n] == '_') &&
	    (b[n] == '.' || b[n] == '_'));
}

int
maildir_compare(const char *a, const char *b)
{
	int64_t s, t;
	size_t m, n;
	int order;

	if (alike(a, b, &n)) {
		if ((order = memcmp(a, b, n)) != 0)
			return (order);
	} else if ((s = maildir_time(a)) != (t = maildir_time(b)))
		return (s < t ? -1 : 1);
	m = maildir_unique(a);
	n = maildir_unique(b);
	if ((order = memcmp(a, b, m < n ? m : n)) != 0)
		return (order);
	if (m != n)
		return (m < n ? -1 : 1);
	return (strcmp(a, b));
}

int
maildir_unique_name(char *buf, size_t size, const struct maildir_parts *p)
{
	char host[HOSTLEN + 1];
	int n;

	escape_host(p->host, host, sizeof(host));
	n = snprintf(buf, size, "%lld.M%06ldP%luQ%luR%08x.%s",
	    (long long)p->ts.tv_sec, p->ts.tv_nsec / 1000, p->pid, p->counter,
	    (unsigned int)p->random, host);
	if (n < 0 || n > MAILDIR_NAMEMAX || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (0);
}

/* A longer host is cut: the rest of the name makes it unique. */
static void
escape_host(const char *host, char *buf, size_t size)
{
	const unsigned char *p;
	size_t at = 0;

	for (p = (const unsigned char *)host; *p != '\0'; p++) {
		if (at + 4 >= size)
			break;
		if (*p == '/' || *p == ':' || *p == ',' || *p == '\\' ||
		    *p <= ' ' || *p >= 0x7f)
			at += (size_t)snprintf(buf + at, size - at, "\\%03o",
			    (unsigned int)*p);
		else
			buf[at++] = (char)*p;
	}
	if (at == 0)
		buf[at++] = '-';
	buf[at] = '\0';
}

int
maildir_make(char *buf, size_t size)
{
	static unsigned long counter;
	static char host[256];
	struct maildir_parts p;

	if (host[0] == '\0') {
		if (gethostname(host, sizeof(host)) == -1)
			return (-1);
		host[sizeof(host) - 1] = '\0';
	}
	if (clock_gettime(CLOCK_REALTIME, &p.ts) == -1)
		return (-1);
	p.pid = (unsigned long)getpid();
	p.counter = ++counter;
	p.random = arc4random();
	p.host = host;
	return (maildir_unique_name(buf, size, &p));
}

int
maildir_hints(char *buf, size_t bufsize, uint64_t size, uint64_t vsize)
{
	char hints[64];
	size_t len;
	int n = 0;

	hints[0] = '\0';
	if (size != TABLE_UNKNOWN)
		n = snprintf(hints, sizeof(hints), ",S=%llu",
		    (unsigned long long)size);
	if (n >= 0 && vsize != TABLE_UNKNOWN)
		n = snprintf(hints + n, sizeof(hints) - (size_t)n,
		    ",W=%llu", (unsigned long long)vsize);
	len = strlen(buf) + strlen(hints);
	if (n < 0 || len > MAILDIR_NAMEMAX || len >= bufsize) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(buf + strlen(buf), hints, strlen(hints) + 1);
	return (0);
}
