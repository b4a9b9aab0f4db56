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

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "tests/lib/imap.h"
#include "tests/lib/mirror.h"

/*
 * A connection may end after any byte.  One session is watched while it and
 * two others change a mailbox; after each byte that it receives, what a client
 * may then keep is noted.  From each of these copies another session brings
 * itself up to date: it must come to what the mailbox holds.  This is done
 * after every few steps, so that what one copy misses is not made good by
 * later changes of the same messages.
 */
#define ROUNDS		12
#define STEPS		10	/* of a round */
#define OTHERS		2
#define MESSAGES	12	/* at the start */
#define TEXT		8192

/* What a client keeps, when its connection ends. */
struct kept {
	uint64_t		 highest;
	uint32_t		 base;
	struct mirror_msg	*msg;
	size_t			 n;
	char			 after[256];	/* the last line */
};

struct scene {
	struct daemons	 d;
	int		 qresync;
	unsigned int	 seed;
	uint64_t	 random;
	struct imap	*watched;
	struct imap	*other[OTHERS];
	struct imap	*fresh;		/* brings itself up to date */
	struct mirror	 mirror;	/* of the watched one */
	struct mirror	 truth;
	struct mirror	 again;		/* what the fresh one came to */
	struct kept	*kept;
	size_t		 nkept;
	size_t		 cap;
	char		 command[TEXT];	/* of the watched one */
	size_t		 cuts;
	FILE		*transcript;	/* for whoever looks into a failure */
};

