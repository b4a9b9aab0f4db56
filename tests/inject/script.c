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

#include <sys/socket.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/inject/script.h"

#define MSG(c)	"{20+}\r\nSubject: " c "\r\n\r\nText\r\n"
#define LIST_UIDVALIDITY 4000000000U
#define QUIET	3	/* ms without a point: nothing more comes */
#define RESTLESS 2000	/* ms, at least: it never ends */

static void	deliver(const struct scene *);
static void	deliver_two(const struct scene *);
static void	finish(struct scene *);
static void	list_folder(const struct scene *);
static void	list_more(const struct scene *);
static void	rename_file(const struct scene *);

const struct script scripts[] = {
	{ "store", 0, { NULL }, NULL, "STORE 1:* +FLAGS (\\Answered)",
	    NULL },
	{ "store one, silent", SCRIPT_ALIKE, { NULL }, NULL,
	    "UID STORE 2 (UNCHANGEDSINCE 1000) +FLAGS.SILENT (\\Draft)", NULL },
	{ "store, less", SCRIPT_ALIKE, { NULL }, NULL,
	    "STORE 1:* -FLAGS (\\Deleted \\Seen)", NULL },
	{ "store, exactly", SCRIPT_ALIKE, { NULL }, NULL,
	    "STORE 2:4 FLAGS (\\Flagged)", NULL },
	{ "store a keyword", 0, { NULL }, NULL, "STORE 1:2 +FLAGS (fresh)",
	    NULL },
	{ "fetch", SCRIPT_ALIKE, { NULL }, NULL, "FETCH 1:* BODY[TEXT]", NULL },
	{ "expunge", 0, { NULL }, NULL, "EXPUNGE", NULL },
	{ "uid expunge", SCRIPT_ALIKE, { NULL }, NULL, "UID EXPUNGE 1:*",
	    NULL },
	{ "close", SCRIPT_ALIKE, { NULL }, NULL, "CLOSE", NULL },
	{ "append", 0, { NULL }, NULL, "APPEND INBOX (\\Seen) " MSG("e"),
	    NULL },
	{ "append elsewhere", SCRIPT_ALIKE, { NULL }, NULL,
	    "APPEND Other (kw) \"01-Feb-2020 03:04:05 +0000\" " MSG("e"), NULL },
	{ "multiappend", 0, { NULL }, NULL, "APPEND INBOX (\\Seen) " MSG("e")
	    " " MSG("f") " (\\Deleted) " MSG("g"),
	    NULL },
	{ "copy", 0, { NULL }, NULL, "UID COPY 1:2 Other", NULL },
	{ "copy to itself", SCRIPT_ALIKE, { NULL }, NULL, "COPY 4 INBOX",
	    NULL },
	{ "move", 0, { NULL }, NULL, "UID MOVE 2:4 Other", NULL },
	{ "replace", 0, { NULL }, NULL, "UID REPLACE 2 INBOX (\\Seen) "
	    MSG("e"), NULL },
	{ "replace elsewhere", 0, { NULL }, NULL, "UID REPLACE 2 Other "
	    MSG("e"), NULL },
	{ "create", SCRIPT_STEPS, { NULL }, NULL, "CREATE New", NULL },
	{ "delete", SCRIPT_STEPS, { "CREATE Gone", "APPEND Gone " MSG("e"),
	    "SELECT Gone", "SELECT INBOX", NULL }, NULL, "DELETE Gone", NULL },
	{ "rename", SCRIPT_STEPS, { "CREATE A", "CREATE A.B",
	    "APPEND A " MSG("e"), "APPEND A.B " MSG("f"), NULL }, NULL,
	    "RENAME A C", NULL },
	{ "rename inbox", SCRIPT_STEPS, { NULL }, NULL, "RENAME INBOX Old",
	    "UID MOVE 1:* Old" },
	{ "subscribe", SCRIPT_STEPS, { NULL }, NULL, "SUBSCRIBE Other", NULL },
	{ "unsubscribe", SCRIPT_STEPS | SCRIPT_ALIKE,
	    { "SUBSCRIBE Other", "SUBSCRIBE INBOX", NULL }, NULL,
	    "UNSUBSCRIBE Other", NULL },
	{ "delivery", SCRIPT_SURE, { NULL }, deliver, "NOOP", NULL },
	{ "deliveries, select", SCRIPT_SURE, { "UNSELECT", NULL }, deliver_two,
	    "SELECT INBOX", NULL },
	{ "others' flags", SCRIPT_SURE, { "UNSELECT", "SELECT INBOX" },
	    rename_file, "NOOP", NULL },
	{ "first select", SCRIPT_BARE | SCRIPT_SURE, { NULL }, NULL,
	    "SELECT INBOX", NULL },
	{ "taking over", SCRIPT_BARE | SCRIPT_SURE, { NULL }, list_folder,
	    "SELECT INBOX", NULL },
	{ "another server's week", SCRIPT_SURE,
	    { "SELECT Other", "UNSELECT", NULL }, list_more, "SELECT INBOX", NULL },
	{ "first append", SCRIPT_BARE, { NULL }, NULL,
	    "APPEND INBOX " MSG("e"), NULL },
	{ NULL, 0, { NULL }, NULL, NULL, NULL }
};

