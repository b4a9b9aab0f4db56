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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/conf_priv.h"

static struct imapd_conf	*new_conf(void);
static struct conf		*new_lexer(const struct imapd_conf_args *);
static struct imapd_conf	*parse(struct conf *,
				    const struct imapd_conf_args *);
static void	statement(struct conf *, struct imapd_conf *);
static void	complete(struct conf *, const struct imapd_conf *, int);

static void	do_auth(struct conf *, struct imapd_conf *);
static void	do_indexd(struct conf *, struct imapd_conf *);
static void	do_limit(struct conf *, struct imapd_conf *);
static void	do_maildir(struct conf *, struct imapd_conf *);
static void	do_pidfile(struct conf *, struct imapd_conf *);
static void	do_plaintext(struct conf *, struct imapd_conf *);
static void	do_separator(struct conf *, struct imapd_conf *);
static void	do_timeout(struct conf *, struct imapd_conf *);

static int	get_service(struct conf *, char **);
static int	get_argv(struct conf *, struct imapd_conf *);
static int	check_template(struct conf *, const char *);

static const struct {
	const char	 *word;
	void		(*fn)(struct conf *, struct imapd_conf *);
} statements[] = {
	{ "auth",	do_auth },
	{ "indexd",	do_indexd },
	{ "limit",	do_limit },
	{ "listen",	conf_listen },
	{ "maildir",	do_maildir },
	{ "pidfile",	do_pidfile },
	{ "plaintext",	do_plaintext },
	{ "separator",	do_separator },
	{ "special",	conf_use },
	{ "timeout",	do_timeout },
	{ "tls",	conf_tls }
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
	size_t i;

	if (ic == NULL)
		return;
	conf_listen_free(ic);
	conf_tls_free(ic);
	conf_use_free(ic);
	for (i = 0; ic->auth_argv[i] != NULL; i++)
		free(ic->auth_argv[i]);
	free(ic->pidfile);
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
	conf_unknown(c, w, "statement");
}

/* What has no default. */
static void
complete(struct conf *c, const struct imapd_conf *ic, int inetd)
{
	if (ic->auth == IMAPD_AUTH_NONE)
		conf_error(c, "there is no \"auth\" line: nobody could log in");
	if (ic->nlistens == 0 && !inetd)
		conf_error(c, "there is no \"listen\" line");
	conf_listen_complete(c, ic);
}

/* auth file PATH | system | pam SERVICE | exec PATH [ARGUMENT ...] */
static void
do_auth(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);
	enum imapd_auth kind = IMAPD_AUTH_NONE;

	if (w != NULL && strcmp(w, "file") == 0) {
		if (conf_path(c, "auth file", &ic->auth_arg) == 0)
			kind = IMAPD_AUTH_FILE;
	} else if (w != NULL && strcmp(w, "system") == 0) {
		kind = IMAPD_AUTH_SYSTEM;
	} else if (w != NULL && strcmp(w, "pam") == 0) {
		if (get_service(c, &ic->auth_arg) == 0)
			kind = IMAPD_AUTH_PAM;
	} else if (w != NULL && strcmp(w, "exec") == 0) {
		if (get_argv(c, ic) == 0)
			kind = IMAPD_AUTH_EXEC;
	} else {
		conf_unknown(c, w, "kind of auth");
	}
	if (kind != IMAPD_AUTH_NONE && conf_end(c) == 0)
		ic->auth = kind;
}

/* The name of a file in pam.d(5). */
static int
get_service(struct conf *c, char **service)
{
	char *s;

	if (conf_string(c, "service", &s) == -1)
		return (-1);
	if (s[0] == '\0' || s[0] == '.' || strchr(s, '/') != NULL) {
		conf_error(c, "auth pam: \"%s\" is not the name of a service",
		    s);
		free(s);
		return (-1);
	}
	free(*service);
	*service = s;
	return (0);
}