static void	appear(struct scene *, const char *, int *);
static void	bring_up(struct scene *);
static void	by_search(struct scene *, const struct kept *);
static void	check(struct scene *, const struct kept *, size_t);
static void	command(struct scene *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	disturb(struct scene *);
static unsigned int draw(struct scene *, unsigned int);
static void	fetch(struct scene *);
static void	finish(struct scene *);
static const char *flag(struct scene *);
static void	idle(struct scene *);
static void	keep(struct scene *, const char *, size_t);
static void	known_uids(const struct mirror_msg *, size_t, char *, size_t);
static void	parameter(const struct mirror *, const struct mirror_msg *,
		    size_t, uint64_t, uint32_t, unsigned int, char *, size_t);
static void	rearrange(struct scene *);
static void	received(struct scene *, const char *, size_t);
static void	reconnect(struct scene *, int);
static void	resync(struct scene *, const struct kept *, size_t);
static void	run(const atf_tc_t *, int, unsigned int);
static struct scene *scene_new(const atf_tc_t *, int, unsigned int);
static void	search(struct scene *);
static void	select_again(struct scene *);
static uint32_t	some_uid(struct scene *);
static void	start(struct scene *);
static void	step(struct scene *);
static void	store(struct scene *);
static void	take_lines(struct scene *, uint32_t, int);

static unsigned int
draw(struct scene *sc, unsigned int below)
{
	sc->random = sc->random * 6364136223846793005ULL +
	    1442695040888963407ULL;
	return ((unsigned int)(sc->random >> 33) % below);
}

static const char *
flag(struct scene *sc)
{
	return (mirror_flags[draw(sc, MIRROR_FLAGS)]);
}

/* The UID of a known message or of one near by. */
static uint32_t
some_uid(struct scene *sc)
{
	struct mirror	*m = &sc->mirror;

	if (m->n == 0 || draw(sc, 4) == 0)
		return (m->base + 1 + draw(sc, 4));
	return (m->msg[draw(sc, (unsigned int)m->n)].uid);
}

/* What the client may keep now, if it is not the same as before. */
static void
keep(struct scene *sc, const char *last, size_t len)
{
	const struct mirror	*m = &sc->mirror;
	struct kept		*k;
	size_t			 n;

	for (n = 0; n < m->n && m->msg[n].uid <= m->base; n++)
		continue;
	sc->cuts++;
	for (k = sc->kept; k < sc->kept + sc->nkept; k++)
		if (k->highest == m->highest && k->base == m->base &&
		    k->n == n && (n == 0 ||
		    memcmp(k->msg, m->msg, n * sizeof(*m->msg)) == 0))
			return;
	if (m->highest == 0)
		return;
	if (sc->nkept == sc->cap) {
		sc->kept = recallocarray(sc->kept, sc->cap, sc->cap + 256,
		    sizeof(*sc->kept));
		ATF_REQUIRE(sc->kept != NULL);
		sc->cap += 256;
	}
	k = &sc->kept[sc->nkept++];
	k->highest = m->highest;
	k->base = m->base;
	k->n = n;
	ATF_REQUIRE((k->msg = calloc(n + 1, sizeof(*k->msg))) != NULL);
	if (n > 0)
		memcpy(k->msg, m->msg, n * sizeof(*m->msg));
	(void)snprintf(k->after, sizeof(k->after), "%.*s: %.*s", 100,
	    sc->command, (int)len, last);
}

/* Each byte may be the last one. */
static void
received(struct scene *sc, const char *p, size_t len)
{
	const char	*line = p;
	unsigned int	 lines = sc->mirror.lines;

	(void)fprintf(sc->transcript, "-- %s\n%.*s", sc->command, (int)len, p);
	(void)fflush(sc->transcript);
	for (; len > 0; p++, len--) {
		mirror_feed(&sc->mirror, p, 1);
		if (sc->mirror.lines == lines) {
			sc->cuts++;
			continue;
		}
		lines = sc->mirror.lines;
		keep(sc, line, (size_t)(p + 1 - line) - 2);
		line = p + 1;
	}
}

/* A command of the watched session; others may run at the same time. */
static void
command(struct scene *sc, const char *fmt, ...)
{
	va_list		 ap;
	enum imap_reply	 reply;
	int		 len;

	va_start(ap, fmt);
	len = vsnprintf(sc->command, sizeof(sc->command), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(len > 0 && (size_t)len < sizeof(sc->command));
	mirror_send(&sc->mirror, sc->command);
	imap_send(sc->watched, sc->command, (size_t)len);
	while (draw(sc, 3) == 0)
		disturb(sc);
	reply = imap_reply(sc->watched);
	if (reply == IMAP_BAD || reply == IMAP_GONE)
		atf_tc_fail("seed %u: %s: %.*s", sc->seed, sc->command,
		    (int)sc->watched->len, sc->watched->in);
	received(sc, sc->watched->in, sc->watched->len);
}

/* A change by another session. */
static void
disturb(struct scene *sc)
{
	struct imap	*im = sc->other[draw(sc, OTHERS)];
	uint32_t	 uid = some_uid(sc);

	switch (draw(sc, 10)) {
	case 0:
	case 1:
		imap_command(im, "UID STORE %" PRIu32 ":%" PRIu32
		    " +FLAGS.SILENT (%s)", uid, uid + draw(sc, 4), flag(sc));
		break;
	case 2:
		imap_command(im, "UID STORE %" PRIu32 " -FLAGS.SILENT (%s %s)",
		    uid, flag(sc), flag(sc));
		break;
	case 3:
		imap_command(im, "UID STORE %" PRIu32 ",%" PRIu32
		    " FLAGS.SILENT (%s)", uid, some_uid(sc), flag(sc));
		break;
	case 4:
	case 5:
		imap_command(im, "UID STORE %" PRIu32 ":%" PRIu32
		    " +FLAGS.SILENT (\\Deleted)", uid, uid + draw(sc, 2));
		imap_command(im, "UID EXPUNGE %" PRIu32 ":%" PRIu32, uid,
		    uid + 1);
		break;
	case 6:
		imap_command(im, "UID MOVE %" PRIu32 " Other", uid);
		break;
	case 7:
		imap_command(im, "UID COPY %" PRIu32 " INBOX", uid);
		break;
	default:
		imap_command(im, "APPEND INBOX (%s) {12+}\r\nSubject: x\r\n",
		    flag(sc));
		break;
	}
}

/* Reads on, in IDLE, until a text has come once more. */
static void
appear(struct scene *sc, const char *text, int *times)
{
	const char	*p;
	int		 n;

	for (;;) {
		n = 0;
		for (p = sc->watched->in; (p = strstr(p, text)) != NULL; p++)
			n++;
		if (n > *times)
			break;
		ATF_REQUIRE(imap_more(sc->watched));
	}
	*times = n;
}

static void
idle(struct scene *sc)
{
	static const char	 done[] = "DONE\r\n";
	unsigned int		 i, n;
	int			 ready = 0, exists = 0;

	(void)strlcpy(sc->command, "IDLE", sizeof(sc->command));
	mirror_send(&sc->mirror, "IDLE");
	imap_send(sc->watched, "IDLE", 4);
	appear(sc, "+ ", &ready);
	for (i = 0, n = draw(sc, 3) + 1; i < n; i++) {
		if (draw(sc, 2) == 0)
			disturb(sc);
		disturb(sc);
		imap_command(sc->other[0], "APPEND INBOX {12+}\r\n"
		    "Subject: x\r\n");
		appear(sc, " EXISTS", &exists);
	}
	ATF_REQUIRE_EQ(6, write(sc->watched->fd, done, sizeof(done) - 1));
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(sc->watched));
	received(sc, sc->watched->in, sc->watched->len);
}

/* The messages that the copy has, as a set. */
static void
known_uids(const struct mirror_msg *msg, size_t n, char *text, size_t size)
{
	struct uidset	 set;
	size_t		 i, pos = 0;

	uidset_init(&set, 0);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(0, uidset_add(&set, msg[i].uid));
	ATF_REQUIRE(uidset_text(&set, &pos, text, size) > 0 && pos == set.n);
	uidset_free(&set);
}

/* A QRESYNC parameter, in one of the forms that clients use. */
static void
parameter(const struct mirror *m, const struct mirror_msg *msg, size_t n,
    uint64_t highest, uint32_t base, unsigned int form, char *out, size_t size)
{
	char	 uids[TEXT / 4], nums[TEXT / 4], known[TEXT / 4];
	size_t	 i;

	(void)snprintf(known, sizeof(known), "1:%" PRIu32, base);
	if (n > 0 && form >= 2)
		known_uids(msg, n, known, sizeof(known));
	if (base == 0 || form == 0)
		known[0] = '\0';
	(void)snprintf(out, size, "(QRESYNC (%" PRIu32 " %" PRIu64 "%s%s",
	    m->uidvalidity, highest, known[0] == '\0' ? "" : " ", known);
	uids[0] = nums[0] = '\0';
	for (i = n - (n >= 8 ? n / 2 : n); i < n; i += 1 + (n - i) / 2) {
		(void)snprintf(nums + strlen(nums), sizeof(nums) -
		    strlen(nums), "%s%zu", nums[0] == '\0' ? "" : ",", i + 1);
		(void)snprintf(uids + strlen(uids), sizeof(uids) -
		    strlen(uids), "%s%" PRIu32, uids[0] == '\0' ? "" : ",",
		    msg[i].uid);
	}
	if (n > 0 && form % 2 == 1) {
		(void)strlcat(out, " (", size);
		(void)strlcat(out, nums, size);
		(void)strlcat(out, " ", size);
		(void)strlcat(out, uids, size);
		(void)strlcat(out, ")", size);
	}
	ATF_REQUIRE(strlcat(out, "))", size) < size);
}

/* SELECT by the watched session, and what it needs to be up to date. */
static void
select_again(struct scene *sc)
{
	struct mirror	*m = &sc->mirror;
	char		 text[TEXT - 64];
	size_t		 n;

	for (n = 0; n < m->n && m->msg[n].uid <= m->base; n++)
		continue;
	if (sc->qresync && m->highest != 0) {
		parameter(m, m->msg, n, m->highest, m->base, draw(sc, 4), text,
		    sizeof(text));
		command(sc, "SELECT INBOX %s", text);
		return;
	}
	command(sc, "SELECT INBOX%s", sc->qresync ? "" : " (CONDSTORE)");
	if (m->need_map)
		command(sc, "FETCH 1:* (UID%s)", m->base == 0 ? " FLAGS" : "");
	if (m->need_changes)
		command(sc, "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64 ")",
		    m->highest);
}

