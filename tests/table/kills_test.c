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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexd/compact.h"
#include "indexd/engine.h"

/*
 * Readers in processes of their own, while a writer in another is killed at
 * random moments and started again, under load, with growth and compaction.
 * They keep their mapping all the time.
 *
 * What a row must hold follows from its UID and mod-sequence by a law, so
 * that a mixture of two versions is found whatever sums say.  What each
 * mod-sequence did is noted before it is committed, so that a reader knows,
 * for each HIGHESTMODSEQ that it sees, the whole mailbox.
 *
 * HIGHWATER_SECONDS makes it longer, SEED draws the same again.
 */

#define ROOT		"/home/u/Maildir"
#define SECONDS		5
#define READERS		3
#define KILLS		60	/* in a round, after which all is new */
#define LIFE		200	/* most commits of a writer */
#define FAULTS		40	/* most pages that it stores to after that */
#define MAXMODSEQ	(1U << 20)
#define MAXUID		(1U << 20)
#define MAXAPPEND	30
#define MANY		400	/* messages: rather expunge than append */
#define NKEYWORDS	3

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

/* What a mod-sequence did, to the messages there are from lo to hi. */
struct done {
	_Atomic uint32_t	what;	/* CHANGE_* */
	_Atomic uint32_t	lo;
	_Atomic uint32_t	hi;
};

struct shared {
	_Atomic uint32_t	ready;	/* how often a writer has recovered */
	_Atomic uint32_t	end;
	_Atomic uint64_t	committed;
	_Atomic uint64_t	commits;
	_Atomic uint64_t	looks;
	_Atomic uint64_t	unstable;
	_Atomic uint64_t	walks;	/* with nothing published meanwhile */
	_Atomic uint64_t	generations;
	struct done		done[MAXMODSEQ];
};

/* The mailbox at some mod-sequence. */
struct mail {
	uint64_t	 modseq;
	uint32_t	 uidnext;
	uint32_t	 messages;
	uint32_t	 unseen;
	uint32_t	 deleted;
	uint64_t	 bytes;
	uint64_t	*changed;	/* by UID: the last change */
	uint8_t		*gone;		/* by UID */
};

struct reader {
	struct shared	*s;
	char		 dir[512];
	struct table	 t;
	struct mail	 m;
	uint64_t	 place;		/* the log was read up to this */
	uint64_t	 random;
	uint32_t	 look;
	uint32_t	*told;		/* by UID: the look that met it */
};

#define FAIL(what) do {							\
	printf("%s line %d errno %d\n", what, __LINE__, errno);		\
	fflush(stdout);							\
	_exit(1);							\
} while (0)

/* Only an unstable state is an excuse. */
#define ASK(r, call) do {						\
	if ((call) == -1) {						\
		if (errno != EAGAIN)					\
			FAIL(#call);					\
		atomic_fetch_add(&(r)->s->unstable, 1);			\
		return (-1);						\
	}								\
} while (0)

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9e3779b97f4a7c15ULL + b;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

static uint32_t
draw(uint64_t *random, uint32_t below)
{
	*random += 1;
	return ((uint32_t)(mix(*random, 7) % below));
}

/* The law. */
static uint16_t
law_flags(uint32_t uid, uint64_t modseq)
{
	return ((uint16_t)(mix(uid, modseq) & FLAG_SYSTEM));
}

static uint64_t
law_keywords(uint32_t uid, uint64_t modseq)
{
	return (mix(uid, modseq) >> 32 & ((1U << NKEYWORDS) - 1));
}

static uint64_t
law_size(uint32_t uid)
{
	return (mix(uid, 0) % 100000);
}

static int64_t
law_date(uint32_t uid, uint64_t modseq)
{
	return ((int64_t)(mix(uid, modseq) >> 8));
}

static void
obey(struct row *row, uint64_t modseq)
{
	row->modseq = modseq;
	row->flags = (uint16_t)((row->flags & ~FLAG_SYSTEM) |
	    law_flags(row->uid, modseq));
	row->keywords = law_keywords(row->uid, modseq);
	row->internaldate = law_date(row->uid, modseq);
	row->vsize = mix(row->uid, modseq) >> 1;
	row->savedate = (uint32_t)mix(modseq, row->uid);
}

static int
obeys(const struct row *row)
{
	struct row want = *row;

	obey(&want, row->modseq);
	return (want.flags == row->flags && want.keywords == row->keywords &&
	    want.internaldate == row->internaldate &&
	    want.vsize == row->vsize && want.savedate == row->savedate &&
	    row->size == law_size(row->uid));
}

