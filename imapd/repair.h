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


#ifndef IMAPD_REPAIR_H
#define IMAPD_REPAIR_H

#include "imapd/folder.h"

/* For the folder's own modules: damage, and what is done about it. */

/* Logs what was repaired in a folder and tells indexd; keeps errno. */
void	repair_say(struct folder *, const char *text);

/* One of the identity's two slots is not whole: writes it anew. */
void	repair_slot(struct folder *);

/*
 * The identity cannot be read: writes that of the table that indexd knows
 * under the folder's name.  The flush lock is held.  0, or -1 with errno:
 * EBADMSG: there is none.
 */
int	repair_identity(struct folder *);

/* Before a folder is closed: has a table verified that looked damaged. */
void	repair_table(struct folder *);

#endif
