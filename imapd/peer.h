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

#ifndef IMAPD_PEER_H
#define IMAPD_PEER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>

#define PEER_MAX	64		/* bytes of an address, with its NUL */

/*
 * Writes the client's address for the log: numeric, or "local" if the
 * descriptor is no network socket.
 */
void	peer_address(int fd, char *buf, size_t size);

/*
 * Whether what goes through the descriptor stays on this machine: 127/8, ::1,
 * a UNIX socket, a pipe.  Returns 1 or 0.
 */
int	peer_local(int fd);

/*
 * Makes an IPv4 address in IPv6's clothes, as a socket of :: that takes both
 * has them, one of IPv4; others stay.
 */
void	peer_unmap(struct sockaddr_storage *, socklen_t *);

/* Sets what every connection has: no delay of small answers, keepalive. */
void	peer_options(int fd);

#endif
