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
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "imapd/conf.h"

static struct imapd_conf	*new_conf(void);
static struct conf		*new_lexer(const struct imapd_conf_args *);
static struct imapd_conf	*parse(struct conf *,
				    const struct imapd_conf_args *);
static void	statement(struct conf *, struct imapd_conf *);
static void	complete(struct conf *, const struct imapd_conf *, int);

static void	do_auth(struct conf *, struct imapd_conf *);
static void	do_indexd(struct conf *, struct imapd_conf *);
static void	do_limit(struct conf *, struct imapd_conf *);
static void	do_listen(struct conf *, struct imapd_conf *);
static void	do_maildir(struct conf *, struct imapd_conf *);
static void	do_plaintext(struct conf *, struct imapd_conf *);
static void	do_separator(struct conf *, struct imapd_conf *);
static void	do_timeout(struct conf *, struct imapd_conf *);
static void	do_tls(struct conf *, struct imapd_conf *);

static void	listen_on(struct conf *, struct imapd_conf *, const char *,
		    const char *);
static int	is_address(const char *, const struct addrinfo *);
static void	add_address(struct conf *, struct imapd_conf *,
		    const struct addrinfo *);
static int	get_path(struct conf *, const char *, char **);
static int	check_template(struct conf *, const char *);
static void	unknown(struct conf *, const char *, const char *);

static const struct {
	const char	 *word;
	void		(*fn)(struct conf *, struct imapd_conf *);
} statements[] = {
	{ "auth",	do_auth },
	{ "indexd",	do_indexd },
	{ "limit",	do_limit },
	{ "listen",	do_listen },
	{ "maildir",	do_maildir },
	{ "plaintext",	do_plaintext },
	{ "separator",	do_separator },
	{ "timeout",	do_timeout },
	{ "tls",	do_tls }
};

struct imapd_conf *
imapd_conf_read(const char *path, const struct imapd_conf_args *args)
{
	struct imapd_conf *ic = NULL;
	struct conf *c;

	if ((c = new_lexer(args)) == NULL)
		return (NULL);
	if (conf_errors(c) == 0 && conf_open(c, path) == 0)
		ic = parse(c, args);
	conf_free(c);
	return (ic);
}

struct imapd_conf *
imapd_conf_text(const char *name, const char *text, size_t len,
    const struct imapd_conf_args *args)
{
	struct imapd_conf *ic = NULL;
	struct conf *c;

	if ((c = new_lexer(args)) == NULL)
		return (NULL);
	if (conf_errors(c) == 0 && conf_open_text(c, name, text, len) == 0)
		ic = parse(c, args);
	conf_free(c);
	return (ic);
}

void
imapd_conf_free(struct imapd_conf *ic)
{
	struct imapd_listen *l;

	if (ic == NULL)
		return;
	while ((l = TAILQ_FIRST(&ic->listens)) != NULL) {
		TAILQ_REMOVE(&ic->listens, l, entry);
		free(l);
	}
	free(ic->indexd);
	free(ic->auth_arg);
	free(ic->maildir);
	free(ic);
}

static struct imapd_conf *
new_conf(void)
{
	struct imapd_conf *ic;

	if ((ic = calloc(1, sizeof(*ic))) == NULL)
		return (NULL);
	TAILQ_INIT(&ic->listens);
	TAILQ_INIT(&ic->certs);
	ic->separator = IMAPD_SEPARATOR;
	ic->plaintext = PLAINTEXT_LOOPBACK;
	ic->connections = IMAPD_CONNECTIONS;
	ic->per_user = IMAPD_PER_USER;
	ic->per_address = IMAPD_PER_ADDRESS;
	ic->unauthenticated = IMAPD_UNAUTHENTICATED;
	ic->login = IMAPD_LOGIN;
	ic->memory = IMAPD_MEMORY;
	ic->idle = IMAPD_IDLE;
	ic->message_max = IMAPD_MESSAGE;
	ic->indexd = strdup(IMAPD_INDEXD);
	ic->maildir = strdup(IMAPD_MAILDIR);
	if (ic->indexd == NULL || ic->maildir == NULL) {
		imapd_conf_free(ic);
		return (NULL);
	}
	return (ic);
}

static struct conf *
new_lexer(const struct imapd_conf_args *args)
{
	struct conf *c;
	size_t i;

	if ((c = conf_new(args->report, args->arg)) == NULL)
		return (NULL);
	for (i = 0; i < args->ndefs; i++) {
		if (conf_define(c, args->defs[i]) == -1)
			conf_error(c, "-D %s: %s", args->defs[i],
			    errno == EINVAL ? "not macro=value" :
			    strerror(errno));
	}
	return (c);
}

