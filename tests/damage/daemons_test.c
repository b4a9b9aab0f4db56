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
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/table.h"
#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"

/*
 * Files of both daemons damaged while they are stopped: afterwards a client
 * finds all messages once, with the flags it had stored, under UIDs and
 * mod-sequences that nothing else ever had.
 */

#define MESSAGES	12
#define TRIES		6	/* sessions until the mailbox is sound */
#define TRIALS		6	/* octets of each kind of file */

enum how { FLIP, INVERT, ZERO, CUT, HOWS };

struct trial {
	struct daemons	 d;
	struct imap_mailbox was;
	unsigned int	 seed;
};

static unsigned int draw(struct trial *, unsigned int);
static void	shell(const char *);
static void	build(struct trial *, const atf_tc_t *, int);
static size_t	harm(struct trial *, const char *, enum how, size_t, size_t);
static int	readable(struct trial *);
static void	restore(struct trial *);
static void	judge(struct trial *, const char *, int);
static void	run(struct trial *, const char *, size_t, size_t, int);
static int	ctl(struct trial *, const char *, char *, size_t);
static void	has(const char *, const char *);
static off_t	place(enum table_kind);

static unsigned int
draw(struct trial *t, unsigned int below)
{
	t->seed = t->seed * 1103515245 + 12345;
	return ((t->seed >> 8) % below);
}

static void
shell(const char *command)
{
	ATF_REQUIRE_EQ_MSG(0, system(command), "%s", command);
}

/* A mailbox with a history; the daemons end with that signal. */
static void
build(struct trial *t, const atf_tc_t *tc, int sig)
{
	char text[256];
	struct imap *im;
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->seed = 42;
	daemons_init(&t->d, tc, "");
	shell("mkdir -p Maildir/cur Maildir/new Maildir/tmp");
	daemons_indexd(&t->d);
	im = imap_open(&t->d);
	for (i = 0; i < MESSAGES; i++) {
		(void)snprintf(text, sizeof(text), "Subject: m%u\r\n\r\nx\r\n",
		    i);
		imap_command(im, "APPEND INBOX (%s) {%zu+}\r\n%s",
		    i % 3 == 0 ? "\\Seen" : i % 3 == 1 ? "$Forwarded" : "",
		    strlen(text), text);
	}
	imap_command(im, "SELECT INBOX");
	imap_command(im, "STORE 2:4 +FLAGS (\\Flagged Work)");
	imap_command(im, "STORE 5,7 +FLAGS.SILENT (\\Deleted)");
	imap_command(im, "EXPUNGE");
	imap_command(im, "STORE 6 +FLAGS (\\Answered)");
	imap_command(im, "UNSELECT");
	imap_close(im);
	im = imap_open(&t->d);
	imap_snapshot(im, "INBOX", &t->was);
	imap_close(im);
	(void)daemons_stop(&t->d, sig);
	shell("cp -a db db.pristine && cp -a Maildir Maildir.pristine");
}

static void
restore(struct trial *t)
{
	if (t->d.indexd != 0)
		(void)daemons_stop(&t->d, SIGTERM);
	shell("rm -rf db Maildir && cp -a db.pristine db && "
	    "cp -a Maildir.pristine Maildir");
}

/* Damages one octet of the only file of that pattern, from first on and below
 * end (0: of the file); returns where. */
static size_t
harm(struct trial *t, const char *pattern, enum how how, size_t first,
    size_t end)
{
	struct stat st;
	unsigned char c, was;
	size_t off;
	glob_t g;
	int fd;

	ATF_REQUIRE_EQ(0, glob(pattern, 0, NULL, &g));
	ATF_REQUIRE_EQ_MSG(1, g.gl_pathc, "%s", pattern);
	ATF_REQUIRE((fd = open(g.gl_pathv[0], O_RDWR)) != -1);
	globfree(&g);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	if (end == 0 || end > (size_t)st.st_size)
		end = (size_t)st.st_size;
	do {
		off = first + draw(t, (unsigned int)(end - first));
		ATF_REQUIRE_EQ(1, pread(fd, &was, 1, (off_t)off));
		c = was;
		if (how == FLIP)
			c ^= (unsigned char)(1U << draw(t, 8));
		else if (how == INVERT)
			c ^= 0xff;
		else if (how == ZERO)
			c = 0;
	} while (how == ZERO && was == 0);
	if (how == CUT)
		ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)off));
	else
		ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, (off_t)off));
	close(fd);
	return (off);
}

