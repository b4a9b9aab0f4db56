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

#ifndef COMMON_FRAME_H
#define COMMON_FRAME_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Messages between the programs, over a UNIX stream socket: a head of
 * length, type and number, then a payload that is put together and taken
 * apart by the functions below.  Integers are little-endian.  What proto.h
 * calls str is a 32-bit length and that many octets, none of them NUL.
 */

#define FRAME_HEAD	12	/* u32 length with head, u16 type, u16 0,
				   u32 number */

/*
 * A payload being written.  The memory belongs to the frame until
 * frame_free(); a put that finds no memory marks the frame and later puts do
 * nothing, so that only the sender need look (frame.failed).
 */
struct frame {
	uint8_t		*buf;	/* room for the head, then the payload */
	size_t		 len;
	size_t		 cap;
	int		 failed;
};

void	frame_init(struct frame *, uint16_t type, uint32_t number);
void	frame_free(struct frame *);
void	frame_put_u8(struct frame *, uint8_t);
void	frame_put_u16(struct frame *, uint16_t);
void	frame_put_u32(struct frame *, uint32_t);
void	frame_put_u64(struct frame *, uint64_t);
void	frame_put_bytes(struct frame *, const void *, size_t);
void	frame_put_str(struct frame *, const char *);
/* Writes the length into the head; the frame is then buf[0 .. len). */
void	frame_close(struct frame *);

/*
 * A payload being read, in memory of the caller's.  Each get returns 0, or
 * -1 if the payload is too short or not of that form, and then every later
 * get does too; frame_end() returns -1 too if anything is left.
 */
struct payload {
	const uint8_t	*p;
	const uint8_t	*end;
	int		 failed;
};

struct frame_head {
	uint32_t	length;
	uint16_t	type;
	uint32_t	number;
};

/* Takes FRAME_HEAD octets apart; -1 if length < FRAME_HEAD or > max. */
int	frame_head(const uint8_t *, uint32_t max, struct frame_head *);

void	payload_init(struct payload *, const void *, size_t);
int	get_u8(struct payload *, uint8_t *);
int	get_u16(struct payload *, uint16_t *);
int	get_u32(struct payload *, uint32_t *);
int	get_u64(struct payload *, uint64_t *);
/* Copies exactly len octets. */
int	get_bytes(struct payload *, void *, size_t len);
/* Copies a str, with a NUL, into size octets; -1 if it has a NUL inside or
 * does not fit. */
int	get_str(struct payload *, char *, size_t size);
int	frame_end(struct payload *);

/*
 * For peers that wait (sessions, indexctl), on a blocking socket.
 * frame_send() writes the frame whole, passing the descriptor if it is not
 * -1 (which stays the caller's).  frame_recv() reads one frame: *buf is
 * malloc'd payload (free(3) it), *fd a passed descriptor or -1; wait is in
 * milliseconds, -1 for ever.  Both return 0, or -1 with errno: ETIMEDOUT,
 * EPIPE at the end of the connection, EPROTO for a bad head.  Who sends
 * ignores SIGPIPE.  frame_write() is one sendmsg(2): octets written, or -1.
 */
int	frame_send(int sock, struct frame *, int fd);
int	frame_recv(int sock, uint32_t max, int wait, struct frame_head *,
	    uint8_t **buf, size_t *len, int *fd);
ssize_t	frame_write(int sock, const uint8_t *, size_t, int fd);

#endif
