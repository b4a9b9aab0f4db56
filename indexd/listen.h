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

#ifndef INDEXD_LISTEN_H
#define INDEXD_LISTEN_H

struct activate;

/*
 * Opens the socket that anyone may connect to; one that a dead indexd left
 * behind is replaced.  One that was handed over is taken instead, if it has
 * that path: then *handed is set.  Returns a descriptor that does not block,
 * or -1 after a log line.
 */
int	listen_open(const char *path, struct activate *, int *handed);

/* Closes it and removes its name, if it is ours and we may. */
void	listen_close(int fd, const char *path, int handed);

#endif