/* Whether a session can read it all now. */
static int
readable(struct trial *t)
{
	static const char *const commands[] = { "SELECT INBOX",
	    "FETCH 1:* (UID FLAGS MODSEQ RFC822.SIZE)", "NOOP",
	    "SEARCH UNSEEN", "UID SEARCH DELETED", "STATUS INBOX (MESSAGES "
	    "UNSEEN UIDNEXT HIGHESTMODSEQ)", "FETCH 1:* (FLAGS) "
	    "(CHANGEDSINCE 1)" };
	enum imap_reply r = IMAP_OK;
	struct imap *im;
	size_t i;

	im = imap_open(&t->d);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		imap_send(im, commands[i], strlen(commands[i]));
		if ((r = imap_reply(im)) != IMAP_OK)
			break;
	}
	if (r == IMAP_GONE)
		imap_reap(im);
	else
		imap_close(im);
	return (r == IMAP_OK);
}

/* Compares with what there was; same: no UID may be another. */
static void
judge(struct trial *t, const char *what, int same)
{
	const struct imap_message *m, *old;
	struct imap_mailbox now;
	struct imap *im;
	size_t i, j, found, moved = 0;

	for (i = 0; i < TRIES && !readable(t); i++)
		;
	ATF_REQUIRE_MSG(i < TRIES, "%s: never readable", what);
	im = imap_open(&t->d);
	imap_snapshot(im, "INBOX", &now);
	imap_close(im);
	ATF_CHECK_MSG(now.uidvalidity == t->was.uidvalidity, "%s: UIDVALIDITY",
	    what);
	ATF_CHECK_MSG(now.uidnext >= t->was.uidnext, "%s: UIDNEXT", what);
	ATF_CHECK_MSG(now.highestmodseq >= t->was.highestmodseq,
	    "%s: HIGHESTMODSEQ", what);
	ATF_CHECK_MSG(now.n == t->was.n, "%s: %zu messages of %zu", what,
	    now.n, t->was.n);
	for (i = 0; i < t->was.n; i++) {
		old = &t->was.messages[i];
		for (j = 0, found = 0; j < now.n; j++) {
			m = &now.messages[j];
			if (m->uid == old->uid)
				ATF_CHECK_MSG(strcmp(m->subject,
				    old->subject) == 0, "%s: uid %u is "
				    "another message", what, m->uid);
			if (strcmp(m->subject, old->subject) != 0)
				continue;
			found++;
			ATF_CHECK_MSG(strcmp(m->flags, old->flags) == 0,
			    "%s: %s has (%s) not (%s)", what, m->subject,
			    m->flags, old->flags);
			ATF_CHECK_MSG(m->modseq == old->modseq ||
			    m->modseq > t->was.highestmodseq, "%s: modseq",
			    what);
			if (m->uid == old->uid)
				continue;
			moved++;
			ATF_CHECK_MSG(m->uid >= t->was.uidnext,
			    "%s: a UID twice", what);
		}
		ATF_CHECK_MSG(found == 1, "%s: %s is there %zu times", what,
		    old->subject, found);
	}
	ATF_CHECK_MSG(!same || moved == 0, "%s: %zu UIDs are others", what,
	    moved);
	imap_mailbox_free(&now);
}

/* Some octets of a file, one after the other. */
static void
run(struct trial *t, const char *pattern, size_t first, size_t end, int same)
{
	char what[256];
	unsigned int i, n = TRIALS;
	size_t off;

	if (getenv("HIGHWATER_SECONDS") != NULL)
		n *= 40;
	for (i = 0; i < n; i++) {
		restore(t);
		off = harm(t, pattern, (enum how)(i % HOWS), first, end);
		(void)snprintf(what, sizeof(what), "%s how=%u at %zu",
		    pattern, i % HOWS, off);
		daemons_indexd(&t->d);
		judge(t, what, same);
	}
}

#define CASE(name, text, sig, pattern, first, end, same)		\
ATF_TC(name);								\
ATF_TC_HEAD(name, tc)							\
{									\
	atf_tc_set_md_var(tc, "descr", text);				\
	atf_tc_set_md_var(tc, "timeout", "3600");			\
}									\
ATF_TC_BODY(name, tc)							\
{									\
	struct trial t;							\
									\
	build(&t, tc, sig);						\
	run(&t, pattern, first, end, same);				\
	daemons_end(&t.d);						\
	imap_mailbox_free(&t.was);					\
}

CASE(table_header, "the header of a table", SIGTERM, "db/roots/*/*.1", 0,
    4096, 0)
CASE(table_rows, "rows of a table", SIGTERM, "db/roots/*/*.1", 4096,
    4096 + MESSAGES * 72, 0)
