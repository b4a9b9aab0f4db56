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

#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"

/*
 * Every changing command, with imapd or indexd killed at some moment around
 * it.  What was answered OK is there, wholly; what was not answered is there
 * wholly or not at all; nothing is twice; numbers only rise; and in the end
 * the files say the same as the table.
 */

#define ROUNDS		121
#define MAX_DELAY	4000	/* us from the command to the kill */
#define SETTLE_TRIES	300	/* of 100 ms and more */
#define MAILBOXES	2

static const char *const mailboxes[MAILBOXES] = { "INBOX", "Other" };
static const char *const dirs[MAILBOXES] = { "Maildir", "Maildir/.Other" };

enum op {
	OP_APPEND,
	OP_MULTIAPPEND,
	OP_STORE_ALL,
	OP_STORE_ONE,
	OP_COPY,
	OP_MOVE,
	OP_REPLACE,
	OP_REPLACE_OTHER,
	OP_EXPUNGE,
	OP_CLOSE,
	OP_DELIVERY,
	OPS
};

/* All that a client sees, and as lines to compare without numbers. */
struct state {
	struct imap_mailbox	 box[MAILBOXES];
	char			**line;		/* "mailbox subject flags" */
	size_t			 n;
};

struct run {
	struct daemons	 d;
	struct imap	*im;
	unsigned int	 serial;	/* of subjects */
	unsigned int	 seed;
};

static unsigned int
draw(struct run *r, unsigned int below)
{
	r->seed = r->seed * 1103515245 + 12345;
	return ((r->seed >> 8) % below);
}

