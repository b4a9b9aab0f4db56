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
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fnv.h"
#include "indexd/carry_text.h"
#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"
#include "tests/lib/peer.h"

/* Mailboxes that go from one host to another, and indexctl reset. */

#define OUTPUT	65536		/* octets of a command's output looked at */
#define MANY	100000		/* messages of a large mailbox */
#define STALL	2000		/* ms: nobody else waits so long */

struct host {
	struct daemons	 d;
	char		 dir[PATH_MAX - 64];
	char		 root[PATH_MAX];
};

static char	 output[OUTPUT];

/* The daemons' files are in the directory of a host. */
static void
enter(const struct host *h)
{
	ATF_REQUIRE_EQ(0, chdir(h->dir));
}

static void
host(struct host *h, const atf_tc_t *tc, const char *name, const char *conf)
{
	char cwd[PATH_MAX - 128];

	memset(h, 0, sizeof(*h));
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	ATF_REQUIRE_EQ(0, mkdir(name, 0700));
	(void)snprintf(h->dir, sizeof(h->dir), "%s/%s", cwd, name);
	(void)snprintf(h->root, sizeof(h->root), "%s/Maildir", h->dir);
	enter(h);
	daemons_init(&h->d, tc, conf);
	daemons_indexd(&h->d);
	ATF_REQUIRE_EQ(0, chdir(cwd));
}

static void
end(struct host *h)
{
	ATF_CHECK_EQ(0, daemons_stop(&h->d, SIGTERM));
	daemons_end(&h->d);
}

static struct imap *
client(const struct host *h)
{
	struct imap *im;

	enter(h);
	im = imap_open(&h->d);
	ATF_REQUIRE_EQ(0, chdir(".."));
	imap_command(im, "ENABLE QRESYNC");
	return (im);
}

/* indexctl; what it says is in output then.  The exit status. */
static int
ctl(const struct host *h, const char *fmt, ...)
{
	char args[PATH_MAX + 256], cmd[2 * PATH_MAX + 512];
	size_t n;
	va_list ap;
	FILE *fp;
	int status;

	va_start(ap, fmt);
	(void)vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	(void)snprintf(cmd, sizeof(cmd),
	    "%s/indexd/indexctl -s %s/indexd.sock %s 2>&1", h->d.top,
	    h->d.sockdir, args);
	ATF_REQUIRE((fp = popen(cmd, "r")) != NULL);
	n = fread(output, 1, sizeof(output) - 1, fp);
	output[n] = '\0';
	while (fread(args, 1, sizeof(args), fp) > 0)
		;
	status = pclose(fp);
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
said(const char *what)
{
	ATF_CHECK_MSG(strstr(output, what) != NULL, "no \"%s\" in %s", what,
	    output);
}

static void
has(const struct imap *im, const char *what)
{
	ATF_CHECK_MSG(strstr(im->in, what) != NULL, "no \"%s\" in %s", what,
	    im->in);
}

static void
hasnt(const struct imap *im, const char *what)
{
	ATF_CHECK_MSG(strstr(im->in, what) == NULL, "\"%s\" in %s", what,
	    im->in);
}

/* As rsync(1) would. */
static void
copy_mail(const struct host *from, const struct host *to)
{
	char cmd[3 * PATH_MAX + 32];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s && cp -pR %s %s", to->root,
	    from->root, to->root);
	ATF_REQUIRE_EQ(0, system(cmd));
}

static void
append(struct imap *im, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		imap_command(im, "APPEND INBOX {16+}\r\nSubject: m%u\r\n\r\n.",
		    i % 10);
}

static void
write_file(const char *path, const char *text, size_t len)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static char *
read_file(const char *path, size_t *len)
{
	struct stat st;
	FILE *fp;
	char *text;

	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	ATF_REQUIRE_EQ(0, fstat(fileno(fp), &st));
	ATF_REQUIRE((text = malloc((size_t)st.st_size + 1)) != NULL);
	*len = fread(text, 1, (size_t)st.st_size, fp);
	ATF_REQUIRE_EQ((size_t)st.st_size, *len);
	text[*len] = '\0';
	ATF_REQUIRE_EQ(0, fclose(fp));
	return (text);
}

