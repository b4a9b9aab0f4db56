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
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/client.h"
#include "imapd/client_id.h"
#include "imapd/conf.h"
#include "imapd/front_priv.h"
#include "imapd/parser.h"
#include "imapd/relay.h"
#include "imapd/tls.h"

#define FRONT_LITERAL	1024		/* bytes of a literal */
#define FRONT_LIMITS	{ 8192, 8192, 128, 4, 65536 }

static void	greet(struct front *);
static void	loop(struct front *);
static void	relay(const struct front_start *, struct tls *);
static void	wait_input(struct front *);
static void	literal(struct front *);
static void	command(struct front *);

static void	cmd_capability(struct front *);
static void	cmd_id(struct front *);
static void	cmd_logout(struct front *);
static void	cmd_noop(struct front *);

static void	id_note(struct front *, const struct parser_arg *);

static const struct {
	const char	 *name;
	void		(*fn)(struct front *);
} commands[] = {
	{ "AUTHENTICATE",	front_authenticate },
	{ "CAPABILITY",		cmd_capability },
	{ "ID",			cmd_id },
	{ "LOGIN",		front_login },
	{ "LOGOUT",		cmd_logout },
	{ "NOOP",		cmd_noop },
	{ "STARTTLS",		front_starttls }
};

int
front_run(const struct front_start *start)
{
	static const struct parser_limits limits = FRONT_LIMITS;
	struct tls *tls;
	struct front f;
	int go_on;

	memset(&f, 0, sizeof(f));
	f.start = start;
	f.end = login_now() + (int)start->conf->login * 1000;
	f.client = client_new(start->in, start->out);
	f.parser = parser_new(&limits);
	if (f.client == NULL || f.parser == NULL) {
		log_warn("front: start");
		goto out;
	}
	client_set_write_timeout(f.client, (int)start->conf->login * 1000);
	if (start->proxied != NULL && front_proxy(&f) == -1)
		goto out;
	if (start->listen == NULL || start->listen->tls != IMAPD_TLS_IMPLICIT ||
	    front_tls_begin(&f) == 0) {
		greet(&f);
		loop(&f);
	}
out:
	parser_free(f.parser);
	client_free(f.client);
	go_on = f.relay;
	tls = f.tls;
	explicit_bzero(&f, sizeof(f));
	if (go_on)
		relay(start, tls);
	else if (tls != NULL)
		tls_goodbye(tls);
	tls_free(tls);
	return (0);
}

static void
greet(struct front *f)
{
	struct capability_offer offer;
	char caps[CAPABILITY_MAX];

	front_offer(f, &offer);
	client_printf(f->client, "* OK [CAPABILITY %s] Highwater ready\r\n",
	    capability_front(caps, sizeof(caps), &offer));
	client_flush(f->client);
}

/* The session is the supervisor's; its bytes go through us. */
static void
relay(const struct front_start *start, struct tls *tls)
{
	struct relay r;

	setproctitle("relay: %s", start->addr);
	r.tls = tls;
	r.in = start->in;
	r.out = start->out;
	r.session = start->supervisor;
	r.addr = start->addr;
	r.timeout = CLIENT_WRITE_TIMEOUT;
	relay_run(&r);
}

static void
loop(struct front *f)
{
	const char *buf;
	size_t len, used;
	enum parser_result res;

	while (!f->done && client_error(f->client) == 0) {
		buf = client_input(f->client, &len);
		res = parser_feed(f->parser, buf, len, &used);
		client_consume(f->client, used);
		switch (res) {
		case PARSER_MORE:
			wait_input(f);
			continue;
		case PARSER_LITERAL:
			literal(f);
			continue;
		case PARSER_DONE:
			command(f);
			break;
		case PARSER_LINE:
			front_auth_line(f);
			break;
		case PARSER_REFUSED:
			if (strcmp(parser_name(f->parser), "LOGIN") != 0 ||
			    front_plaintext_ok(f))
				front_tagged(f, "NO [TOOBIG] Literal too large");
			break;
		case PARSER_ERROR:
			front_bad(f, parser_error(f->parser));
			break;
		default:
			front_end(f, parser_error(f->parser));
			break;
		}
		if (f->done || f->in_auth)
			continue;
		parser_reset(f->parser);
		client_flush_idle(f->client);
	}
}

/* Waits for the client, no longer than our time, or for the supervisor. */
static void
wait_input(struct front *f)
{
	struct pollfd pfd;
	int64_t left;
	int got;

	if ((left = f->end - login_now()) <= 0) {
		front_end(f, "[UNAVAILABLE] Too long without a login");
		return;
	}
	pfd.fd = f->start->supervisor;
	pfd.events = POLLIN;
	got = client_wait(f->client, &pfd, 1, (int)left);
	if (got == -1 && errno != EINTR) {
		f->done = 1;
	} else if (got > 0 && (got & CLIENT_FDS)) {
		/* It says nothing unasked: it is gone. */
		front_end(f, "[UNAVAILABLE] The server is shutting down");
	} else if (got > 0) {
		got = client_read(f->client, 0);
		if (got == 0 || (got == -1 && errno != EINTR &&
		    errno != ETIMEDOUT))
			f->done = 1;
	}
}

/* BYE, and leave. */
void
front_end(struct front *f, const char *text)
{
	client_printf(f->client, "* BYE %s\r\n", text);
	client_flush(f->client);
	f->done = 1;
}

