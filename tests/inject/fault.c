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
#include <time.h>

#include "tests/inject/fault.h"

#define NAMES	(INJECT_CREATE | INJECT_RENAME | INJECT_LINK | INJECT_MKDIR)
#define SPACE	(NAMES | INJECT_WRITE | INJECT_RESERVE | INJECT_SYNC)
#define ATTRS	(INJECT_TIMES | INJECT_MODE)
#define FILES	(INJECT_OPEN | INJECT_MODIFY | INJECT_CREATE)

/* What is said of indexd's disk and memory. */
#define FULL	"The disk of the index is full"
#define BROKEN	"The disk of the index reports an error"
#define MEMORY	"The index is out of memory"

#define GUESS	8	/* points that there may be */

struct trial {
	const struct script	*script;
	const struct plan	*plan;
	const struct fault	*fault;
	int			 indexd;
	int			 lasting;
	uint32_t		 at;
	int			 ended;		/* the session, with a BYE */
	off_t			 imapd_log;
	off_t			 indexd_log;
	char			 what[320];
};

static void	ask(struct scene *, struct trial *, struct imap *);
static void	logged(const struct trial *, int);
static unsigned int one(struct scene *, struct trial *);
static void	refused(const struct trial *, const struct imap *);
static void	verify(struct scene *, const struct trial *);
static int	run(struct scene *, struct trial *);

const struct fault faults[] = {
	{ "full", ENOSPC, SPACE, INJECT_FAIL, "The disk is full", FULL },
	{ "short", ENOSPC, INJECT_WRITE, INJECT_SHORT, "The disk is full",
	    FULL },
	{ "quota", EDQUOT, SPACE, INJECT_FAIL, "The disk quota is used up",
	    FULL },
	{ "broken", EIO, SPACE | FILES | ATTRS | INJECT_UNLINK | INJECT_CUT |
	    INJECT_MAP, INJECT_FAIL, "The disk reports an error", BROKEN },
	{ "files", EMFILE, FILES | INJECT_FD | INJECT_TAKE, INJECT_FAIL,
	    "Too many open files", "Too many open files" },
	{ "kernel", ENOMEM, FILES | NAMES | INJECT_UNLINK | INJECT_MAP |
	    INJECT_FD | INJECT_FORK, INJECT_FAIL, "Out of memory", MEMORY },
	{ "memory", ENOMEM, INJECT_MEMORY, INJECT_FAIL, "Out of memory",
	    MEMORY },
	{ "forbidden", EACCES, NAMES | FILES | INJECT_UNLINK, INJECT_FAIL,
	    "No permission", BROKEN },
	{ "read-only", EROFS, SPACE | ATTRS | INJECT_MODIFY | INJECT_UNLINK |
	    INJECT_CUT, INJECT_FAIL, "The file system is read-only", BROKEN },
	{ NULL, 0, 0, INJECT_FAIL, NULL, NULL }
};