static struct imap *
filled(struct host *a)
{
	struct imap *im = client(a);

	append(im, 20);
	imap_command(im, "SELECT INBOX");
	imap_command(im, "STORE 1:5 +FLAGS (\\Seen $Work)");
	imap_command(im, "STORE 6 +FLAGS (\\Deleted)");
	return (im);
}

ATF_TC(travel);
ATF_TC_HEAD(travel, tc)
{
	atf_tc_set_md_var(tc, "descr", "a user who was moved to another host "
	    "by rsync, export and import resynchronises in one small step");
}
ATF_TC_BODY(travel, tc)
{
	struct imap_mailbox was, is;
	struct host a, b;
	struct imap *im;
	uint64_t before, validity;
	size_t i;

	host(&a, tc, "a", "");
	host(&b, tc, "b", "");
	im = filled(&a);
	before = imap_number(im, "MODSEQ (") - 1;
	imap_command(im, "EXPUNGE");
	imap_command(im, "CREATE caf&AOk-");
	imap_snapshot(im, "INBOX", &was);
	validity = was.uidvalidity;
	imap_close(im);
	ATF_CHECK_EQ_MSG(0, ctl(&a, "export %s >text", a.root), "%s", output);
	copy_mail(&a, &b);
	ATF_CHECK_EQ_MSG(0, ctl(&b, "import %s <text", b.root), "%s", output);
	said("/INBOX messages=19 ");

	/* Who had seen all of it is told nothing. */
	im = client(&b);
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, was.highestmodseq);
	hasnt(im, "VANISHED");
	hasnt(im, " FETCH ");
	ATF_CHECK_MSG(im->len < 1024, "%zu octets", im->len);
	ATF_CHECK(imap_number(im, "[HIGHESTMODSEQ ") > was.highestmodseq);
	/* Who had not is told of that. */
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, before);
	has(im, "* VANISHED (EARLIER) 6\r\n");
	hasnt(im, " FETCH ");
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, before - 1);
	has(im, "* VANISHED (EARLIER) 6\r\n");
	imap_snapshot(im, "INBOX", &is);
	ATF_CHECK_EQ(was.uidvalidity, is.uidvalidity);
	ATF_REQUIRE_EQ(was.n, is.n);
	for (i = 0; i < was.n; i++) {
		ATF_CHECK_EQ(was.messages[i].uid, is.messages[i].uid);
		ATF_CHECK_EQ(was.messages[i].modseq, is.messages[i].modseq);
		ATF_CHECK_STREQ(was.messages[i].flags, is.messages[i].flags);
		ATF_CHECK_STREQ(was.messages[i].subject,
		    is.messages[i].subject);
	}
	/* The folder names this indexd now, and it goes on. */
	imap_command(im, "SELECT INBOX");
	imap_command(im, "STORE 1 +FLAGS (\\Flagged)");
	ATF_CHECK(imap_number(im, "MODSEQ (") > is.highestmodseq);
	append(im, 1);
	imap_close(im);
	im = client(&b);
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, is.highestmodseq);
	has(im, "FLAGS (\\Seen \\Flagged $Work)");
	ATF_CHECK_EQ(20, imap_exists(im));
	imap_close(im);
	imap_mailbox_free(&was);
	imap_mailbox_free(&is);
	ATF_CHECK_EQ(0, ctl(&b, "check"));
	end(&b);
	end(&a);
}

