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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/tally.h"
#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/flight.h"
#include "indexd/floor.h"
#include "indexd/peer.h"
#include "indexd/request.h"
#include "indexd/server.h"
#include "indexd/sessions.h"
#include "indexd/verify.h"
#include "indexd/warn.h"
#include "indexd/watch.h"

#define LINGER_NS	50000		/* a short sleep before a commit */
#define LINGER_TIMES	4
#define LINGER_RECENT	2000		/* us since the last commit */

/* Notes as the engine hands them back, until all are there. */
struct kept {
	struct note	 note;
	uint8_t		*data;
};

struct kept_list {
	struct kept	*k;
	size_t		 n;
	size_t		 cap;
	int		 failed;
};

static void	keep(void *, const struct note *);
static int	by_kind(const void *, const void *);
static void	load(struct server *, struct kept_list *);
static void	tick(struct server *);
static int	timeout(const struct server *);
static void	decide_ready(struct server *);
static int	gather(struct server *, int);
static void	linger(struct server *);

uint64_t
server_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("server: clock");
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

static void
tick(struct server *srv)
{
	srv->now = server_us() / 1000;
}

/* The engine hands back a note. */
static void
keep(void *arg, const struct note *n)
{
	struct kept_list *l = arg;
	struct kept *k;
	size_t cap;

	if (l->failed)
		return;
	if (l->n == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		k = reallocarray(l->k, cap, sizeof(*k));
		if (k == NULL) {
			l->failed = 1;
			return;
		}
		l->k = k;
		l->cap = cap;
	}
	k = &l->k[l->n];
	k->note = *n;
	if ((k->data = malloc(n->len + 1)) == NULL) {
		l->failed = 1;
		return;
	}
	if (n->len > 0)
		memcpy(k->data, n->data, n->len);
	k->note.data = k->data;
	l->n++;
}

static int
by_kind(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return ((int)x->note.kind - (int)y->note.kind);
}

/* Sessions, then what belongs to them.  What fits nowhere is ended. */
static void
load(struct server *srv, struct kept_list *l)
{
	struct note *n, end;
	unsigned int stale = 0;
	size_t i;
	int r;

	if (l->n > 0)
		qsort(l->k, l->n, sizeof(*l->k), by_kind);
	for (i = 0; i < l->n; i++) {
		n = &l->k[i].note;
		switch (n->kind) {
		case NOTE_SESSION:
		case NOTE_RESULT:
			r = session_from_note(srv, n);
			break;
		case NOTE_FLIGHT:
		case NOTE_CANCELLED:
			r = flight_from_note(srv, n);
			break;
		case NOTE_FLOOR:
			r = floor_from_note(srv, n);
			break;
		default:
			r = -1;
			break;
		}
		if (r == 0)
			continue;
		stale++;
		end = *n;
		end.data = NULL;
		end.len = 0;
		if (engine_note(srv->engine, &end) == -1)
			log_warn("server: note");
	}
	log_info("server: notes=%zu stale=%u sessions=%u", l->n, stale,
	    srv->nsessions);
}

int
server_start(struct server *srv, const struct indexd_conf *conf)
{
	struct kept_list l;
	struct engine_conf ec;
	size_t i;

	memset(srv, 0, sizeof(*srv));
	memset(&l, 0, sizeof(l));
	memset(&ec, 0, sizeof(ec));
	srv->conf = conf;
	srv->listener = -1;
	srv->uid = geteuid();
	TAILQ_INIT(&srv->strangers);
	TAILQ_INIT(&srv->bound);
	TAILQ_INIT(&srv->controls);
	TAILQ_INIT(&srv->gates);
	TAILQ_INIT(&srv->ready);
	TAILQ_INIT(&srv->held);
	TAILQ_INIT(&srv->hungry);
	TAILQ_INIT(&srv->dead);
	TAILQ_INIT(&srv->unnoted);
	TAILQ_INIT(&srv->noting);
	TAILQ_INIT(&srv->away);
	TAILQ_INIT(&srv->recent);
	TAILQ_INIT(&srv->boxes);
	TAILQ_INIT(&srv->asking);
	TAILQ_INIT(&srv->raising);
	TAILQ_INIT(&srv->touched);
	TAILQ_INIT(&srv->verifying);
	TAILQ_INIT(&srv->batch);
	TAILQ_INIT(&srv->takeovers);
	SLIST_INIT(&srv->kept);
	TAILQ_INIT(&srv->resting);
	TAILQ_INIT(&srv->looks);
	tick(srv);
	srv->started = srv->now;
	srv->started_at = time(NULL);
	warn_files_limit(srv);
	if ((srv->addresses = tally_new(TALLY_IDLE)) == NULL) {
		log_warn("server: addresses");
		return (-1);
	}
	if ((srv->events = events_new()) == NULL) {
		log_warn("server: events");
		return (-1);
	}
	ec.directory = conf->directory;
	ec.interval = conf->commit_ms;
	ec.max_rows = conf->limits.rows < TABLE_MAXROWS ?
	    conf->limits.rows : TABLE_MAXROWS;
	srv->engine = engine_open(&ec, keep, &l);
	if (srv->engine == NULL || l.failed) {
		log_warnx("server: no engine in %s", conf->directory);
		return (-1);
	}
	load(srv, &l);
	for (i = 0; i < l.n; i++)
		free(l.k[i].data);
	free(l.k);
	if (engine_fd(srv->engine) != -1 && events_add(srv->events,
	    engine_fd(srv->engine), &srv->engine, 1, 0) == -1) {
		log_warn("server: events");
		return (-1);
	}
	return (0);
}