CASE(table_rest, "a table, after a kill", SIGKILL, "db/roots/*/*.1", 0, 0, 0)
CASE(identity, "a folder's identity file", SIGTERM,
    "Maildir/highwater-identity", 0, 0, 1)

CASE(uidlist, "a folder's UID list", SIGTERM, "Maildir/dovecot-uidlist", 0, 0,
    1)

/* What indexctl says; returns its exit status. */
static int
ctl(struct trial *t, const char *args, char *out, size_t size)
{
	char command[4096];
	size_t n;
	FILE *f;

	(void)snprintf(command, sizeof(command), "%s/indexd/indexctl -s "
	    "%s/indexd.sock %s 2>&1", t->d.top, t->d.sockdir, args);
	ATF_REQUIRE((f = popen(command, "r")) != NULL);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	return (WEXITSTATUS(pclose(f)));
}

static void
has(const char *text, const char *what)
{
	ATF_CHECK_MSG(strstr(text, what) != NULL, "no \"%s\" in %s", what,
	    text);
}

/* Where a kind of unit begins, in every small table. */
static off_t
place(enum table_kind kind)
{
	off_t off = sizeof(struct table_header);
	enum table_kind k;

	for (k = 0;; k++) {
		off = (off + 63) & ~(off_t)63;
		if (k == kind)
			return (off);
		off += (off_t)table_kinds[k].base * table_kinds[k].unit;
	}
}

ATF_TC(check);
ATF_TC_HEAD(check, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexctl check finds damage and says "
	    "what it did");
}
ATF_TC_BODY(check, tc)
{
	static const struct {
		enum table_kind	 kind;
		off_t		 off;
		const char	*found;
		const char	*did;
	} damage[] = {
		{ TABLE_BLOCKS, 16, "block 0: checksum", "repaired: counts," },
		{ TABLE_LOG, 16, "change 0: checksum", "repaired: change log" },
		{ TABLE_NAMES, 0, "name of the folder", "repaired: name" },
		{ TABLE_ROWS, 16, "row 0: checksum", "set aside:" },
	};
	struct trial t;
	char out[16384];
	off_t off;
	size_t i;

	build(&t, tc, SIGTERM);
	for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		restore(&t);
		off = place(damage[i].kind) + damage[i].off;
		(void)harm(&t, "db/roots/*/*.1", INVERT, (size_t)off,
		    (size_t)off + 1);
		daemons_indexd(&t.d);
		ATF_CHECK_EQ(1, ctl(&t, "check -n", out, sizeof(out)));
		has(out, damage[i].found);
		ATF_CHECK_EQ(1, ctl(&t, "check", out, sizeof(out)));
		has(out, damage[i].found);
		has(out, damage[i].did);
		judge(&t, damage[i].found, 0);
		ATF_CHECK_EQ_MSG(0, ctl(&t, "check", out, sizeof(out)), "%s",
		    out);
		has(out, "INBOX faults=0");
	}
	/* What was done before is told as well. */
	has(out, "made anew");
	ATF_CHECK_EQ(1, ctl(&t, "check nothing", out, sizeof(out)));
	ATF_CHECK_EQ(1, ctl(&t, "check INBOX twice", out, sizeof(out)));
	daemons_end(&t.d);
	imap_mailbox_free(&t.was);
}

ATF_TC(cut);
ATF_TC_HEAD(cut, tc)
{
	atf_tc_set_md_var(tc, "descr", "a table that is cut under indexd: the "
	    "log names it, and the next indexd makes it anew");
}
ATF_TC_BODY(cut, tc)
{
	struct trial t;
	struct imap *im;
	char out[1024];
	int status;

	build(&t, tc, SIGTERM);
	daemons_indexd(&t.d);
	im = imap_open(&t.d);
	imap_command(im, "SELECT INBOX");
	shell("truncate -s 0 db/roots/*/*.1");
	(void)ctl(&t, "show INBOX", out, sizeof(out));
	ATF_REQUIRE_EQ(t.d.indexd, waitpid(t.d.indexd, &status, 0));
	t.d.indexd = 0;
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	shell("grep 'engine: a table was cut.*folder= root=.*/Maildir$' "
	    "indexd.log");
	ATF_REQUIRE_EQ(0, kill(im->pid, SIGKILL));
	imap_reap(im);
	daemons_indexd(&t.d);
	judge(&t, "cut", 0);
	daemons_end(&t.d);
	imap_mailbox_free(&t.was);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table_header);
	ATF_TP_ADD_TC(tp, table_rows);
	ATF_TP_ADD_TC(tp, table_rest);
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, uidlist);
	ATF_TP_ADD_TC(tp, check);
	ATF_TP_ADD_TC(tp, cut);
	return (atf_no_error());
}