ATF_TC(after);
ATF_TC_HEAD(after, tc)
{
	atf_tc_set_md_var(tc, "descr", "what the old host did after the "
	    "export: a client that has seen it is told all there is, others "
	    "what has changed");
}
ATF_TC_BODY(after, tc)
{
	struct host a, b;
	struct imap *im;
	uint64_t seen, late, validity;

	host(&a, tc, "a", "");
	host(&b, tc, "b", "");
	im = filled(&a);
	seen = imap_number(im, "MODSEQ (");
	imap_command(im, "SELECT INBOX");
	validity = imap_number(im, "[UIDVALIDITY ");
	ATF_CHECK_EQ_MSG(0, ctl(&a, "export %s >text", a.root), "%s", output);
	imap_command(im, "STORE 1 -FLAGS (\\Seen)");
	imap_command(im, "EXPUNGE");
	append(im, 2);				/* 21 and 22 */
	imap_command(im, "SELECT INBOX");
	imap_command(im, "UID STORE 22 +FLAGS (\\Deleted)");
	imap_command(im, "EXPUNGE");
	late = imap_number(im, "[HIGHESTMODSEQ ");
	ATF_CHECK(late > seen);
	imap_close(im);
	copy_mail(&a, &b);
	ATF_CHECK_EQ_MSG(0, ctl(&b, "import %s <text", b.root), "%s", output);

	im = client(&b);
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, seen);
	ATF_CHECK_EQ(20, imap_exists(im));
	has(im, "* VANISHED (EARLIER) 6\r\n");
	has(im, " FETCH (UID 1 ");
	hasnt(im, " FETCH (UID 2 ");
	/* Of message 22 the new host has never heard. */
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, late);
	has(im, "VANISHED (EARLIER) 6,");
	has(im, " FETCH (UID 1 ");
	has(im, " FETCH (UID 2 ");
	has(im, " FETCH (UID 20 ");
	imap_command(im, "UID STORE 2 (UNCHANGEDSINCE %" PRIu64 ") +FLAGS "
	    "(\\Draft)", late);
	has(im, "[MODIFIED 2]");
	/* All that came is known by now. */
	imap_command(im, "SELECT INBOX");
	late = imap_number(im, "[HIGHESTMODSEQ ");
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu64 " %" PRIu64 "))",
	    validity, late);
	hasnt(im, "VANISHED");
	hasnt(im, " FETCH ");
	imap_close(im);
	/* And on to a third, as text, without the mail. */
	ATF_CHECK_EQ_MSG(0, ctl(&b, "export %s INBOX", b.root), "%s", output);
	said("\ngap ");
	end(&b);
	end(&a);
}

/* A text of one mailbox with these lines, and its sum. */
static void
compose(const char *path, const char *body)
{
	char text[16384];
	int n;

	n = snprintf(text, sizeof(text), "highwater-export 1 "
	    "00112233445566778899aabbccddeeff 0 /elsewhere\n%s"
	    "end %016" PRIx64 "\ndone 1\n", body,
	    fnv64(FNV64_START, body, strlen(body)));
	ATF_REQUIRE(n > 0 && (size_t)n < sizeof(text));
	write_file(path, text, (size_t)n);
}

#define HEAD	"mailbox ffeeddccbbaa99887766554433221100 1700000000 9 INBOX\n"
#define MSG1	"msg 1 2 S 0 S - 1 24 26 1 a\n"
#define MSG2	"msg 2 3 - 0 - - 1 24 26 1 b\n"
#define STATE	"state 5 5 9 1 1 100 100 INBOX\n"
#define LOG	"new 2 1 1\nnew 3 2 2\n"
#define GOOD	HEAD MSG1 MSG2 STATE LOG

