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

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/powercut/recorder.h"
#include "tests/powercut/play.h"

/* The steps that are recorded: each changing command, one at a time. */

#define TEXT	65536
#define FEW	6	/* messages that a mailbox has at least */
#define MANY	14	/* and at most, about */

enum op {
	OP_APPEND,
	OP_MULTIAPPEND,
	OP_STORE_ALL,
	OP_STORE_ONE,
	OP_STORE_LESS,
	OP_KEYWORD,
	OP_COPY,
	OP_MOVE,
	OP_DELETED,
	OP_EXPUNGE,
	OP_CLOSE,
	OP_DELIVERY,
	OP_READ,	/* another program renames a file */
	OP_CREATE,
	OP_RENAME,
	OP_DELETE,
	OP_SUBSCRIBE,
	OP_KILL,	/* indexd, and starts it again */
	OPS
};

static const struct imap_mailbox *inbox(const struct play *);
static void	begin(struct play *, const char *);
static void	end(struct play *);
static void	command(struct play *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	append(struct play *, unsigned int);
static void	sync_path(const char *, int);
static void	deliver(struct play *);
static void	read_elsewhere(struct play *);
static void	restart(struct play *);
static uint32_t	some_uid(struct play *);
static void	folders(struct play *, enum op);
static void	step(struct play *, enum op);

unsigned int
play_draw(struct play *pl, unsigned int below)
{
	pl->random = pl->random * 6364136223846793005ULL +
	    1442695040888963407ULL;
	return ((unsigned int)(pl->random >> 33) % below);
}

static const struct imap_mailbox *
inbox(const struct play *pl)
{
	const struct imap_mailbox *mb;

	mb = shot_find(&pl->step[pl->n - 1].after, "INBOX");
	ATF_REQUIRE(mb != NULL);
	return (mb);
}

/* A step is under way from here on. */
static void
begin(struct play *pl, const char *what)
{
	struct step *st;

	pl->step = reallocarray(pl->step, pl->n + 1, sizeof(*pl->step));
	ATF_REQUIRE(pl->step != NULL);
	st = &pl->step[pl->n++];
	memset(st, 0, sizeof(*st));
	snprintf(st->what, sizeof(st->what), "%.100s", what);
	st->sent = recorder_end();
}

/* It was answered; what it has led to. */
static void
end(struct play *pl)
{
	struct step *st = &pl->step[pl->n - 1];
	struct imap *im;

	st->answered = recorder_end();
	im = imap_open(&pl->d);
	shot_read(im, &st->after);
	st->seen = recorder_end();
	imap_close(im);
}

static void
command(struct play *pl, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	begin(pl, text);
	imap_command(pl->im, "%s", text);
	end(pl);
}

static void
append(struct play *pl, unsigned int n)
{
	static char cmd[TEXT], text[TEXT];
	size_t len;

	len = strlcpy(cmd, "APPEND INBOX", sizeof(cmd));
	for (; n > 0; n--) {
		message_text(text, sizeof(text), ++pl->serial);
		len += (size_t)snprintf(cmd + len, sizeof(cmd) - len,
		    " (%s) {%zu+}\r\n%s",
		    play_draw(pl, 2) ? "\\Seen" : "\\Flagged a", strlen(text),
		    text);
		ATF_REQUIRE(len < sizeof(cmd));
	}
	begin(pl, cmd);
	imap_send(pl->im, cmd, len);
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(pl->im));
	end(pl);
}

static void
sync_path(const char *path, int flags)
{
	int fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY | flags)) != -1);
	ATF_REQUIRE_EQ(0, fsync(fd));
	close(fd);
}

