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
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/adopt.h"
#include "tests/inject/scene.h"

#define SETTLE_TRIES	40

static void	add_line(struct snap *, const char *, const char *,
		    const char *);
static int	agree(const struct scene *, const struct snap *, char *,
		    size_t);
static int	box_agrees(const char *, const struct imap_mailbox *, char *,
		    size_t);
static int	by_text(const void *, const void *);
static int	empty(const char *, const char *, char *, size_t);
static int	leftover(const char *, char *, size_t);
static void	names(struct snap *, const struct imap *, const char *);
static int	same_letters(const char *, const struct imap_mailbox *);

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

static void
add_line(struct snap *s, const char *a, const char *b, const char *c)
{
	s->line = reallocarray(s->line, s->n + 1, sizeof(*s->line));
	ATF_REQUIRE(s->line != NULL);
	ATF_REQUIRE(asprintf(&s->line[s->n], "%s %s %s", a, b, c) != -1);
	s->n++;
}

/* The names that LIST or LSUB has told. */
static void
names(struct snap *s, const struct imap *im, const char *what)
{
	const char	*p, *start;
	char		 name[64];
	size_t		 len;

	for (p = im->in; (p = strstr(p, "\".\" ")) != NULL; p += len) {
		p += 4;
		len = strcspn(p, "\r");
		ATF_REQUIRE(len < sizeof(name));
		memcpy(name, p, len);
		name[len] = '\0';
		for (start = p; start > im->in && start[-1] != '\n'; start--)
			continue;
		add_line(s, what, name, "");
		if (strcmp(what, "mailbox") != 0 ||
		    memmem(start, (size_t)(p - start), "\\Noselect", 9) !=
		    NULL || memmem(start, (size_t)(p - start),
		    "\\NonExistent", 12) != NULL)
			continue;
		ATF_REQUIRE(s->nboxes < SCENE_BOXES);
		(void)strlcpy(s->name[s->nboxes++], name,
		    sizeof(s->name[0]));
	}
}

void
snap_read(struct imap *im, struct snap *s)
{
	const struct imap_message	*m;
	size_t				 i, k;

	memset(s, 0, sizeof(*s));
	imap_command(im, "LIST \"\" *");
	names(s, im, "mailbox");
	imap_command(im, "LSUB \"\" *");
	names(s, im, "subscribed");
	for (i = 0; i < s->nboxes; i++) {
		imap_snapshot(im, s->name[i], &s->box[i]);
		for (k = 0; k < s->box[i].n; k++) {
			m = &s->box[i].messages[k];
			add_line(s, s->name[i], m->subject, m->flags);
		}
	}
	imap_command(im, "UNSELECT");
	qsort(s->line, s->n, sizeof(*s->line), by_text);
}

void
snap_free(struct snap *s)
{
	size_t	 i;

	for (i = 0; i < s->nboxes; i++)
		imap_mailbox_free(&s->box[i]);
	for (i = 0; i < s->n; i++)
		free(s->line[i]);
	free(s->line);
	memset(s, 0, sizeof(*s));
}

