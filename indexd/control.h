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

#ifndef INDEXD_CONTROL_H
#define INDEXD_CONTROL_H

#include "indexd/server.h"

/*
 * The server half of indexctl(8).  A command's output is made in pieces, the
 * next when the peer has taken the last, so that neither the loop nor the
 * peer's queue is filled by a large one.
 */
#define CONTROL_PIECE	256		/* lines of a piece */
#define CONTROL_SAMPLE	256		/* sessions, and mailboxes, of a sample */
#define CONTROL_WAITED	20		/* ms between two looks at the engine */

struct control;

/* Whether the command reads input; whether it has something to do now. */
int	control_takes(const struct control *);
int	control_ready(const struct peer *);

/* At the end of a turn: commands that have waited for the engine since an
 * earlier one look again. */
void	controls_wake(struct server *);
/* ms until a turn that they wait for, or -1. */
int	controls_timeout(const struct server *);

/* Makes the next piece; after the last, and DONE, peer->control is NULL. */
void	control_step(struct peer *);
void	control_free(struct control *);

#endif