/* A program and its arguments, in place of those of a line before. */
static int
get_argv(struct conf *c, struct imapd_conf *ic)
{
	size_t i, n = 0;

	for (i = 0; ic->auth_argv[i] != NULL; i++) {
		free(ic->auth_argv[i]);
		ic->auth_argv[i] = NULL;
	}
	if (conf_path(c, "auth exec", &ic->auth_argv[n++]) == -1)
		return (-1);
	while (conf_peek(c) != NULL) {
		if (n > IMAPD_AUTH_ARGS) {
			conf_error(c, "auth exec: more than %d arguments",
			    IMAPD_AUTH_ARGS);
			return (-1);
		}
		if (conf_string(c, "argument", &ic->auth_argv[n++]) == -1)
			return (-1);
	}
	return (0);
}

/* indexd socket PATH */
static void
do_indexd(struct conf *c, struct imapd_conf *ic)
{
	struct sockaddr_un sun;

	if (conf_keyword(c, "socket") == -1 ||
	    conf_path(c, "indexd socket", &ic->indexd) == -1 ||
	    conf_end(c) == -1)
		return;
	if (strlen(ic->indexd) >= sizeof(sun.sun_path))
		conf_error(c, "\"%s\" is too long for a socket", ic->indexd);
}

/* limit WHAT N */
static void
do_limit(struct conf *c, struct imapd_conf *ic)
{
	const struct {
		const char	*what;
		unsigned int	*value;
	} counts[] = {
		{ "limit connections", &ic->connections },
		{ "limit per-address", &ic->per_address },
		{ "limit per-user", &ic->per_user },
		{ "limit unauthenticated", &ic->unauthenticated }
	};
	const char *w = conf_word(c);
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (w == NULL || strcmp(w, counts[i].what +
		    strlen("limit ")) != 0)
			continue;
		if (conf_number(c, counts[i].what, 1, IMAPD_CONNECTIONS_MAX,
		    &n) == 0 && conf_end(c) == 0)
			*counts[i].value = (unsigned int)n;
		return;
	}
	if (w != NULL && strcmp(w, "message") == 0) {
		if (conf_size(c, "limit message", 1, IMAPD_MESSAGE_MAX,
		    &n) == 0 && conf_end(c) == 0)
			ic->message_max = n;
	} else if (w != NULL && strcmp(w, "memory") == 0) {
		if (conf_size(c, "limit memory", IMAPD_MEMORY_MIN,
		    IMAPD_MEMORY_MAX, &n) == 0 && conf_end(c) == 0)
			ic->memory = n;
	} else {
		conf_unknown(c, w, "limit");
	}
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

/* pidfile PATH */
static void
do_pidfile(struct conf *c, struct imapd_conf *ic)
{
	if (conf_path(c, "pidfile", &ic->pidfile) == 0)
		(void)conf_end(c);
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
		conf_unknown(c, w, "never, loopback or always");
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
		conf_unknown(c, w, "separator");
		return;
	}
	ic->separator = w[0];
	(void)conf_end(c);
}

/* timeout idle TIME | login TIME */
static void
do_timeout(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);
	uint64_t n;

	if (w != NULL && strcmp(w, "idle") == 0) {
		if (conf_time(c, "timeout idle", 1, IMAPD_IDLE_MAX, &n) == 0 &&
		    conf_end(c) == 0)
			ic->idle = (unsigned int)n;
	} else if (w != NULL && strcmp(w, "login") == 0) {
		if (conf_time(c, "timeout login", 1, IMAPD_LOGIN_MAX,
		    &n) == 0 && conf_end(c) == 0)
			ic->login = (unsigned int)n;
	} else {
		conf_unknown(c, w, "timeout");
	}
}

int
conf_path(struct conf *c, const char *what, char **p)
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

void
conf_unknown(struct conf *c, const char *w, const char *what)
{
	if (w == NULL)
		conf_error(c, "missing %s", what);
	else
		conf_error(c, "unknown word \"%s\"", w);
}