ATF_TC(contradictions);
ATF_TC_HEAD(contradictions, tc)
{
	atf_tc_set_md_var(tc, "descr", "a text that contradicts itself is "
	    "refused with the number of the line, though its sum is right");
}
ATF_TC_BODY(contradictions, tc)
{
	static const struct {
		const char *body;
		const char *why;
	} bad[] = {
		{ HEAD MSG2 MSG1 STATE LOG, "line 4: UIDs do not ascend" },
		{ HEAD MSG1 "msg 1 1 S 0 S - 1 24 26 1 a\n" STATE LOG,
		    "line 4: a row that is older than before" },
		{ HEAD "msg 0 2 S 0 S - 1 24 26 1 a\n" STATE, "line 3: no UID" },
		{ HEAD "msg 1 0 S 0 S - 1 24 26 1 a\n" STATE,
		    "line 3: no mod-sequence" },
		{ HEAD "msg 1 2 S 0 S - 1 24 26 1 a/b\n" STATE,
		    "line 3: no message" },
		{ HEAD "msg 1 2 SF 0 S - 1 24 26 1 a\n" STATE,
		    "line 3: no message" },
		{ HEAD "msg 1 2 S 0 Sa - 1 24 26 1 a\n" STATE,
		    "line 3: no message" },
		{ HEAD "msg 1 2 f 0 S - 1 24 26 1 a\n" STATE,
		    "line 3: no such flags" },
		{ HEAD "msg 4294967296 2 S 0 S - 1 24 26 1 a\n" STATE,
		    "line 3: no message" },
		{ HEAD "msg 1 2 S 0 S - 1 24 26 1 a b\n" STATE,
		    "line 3: no message" },
		{ HEAD "msg 1  2 S 0 S - 1 24 26 1 a\n" STATE,
		    "line 3: not words with one space between" },
		{ HEAD "msg 1 2 S 1 S - 1 24 26 1 a\n" STATE "new 2 1 1\n",
		    "line 4: a row has a keyword that is not told" },
		{ HEAD "keyword a\nkeyword A\n" STATE,
		    "line 4: a keyword twice" },
		{ HEAD MSG1 "state 1 1 9 1 1 100 100 INBOX\n" LOG,
		    "line 4: UIDNEXT does not fit the rows" },
		{ HEAD MSG1 "state 5 6 9 1 1 100 100 INBOX\n" LOG,
		    "line 4: UIDNEXT does not fit the rows" },
		{ HEAD MSG1 "state 5 5 8 1 1 100 100 INBOX\n" LOG,
		    "line 4: HIGHESTMODSEQ is below that of the mailbox" },
		{ HEAD "msg 1 10 S 0 S - 1 24 26 1 a\n" STATE LOG,
		    "line 4: HIGHESTMODSEQ does not fit the rows" },
		{ HEAD "state 5 5 9 10 1 100 100 INBOX\n",
		    "line 3: a horizon is above HIGHESTMODSEQ" },
		{ HEAD "gap 5 7\ngap 6 8\n" STATE,
		    "line 4: gaps do not ascend" },
		{ HEAD "gap 5 10\n" STATE, "line 4: a gap is above" },
		{ HEAD MSG1 MSG2 STATE "new 3 2 2\nnew 2 1 1\n",
		    "line 7: changes do not ascend" },
		{ HEAD MSG1 MSG2 STATE LOG "flags 10 1 1 S 0\n",
		    "line 8: changes do not ascend" },
		{ HEAD MSG1 MSG2 STATE LOG "flags 9 1 5 S 0\n",
		    "line 8: a change of no UIDs" },
		{ HEAD MSG1 MSG2 STATE LOG "flags 9 2 1 S 0\n",
		    "line 8: a change of no UIDs" },
		{ HEAD MSG1 MSG2 STATE LOG "flags 9 1 1 x 0\n",
		    "line 8: a change of no such flags" },
		{ HEAD MSG1 MSG2 STATE LOG "flags 9 1 1 S 1\n",
		    "line 8: a change of no such flags" },
		{ HEAD MSG1 MSG2 STATE LOG "gone 9 1 4\n",
		    "line 8: a message is expunged and lives" },
		{ HEAD MSG1 MSG2 STATE "new 2 1 1\n",
		    "line 7: no change tells of a message" },
		{ HEAD MSG1 STATE STATE "new 2 1 1\n",
		    "line 5: a change is wanted, or the end" },
		{ HEAD MSG1 HEAD, "line 4: a message is wanted" },
		{ HEAD MSG1, "line 4: a message is wanted" },
		{ STATE, "line 2: a mailbox is wanted, or done" },
		{ "mailbox ff 1 1 INBOX\n" STATE, "line 2: no mailbox" },
	};
	struct host a;
	size_t i;

	host(&a, tc, "a", "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		compose("text", bad[i].body);
		ATF_CHECK_EQ_MSG(1, ctl(&a, "import -u 1234 /r <text"),
		    "%zu: %s", i, output);
		said(bad[i].why);
	}
	/* Nothing of them is there, and nothing is left over. */
	ATF_CHECK_EQ(0, ctl(&a, "show"));
	ATF_CHECK_STREQ("", output);
	ATF_CHECK_EQ(0, system("test -z \"$(find a/db/roots -name '*.tmp')\""));
	compose("text", GOOD);
	ATF_CHECK_EQ_MSG(0, ctl(&a, "import -u 1234 /r <text"), "%s", output);
	said("/r/INBOX messages=2 uidvalidity=1700000000 highestmodseq=9\n");
	ATF_CHECK_EQ(0, ctl(&a, "check"));
	/* It is the same text that comes out. */
	ATF_CHECK_EQ(0, ctl(&a, "export -u 1234 /r"));
	said("\n" GOOD "end ");
	end(&a);
}

