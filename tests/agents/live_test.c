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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
 * What another program does to a folder, one thing after the other: a session
 * in IDLE hears of each at once, its mod-sequence is nobody else's, and UIDs
 * stay.
 */
#define ROUNDS		5
#define WAKE_MS		100.0
#define WAIT_MS		10000.0	/* however busy the machine is */
#define TEXT		"Subject: x\n\ntext\n"
#define TEXT_SIZE	17
#define TEXT_LINES	3

struct live {
	struct daemons	 d;
	struct imap	*idle;		/* in IDLE all the time */
	struct imap	*other;
	unsigned int	 serial;
	unsigned int	 exists;
	char		 unique[64];	/* of the file at hand */
	uint32_t	 uid;
	uint64_t	 modseq;	/* the last that was given */
};

/* One act; what is said of it in IDLE. */
struct act {
	const char	*name;
	void		(*act)(struct live *);
	const char	*told;		/* up to and after its UID; or NULL: */
	const char	*flags;		/* it is new, and has these */
	unsigned int	 size;		/* RFC822.SIZE of it */
};

static double
now(void)
{
	struct timespec	 ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &ts));
	return ((double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1e6);
}

static void
write_file(const char *path)
{
	FILE	*f;

	ATF_REQUIRE_MSG((f = fopen(path, "w")) != NULL, "%s", path);
	ATF_REQUIRE(fputs(TEXT, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
}

/* A new file in tmp/, and the path that it is to have. */
static void
make(struct live *l, char *tmp, char *path, const char *dir, const char *rest)
{
	l->serial++;
	(void)snprintf(l->unique, sizeof(l->unique), "%u.M%uP%d.live",
	    1700000000 + l->serial, l->serial, (int)getpid());
	(void)snprintf(tmp, 256, "Maildir/tmp/%s", l->unique);
	(void)snprintf(path, 256, "%s/%s%s", dir, l->unique, rest);
	write_file(tmp);
}

static void
deliver(struct live *l, const char *dir, const char *rest)
{
	char	 tmp[256], path[256];

	make(l, tmp, path, dir, rest);
	ATF_REQUIRE_EQ(0, rename(tmp, path));
}

static void
into_new(struct live *l)
{
	deliver(l, "Maildir/new", "");
}

static void
into_cur(struct live *l)
{
	deliver(l, "Maildir/cur", ":2,FS");
}

static void
without_info(struct live *l)
{
	deliver(l, "Maildir/cur", "");
}

static void
by_link(struct live *l)
{
	char	 tmp[256], path[256];

	make(l, tmp, path, "Maildir/new", "");
	ATF_REQUIRE_EQ(0, link(tmp, path));
	ATF_REQUIRE_EQ(0, unlink(tmp));
}

static void
with_sizes(struct live *l)
{
	deliver(l, "Maildir/cur", ",S=17,W=20:2,S");
}

static void
wrong_sizes(struct live *l)
{
	deliver(l, "Maildir/new", ",S=1700,W=1800");
}

/* A message that the server knows, in another folder. */
static void
from_elsewhere(struct live *l)
{
	char	 from[256], to[256];

	deliver(l, "Maildir/.Else/cur", ":2,R");
	imap_command(l->other, "STATUS Else (MESSAGES)");
	(void)snprintf(from, sizeof(from), "Maildir/.Else/cur/%s:2,R",
	    l->unique);
	(void)snprintf(to, sizeof(to), "Maildir/cur/%s:2,R", l->unique);
	ATF_REQUIRE_EQ(0, rename(from, to));
}

/* Whatever our sessions have called it by now. */
static int
find(const struct live *l, char path[256])
{
	const char	*dirs[] = { "Maildir/new", "Maildir/cur" };
	struct dirent	*e;
	DIR		*dir;
	size_t		 i, found = 0;

	for (i = 0; i < 2 && !found; i++) {
		ATF_REQUIRE((dir = opendir(dirs[i])) != NULL);
		while ((e = readdir(dir)) != NULL && !found)
			if (strncmp(e->d_name, l->unique,
			    strlen(l->unique)) == 0) {
				(void)snprintf(path, 256, "%s/%.200s",
				    dirs[i], e->d_name);
				found = 1;
			}
		(void)closedir(dir);
	}
	return (found);
}

/* As agents do: looks for the name, and again if it was another by then. */
static void
give(struct live *l, const char *letters)
{
	char	 from[256], to[256];
	int	 i;

	for (i = 0; i < 1000; i++) {
		if (!find(l, from))
			continue;
		(void)snprintf(to, sizeof(to), "Maildir/cur/%s:2,%s",
		    l->unique, letters);
		if (rename(from, to) == 0)
			return;
		ATF_REQUIRE_EQ(ENOENT, errno);
	}
	atf_tc_fail("no file %s", l->unique);
}

static void
add_flag(struct live *l)
{
	give(l, "F");
}

static void
other_flag(struct live *l)
{
	give(l, "RS");
}

static void
add_keyword(struct live *l)
{
	give(l, "RSa");
}

static void
take_keyword(struct live *l)
{
	give(l, "RS");
}

static void
take_flags(struct live *l)
{
	give(l, "");
}

static void
remove_file(struct live *l)
{
	char	 path[256];
	int	 i;

	for (i = 0; i < 1000; i++)
		if (find(l, path) && unlink(path) == 0)
			return;
	atf_tc_fail("no file %s", l->unique);
}

static const struct act acts[] = {
	{ "put into cur", into_cur, NULL, "\\Seen \\Flagged", 20 },
	{ "without info", without_info, NULL, "", 20 },
	{ "by a link", by_link, NULL, "", 20 },
	{ "right sizes in the name", with_sizes, NULL, "\\Seen", 20 },
	{ "wrong sizes in the name", wrong_sizes, NULL, "", 20 },
	{ "moved from elsewhere", from_elsewhere, NULL, "\\Answered", 20 },
	{ "delivered", into_new, NULL, "", 20 },
	{ "a flag", add_flag, "FLAGS (\\Flagged", NULL, 0 },
	{ "other flags", other_flag, "FLAGS (\\Seen \\Answered", NULL, 0 },
	{ "a keyword", add_keyword, " Word", NULL, 0 },
	{ "no keyword", take_keyword, "FLAGS (\\Seen \\Answered", NULL, 0 },
	{ "no flags", take_flags, "FLAGS (", NULL, 0 },
	{ "removed", remove_file, "VANISHED ", NULL, 0 },
};
#define ACTS	(sizeof(acts) / sizeof(acts[0]))

/* Whether what came in IDLE is what the act had to bring. */
static const char *
told(const struct live *l, const struct act *a)
{
	char		 text[128];
	const char	*p;

	if (a->told == NULL) {
		(void)snprintf(text, sizeof(text), "* %u EXISTS\r\n",
		    l->exists + 1);
		return (strstr(l->idle->in, text));
	}
	if (strncmp(a->told, "VANISHED", 8) == 0) {
		(void)snprintf(text, sizeof(text), "* VANISHED %" PRIu32
		    "\r\n", l->uid);
		return (strstr(l->idle->in, text));
	}
	(void)snprintf(text, sizeof(text), "(UID %" PRIu32 " ", l->uid);
	for (p = l->idle->in; (p = strstr(p, text)) != NULL; p++)
		if (strstr(p, a->told) != NULL && strstr(p, "\r\n") >
		    strstr(p, a->told))
			return (p);
	return (NULL);
}

/* The mod-sequence of something is above all others so far. */
static void
higher(struct live *l, uint64_t modseq, const char *what)
{
	if (modseq <= l->modseq)
		atf_tc_fail("%s: MODSEQ %" PRIu64 " after %" PRIu64, what,
		    modseq, l->modseq);
	l->modseq = modseq;
}

/* A command between two acts, with a number of its own. */
static void
store(struct live *l)
{
	static int	 n;

	imap_command(l->other, "UID STORE 1 %cFLAGS.SILENT (\\Draft)",
	    n++ % 2 ? '-' : '+');
	higher(l, imap_number(l->other, "(UID 1 MODSEQ ("), "STORE");
}

/* What the message is that has come. */
static void
look_new(struct live *l, const struct act *a)
{
	const char	*p;
	char		 flags[128];

	imap_command(l->other, "NOOP");
	imap_command(l->other, "UID FETCH %" PRIu32 ":* (FLAGS RFC822.SIZE)",
	    l->uid + 1);
	ATF_CHECK_EQ_MSG(l->uid + 1, imap_number(l->other, "(UID "), "%s: %s",
	    a->name, l->other->in);
	l->uid++;
	higher(l, imap_number(l->other, "MODSEQ ("), a->name);
	ATF_CHECK_EQ_MSG(a->size, imap_number(l->other, "RFC822.SIZE "),
	    "%s: %s", a->name, l->other->in);
	ATF_REQUIRE((p = strstr(l->other->in, "FLAGS (")) != NULL);
	(void)snprintf(flags, sizeof(flags), "%.*s", (int)strcspn(p + 7, ")"),
	    p + 7);
	if ((p = strstr(flags, "\\Recent")) != NULL)
		flags[p > flags ? p - flags - 1 : 0] = '\0';
	ATF_CHECK_STREQ(a->flags, flags);
}

/* Does it; how long until it was told. */
static double
perform(struct live *l, const struct act *a)
{
	const char	*p;
	double		 start, ms;

	store(l);
	/* That is heard in IDLE, too. */
	while (memmem(l->idle->in, l->idle->len, "\\Draft", 6) == NULL &&
	    memmem(l->idle->in, l->idle->len, "(UID 1 ", 7) == NULL)
		ATF_REQUIRE(imap_more(l->idle));
	l->idle->len = 0;
	l->idle->in[0] = '\0';
	a->act(l);
	start = now();
	while ((p = told(l, a)) == NULL)
		ATF_REQUIRE(imap_more(l->idle));
	ms = now() - start;
	ATF_CHECK_MSG(ms < WAIT_MS, "%s, UID %" PRIu32 ": told after %.1f ms",
	    a->name, l->uid, ms);
	if (a->told == NULL) {
		l->exists++;
		look_new(l, a);
	} else if (strncmp(a->told, "VANISHED", 8) == 0) {
		l->exists--;
		imap_command(l->other, "STATUS INBOX (HIGHESTMODSEQ)");
		higher(l, imap_number(l->other, "HIGHESTMODSEQ "), a->name);
	} else {
		ATF_REQUIRE((p = strstr(p, "MODSEQ (")) != NULL);
		higher(l, strtoull(p + 8, NULL, 10), a->name);
	}
	return (ms);
}

static void
start(struct live *l, const atf_tc_t *tc)
{
	static const char *const dirs[] = { "Maildir", "Maildir/cur",
	    "Maildir/new", "Maildir/tmp" };
	size_t	 i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, mkdir(dirs[i], 0700));
	daemons_init(&l->d, tc, "");
	daemons_indexd(&l->d);
	l->other = imap_open(&l->d);
	imap_command(l->other, "CREATE Else");
	imap_command(l->other, "APPEND INBOX {17+}\r\n" TEXT);
	imap_command(l->other, "SELECT INBOX (CONDSTORE)");
	imap_command(l->other, "STORE 1 +FLAGS (Word)");
	imap_command(l->other, "STORE 1 -FLAGS (Word)");
	l->exists = l->uid = 1;
	l->idle = imap_open(&l->d);
	imap_command(l->idle, "ENABLE QRESYNC");
	imap_command(l->idle, "SELECT INBOX");
	imap_send(l->idle, "IDLE", 4);
	do
		ATF_REQUIRE(imap_more(l->idle));
	while (strstr(l->idle->in, "+ ") == NULL);
}

static void
stop(struct live *l)
{
	ATF_REQUIRE_EQ(6, write(l->idle->fd, "DONE\r\n", 6));
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(l->idle));
	imap_close(l->idle);
	imap_close(l->other);
	ATF_CHECK_EQ(0, daemons_stop(&l->d, SIGTERM));
	daemons_end(&l->d);
}

