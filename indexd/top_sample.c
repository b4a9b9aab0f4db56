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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/top.h"

#define WORDS	10			/* of a line */

static size_t	words(char *, char **);
static int	number(const char *, uint64_t *);
static int	numbers(char **, size_t, uint64_t *, size_t);
static void	add_session(struct top_sample *, char *, char **, size_t);
static void	add_box(struct top_sample *, char *, char **, size_t);
static void	add_kind(struct top_sample *, char **, size_t);
static void	add_class(struct histogram *, char **, size_t);
static double	rate(uint64_t, uint64_t, double);
static void	session_rate(struct top_session *, const struct top_sample *,
		    double);
static void	box_rate(struct top_box *, const struct top_sample *, double);
static int	by_rate(const void *, const void *);
static int	by_idle(const void *, const void *);
static int	by_user(const void *, const void *);
static int	by_address(const void *, const void *);
static int	by_mailbox(const void *, const void *);
static int	box_by_rate(const void *, const void *);
static int	kind_by_rate(const void *, const void *);

/* Cuts a line at its spaces; how many words it has, up to WORDS. */
static size_t
words(char *line, char **w)
{
	size_t n = 0;

	while (n < WORDS && (w[n] = strsep(&line, " ")) != NULL)
		n++;
	return (n);
}

static int
number(const char *s, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 10);
	return (*s >= '0' && *s <= '9' && *end == '\0' && errno == 0 ? 0 : -1);
}

/* The words after the first: 0, or -1 if they are not so many numbers. */
static int
numbers(char **w, size_t n, uint64_t *v, size_t want)
{
	size_t i;

	if (n != want + 1)
		return (-1);
	for (i = 0; i < want; i++)
		if (number(w[i + 1], &v[i]) == -1)
			return (-1);
	return (0);
}

static void
add_session(struct top_sample *t, char *line, char **w, size_t n)
{
	struct top_session *s = &t->session[t->nsessions];

	if (n != 9 || t->nsessions == CONTROL_SAMPLE ||
	    number(w[3], &s->requests) == -1 || number(w[4], &s->idle) == -1) {
		free(line);
		return;
	}
	s->line = line;
	s->mark = w[1];
	s->pid = w[2];
	s->idling = strcmp(w[5], "idle") == 0;
	s->user = w[6];
	s->address = w[7];
	s->mailbox = w[8];
	s->rate = 0;
	t->nsessions++;
}

static void
add_box(struct top_sample *t, char *line, char **w, size_t n)
{
	struct top_box *b = &t->box[t->nboxes];

	if (n != 6 || t->nboxes == CONTROL_SAMPLE ||
	    number(w[1], &b->requests) == -1) {
		free(line);
		return;
	}
	b->line = line;
	b->open = w[2];
	b->messages = w[3];
	b->uid = w[4];
	b->name = w[5];
	b->rate = 0;
	t->nboxes++;
}

static void
add_kind(struct top_sample *t, char **w, size_t n)
{
	struct top_kind *k = &t->kind[t->nkinds];

	if (n != 3 || t->nkinds == SERVER_KINDS || number(w[2], &k->n) == -1)
		return;
	(void)strlcpy(k->name, w[1], sizeof(k->name));
	k->rate = 0;
	t->nkinds++;
}

static void
add_class(struct histogram *h, char **w, size_t n)
{
	uint64_t v[2];

	if (numbers(w, n, v, 2) == 0 && v[0] < HISTOGRAM_CLASSES)
		h->count[v[0]] = v[1];
}

void
top_line(struct top_sample *t, const char *text, size_t len)
{
	char *line, *w[WORDS];
	uint64_t v[4];
	size_t n;

	if ((line = malloc(len + 1)) == NULL)
		return;
	memcpy(line, text, len);
	line[len] = '\0';
	if ((n = words(line, w)) == 0) {
		free(line);
		return;
	}
	if (strcmp(w[0], "session") == 0) {
		add_session(t, line, w, n);
		return;
	}
	if (strcmp(w[0], "mailbox") == 0) {
		add_box(t, line, w, n);
		return;
	}
	if (strcmp(w[0], "kind") == 0)
		add_kind(t, w, n);
	else if (strcmp(w[0], "commit") == 0)
		add_class(&t->commit, w, n);
	else if (strcmp(w[0], "sync") == 0)
		add_class(&t->sync, w, n);
	else if (strcmp(w[0], "time") == 0 && numbers(w, n, v, 2) == 0) {
		t->us = v[0];
		t->uptime = v[1];
	} else if (strcmp(w[0], "sessions") == 0 &&
	    numbers(w, n, v, 2) == 0) {
		t->connected = v[0];
		t->away = v[1];
	} else if (strcmp(w[0], "boxes") == 0)
		(void)numbers(w, n, &t->boxes, 1);
	else if (strcmp(w[0], "requests") == 0)
		(void)numbers(w, n, &t->requests, 1);
	else if (strcmp(w[0], "journal") == 0 && numbers(w, n, v, 4) == 0) {
		t->commits = v[0];
		t->failed = v[1];
		t->rows = v[2];
		t->bytes = v[3];
	}
	free(line);
}