ATF_TC(doctored);
ATF_TC_HEAD(doctored, tc)
{
	atf_tc_set_md_var(tc, "descr", "a text that was cut off or changed "
	    "anywhere is refused with the number of the line");
}
ATF_TC_BODY(doctored, tc)
{
	struct host a;
	size_t i, len, first, step = 3;
	char *text;

	host(&a, tc, "a", "");
	compose("text", GOOD);
	text = read_file("text", &len);
	first = (size_t)(strchr(text, '\n') - text) + 1;
	for (i = 0; i < len; i += i < first ? 17 : step) {
		write_file("cut", text, i);
		ATF_CHECK_EQ_MSG(1, ctl(&a, "import -u 1234 /r <cut"), "%zu",
		    i);
		said("error: line ");
		ATF_CHECK_EQ(0, ctl(&a, "show"));
		/* The mailbox is whole before the last line is. */
		ATF_CHECK_EQ_MSG(i + strlen("done 1\n") >= len,
		    output[0] != '\0', "%zu", i);
	}
	for (i = first; i < len; i += step) {
		text[i] ^= 1;
		write_file("cut", text, len);
		text[i] ^= 1;
		ATF_CHECK_EQ_MSG(1, ctl(&a, "import -f -u 1234 /r <cut"),
		    "%zu", i);
		said("error: line ");
	}
	write_file("cut", "", 0);
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r <cut"));
	said("error: line 0: the text ends before it is done");
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r </dev/zero"));
	said("error: line 1: too long");
	write_file("cut", "highwater-export 2 x 0 /\n", 25);
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r <cut"));
	said("line 1: version 2, and this is version 1");
	write_file("cut", text, len);
	ATF_REQUIRE_EQ(0, system("echo more >>cut"));
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r <cut"));
	said("line 10: more than there should be");
	free(text);
	end(&a);
}

ATF_TC(newer);
ATF_TC_HEAD(newer, tc)
{
	atf_tc_set_md_var(tc, "descr", "import replaces no newer table but "
	    "with -f, and ends the sessions that have it open");
}
ATF_TC_BODY(newer, tc)
{
	struct host a;
	struct imap *im;
	uint64_t validity;

	host(&a, tc, "a", "");
	im = filled(&a);
	ATF_CHECK_EQ(0, ctl(&a, "export %s >text", a.root));
	/* What is as old is no less good. */
	ATF_CHECK_EQ_MSG(1, ctl(&a, "import -u nobody12 / <text"), "%s",
	    output);
	imap_command(im, "STORE 7 +FLAGS (\\Flagged)");
	ATF_CHECK_EQ(1, ctl(&a, "import %s <text", a.root));
	said("line 2: the mailbox is here already, and is newer");
	imap_command(im, "SELECT INBOX");
	validity = imap_number(im, "[UIDVALIDITY ");
	ATF_CHECK_EQ_MSG(0, ctl(&a, "import -f %s/ <text", a.root), "%s",
	    output);
	imap_send(im, "NOOP", 4);
	ATF_CHECK_EQ(IMAP_GONE, imap_reply(im));
	has(im, "* BYE ");
	imap_reap(im);
	im = client(&a);
	imap_command(im, "SELECT INBOX");
	ATF_CHECK_EQ(validity, imap_number(im, "[UIDVALIDITY "));
	ATF_CHECK_EQ(20, imap_exists(im));
	/* The file's name has it. */
	imap_command(im, "FETCH 7 (FLAGS)");
	has(im, "\\Flagged");
	imap_close(im);
	end(&a);
}

