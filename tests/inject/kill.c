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

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/inject/kill.h"

/*
 * kill -9 at every call that changes something, in every changing command:
 * of the session, of indexd, of indexd's helper.  The calls are counted off,
 * one run for each: what was answered OK is done, what was not is done wholly
 * or not at all; the client of a session that lives notices nothing.
 */
static const char *const	victims[] = { "session", "indexd", "helper" };
static const char *const	modes[] = { "", "before", "after" };

struct shot {
	enum kill_victim		 victim;
	uint32_t		 mask;
	enum inject_mode	 mode;
	uint32_t		 at;
};

static void	again(struct scene *, const struct script *);
static void	check(struct scene *, const struct script *,
		    const struct plan *, enum imap_reply, const char *);
static int	fire(struct scene *, const struct script *,
		    const struct plan *, const struct shot *);
static int	fire_start(struct scene *, const struct script *,
		    const struct plan *, uint32_t);

/* What was half done is done, or done already. */
static void
again(struct scene *sc, const struct script *s)
{
	struct imap	*im;

	/* Old enough for a lock of one who died. */
	atomic_store(&sc->ctl->imapd_s, SCENE_OLD);
	im = imap_open(&sc->d);
	if ((s->flags & SCRIPT_BARE) == 0)
		imap_command(im, "SELECT INBOX");
	imap_send(im, s->command, strlen(s->command));
	if (imap_reply(im) != IMAP_OK && s->finish != NULL)
		imap_command(im, "%s", s->finish);
	imap_close(im);
	atomic_store(&sc->ctl->imapd_s, 0);
}

static void
check(struct scene *sc, const struct script *s, const struct plan *p,
    enum imap_reply reply, const char *what)
{
	struct snap	 now;
	struct imap	*im;
	int		 done, undone;

	im = script_observe(sc, &now);
	done = snap_equal(&now, &p->after);
	undone = reply != IMAP_OK && (s->flags & SCRIPT_SURE) == 0 &&
	    snap_equal(&now, &p->before);
	if ((s->flags & SCRIPT_STEPS) && reply != IMAP_OK && !done) {
		snap_numbers(&p->before, &now, what);
		snap_free(&now);
		imap_close(im);
		again(sc, s);
		im = script_observe(sc, &now);
		done = snap_equal(&now, &p->after);
	}
	if (!done && !undone) {
		snap_print("before", &p->before);
		snap_print("to be", &p->after);
		snap_print("is", &now);
		atf_tc_fail("%s: %s, but neither done nor left undone", what,
		    reply == IMAP_OK ? "OK" : "no answer");
	}
	snap_numbers(&p->before, &now, what);
	script_uids(s, &now, what);
	scene_settle(sc, im, &now, what);
	snap_free(&now);
}

/* One run; 0 if there is no such point. */
static int
fire(struct scene *sc, const struct script *s, const struct plan *p,
    const struct shot *shot)
{
	struct imap	*im;
	enum imap_reply	 reply, bye = IMAP_GONE;
	char		 what[256];
	int		 was = sc->restarts;

	im = script_prepare(sc, s);
	if (s->act != NULL)
		s->act(sc);
	scene_arm(sc, shot->victim == KILL_SESSION ? im->pid : sc->d.indexd,
	    shot->victim == KILL_HELPER, shot->mask, shot->mode, shot->at);
	imap_send(im, s->command, strlen(s->command));
	if ((reply = scene_reply(sc, im)) == IMAP_GONE)
		script_gone(sc, im);
	else
		bye = script_end(sc, im);
	scene_disarm(sc);
	if (atomic_load(&sc->ctl->fired) == 0)
		return (0);
	/* It may have come late. */
	while (shot->victim == KILL_INDEXD && sc->restarts == was)
		if (!scene_revive(sc))
			(void)poll(NULL, 0, 1);
	(void)snprintf(what, sizeof(what), "%s: %s killed %s %s (point %u)",
	    s->name, victims[shot->victim], modes[shot->mode], sc->ctl->what,
	    shot->at);
	if (reply != IMAP_OK && (shot->victim != KILL_SESSION ||
	    reply != IMAP_GONE))
		atf_tc_fail("%s: answered with %d", what, reply);
	if (shot->victim != KILL_SESSION && bye != IMAP_OK)
		atf_tc_fail("%s: the session ended", what);
	check(sc, s, p, reply, what);
	return (1);
}

unsigned int
kill_each(struct scene *sc, const struct script *s, enum kill_victim victim,
    uint32_t first, uint32_t step)
{
	struct plan	 p;
	struct shot	 shot;
	unsigned int	 n = 0;

	script_plan(sc, s, &p);
	shot.victim = victim;
	shot.mask = INJECT_CHANGES;
	shot.mode = INJECT_KILL_BEFORE;
	for (shot.at = first; fire(sc, s, &p, &shot); shot.at += step)
		n++;
	/*
	 * After a call is before the next one, but for what is done without a
	 * call: indexd publishes, after a sync.
	 */
	if (victim != KILL_SESSION)
		shot.mask = INJECT_SYNC;
	shot.mode = INJECT_KILL_AFTER;
	shot.at = first;
	if (victim == KILL_SESSION)
		shot.at = n > 0 ? first + (n - 1) * step : 0;
	for (; shot.at > 0 && fire(sc, s, &p, &shot); shot.at += step)
		n++;
	printf("%-20s %-8s %u points\n", s->name, victims[victim], n);
	fflush(stdout);
	plan_free(&p);
	return (n);
}

static int
fire_start(struct scene *sc, const struct script *s, const struct plan *p,
    uint32_t at)
{
	struct imap	*im;
	char		 what[256];
	int		 started;

	im = script_prepare(sc, s);
	if (s->act != NULL)
		s->act(sc);
	imap_command(im, "%s", s->command);
	(void)daemons_stop(&sc->d, SIGKILL);
	scene_arm(sc, INJECT_NEXT, 0, INJECT_CHANGES, INJECT_KILL_BEFORE, at);
	started = scene_indexd(sc);
	scene_disarm(sc);
	if (started == 0) {
		ATF_REQUIRE_EQ(IMAP_OK, script_end(sc, im));
		return (0);
	}
	(void)snprintf(what, sizeof(what), "%s: indexd killed at its start, "
	    "before %s (point %u)", s->name, sc->ctl->what, at);
	ATF_REQUIRE_EQ(0, scene_indexd(sc));
	ATF_REQUIRE_EQ(IMAP_OK, script_end(sc, im));
	check(sc, s, p, IMAP_OK, what);
	return (1);
}

unsigned int
kill_start(struct scene *sc, const struct script *s)
{
	struct plan	 p;
	unsigned int	 n = 0;

	script_plan(sc, s, &p);
	while (fire_start(sc, s, &p, n + 1))
		n++;
	printf("%-20s start    %u points\n", s->name, n);
	(void)fflush(stdout);
	plan_free(&p);
	return (n);
}
