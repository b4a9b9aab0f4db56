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

#ifndef IMAPD_NAMESPACE_H
#define IMAPD_NAMESPACE_H

#include <stddef.h>

/*
 * Mailbox names.  On the wire they are modified UTF-7 with the configured
 * separator between levels (RFC 3501 section 5.1); on disk a mailbox is a
 * Maildir++ directory, ".Archive.2026" for Archive/2026, beside the mail
 * root's own new/ and cur/, which are INBOX.  Components are the same octets
 * in both, as with Courier and Dovecot.
 */

#define NAMESPACE_DIRLEN	255	/* longest directory name, octets */

/*
 * Translates a name on the wire to a directory in the mail root: "." for
 * INBOX, in any case, which as a first component of others too is written in
 * capitals.  Returns 0, or -1 with errno EINVAL (not modified UTF-7, control
 * characters, an empty component, the other separator within one) or
 * ENAMETOOLONG; *why then says what is wrong, for the client.
 */
int	namespace_to_dir(char separator, const char *name, char *dir,
	    size_t size, const char **why);

/*
 * Translates back.  Returns 0, or -1 with errno EINVAL if no name on the wire
 * leads to that directory: other dot files, names not in modified UTF-7.
 */
int	namespace_from_dir(char separator, const char *dir, char *name,
	    size_t size);

/*
 * Returns 1 if the name matches the pattern of LIST and LSUB, with its * and
 * % (RFC 3501 section 6.3.8); INBOX as first component matches in any case.
 * The time is at most the product of the lengths, which are at most
 * NAMESPACE_PATTERN; a longer pattern matches nothing.
 */
#define NAMESPACE_PATTERN	1024

int	namespace_match(char separator, const char *pattern,
	    const char *name);

#endif