/* As maildir(5) wants it, and durable. */
static void
deliver(struct play *pl)
{
	char tmp[64], new[64], text[16384], *p, *q;
	size_t len;
	int fd;

	message_text(text, sizeof(text), ++pl->serial);
	for (p = q = text; *p != '\0'; p++)
		if (*p != '\r')
			*q++ = *p;
	len = (size_t)(q - text);
	snprintf(tmp, sizeof(tmp), "Maildir/tmp/%u.M%uP1.test",
	    1700000000 + pl->serial, pl->serial);
	snprintf(new, sizeof(new), "Maildir/new/%u.M%uP1.test",
	    1700000000 + pl->serial, pl->serial);
	begin(pl, "a delivery");
	recorder_on(1);
	ATF_REQUIRE((fd = open(tmp, O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, text, len));
	ATF_REQUIRE_EQ(0, fsync(fd));
	close(fd);
	ATF_REQUIRE_EQ(0, rename(tmp, new));
	sync_path("Maildir/new", O_DIRECTORY);
	recorder_on(0);
	imap_command(pl->im, "NOOP");
	end(pl);
}

/* Another program sets \Answered, durably. */
static void
read_elsewhere(struct play *pl)
{
	char find[256], from[512], to[600];
	FILE *f;

	begin(pl, "another program's rename");
	snprintf(find, sizeof(find), "ls Maildir/cur | grep ':2,[A-Qa-q]*$' | "
	    "grep -v R | head -1");
	ATF_REQUIRE((f = popen(find, "r")) != NULL);
	if (fgets(from, sizeof(from), f) == NULL)
		from[0] = '\0';
	pclose(f);
	from[strcspn(from, "\n")] = '\0';
	if (from[0] != '\0') {
		snprintf(to, sizeof(to), "Maildir/cur/%sR", from);
		snprintf(find, sizeof(find), "Maildir/cur/%.200s", from);
		recorder_on(1);
		ATF_REQUIRE_EQ(0, rename(find, to));
		sync_path("Maildir/cur", O_DIRECTORY);
		recorder_on(0);
	}
	imap_command(pl->im, "NOOP");
	end(pl);
}

static void
restart(struct play *pl)
{
	begin(pl, "indexd is killed");
	recorder_hold(1);
	(void)daemons_stop(&pl->d, SIGKILL);
	recorder_hold(0);
	daemons_indexd(&pl->d);
	imap_command(pl->im, "NOOP");
	end(pl);
}

static uint32_t
some_uid(struct play *pl)
{
	const struct imap_mailbox *mb = inbox(pl);

	return (mb->messages[play_draw(pl, (unsigned int)mb->n)].uid);
}

static void
folders(struct play *pl, enum op op)
{
	const struct shot *s = &pl->step[pl->n - 1].after;

	if (op == OP_SUBSCRIBE)
		command(pl, "SUBSCRIBE Other");
	else if (op == OP_CREATE && shot_find(s, "Third") == NULL)
		command(pl, "CREATE Third");
	else if (op == OP_RENAME && shot_find(s, "Third") != NULL &&
	    shot_find(s, "Fourth") == NULL) {
		command(pl, "UID COPY %u Third", some_uid(pl));
		command(pl, "RENAME Third Fourth");
	} else if (op == OP_DELETE && shot_find(s, "Fourth") != NULL)
		command(pl, "DELETE Fourth");
}

static void
step(struct play *pl, enum op op)
{
	uint32_t uid = some_uid(pl);

	switch (op) {
	case OP_APPEND:
	case OP_MULTIAPPEND:
		append(pl, op == OP_APPEND ? 1 : 3);
		break;
	case OP_STORE_ALL:
		command(pl, "STORE 1:* +FLAGS (\\Flagged)");
		break;
	case OP_STORE_ONE:
		command(pl, "UID STORE %u FLAGS.SILENT (\\Draft k%u)", uid,
		    play_draw(pl, 8));
		break;
	case OP_STORE_LESS:
		command(pl, "UID STORE %u:* -FLAGS (\\Seen \\Flagged)", uid);
		break;
	case OP_KEYWORD:
		command(pl, "UID STORE %u +FLAGS (k%u)", uid,
		    play_draw(pl, 8));
		break;
	case OP_COPY:
		command(pl, "UID COPY %u:%u Other", uid, uid + 2);
		break;
	case OP_MOVE:
		command(pl, "UID MOVE %u:%u Other", uid, uid + 1);
		break;
	case OP_DELETED:
		command(pl, "UID STORE %u:%u +FLAGS.SILENT (\\Deleted)", uid,
		    uid + 1);
		break;
	case OP_EXPUNGE:
		command(pl, "EXPUNGE");
		break;
	case OP_CLOSE:
		command(pl, "CLOSE");
		imap_command(pl->im, "SELECT INBOX");
		break;
	case OP_DELIVERY:
		deliver(pl);
		break;
	case OP_READ:
		read_elsewhere(pl);
		break;
	case OP_KILL:
		restart(pl);
		break;
	default:
		folders(pl, op);
		break;
	}
}

void
play_record(struct play *pl, const atf_tc_t *tc, uint64_t seed,
    unsigned int steps)
{
	const char *srcdir = atf_tc_get_config_var(tc, "srcdir");
	size_t have;

	memset(pl, 0, sizeof(*pl));
	pl->random = seed;
	daemons_init(&pl->d, tc, "");
	/* Built with the recorder. */
	strlcpy(pl->d.top, srcdir, sizeof(pl->d.top));
	if ((pl->log = recorder_make("../log")) == NULL)
		atf_tc_skip("nothing can be recorded here");
	ATF_REQUIRE((pl->disk = disk_new(".")) != NULL);
	ATF_REQUIRE_EQ(0, setenv(RECORDER_ENV, "../log", 1));
	begin(pl, "nothing");
	pl->step[0].answered = recorder_end();
	begin(pl, "the first start");
	daemons_indexd(&pl->d);
	pl->im = imap_open(&pl->d);
	imap_command(pl->im, "SELECT INBOX");
	end(pl);
	command(pl, "CREATE Other");
	while (pl->n < steps) {
		have = inbox(pl)->n;
		if (have < FEW)
			append(pl, have == 0 ? 4 : 1);
		else if (have > MANY)
			command(pl, "UID MOVE 1:%u Other", some_uid(pl));
		else
			step(pl, (enum op)play_draw(pl, OPS));
	}
	begin(pl, "the end");
	imap_close(pl->im);
	end(pl);
	ATF_REQUIRE_EQ(0, daemons_stop(&pl->d, SIGTERM));
	pl->step[pl->n - 1].answered = recorder_end();
	ATF_REQUIRE_EQ(0, unsetenv(RECORDER_ENV));
}

void
play_free(struct play *pl)
{
	size_t i;

	daemons_end(&pl->d);
	disk_free(pl->disk);
	for (i = 0; i < pl->n; i++)
		shot_free(&pl->step[i].after);
	free(pl->step);
}
