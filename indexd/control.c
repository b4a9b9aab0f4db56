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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/peer.h"
#include "indexd/request.h"

static const struct command {
	const char	*name;
	unsigned int	 minargs;
	unsigned int	 maxargs;
	int		(*step)(struct control *);
	int		 takes;		/* input */
} commands[] = {
	{ "show", 0, 1, control_show, 0 },
	{ "sessions", 0, 1, control_sessions, 0 },
	{ "revoke", 1, 1, control_revoke, 0 },
	{ "sample", 2, 2, control_sample, 0 },
	{ "stats", 0, 1, control_stats, 0 },
	{ "check", 0, 2, control_check, 0 },
	{ "export", 2, 3, control_export, 0 },
	{ "import", 2, 3, control_import, 1 },
	{ "reset", 3, 3, control_reset, 0 },
	{ "takeover", 1, 2, control_takeover, 0 },
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int	get_args(struct request *, struct control *, char *, size_t);
static void	ask(struct control *);

/* The command's name and its arguments; -1 if it is malformed. */
static int
get_args(struct request *rq, struct control *c, char *name, size_t size)
{
	char arg[CONTROL_ARG];
	uint32_t i, n;

	if (get_u8(&rq->in, &c->json) == -1 || c->json > 1 ||
	    get_str(&rq->in, name, size) == -1 || get_u32(&rq->in, &n) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		if (get_str(&rq->in, arg, sizeof(arg)) == -1)
			return (-1);
		if (i < 3)
			(void)strlcpy(i == 0 ? c->arg : i == 1 ? c->arg2 :
			    c->arg3, arg, sizeof(c->arg));
	}
	c->nargs = n;
	return (frame_end(&rq->in));
}

enum outcome
req_control(struct request *rq)
{
	struct server *srv = rq->srv;
	char name[64];
	struct control *c;
	size_t i;

	if (rq->peer->uid != 0 && rq->peer->uid != srv->uid) {
		if (peer_may_log(srv))
			log_warnx("control: uid=%u may not ask",
			    (unsigned int)rq->peer->uid);
		return (REQ_BAD);
	}
	if (srv->ncontrols >= PEER_CONTROLS)
		return (REQ_BAD);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (REQ_BAD);
	c->srv = srv;
	if (get_args(rq, c, name, sizeof(name)) == -1) {
		control_free(c);
		return (REQ_BAD);
	}
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0 &&
		    c->nargs >= commands[i].minargs &&
		    c->nargs <= commands[i].maxargs) {
			c->step = commands[i].step;
			c->takes = commands[i].takes;
		}
	if (c->step == NULL)
		c->step = control_unknown;
	rq->peer->control = c;
	c->peer = rq->peer;
	c->number = rq->number;
	peer_phase(rq->peer, PEER_CONTROL);
	return (REQ_DONE);
}

int
control_unknown(struct control *c)
{
	control_error(c, "unknown command, or wrong arguments");
	return (0);
}

int
control_takes(const struct control *c)
{
	return (c->takes);
}

int
control_ready(const struct peer *p)
{
	const struct control *c = p->control;

	if (c->waits)
		return (0);
	return (!c->asked || (p->has_head && p->len >= p->head.length));
}

void
controls_wake(struct server *srv)
{
	struct peer *p, *next;

	for (p = TAILQ_FIRST(&srv->controls); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->control == NULL || !p->control->waits ||
		    p->turn == srv->turn)
			continue;
		p->control->waits = 0;
		peer_check(p);
	}
}

int
controls_timeout(const struct server *srv)
{
	const struct peer *p;

	TAILQ_FOREACH(p, &srv->controls, entry)
		if (p->control != NULL && p->control->waits)
			return (CONTROL_WAITED);
	return (-1);
}

/* Asks for the next frame of input; what is there was taken. */
static void
ask(struct control *c)
{
	struct frame f;
	int had = c->asked;

	c->asked = 1;
	if (had)
		peer_consume(c->peer);
	frame_init(&f, PROTO_MORE, c->number);
	frame_close(&f);
	frame_put_bytes(&c->out, f.buf, f.len);
	frame_free(&f);
}

/* The next piece goes out when the peer has taken this one. */
void
control_step(struct peer *p)
{
	struct control *c = p->control;
	struct frame done;
	int next;

	c->lines = 0;
	frame_free(&c->out);
	frame_init(&c->out, 0, 0);
	c->out.len = 0;
	next = c->step(c);
	if (next != CONTROL_END) {
		c->waits = next == CONTROL_WAIT;
		if (next == CONTROL_INPUT)
			ask(c);
		if (p->dead)
			return;
		if (c->out.len > 0)
			control_send(c);
		if (p->control != NULL)
			peer_check(p);
		return;
	}
	frame_init(&done, PROTO_DONE, c->number);
	frame_put_u8(&done, (uint8_t)c->status);
	frame_close(&done);
	frame_put_bytes(&c->out, done.buf, done.len);
	frame_free(&done);
	p->control = NULL;
	peer_phase(p, PEER_OVER);
	c->peer = p;
	control_send(c);
	control_free(c);
}

/* All lines of a piece go as one: frames one after the other. */
void
control_send(struct control *c)
{
	peer_send_raw(c->peer, &c->out, -1);
}

void
control_line(struct control *c, const char *fmt, ...)
{
	char line[CONTROL_LINE];
	struct frame f;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	frame_init(&f, PROTO_LINE, c->number);
	frame_put_str(&f, line);
	frame_close(&f);
	if (f.failed)
		c->out.failed = 1;
	else
		frame_put_bytes(&c->out, f.buf, f.len);
	frame_free(&f);
	c->lines++;
}

void
control_error(struct control *c, const char *text)
{
	char quoted[CONTROL_LINE - 16];

	c->status = 1;
	(c->json ? control_quote : control_plain)(quoted, sizeof(quoted),
	    text);
	control_line(c, c->json ? "{\"error\":%s}" : "error: %s", quoted);
}

void
control_free(struct control *c)
{
	size_t i;

	if (c == NULL)
		return;
	if (c->data_free != NULL)
		c->data_free(c->data);
	frame_free(&c->out);
	if (c->check != NULL)
		(void)check_end(c->check, NULL);
	for (i = 0; i < c->n; i++)
		free(c->names[i].root);
	free(c->names);
	free(c);
}