static void
deliver(const struct scene *sc)
{
	scene_deliver(sc, "new", "x");
}

static void
deliver_two(const struct scene *sc)
{
	scene_deliver(sc, "new", "x");
	scene_deliver(sc, "cur", "y");
}

/* Another program marks message d, whose file has its letters by now. */
static void
rename_file(const struct scene *sc)
{
	char	 cmd[256];

	(void)snprintf(cmd, sizeof(cmd), "cd r%u/Maildir/cur && "
	    "f=$(ls | grep ':2,Fa$') && mv \"$f\" \"${f%%Fa}FRa\"", sc->root);
	ATF_REQUIRE_EQ(0, system(cmd));
}

/* The folder has been Dovecot's. */
static void
list_folder(const struct scene *sc)
{
	char	 path[128];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "r%u/Maildir/dovecot-uidlist",
	    sc->root);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	(void)fprintf(f, "3 V%u N20 G00\n7 :1700000000.y.x\n"
	    "9 :1700000000.x.x\n", LIST_UIDVALIDITY);
	ATF_REQUIRE_EQ(0, fclose(f));
}

/* And while it was ours, once. */
static void
list_more(const struct scene *sc)
{
	char	 path[128];
	FILE	*f;

	scene_deliver(sc, "cur", "x");
	scene_deliver(sc, "cur", "y");
	(void)snprintf(path, sizeof(path), "r%u/Maildir/dovecot-uidlist",
	    sc->root);
	ATF_REQUIRE((f = fopen(path, "a")) != NULL);
	(void)fprintf(f, "7 :1700000000.y.x\n9 :1700000000.x.x\n");
	ATF_REQUIRE_EQ(0, fclose(f));
}

void
script_uids(const struct script *s, const struct snap *snap, const char *what)
{
	const struct imap_mailbox *mb = NULL;
	const struct imap_message *m;
	size_t	 i;

	if (s->act != list_folder && s->act != list_more)
		return;
	for (i = 0; i < snap->nboxes; i++)
		if (strcmp(snap->name[i], "INBOX") == 0)
			mb = &snap->box[i];
	ATF_REQUIRE(mb != NULL);
	if (s->act == list_folder && mb->uidvalidity != LIST_UIDVALIDITY)
		atf_tc_fail("%s: UIDVALIDITY %u", what, mb->uidvalidity);
	for (i = 0; i < mb->n; i++) {
		m = &mb->messages[i];
		if ((strcmp(m->subject, "x") == 0 && m->uid != 9) ||
		    (strcmp(m->subject, "y") == 0 && m->uid != 7))
			atf_tc_fail("%s: %s has the UID %u", what, m->subject,
			    m->uid);
	}
}

