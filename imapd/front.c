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

#include "common/log.h"
#include "imapd/capability.h"
#include "imapd/client.h"
#include "imapd/front.h"
#include "imapd/login.h"
#include "imapd/parser.h"
#include "imapd/sasl.h"

#define FRONT_LITERAL	1024		/* bytes of a literal */
#define FRONT_LIMITS	{ 8192, 8192, 128, 4, 65536 }

struct front {
	const struct front_start	*start;
	struct client			*client;
	struct parser			*parser;
	int64_t				 end;	/* of our time, ms */
	unsigned int			 bad;	/* commands */
	int				 done;	/* leave the loop */
	int				 in_auth; /* a line is expected */
	char				 id[LOGIN_ID_MAX];
	unsigned char			 sasl[LOGIN_USER_MAX * 2 +
					    LOGIN_PASS_MAX];
};

static void	loop(struct front *);
static void	wait_input(struct front *);
static void	end_with(struct front *, const char *);
static void	literal(struct front *);
static void	bad(struct front *, const char *);
static void	tagged(struct front *, const char *);
static void	command(struct front *);

static void	cmd_authenticate(struct front *);
static void	cmd_capability(struct front *);
static void	cmd_id(struct front *);
static void	cmd_login(struct front *);
static void	cmd_logout(struct front *);
static void	cmd_noop(struct front *);
static void	cmd_starttls(struct front *);

static int	plaintext_ok(struct front *);
static void	auth_line(struct front *);
static void	auth_plain(struct front *, const char *, size_t);
static void	ask(struct front *, const char *, const char *);
static void	answered(struct front *, const struct login_answer *);
static void	hand_over(struct front *);
static void	id_note(struct front *, const struct parser_arg *);

static const struct {
	const char	 *name;
	void		(*fn)(struct front *);
} commands[] = {
	{ "AUTHENTICATE",	cmd_authenticate },
	{ "CAPABILITY",		cmd_capability },
	{ "ID",			cmd_id },
	{ "LOGIN",		cmd_login },
	{ "LOGOUT",		cmd_logout },
	{ "NOOP",		cmd_noop },
	{ "STARTTLS",		cmd_starttls }
};

int
front_run(const struct front_start *start)
{
	static const struct parser_limits limits = FRONT_LIMITS;
	char caps[CAPABILITY_MAX];
	struct front f;

	memset(&f, 0, sizeof(f));
	f.start = start;
	f.end = login_now() + LOGIN_TIME * 1000;
	f.client = client_new(start->in, start->out);
	f.parser = parser_new(&limits);
	if (f.client == NULL || f.parser == NULL) {
		log_warn("front: start");
		goto out;
	}
	client_set_write_timeout(f.client, LOGIN_TIME * 1000);
	client_printf(f.client, "* OK [CAPABILITY %s] Highwater ready\r\n",
	    capability_front(caps, sizeof(caps), start->plaintext));
	client_flush(f.client);
	loop(&f);
out:
	parser_free(f.parser);
	client_free(f.client);
	explicit_bzero(&f, sizeof(f));
	return (0);
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
			auth_line(f);
			break;
		case PARSER_REFUSED:
			if (strcmp(parser_name(f->parser), "LOGIN") != 0 ||
			    plaintext_ok(f))
				tagged(f, "NO [TOOBIG] Literal too large");
			break;
		case PARSER_ERROR:
			bad(f, parser_error(f->parser));
			break;
		default:
			end_with(f, parser_error(f->parser));
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
		end_with(f, "[UNAVAILABLE] Too long without a login");
		return;
	}
	pfd.fd = f->start->supervisor;
	pfd.events = POLLIN;
	got = client_wait(f->client, &pfd, 1, (int)left);
	if (got == -1 && errno != EINTR) {
		f->done = 1;
	} else if (got > 0 && (got & CLIENT_FDS)) {
		/* It says nothing unasked: it is gone. */
		end_with(f, "[UNAVAILABLE] The server is shutting down");
	} else if (got > 0) {
		got = client_read(f->client, 0);
		if (got == 0 || (got == -1 && errno != EINTR &&
		    errno != ETIMEDOUT))
			f->done = 1;
	}
}