int
snap_equal(const struct snap *a, const struct snap *b)
{
	size_t	 i;

	if (a->n != b->n)
		return (0);
	for (i = 0; i < a->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return (0);
	return (1);
}

void
snap_print(const char *what, const struct snap *s)
{
	size_t	 i;

	fprintf(stderr, "%s:\n", what);
	for (i = 0; i < s->n; i++)
		fprintf(stderr, "\t%s\n", s->line[i]);
}

/* A UID is one message for ever, and what differs has a higher number. */
static void
box_numbers(const struct imap_mailbox *a, const struct imap_mailbox *b,
    const char *what)
{
	const struct imap_message	*m, *old;
	size_t				 i, j;
	/* Made anew, far above: every message has a new MODSEQ. */
	int				 anew = a->highestmodseq <
	    ADOPT_UNKNOWN && b->highestmodseq >= ADOPT_UNKNOWN;

	ATF_CHECK_MSG(b->uidnext >= a->uidnext, "%s: UIDNEXT %u, was %u",
	    what, b->uidnext, a->uidnext);
	ATF_CHECK_MSG(b->highestmodseq >= a->highestmodseq,
	    "%s: HIGHESTMODSEQ fell", what);
	for (i = 0; i < b->n; i++) {
		m = &b->messages[i];
		ATF_CHECK_MSG(m->uid < b->uidnext, "%s: UID", what);
		ATF_CHECK_MSG(m->modseq >= 1 && m->modseq <=
		    b->highestmodseq, "%s: MODSEQ", what);
		old = NULL;
		for (j = 0; j < a->n; j++)
			if (a->messages[j].uid == m->uid)
				old = &a->messages[j];
		if (old == NULL) {
			ATF_CHECK_MSG(m->uid >= a->uidnext,
			    "%s: UID %u given twice", what, m->uid);
			ATF_CHECK_MSG(m->modseq > a->highestmodseq,
			    "%s: a new message's MODSEQ", what);
			continue;
		}
		ATF_CHECK_MSG(strcmp(old->subject, m->subject) == 0,
		    "%s: UID %u was %s, is %s", what, m->uid, old->subject,
		    m->subject);
		if (strcmp(old->flags, m->flags) == 0 && !anew)
			ATF_CHECK_MSG(old->modseq == m->modseq,
			    "%s: MODSEQ of UID %u without a change", what,
			    m->uid);
		else
			ATF_CHECK_MSG(m->modseq > a->highestmodseq,
			    "%s: MODSEQ of a change", what);
	}
}

void
snap_numbers(const struct snap *a, const struct snap *b, const char *what)
{
	size_t	 i, j;

	for (i = 0; i < a->nboxes; i++)
		for (j = 0; j < b->nboxes; j++)
			if (strcmp(a->name[i], b->name[j]) == 0 &&
			    a->box[i].uidvalidity == b->box[j].uidvalidity)
				box_numbers(&a->box[i], &b->box[j], what);
}

/* Whether the names have, together, the letters of the messages' flags. */
static int
same_letters(const char *dir, const struct imap_mailbox *mb)
{
	static const struct {
		const char	*flag;
		char		 letter;
	}		 map[] = { { "\\Draft", 'D' }, { "\\Flagged", 'F' },
	    { "\\Answered", 'R' }, { "\\Seen", 'S' }, { "\\Deleted", 'T' },
	    { "kw", 'a' }, { "fresh", 'b' } };
	struct dirent	*e;
	const char	*info;
	char		 want[8];
	size_t		 i, j, k, has, files;
	DIR		*d;

	for (i = 0; i < mb->n; i++) {
		for (j = k = 0; j < sizeof(map) / sizeof(map[0]); j++)
			if (strstr(mb->messages[i].flags, map[j].flag) != NULL)
				want[k++] = map[j].letter;
		want[k] = '\0';
		for (has = j = 0; j < mb->n; j++)
			if (strcmp(mb->messages[j].flags,
			    mb->messages[i].flags) == 0 && has++ == 0 && j < i)
				break;
		if (j < i)
			continue;	/* was looked at */
		if ((d = opendir(dir)) == NULL)
			return (0);
		for (files = 0; (e = readdir(d)) != NULL; ) {
			if (e->d_name[0] == '.')
				continue;
			/* A name that another gave may have no letters. */
			info = strstr(e->d_name, ":2,");
			files += strcmp(info == NULL ? "" : info + 3,
			    want) == 0;
		}
		(void)closedir(d);
		if (files != has)
			return (0);
	}
	return (1);
}

/* Counts the files of a directory; says which if there are any. */
static int
empty(const char *base, const char *sub, char *why, size_t size)
{
	struct dirent	*e;
	char		 path[256];
	int		 n = 0;
	DIR		*d;

	(void)snprintf(path, sizeof(path), "%s/%s", base, sub);
	if ((d = opendir(path)) == NULL)
		return (1);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(why, size, "%s/%s is left", path, e->d_name);
		n++;
	}
	(void)closedir(d);
	return (n == 0);
}

