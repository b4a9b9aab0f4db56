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

#ifndef TESTS_POWERCUT_DISK_H
#define TESTS_POWERCUT_DISK_H

#include <stdint.h>

#include "tests/powercut/recorder.h"

/*
 * What may be on a disk when the power fails, after a recorded series of
 * changes.
 *
 * Data: a sync of a file makes durable what was done to it before.  Of what
 * came later each page is as it was at some moment since then, whichever,
 * and the size likewise; a page may also be torn between two such moments,
 * in its sectors, or, as a device reads memory that is being written, in
 * words of 8 octets.  What is beyond the end of what was written is zeros.
 *
 * Names, in three ways, of which a state follows one:
 *
 *	free	each change of a name is kept or lost by itself, as long as
 *		nobody syncs the directory; only changes of one name keep
 *		their order, and a rename is whole
 *	order	the changes of each directory are kept up to some moment, and
 *		a sync of the directory keeps all that came before
 *	log	the changes of all names are kept up to one moment, and a sync
 *		of any file or directory keeps all that came before, as file
 *		systems do that log their metadata
 *
 * In the first two a sync of a file does not keep its name, in the last it
 * does.  A rename of which one directory is synced is durable: no file
 * system loses a file for that.
 */
struct disk;

/* What a directory holds now is durable; NULL with errno. */
struct disk *disk_new(const char *dir);
void	disk_free(struct disk *);

/* The next record happened. */
void	disk_event(struct disk *, const struct event *);

/*
 * Makes a new directory that holds what a power cut may leave now; each seed
 * is one of the many ways.  Fails the test if it cannot.
 */
void	disk_build(const struct disk *, const char *dir, uint64_t seed);

/* Removes a directory, if it is there, with all in it. */
void	disk_remove(const char *dir);

#endif