/* The model. */
static void
mail_init(struct mail *m)
{
	memset(m, 0, sizeof(*m));
	m->modseq = 1;
	m->uidnext = 1;
	m->changed = calloc(MAXUID, sizeof(*m->changed));
	m->gone = calloc(MAXUID, 1);
	if (m->changed == NULL || m->gone == NULL)
		FAIL("calloc");
}

static void
mail_count(struct mail *m, uint32_t uid, int by)
{
	uint16_t flags = law_flags(uid, m->changed[uid]);

	m->messages += (uint32_t)by;
	m->unseen += (flags & FLAG_SEEN) ? 0 : (uint32_t)by;
	m->deleted += (flags & FLAG_DELETED) ? (uint32_t)by : 0;
	m->bytes += by > 0 ? law_size(uid) : 0 - law_size(uid);
}

/* One mod-sequence on. */
static void
mail_apply(struct mail *m, const struct done *d)
{
	uint32_t uid, what = d->what, lo = d->lo, hi = d->hi;

	m->modseq++;
	if (hi >= MAXUID || (what == CHANGE_NEW && lo != m->uidnext))
		FAIL("what was done");
	for (uid = lo; uid <= hi; uid++) {
		if (what != CHANGE_NEW) {
			if (m->gone[uid])
				continue;
			mail_count(m, uid, -1);
		}
		m->changed[uid] = m->modseq;
		if (what == CHANGE_EXPUNGE)
			m->gone[uid] = 1;
		else
			mail_count(m, uid, 1);
	}
	if (what == CHANGE_NEW)
		m->uidnext = hi + 1;
}

static void
mail_forward(struct mail *m, struct shared *s, uint64_t modseq)
{
	if (modseq >= MAXMODSEQ)
		FAIL("modseq");
	while (m->modseq < modseq)
		mail_apply(m, &s->done[m->modseq + 1]);
}

/*
 * A reader.  The log from its place on: in order, and for each change up to
 * the state the entry that it needs.
 */
static int
read_log(struct reader *r, const struct table_state *st, uint64_t place)
{
	struct change c;
	uint64_t i, m, last = place;
	uint32_t uid, lo, hi;

	ASK(r, table_change_since(&r->t, place, &i));
	for (; i < st->nlog; i++) {
		ASK(r, table_change(&r->t, i, &c));
		if (c.modseq < last || c.modseq > st->highestmodseq)
			FAIL("order of the log");
		last = c.modseq;
		for (uid = c.uid; uid <= c.last && uid < r->m.uidnext; uid++) {
			if (c.what == CHANGE_EXPUNGE && !r->m.gone[uid])
				FAIL("expunged, but lives");
			if (r->m.gone[uid] == (c.what == CHANGE_EXPUNGE) &&
			    (c.what == CHANGE_EXPUNGE ||
			    c.modseq == r->m.changed[uid]))
				r->told[uid] = r->look;
		}
	}
	for (m = place + 1; m <= st->highestmodseq; m++) {
		lo = r->s->done[m].lo;
		hi = r->s->done[m].hi;
		for (uid = lo; uid <= hi; uid++)
			if (r->m.changed[uid] > place &&
			    r->told[uid] != r->look)
				FAIL("a change that the log does not tell");
	}
	return (0);
}

static int
check_row(struct reader *r, uint64_t n, struct row *row)
{
	char name[TABLE_NAMELEN + 1];

	ASK(r, table_row_name(&r->t, n, row, name));
	if (!obeys(row))
		FAIL("a row against the law");
	if (strtoul(name, NULL, 10) != row->uid)
		FAIL("name of another row");
	if (row->uid >= MAXUID)
		FAIL("uid");
	if (row->uid < r->m.uidnext && row->modseq <= r->m.modseq &&
	    row->modseq != r->m.changed[row->uid])
		FAIL("a row older than the state");
	if (row->uid < r->m.uidnext && row->modseq <= r->m.modseq &&
	    r->m.gone[row->uid] != ((row->flags & ROW_EXPUNGED) != 0))
		FAIL("expunged or not");
	return (0);
}

