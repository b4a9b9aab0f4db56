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

#ifndef IMAPD_LISTEN_H
#define IMAPD_LISTEN_H

#include "imapd/conf.h"
#include "imapd/privs.h"

struct activate;

#define LISTEN_GOODBYE	10	/* s for connections to end at shutdown */

struct listen_start {
	struct imapd_conf		*conf;	/* now the listener's */
	const char			*path;	/* of it, absolute */
	const struct imapd_conf_args	*args;
	const struct privs		*privs;
	struct activate			*activate;	/* handed over */
	const char			*prog;	/* for the log */
	int				 foreground;
	int				 verbose;
};

/*
 * Listens, and forks a supervisor for each connection, until SIGTERM or
 * SIGINT.  Goes into the background unless told not to; the process that
 * called ends when all is listened on, with 0, or with 1 if that fails.
 * Returns the exit status of the process, also in the supervisors' processes.
 */
int	listen_run(const struct listen_start *);

#endif