static int
compare_lines(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

static void
add_line(struct state *s, const char *mailbox, const char *subject,
    const char *flags)
{
	s->line = reallocarray(s->line, s->n + 1, sizeof(*s->line));
	ATF_REQUIRE(s->line != NULL);
	ATF_REQUIRE(asprintf(&s->line[s->n], "%s %s %s", mailbox, subject,
	    flags) != -1);
	s->n++;
}

static void
sort_lines(struct state *s)
{
	if (s->n > 1)
		qsort(s->line, s->n, sizeof(*s->line), compare_lines);
}

static void
state_read(struct run *r, struct state *s)
{
	struct imap	*im;
	size_t		 i, m;

	memset(s, 0, sizeof(*s));
	im = imap_open(&r->d);
	for (i = 0; i < MAILBOXES; i++) {
		imap_snapshot(im, mailboxes[i], &s->box[i]);
		for (m = 0; m < s->box[i].n; m++)
			add_line(s, mailboxes[i],
			    s->box[i].messages[m].subject,
			    s->box[i].messages[m].flags);
	}
	sort_lines(s);
	imap_close(im);
}

static void
state_free(struct state *s)
{
	size_t	 i;

	for (i = 0; i < MAILBOXES; i++)
		imap_mailbox_free(&s->box[i]);
	for (i = 0; i < s->n; i++)
		free(s->line[i]);
	free(s->line);
}

static int
state_equal(const struct state *a, const struct state *b)
{
	size_t	 i;

	if (a->n != b->n)
		return (0);
	for (i = 0; i < a->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return (0);
	return (1);
}

static void
state_print(const char *what, const struct state *s)
{
	size_t	 i;

	fprintf(stderr, "%s:\n", what);
	for (i = 0; i < s->n; i++)
		fprintf(stderr, "\t%s\n", s->line[i]);
}

/* Numbers rise, and a UID is one message for ever. */
static void
check_numbers(const struct imap_mailbox *a, const struct imap_mailbox *b)
{
	const struct imap_message	*m, *old;
	size_t				 i, j;

	ATF_CHECK_EQ(a->uidvalidity, b->uidvalidity);
	ATF_CHECK(b->uidnext >= a->uidnext);
	ATF_CHECK(b->highestmodseq >= a->highestmodseq);
	for (i = 0; i < b->n; i++) {
		m = &b->messages[i];
		ATF_CHECK(m->uid < b->uidnext);
		ATF_CHECK(m->modseq >= 1 && m->modseq <= b->highestmodseq);
		ATF_CHECK(i == 0 || m->uid > b->messages[i - 1].uid);
		old = NULL;
		for (j = 0; j < a->n; j++)
			if (a->messages[j].uid == m->uid)
				old = &a->messages[j];
		if (old == NULL) {
			ATF_CHECK(m->uid >= a->uidnext);
			ATF_CHECK(m->modseq > a->highestmodseq);
		} else {
			ATF_CHECK_STREQ(old->subject, m->subject);
			if (strcmp(old->flags, m->flags) == 0)
				ATF_CHECK_EQ(old->modseq, m->modseq);
			else
				ATF_CHECK(m->modseq > a->highestmodseq);
		}
	}
}

/* A message is to be no more, and another there. */
static int
replaces(enum op op)
{
	return (op == OP_REPLACE || op == OP_REPLACE_OTHER);
}

/* The flags with \Flagged as well, in order; a static string. */
static const char *
flagged(const char *flags, int deleted)
{
	static char	 buf[128];

	/* \Deleted < \Flagged < \Seen: all that these tests use. */
	(void)snprintf(buf, sizeof(buf), "%s%s%s",
	    deleted || strstr(flags, "\\Deleted") != NULL ? "\\Deleted " : "",
	    "\\Flagged", strstr(flags, "\\Seen") != NULL ? " \\Seen" : "");
	return (buf);
}

static void
append_text(struct run *r, char *buf, size_t size, const char *flags)
{
	char	 text[128];

	(void)snprintf(text, sizeof(text),
	    "Subject: m%u\r\n\r\nMessage.\r\n", r->serial);
	(void)snprintf(buf + strlen(buf), size - strlen(buf),
	    " (%s) {%zu+}\r\n%s", flags, strlen(text), text);
}

static void
deliver(struct run *r)
{
	char	 tmp[64], new[64], text[64];
	int	 fd, len;

	(void)snprintf(tmp, sizeof(tmp), "Maildir/tmp/%u.M%uP1.test",
	    1700000000 + r->serial, r->serial);
	(void)snprintf(new, sizeof(new), "Maildir/new/%u.M%uP1.test",
	    1700000000 + r->serial, r->serial);
	ATF_REQUIRE((fd = open(tmp, O_WRONLY | O_CREAT, 0600)) != -1);
	len = snprintf(text, sizeof(text), "Subject: m%u\n\nMessage.\n",
	    r->serial);
	ATF_REQUIRE_EQ(len, write(fd, text, (size_t)len));
	(void)close(fd);
	ATF_REQUIRE_EQ(0, rename(tmp, new));
}

/*
 * Puts the command together, and what is to be when it was done.  Messages
 * are those of INBOX before; first and last are UIDs of two of them.
 */
static void
plan(struct run *r, enum op op, const struct state *before,
    struct state *after, char *cmd, size_t size)
{
	const struct imap_mailbox	*in = &before->box[0];
	const struct imap_message	*m;
	char				 subject[64];
	size_t				 i, from, count;
	int				 chosen;

	count = op == OP_STORE_ALL ? in->n : op == OP_STORE_ONE ||
	    replaces(op) ? 1 : 2;
	from = count < in->n ? draw(r, (unsigned int)(in->n - count + 1)) : 0;
	memset(after, 0, sizeof(*after));
	for (i = 0; i < before->box[1].n; i++)
		add_line(after, mailboxes[1], before->box[1].messages[i].subject,
		    before->box[1].messages[i].flags);
	for (i = 0; i < in->n; i++) {
		m = &in->messages[i];
		chosen = i >= from && i < from + count;
		if ((op == OP_STORE_ALL || op == OP_STORE_ONE) && chosen)
			add_line(after, mailboxes[0], m->subject,
			    flagged(m->flags, op == OP_STORE_ONE));
		else if (!(((op == OP_MOVE || replaces(op)) && chosen) ||
		    ((op == OP_EXPUNGE || op == OP_CLOSE) &&
		    strstr(m->flags, "\\Deleted") != NULL)))
			add_line(after, mailboxes[0], m->subject, m->flags);
		if ((op == OP_COPY || op == OP_MOVE) && chosen)
			add_line(after, mailboxes[1], m->subject, m->flags);
	}
	cmd[0] = '\0';
	switch (op) {
	case OP_APPEND:
	case OP_MULTIAPPEND:
		(void)strlcpy(cmd, "APPEND INBOX", size);
		for (i = 0; i < (op == OP_APPEND ? 1 : 3); i++) {
			r->serial++;
			append_text(r, cmd, size, "\\Seen");
			(void)snprintf(subject, sizeof(subject), "m%u",
			    r->serial);
			add_line(after, mailboxes[0], subject, "\\Seen");
		}
		break;
	case OP_STORE_ALL:
		(void)strlcpy(cmd, "STORE 1:* +FLAGS (\\Flagged)", size);
		break;
	case OP_STORE_ONE:
		(void)snprintf(cmd, size, "STORE %zu +FLAGS.SILENT "
		    "(\\Flagged \\Deleted)", from + 1);
		break;
	case OP_COPY:
	case OP_MOVE:
		(void)snprintf(cmd, size, "UID %s %u:%u Other",
		    op == OP_COPY ? "COPY" : "MOVE", in->messages[from].uid,
		    in->messages[from + count - 1].uid);
		break;
	case OP_REPLACE:
	case OP_REPLACE_OTHER:
		r->serial++;
		(void)snprintf(cmd, size, "UID REPLACE %u %s",
		    in->messages[from].uid, mailboxes[op == OP_REPLACE_OTHER]);
		append_text(r, cmd, size, "\\Seen");
		(void)snprintf(subject, sizeof(subject), "m%u", r->serial);
		add_line(after, mailboxes[op == OP_REPLACE_OTHER], subject,
		    "\\Seen");
		break;
	case OP_EXPUNGE:
		(void)strlcpy(cmd, "EXPUNGE", size);
		break;
	case OP_CLOSE:
		(void)strlcpy(cmd, "CLOSE", size);
		break;
	case OP_DELIVERY:
		r->serial++;
		deliver(r);
		(void)snprintf(subject, sizeof(subject), "m%u", r->serial);
		add_line(after, mailboxes[0], subject, "");
		(void)strlcpy(cmd, "NOOP", size);
		break;
	case OPS:
		break;
	}
	sort_lines(after);
}

/* At least this many messages, so that every command has some to work on. */
static void
refill(struct run *r, size_t have)
{
	char	 cmd[512];

	for (; have < 6; have++) {
		r->serial++;
		(void)strlcpy(cmd, "APPEND INBOX", sizeof(cmd));
		append_text(r, cmd, sizeof(cmd), "");
		imap_command(r->im, "%s", cmd);
	}
}

static void
pause_us(unsigned int us)
{
	struct timespec	 ts;

	ts.tv_sec = 0;
	ts.tv_nsec = (long)us * 1000;
	(void)nanosleep(&ts, NULL);
}

static void
one_round(struct run *r, enum op op, int victim_indexd)
{
	struct state	 before, planned, after;
	enum imap_reply	 reply;
	char		 cmd[1024];

	r->im = imap_open(&r->d);
	imap_command(r->im, "SELECT INBOX");
	refill(r, imap_exists(r->im));
	state_read(r, &before);
	imap_command(r->im, "NOOP");
	plan(r, op, &before, &planned, cmd, sizeof(cmd));
	imap_send(r->im, cmd, strlen(cmd));
	pause_us(draw(r, MAX_DELAY));
	if (victim_indexd) {
		(void)daemons_stop(&r->d, SIGKILL);
		daemons_indexd(&r->d);
		reply = imap_reply(r->im);
		if (reply != IMAP_OK) {
			fprintf(stderr, "%s\n%.*s\n", cmd,
			    (int)r->im->len, r->im->in);
			atf_tc_fail("no OK after indexd was killed");
		}
		imap_close(r->im);
	} else {
		(void)kill(r->im->pid, SIGKILL);
		reply = imap_reply(r->im);
		ATF_REQUIRE(reply == IMAP_OK || reply == IMAP_GONE);
		imap_reap(r->im);
	}
	state_read(r, &after);
	check_numbers(&before.box[0], &after.box[0]);
	check_numbers(&before.box[1], &after.box[1]);
	/* What was delivered is there, whoever died. */
	if (!state_equal(&after, &planned) && (reply == IMAP_OK ||
	    op == OP_DELIVERY || !state_equal(&after, &before))) {
		state_print("before", &before);
		state_print("after", &after);
		fprintf(stderr, "%s\n", cmd);
		atf_tc_fail("%s, but neither done nor left undone",
		    reply == IMAP_OK ? "OK" : "no answer");
	}
	state_free(&before);
	state_free(&planned);
	state_free(&after);
}

/* How many files are in a directory, and how many of them have the letter F
 * in their names. */
static size_t
count_files(const char *dir, const char *sub, size_t *flagged_files)
{
	struct dirent	*e;
	const char	*info;
	char		 path[128];
	size_t		 n;
	DIR		*d;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, sub);
	ATF_REQUIRE((d = opendir(path)) != NULL);
	n = *flagged_files = 0;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		info = strstr(e->d_name, ":2,");
		if (info != NULL && strchr(info, 'F') != NULL)
			++*flagged_files;
	}
	(void)closedir(d);
	return (n);
}