/* BYE, and leave. */
static void
end_with(struct front *f, const char *text)
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

	if ((login && !f->start->plaintext) ||
	    parser_literal_size(f->parser) > FRONT_LITERAL ||
	    parser_literal(f->parser, PARSER_KEEP) == -1) {
		(void)parser_literal(f->parser, PARSER_REFUSE);
		return;
	}
	if (parser_literal_sync(f->parser))
		client_continue(f->client, "Ready");
}

static void
bad(struct front *f, const char *text)
{
	f->in_auth = 0;
	client_printf(f->client, "%s BAD %s\r\n", parser_tag(f->parser), text);
	if (++f->bad >= LOGIN_BAD)
		end_with(f, "Too many bad commands");
}

static void
tagged(struct front *f, const char *text)
{
	client_printf(f->client, "%s %s\r\n", parser_tag(f->parser), text);
}

static void
command(struct front *f)
{
	const char *name = parser_name(f->parser);
	size_t i;

	if (strlen(parser_tag(f->parser)) >= LOGIN_TAG_MAX) {
		bad(f, "The tag is too long");
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].fn(f);
			return;
		}
	}
	bad(f, "Unknown command, or not before login");
}

static void
cmd_capability(struct front *f)
{
	char caps[CAPABILITY_MAX];

	if (parser_args(f->parser) != NULL) {
		bad(f, "CAPABILITY has no arguments");
		return;
	}
	client_printf(f->client, "* CAPABILITY %s\r\n",
	    capability_front(caps, sizeof(caps), f->start->plaintext));
	tagged(f, "OK CAPABILITY completed");
}

static void
cmd_noop(struct front *f)
{
	if (parser_args(f->parser) != NULL)
		bad(f, "NOOP has no arguments");
	else
		tagged(f, "OK NOOP completed");
}

static void
cmd_logout(struct front *f)
{
	if (parser_args(f->parser) != NULL) {
		bad(f, "LOGOUT has no arguments");
		return;
	}
	client_puts(f->client, "* BYE Logging out\r\n");
	tagged(f, "OK LOGOUT completed");
	client_flush(f->client);
	f->done = 1;
}

/* RFC 3501 section 6.2.1: not offered, so not a command here. */
static void
cmd_starttls(struct front *f)
{
	bad(f, "STARTTLS is not available");
}

/* RFC 2971 section 3.1. */
static void
cmd_id(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);

	if (arg == NULL || arg->next != NULL ||
	    (arg->type != PARSER_LIST && !parser_is(arg, "NIL"))) {
		bad(f, "ID needs a list or NIL");
		return;
	}
	if (arg->type == PARSER_LIST)
		id_note(f, arg->child);
	client_printf(f->client, "* ID %s\r\n", CAPABILITY_ID);
	tagged(f, "OK ID completed");
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

/* RFC 3501 section 6.2.3. */
static void
cmd_login(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	const char *user, *pass;

	if (arg == NULL || arg->next == NULL || arg->next->next != NULL ||
	    parser_astring(arg, &user, NULL) == -1 ||
	    parser_astring(arg->next, &pass, NULL) == -1) {
		bad(f, "LOGIN needs a user and a password");
		return;
	}
	if (plaintext_ok(f))
		ask(f, user, pass);
}

/* Whether passwords may be sent here; if not, says so (RFC 5530). */
static int
plaintext_ok(struct front *f)
{
	if (f->start->plaintext)
		return (1);
	tagged(f, "NO [PRIVACYREQUIRED] No passwords on this connection: "
	    "it is not encrypted");
	return (0);
}