ATF_TC(each);
ATF_TC_HEAD(each, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 65: deliveries, renames and "
	    "removals wake IDLE within 100 ms, each with a number of its own");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(each, tc)
{
	struct live	 l;
	double		 ms, best[ACTS], worst[ACTS];
	size_t		 i, round;

	start(&l, tc);
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < ACTS; i++) {
			ms = perform(&l, &acts[i]);
			if (round == 0 || ms < best[i])
				best[i] = ms;
			if (round == 0 || ms > worst[i])
				worst[i] = ms;
		}
	for (i = 0; i < ACTS; i++) {
		printf("%-26s %6.1f to %6.1f ms\n", acts[i].name, best[i],
		    worst[i]);
		/* Other processes may have the machine for a moment. */
		ATF_CHECK_MSG(best[i] < WAKE_MS, "%s: %.1f ms", acts[i].name,
		    best[i]);
	}
	/* UIDs have gone up by one with each new message, no more. */
	imap_command(l.other, "STATUS INBOX (UIDNEXT MESSAGES)");
	ATF_CHECK_EQ(l.uid + 1, imap_number(l.other, "UIDNEXT "));
	ATF_CHECK_EQ(l.exists, imap_number(l.other, "MESSAGES "));
	stop(&l);
}

/* Many at once: the first is told at once, and all in few reports. */
ATF_TC(burst);
ATF_TC_HEAD(burst, tc)
{
	atf_tc_set_md_var(tc, "descr", "1,000 deliveries to a session in "
	    "IDLE come in few reports, the first at once");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(burst, tc)
{
	enum { MANY = 1000 };
	struct live	 l;
	char		 text[64];
	double		 begin, first = 0, last, made;
	uint64_t	 before, reports;
	unsigned int	 i;
	int		 status;
	pid_t		 pid;

	start(&l, tc);
	imap_command(l.other, "STATUS INBOX (HIGHESTMODSEQ)");
	before = imap_number(l.other, "HIGHESTMODSEQ ");
	imap_command(l.other, "UNSELECT");
	l.idle->len = 0;
	l.idle->in[0] = '\0';
	begin = now();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		for (i = 0; i < MANY; i++)
			into_new(&l);
		_exit(0);
	}
	(void)snprintf(text, sizeof(text), "* %d EXISTS\r\n", MANY + 1);
	while (strstr(l.idle->in, text) == NULL) {
		ATF_REQUIRE(imap_more(l.idle));
		if (first == 0 && strstr(l.idle->in, " EXISTS") != NULL)
			first = now() - begin;
	}
	last = now() - begin;
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, status);
	made = now() - begin;
	imap_command(l.other, "STATUS INBOX (HIGHESTMODSEQ UIDNEXT)");
	reports = imap_number(l.other, "HIGHESTMODSEQ ") - before;
	ATF_CHECK_EQ(MANY + 2, imap_number(l.other, "UIDNEXT "));
	printf("first after %.1f ms, all after %.1f ms (made in %.1f ms), "
	    "%" PRIu64 " reports\n", first, last, made, reports);
	ATF_CHECK_MSG(reports <= MANY / 4, "%" PRIu64 " reports", reports);
	ATF_CHECK_MSG(first < 5 * WAKE_MS, "%.1f ms", first);
	stop(&l);
}

