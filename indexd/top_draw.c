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


#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "indexd/top.h"

#define HEAD_ROWS	6		/* beside sessions and mailboxes */

struct page {
	FILE		*fp;
	unsigned int	 left;		/* rows */
	unsigned int	 columns;
	const char	*end;
};

static void	put(struct page *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	counters(struct page *, const struct top_sample *,
		    const struct top_sample *);
static void	kinds(struct page *, const struct top_sample *);
static void	idle_text(char *, size_t, uint64_t);
static void	sessions(struct page *, const struct top_sample *,
		    unsigned int);
static void	boxes(struct page *, const struct top_sample *);

/* A line, cut where the terminal ends; characters are UTF-8. */
static void
put(struct page *p, const char *fmt, ...)
{
	char line[TOP_LINE];
	unsigned int columns = 0;
	va_list ap;
	size_t i;

	if (p->left == 0)
		return;
	p->left--;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (i = 0; line[i] != '\0'; i++) {
		if (((unsigned char)line[i] & 0xc0) != 0x80 &&
		    columns++ == p->columns && p->columns != 0)
			break;
	}
	(void)fprintf(p->fp, "%.*s%s", (int)i, line, p->end);
}

static void
counters(struct page *p, const struct top_sample *t,
    const struct top_sample *before)
{
	struct histogram commit, sync;
	double s = 0;

	memset(&commit, 0, sizeof(commit));
	memset(&sync, 0, sizeof(sync));
	if (before != NULL && t->us > before->us) {
		s = (double)(t->us - before->us) / 1e6;
		histogram_since(&commit, &t->commit, &before->commit);
		histogram_since(&sync, &t->sync, &before->sync);
	}
#define RATE(m)	(s > 0 ? (double)(t->m - before->m) / s : 0.0)
	put(p, "indexd up %" PRIu64 "d %02u:%02u:%02u  sessions %" PRIu64
	    " away %" PRIu64 "  mailboxes %" PRIu64, t->uptime / 86400,
	    (unsigned int)(t->uptime / 3600 % 24),
	    (unsigned int)(t->uptime / 60 % 60),
	    (unsigned int)(t->uptime % 60), t->connected, t->away, t->boxes);
	put(p, "commits %.1f/s  p50 %.2f ms  p99 %.2f ms  sync p50 %.2f ms"
	    "  p99 %.2f ms  %.1f kB/s  %.1f rows/s  failed %" PRIu64,
	    RATE(commits), (double)histogram_quantile(&commit, 500) / 1e3,
	    (double)histogram_quantile(&commit, 990) / 1e3,
	    (double)histogram_quantile(&sync, 500) / 1e3,
	    (double)histogram_quantile(&sync, 990) / 1e3,
	    RATE(bytes) / 1e3, RATE(rows), t->failed);
#undef RATE
}

static void
kinds(struct page *p, const struct top_sample *t)
{
	char line[1024];
	double sum = 0;
	size_t i, len = 0;

	line[0] = '\0';
	for (i = 0; i < t->nkinds; i++) {
		sum += t->kind[i].rate;
		if (t->kind[i].rate > 0 && len < sizeof(line) - 64)
			len += (size_t)snprintf(line + len,
			    sizeof(line) - len, "  %s %.1f", t->kind[i].name,
			    t->kind[i].rate);
	}
	put(p, "requests %.1f/s%s", sum, line);
}

static void
idle_text(char *buf, size_t size, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		(void)snprintf(buf, size, "%" PRIu64 "s", s);
	else if (s < 3600)
		(void)snprintf(buf, size, "%" PRIu64 "m", s / 60);
	else if (s < 86400)
		(void)snprintf(buf, size, "%" PRIu64 "h", s / 3600);
	else
		(void)snprintf(buf, size, "%" PRIu64 "d", s / 86400);
}

static void
sessions(struct page *p, const struct top_sample *t, unsigned int max)
{
	const struct top_session *s;
	char idle[24];
	size_t i;

	put(p, "%-8s %7s %8s %5s %-5s %-16s %-20s %s", "SESSION", "PID",
	    "REQ/S", "LAST", "STATE", "USER", "ADDRESS", "MAILBOX");
	for (i = 0; i < t->nsessions && i < max; i++) {
		s = &t->session[i];
		idle_text(idle, sizeof(idle), s->idle);
		put(p, "%-8s %7s %8.1f %5s %-5s %-16s %-20s %s", s->mark,
		    s->pid, s->rate, idle, s->idling ? "idle" : "-", s->user,
		    s->address, s->mailbox);
	}
}

static void
boxes(struct page *p, const struct top_sample *t)
{
	const struct top_box *b;
	size_t i;

	put(p, "%8s %5s %8s %8s %s", "REQ/S", "OPEN", "MESSAGES", "UID",
	    "MAILBOX");
	for (i = 0; i < t->nboxes; i++) {
		b = &t->box[i];
		put(p, "%8.1f %5s %8s %8s %s", b->rate, b->open, b->messages,
		    b->uid, b->name);
	}
}

void
top_draw(FILE *fp, const struct top_sample *t,
    const struct top_sample *before, unsigned int rows, unsigned int columns,
    const char *end)
{
	struct page p = { fp, rows == 0 ? UINT32_MAX : rows, columns, end };
	unsigned int max = UINT32_MAX, room, nboxes;

	if (rows != 0) {
		/* Mailboxes get a third, or what sessions leave. */
		room = rows > HEAD_ROWS ? rows - HEAD_ROWS : 0;
		nboxes = (unsigned int)t->nboxes;
		max = room - (nboxes < room / 3 ? nboxes : room / 3);
	}
	counters(&p, t, before);
	kinds(&p, t);
	put(&p, "%s", "");
	sessions(&p, t, max);
	put(&p, "%s", "");
	boxes(&p, t);
}
