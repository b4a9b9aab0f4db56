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

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "imapd/client.h"
#include "imapd/front_priv.h"
#include "imapd/parser.h"
#include "imapd/sasl.h"

/* What a mechanism does with a message of the client. */
static void	step_plain(struct front *, size_t);
static void	step_login(struct front *, size_t);
static void	step_scram(struct front *, size_t);
static void	step_external(struct front *, size_t);

static int	may(struct front *, int);
static void	message(struct front *, const char *, size_t);
static void	challenge(struct front *, const char *);
static void	cancel(struct front *);
static void	forget(struct front *);
static void	ask_password(struct front *, const char *, const char *,
		    const char *);
static void	ask(struct front *, struct login_request *);
static void	answered(struct front *, const struct login_answer *);

/* Who may use a mechanism here and now. */
enum { BY_PASSWORD, BY_SCRAM, BY_PLUS, BY_EXTERNAL };

static const struct mechanism {
	const char	 *name;
	int		  by;
	const char	 *prompt;	/* if the client has not begun */
	void		(*step)(struct front *, size_t);
} mechanisms[] = {
	{ "PLAIN",		BY_PASSWORD,	"",		step_plain },
	{ "LOGIN",		BY_PASSWORD,	"Username:",	step_login },
	{ "SCRAM-SHA-256",	BY_SCRAM,	"",		step_scram },
	{ "SCRAM-SHA-256-PLUS",	BY_PLUS,	"",		step_scram },
	{ "EXTERNAL",		BY_EXTERNAL,	"",		step_external }
};

#define NMECHANISMS	(sizeof(mechanisms) / sizeof(mechanisms[0]))

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
	cancel(f);
	if (front_plaintext_ok(f))
		ask_password(f, "LOGIN", user, pass);
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

/*
 * RFC 3501 section 6.2.2, with the initial response of RFC 4959, of which "="
 * is an empty one.
 */
void
front_authenticate(struct front *f)
{
	const struct parser_arg *arg = parser_args(f->parser);
	const char *mech, *initial = NULL;
	size_t i;

	if (parser_atom(arg, &mech) == -1 ||
	    (arg->next != NULL && (arg->next->next != NULL ||
	    parser_atom(arg->next, &initial) == -1))) {
		front_bad(f, "AUTHENTICATE needs a mechanism");
		return;
	}
	/* One that a line in error has ended. */
	cancel(f);
	for (i = 0; i < NMECHANISMS; i++) {
		if (strcasecmp(mech, mechanisms[i].name) == 0)
			break;
	}
	if (i == NMECHANISMS) {
		front_tagged(f, "NO [CANNOT] Unknown mechanism");
		return;
	}
	if (!may(f, mechanisms[i].by))
		return;
	f->mech = i;
	if (initial == NULL)
		challenge(f, mechanisms[i].prompt);
	else if (strcmp(initial, "=") == 0)
		message(f, "", 0);
	else
		message(f, initial, strlen(initial));
}

static int
may(struct front *f, int by)
{
	struct capability_offer offer;

	if (by == BY_PASSWORD)
		return (front_plaintext_ok(f));
	front_offer(f, &offer);
	if ((by == BY_SCRAM && offer.scram) || (by == BY_PLUS && offer.plus) ||
	    (by == BY_EXTERNAL && offer.external))
		return (1);
	front_tagged(f, "NO [CANNOT] Not on this connection");
	return (0);
}

/* The client's answer to the continuation request. */
void
front_auth_line(struct front *f)
{
	const char *line;
	size_t len;

	line = parser_line(f->parser, &len);
	f->in_auth = 0;
	if (len == 1 && line[0] == '*') {
		cancel(f);
		front_bad(f, "AUTHENTICATE cancelled");
	} else
		message(f, line, len);
}

static void
message(struct front *f, const char *s, size_t len)
{
	char text[64];
	int n;

	n = sasl_base64(s, len, f->sasl, sizeof(f->sasl) - 1);
	if (n == -1) {
		cancel(f);
		(void)snprintf(text, sizeof(text), "Not a message of %s in "
		    "base64", mechanisms[f->mech].name);
		front_bad(f, text);
	} else {
		f->sasl[n] = '\0';
		mechanisms[f->mech].step(f, (size_t)n);
	}
	explicit_bzero(f->sasl, sizeof(f->sasl));
}

/* Sends text, in base64, and waits for the client's answer. */
static void
challenge(struct front *f, const char *text)
{
	char b64[SASL_BASE64_SIZE(LOGIN_PASS_MAX)];

	if (sasl_base64_encode(text, strlen(text), b64, sizeof(b64)) == -1) {
		front_end(f, "[UNAVAILABLE] Something is out of order here");
		return;
	}
	f->in_auth = 1;
	parser_expect_line(f->parser);
	client_continue(f->client, b64);
}