/* All rows; if nothing was published meanwhile they add up. */
static int
read_rows(struct reader *r, const struct table_state *st)
{
	struct row row;
	uint64_t n, bytes = 0;
	uint32_t pub, last = 0, messages = 0, unseen = 0, deleted = 0;

	pub = atomic_load(&r->t.h->pub_seq);
	for (n = 0; n < st->nrows; n++) {
		if (check_row(r, n, &row) == -1)
			return (-1);
		if (row.uid <= last)
			FAIL("order of the rows");
		last = row.uid;
		if (row.flags & ROW_EXPUNGED)
			continue;
		messages++;
		unseen += (row.flags & FLAG_SEEN) == 0;
		deleted += (row.flags & FLAG_DELETED) != 0;
		bytes += row.size;
	}
	if ((pub & 1) || atomic_load(&r->t.h->pub_seq) != pub ||
	    atomic_load(&r->t.h->highestmodseq) != st->highestmodseq)
		return (0);
	if (messages != st->messages || unseen != st->unseen ||
	    deleted != st->deleted || bytes != st->bytes)
		FAIL("counts against rows");
	atomic_fetch_add(&r->s->walks, 1);
	return (0);
}

/* A number by the tree, under the state, and by the model. */
static int
read_number(struct reader *r, const struct table_state *st)
{
	struct row row;
	uint64_t n, pos;
	uint32_t uid, rank, num, before;

	if (st->messages == 0)
		return (0);
	num = before = draw(&r->random, st->messages);
	for (uid = 1; uid < r->m.uidnext; uid++)
		if (!r->m.gone[uid] && before-- == 0)
			break;
	if (table_nth(&r->t, num, &n) == -1 ||
	    table_row(&r->t, n, &row) == -1 ||
	    table_find(&r->t, uid, &pos) == -1 ||
	    table_rank(&r->t, pos, &rank) == -1) {
		if (errno != EAGAIN && table_unchanged(&r->t, st->exp_seq))
			FAIL("nth");
		return (-1);
	}
	if (!table_unchanged(&r->t, st->exp_seq))
		return (0);
	if (row.uid != uid || pos != n || rank != num)
		FAIL("a number");
	return (0);
}

static int
look(struct reader *r)
{
	struct table_state st;
	uint64_t place = r->place;

	ASK(r, table_state(&r->t, &st));
	if (st.highestmodseq < r->m.modseq)
		FAIL("HIGHESTMODSEQ went back");
	if (st.exp_seq & 1)
		FAIL("exp_seq is odd in a state");
	mail_forward(&r->m, r->s, st.highestmodseq);
	if (st.uidnext != r->m.uidnext || st.messages != r->m.messages ||
	    st.unseen != r->m.unseen || st.deleted != r->m.deleted ||
	    st.bytes != r->m.bytes)
		FAIL("a state of no moment");
	r->look++;
	/* Sometimes as one who has been away for long. */
	if (draw(&r->random, 64) == 0)
		place = draw(&r->random, (uint32_t)place + 1);
	if (read_log(r, &st, place) == -1)
		return (-1);
	r->place = st.highestmodseq;
	if (read_number(r, &st) == -1 || read_rows(r, &st) == -1)
		return (-1);
	atomic_fetch_add(&r->s->looks, 1);
	return (0);
}

/* The newest generation that has a name in the root's directory. */
static int
open_newest(const char *dir, uint32_t *generation)
{
	struct dirent *de;
	unsigned long g;
	char name[64], *p, *end;
	DIR *d;

	*generation = 0;
	if ((d = opendir(dir)) == NULL)
		FAIL("opendir");
	while ((de = readdir(d)) != NULL) {
		if ((p = strchr(de->d_name, '.')) == NULL || p[1] == '\0')
			continue;
		g = strtoul(p + 1, &end, 10);
		if (*end != '\0' || g <= *generation ||
		    strlen(de->d_name) >= sizeof(name))
			continue;
		*generation = (uint32_t)g;
		strlcpy(name, de->d_name, sizeof(name));
	}
	g = (unsigned long)(*generation > 0 ?
	    openat(dirfd(d), name, O_RDONLY) : -1);
	closedir(d);
	return ((int)g);
}

/* Goes on in the newest generation, once the old one was read to its end. */
static void
move_on(struct reader *r)
{
	const char *why;
	uint32_t g;
	int fd;

	/* Between a look and the opening another may have come and gone. */
	if ((fd = open_newest(r->dir, &g)) == -1)
		return;
	if (r->t.h != NULL && g <= r->t.h->generation)
		FAIL("superseded by nothing");
	table_unmap(&r->t);
	if (table_map(&r->t, fd, &why) == -1)
		FAIL(why);
	atomic_fetch_add(&r->s->generations, 1);
}

