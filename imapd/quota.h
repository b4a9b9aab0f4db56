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

#ifndef IMAPD_QUOTA_H
#define IMAPD_QUOTA_H

#include <sys/types.h>

#include <stdint.h>

/*
 * Quotas (RFC 9208), which are told, and neither set nor kept here: that of
 * the file maildirsize in the mail root, which delivery agents keep
 * (Maildir++), or else that of the file system for the user.
 */
#define QUOTA_FILE	"maildirsize"
#define QUOTA_FILE_MAX	65536		/* octets that are read */

struct quota {
	const char	*root;		/* its name for clients */
	uint64_t	 storage;	/* limit, octets; 0: none */
	uint64_t	 storage_used;
	uint64_t	 messages;	/* limit; 0: none */
	uint64_t	 messages_used;
};

/* The quota of a mail root: 1, or 0 if there is none. */
int	quota_read(int rootfd, struct quota *);

/* quota_fs.c: the same of the file system alone. */
int	quota_fs(int rootfd, uid_t, struct quota *);

#endif
