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
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fnv.h"
#include "imapd/lease.h"
#include "imapd/lease_text.h"

static int	is_host(unsigned char);

static int
is_host(unsigned char c)
{
	return (isalnum(c) || c == '.' || c == '-' || c == '_');
}

void
lease_host(char *host)
{
	char name[256];
	size_t i;

	if (gethostname(name, sizeof(name)) == -1)
		name[0] = '\0';
	name[sizeof(name) - 1] = '\0';
	(void)strlcpy(host, name[0] == '\0' ? "unknown" : name,
	    LEASE_HOST + 1);
	for (i = 0; host[i] != '\0'; i++)
		if (!is_host((unsigned char)host[i]))
			host[i] = '_';
}

size_t
lease_render(char *buf, size_t size, const struct lease_text *t)
{
	char id[2 * TABLE_IDLEN + 1];
	size_t i, len;

	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", t->indexd[i]);
	len = (size_t)snprintf(buf, size, LEASE_FILE " 1 %s %" PRIu64 " %"
	    PRId64 " %s ", id, t->dir, t->since, t->host);
	len += (size_t)snprintf(buf + len, size - len, "%016" PRIx64 "\n",
	    fnv64(FNV64_START, buf, len));
	return (len);
}

void
lease_fill(struct lease_text *t, const uint8_t indexd[TABLE_IDLEN],
    uint64_t dir)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->indexd, indexd, sizeof(t->indexd));
	t->dir = dir;
	t->since = (int64_t)time(NULL);
	lease_host(t->host);
}

/* A text is whole if it is what lease_render() makes of what it says. */
int
lease_parse(const char *text, struct lease_text *t)
{
	char again[LEASE_TEXT], id[2 * TABLE_IDLEN + 1];
	unsigned int v;
	size_t i;

	_Static_assert(LEASE_HOST == 100, "the width below");
	memset(t, 0, sizeof(*t));
	if (sscanf(text, LEASE_FILE " 1 %32[0-9a-f] %20" SCNu64 " %20" SCNd64
	    " %100s ", id, &t->dir, &t->since, t->host) != 4 ||
	    strlen(id) != sizeof(id) - 1)
		return (-1);
	for (i = 0; i < TABLE_IDLEN; i++) {
		if (sscanf(id + 2 * i, "%2x", &v) != 1)
			return (-1);
		t->indexd[i] = (uint8_t)v;
	}
	for (i = 0; t->host[i] != '\0'; i++)
		if (!is_host((unsigned char)t->host[i]))
			return (-1);
	(void)lease_render(again, sizeof(again), t);
	return (strcmp(text, again) == 0 ? 0 : -1);
}

void
lease_since(const struct lease_text *t, char *buf, size_t size)
{
	time_t when = (time_t)t->since;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		(void)strlcpy(buf, "an unknown time", size);
}
