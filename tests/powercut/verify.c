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
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/mirror.h"
#include "tests/powercut/recorder.h"
#include "tests/powercut/play.h"
#include "tests/powercut/verify.h"

/* Starts both daemons on what a power cut has left, and asks. */

#define TRIES	100	/* for a folder to agree with its table */

static void	numbers(const struct imap_mailbox *,
		    const struct imap_mailbox *);
static void	resync(struct imap *, const struct shot *,
		    const struct shot *);
static int	fits(const struct shot *, const struct knows *);
static unsigned int flag_bits(const char *);
static size_t	letters(const char *, const char *, char);
static size_t	with_flag(const struct imap_mailbox *, const char *);
static int	agrees(const char *, const struct imap_mailbox *);
static void	settle(struct play *, const struct shot *);
static void	folder_of(char *, size_t, const char *);

/* What was told holds: numbers rise, and a UID is one message for ever. */
static void
numbers(const struct imap_mailbox *a, const struct imap_mailbox *b)
{
	const struct imap_message *m, *old;
	size_t i, j;

	if (a->uidvalidity != b->uidvalidity)
		atf_tc_fail("UIDVALIDITY was %u, is %u", a->uidvalidity,
		    b->uidvalidity);
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
			continue;
		}
		ATF_CHECK_STREQ(old->subject, m->subject);
		if (strcmp(old->flags, m->flags) == 0)
			ATF_CHECK_EQ(old->modseq, m->modseq);
		else
			ATF_CHECK(m->modseq > a->highestmodseq);
	}
}

static unsigned int
flag_bits(const char *flags)
{
	char have[160], want[64];
	unsigned int bits = 0, i;

	snprintf(have, sizeof(have), " %s ", flags);
	for (i = 0; i < MIRROR_FLAGS; i++) {
		snprintf(want, sizeof(want), " %s ", mirror_flags[i]);
		if (strstr(have, want) != NULL)
			bits |= 1U << i;
	}
	return (bits);
}

/* A client that was told of an earlier step comes to what there is now. */
static void
resync(struct imap *im, const struct shot *from, const struct shot *now)
{
	const struct imap_mailbox *a, *b;
	struct mirror mi;
	char cmd[256];
	size_t i, j;

	for (i = 0; i < now->n; i++) {
		b = &now->box[i];
		a = shot_find(from, now->name[i]);
		if (a == NULL || a->uidvalidity != b->uidvalidity)
			continue;
		mirror_init(&mi);
		mi.uidvalidity = a->uidvalidity;
		mi.highest = a->highestmodseq;
		mi.base = a->uidnext - 1;
		mi.n = a->n;
		mi.cap = a->n + 1;
		ATF_REQUIRE((mi.msg = calloc(mi.cap, sizeof(*mi.msg))) !=
		    NULL);
		for (j = 0; j < a->n; j++) {
			mi.msg[j].uid = a->messages[j].uid;
			mi.msg[j].modseq = a->messages[j].modseq;
			mi.msg[j].flags = flag_bits(a->messages[j].flags);
		}
		snprintf(cmd, sizeof(cmd), "SELECT %s (QRESYNC (%u %llu))",
		    now->name[i], a->uidvalidity,
		    (unsigned long long)a->highestmodseq);
		mirror_send(&mi, cmd);
		imap_command(im, "%s", cmd);
		mirror_feed(&mi, im->in, im->len);
		ATF_CHECK_EQ(b->n, mi.n);
		for (j = 0; j < b->n && j < mi.n; j++) {
			ATF_CHECK_EQ(b->messages[j].uid, mi.msg[j].uid);
			ATF_CHECK_EQ(flag_bits(b->messages[j].flags),
			    mi.msg[j].flags);
		}
		mirror_free(&mi);
	}
}

static void
folder_of(char *path, size_t size, const char *name)
{
	if (strcmp(name, "INBOX") == 0)
		snprintf(path, size, "Maildir");
	else
		snprintf(path, size, "Maildir/.%s", name);
}

/* How many files have a letter, or for 'a' letters of keywords, all of them;
 * for '*' how many files. */
static size_t
letters(const char *folder, const char *sub, char letter)
{
	struct dirent *e;
	const char *p;
	char path[256];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", folder, sub);
	ATF_REQUIRE((d = opendir(path)) != NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n += letter == '*';
		if ((p = strstr(e->d_name, ":2,")) == NULL)
			continue;
		for (p += 3; *p != '\0'; p++)
			n += *p == letter ||
			    (letter == 'a' && *p >= 'a' && *p <= 'z');
	}
	closedir(d);
	return (n);
}

