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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "imapd/tls_priv.h"

static time_t	now(void);
static void	make(struct tls_ticket *);

static time_t
now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("tls: clock_gettime");
	return (ts.tv_sec + 1);		/* 0: no ticket */
}

static void
make(struct tls_ticket *t)
{
	arc4random_buf(t, sizeof(*t));
	t->made = now();
}

void
tls_ticket_begin(struct tls_server *s, const struct tls_server *old)
{
	if (old != NULL)
		memcpy(s->tickets, old->tickets, sizeof(s->tickets));
	if (s->tickets[0].made == 0)
		make(&s->tickets[0]);
}

/* Whoever takes a key out of our memory reads the tickets of some hours. */
void
tls_server_rotate(struct tls_server *s)
{
	size_t i;

	if (s == NULL || s->tickets[0].made == 0)
		return;
	if (now() - s->tickets[0].made >= TLS_TICKET_NEW) {
		memmove(s->tickets + 1, s->tickets,
		    sizeof(s->tickets) - sizeof(s->tickets[0]));
		make(&s->tickets[0]);
	}
	for (i = 1; i < TLS_TICKETS; i++) {
		if (s->tickets[i].made != 0 && now() - s->tickets[i].made >=
		    TLS_TICKET_NEW + TLS_TICKET_LIFE)
			explicit_bzero(&s->tickets[i], sizeof(s->tickets[i]));
	}
}

const struct tls_ticket *
tls_ticket_find(const struct tls_server *s, const unsigned char *name)
{
	const struct tls_ticket *t;
	size_t i;

	for (i = 0; i < TLS_TICKETS; i++) {
		t = &s->tickets[i];
		if (t->made != 0 && (name == NULL ||
		    memcmp(t->name, name, sizeof(t->name)) == 0))
			return (t);
	}
	return (NULL);
}
