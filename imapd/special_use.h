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

#ifndef IMAPD_SPECIAL_USE_H
#define IMAPD_SPECIAL_USE_H

#include "imapd/names.h"

/*
 * Special uses of mailboxes (RFC 6154): \Archive, \Drafts, \Junk, \Sent,
 * \Trash.  What CREATE gives is in a file in the folder, which goes where the
 * folder goes.  A use that no folder was given is that of the first folder
 * there is of those that imapd.conf(5) names.
 */

struct imapd_conf;

#define SPECIAL_USE_FILE	"highwater-special-use"
#define SPECIAL_USE_TEXT	64	/* octets of all, with the NUL */

/* The bit of an attribute as "\Sent", in any case; 0: there is none. */
unsigned char	special_use_bit(const char *);

/* The number of a use in struct imapd_conf by its word there, or -1. */
int		special_use_kind(const char *word);

/* The attributes, with a space between, in text, which is returned. */
const char	*special_use_text(unsigned char,
		    char text[SPECIAL_USE_TEXT]);

/*
 * Gives a folder of the mail root these uses, durably, dir being its
 * directory.  Returns 0, or -1 with errno.
 */
int		special_use_write(int rootfd, const char *dir, unsigned char);

/*
 * Reads the uses of each of the names into use, one octet for each of them.
 * With conf NULL those alone that were given.
 */
void		special_use_read(const struct imapd_conf *, char separator,
		    int rootfd, const struct names *, unsigned char *use);

#endif