const struct fault *
fault_find(const char *name)
{
	const struct fault	*f;

	for (f = faults; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return (f);
	atf_tc_fail("no fault %s", name);
}

/* The administrator finds the reason in one of the logs. */
static void
logged(const struct trial *t, int refusal)
{
	const char	*text = strerror(t->fault->error);

	if (log_has("imapd.log", t->imapd_log, text) ||
	    log_has("indexd.log", t->indexd_log, text) ||
	    log_has("imapd.log", t->imapd_log, t->fault->said))
		return;
	if (refusal)
		atf_tc_fail_nonfatal("%s: no log line says why", t->what);
	else
		printf("unlogged: %s\n", t->what);
}

/* The client is told the reason. */
static void
refused(const struct trial *t, const struct imap *im)
{
	if (strstr(im->in, t->fault->said) == NULL &&
	    strstr(im->in, t->fault->index) == NULL &&
	    strstr(im->in, strerror(t->fault->error)) == NULL)
		atf_tc_fail_nonfatal("%s: unclear answer: %s", t->what,
		    im->in);
}

/*
 * The command; what is left to do behind it meets the fault too.  After a
 * refusal it is asked again, when the fault is over.
 */
static void
ask(struct scene *sc, struct trial *t, struct imap *im)
{
	const struct script	*s = t->script;
	enum imap_reply		 reply;
	int			 memory = (t->fault->mask & INJECT_MEMORY) != 0;

	scene_arm(sc, t->indexd ? sc->d.indexd : im->pid, 0, t->fault->mask,
	    t->fault->mode, t->at);
	sc->ctl->error = t->fault->error;
	sc->ctl->lasting = (uint32_t)t->lasting;
	imap_send(im, s->command, strlen(s->command));
	reply = scene_reply(sc, im);
	if (reply == IMAP_OK) {
		imap_send(im, "NOOP", 4);
		if ((reply = scene_reply(sc, im)) == IMAP_NO)
			reply = IMAP_OK;
	} else
		scene_disarm(sc);
	(void)snprintf(t->what, sizeof(t->what), "%s: %s: %s, %s: %s (point "
	    "%u)", s->name, t->indexd ? "indexd" : "session", t->fault->name,
	    t->lasting ? "from here on" : "once", sc->ctl->what, t->at);
	if (reply == IMAP_BAD && memory)
		reply = IMAP_NO;	/* what could not be read */
	if (reply == IMAP_BAD || reply == IMAP_GONE) {
		/* A session without memory may end. */
		t->ended = reply == IMAP_GONE && !t->indexd && memory;
		if (!t->ended)
			atf_tc_fail_nonfatal("%s: no answer, or a bad one: %s",
			    t->what, im->in);
		scene_disarm(sc);
		script_gone(sc, im);
		return;
	}
	if (reply == IMAP_NO) {
		/* Without memory there may be none for the reason. */
		if (!memory) {
			refused(t, im);
			logged(t, 1);
		}
		/* Old enough for a lock file that could not be removed. */
		atomic_store(&sc->ctl->imapd_s, SCENE_OLD);
		imap_send(im, s->command, strlen(s->command));
		if ((reply = scene_reply(sc, im)) != IMAP_OK &&
		    s->finish != NULL) {
			imap_send(im, s->finish, strlen(s->finish));
			reply = scene_reply(sc, im);
		}
		if (reply != IMAP_OK && (s->flags & SCRIPT_STEPS) == 0)
			atf_tc_fail_nonfatal("%s: still refused: %s", t->what,
			    im->in);
		atomic_store(&sc->ctl->imapd_s, 0);
	} else if (atomic_load(&sc->ctl->fired) > 0)
		logged(t, 0);
	if (reply == IMAP_GONE)
		script_gone(sc, im);
	else if (script_end(sc, im) != IMAP_OK)
		atf_tc_fail_nonfatal("%s: no LOGOUT", t->what);
}

static void
verify(struct scene *sc, const struct trial *t)
{
	struct snap	 now;
	struct imap	*im;

	im = script_observe(sc, &now);
	if (!snap_equal(&now, &t->plan->after) &&
	    !(t->ended && snap_equal(&now, &t->plan->before))) {
		snap_print("to be", &t->plan->after);
		snap_print("is", &now);
		atf_tc_fail("%s: not done", t->what);
	}
	snap_numbers(&t->plan->before, &now, t->what);
	scene_settle(sc, im, &now, t->what);
	snap_free(&now);
}

static int
run(struct scene *sc, struct trial *t)
{
	struct imap	*im;
	pid_t		 indexd = sc->d.indexd;

	im = script_prepare(sc, t->script);
	if (t->script->act != NULL)
		t->script->act(sc);
	t->imapd_log = log_size("imapd.log");
	t->indexd_log = log_size("indexd.log");
	t->ended = 0;
	ask(sc, t, im);
	scene_disarm(sc);
	if (atomic_load(&sc->ctl->fired) == 0)
		return (0);
	verify(sc, t);
	ATF_CHECK_EQ(indexd, sc->d.indexd);
	return (1);
}

/* A point at random, if there is any. */
static unsigned int
one(struct scene *sc, struct trial *t)
{
	uint32_t	 n;

	t->at = 1 + (uint32_t)random() % GUESS;
	if (run(sc, t))
		return (1);
	if ((n = atomic_load(&sc->ctl->count)) == 0)
		return (0);
	t->at = 1 + (uint32_t)random() % n;
	return (run(sc, t) != 0);
}

unsigned int
fault_each(struct scene *sc, const struct script *s, const struct fault *f,
    int indexd, time_t end)
{
	struct trial	 t;
	struct plan	 p;
	unsigned int	 n = 0;

	memset(&t, 0, sizeof(t));
	script_plan(sc, s, &p);
	t.script = s;
	t.plan = &p;
	t.fault = f;
	t.indexd = indexd;
	for (; t.lasting < 2; t.lasting++) {
		/* Who never has memory has no answers either. */
		if (t.lasting && (f->mask & INJECT_MEMORY))
			break;
		if (end == 0)
			n += one(sc, &t);
		for (t.at = 1; time(NULL) < end && run(sc, &t); t.at++)
			n++;
	}
	printf("%-20s %-8s %-10s %u points\n", s->name,
	    indexd ? "indexd" : "session", f->name, n);
	(void)fflush(stdout);
	plan_free(&p);
	return (n);
}