static void
reconnect(struct scene *sc, int first)
{
	if (!first) {
		mirror_cut(&sc->mirror);
		imap_reap(sc->watched);
	}
	sc->watched = imap_open(&sc->d);
	imap_command(sc->watched, sc->qresync ? "ENABLE QRESYNC" :
	    "ENABLE CONDSTORE");
	select_again(sc);
}

/* STORE of any form. */
static void
store(struct scene *sc)
{
	static const char *const	 ops[] = { "", "+", "-" };
	char				 set[64], since[64] = "";
	unsigned int			 exists, num;
	const char			*uid = "";

	exists = (unsigned int)sc->mirror.exists;
	num = 1 + draw(sc, exists);
	(void)snprintf(set, sizeof(set), "%u:%u", num,
	    num + draw(sc, exists - num + 1));
	if (draw(sc, 3) == 0) {
		uid = "UID ";
		num = some_uid(sc);
		(void)snprintf(set, sizeof(set), "%u:%u,%" PRIu32, num,
		    num + draw(sc, 3), some_uid(sc));
	}
	if (draw(sc, 3) == 0)
		(void)snprintf(since, sizeof(since), " (UNCHANGEDSINCE %"
		    PRIu64 ")", sc->mirror.highest - draw(sc, 3));
	command(sc, "%sSTORE %s%s %sFLAGS%s (%s)", uid, set, since,
	    ops[draw(sc, 3)], draw(sc, 2) ? ".SILENT" : "", flag(sc));
}

