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

#ifndef IMAPD_CONF_H
#define IMAPD_CONF_H

#include <sys/socket.h>
#include <sys/queue.h>

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

#include "common/paths.h"

/* imapd.conf(5). */

#define IMAPD_CONF		SYSCONFDIR "/imapd.conf"
#define IMAPD_INDEXD		RUNDIR "/indexd.sock"
#define IMAPD_MAILDIR		"%h/Maildir"
#define IMAPD_SEPARATOR		'.'

#define IMAPD_LISTEN_MAX	64		/* sockets */
#define IMAPD_CONNECTIONS	4096		/* default of the limit */
#define IMAPD_CONNECTIONS_MAX	65536
#define IMAPD_PER_USER		64		/* default of the limit */
#define IMAPD_IDLE		1800		/* s, RFC 3501 section 5.4 */
#define IMAPD_IDLE_MAX		604800		/* s */
#define IMAPD_MESSAGE		(UINT64_C(64) << 20)
#define IMAPD_MESSAGE_MAX	UINT64_C(4294967295)	/* a number, 32 bits */

#define IMAPD_PER_ADDRESS	128		/* default of the limit */
#define IMAPD_UNAUTHENTICATED	256		/* default of the limit */
#define IMAPD_MEMORY		(UINT64_C(256) << 20)	/* of a session */
#define IMAPD_MEMORY_MIN	(UINT64_C(16) << 20)
#define IMAPD_MEMORY_MAX	(UINT64_C(1) << 40)
#define IMAPD_LOGIN		60		/* s from greeting to login */
#define IMAPD_LOGIN_MAX		3600		/* s */
#define IMAPD_AUTH_ARGS		16		/* of a program */
#define IMAPD_CERTS_MAX		64
#define IMAPD_PROXIES_MAX	64		/* of one listen line */
#define IMAPD_NAME_MAX		64		/* of a socket handed over */
#define IMAPD_USES		5		/* as special_use.h has them */
#define IMAPD_USE_NAMES		8		/* of a special use */

enum imapd_plaintext {
	PLAINTEXT_NEVER,
	PLAINTEXT_LOOPBACK,
	PLAINTEXT_ALWAYS
};

enum imapd_auth {
	IMAPD_AUTH_NONE,		/* not said: an error */
	IMAPD_AUTH_FILE,
	IMAPD_AUTH_SYSTEM,
	IMAPD_AUTH_PAM,
	IMAPD_AUTH_EXEC
};

/* What is done with a connection before its first command. */
enum imapd_tls {
	IMAPD_TLS_NONE,			/* no TLS at all */
	IMAPD_TLS_START,		/* STARTTLS is offered */
	IMAPD_TLS_IMPLICIT		/* TLS from the first byte */
};

/* Whom a PROXY header is taken from: a network. */
struct imapd_proxy {
	struct sockaddr_storage		 ss;
	unsigned int			 bits;	/* of the prefix */
};

struct imapd_listen {
	struct sockaddr_storage		 ss;
	socklen_t			 sslen;	/* 0: handed over, by name */
	char				 name[NI_MAXHOST + NI_MAXSERV];
	char				 activated[IMAPD_NAME_MAX];
	enum imapd_tls			 tls;
	struct imapd_proxy		*proxies;
	size_t				 nproxies;
	TAILQ_ENTRY(imapd_listen)	 entry;
};
TAILQ_HEAD(imapd_listens, imapd_listen);

/*
 * A certificate chain and its key.  The first is for clients that name no
 * server or one that no certificate is for; the others are found by the names
 * in them.
 */
struct imapd_cert {
	char				*chain;	/* path, PEM */
	char				*key;	/* path, PEM */
	TAILQ_ENTRY(imapd_cert)		 entry;
};
TAILQ_HEAD(imapd_certs, imapd_cert);

struct imapd_conf {
	struct imapd_listens	 listens;
	unsigned int		 nlistens;
	char			*indexd;	/* path of its socket */
	enum imapd_auth		 auth;
	char			*auth_arg;	/* path or service, or NULL */
	/* exec: the program's argv, its path first, NULL at its end. */
	char			*auth_argv[IMAPD_AUTH_ARGS + 2];
	struct imapd_certs	 certs;
	unsigned int		 ncerts;
	int			 tls13;		/* not below TLS 1.3 */
	char			*ciphers;	/* of TLS 1.2, or NULL */
	char			*client_ca;	/* path, or NULL */
	int			 client_required; /* a client certificate */
	char			*pidfile;	/* or NULL */
	char			*maildir;	/* template, %h %u %n %d */
	char			 separator;	/* of folders: '.' or '/' */
	enum imapd_plaintext	 plaintext;
	unsigned int		 connections;	/* in all */
	unsigned int		 per_user;
	unsigned int		 per_address;
	unsigned int		 unauthenticated;
	unsigned int		 login;		/* s from greeting to login */
	uint64_t		 memory;	/* bytes, of one session */
	unsigned int		 idle;		/* s without a command */
	uint64_t		 message_max;	/* bytes, APPENDLIMIT */
	int			 use_set[IMAPD_USES];	/* these are said: */
	char			*use_name[IMAPD_USES][IMAPD_USE_NAMES];
};

/*
 * Reads the file, or the len bytes of text under that name, into a new
 * configuration with defaults for what is not said.  defs holds ndefs macro
 * definitions as given by -D.  Errors go to report(arg, text), or to the log
 * if report is NULL.  With inetd not 0, no listen line is needed.  Returns
 * NULL after any error; the caller frees with imapd_conf_free().
 */
struct imapd_conf_args {
	const char	*const *defs;
	size_t		  ndefs;
	int		  inetd;
	void		(*report)(void *, const char *);
	void		 *arg;
};
struct imapd_conf	*imapd_conf_read(const char *path,
			    const struct imapd_conf_args *);
struct imapd_conf	*imapd_conf_text(const char *name, const char *text,
			    size_t len, const struct imapd_conf_args *);
void			 imapd_conf_free(struct imapd_conf *);

/*
 * The listen line that a connection which came in at this local address (as
 * getsockname(2) has it) belongs to: the address and the port, or "*" and the
 * port; failing that any line with the port.  NULL: none has the port.
 */
const struct imapd_listen *imapd_conf_listen(const struct imapd_conf *,
			    const struct sockaddr *);

#endif