/* Whether the folder's files say what its table says. */
static int
files_agree(const char *dir, const struct imap_mailbox *mb)
{
	size_t	 flagged_files, flagged_messages, i;

	flagged_messages = 0;
	for (i = 0; i < mb->n; i++)
		if (strstr(mb->messages[i].flags, "\\Flagged") != NULL)
			flagged_messages++;
	return (count_files(dir, "new", &flagged_files) == 0 &&
	    count_files(dir, "cur", &flagged_files) == mb->n &&
	    flagged_files == flagged_messages);
}

/*
 * Sessions that are left in peace bring the folders up to date.  The names
 * that a killed one had in flight are given up after ten seconds.
 */
static void
settle(struct run *r)
{
	struct state	 s;
	size_t		 i;
	int		 agree, tries;

	for (tries = 0; tries < SETTLE_TRIES; tries++) {
		r->im = imap_open(&r->d);
		for (i = 0; i < MAILBOXES; i++)
			imap_command(r->im, "SELECT %s", mailboxes[i]);
		imap_close(r->im);
		state_read(r, &s);
		for (i = 0, agree = 1; i < MAILBOXES; i++)
			agree &= files_agree(dirs[i], &s.box[i]);
		state_free(&s);
		if (agree)
			return;
		(void)poll(NULL, 0, 100);
	}
	atf_tc_fail("the files do not agree with the table");
}