/* RFC 3501 section 6.2.2, with the initial response of RFC 4959. */
static void
cmd_authenticate(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	const char *mech, *initial;

	if (parser_atom(arg, &mech) == -1 ||
	    (arg->next != NULL && (arg->next->next != NULL ||
	    parser_atom(arg->next, &initial) == -1))) {
		bad(f, "AUTHENTICATE needs a mechanism");
		return;
	}
	if (strcasecmp(mech, "PLAIN") != 0) {
		tagged(f, "NO [CANNOT] Unknown mechanism");
		return;
	}
	if (!plaintext_ok(f))
		return;
	if (arg->next != NULL) {
		auth_plain(f, initial, strlen(initial));
		return;
	}
	f->in_auth = 1;
	parser_expect_line(f->parser);
	client_continue(f->client, "");
}

/* The client's answer to the continuation request. */
static void
auth_line(struct front *f)
{
	const char *line;
	size_t len;

	line = parser_line(f->parser, &len);
	f->in_auth = 0;
	if (len == 1 && line[0] == '*')
		tagged(f, "BAD AUTHENTICATE cancelled");
	else
		auth_plain(f, line, len);
}

static void
auth_plain(struct front *f, const char *s, size_t len)
{
	struct sasl_plain sp;
	int n;

	n = sasl_base64(s, len, f->sasl, sizeof(f->sasl) - 1);
	if (n == -1 || sasl_plain(f->sasl, (size_t)n, sizeof(f->sasl),
	    &sp) == -1)
		bad(f, "Not a message of PLAIN in base64");
	else if (sp.authzid[0] != '\0' && strcmp(sp.authzid, sp.user) != 0)
		tagged(f, "NO [AUTHORIZATIONFAILED] Only as oneself");
	else
		ask(f, sp.user, sp.pass);
	explicit_bzero(f->sasl, sizeof(f->sasl));
}

/* Has the supervisor check, and waits: it answers failures late. */
static void
ask(struct front *f, const char *user, const char *pass)
{
	struct login_request req;
	struct login_answer ans;
	int got;

	memset(&req, 0, sizeof(req));
	/* What is too long is nobody's, and fails as anything wrong does. */
	if (strlcpy(req.user, user, sizeof(req.user)) >= sizeof(req.user) ||
	    strlcpy(req.pass, pass, sizeof(req.pass)) >= sizeof(req.pass))
		memset(&req, 0, sizeof(req));
	client_flush(f->client);
	got = login_send(f->start->supervisor, &req, sizeof(req));
	explicit_bzero(&req, sizeof(req));
	if (got == 0)
		got = login_recv(f->start->supervisor, &ans, sizeof(ans), -1);
	if (got == 1)
		answered(f, &ans);
	else
		end_with(f, "[UNAVAILABLE] The server is shutting down");
}

static void
answered(struct front *f, const struct login_answer *ans)
{
	switch (ans->result) {
	case LOGIN_OK:
		hand_over(f);
		return;
	case LOGIN_FAILED:
		tagged(f, "NO [AUTHENTICATIONFAILED] Wrong user or password");
		break;
	case LOGIN_LIMIT:
		tagged(f, "NO [LIMIT] You have too many connections");
		break;
	default:
		tagged(f, "NO [UNAVAILABLE] Something is out of order here; "
		    "try again later");
		break;
	}
	if (ans->last)
		end_with(f, "Too many failures");
}

/* What the session needs to go on where we stop. */
static void
hand_over(struct front *f)
{
	unsigned char ahead[LOGIN_AHEAD_MAX];
	struct login_handover h;

	f->done = 1;
	memset(&h, 0, sizeof(h));
	(void)strlcpy(h.tag, parser_tag(f->parser), sizeof(h.tag));
	(void)strlcpy(h.command, parser_name(f->parser), sizeof(h.command));
	(void)strlcpy(h.client_id, f->id, sizeof(h.client_id));
	h.aheadlen = (uint32_t)client_take_input(f->client, ahead,
	    sizeof(ahead));
	if (login_send(f->start->supervisor, &h, sizeof(h)) == -1 ||
	    login_send(f->start->supervisor, ahead, h.aheadlen) == -1)
		log_warn("front: hand over");
	explicit_bzero(ahead, sizeof(ahead));
}