const struct script *
script_find(const char *name)
{
	const struct script	*s;

	for (s = scripts; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return (s);
	atf_tc_fail("no script %s", name);
}

struct imap *
script_prepare(struct scene *sc, const struct script *s)
{
	struct imap	*im;
	size_t		 i;

	scene_root(sc);
	if (s->flags & SCRIPT_BARE) {
		scene_deliver(sc, "cur", "x");
		scene_deliver(sc, "new", "y");
	}
	im = imap_open(&sc->d);
	if ((s->flags & SCRIPT_BARE) == 0) {
		imap_command(im, "CREATE Other");
		imap_command(im, "APPEND INBOX (\\Seen) " MSG("a") " "
		    MSG("b") " (\\Deleted) " MSG("c") " (\\Flagged kw) "
		    MSG("d"));
		imap_command(im, "SELECT INBOX");
	}
	for (i = 0; i < SCRIPT_SETUP && s->setup[i] != NULL; i++)
		imap_command(im, "%s", s->setup[i]);
	return (im);
}

struct imap *
script_observe(struct scene *sc, struct snap *snap)
{
	struct imap	*im;

	im = imap_open(&sc->d);
	snap_read(im, snap);
	return (im);
}

/* Until nothing that counts happens any more. */
static void
finish(struct scene *sc)
{
	uint32_t	 was;
	int		 quiet, tries = 0;

	was = atomic_load(&sc->ctl->count);
	for (quiet = 0; quiet < QUIET; quiet++) {
		(void)scene_revive(sc);
		(void)poll(NULL, 0, 1);
		if (tries++ == RESTLESS)
			atf_tc_fail("%s: it is tried again and again",
			    sc->ctl->what);
		if (atomic_load(&sc->ctl->count) != was) {
			was = atomic_load(&sc->ctl->count);
			quiet = 0;
		}
	}
}

void
script_gone(struct scene *sc, struct imap *im)
{
	siginfo_t	 si;

	(void)shutdown(im->fd, SHUT_RDWR);
	for (;;) {
		memset(&si, 0, sizeof(si));
		ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)im->pid, &si,
		    WEXITED | WNOHANG | WNOWAIT));
		if (si.si_pid == im->pid)
			break;
		(void)scene_revive(sc);
		(void)poll(NULL, 0, 1);
	}
	/* si_status is the signal. */
	if (si.si_code != CLD_EXITED && si.si_status != SIGKILL) {
		atf_utils_cat_file("imapd.log", "imapd.log: ");
		atf_tc_fail("%s: the session crashed with signal %d",
		    sc->ctl->what, si.si_status);
	}
	imap_reap(im);
	finish(sc);
}

enum imap_reply
script_end(struct scene *sc, struct imap *im)
{
	enum imap_reply	 reply;

	imap_send(im, "LOGOUT", 6);
	reply = scene_reply(sc, im);
	script_gone(sc, im);
	return (reply);
}

void
script_plan(struct scene *sc, const struct script *s, struct plan *p)
{
	struct imap	*im;

	memset(p, 0, sizeof(*p));
	im = script_prepare(sc, s);
	imap_close(script_observe(sc, &p->before));
	if (s->flags & SCRIPT_BARE) {
		imap_close(im);
		im = script_prepare(sc, s);
	}
	if (s->act != NULL)
		s->act(sc);
	imap_command(im, "%s", s->command);
	ATF_REQUIRE_EQ(IMAP_OK, script_end(sc, im));
	im = script_observe(sc, &p->after);
	ATF_CHECK_MSG((s->flags & SCRIPT_SURE) ||
	    !snap_equal(&p->before, &p->after),
	    "%s changes nothing", s->name);
	snap_numbers(&p->before, &p->after, s->name);
	script_uids(s, &p->after, s->name);
	scene_settle(sc, im, &p->after, s->name);
}

void
plan_free(struct plan *p)
{
	snap_free(&p->before);
	snap_free(&p->after);
}
