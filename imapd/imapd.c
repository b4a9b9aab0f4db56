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

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/activate.h"
#include "common/background.h"
#include "common/compat.h"
#include "common/confine.h"
#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/check_conf.h"
#include "imapd/conf.h"
#include "imapd/listen.h"
#include "imapd/mime/charset.h"
#include "imapd/password.h"
#include "imapd/peer.h"
#include "imapd/privs.h"
#include "imapd/supervisor.h"
#include "imapd/tls.h"

#define DEFS_MAX	64		/* -D */

struct options {
	const char	*defs[DEFS_MAX];
	size_t		 ndefs;
	const char	*path;
	int		 foreground;
	int		 inetd;
	int		 password;
	int		 check;
	int		 verbose;
};

static void	usage(void) __attribute__((__noreturn__));
static void	get_options(int, char *[], struct options *);
static void	open_standard(const struct activate *);
static void	report(void *, const char *);
static void	sorry(void);
static int	run_inetd(struct imapd_conf *, const struct privs *,
		    struct activate *, int);
static int	wants_tls(const struct imapd_conf *,
		    const struct imapd_listen *);
static const struct imapd_listen *line_of(const struct imapd_conf *, int);

int
main(int argc, char *argv[])
{
	struct imapd_conf_args args;
	struct activate activate;
	struct listen_start ls;
	struct imapd_conf *conf;
	struct privs privs;
	struct options o;
	char path[PATH_MAX];
	int rv;

	(void)activate_begin(&activate);
	open_standard(&activate);
	compat_title_init(argc, argv);
	get_options(argc, argv, &o);
	if (o.password) {
		confine_process();
		return (password_run());
	}
	/* Under inetd standard error is the client. */
	log_open("imapd", o.foreground || o.check || !o.inetd, o.verbose);
	confine_process();
	if (activate.error != NULL && !o.check)
		log_warnx("activate: %s", activate.error);
	memset(&args, 0, sizeof(args));
	args.defs = o.defs;
	args.ndefs = o.ndefs;
	args.inetd = o.inetd;
	/* Alone on its line, as a compiler says it: for editors. */
	if (o.check || !o.inetd)
		args.report = report;
	if ((conf = imapd_conf_read(o.path, &args)) == NULL) {
		if (o.inetd && !o.check)
			sorry();
		return (1);
	}
	if (o.check) {
		rv = check_conf(conf);
		imapd_conf_free(conf);
		return (rv);
	}
	args.report = NULL;
	/* Whoever started us may ignore its children; we wait for ours. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
	    signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		fatal("signal");
	umask(077);
	/* Where it takes memory at its first use, it ends us if that fails. */
	(void)arc4random();
	if (privs_init(&privs) == -1)
		return (1);
	/* A session that is confined can load nothing. */
	if (o.inetd) {
		mime_charset_hold();
		return (run_inetd(conf, &privs, &activate, o.foreground));
	}
	mime_charset_prepare();
	auth_init();
	confine_report(CONFINE_IMAPD);
	if (background_path(o.path, path, sizeof(path)) == -1)
		fatal("%s", o.path);
	memset(&ls, 0, sizeof(ls));
	ls.conf = conf;
	ls.path = path;
	ls.args = &args;
	ls.privs = &privs;
	ls.activate = &activate;
	ls.prog = "imapd";
	ls.foreground = o.foreground;
	ls.verbose = o.verbose;
	return (listen_run(&ls));
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: imapd [-dinpv] [-D macro=value] [-f file]\n");
	exit(1);
}

static void
get_options(int argc, char *argv[], struct options *o)
{
	int ch;

	memset(o, 0, sizeof(*o));
	o->path = IMAPD_CONF;
	while ((ch = getopt(argc, argv, "D:df:inpv")) != -1) {
		switch (ch) {
		case 'D':
			if (o->ndefs == DEFS_MAX)
				usage();
			o->defs[o->ndefs++] = optarg;
			break;
		case 'd':
			o->foreground = 1;
			break;
		case 'f':
			o->path = optarg;
			break;
		case 'i':
			o->inetd = 1;
			break;
		case 'n':
			o->check = 1;
			break;
		case 'p':
			o->password = 1;
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

/* Under inetd somebody waits for a greeting (RFC 3501 section 7.1.5). */
static void
sorry(void)
{
	static const char bye[] =
	    "* BYE [UNAVAILABLE] The server is not configured\r\n";

	if (write(STDOUT_FILENO, bye, sizeof(bye) - 1) == -1)
		log_debug("write: %s", strerror(errno));
}

/*
 * No file or socket of ours shall become 0, 1 or 2, and nothing that whoever
 * started us has left open, but did not hand over, shall get to a session.
 */
static void
open_standard(const struct activate *a)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			fatal("/dev/null");
	} while (fd <= STDERR_FILENO);
	closefrom(activate_highest(a) + 1);
}

/*
 * The client was handed over, or is on descriptor 0, a socket, or on 0 and 1.
 * It is moved away from there, where a library could write to it.
 */
static int
run_inetd(struct imapd_conf *conf, const struct privs *privs,
    struct activate *activate, int foreground)
{
	struct supervisor_start ss;
	struct stat st;
	int fd, rv;

	memset(&ss, 0, sizeof(ss));
	ss.conf = conf;
	ss.privs = privs;
	ss.listener = -1;
	/* Whoever asks the daemon for its state may ask all of them. */
	if (signal(SIGUSR1, SIG_IGN) == SIG_ERR)
		fatal("signal");
	if ((ss.in = activate_connection(activate)) == -2)
		return (1);
	if (ss.in != -1)
		ss.out = ss.in;
	else if (fstat(STDIN_FILENO, &st) == -1 ||
	    (ss.in = dup(STDIN_FILENO)) == -1)
		fatal("standard input");
	else if (S_ISSOCK(st.st_mode))
		ss.out = ss.in;
	else if ((ss.out = dup(STDOUT_FILENO)) == -1)
		fatal("standard output");
	if ((fd = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(fd, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1 ||
	    (!foreground && dup2(fd, STDERR_FILENO) == -1))
		fatal("/dev/null");
	close(fd);
	ss.scram = conf->auth == IMAPD_AUTH_FILE &&
	    auth_file_scram(conf->auth_arg);
	ss.listen = line_of(conf, ss.in);
	if (wants_tls(conf, ss.listen) && (ss.tls = tls_server_new(conf, 0,
	    NULL, NULL, NULL)) == NULL)
		return (1);
	rv = supervisor_run(&ss);
	tls_server_free(ss.tls);
	imapd_conf_free(conf);
	return (rv);
}

/* With no line of its own a connection may ask for it. */
static int
wants_tls(const struct imapd_conf *conf, const struct imapd_listen *line)
{
	return (conf->ncerts > 0 &&
	    (line == NULL || line->tls != IMAPD_TLS_NONE));
}

/* What is done first is that of the port which the connection came in at. */
static const struct imapd_listen *
line_of(const struct imapd_conf *conf, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return (NULL);
	peer_unmap(&ss, &len);
	return (imapd_conf_listen(conf, (struct sockaddr *)&ss));
}