static void
fetch(struct scene *sc)
{
	static const char *const	 items[] = { "(FLAGS)", "(MODSEQ)",
	    "(UID)", "(FLAGS MODSEQ UID)", "(BODY[])", "(BODY.PEEK[])" };
	unsigned int			 exists, num;
	const char			*item = items[draw(sc, 6)];

	exists = (unsigned int)sc->mirror.exists;
	num = 1 + draw(sc, exists);
	switch (draw(sc, 4)) {
	case 0:
		command(sc, "UID FETCH %" PRIu32 ":%" PRIu32 " %s",
		    some_uid(sc), some_uid(sc), item);
		break;
	case 1:
		command(sc, "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64
		    "%s)", sc->mirror.highest, sc->qresync ? " VANISHED" : "");
		break;
	default:
		command(sc, "FETCH %u:%u %s", num,
		    num + draw(sc, exists - num + 1), item);
		break;
	}
}

static void
search(struct scene *sc)
{
	command(sc, "%sSEARCH MODSEQ %" PRIu64, draw(sc, 2) ? "UID " : "",
	    1 + sc->mirror.highest - draw(sc, 2));
}

/* Own messages come and go. */
static void
rearrange(struct scene *sc)
{
	uint32_t	 uid = some_uid(sc);

	switch (draw(sc, 6)) {
	case 0:
		command(sc, "EXPUNGE");
		break;
	case 1:
		command(sc, "UID EXPUNGE %" PRIu32 ":%" PRIu32, uid, uid + 5);
		break;
	case 2:
		command(sc, "UID MOVE %" PRIu32 ":%" PRIu32 " Other", uid,
		    uid + 1);
		break;
	case 3:
		command(sc, "MOVE %u Other",
		    1 + draw(sc, (unsigned int)sc->mirror.exists));
		break;
	case 4:
		command(sc, "UID COPY %" PRIu32 " INBOX", uid);
		break;
	default:
		command(sc, "APPEND INBOX (%s) {12+}\r\nSubject: x\r\n",
		    flag(sc));
		break;
	}
}

/* One step of the watched session, after some of the others'. */
static void
step(struct scene *sc)
{
	unsigned int	 n;

	for (n = draw(sc, 4); n > 0; n--)
		disturb(sc);
	if (sc->mirror.exists < 4) {
		command(sc, "APPEND INBOX {12+}\r\nSubject: x\r\n {12+}\r\n"
		    "Subject: x\r\n");
		return;
	}
	if (mirror_behind(&sc->mirror) && draw(sc, 3) == 0) {
		command(sc, "UID FETCH %" PRIu32 ":* (FLAGS)",
		    sc->mirror.base + 1);
		return;
	}
	n = draw(sc, 40);
	if (n < 10)
		store(sc);
	else if (n < 20)
		fetch(sc);
	else if (n < 23)
		search(sc);
	else if (n < 29)
		rearrange(sc);
	else if (n < 32)
		idle(sc);
	else if (n < 34)
		select_again(sc);
	else if (n < 35) {
		command(sc, draw(sc, 2) ? "UNSELECT" : "CLOSE");
		command(sc, "STATUS INBOX (HIGHESTMODSEQ)");
		select_again(sc);
	} else if (n < 36)
		reconnect(sc, 0);
	else
		command(sc, "NOOP");
}

/* What the fresh session was told of messages, up to a UID or above it. */
static void
take_lines(struct scene *sc, uint32_t base, int above)
{
	struct uidset	 set;
	const char	*p, *uid;
	char		 line[1024];
	size_t		 len;
	uint32_t	 n;

	for (p = sc->fresh->in; *p != '\0'; p += len + 2) {
		len = strcspn(p, "\r");
		if (strncmp(p, "* VANISHED (EARLIER) ", 21) == 0) {
			uidset_init(&set, 0);
			mirror_set(p + 21, &set);
			mirror_forget(&sc->again, &set);
			uidset_free(&set);
		}
		ATF_REQUIRE(len < sizeof(line));
		(void)strlcpy(line, p, len + 1);
		if (strstr(line, " FETCH (") == NULL)
			continue;
		ATF_REQUIRE((uid = strstr(line, "UID ")) != NULL);
		n = (uint32_t)strtoul(uid + 4, NULL, 10);
		if (above ? n > base : n <= base)
			(void)mirror_fetch(&sc->again, line);
	}
}

