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


#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "imapd/folder_priv.h"
#include "imapd/identity.h"
#include "imapd/idx_repair.h"
#include "imapd/repair.h"

/* Damage that a session finds in a folder's own files, or in its table. */

void
repair_say(struct folder *f, const char *text)
{
	int error = errno;

	log_warnx("folder: %s: %s", f->name, text);
	if (idx_repaired(f->idx, f->name, text) == -1)
		log_debug("folder: %s: not told", f->name);
	errno = error;
}

void
repair_slot(struct folder *f)
{
	int r;

	if (!f->writable || folder_lock(f, 0) == -1)
		return;
	r = identity_mend(f->dirfd);
	if (r == -1)
		log_warn("folder: %s: " IDENTITY_FILE, f->name);
	folder_unlock(f);
	if (r == 1)
		repair_say(f, IDENTITY_FILE ": one of two slots was damaged, "
		    "and is written anew from the other");
}

int
repair_identity(struct folder *f)
{
	struct idx_identity id;

	if (idx_find(f->idx, f->name, &id) == -1) {
		if (errno == EAGAIN && idx_code(f->idx) == PROTO_NO_MAILBOX)
			errno = EBADMSG;
		return (-1);
	}
	if (identity_write(f->dirfd, f->tmpfd, &id, folder_filemode(f), 1) ==
	    -1) {
		log_warn("folder: %s: " IDENTITY_FILE, f->name);
		return (-1);
	}
	f->identity = id;
	repair_say(f, IDENTITY_FILE ": damaged, and written anew from the "
	    "table that was last opened under this name");
	return (0);
}

void
repair_table(struct folder *f)
{
	int error = errno;

	if (f->box == NULL || f->gone || (!f->table.bad && !f->next.bad))
		return;
	log_warnx("folder: %s: the table looks damaged", f->name);
	if (idx_verify(f->box) == -1)
		log_debug("folder: %s: not verified", f->name);
	f->table.bad = f->next.bad = 0;
	errno = error;
}
