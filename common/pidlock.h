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

#ifndef COMMON_PIDLOCK_H
#define COMMON_PIDLOCK_H

#include <sys/types.h>

/*
 * The file that says which process a daemon is.  It is locked as long as the
 * daemon lives, so that what a dead one left behind is not believed.
 */
struct pidlock;

/*
 * Opens and locks the file; the process may fork(2) and change its user
 * afterwards.  With path NULL there is no file, and nothing to do.  Returns 0
 * with *p to be given to the others, or -1 after a log line: another daemon
 * holds it, or it cannot be had.
 */
int	pidlock_open(struct pidlock **p, const char *path);

/* Writes this process's number: 0, or -1 after a log line. */
int	pidlock_write(struct pidlock *);

/* In other processes than the daemon: lets go of it and frees. */
void	pidlock_forget(struct pidlock *);

/*
 * At the daemon's end: removes the file, or, where that is not allowed any
 * more, makes it empty; frees.
 */
void	pidlock_remove(struct pidlock *);

#endif
