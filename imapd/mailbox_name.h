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

#ifndef IMAPD_MAILBOX_NAME_H
#define IMAPD_MAILBOX_NAME_H

#include <stddef.h>

#include "imapd/namespace.h"

/*
 * Mailbox names as the client of this session writes and reads them.  Within
 * the server, in directories, subscriptions and lists, a name is modified
 * UTF-7 (namespace.h), and so it is for the client until it enables
 * UTF8=ACCEPT (RFC 6855 section 3) or IMAP4rev2 (RFC 9051 section 5.1); from
 * then on all that it writes and reads is UTF-8, where "&" is a character as
 * others.  A name with 8-bit characters is taken for UTF-8 before that too.
 */

struct session;

/* Octets of a name of NAMESPACE_DIRLEN in UTF-8 at most, with its NUL. */
#define MAILBOX_NAME_SIZE	(2 * NAMESPACE_DIRLEN)

/*
 * Translates the client's name to modified UTF-7, in name of size bytes,
 * without further checks: namespace_to_dir() has them.  Returns 0, or -1 with
 * errno EINVAL or ENAMETOOLONG and the reason for the client in *why.
 */
int	mailbox_name_read(const struct session *, const char *text,
	    char *name, size_t size, const char **why);

/*
 * The same and namespace_to_dir() in one: the directory of the mailbox, in
 * dir of NAMESPACE_DIRLEN + 1 octets.
 */
int	mailbox_name_dir(const struct session *, const char *text, char *dir,
	    size_t size, const char **why);

/*
 * Whether a mailbox may be given this name (in modified UTF-7): not if it has
 * a line or paragraph separator (RFC 6855 section 3).  Returns 0, or -1 with
 * *why.
 */
int	mailbox_name_new(const char *name, const char **why);

/*
 * Translates a name of the server's to what the client reads.  Returns name,
 * or buf of MAILBOX_NAME_SIZE bytes.
 */
const char *mailbox_name_shown(const struct session *, const char *name,
	    char *buf);

/* Sends a name of the server's as the client reads it: an astring. */
void	mailbox_name_send(struct session *, const char *name);

/*
 * Returns 1 if a name of the server's matches the pattern as the client wrote
 * it, with its reference before it; else 0.  See namespace_match().
 */
int	mailbox_name_match(const struct session *, const char *pattern,
	    const char *name);

#endif
