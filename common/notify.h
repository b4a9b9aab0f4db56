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

#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

/*
 * Tells a service manager how far we are, by the protocol of sd_notify(3): a
 * datagram to the UNIX socket that NOTIFY_SOCKET names.  Without one all of
 * this does nothing.
 */

/*
 * Connects to the socket, and removes the variable from the environment;
 * called while all rights and paths are there.
 */
void	notify_open(void);

/* Closes it: in processes that are not the daemon. */
void	notify_close(void);

/* This process, which becomes the service's main one, serves. */
void	notify_ready(void);

/* It reads its configuration again; notify_ready() says that it has. */
void	notify_reloading(void);

/* It ends. */
void	notify_stopping(void);

#endif
