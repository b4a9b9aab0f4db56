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


#ifndef IMAPD_DEFLATE_H
#define IMAPD_DEFLATE_H

struct client;
struct deflate;

/*
 * COMPRESS=DEFLATE (RFC 4978): a transport that stands on the one that a
 * client has, raw DEFLATE (RFC 1951) in both directions.
 *
 * Output is compressed as it comes and ends at a byte only where the client's
 * output is flushed, never at each line.  client_forget() parts what must not
 * be compressed together.  While the connection rests, the compressor, the
 * greater part of the memory by far, is not there.
 *
 * Input is expanded into the buffer of the client and no further: what a few
 * bytes expand to waits until there is room, and the parser's limits hold.
 */
#define DEFLATE_LEVEL	6
#define DEFLATE_WINDOW	15		/* bits: 32 KiB, of both directions */
#define DEFLATE_MEMORY	8		/* zlib's memLevel: 128 KiB */
#define DEFLATE_IN	4096		/* bytes read at once */
#define DEFLATE_OUT	16384		/* bytes written at once */

/*
 * Makes what compresses for a client; nothing changes yet.  Returns NULL with
 * errno ENOMEM.
 */
struct deflate *deflate_new(void);
void	deflate_free(struct deflate *);

/*
 * From now on all is compressed.  The output is to be flushed before; unread
 * input is taken as compressed already.  The client owns d from now on.
 */
void	deflate_start(struct deflate *d, struct client *c);

#endif