static int
box_agrees(const char *dir, const struct imap_mailbox *mb, char *why,
    size_t size)
{
	struct dirent	*e;
	char		 path[256];
	size_t		 n = 0;
	DIR		*d;

	if (!empty(dir, "tmp", why, size) || !empty(dir, "new", why, size))
		return (0);
	(void)snprintf(path, sizeof(path), "%s/cur", dir);
	if ((d = opendir(path)) == NULL) {
		(void)snprintf(why, size, "%s is not there", path);
		return (0);
	}
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	(void)snprintf(why, size, "%s: %zu files, %zu messages, or letters "
	    "that are not the flags", path, n, mb->n);
	return (n == mb->n && same_letters(path, mb));
}

/* What is neither a mailbox nor a file that stays; a lock of Dovecot's kind
 * is overridden by whoever needs it. */
static int
leftover(const char *root, char *why, size_t size)
{
	static const char *const stays[] = { ".", "..", "cur", "new", "tmp",
	    "highwater-cache", "highwater-identity", "highwater-lease",
	    "highwater-lock", "subscriptions", "maildirfolder", "dovecot-keywords",
	    "dovecot-uidlist", "dovecot-uidlist.lock" };
	struct dirent	*e;
	size_t		 i;
	int		 r = 0;
	DIR		*d;

	ATF_REQUIRE((d = opendir(root)) != NULL);
	while ((e = readdir(d)) != NULL) {
		for (i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
			if (strcmp(e->d_name, stays[i]) == 0)
				break;
		if (i < sizeof(stays) / sizeof(stays[0]) ||
		    e->d_name[0] == '.')
			continue;
		(void)snprintf(why, size, "%s/%s is left", root, e->d_name);
		r = 1;
	}
	(void)closedir(d);
	return (r);
}

/* Whether the files say what the mailboxes say. */
static int
agree(const struct scene *sc, const struct snap *s, char *why, size_t size)
{
	char	 root[64], dir[160];
	size_t	 i;

	(void)snprintf(root, sizeof(root), "r%u/Maildir", sc->root);
	if (leftover(root, why, size))
		return (0);
	for (i = 0; i < s->nboxes; i++) {
		(void)snprintf(dir, sizeof(dir), "%s%s%s", root,
		    strcmp(s->name[i], "INBOX") == 0 ? "" : "/.",
		    strcmp(s->name[i], "INBOX") == 0 ? "" : s->name[i]);
		if (!box_agrees(dir, &s->box[i], why, size))
			return (0);
	}
	return (1);
}

void
scene_settle(struct scene *sc, struct imap *im, const struct snap *s,
    const char *what)
{
	struct snap	 now;
	char		 why[1024] = "";
	size_t		 i;
	int		 done, try;

	atomic_store(&sc->ctl->imapd_s, SCENE_OLD);
	for (try = done = 0; !done && try < SETTLE_TRIES; try++) {
		atomic_fetch_add(&sc->ctl->indexd_ms, SCENE_LATE);
		if (try > 0)
			im = imap_open(&sc->d);
		for (i = 0; i < s->nboxes; i++)
			imap_command(im, "SELECT %s", s->name[i]);
		imap_command(im, "UNSELECT");
		snap_read(im, &now);
		imap_close(im);
		if (!snap_equal(s, &now)) {
			snap_print("was", s);
			snap_print("is", &now);
			atf_tc_fail("%s: it does not stay so", what);
		}
		done = agree(sc, &now, why, sizeof(why));
		snap_free(&now);
		if (!done)
			(void)poll(NULL, 0, try < 4 ? 2 : 50);
	}
	atomic_store(&sc->ctl->imapd_s, 0);
	if (!done)
		atf_tc_fail("%s: %s", what, why);
}
