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
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/tally.h"
#include "imapd/conf.h"
#include "imapd/gate.h"
#include "imapd/gate_indexd.h"

#define WAIT	5000		/* ms for the listener's answer */

static enum gate_answer	ask(struct gate *, enum gate_kind, const char *,
			    unsigned int *);

void
gate_init(struct gate *g, const struct imapd_conf *conf, int listener)
{
	memset(g, 0, sizeof(*g));
	g->conf = conf;
	g->listener = listener;
	g->indexd = -1;
}

enum gate_answer
gate_address(struct gate *g, const char *addr)
{
	(void)strlcpy(g->addr, addr, sizeof(g->addr));
	if (g->listener == -1)
		return (gate_indexd_arrive(g));
	return (ask(g, GATE_ADDRESS, addr, NULL));
}

enum gate_answer
gate_user(struct gate *g, const char *user)
{
	if (g->listener == -1)
		return (GATE_OK);
	return (ask(g, GATE_USER, user, NULL));
}

unsigned int
gate_failed(struct gate *g)
{
	unsigned int delay = 0;
	enum gate_answer a;

	/* Who cannot be asked: as if these were all that there were. */
	g->failures++;
	a = g->listener == -1 ? gate_indexd_failed(g, &delay) :
	    ask(g, GATE_FAILED, "", &delay);
	return (a == GATE_OK ? delay : tally_delay(g->failures));
}

void
gate_close(struct gate *g)
{
	if (g->listener != -1)
		close(g->listener);
	if (g->indexd != -1)
		close(g->indexd);
	g->listener = g->indexd = -1;
}

static enum gate_answer
ask(struct gate *g, enum gate_kind kind, const char *text,
    unsigned int *delay)
{
	struct gate_message msg;
	struct gate_reply reply;
	int got;

	memset(&msg, 0, sizeof(msg));
	msg.kind = kind;
	(void)strlcpy(msg.text, text, sizeof(msg.text));
	if (login_send(g->listener, &msg, sizeof(msg)) == -1) {
		log_warn("gate: listener");
		return (GATE_BROKEN);
	}
	got = login_recv(g->listener, &reply, sizeof(reply), WAIT);
	if (got != 1) {
		log_warnx("gate: the listener is gone");
		return (GATE_BROKEN);
	}
	if (delay != NULL)
		*delay = reply.delay < 0 ? 0 : (unsigned int)reply.delay;
	return (reply.answer == GATE_OK ? GATE_OK : GATE_FULL);
}