int
server_listen(struct server *srv, int fd)
{
	if (events_add(srv->events, fd, srv, 1, 0) == -1)
		return (-1);
	srv->listener = fd;
	srv->listening = 1;
	return (0);
}

/* The nearest of all times at which something is to be done. */
static int
timeout(const struct server *srv)
{
	int t[7], best = -1;
	size_t i;

	if (!TAILQ_EMPTY(&srv->ready) || srv->busy)
		return (0);
	t[0] = peers_timeout(srv);
	t[1] = sessions_timeout(srv);
	t[2] = flight_timeout(srv);
	t[3] = floors_timeout(srv);
	t[4] = engine_timeout(srv->engine);
	t[5] = watch_timeout(srv);
	t[6] = controls_timeout(srv);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (t[i] != -1 && (best == -1 || t[i] < best))
			best = t[i];
	return (best);
}

/* One request, or one piece of output, of each peer that is ready. */
static void
decide_ready(struct server *srv)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&srv->ready)) != NULL && p->turn != srv->turn) {
		TAILQ_REMOVE(&srv->ready, p, queued);
		p->is_ready = 0;
		p->turn = srv->turn;
		if (p->phase == PEER_CONTROL)
			control_step(p);
		else
			request_take(p);
	}
}

/* What is ready now, or within ms milliseconds; -1 with errno. */
static int
gather(struct server *srv, int ms)
{
	struct event ev[EVENT_MAX];
	struct source *source;
	int i, n;

	if ((n = events_wait(srv->events, ev, ms)) == -1)
		return (-1);
	tick(srv);
	for (i = 0; i < n; i++) {
		if (ev[i].arg == srv)
			peer_accept(srv);
		else if (ev[i].arg == &srv->engine)
			engine_synced(srv->engine);
		else if ((source = ev[i].arg) == NULL)
			continue;
		else if (source->kind == SOURCE_WATCH)
			watch_event(ev[i].arg);
		else
			peer_event(ev[i].arg, ev[i].in, ev[i].out);
	}
	return (0);
}

/*
 * Sessions that the last commit answered a moment ago are about to ask
 * again, while others have waited for it: without a short wait these and
 * those would take turns, and each sync would serve but half of them.
 */
static void
linger(struct server *srv)
{
	struct timespec ts = { .tv_nsec = LINGER_NS };
	int i;

	for (i = 0; i < LINGER_TIMES; i++) {
		if (srv->expected == 0 || TAILQ_EMPTY(&srv->batch) ||
		    srv->conf->commit_ms != 0 ||
		    server_us() - srv->committed_us > LINGER_RECENT)
			return;
		(void)nanosleep(&ts, NULL);
		if (gather(srv, 0) == -1)
			return;
		decide_ready(srv);
	}
}

int
server_turn(struct server *srv, int ms)
{
	int wait = timeout(srv);

	if (ms != -1 && (wait == -1 || ms < wait))
		wait = ms;
	srv->turn++;
	if (gather(srv, wait) == -1) {
		log_warn("server: events");
		return (-1);
	}
	decide_ready(srv);
	linger(srv);
	floors_sweep(srv);
	sessions_sweep(srv);
	flight_sweep(srv);
	watch_sweep(srv);
	peers_sweep(srv);
	warn_disk(srv);
	batch_commit(srv);
	peers_reap(srv);
	srv->busy = engine_work(srv->engine);
	if (verify_work(srv))
		srv->busy = 1;
	controls_wake(srv);
	return (0);
}

void
server_stop(struct server *srv)
{
	struct session *s;

	if (srv->engine != NULL)
		batch_commit(srv);
	while (!TAILQ_EMPTY(&srv->strangers))
		peer_drop(TAILQ_FIRST(&srv->strangers));
	while (!TAILQ_EMPTY(&srv->bound))
		peer_drop(TAILQ_FIRST(&srv->bound));
	while (!TAILQ_EMPTY(&srv->controls))
		peer_drop(TAILQ_FIRST(&srv->controls));
	while (!TAILQ_EMPTY(&srv->gates))
		peer_drop(TAILQ_FIRST(&srv->gates));
	peers_reap(srv);
	verify_free(srv);
	/* Sessions come back: only what they leave behind is written. */
	TAILQ_FOREACH(s, &srv->unnoted, unnoted)
		s->due = 0;
	if (srv->engine != NULL) {
		batch_commit(srv);
		engine_close(srv->engine);
	}
	flight_free(srv);
	floors_free(srv);
	sessions_free(srv);
	takeovers_free(srv);
	watch_kept_free(srv);
	events_free(srv->events);
	tally_free(srv->addresses);
	srv->addresses = NULL;
	srv->events = NULL;
	srv->engine = NULL;
}
