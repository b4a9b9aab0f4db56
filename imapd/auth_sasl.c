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

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/conf.h"
#include "imapd/sasl.h"
#include "imapd/scram.h"

#define NONCE	(SCRAM_NONCE / 4 * 3)	/* random bytes */

/* An exchange, and what it is about. */
struct exchange {
	const struct auth_start	*start;
	int			 fd;
	struct scram		 scram;
	struct scram_secret	 secret;
	struct auth_record	 rec;
	char			 user[LOGIN_USER_MAX];	/* prepared */
	int			 doom;	/* why it fails; AUTH_OK: it may not */
};

static int	begin(struct exchange *, const struct login_request *);
static int	names(struct exchange *);
static int	find(struct exchange *);
static int	salt(struct exchange *, int);
static int	plain(struct exchange *);
static int	next(struct exchange *, const char *, struct login_request *);
static int	result_of(enum scram_result);
static int	run(struct exchange *, const struct login_request *,
		    struct auth_answer *);

int
auth_sasl(const struct auth_start *start, const struct login_request *req,
    int fd, struct auth_answer *ans)
{
	struct exchange x;
	int rv;

	memset(&x, 0, sizeof(x));
	memset(ans, 0, sizeof(*ans));
	x.start = start;
	x.fd = fd;
	rv = run(&x, req, ans);
	auth_record_free(&x.rec);
	explicit_bzero(&x, sizeof(x));
	return (rv);
}

static int
run(struct exchange *x, const struct login_request *req,
    struct auth_answer *ans)
{
	char nonce[SCRAM_NONCE + 1], text[SCRAM_MESSAGE_MAX];
	unsigned char random[NONCE];
	struct login_request msg;
	int got, result;

	ans->result = begin(x, req);
	(void)strlcpy(ans->user, x->user, sizeof(ans->user));
	if (ans->result != AUTH_OK)
		return (0);
	arc4random_buf(random, sizeof(random));
	if (sasl_base64_encode(random, sizeof(random), nonce,
	    sizeof(nonce)) == -1 || scram_server_first(&x->scram, &x->secret,
	    nonce, text, sizeof(text)) == -1) {
		ans->result = AUTH_SYNTAX;
		return (0);
	}
	if (next(x, text, &msg) == -1)
		return (-1);
	/* A password that is there becomes keys now, not sooner. */
	if ((result = plain(x)) == AUTH_OK)
		result = result_of(scram_client_final(&x->scram, &x->secret,
		    msg.pass, text, sizeof(text)));
	if (x->doom != AUTH_OK)
		result = x->doom;
	if (result == AUTH_OK)
		result = auth_record_use(&x->rec, x->start->conf->auth_arg,
		    ans);
	if (result == AUTH_OK)
		result = auth_settle(x->start->conf, ans);
	ans->result = result;
	if (result != AUTH_OK)
		return (0);
	/* RFC 5802 section 5: the server's proof; nothing is said to it. */
	if ((got = next(x, text, &msg)) == 0 && msg.pass[0] != '\0')
		ans->result = AUTH_SYNTAX;
	return (got);
}

/* The client's first message: whom it is about. */
static int
begin(struct exchange *x, const struct login_request *req)
{
	struct scram_channel ch;
	int result;

	memset(&ch, 0, sizeof(ch));
	ch.plus = strcmp(req->mech, "SCRAM-SHA-256-PLUS") == 0;
	ch.exporter = req->exporter;
	ch.exporterlen = req->exporterlen;
	ch.endpoint = req->endpoint;
	ch.endpointlen = req->endpointlen;
	result = result_of(scram_client_first(&x->scram, req->pass, &ch));
	if (x->scram.user[0] != '\0' && result != AUTH_SYNTAX)
		(void)names(x);
	if (result != AUTH_OK)
		return (result);
	if ((x->doom = names(x)) == AUTH_AUTHZID)
		return (AUTH_AUTHZID);
	if (x->start->conf->auth != IMAPD_AUTH_FILE) {
		log_warnx("auth: SCRAM needs \"auth file\"");
		return (AUTH_ENTRY);
	}
	return (find(x));
}

/* RFC 5802 section 5.1: who it is, and that it wants to be nobody else. */
static int
names(struct exchange *x)
{
	char authzid[LOGIN_USER_MAX];

	if (auth_prepare(x->scram.user, x->user, sizeof(x->user)) == -1 ||
	    !auth_name_ok(x->user)) {
		x->user[0] = '\0';
		return (AUTH_NAME);
	}
	if (x->scram.authzid[0] != '\0' &&
	    (auth_prepare(x->scram.authzid, authzid, sizeof(authzid)) == -1 ||
	    strcmp(authzid, x->user) != 0))
		return (AUTH_AUTHZID);
	return (AUTH_OK);
}