void
top_free(struct top_sample *t)
{
	size_t i;

	for (i = 0; i < t->nsessions; i++)
		free(t->session[i].line);
	for (i = 0; i < t->nboxes; i++)
		free(t->box[i].line);
	memset(t, 0, sizeof(*t));
}

static double
rate(uint64_t now, uint64_t before, double seconds)
{
	return (now > before ? (double)(now - before) / seconds : 0);
}

static void
session_rate(struct top_session *s, const struct top_sample *before,
    double seconds)
{
	size_t i;

	for (i = 0; i < before->nsessions; i++)
		if (strcmp(before->session[i].mark, s->mark) == 0 &&
		    strcmp(before->session[i].pid, s->pid) == 0) {
			s->rate = rate(s->requests,
			    before->session[i].requests, seconds);
			return;
		}
}

static void
box_rate(struct top_box *b, const struct top_sample *before, double seconds)
{
	size_t i;

	for (i = 0; i < before->nboxes; i++)
		if (strcmp(before->box[i].name, b->name) == 0 &&
		    strcmp(before->box[i].uid, b->uid) == 0) {
			b->rate = rate(b->requests, before->box[i].requests,
			    seconds);
			return;
		}
}

static int
by_rate(const void *a, const void *b)
{
	const struct top_session *x = a, *y = b;

	if (x->rate != y->rate)
		return (x->rate < y->rate ? 1 : -1);
	return (by_idle(a, b));
}

static int
by_idle(const void *a, const void *b)
{
	const struct top_session *x = a, *y = b;

	if (x->idle != y->idle)
		return (x->idle > y->idle ? 1 : -1);
	return (strcmp(x->mark, y->mark));
}

static int
by_user(const void *a, const void *b)
{
	const struct top_session *x = a, *y = b;
	int r = strcmp(x->user, y->user);

	return (r != 0 ? r : by_rate(a, b));
}

static int
by_address(const void *a, const void *b)
{
	const struct top_session *x = a, *y = b;
	int r = strcmp(x->address, y->address);

	return (r != 0 ? r : by_rate(a, b));
}

static int
by_mailbox(const void *a, const void *b)
{
	const struct top_session *x = a, *y = b;
	int r = strcmp(x->mailbox, y->mailbox);

	return (r != 0 ? r : by_rate(a, b));
}

static int
box_by_rate(const void *a, const void *b)
{
	const struct top_box *x = a, *y = b;

	if (x->rate != y->rate)
		return (x->rate < y->rate ? 1 : -1);
	return (strcmp(x->name, y->name));
}

static int
kind_by_rate(const void *a, const void *b)
{
	const struct top_kind *x = a, *y = b;

	if (x->rate != y->rate)
		return (x->rate < y->rate ? 1 : -1);
	return (x->n != y->n ? (x->n < y->n ? 1 : -1) :
	    strcmp(x->name, y->name));
}

void
top_compare(struct top_sample *t, const struct top_sample *before,
    enum top_order order)
{
	static int (*const orders[])(const void *, const void *) = {
		by_rate, by_idle, by_user, by_address, by_mailbox
	};
	double seconds = 0;
	size_t i, k;

	if (before != NULL && t->us > before->us)
		seconds = (double)(t->us - before->us) / 1e6;
	if (seconds > 0) {
		for (i = 0; i < t->nsessions; i++)
			session_rate(&t->session[i], before, seconds);
		for (i = 0; i < t->nboxes; i++)
			box_rate(&t->box[i], before, seconds);
		for (i = 0; i < t->nkinds; i++) {
			for (k = 0; k < before->nkinds; k++)
				if (strcmp(before->kind[k].name,
				    t->kind[i].name) == 0)
					break;
			t->kind[i].rate = rate(t->kind[i].n,
			    k < before->nkinds ? before->kind[k].n : 0,
			    seconds);
		}
	}
	qsort(t->session, t->nsessions, sizeof(t->session[0]), orders[order]);
	qsort(t->box, t->nboxes, sizeof(t->box[0]), box_by_rate);
	qsort(t->kind, t->nkinds, sizeof(t->kind[0]), kind_by_rate);
}