/* What a line in error or another command leaves behind. */
static void
cancel(struct front *f)
{
	struct login_request req;

	if (f->exchange) {
		memset(&req, 0, sizeof(req));
		req.kind = LOGIN_CANCEL;
		if (login_send(f->start->supervisor, &req, sizeof(req)) == -1)
			log_warn("front: supervisor");
	}
	forget(f);
}

static void
forget(struct front *f)
{
	f->exchange = 0;
	explicit_bzero(f->login_user, sizeof(f->login_user));
}

static void
step_plain(struct front *f, size_t len)
{
	struct sasl_plain sp;

	if (sasl_plain(f->sasl, len, sizeof(f->sasl), &sp) == -1)
		front_bad(f, "Not a message of PLAIN in base64");
	else if (sp.authzid[0] != '\0' && strcmp(sp.authzid, sp.user) != 0)
		front_tagged(f, "NO [AUTHORIZATIONFAILED] Only as oneself");
	else
		ask_password(f, "PLAIN", sp.user, sp.pass);
}

/* The user and then the password; there is no standard for it. */
static void
step_login(struct front *f, size_t len)
{
	const char *s = (const char *)f->sasl;
	char user[LOGIN_USER_MAX];

	if (strlen(s) != len || len == 0) {
		forget(f);
		front_bad(f, "Not a message of LOGIN in base64");
	} else if (f->login_user[0] == '\0') {
		/* One too long is nobody's, and fails at the end. */
		if (strlcpy(f->login_user, s, sizeof(f->login_user)) >=
		    sizeof(f->login_user))
			(void)strlcpy(f->login_user, "/",
			    sizeof(f->login_user));
		challenge(f, "Password:");
	} else {
		(void)strlcpy(user, f->login_user, sizeof(user));
		forget(f);
		ask_password(f, "LOGIN", user, s);
	}
}

/* RFC 5802: the checking process talks; we carry. */
static void
step_scram(struct front *f, size_t len)
{
	const char *s = (const char *)f->sasl;
	struct login_request req;

	if (!f->exchange && ++f->exchanges > LOGIN_EXCHANGES) {
		front_end(f, "Too many attempts");
		return;
	}
	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_SASL;
	(void)strlcpy(req.mech, mechanisms[f->mech].name, sizeof(req.mech));
	if (strlen(s) != len ||
	    strlcpy(req.pass, s, sizeof(req.pass)) >= sizeof(req.pass)) {
		cancel(f);
		front_bad(f, "Not a message of SCRAM in base64");
		return;
	}
	front_tls_bindings(f, &req);
	ask(f, &req);
}

/*
 * RFC 4422 appendix A: the message is whom to act as, the user of the
 * certificate if it is empty.
 */
static void
step_external(struct front *f, size_t len)
{
	const char *s = (const char *)f->sasl;
	struct login_request req;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_EXTERNAL;
	(void)strlcpy(req.mech, "EXTERNAL", sizeof(req.mech));
	if (strlen(s) != len) {
		front_bad(f, "Not a message of EXTERNAL in base64");
		return;
	}
	if (front_tls_user(f, req.user, sizeof(req.user)) == -1) {
		front_tagged(f, "NO [AUTHENTICATIONFAILED] The certificate "
		    "names no user");
		return;
	}
	if (len > 0 && strcmp(s, req.user) != 0) {
		front_tagged(f, "NO [AUTHORIZATIONFAILED] Only as oneself");
		return;
	}
	ask(f, &req);
}

static void
ask_password(struct front *f, const char *mech, const char *user,
    const char *pass)
{
	struct login_request req;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_PASSWORD;
	(void)strlcpy(req.mech, mech, sizeof(req.mech));
	/* What is too long is nobody's, and fails as anything wrong does. */
	if (strlcpy(req.user, user, sizeof(req.user)) >= sizeof(req.user) ||
	    strlcpy(req.pass, pass, sizeof(req.pass)) >= sizeof(req.pass))
		req.user[0] = req.pass[0] = '\0';
	ask(f, &req);
}

/* Has the supervisor check, and waits: it answers failures late. */
static void
ask(struct front *f, struct login_request *req)
{
	struct login_answer ans;
	int got;

	client_flush(f->client);
	got = login_send(f->start->supervisor, req, sizeof(*req));
	explicit_bzero(req, sizeof(*req));
	if (got == 0)
		got = login_recv(f->start->supervisor, &ans, sizeof(ans), -1);
	if (got == 1) {
		ans.text[sizeof(ans.text) - 1] = '\0';
		answered(f, &ans);
	} else
		front_end(f, "[UNAVAILABLE] The server is shutting down");
}

static void
answered(struct front *f, const struct login_answer *ans)
{
	f->exchange = ans->result == LOGIN_CONTINUE;
	switch (ans->result) {
	case LOGIN_OK:
		front_hand_over(f);
		return;
	case LOGIN_CONTINUE:
		challenge(f, ans->text);
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