/*
 * The entry.  Who has none, or one that SCRAM cannot be done with, gets a
 * salt as well, and fails at the end.  The same work is done for everyone.
 */
static int
find(struct exchange *x)
{
	const char *path = x->start->conf->auth_arg, *text;
	int result, known = 0;

	result = auth_record(path, x->user, &x->rec);
	if (result == AUTH_ERROR)
		return (AUTH_ERROR);
	if (x->doom == AUTH_OK && result == AUTH_UNKNOWN)
		x->doom = AUTH_UNKNOWN;
	if (x->doom == AUTH_OK &&
	    (text = auth_scheme_scram(x->rec.stored)) != NULL) {
		known = scram_secret_parse(text, &x->secret) == 0;
		if (!known) {
			log_warnx("auth: %s:%u: {SCRAM-SHA-256} is not followed "
			    "by iterations,salt,StoredKey,ServerKey user=%s",
			    path, x->rec.lineno, x->user);
			x->doom = AUTH_ENTRY;
		}
	} else if (x->doom == AUTH_OK &&
	    auth_scheme_plain(x->rec.stored) == NULL) {
		log_warnx("auth: %s:%u: SCRAM needs an entry with "
		    "{SCRAM-SHA-256} user=%s", path, x->rec.lineno, x->user);
		x->doom = AUTH_ENTRY;
	}
	return (salt(x, known));
}

/* As those of the file's first entry of the kind. */
static int
salt(struct exchange *x, int known)
{
	struct scram_secret other;
	const char *text;

	memset(&other, 0, sizeof(other));
	if (x->rec.scram == NULL ||
	    (text = auth_scheme_scram(x->rec.scram)) == NULL ||
	    scram_secret_parse(text, &other) == -1) {
		other.iterations = SCRAM_ITERATIONS;
		other.saltlen = SCRAM_SALT;
	}
	/* Keys that nobody has. */
	arc4random_buf(other.stored, sizeof(other.stored));
	arc4random_buf(other.server, sizeof(other.server));
	if (auth_salt(x->start->conf->auth_arg, x->user[0] != '\0' ? x->user :
	    x->scram.user, other.salt, other.saltlen) == -1)
		return (AUTH_ERROR);
	if (!known)
		x->secret = other;
	explicit_bzero(&other, sizeof(other));
	return (AUTH_OK);
}

/* Of {PLAIN} the keys are made with the salt that was told. */
static int
plain(struct exchange *x)
{
	char prepared[LOGIN_PASS_MAX];
	const char *pass;
	int rv;

	if (x->doom != AUTH_OK ||
	    (pass = auth_scheme_plain(x->rec.stored)) == NULL)
		return (AUTH_OK);
	/* An empty one is nobody's. */
	if (*pass == '\0')
		return (AUTH_PASSWORD);
	if (auth_prepare(pass, prepared, sizeof(prepared)) == -1 &&
	    strlcpy(prepared, pass, sizeof(prepared)) >= sizeof(prepared))
		return (AUTH_PASSWORD);
	rv = scram_secret_derive(&x->secret, prepared);
	explicit_bzero(prepared, sizeof(prepared));
	if (rv == -1)
		log_warnx("auth: libcrypto cannot derive keys");
	return (rv == -1 ? AUTH_ERROR : AUTH_OK);
}

/* Has the text sent, and takes what the client answers: 0, or -1. */
static int
next(struct exchange *x, const char *text, struct login_request *msg)
{
	struct auth_answer ans;

	memset(&ans, 0, sizeof(ans));
	ans.result = AUTH_CONTINUE;
	(void)strlcpy(ans.text, text, sizeof(ans.text));
	if (login_send(x->fd, &ans, sizeof(ans)) == -1 ||
	    login_recv(x->fd, msg, sizeof(*msg), -1) != 1)
		return (-1);
	msg->pass[sizeof(msg->pass) - 1] = '\0';
	return (0);
}

static int
result_of(enum scram_result res)
{
	switch (res) {
	case SCRAM_OK:
		return (AUTH_OK);
	case SCRAM_SYNTAX:
		return (AUTH_SYNTAX);
	case SCRAM_BINDING:
		return (AUTH_BINDING);
	case SCRAM_PROOF:
		return (AUTH_PASSWORD);
	default:
		log_warnx("auth: libcrypto cannot check a proof");
		return (AUTH_ERROR);
	}
}
