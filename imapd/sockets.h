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

#ifndef IMAPD_SOCKETS_H
#define IMAPD_SOCKETS_H

#include <stddef.h>

#include "imapd/conf.h"

struct activate;

/* The sockets that are listened on. */
struct sockets {
	struct {
		int			 fd;
		int			 handed;	/* over, not opened */
		struct sockaddr_storage	 ss;	/* as configured */
		socklen_t		 sslen;		/* 0: by name */
		char			 activated[IMAPD_NAME_MAX];
		const struct imapd_listen *listen; /* of the configuration */
	}		 socket[IMAPD_LISTEN_MAX];
	size_t		 n;
	struct activate	*activate;	/* handed over; NULL: none */
};

/*
 * Makes *s listen on what the configuration says.  Sockets that listen there
 * already stay, others are closed.  One that was handed over is used for a
 * line of its name, or of the address that it is bound to.  An address family
 * that the system does not have is left out with a line in the log, if one
 * address remains.  Returns 0, or -1 with the reason logged and *s as it was;
 * what was handed over and taken meanwhile is closed then.  The configuration
 * must stay as long as the sockets are used with it.
 */
int	sockets_open(struct sockets *s, const struct imapd_conf *);

/* Closes them all. */
void	sockets_close(struct sockets *s);

#endif
