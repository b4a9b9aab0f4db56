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
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/preflight.h"
#include "imapd/check_conf.h"
#include "imapd/conf.h"
#include "imapd/privs.h"
#include "imapd/tls.h"

#define PAM_DIR		"/etc/pam.d"

static void	addresses(const struct imapd_conf *);
static void	credentials(const struct imapd_conf *);
static void	certificates(const struct imapd_conf *);
static void	tls_says(void *, const char *);
static void	indexd(const char *);
static int	reach(const char *);

int
check_conf(const struct imapd_conf *conf)
{
	struct privs privs;

	/* Says itself what is wrong with the user _imapd. */
	if (privs_init(&privs) == -1)
		preflight_error("imapd would not start as root");
	addresses(conf);
	credentials(conf);
	certificates(conf);
	if (conf->pidfile != NULL)
		preflight_parent("pidfile", conf->pidfile);
	indexd(conf->indexd);
	return (preflight_end());
}

/* Each can be listened on once; port 0 is another one each time. */
static void
addresses(const struct imapd_conf *conf)
{
	const struct imapd_listen *l, *other;
	size_t len = strlen(" port 0");

	TAILQ_FOREACH(l, &conf->listens, entry) {
		if (l->sslen == 0 || (strlen(l->name) > len &&
		    strcmp(l->name + strlen(l->name) - len, " port 0") == 0))
			continue;
		for (other = TAILQ_NEXT(l, entry); other != NULL;
		    other = TAILQ_NEXT(other, entry))
			if (strcmp(l->name, other->name) == 0 &&
			    other->sslen != 0)
				preflight_error("listen: %s: twice", l->name);
	}
}

static void
credentials(const struct imapd_conf *conf)
{
	struct stat st;
	int fd;

	switch (conf->auth) {
	case IMAPD_AUTH_FILE:
		preflight_file("auth file", conf->auth_arg);
		break;
	case IMAPD_AUTH_EXEC:
		if (stat(conf->auth_argv[0], &st) == -1 && errno != EACCES)
			preflight_error("auth exec: %s: %s",
			    conf->auth_argv[0], strerror(errno));
		else if (access(conf->auth_argv[0], X_OK) == -1)
			preflight_warn("auth exec: %s may not be run by this "
			    "user", conf->auth_argv[0]);
		break;
	case IMAPD_AUTH_PAM:
		/* Services may also be in one file, or elsewhere. */
		if ((fd = open(PAM_DIR, O_RDONLY | O_DIRECTORY)) == -1)
			break;
		if (faccessat(fd, conf->auth_arg, F_OK, 0) == -1)
			preflight_warn("auth pam: there is no " PAM_DIR "/%s: "
			    "the service \"other\" would decide",
			    conf->auth_arg);
		close(fd);
		break;
	case IMAPD_AUTH_SYSTEM:
		if (geteuid() != 0)
			preflight_warn("auth system: passwords can be checked "
			    "by root only");
		break;
	case IMAPD_AUTH_NONE:
		break;
	}
}

/* As the daemon reads them. */
static void
certificates(const struct imapd_conf *conf)
{
	struct tls_server *tls;
	int said = 0;

	if (conf->ncerts == 0)
		return;
	tls = tls_server_new(conf, 1, NULL, tls_says, &said);
	if (tls == NULL && !said)
		preflight_error("tls: no memory");
	tls_server_free(tls);
}

static void
tls_says(void *arg, const char *text)
{
	size_t len = sizeof(TLS_WARNING) - 1;
	int *said = arg;

	if (strncmp(text, TLS_WARNING, len) == 0) {
		preflight_warn("%s", text + len);
	} else {
		preflight_error("%s", text);
		*said = 1;
	}
}

/* It may be started later. */
static void
indexd(const char *path)
{
	int fd;

	if ((fd = reach(path)) == -1) {
		preflight_warn("indexd is not at its socket %s (%s): nobody "
		    "can log in until it is started", path, strerror(errno));
		return;
	}
	close(fd);
}

static int
reach(const char *path)
{
	struct sockaddr_un sun;
	int error, fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    connect(fd, (const struct sockaddr *)(const void *)&sun,
	    sizeof(sun)) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}
