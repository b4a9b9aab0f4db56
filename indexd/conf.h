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

#ifndef INDEXD_CONF_H
#define INDEXD_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "common/paths.h"

/* indexd.conf(5). */

#define INDEXD_CONF		SYSCONFDIR "/indexd.conf"
#define INDEXD_SOCKET		RUNDIR "/indexd.sock"
#define INDEXD_DIRECTORY	STATEDIR "/indexd"

#define INDEXD_COMMIT_MAX	60000		/* ms */

/* The defaults of the limits, each for one binding (uid and mail root). */
#define INDEXD_LIM_CONNECTIONS	256
#define INDEXD_LIM_OPEN		256
#define INDEXD_LIM_MAILBOXES	16384
#define INDEXD_LIM_ROWS		UINT64_C(16777216)
#define INDEXD_LIM_BYTES	(UINT64_C(8) << 30)

struct indexd_limits {
	uint64_t	 connections;	/* sessions connected */
	uint64_t	 open;		/* mailboxes open at one time */
	uint64_t	 mailboxes;	/* tables kept */
	uint64_t	 rows;		/* messages, in each table */
	uint64_t	 bytes;		/* of table files, in all */
};

struct indexd_conf {
	char			*socket;
	char			*directory;
	char			*pidfile;	/* or NULL */
	char			**files;	/* read for it; then NULL */
	unsigned int		 commit_ms;	/* 0: commit always */
	struct indexd_limits	 limits;
};

/*
 * Reads the file, or the len bytes of text under that name, into a new
 * configuration with defaults for what is not said.  Errors go to
 * report(arg, text), or to the log if report is NULL.  Returns NULL after
 * any error; the caller frees with indexd_conf_free().
 */
struct indexd_conf	*indexd_conf_read(const char *path,
			    void (*report)(void *, const char *), void *arg);
struct indexd_conf	*indexd_conf_text(const char *name, const char *text,
			    size_t len, void (*report)(void *, const char *),
			    void *arg);
void			 indexd_conf_free(struct indexd_conf *);

#endif
