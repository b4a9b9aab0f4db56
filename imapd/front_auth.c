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

#include <string.h>

#include "imapd/client.h"
#include "imapd/front_priv.h"
#include "imapd/parser.h"
#include "imapd/sasl.h"

static void	auth_plain(struct front *, const char *, size_t);
static void	ask(struct front *, const char *, const char *);
static void	answered(struct front *, const struct login_answer *);

/* RFC 3501 section 6.2.3. */
void
front_login(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	const char *user, *pass;

	if (arg == NULL || arg->next == NULL || arg->next->next != NULL ||
	    parser_astring(arg, &user, NULL) == -1 ||
	    parser_astring(arg->next, &pass, NULL) == -1) {
		front_bad(f, "LOGIN needs a user and a password");
		return;
	}
	if (front_plaintext_ok(f))
		ask(f, user, pass);
}

/* Whether passwords may be sent here; if not, says so (RFC 5530). */
int
front_plaintext_ok(struct front *f)
{
	struct capability_offer offer;

	front_offer(f, &offer);
	if (offer.password)
		return (1);
	front_tagged(f, "NO [PRIVACYREQUIRED] No passwords on this connection: "
	    "it is not encrypted");
	return (0);
}

/* RFC 3501 section 6.2.2, with the initial response of RFC 4959. */
void
front_authenticate(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	const char *mech, *initial;

	if (parser_atom(arg, &mech) == -1 ||
	    (arg->next != NULL && (arg->next->next != NULL ||
	    parser_atom(arg->next, &initial) == -1))) {
		front_bad(f, "AUTHENTICATE needs a mechanism");
		return;
	}
	if (strcasecmp(mech, "PLAIN") != 0) {
		front_tagged(f, "NO [CANNOT] Unknown mechanism");
		return;
	}
	if (!front_plaintext_ok(f))
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
void
front_auth_line(struct front *f)
{
	const char *line;
	size_t len;

	line = parser_line(f->parser, &len);
	f->in_auth = 0;
	if (len == 1 && line[0] == '*')
		front_tagged(f, "BAD AUTHENTICATE cancelled");
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
		front_bad(f, "Not a message of PLAIN in base64");
	else if (sp.authzid[0] != '\0' && strcmp(sp.authzid, sp.user) != 0)
		front_tagged(f, "NO [AUTHORIZATIONFAILED] Only as oneself");
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
	req.kind = LOGIN_PASSWORD;
	/* What is too long is nobody's, and fails as anything wrong does. */
	if (strlcpy(req.user, user, sizeof(req.user)) >= sizeof(req.user) ||
	    strlcpy(req.pass, pass, sizeof(req.pass)) >= sizeof(req.pass))
		req.user[0] = req.pass[0] = '\0';
	client_flush(f->client);
	got = login_send(f->start->supervisor, &req, sizeof(req));
	explicit_bzero(&req, sizeof(req));
	if (got == 0)
		got = login_recv(f->start->supervisor, &ans, sizeof(ans), -1);
	if (got == 1)
		answered(f, &ans);
	else
		front_end(f, "[UNAVAILABLE] The server is shutting down");
}

static void
answered(struct front *f, const struct login_answer *ans)
{
	switch (ans->result) {
	case LOGIN_OK:
		front_hand_over(f);
		return;
	case LOGIN_FAILED:
		front_tagged(f, "NO [AUTHENTICATIONFAILED] Wrong user or password");
		break;
	case LOGIN_LIMIT:
		front_tagged(f, "NO [LIMIT] You have too many connections");
		break;
	default:
		front_tagged(f, "NO [UNAVAILABLE] Something is out of order here; "
		    "try again later");
		break;
	}
	if (ans->last)
		front_end(f, "Too many failures");
}