/* CONDSTORE alone: what is not there any more is found by a search. */
static void
by_search(struct scene *sc, const struct kept *k)
{
	struct uidset	 there, gone;
	const char	*p;
	size_t		 i;
	char		*end;

	imap_command(sc->fresh, "EXAMINE INBOX (CONDSTORE)");
	imap_command(sc->fresh, "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64
	    ")", k->highest);
	take_lines(sc, k->base, 0);
	imap_command(sc->fresh, "UID SEARCH ALL");
	uidset_init(&there, 0);
	uidset_init(&gone, 0);
	ATF_REQUIRE(strncmp(sc->fresh->in, "* SEARCH", 8) == 0);
	for (p = sc->fresh->in + 8; *p == ' '; p = end)
		ATF_REQUIRE_EQ(0, uidset_add(&there,
		    (uint32_t)strtoul(p, &end, 10)));
	for (i = 0; i < sc->again.n; i++)
		if (!uidset_contains(&there, sc->again.msg[i].uid))
			ATF_REQUIRE_EQ(0, uidset_add(&gone,
			    sc->again.msg[i].uid));
	mirror_forget(&sc->again, &gone);
	uidset_free(&there);
	uidset_free(&gone);
}

/* From what was kept to what there is. */
static void
resync(struct scene *sc, const struct kept *k, size_t form)
{
	char	 text[TEXT - 64];

	mirror_free(&sc->again);
	sc->again.msg = calloc(k->n + 1, sizeof(*k->msg));
	ATF_REQUIRE(sc->again.msg != NULL);
	if (k->n > 0)
		memcpy(sc->again.msg, k->msg, k->n * sizeof(*k->msg));
	sc->again.n = sc->again.cap = k->n;
	if (sc->qresync) {
		parameter(&sc->mirror, k->msg, k->n, k->highest, k->base,
		    form % 4, text, sizeof(text));
		imap_command(sc->fresh, "EXAMINE INBOX %s", text);
		take_lines(sc, k->base, 0);
	} else
		by_search(sc, k);
	imap_command(sc->fresh, "UID FETCH %" PRIu32 ":* (FLAGS MODSEQ)",
	    k->base + 1);
	take_lines(sc, k->base, 1);
}

static void
check(struct scene *sc, const struct kept *k, size_t form)
{
	const struct mirror	*is = &sc->again, *should = &sc->truth;
	const struct mirror_msg	*a, *b;
	size_t			 i, j;

	resync(sc, k, form);
	for (i = j = 0; i < is->n || j < should->n; i++, j++) {
		a = i < is->n ? &is->msg[i] : NULL;
		b = j < should->n ? &should->msg[j] : NULL;
		if (a != NULL && b != NULL && a->uid == b->uid &&
		    a->modseq == b->modseq && a->flags == b->flags)
			continue;
		atf_tc_fail("seed %u: cut after \"%s\", resynchronised from %"
		    PRIu64 " (base %" PRIu32 ", form %zu): UID %" PRIu32
		    " MODSEQ %" PRIu64 " flags %#x, but there is UID %" PRIu32
		    " MODSEQ %" PRIu64 " flags %#x", sc->seed, k->after,
		    k->highest, k->base, form % 4, a ? a->uid : 0,
		    a ? a->modseq : 0, a ? a->flags : 0, b ? b->uid : 0,
		    b ? b->modseq : 0, b ? b->flags : 0);
	}
}

/* From each copy of this round. */
static void
bring_up(struct scene *sc)
{
	struct imap	*im = sc->fresh;
	size_t		 i;

	mirror_free(&sc->truth);
	sc->fresh = sc->other[0];
	imap_command(sc->fresh, "EXAMINE INBOX (CONDSTORE)");
	imap_command(sc->fresh, "UID FETCH 1:* (FLAGS MODSEQ)");
	mirror_free(&sc->again);
	take_lines(sc, 0, 1);
	sc->truth = sc->again;
	mirror_init(&sc->again);
	imap_command(sc->fresh, "SELECT INBOX");
	sc->fresh = im;
	for (i = 0; i < sc->nkept; i++) {
		check(sc, &sc->kept[i], i);
		free(sc->kept[i].msg);
	}
	sc->nkept = 0;
}

