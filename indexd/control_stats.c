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


#include <sys/types.h>
#include <sys/resource.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/request.h"

/*
 * indexctl stats: for people, as JSON, or as Prometheus reads it (its text
 * format, version 0.0.4).
 */

#define PREFIX	"highwater_indexd_"

enum type { COUNTER, GAUGE };

/* What is one number. */
struct number {
	const char	*name;		/* for people and JSON; '-' or '_' */
	const char	*metric;	/* NULL: not for Prometheus */
	enum type	 type;
	const char	*help;
	uint64_t	 value;
};

#define NUMBERS	21

static uint64_t	cpu_us(void);
static size_t	numbers(const struct control *, struct number *);
static void	plain(struct control *, const struct number *, size_t);
static void	json(struct control *, const struct number *, size_t);
static void	latency(struct control *, const char *,
		    const struct histogram *);
static void	prometheus(struct control *, const struct number *, size_t);
static void	head(struct control *, const char *, const char *,
		    const char *);
static void	histogram(struct control *, const char *, const char *,
		    const struct histogram *);
static void	label(char *, size_t, const char *);

/* What this process has used of a processor, microseconds. */
static uint64_t
cpu_us(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) == -1)
		return (0);
	return ((uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec));
}

static size_t
numbers(const struct control *c, struct number *v)
{
	const struct server *srv = c->srv;
	struct engine_stats es;
	size_t n = 0;

	engine_stats(srv->engine, &es);
#define ADD(name, metric, type, help, value)				\
	v[n++] = (struct number){ name, metric, type, help, value }
	ADD("uptime", "uptime_seconds", GAUGE, "Since the start of indexd.",
	    (srv->now - srv->started) / 1000);
	ADD("cpu-us", NULL, COUNTER, NULL, cpu_us());
	ADD("sessions", NULL, GAUGE, NULL, srv->nsessions);
	ADD("connected", "sessions_connected", GAUGE,
	    "Sessions of imapd that are connected.", srv->nbound);
	ADD("away", "sessions_away", GAUGE,
	    "Sessions that may come back.", srv->nsessions - srv->nbound);
	ADD("requests", NULL, COUNTER, NULL, srv->stats.requests);
	ADD("batches", "batches_total", COUNTER,
	    "Batches of requests that were committed together.",
	    srv->stats.batches);
	ADD("accepted", "connections_total", COUNTER,
	    "Connections to the socket.", srv->stats.accepted);
	ADD("refused", "peers_refused_total", COUNTER,
	    "Connections ended because they broke a rule.",
	    srv->stats.refused);
	ADD("resumed", "sessions_resumed_total", COUNTER,
	    "Sessions that came back.", srv->stats.resumed);
	ADD("commits", "commits_total", COUNTER,
	    "Batches written to the journal.", es.commits);
	ADD("failed", "commits_failed_total", COUNTER,
	    "Batches that could not be written.", es.failed);
	ADD("syncs", NULL, COUNTER, NULL, es.syncs);
	ADD("sync-us", NULL, COUNTER, NULL, es.sync_us);
	ADD("rows", "journal_rows_total", COUNTER,
	    "Rows written to the journal.", es.rows);
	ADD("bytes", "journal_bytes_total", COUNTER,
	    "Octets written to the journal.", es.bytes);
	ADD("compactions", "compactions_total", COUNTER,
	    "Tables that were compacted.", es.compactions);
	ADD("segments", "journal_segments", GAUGE,
	    "Segments of the journal in use.", es.segments);
	ADD("open", "mailboxes_open", GAUGE, "Tables that are mapped.",
	    es.open);
	ADD("mapped", "mapped_bytes", GAUGE, "Octets of mapped tables.",
	    es.mapped);
#undef ADD
	return (n);
}

/* p50 and p99, in microseconds. */
static void
latency(struct control *c, const char *name, const struct histogram *h)
{
	control_line(c, "%s-us p50=%" PRIu64 " p99=%" PRIu64, name,
	    histogram_quantile(h, 500), histogram_quantile(h, 990));
}

static void
plain(struct control *c, const struct number *v, size_t n)
{
	struct engine_stats es;
	unsigned int k;
	size_t i;

	for (i = 0; i < n; i++)
		control_line(c, "%s %" PRIu64, v[i].name, v[i].value);
	engine_counters(c->srv->engine, &es);
	latency(c, "commit", &c->srv->stats.commits);
	latency(c, "sync", &es.sync_times);
	for (k = 0; k < SERVER_KINDS; k++)
		if (c->srv->stats.kinds[k] > 0 && request_name(k) != NULL)
			control_line(c, "request-%s %" PRIu64,
			    request_name(k), c->srv->stats.kinds[k]);
}