static void
rounds(const atf_tc_t *tc, int victim_indexd)
{
	struct run	 r;
	size_t		 i;

	memset(&r, 0, sizeof(r));
	r.seed = victim_indexd ? 1 : 2;
	daemons_init(&r.d, tc, "");
	daemons_indexd(&r.d);
	r.im = imap_open(&r.d);
	imap_command(r.im, "CREATE Other");
	imap_close(r.im);
	for (i = 0; i < ROUNDS; i++)
		one_round(&r, (enum op)(i % OPS), victim_indexd);

	settle(&r);
	ATF_CHECK_EQ(0, daemons_stop(&r.d, SIGTERM));
	daemons_end(&r.d);
}

/* What LIST tells, as one string of names, each with a blank before it. */
static void
list_names(struct imap *im, char *names, size_t size)
{
	const char	*p;
	size_t		 len;

	imap_command(im, "LIST \"\" *");
	names[0] = '\0';
	for (p = im->in; (p = strstr(p, "\".\" ")) != NULL; p += len) {
		p += 3;
		len = strcspn(p, "\r");
		if (strlen(names) + len + 1 > size)
			atf_tc_fail("too many names");
		(void)strncat(names, p, len);
	}
}

/* Sends a command, kills the session, and returns the names there are then. */
static void
interrupt(struct run *r, const char *cmd, char *names, size_t size)
{
	r->im = imap_open(&r->d);
	imap_send(r->im, cmd, strlen(cmd));
	pause_us(draw(r, MAX_DELAY / 2));
	(void)kill(r->im->pid, SIGKILL);
	(void)imap_reply(r->im);
	imap_reap(r->im);
	r->im = imap_open(&r->d);
	list_names(r->im, names, size);
}