static void
reader(struct shared *s, const char *dir, uint64_t seed)
{
	struct reader r = { .s = s, .t = { .fd = -1 }, .random = seed };
	struct timespec nap = { 0, 100000 };
	uint64_t was;
	uint32_t end;

	strlcpy(r.dir, dir, sizeof(r.dir));
	mail_init(&r.m);
	r.place = r.m.modseq;
	if ((r.told = calloc(MAXUID, sizeof(*r.told))) == NULL)
		FAIL("calloc");
	while (r.t.h == NULL)
		move_on(&r);
	for (;;) {
		end = atomic_load(&s->end);
		was = r.m.modseq;
		if (atomic_load_explicit(&r.t.h->superseded,
		    memory_order_acquire)) {
			if (look(&r) == 0)
				move_on(&r);
		} else if (look(&r) == 0 && end)
			break;
		/* The writer wants the processor as well. */
		if (r.m.modseq == was)
			nanosleep(&nap, NULL);
	}
	if (r.m.modseq < atomic_load(&s->committed))
		FAIL("not all that was committed");
	_exit(0);
}

/* The writer: one change, in the model and in the open batch. */
static int
change(struct shared *s, struct mail *m, struct mailbox *mb, uint32_t what,
    uint32_t lo, uint32_t hi)
{
	struct done *d = &s->done[m->modseq + 1];
	struct row row;
	char name[64];
	uint64_t modseq, pos, changes = 0;
	uint32_t uid;

	if (mailbox_next_modseq(mb, &modseq) == -1 || modseq != m->modseq + 1)
		return (-1);
	for (uid = lo; uid <= hi; uid++) {
		memset(&row, 0, sizeof(row));
		pos = mailbox_find(mb, uid);
		if (what == CHANGE_NEW) {
			row.size = law_size(uid);
			row.uid = uid;
			obey(&row, modseq);
			snprintf(name, sizeof(name), "%u.%llx", uid,
			    (unsigned long long)mix(uid, 1));
			if (mailbox_append(mb, &row, name) == -1 ||
			    row.uid != uid)
				return (-1);
		} else {
			if (m->gone[uid])
				continue;
			if (mailbox_row(mb, pos, &row) == -1)
				return (-1);
			obey(&row, modseq);
			if (what == CHANGE_EXPUNGE)
				row.flags |= ROW_EXPUNGED;
			if (mailbox_put(mb, pos, &row, NULL) == -1)
				return (-1);
		}
		if (mailbox_changed(mb, (uint16_t)what, modseq, pos,
		    what == CHANGE_FLAGS ? FLAG_SYSTEM : 0, 0) == -1)
			return (-1);
		changes++;
	}
	d->what = what;
	d->lo = lo;
	d->hi = hi;
	mail_apply(m, d);
	return (0);
}

/* Some changes, each of a few messages, or of all there are. */
static int
request(struct shared *s, struct mail *m, struct engine *e,
    struct mailbox *mb, uint64_t *random)
{
	uint32_t lo, hi, n = draw(random, 16);

	engine_mark(e);
	if (m->uidnext == 1 || (n < 4 && m->messages < MANY))
		return (change(s, m, mb, CHANGE_NEW, m->uidnext,
		    m->uidnext + draw(random, MAXAPPEND)));
	lo = 1 + draw(random, m->uidnext - 1);
	if (n < 8 || m->messages >= MANY) {
		/* Rather among the old ones. */
		lo = 1 + draw(random, lo);
		hi = lo + draw(random, m->messages / 4 + 2);
	} else
		hi = lo + draw(random, n < 12 ? MANY : 10);
	if (hi >= m->uidnext)
		hi = m->uidnext - 1;
	return (change(s, m, mb, n < 8 || m->messages >= MANY ?
	    CHANGE_EXPUNGE : CHANGE_FLAGS, lo, hi));
}

/*
 * How a writer dies in the middle of a publish: its table is protected but for
 * the page that was stored to last, and it dies at some store to another one,
 * or some instructions on, by a timer.
 */
static struct {
	char		*base;
	size_t		 len;
	char		*open;		/* the page that may be stored to */
	size_t		 page;
	uint32_t	 faults;	/* to come */
	uint32_t	 us;		/* from then on; 0: at once */
} trap;

