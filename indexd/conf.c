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
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/background.h"
#include "common/conf.h"
#include "indexd/conf.h"

static struct indexd_conf	*new_conf(void);
static struct indexd_conf	*parse(struct conf *);
static void	do_commit(struct conf *, struct indexd_conf *);
static void	do_limit(struct conf *, struct indexd_conf *);
static void	do_path(struct conf *, const char *, char **);
static int	note_files(const struct conf *, struct indexd_conf *);
static void	unknown(struct conf *, const char *, const char *);

struct indexd_conf *
indexd_conf_read(const char *path, void (*report)(void *, const char *),
    void *arg)
{
	struct indexd_conf *ic = NULL;
	struct conf *c;

	if ((c = conf_new(report, arg)) == NULL)
		return (NULL);
	if (conf_open(c, path) == 0)
		ic = parse(c);
	conf_free(c);
	return (ic);
}

struct indexd_conf *
indexd_conf_text(const char *name, const char *text, size_t len,
    void (*report)(void *, const char *), void *arg)
{
	struct indexd_conf *ic = NULL;
	struct conf *c;

	if ((c = conf_new(report, arg)) == NULL)
		return (NULL);
	if (conf_open_text(c, name, text, len) == 0)
		ic = parse(c);
	conf_free(c);
	return (ic);
}

void
indexd_conf_free(struct indexd_conf *ic)
{
	char **p;

	if (ic == NULL)
		return;
	for (p = ic->files; p != NULL && *p != NULL; p++)
		free(*p);
	free(ic->files);
	free(ic->socket);
	free(ic->directory);
	free(ic->pidfile);
	free(ic);
}

static struct indexd_conf *
new_conf(void)
{
	struct indexd_conf *ic;

	if ((ic = calloc(1, sizeof(*ic))) == NULL)
		return (NULL);
	ic->socket = strdup(INDEXD_SOCKET);
	ic->directory = strdup(INDEXD_DIRECTORY);
	if (ic->socket == NULL || ic->directory == NULL) {
		indexd_conf_free(ic);
		return (NULL);
	}
	ic->limits.connections = INDEXD_LIM_CONNECTIONS;
	ic->limits.open = INDEXD_LIM_OPEN;
	ic->limits.mailboxes = INDEXD_LIM_MAILBOXES;
	ic->limits.rows = INDEXD_LIM_ROWS;
	ic->limits.bytes = INDEXD_LIM_BYTES;
	return (ic);
}

static struct indexd_conf *
parse(struct conf *c)
{
	struct indexd_conf *ic;
	const char *w;

	if ((ic = new_conf()) == NULL) {
		conf_error(c, "%s", strerror(errno));
		return (NULL);
	}
	while (conf_next(c)) {
		w = conf_word(c);
		if (strcmp(w, "socket") == 0)
			do_path(c, "socket", &ic->socket);
		else if (strcmp(w, "directory") == 0)
			do_path(c, "directory", &ic->directory);
		else if (strcmp(w, "pidfile") == 0)
			do_path(c, "pidfile", &ic->pidfile);
		else if (strcmp(w, "commit") == 0)
			do_commit(c, ic);
		else if (strcmp(w, "limit") == 0)
			do_limit(c, ic);
		else
			unknown(c, w, "statement");
	}
	if (conf_errors(c) == 0 && note_files(c, ic) == -1)
		conf_error(c, "%s", strerror(errno));
	if (conf_errors(c) > 0) {
		indexd_conf_free(ic);
		return (NULL);
	}
	return (ic);
}

/* As they are found again from another directory. */
static int
note_files(const struct conf *c, struct indexd_conf *ic)
{
	char path[PATH_MAX];
	unsigned int i;

	if ((ic->files = calloc(CONF_FILES + 1, sizeof(*ic->files))) == NULL)
		return (-1);
	for (i = 0; conf_name(c, i) != NULL; i++)
		if (background_path(conf_name(c, i), path,
		    sizeof(path)) == -1 ||
		    (ic->files[i] = strdup(path)) == NULL)
			return (-1);
	return (0);
}

/* socket PATH; directory PATH; pidfile PATH */
static void
do_path(struct conf *c, const char *what, char **p)
{
	struct sockaddr_un sun;
	char *path;

	if (conf_string(c, what, &path) == -1)
		return;
	if (path[0] != '/')
		conf_error(c, "%s: \"%s\" is not an absolute path", what,
		    path);
	else if (strcmp(what, "socket") == 0 &&
	    strlen(path) >= sizeof(sun.sun_path))
		conf_error(c, "\"%s\" is too long for a socket", path);
	else
		(void)conf_end(c);
	free(*p);
	*p = path;
}

/* commit always | interval MS */
static void
do_commit(struct conf *c, struct indexd_conf *ic)
{
	const char *w = conf_word(c);
	uint64_t n = 0;

	if (w != NULL && strcmp(w, "interval") == 0) {
		if (conf_number(c, "commit interval", 1, INDEXD_COMMIT_MAX,
		    &n) == -1)
			return;
	} else if (w == NULL || strcmp(w, "always") != 0) {
		unknown(c, w, "always or interval");
		return;
	}
	ic->commit_ms = (unsigned int)n;
	(void)conf_end(c);
}

/* limit connections N | open-mailboxes N | mailboxes N | rows N | bytes SIZE */
static void
do_limit(struct conf *c, struct indexd_conf *ic)
{
	const char *w = conf_word(c);
	struct indexd_limits *l = &ic->limits;
	int error;

	if (w != NULL && strcmp(w, "connections") == 0)
		error = conf_number(c, "limit connections", 1, UINT32_MAX,
		    &l->connections);
	else if (w != NULL && strcmp(w, "open-mailboxes") == 0)
		error = conf_number(c, "limit open-mailboxes", 1, UINT32_MAX,
		    &l->open);
	else if (w != NULL && strcmp(w, "mailboxes") == 0)
		error = conf_number(c, "limit mailboxes", 1, UINT32_MAX,
		    &l->mailboxes);
	else if (w != NULL && strcmp(w, "rows") == 0)
		error = conf_number(c, "limit rows", 1, INT64_MAX, &l->rows);
	else if (w != NULL && strcmp(w, "bytes") == 0)
		error = conf_size(c, "limit bytes", 1, INT64_MAX, &l->bytes);
	else {
		unknown(c, w, "limit");
		return;
	}
	if (error == 0)
		(void)conf_end(c);
}

static void
unknown(struct conf *c, const char *w, const char *what)
{
	if (w == NULL)
		conf_error(c, "missing %s", what);
	else
		conf_error(c, "unknown word \"%s\"", w);
}