static void
start(struct scene *sc)
{
	unsigned int	 i;

	sc->random = sc->seed;
	mirror_init(&sc->mirror);
	mirror_init(&sc->truth);
	mirror_init(&sc->again);
	daemons_indexd(&sc->d);
	for (i = 0; i < OTHERS; i++)
		sc->other[i] = imap_open(&sc->d);
	imap_command(sc->other[0], "CREATE Other");
	for (i = 0; i < MESSAGES; i++)
		imap_command(sc->other[0], "APPEND INBOX {12+}\r\n"
		    "Subject: x\r\n");
	for (i = 0; i < OTHERS; i++)
		imap_command(sc->other[i], "SELECT INBOX");
	sc->fresh = imap_open(&sc->d);
	imap_command(sc->fresh, sc->qresync ? "ENABLE QRESYNC" :
	    "ENABLE CONDSTORE");
	reconnect(sc, 1);
}

static void
finish(struct scene *sc)
{
	unsigned int	 i;

	imap_close(sc->watched);
	imap_close(sc->fresh);
	for (i = 0; i < OTHERS; i++)
		imap_close(sc->other[i]);
	ATF_CHECK_EQ(0, daemons_stop(&sc->d, SIGTERM));
	mirror_free(&sc->mirror);
	mirror_free(&sc->truth);
	mirror_free(&sc->again);
	free(sc->kept);
	(void)fclose(sc->transcript);
}

static struct scene *
scene_new(const atf_tc_t *tc, int qresync, unsigned int seed)
{
	struct scene	*sc;

	ATF_REQUIRE((sc = calloc(1, sizeof(*sc))) != NULL);
	sc->qresync = qresync;
	sc->seed = seed;
	ATF_REQUIRE((sc->transcript = fopen("transcript", "w")) != NULL);
	daemons_init(&sc->d, tc, "");
	start(sc);
	return (sc);
}

static void
run(const atf_tc_t *tc, int qresync, unsigned int seed)
{
	struct scene	*sc;
	char		 dir[16];
	size_t		 copies = 0;
	unsigned int	 i, j;

	(void)snprintf(dir, sizeof(dir), "seed%u", seed);
	ATF_REQUIRE(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
	sc = scene_new(tc, qresync, seed);
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < STEPS; j++)
			step(sc);
		copies += sc->nkept;
		bring_up(sc);
	}
	printf("seed %u: %zu places to cut, %zu copies\n", seed, sc->cuts,
	    copies);
	finish(sc);
	daemons_end(&sc->d);
	free(sc);
	ATF_REQUIRE_EQ(0, chdir(".."));
}

ATF_TC(qresync);
ATF_TC_HEAD(qresync, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 28, 42, 46, 47: with "
	    "QRESYNC, a connection that ends after any byte costs no change");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(qresync, tc)
{
	unsigned int	 seed;

	for (seed = 1; seed <= 3; seed++)
		run(tc, 1, seed);
}

ATF_TC(condstore);
ATF_TC_HEAD(condstore, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 28, 46, 47: with CONDSTORE "
	    "alone, a connection that ends after any byte costs no change");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(condstore, tc)
{
	unsigned int	 seed;

	for (seed = 4; seed <= 6; seed++)
		run(tc, 0, seed);
}

/* What the first one was told is no answer to the second. */
ATF_TC(idle_again);
ATF_TC_HEAD(idle_again, tc)
{
	atf_tc_set_md_var(tc, "descr", "the client of these tests: an IDLE "
	    "right behind another waits for its own answers");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(idle_again, tc)
{
	struct scene	*sc;
	int		 i;

	sc = scene_new(tc, 0, 7);
	for (i = 0; i < 3; i++) {
		idle(sc);
		ATF_CHECK(strstr(sc->watched->in, " EXISTS") != NULL);
		imap_send(sc->watched, "NOOP", 4);
		ATF_CHECK_STREQ("", sc->watched->in);
		ATF_REQUIRE_EQ(IMAP_OK, imap_reply(sc->watched));
		idle(sc);
	}
	finish(sc);
	daemons_end(&sc->d);
	free(sc);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, qresync);
	ATF_TP_ADD_TC(tp, condstore);
	ATF_TP_ADD_TC(tp, idle_again);
	return (atf_no_error());
}