/* What a session that has not looked yet finds where a file was. */
ATF_TC(taken);
ATF_TC_HEAD(taken, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 68: FETCH of a message whose "
	    "file is gone, which is expunged then, and restored is another");
}
ATF_TC_BODY(taken, tc)
{
	static const char	 fetch[] = "UID FETCH 2 BODY.PEEK[]";
	struct live		 l;
	char			 path[256];

	start(&l, tc);
	into_cur(&l);
	while (memmem(l.idle->in, l.idle->len, "2 EXISTS", 8) == NULL)
		ATF_REQUIRE(imap_more(l.idle));
	imap_command(l.other, "NOOP");
	ATF_REQUIRE(find(&l, path));
	ATF_REQUIRE_EQ(0, rename(path, "saved"));
	imap_send(l.other, fetch, sizeof(fetch) - 1);
	ATF_CHECK_EQ(IMAP_NO, imap_reply(l.other));
	ATF_CHECK(strstr(l.other->in, "NO [EXPUNGEISSUED]") != NULL);
	/* It was looked at because of that: this command does not look. */
	imap_command(l.other, "STATUS INBOX (MESSAGES UIDNEXT)");
	ATF_CHECK_EQ(1, imap_number(l.other, "MESSAGES "));
	imap_command(l.other, "NOOP");
	imap_command(l.other, "UID SEARCH ALL");
	ATF_CHECK(strstr(l.other->in, "* SEARCH 1\r\n") != NULL);
	ATF_REQUIRE_EQ(0, rename("saved", path));
	imap_command(l.other, "NOOP");
	ATF_CHECK(strstr(l.other->in, "2 EXISTS") != NULL);
	imap_command(l.other, "FETCH 2 (UID FLAGS BODY.PEEK[TEXT])");
	ATF_CHECK_EQ(3, imap_number(l.other, "UID "));
	ATF_CHECK(strstr(l.other->in, "\\Flagged") != NULL);
	stop(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each);
	ATF_TP_ADD_TC(tp, burst);
	ATF_TP_ADD_TC(tp, taken);
	return (atf_no_error());
}
