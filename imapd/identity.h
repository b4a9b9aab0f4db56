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

#ifndef IMAPD_IDENTITY_H
#define IMAPD_IDENTITY_H

#include <sys/types.h>

#include <stdint.h>

#include "imapd/idx.h"

/*
 * The identity of a folder, in a file of its own in the folder's directory:
 * mailbox id, UIDVALIDITY, the floor below which numbers are given, and the
 * id of the indexd that served it.  imapd(8) describes the file.
 *
 * It has two slots, each a line of text with a checksum, padded to a page; a
 * change overwrites the older one, so that a torn write leaves the other.
 * Whoever writes holds the flush lock.
 */

#define IDENTITY_FILE	"highwater-identity"
#define IDENTITY_SLOT	4096		/* octets of a slot */

/*
 * Reads the newer of the slots that are whole.  Returns 0, or -1 with errno:
 * ENOENT, EBADMSG if no slot is whole or it is no regular file, or another.
 */
int	identity_read(int dirfd, struct idx_identity *);

/* The same; *whole is how many slots are whole, of two. */
int	identity_slots(int dirfd, struct idx_identity *, unsigned int *whole);

/* Writes a slot that is not whole from the other: 1, 0 if both are, or -1 with
 * errno. */
int	identity_mend(int dirfd);

/*
 * Makes the file, durably, by way of the directory tmpfd, with the
 * permissions given.  Without replace it
 * fails with EEXIST if there is one.  Returns 0, or -1 with errno.
 */
int	identity_write(int dirfd, int tmpfd, const struct idx_identity *,
	    mode_t mode, int replace);

/*
 * Raises the floor, durably, and never lowers it; *id is then what the file
 * says.  Returns 0, or -1 with errno: EBADMSG also if the file has another
 * mailbox's id by now.
 */
int	identity_raise(int dirfd, int tmpfd, uint64_t modseq, uint32_t uid,
	    struct idx_identity *id);

#endif