static struct imapd_conf *
parse(struct conf *c, const struct imapd_conf_args *args)
{
	struct imapd_conf *ic;

	if ((ic = new_conf()) == NULL) {
		conf_error(c, "%s", strerror(errno));
		return (NULL);
	}
	while (conf_next(c))
		statement(c, ic);
	if (conf_errors(c) == 0)
		complete(c, ic, args->inetd);
	if (conf_errors(c) > 0) {
		imapd_conf_free(ic);
		return (NULL);
	}
	return (ic);
}

static void
statement(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (strcmp(w, statements[i].word) == 0) {
			statements[i].fn(c, ic);
			return;
		}
	}
	unknown(c, w, "statement");
}

/* What has no default. */
static void
complete(struct conf *c, const struct imapd_conf *ic, int inetd)
{
	if (ic->auth == IMAPD_AUTH_NONE)
		conf_error(c, "there is no \"auth\" line: nobody could log in");
	if (ic->nlistens == 0 && !inetd)
		conf_error(c, "there is no \"listen\" line");
}

/* auth file PATH | system | pam SERVICE | exec PATH */
static void
do_auth(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);

	if (w != NULL && (strcmp(w, "system") == 0 || strcmp(w, "pam") == 0 ||
	    strcmp(w, "exec") == 0)) {
		conf_error(c, "auth %s is not available in this version", w);
		return;
	}
	if (w == NULL || strcmp(w, "file") != 0) {
		unknown(c, w, "kind of auth");
		return;
	}
	if (get_path(c, "auth file", &ic->auth_arg) == 0 && conf_end(c) == 0)
		ic->auth = IMAPD_AUTH_FILE;
}

/* indexd socket PATH */
static void
do_indexd(struct conf *c, struct imapd_conf *ic)
{
	struct sockaddr_un sun;

	if (conf_keyword(c, "socket") == -1 ||
	    get_path(c, "indexd socket", &ic->indexd) == -1 ||
	    conf_end(c) == -1)
		return;
	if (strlen(ic->indexd) >= sizeof(sun.sun_path))
		conf_error(c, "\"%s\" is too long for a socket", ic->indexd);
}

/* limit connections N | per-user N | message SIZE */
static void
do_limit(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);
	uint64_t n;

	if (w != NULL && strcmp(w, "connections") == 0) {
		if (conf_number(c, "limit connections", 1,
		    IMAPD_CONNECTIONS_MAX, &n) == -1)
			return;
		ic->connections = (unsigned int)n;
	} else if (w != NULL && strcmp(w, "per-user") == 0) {
		if (conf_number(c, "limit per-user", 1,
		    IMAPD_CONNECTIONS_MAX, &n) == -1)
			return;
		ic->per_user = (unsigned int)n;
	} else if (w != NULL && strcmp(w, "message") == 0) {
		if (conf_size(c, "limit message", 1, IMAPD_MESSAGE_MAX,
		    &n) == -1)
			return;
		ic->message_max = n;
	} else {
		unknown(c, w, "limit");
		return;
	}
	(void)conf_end(c);
}

/* listen on ADDRESS port PORT [tls | starttls] */
static void
do_listen(struct conf *c, struct imapd_conf *ic)
{
	char *addr = NULL, *port = NULL;
	const char *w;

	if (conf_keyword(c, "on") == -1 ||
	    conf_string(c, "address", &addr) == -1 ||
	    conf_keyword(c, "port") == -1 ||
	    conf_string(c, "port", &port) == -1)
		goto out;
	if ((w = conf_peek(c)) != NULL &&
	    (strcmp(w, "tls") == 0 || strcmp(w, "starttls") == 0)) {
		conf_error(c, "%s is not available in this version", w);
		goto out;
	}
	if (conf_end(c) == 0)
		listen_on(c, ic, addr, port);
out:
	free(addr);
	free(port);
}

/* maildir TEMPLATE */
static void
do_maildir(struct conf *c, struct imapd_conf *ic)
{
	char *p;

	if (conf_string(c, "maildir", &p) == -1)
		return;
	free(ic->maildir);
	ic->maildir = p;
	if (conf_end(c) == 0)
		(void)check_template(c, p);
}

/* plaintext auth never | loopback | always */
static void
do_plaintext(struct conf *c, struct imapd_conf *ic)
{
	const char *w;

	if (conf_keyword(c, "auth") == -1)
		return;
	if ((w = conf_word(c)) != NULL && strcmp(w, "never") == 0)
		ic->plaintext = PLAINTEXT_NEVER;
	else if (w != NULL && strcmp(w, "loopback") == 0)
		ic->plaintext = PLAINTEXT_LOOPBACK;
	else if (w != NULL && strcmp(w, "always") == 0)
		ic->plaintext = PLAINTEXT_ALWAYS;
	else {
		unknown(c, w, "never, loopback or always");
		return;
	}
	(void)conf_end(c);
}

