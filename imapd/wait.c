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
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/cache.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/uidlist.h"
#include "imapd/lease.h"
#include "imapd/view.h"
#include "imapd/wait.h"
#include "imapd/watch.h"
#include "imapd/witness.h"

/* What one wait was for, and is left to do. */
struct waiting {
	struct session	*s;
	struct watch	*watch;
	int64_t		 deadline;
	int64_t		 flush;		/* when to flush; INT64_MAX: never */
	int64_t		 settle;	/* when settle() is, likewise */
	int64_t		 look;		/* when to ask the watch, likewise */
};

enum { PFD_TERM, PFD_IDX, PFD_COUNT };

static int	behind(struct session *);
static int	events(struct session *);
static void	late_look(struct session *, int64_t);
static int	look(struct waiting *);
static int	read_input(struct session *);
static int64_t	rest(struct folder *, int64_t);
static int64_t	settle(struct session *, int64_t);
static int	time_left(const struct waiting *);
static int	wait_once(struct waiting *, enum wait_result *);

int64_t
session_clock(void)
{
	struct timespec	ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* One batch of work behind the answers: whether more can be done at once. */
static int
behind(struct session *s)
{
	int	more;

	s->flushed = session_clock();
	if ((more = flush_run(s->view->folder)) == -1) {
		log_warn("wait: flush folder=%s", s->view->folder->name);
		return (0);
	}
	return (more);
}

void
session_behind(struct session *s)
{
	if (s->view == NULL || !flush_due(s->view->folder))
		return;
	if (session_clock() - s->flushed >= SESSION_FLUSH_LATEST)
		(void)behind(s);
}

/* Takes what indexd says: -1 if the session ends. */
static int
events(struct session *s)
{
	if (folder_events(s->idx) == -1) {
		session_bye(s, "UNAVAILABLE", "%s", idx_text(s->idx));
		return (-1);
	}
	if (s->view != NULL && s->view->folder->gone) {
		session_bye(s, "UNAVAILABLE", lease_lost(s->view->folder) ?
		    "The mailbox is served by another index now" :
		    "The mailbox was deleted or is made anew");
		return (-1);
	}
	return (0);
}

/* New input, 1; none after all, 0; the end, -1. */
static int
read_input(struct session *s)
{
	int	n;

	if ((n = client_read(s->client, 0)) == 1)
		return (1);
	if (n == -1 && (errno == ETIMEDOUT || errno == EINTR))
		return (0);
	if (s->state != SESSION_LOGOUT)
		session_enter(s, SESSION_LOGOUT);	/* it has hung up */
	return (-1);
}

/* A look that was put off. */
static void
late_look(struct session *s, int64_t now)
{
	if (s->view == NULL || folder_scan_due(s->view->folder) > now)
		return;
	if (folder_scan(s->view->folder, 0) == -1 && errno != ENOTCONN)
		log_warn("wait: scan folder=%s", s->view->folder->name);
}

/* The memory of a cache that nobody has asked for a while. */
static int64_t
rest(struct folder *f, int64_t now)
{
	if (f->cache == NULL)
		return (INT64_MAX);
	if (cache_due(f->cache) <= now) {
		cache_rest(f->cache);
		/* And of what was sorted and threaded by it. */
		compat_trim();
	}
	return (cache_due(f->cache));
}

/* What is due of both folders; when the next is. */
static int64_t
settle(struct session *s, int64_t now)
{
	struct folder	*f[2];
	int64_t		 next, due;
	unsigned int	 i;

	late_look(s, now);
	next = message_rest(s, now);
	f[0] = s->view != NULL ? s->view->folder : NULL;
	f[1] = s->parked;
	for (i = 0; i < 2; i++) {
		if (f[i] == NULL)
			continue;
		if (witness_due(f[i]) <= now)
			witness_settle(f[i]);
		if (witness_due(f[i]) < next)
			next = witness_due(f[i]);
		if (uidlist_when(f[i]) <= now)
			uidlist_behind(f[i]);
		if (uidlist_when(f[i]) < next)
			next = uidlist_when(f[i]);
		if ((due = lease_tick(f[i], now)) < next)
			next = due;
		if ((due = rest(f[i], now)) < next)
			next = due;
	}
	if (s->view != NULL && folder_scan_due(s->view->folder) < next)
		next = folder_scan_due(s->view->folder);
	return (next);
}

static int
time_left(const struct waiting *w)
{
	int64_t	now = session_clock(), until = w->deadline;

	if (w->flush < until)
		until = w->flush;
	if (w->look < until)
		until = w->look;
	if (w->settle < until)
		until = w->settle;
	if (until <= now)
		return (0);
	return (until - now > INT_MAX ? INT_MAX : (int)(until - now));
}

/* Asks the watch, which may have the folder looked at. */
static int
look(struct waiting *w)
{
	if (!w->s->view->folder->look && session_clock() < w->look)
		return (0);
	if (watch_read(w->watch) && folder_scan(w->s->view->folder, 0) == -1) {
		if (errno == ENOTCONN)
			return (events(w->s));
		log_warn("wait: scan folder=%s", w->s->view->folder->name);
	}
	w->look = session_clock() + watch_timeout(w->watch);
	return (events(w->s));
}

/* Polls once and does what came up: 1 with *res at the end of the wait. */
static int
wait_once(struct waiting *w, enum wait_result *res)
{
	struct session	*s = w->s;
	struct pollfd	 fds[PFD_COUNT];
	int		 ret, ready;

	fds[PFD_TERM].fd = s->termfd;
	fds[PFD_TERM].events = POLLIN;
	fds[PFD_IDX].fd = idx_pollfd(s->idx);
	fds[PFD_IDX].events = POLLIN;
	*res = WAIT_END;
	ret = client_wait(s->client, fds, PFD_COUNT, time_left(w));
	if (!session_alive(s) || (ret == -1 && errno != EINTR))
		return (1);
	if (ret == -1)
		return (0);
	if ((ret & CLIENT_INPUT) && (ready = read_input(s)) != 0) {
		*res = ready == 1 ? WAIT_INPUT : WAIT_END;
		return (1);
	}
	if ((ret & CLIENT_FDS) && fds[PFD_IDX].revents != 0 &&
	    events(s) == -1)
		return (1);
	if (w->watch != NULL) {
		if (look(w) == -1)
			return (1);
		if (s->view->folder->changed) {
			*res = WAIT_NEWS;
			return (1);
		}
	}
	*res = WAIT_TIMEOUT;
	return (session_clock() >= w->deadline);
}

enum wait_result
session_wait(struct session *s, struct watch *watch, int64_t deadline)
{
	struct waiting		w;
	enum wait_result	res;
	int64_t			now;

	w.s = s;
	w.watch = watch;
	w.deadline = deadline;
	w.flush = INT64_MAX;
	w.look = watch != NULL ? 0 : INT64_MAX;
	/* Nobody will go on with the old file of a table. */
	if (s->parked != NULL && folder_superseded(s->parked))
		session_unpark(s);
	for (;;) {
		now = session_clock();
		if (s->view == NULL || !flush_due(s->view->folder))
			w.flush = INT64_MAX;
		else if (w.flush == INT64_MAX)
			w.flush = now + SESSION_FLUSH_DELAY;
		else if (now >= w.flush)
			/* Left over: another session may have the lock. */
			w.flush = behind(s) ? now :
			    now + SESSION_FLUSH_LATEST;
		w.settle = settle(s, session_clock());
		if (s->view != NULL && lease_lost(s->view->folder)) {
			(void)events(s);
			return (WAIT_END);
		}
		/* What came beside an answer wakes nobody. */
		if (idx_queued(s->idx) && events(s) == -1)
			return (WAIT_END);
		if (watch != NULL &&
		    (s->view->folder->look || s->view->folder->changed))
			w.look = 0;
		if (wait_once(&w, &res))
			return (res);
	}
}