static void
json(struct control *c, const struct number *v, size_t n)
{
	char line[CONTROL_LINE], *p;
	size_t i, len = 0;
	unsigned int k;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s\"%s\":%" PRIu64, i == 0 ? "{" : ",", v[i].name,
		    v[i].value);
	for (p = line; (p = strchr(p, '-')) != NULL; )
		*p = '_';
	len += (size_t)snprintf(line + len, sizeof(line) - len,
	    ",\"commit_us_p50\":%" PRIu64 ",\"commit_us_p99\":%" PRIu64
	    ",\"kinds\":{", histogram_quantile(&c->srv->stats.commits, 500),
	    histogram_quantile(&c->srv->stats.commits, 990));
	for (k = 0, i = 0; k < SERVER_KINDS; k++)
		if (c->srv->stats.kinds[k] > 0 && request_name(k) != NULL)
			len += (size_t)snprintf(line + len,
			    sizeof(line) - len, "%s\"%s\":%" PRIu64,
			    i++ == 0 ? "" : ",", request_name(k),
			    c->srv->stats.kinds[k]);
	control_line(c, "%s}}", line);
}

static void
head(struct control *c, const char *name, const char *type, const char *help)
{
	control_line(c, "# HELP " PREFIX "%s %s", name, help);
	control_line(c, "# TYPE " PREFIX "%s %s", name, type);
}

/* A label's value: backslash, quote and newline are escaped. */
static void
label(char *buf, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && n + 3 < size; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			buf[n++] = '\\';
		buf[n++] = *s == '\n' ? 'n' : *s;
	}
	buf[n] = '\0';
}

static void
histogram(struct control *c, const char *name, const char *help,
    const struct histogram *h)
{
	uint64_t below = 0;
	unsigned int i;

	head(c, name, "histogram", help);
	for (i = 0; i < HISTOGRAM_CLASSES - 1; i++) {
		below += h->count[i];
		control_line(c, PREFIX "%s_bucket{le=\"%g\"} %" PRIu64, name,
		    (double)histogram_bound(i) / 1e6, below);
	}
	below += h->count[i];
	control_line(c, PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64, name,
	    below);
	control_line(c, PREFIX "%s_sum %.6f", name, (double)h->sum / 1e6);
	control_line(c, PREFIX "%s_count %" PRIu64, name, below);
}

static void
prometheus(struct control *c, const struct number *v, size_t n)
{
	const struct server *srv = c->srv;
	struct engine_stats es;
	char directory[4096], text[2048];
	unsigned int k;
	size_t i;

	control_plain(text, sizeof(text), srv->conf->directory);
	label(directory, sizeof(directory), text);
	head(c, "info", "gauge", "Which indexd this is.");
	control_line(c, PREFIX "info{directory=\"%s\"} 1", directory);
	head(c, "start_time_seconds", "gauge", "When it was started.");
	control_line(c, PREFIX "start_time_seconds %lld",
	    (long long)srv->started_at);
	for (i = 0; i < n; i++) {
		if (v[i].metric == NULL)
			continue;
		head(c, v[i].metric, v[i].type == COUNTER ? "counter" :
		    "gauge", v[i].help);
		control_line(c, PREFIX "%s %" PRIu64, v[i].metric, v[i].value);
	}
	head(c, "cpu_seconds_total", "counter",
	    "Time that indexd has used of a processor.");
	control_line(c, PREFIX "cpu_seconds_total %.6f",
	    (double)cpu_us() / 1e6);
	head(c, "requests_total", "counter", "Requests, by type.");
	for (k = 0; k < SERVER_KINDS; k++)
		if (request_name(k) != NULL)
			control_line(c, PREFIX "requests_total{type=\"%s\"} %"
			    PRIu64, request_name(k), srv->stats.kinds[k]);
	engine_counters(srv->engine, &es);
	histogram(c, "commit_duration_seconds",
	    "From the first write of a batch until it may be answered.",
	    &srv->stats.commits);
	histogram(c, "sync_duration_seconds", "Syncs of the journal.",
	    &es.sync_times);
}

int
control_stats(struct control *c)
{
	struct number v[NUMBERS];
	size_t n;

	if (c->nargs == 1 && strcmp(c->arg, "-p") != 0)
		return (control_unknown(c));
	n = numbers(c, v);
	if (c->nargs == 1)
		prometheus(c, v, n);
	else if (c->json)
		json(c, v, n);
	else
		plain(c, v, n);
	return (0);
}