/* separator "." | "/" */
static void
do_separator(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);

	if (w == NULL || (strcmp(w, ".") != 0 && strcmp(w, "/") != 0)) {
		unknown(c, w, "separator");
		return;
	}
	ic->separator = w[0];
	(void)conf_end(c);
}

/* timeout idle TIME */
static void
do_timeout(struct conf *c, struct imapd_conf *ic)
{
	uint64_t n;

	if (conf_keyword(c, "idle") == -1 ||
	    conf_time(c, "timeout idle", 1, IMAPD_IDLE_MAX, &n) == -1 ||
	    conf_end(c) == -1)
		return;
	ic->idle = (unsigned int)n;
}

static void
do_tls(struct conf *c, struct imapd_conf *ic)
{
	(void)ic;
	conf_error(c, "tls is not available in this version");
}

static void
listen_on(struct conf *c, struct imapd_conf *ic, const char *addr,
    const char *port)
{
	static const char *const local[] = { "127.0.0.1", "::1" };
	struct addrinfo hints, *res, *ai;
	const char *host = addr;
	char inner[NI_MAXHOST];
	size_t len = strlen(addr), i, n = 1;
	int any = strcmp(addr, "*") == 0, error;

	/* Our own ports need no services(5). */
	if (strcmp(port, "imap") == 0)
		port = "143";
	else if (strcmp(port, "imaps") == 0)
		port = "993";
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
	if (strcmp(addr, "localhost") == 0)
		n = 2;
	if (addr[0] == '[' && addr[len - 1] == ']' && len < sizeof(inner)) {
		(void)snprintf(inner, sizeof(inner), "%.*s", (int)len - 2,
		    addr + 1);
		host = inner;
	}
	for (i = 0; i < n; i++) {
		if (n > 1)
			host = local[i];
		error = getaddrinfo(any ? NULL : host, port, &hints, &res);
		if (error == EAI_SERVICE) {
			conf_error(c, "unknown port \"%s\"", port);
			return;
		}
		if (error == 0 && !any && !is_address(host, res)) {
			freeaddrinfo(res);
			error = EAI_NONAME;
		}
		if (error != 0) {
			conf_error(c, "\"%s\" is not an address", addr);
			return;
		}
		for (ai = res; ai != NULL; ai = ai->ai_next)
			add_address(c, ic, ai);
		freeaddrinfo(res);
	}
}

/* Not the likes of 10.1, that getaddrinfo(3) takes for 10.0.0.1. */
static int
is_address(const char *host, const struct addrinfo *ai)
{
	struct in_addr in;

	return (ai->ai_family != AF_INET ||
	    inet_pton(AF_INET, host, &in) == 1);
}

static void
add_address(struct conf *c, struct imapd_conf *ic, const struct addrinfo *ai)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct imapd_listen *l;

	if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
		return;
	if (ic->nlistens == IMAPD_LISTEN_MAX) {
		conf_error(c, "more than %d addresses to listen on",
		    IMAPD_LISTEN_MAX);
		return;
	}
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0 ||
	    (l = calloc(1, sizeof(*l))) == NULL) {
		conf_error(c, "no memory for an address");
		return;
	}
	memcpy(&l->ss, ai->ai_addr, ai->ai_addrlen);
	l->sslen = ai->ai_addrlen;
	(void)snprintf(l->name, sizeof(l->name), "%.*s port %.*s",
	    NI_MAXHOST - 1, host, NI_MAXSERV - 8, port);
	TAILQ_INSERT_TAIL(&ic->listens, l, entry);
	ic->nlistens++;
}

/* An absolute path, in place of what *p was. */
static int
get_path(struct conf *c, const char *what, char **p)
{
	char *path;

	if (conf_string(c, what, &path) == -1)
		return (-1);
	if (path[0] != '/') {
		conf_error(c, "%s: \"%s\" is not an absolute path", what,
		    path);
		free(path);
		return (-1);
	}
	free(*p);
	*p = path;
	return (0);
}

/* %h %u %n %d and %% are known; the result must be absolute. */
static int
check_template(struct conf *c, const char *s)
{
	const char *p;

	if (s[0] != '/' && strncmp(s, "%h", 2) != 0) {
		conf_error(c, "maildir: \"%s\" does not begin with / or %%h",
		    s);
		return (-1);
	}
	for (p = strchr(s, '%'); p != NULL; p = strchr(p + 2, '%')) {
		if (p[1] != '\0' && strchr("hund%", p[1]) != NULL)
			continue;
		conf_error(c, "maildir: unknown \"%.2s\" in \"%s\"", p, s);
		return (-1);
	}
	return (0);
}

static void
unknown(struct conf *c, const char *w, const char *what)
{
	if (w == NULL)
		conf_error(c, "missing %s", what);
	else
		conf_error(c, "unknown word \"%s\"", w);
}