static void
trapped(int sig, siginfo_t *si, void *context)
{
	struct itimerval it = { .it_value = { 0, 0 } };
	char *at = si->si_addr;

	(void)sig;
	(void)context;
	if (at < trap.base || at >= trap.base + trap.len)
		_exit(3);
	if (trap.open != NULL)
		mprotect(trap.open, trap.page, PROT_READ);
	trap.open = trap.base +
	    (size_t)(at - trap.base) / trap.page * trap.page;
	mprotect(trap.open, trap.page, PROT_READ | PROT_WRITE);
	if (--trap.faults > 0)
		return;
	if (trap.us == 0)
		kill(getpid(), SIGKILL);
	mprotect(trap.base, trap.len, PROT_READ | PROT_WRITE);
	it.it_value.tv_usec = (suseconds_t)trap.us;
	setitimer(ITIMER_REAL, &it, NULL);
}

static void
trap_set(uint64_t *random)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = trapped;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	trap.page = (size_t)sysconf(_SC_PAGESIZE);
	trap.faults = 1 + draw(random, FAULTS);
	trap.us = draw(random, 2) == 0 ? 0 : 1 + draw(random, 20);
}

static int
commit(struct engine *e, struct mailbox *mb, int dying)
{
	struct table *t = mailbox_table(mb);
	int r;

	if (!dying || trap.faults == 0)
		return (engine_commit(e));
	trap.base = (char *)t->h;
	trap.len = t->len;
	trap.open = NULL;
	mprotect(trap.base, trap.len, PROT_READ);
	r = engine_commit(e);
	mprotect(trap.base, trap.len, PROT_READ | PROT_WRITE);
	return (r);
}

/* Until it is killed, or told to end. */
static void
writer(struct shared *s, const char *directory, uint64_t random)
{
	struct engine_conf conf = { .directory = directory };
	struct timespec nap = { 0, 0 };
	struct engine *e;
	struct mailbox *mb;
	struct mail m;
	uint32_t n, life;

	life = 1 + draw(&random, LIFE);
	trap_set(&random);
	conf.interval = draw(&random, 4) == 0 ? 0 : 1000;
	if ((e = engine_open(&conf, NULL, NULL)) == NULL ||
	    (mb = mailbox_open(e, 1000, ROOT, id)) == NULL)
		FAIL("recovery");
	if (mailbox_highestmodseq(mb) < atomic_load(&s->committed))
		FAIL("lost what was committed");
	mail_init(&m);
	mail_forward(&m, s, mailbox_highestmodseq(mb));
	if (mailbox_uidnext(mb) != m.uidnext ||
	    mailbox_messages(mb) != m.messages)
		FAIL("recovered to no moment");
	atomic_fetch_add(&s->ready, 1);
	while (!atomic_load(&s->end) && m.modseq < MAXMODSEQ - 100 &&
	    m.uidnext < MAXUID - 100 * MAXAPPEND) {
		for (n = 1 + draw(&random, 8); n > 0; n--)
			if (request(s, &m, e, mb, &random) == -1)
				FAIL("request");
		if (life > 0)
			life--;
		if (commit(e, mb, life == 0) == -1)
			FAIL("commit");
		atomic_store(&s->committed, m.modseq);
		atomic_fetch_add(&s->commits, 1);
		engine_work(e);
		engine_synced(e);
		/* Readers get to see a table that holds still, too. */
		nap.tv_nsec = draw(&random, 64) == 0 ? 300000 : 0;
		if (nap.tv_nsec != 0)
			nanosleep(&nap, NULL);
	}
	mailbox_close(mb);
	engine_close(e);
	_exit(0);
}

static void
create(const char *directory)
{
	struct engine_conf conf = { .directory = directory };
	static const char *const kw[NKEYWORDS] = { "a", "b", "c" };
	struct engine *e;
	struct mailbox *mb;
	unsigned int i;

	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	for (i = 0; i < NKEYWORDS; i++)
		ATF_REQUIRE_EQ((int)i, mailbox_add_keyword(mb, kw[i]));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	mailbox_close(mb);
	engine_close(e);
}

/* The directory of the one root there is. */
static void
find_root(const char *directory, char *dir, size_t size)
{
	struct dirent *de;
	char roots[64];
	DIR *d;

	snprintf(roots, sizeof(roots), "%s/roots", directory);
	ATF_REQUIRE((d = opendir(roots)) != NULL);
	do
		ATF_REQUIRE((de = readdir(d)) != NULL);
	while (de->d_name[0] == '.');
	snprintf(dir, size, "%s/%s", roots, de->d_name);
	closedir(d);
}

static pid_t
start(struct shared *s, const char *directory, const char *dir,
    uint64_t random)
{
	pid_t pid;

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (dir != NULL)
			reader(s, dir, random);
		writer(s, directory, random);
	}
	return (pid);
}