ATF_TC(reset);
ATF_TC_HEAD(reset, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexctl reset gives a folder a new "
	    "UIDVALIDITY; messages keep UIDs and flags, sessions end");
}
ATF_TC_BODY(reset, tc)
{
	struct imap_mailbox was, is, again;
	char first[64];
	struct host a;
	struct imap *im, *idle;
	size_t i;

	host(&a, tc, "a", "");
	im = filled(&a);
	imap_snapshot(im, "INBOX", &was);
	idle = client(&a);
	imap_command(idle, "SELECT INBOX");
	imap_send(idle, "IDLE", 4);
	ATF_CHECK_EQ(1, ctl(&a, "reset %s .none", a.root));
	said("error: no such mailbox");
	ATF_CHECK_EQ(1, ctl(&a, "reset -u 1 %s INBOX", a.root));
	said("error: nothing is known of that mail root and user");
	ATF_CHECK_EQ_MSG(0, ctl(&a, "reset %s INBOX", a.root), "%s", output);
	while (imap_more(idle))
		;
	has(idle, "* BYE ");
	imap_reap(idle);
	imap_send(im, "NOOP", 4);
	ATF_CHECK_EQ(IMAP_GONE, imap_reply(im));
	imap_reap(im);

	im = client(&a);
	imap_snapshot(im, "INBOX", &is);
	ATF_CHECK(is.uidvalidity > was.uidvalidity);
	ATF_CHECK(is.highestmodseq > was.highestmodseq);
	ATF_REQUIRE_EQ(was.n, is.n);
	for (i = 0; i < was.n; i++) {
		ATF_CHECK_EQ(was.messages[i].uid, is.messages[i].uid);
		ATF_CHECK_STREQ(was.messages[i].flags, is.messages[i].flags);
		ATF_CHECK_STREQ(was.messages[i].subject,
		    is.messages[i].subject);
	}
	/* The folder has it, too: now nobody has it open. */
	(void)snprintf(first, sizeof(first), "grep -q '^3 V%u ' "
	    "a/Maildir/dovecot-uidlist", is.uidvalidity);
	append(im, 1);
	imap_close(im);
	ATF_CHECK_EQ_MSG(0, system(first), "%s", first);
	ATF_CHECK_EQ_MSG(0, ctl(&a, "reset %s INBOX", a.root), "%s", output);
	ATF_CHECK_EQ(0, daemons_stop(&a.d, SIGTERM));
	enter(&a);
	daemons_indexd(&a.d);
	ATF_REQUIRE_EQ(0, chdir(".."));
	im = client(&a);
	imap_snapshot(im, "INBOX", &again);
	ATF_CHECK(again.uidvalidity > is.uidvalidity);
	ATF_CHECK_EQ(is.n + 1, again.n);
	imap_close(im);
	ATF_CHECK_EQ(0, ctl(&a, "check"));
	imap_mailbox_free(&was);
	imap_mailbox_free(&is);
	imap_mailbox_free(&again);
	end(&a);
}

