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

#ifndef IMAPD_WITNESS_H
#define IMAPD_WITNESS_H

#include <stdint.h>

struct folder;

/*
 * After our own renames new/ and cur/ are not as the table's stamp has them,
 * and nobody could tell without listing them whether another program was
 * there too.  A witness can, where the system tells names (watch_names.h): it
 * begins while the stamp holds, collects the names that are touched, and
 * compares these alone with the table.
 *
 * That the directories agree with the table at some time is shown so.  At the
 * beginning the watch stood, and then the stamp held, or a listing was
 * complete and nothing was touched under way: they agreed.  Each name
 * that was touched since has been looked at after its last event, and was
 * there if and only if the table says so; no other name has changed.  From
 * then on it may begin anew.
 *
 * Whose change it was does not matter: what another session renamed passes
 * when its result is in the table, what another program did when it has been
 * reported.  Until then the name stays to be looked at.
 */

/* To be called before each change of ours.  A witness that is there goes on;
 * where none can be had there is none, and the folder will be listed. */
void	witness_begin(struct folder *);

/*
 * Around a listing of what is in doubt: afterwards there is a witness, if it
 * was complete, all that was found is in the table, and nothing was touched
 * meanwhile.
 */
void	witness_listing(struct folder *);
void	witness_listed(struct folder *, int complete);

/*
 * For a session that waits (IDLE): a witness that stands all the time, and
 * whose descriptor, which is returned, wakes it up.  -1 with errno as of
 * watch_names_open().  witness_heard() is 1 if any name was touched since it
 * was last asked, or that can't be told, and witness_pending() is 1 if it was
 * by what has been read from the descriptor already; witness_leave() ends the
 * wait.
 */
int	witness_stand(struct folder *);
int	witness_heard(struct folder *);
int	witness_pending(const struct folder *);
void	witness_leave(struct folder *);

/* Which directories may not agree with the table now: LIST_NEW and LIST_CUR
 * of listing.h; both if there is no witness. */
int	witness_doubts(struct folder *);

/*
 * When witness_settle() is to be called, in milliseconds of now_ms();
 * INT64_MAX: never.  It takes the stamp once the directories have been still
 * for a granule of the file system's time and agree, and then the witness
 * ends, unless somebody waits; it also ends when that was not so for too
 * long.
 */
int64_t	witness_due(const struct folder *);
void	witness_settle(struct folder *);

void	witness_free(struct folder *);

#endif