static void
await(pid_t pid)
{
	int status;

	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "a reader or writer failed");
}

static void
map_newest(const char *dir, struct table *t)
{
	const char *why;
	uint32_t g;
	int fd;

	/* It may be superseded, and gone, between two calls. */
	do
		fd = open_newest(dir, &g);
	while (fd == -1);
	ATF_REQUIRE_EQ_MSG(0, table_map(t, fd, &why), "%s", why);
}

/*
 * Kills the writer at some moment after its start or its recovery, or waits
 * until it dies in a commit.  Returns 1 if the table was left odd.
 */
static unsigned int
let_live(struct shared *s, pid_t pid, uint32_t was, const char *dir,
    uint64_t *random)
{
	struct timespec nap = { 0, 0 };
	struct table t;
	unsigned int odd;
	int status = 0;

	switch (draw(random, 8)) {
	case 0:
		nap.tv_nsec = draw(random, 20000000);
		break;
	case 1:
		nap.tv_nsec = 200000;
		while (atomic_load(&s->ready) == was &&
		    waitpid(pid, &status, WNOHANG) == 0)
			nanosleep(&nap, NULL);
		nap.tv_nsec = draw(random, 40000000);
		break;
	default:
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		break;
	}
	if (nap.tv_nsec != 0) {
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
	}
	ATF_REQUIRE_MSG(WIFSIGNALED(status), "the writer failed");
	map_newest(dir, &t);
	odd = atomic_load(&t.h->pub_seq) & 1;
	table_unmap(&t);
	return (odd);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return (remove(path));
}

static void
one_round(struct shared *s, unsigned int round, time_t until,
    uint64_t *random, unsigned int *kills, unsigned int *odd)
{
	char directory[32], dir[512];
	pid_t pid[READERS], w;
	uint32_t was;
	unsigned int i;

	snprintf(directory, sizeof(directory), "d%u", round);
	create(directory);
	find_root(directory, dir, sizeof(dir));
	atomic_store(&s->end, 0);
	atomic_store(&s->committed, 1);
	for (i = 0; i < READERS; i++)
		pid[i] = start(s, directory, dir, mix(*random, i));
	for (i = 0; i < KILLS && (*kills == 0 || time(NULL) < until); i++) {
		was = atomic_load(&s->ready);
		w = start(s, directory, NULL, mix(*random, i + READERS));
		*odd += let_live(s, w, was, dir, random);
		++*kills;
	}
	/* The last one heals all, and ends by itself. */
	w = start(s, directory, NULL, mix(*random, 1000));
	atomic_store(&s->end, 1);
	await(w);
	for (i = 0; i < READERS; i++)
		await(pid[i]);
	ATF_REQUIRE_EQ(0, nftw(directory, remove_one, 16,
	    FTW_DEPTH | FTW_PHYS));
}

ATF_TC(kills);
ATF_TC_HEAD(kills, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "readers keep reading while the writer is killed and recovers");
	atf_tc_set_md_var(tc, "timeout", "90000");
}
ATF_TC_BODY(kills, tc)
{
	const char *v;
	struct shared *s;
	time_t until;
	uint64_t seed;
	unsigned int kills = 0, odd = 0, round = 0;

	v = getenv("SEED");
	seed = v != NULL ? strtoul(v, NULL, 10) : (uint64_t)time(NULL);
	printf("SEED=%llu\n", (unsigned long long)seed);
	v = getenv("HIGHWATER_SECONDS");
	until = time(NULL) + (v != NULL ?
	    (time_t)strtonum(v, 1, 1000000, NULL) : SECONDS);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(s != MAP_FAILED);
	compact_slack = 16;
	do
		one_round(s, round++, until, &seed, &kills, &odd);
	while (time(NULL) < until);
	printf("rounds %u kills %u in a publish %u commits %llu\n", round,
	    kills, odd, (unsigned long long)s->commits);
	printf("looks %llu unstable %llu walks %llu generations %llu\n",
	    (unsigned long long)s->looks, (unsigned long long)s->unstable,
	    (unsigned long long)s->walks, (unsigned long long)s->generations);
	ATF_CHECK(kills > 0);
	ATF_CHECK(s->looks > READERS);
	ATF_CHECK(s->walks > 0);
	/* A slow machine may not get as far as a compaction. */
	ATF_CHECK(s->commits < 2000 || s->generations > READERS);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kills);
	return (atf_no_error());
}