static int64_t
clock_ms(void)
{
	struct timespec ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &ts));
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Runs indexctl while another session works; ms of the longest command. */
static int64_t
beside(const struct host *h, struct imap *im, const char *args)
{
	int64_t longest = 0, begin;
	unsigned int n = 0;
	int status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		_exit(ctl(h, "%s", args));
	do {
		begin = clock_ms();
		imap_command(im, "STORE 1 %cFLAGS (\\Seen)",
		    n++ % 2 == 0 ? '+' : '-');
		if (clock_ms() - begin > longest)
			longest = clock_ms() - begin;
	} while (waitpid(pid, &status, WNOHANG) == 0);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s",
	    args);
	ATF_CHECK_MSG(n > 2, "%u commands", n);
	return (longest);
}

/* A mailbox of MANY messages, as text. */
static void
write_many(const char *path)
{
	char line[256];
	uint64_t sum = FNV64_START;
	unsigned int i;
	FILE *fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs("highwater-export 1 00112233445566778899aabbccddeeff "
	    "0 /elsewhere\n", fp) >= 0);
	for (i = 0; i <= MANY + 2; i++) {
		if (i == 0)
			(void)snprintf(line, sizeof(line), "mailbox "
			    "ffeeddccbbaa99887766554433221100 1700000000 3 "
			    ".many\n");
		else if (i <= MANY)
			(void)snprintf(line, sizeof(line), "msg %u %u - 0 - - "
			    "1700000000 1234 1299 1700000000 "
			    "17000%05u.M1P%u.host.example\n", i, 2 + i % 2, i,
			    i);
		else if (i == MANY + 1)
			(void)snprintf(line, sizeof(line),
			    "state %u 1 3 1 1 100 200000 .many\n", i);
		else
			(void)snprintf(line, sizeof(line),
			    "new 2 1 %u\nnew 3 1 %u\n", MANY, MANY);
		sum = fnv64(sum, line, strlen(line));
		ATF_REQUIRE(fputs(line, fp) >= 0);
	}
	ATF_REQUIRE(fprintf(fp, "end %016" PRIx64 "\ndone 1\n", sum) > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "descr", "import, export and reset of a large "
	    "mailbox hold nobody up");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(many, tc)
{
	struct host a;
	struct imap *im;
	int64_t ms[3], begin = clock_ms();

	host(&a, tc, "a", "");
	im = client(&a);
	append(im, 1);
	imap_command(im, "SELECT INBOX");
	write_many("text");
	ms[0] = beside(&a, im, "import -u 1234 /r <text");
	ms[1] = beside(&a, im, "export -u 1234 /r >again");
	/* But for the first line it is the same. */
	ATF_CHECK_EQ(0, system("tail -n +2 text >x && tail -n +2 again | "
	    "cmp - x"));
	ms[2] = beside(&a, im, "reset -u 1234 /r .many");
	printf("all: %lld ms, longest command beside import: %lld, export: "
	    "%lld, reset: %lld\n", (long long)(clock_ms() - begin),
	    (long long)ms[0], (long long)ms[1], (long long)ms[2]);
	ATF_CHECK(ms[0] < STALL && ms[1] < STALL && ms[2] < STALL);
	ATF_CHECK_EQ(0, ctl(&a, "check"));
	imap_close(im);
	end(&a);
}

/* Does something to the mailbox that is being exported. */
static void
meddle(struct cl *c, uint32_t h, unsigned int n)
{
	char set[64], name[16];
	struct res r;

	switch (n % 5) {
	case 0:
		(void)snprintf(name, sizeof(name), "k%u", n);
		(void)snprintf(set, sizeof(set), "%u:%u", n + 1, n * 20 + 1);
		cl_store(c, h, STORE_ADD, FLAG_SEEN, n < 100 ? name : "k0",
		    set);
		break;
	case 1:
		(void)snprintf(set, sizeof(set), "%u,%u", n * 7, n * 30 + 5);
		cl_store(c, h, STORE_ADD, FLAG_DELETED, NULL, set);
		break;
	case 2:
		cl_expunge(c, h, "1:4000000000");
		break;
	case 3:
		(void)snprintf(name, sizeof(name), "n%u.", n);
		cl_fill(c, h, name, 3, &r);
		return;
	default:
		cl_store(c, h, STORE_REMOVE, FLAG_SEEN, NULL, "1:50");
		break;
	}
	cl_result(c, &r);
	ATF_CHECK_EQ(0, r.code);
}