/* A literal is announced; a password is not asked for in vain. */
static void
literal(struct front *f)
{
	int login = strcmp(parser_name(f->parser), "LOGIN") == 0;
	struct capability_offer offer;

	front_offer(f, &offer);
	if ((login && !offer.password) ||
	    parser_literal_size(f->parser) > FRONT_LITERAL ||
	    parser_literal(f->parser, PARSER_KEEP) == -1) {
		(void)parser_literal(f->parser, PARSER_REFUSE);
		return;
	}
	if (parser_literal_sync(f->parser))
		client_continue(f->client, "Ready");
}

void
front_bad(struct front *f, const char *text)
{
	f->in_auth = 0;
	client_printf(f->client, "%s BAD %s\r\n", parser_tag(f->parser), text);
	if (++f->bad >= LOGIN_BAD)
		front_end(f, "Too many bad commands");
}

void
front_tagged(struct front *f, const char *text)
{
	client_printf(f->client, "%s %s\r\n", parser_tag(f->parser), text);
}

static void
command(struct front *f)
{
	const char *name = parser_name(f->parser);
	size_t i;

	if (strlen(parser_tag(f->parser)) >= LOGIN_TAG_MAX) {
		front_bad(f, "The tag is too long");
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].fn(f);
			return;
		}
	}
	front_bad(f, "Unknown command, or not before login");
}

void
front_offer(const struct front *f, struct capability_offer *o)
{
	const struct imapd_conf *conf = f->start->conf;

	memset(o, 0, sizeof(*o));
	o->starttls = front_tls_offered(f);
	o->password = f->tls != NULL || conf->plaintext == PLAINTEXT_ALWAYS ||
	    (conf->plaintext == PLAINTEXT_LOOPBACK && f->start->local);
	o->scram = f->start->scram;
	o->plus = f->start->scram && f->tls != NULL;
	/* A program cannot be asked without a password. */
	o->external = f->tls != NULL && tls_user(f->tls) != NULL &&
	    conf->auth != IMAPD_AUTH_EXEC;
}

static void
cmd_capability(struct front *f)
{
	struct capability_offer offer;
	char caps[CAPABILITY_MAX];

	if (parser_args(f->parser) != NULL) {
		front_bad(f, "CAPABILITY has no arguments");
		return;
	}
	front_offer(f, &offer);
	client_printf(f->client, "* CAPABILITY %s\r\n",
	    capability_front(caps, sizeof(caps), &offer));
	front_tagged(f, "OK CAPABILITY completed");
}

static void
cmd_noop(struct front *f)
{
	if (parser_args(f->parser) != NULL)
		front_bad(f, "NOOP has no arguments");
	else
		front_tagged(f, "OK NOOP completed");
}

static void
cmd_logout(struct front *f)
{
	if (parser_args(f->parser) != NULL) {
		front_bad(f, "LOGOUT has no arguments");
		return;
	}
	client_puts(f->client, "* BYE Logging out\r\n");
	front_tagged(f, "OK LOGOUT completed");
	client_flush(f->client);
	f->done = 1;
}

/* RFC 2971 section 3.1. */
static void
cmd_id(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	char buf[CLIENT_ID_LOG];
	const char *why;

	if (client_id_check(arg, &why) == -1) {
		front_bad(f, why);
		return;
	}
	/* Whoever is asked again and again does not fill the log. */
	if (client_id_text(arg, buf, sizeof(buf))[0] != '\0' &&
	    !f->id_said) {
		log_info("front: client id%s", buf);
		f->id_said = 1;
	}
	if (arg->type == PARSER_LIST)
		id_note(f, arg->child);
	client_printf(f->client, "* ID %s\r\n", CAPABILITY_ID);
	front_tagged(f, "OK ID completed");
}

/* Keeps what the client says it is, for the log. */
static void
id_note(struct front *f, const struct parser_arg *arg)
{
	const char *key, *value;

	f->id[0] = '\0';
	while (arg != NULL && arg->next != NULL) {
		if (parser_string(arg, &key, NULL) == 0 &&
		    parser_string(arg->next, &value, NULL) == 0 &&
		    (strcasecmp(key, "name") == 0 ||
		    strcasecmp(key, "version") == 0)) {
			if (f->id[0] != '\0')
				(void)strlcat(f->id, " ", sizeof(f->id));
			(void)strlcat(f->id, value, sizeof(f->id));
		}
		arg = arg->next->next;
	}
}

/* What the session needs to go on where we stop. */
void
front_hand_over(struct front *f)
{
	unsigned char ahead[LOGIN_AHEAD_MAX];
	struct login_handover h;

	f->done = 1;
	memset(&h, 0, sizeof(h));
	(void)strlcpy(h.tag, parser_tag(f->parser), sizeof(h.tag));
	(void)strlcpy(h.command, parser_name(f->parser), sizeof(h.command));
	(void)strlcpy(h.client_id, f->id, sizeof(h.client_id));
	if (f->tls != NULL) {
		h.relay = 1;
		(void)strlcpy(h.tls, tls_method(f->tls), sizeof(h.tls));
	}
	h.aheadlen = (uint32_t)client_take_input(f->client, ahead,
	    sizeof(ahead));
	if (login_send(f->start->supervisor, &h, sizeof(h)) == -1 ||
	    login_send(f->start->supervisor, ahead, h.aheadlen) == -1)
		log_warn("front: hand over");
	else
		f->relay = f->tls != NULL;
	explicit_bzero(ahead, sizeof(ahead));
}