/*
 * RENAME and DELETE of a mailbox that has one below it: whatever was done,
 * repeating the command finishes it, and nothing is left behind.
 */
static void
rename_and_delete(struct run *r)
{
	struct imap_mailbox	 mb;
	char			 names[512];

	r->im = imap_open(&r->d);
	imap_command(r->im, "CREATE a");
	imap_command(r->im, "CREATE a.b");
	imap_command(r->im, "APPEND a {13+}\r\nSubject: s\r\n\r\n");
	imap_close(r->im);
	interrupt(r, "RENAME a c", names, sizeof(names));
	if (strstr(names, " a") != NULL)
		imap_command(r->im, "RENAME a c");
	list_names(r->im, names, sizeof(names));
	ATF_CHECK_STREQ(" INBOX c c.b", names);
	imap_snapshot(r->im, "c", &mb);
	ATF_CHECK_EQ(1, mb.n);
	imap_mailbox_free(&mb);
	imap_close(r->im);
	interrupt(r, "DELETE c", names, sizeof(names));
	/* c is a mailbox still, or the level above one. */
	ATF_CHECK_STREQ(" INBOX c c.b", names);
	imap_send(r->im, "DELETE c", 8);
	(void)imap_reply(r->im);
	imap_command(r->im, "DELETE c.b");
	list_names(r->im, names, sizeof(names));
	ATF_CHECK_STREQ(" INBOX", names);
	imap_close(r->im);
}

ATF_TC(kill_folders);
ATF_TC_HEAD(kill_folders, tc)
{
	atf_tc_set_md_var(tc, "descr", "the session is killed in RENAME and "
	    "DELETE: repeated, they finish");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(kill_folders, tc)
{
	struct dirent	*e;
	struct run	 r;
	DIR		*d;
	int		 i;

	memset(&r, 0, sizeof(r));
	r.seed = 3;
	daemons_init(&r.d, tc, "");
	daemons_indexd(&r.d);
	for (i = 0; i < 30; i++)
		rename_and_delete(&r);
	ATF_REQUIRE((d = opendir("Maildir")) != NULL);
	while ((e = readdir(d)) != NULL)
		ATF_CHECK_MSG(strncmp(e->d_name, "highwater-deleted", 17) != 0,
		    "%s is left", e->d_name);
	(void)closedir(d);
	ATF_CHECK_EQ(0, daemons_stop(&r.d, SIGTERM));
	daemons_end(&r.d);
}

ATF_TC(kill_indexd);
ATF_TC_HEAD(kill_indexd, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd is killed around each changing "
	    "command: the client gets its OK, once");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(kill_indexd, tc)
{
	rounds(tc, 1);
}

ATF_TC(kill_imapd);
ATF_TC_HEAD(kill_imapd, tc)
{
	atf_tc_set_md_var(tc, "descr", "the session is killed around each "
	    "changing command: it is done wholly or not at all");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(kill_imapd, tc)
{
	rounds(tc, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kill_folders);
	ATF_TP_ADD_TC(tp, kill_indexd);
	ATF_TP_ADD_TC(tp, kill_imapd);
	return (atf_no_error());
}