ATF_TC(moment);
ATF_TC_HEAD(moment, tc)
{
	atf_tc_set_md_var(tc, "descr", "what an export tells is of one "
	    "moment, though the mailbox changes all the time");
}
ATF_TC_BODY(moment, tc)
{
	struct server *srv;
	struct host a;
	struct idn idn;
	struct frame f;
	struct res r;
	struct msg m;
	struct cl c, x;
	unsigned int n = 0;
	uint32_t h;
	FILE *fp;

	ATF_REQUIRE_EQ(0, mkdir("db", 0700));
	srv = sv_start("");
	cl_inside(&c, srv);
	cl_bind(&c, 1234, "/r");
	cl_create(&c, &idn, ".x");
	h = cl_open(&c, &idn, 1, NULL);
	cl_fill(&c, h, "m", 5000, &r);
	cl_inside(&x, srv);
	cl_start(&x, &f, PROTO_CONTROL);
	frame_put_u8(&f, 0);
	frame_put_str(&f, "export");
	frame_put_u32(&f, 2);
	frame_put_str(&f, "/r");
	frame_put_str(&f, "1234");
	cl_send(&x, &f);
	ATF_REQUIRE((fp = fopen("text", "w")) != NULL);
	for (;; n++) {
		cl_answer(&x, &m);
		if (m.head.type != PROTO_LINE)
			break;
		ATF_REQUIRE(m.len > 4);
		ATF_REQUIRE_EQ(m.len - 4, fwrite(m.buf + 4, 1, m.len - 4, fp));
		ATF_REQUIRE(fputc('\n', fp) != EOF);
		msg_free(&m);
		if (n % 50 == 0 && n < 8000)
			meddle(&c, h, n / 50);
	}
	ATF_CHECK_EQ(PROTO_DONE, m.head.type);
	ATF_CHECK_EQ(0, m.buf[0]);
	msg_free(&m);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_CHECK(n > 5000);
	cl_close(&x);
	cl_close(&c);
	sv_stop(srv);

	host(&a, tc, "a", "");
	ATF_CHECK_EQ_MSG(0, ctl(&a, "import -u 1234 /r <text"), "%s", output);
	ATF_CHECK_EQ_MSG(0, ctl(&a, "check"), "%s", output);
	end(&a);
}

ATF_TC(limits);
ATF_TC_HEAD(limits, tc)
{
	atf_tc_set_md_var(tc, "descr", "import keeps to the limits of a user, "
	    "and takes one text at a time");
}
ATF_TC_BODY(limits, tc)
{
	struct host a;

	host(&a, tc, "a", "limit mailboxes 1\nlimit rows 1");
	compose("text", GOOD);
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r <text"));
	said("line 4: a limit is reached");
	compose("text", HEAD MSG1 STATE "new 2 1 1\n");
	ATF_CHECK_EQ_MSG(0, ctl(&a, "import -u 1234 /r <text"), "%s", output);
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 /r <text"));
	said("line 2: limit mailboxes is reached");
	ATF_CHECK_EQ(1, ctl(&a, "import -u 1234 r <text"));
	said("error: a mail root is the path of a directory");
	ATF_CHECK_EQ(1, ctl(&a, "export -u 1234 /r .none"));
	said("error: no such mailbox");
	end(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, travel);
	ATF_TP_ADD_TC(tp, after);
	ATF_TP_ADD_TC(tp, contradictions);
	ATF_TP_ADD_TC(tp, doctored);
	ATF_TP_ADD_TC(tp, newer);
	ATF_TP_ADD_TC(tp, reset);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, moment);
	ATF_TP_ADD_TC(tp, limits);
	return (atf_no_error());
}