/* How many messages have a flag; for NULL, how many keywords they have. */
static size_t
with_flag(const struct imap_mailbox *mb, const char *flag)
{
	const char *p;
	size_t i, n = 0;

	for (i = 0; i < mb->n; i++) {
		p = mb->messages[i].flags;
		if (flag != NULL)
			n += strstr(p, flag) != NULL;
		for (; flag == NULL && *p != '\0'; p += strcspn(p, " ")) {
			p += strspn(p, " ");
			n += *p != '\\' && *p != '\0';
		}
	}
	return (n);
}

/* Whether a folder's files say what its table says, and nothing is left. */
static int
agrees(const char *name, const struct imap_mailbox *mb)
{
	char folder[128];

	folder_of(folder, sizeof(folder), name);
	return (letters(folder, "new", '*') == 0 &&
	    letters(folder, "tmp", '*') == 0 &&
	    letters(folder, "cur", '*') == mb->n &&
	    letters(folder, "cur", 'D') == with_flag(mb, "\\Draft") &&
	    letters(folder, "cur", 'F') == with_flag(mb, "\\Flagged") &&
	    letters(folder, "cur", 'R') == with_flag(mb, "\\Answered") &&
	    letters(folder, "cur", 'S') == with_flag(mb, "\\Seen") &&
	    letters(folder, "cur", 'T') == with_flag(mb, "\\Deleted") &&
	    letters(folder, "cur", 'a') == with_flag(mb, NULL));
}

/* In the end the folders are as the tables say. */
static void
settle(struct play *pl, const struct shot *now)
{
	struct imap *im;
	size_t i;
	int done, tries;

	for (tries = 0; tries < TRIES; tries++) {
		for (i = 0, done = 1; i < now->n; i++)
			done &= agrees(now->name[i], &now->box[i]);
		if (done)
			return;
		im = imap_open(&pl->d);
		for (i = 0; i < now->n; i++) {
			imap_command(im, "SELECT %s", now->name[i]);
			imap_command(im, "NOOP");
		}
		imap_close(im);
		if (tries > 2)
			(void)poll(NULL, 0, 20);
	}
	(void)!system("ls -lR Maildir");
	atf_tc_fail("the files do not agree with the table");
}

void
play_knows(const struct play *pl, uint64_t cut, struct knows *k)
{
	const struct step *lo, *hi, *seen;

	for (lo = pl->step + pl->n - 1; lo->answered > cut; lo--)
		;
	hi = lo;
	if (hi + 1 < pl->step + pl->n && hi[1].sent <= cut)
		hi++;
	for (seen = lo; seen > pl->step && seen->seen > cut; seen--)
		;
	k->lo = &lo->after;
	k->hi = &hi->after;
	k->seen = &seen->after;
	k->what = hi->what;
}

/* Whether it is done or left undone; at the very beginning, nothing at all. */
static int
fits(const struct shot *now, const struct knows *k)
{
	return (shot_equal(now, k->lo) || shot_equal(now, k->hi) ||
	    (k->lo->n == 0 && now->n == 1 && now->box[0].n == 0));
}

void
verify(struct play *pl, const struct knows *k, const struct shot *from,
    struct shot *now, uint64_t *at)
{
	const struct imap_mailbox *mb;
	struct imap *im;
	size_t i;

	ATF_REQUIRE_EQ(0, setenv(RECORDER_NOSYNC, "1", 1));
	ATF_REQUIRE_EQ(0, setenv("HIGHWATER_PACE", "1", 1));
	daemons_indexd(&pl->d);
	im = imap_open(&pl->d);
	imap_command(im, "ENABLE QRESYNC");
	shot_read(im, now);
	*at = recorder_end();
	if (!fits(now, k)) {
		shot_print("told", k->lo);
		shot_print("or", k->hi);
		shot_print("found", now);
		atf_tc_fail("after the cut: neither done nor left undone: %s",
		    k->what);
	}
	for (i = 0; i < now->n; i++)
		if ((mb = shot_find(k->seen, now->name[i])) != NULL)
			numbers(mb, &now->box[i]);
	if (from != NULL)
		resync(im, from, now);
	imap_close(im);
	settle(pl, now);
	ATF_CHECK_EQ(0, daemons_stop(&pl->d, SIGTERM));
	ATF_REQUIRE_EQ(0, unsetenv("HIGHWATER_PACE"));
}
