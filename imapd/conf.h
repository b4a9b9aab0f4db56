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

/* imapd.conf(5). */

#define IMAPD_CONF		"/etc/imapd.conf"
#define IMAPD_INDEXD		"/var/run/indexd.sock"
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

enum imapd_plaintext {
	PLAINTEXT_NEVER,
	PLAINTEXT_LOOPBACK,
	PLAINTEXT_ALWAYS
};

struct imapd_listen {
	struct sockaddr_storage		 ss;
	socklen_t			 sslen;
	char				 name[NI_MAXHOST + NI_MAXSERV];
	TAILQ_ENTRY(imapd_listen)	 entry;
};
TAILQ_HEAD(imapd_listens, imapd_listen);

struct imapd_conf {
	struct imapd_listens	 listens;
	unsigned int		 nlistens;
	char			*indexd;	/* path of its socket */
	char			*passwd;	/* auth file; NULL: no auth */
	char			*maildir;	/* template, %h %u %n %d */
	char			 separator;	/* of folders: '.' or '/' */
	enum imapd_plaintext	 plaintext;
	unsigned int		 connections;	/* in all */
	unsigned int		 per_user;
	unsigned int		 idle;		/* s without a command */
	uint64_t		 message_max;	/* bytes, APPENDLIMIT */
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

#endif
