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


#ifndef IMAPD_CLIENT_H
#define IMAPD_CLIENT_H

#include <sys/types.h>

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The connection to the client: buffered input and output over a transport.
 * A slow client makes only its own process wait, never longer than the write
 * timeout without progress.  Once reading or writing has failed, everything
 * fails with the same errno: a command may write on and look at the end.
 * The program ignores SIGPIPE.
 */

struct client;

/*
 * What lies between the buffers and the socket.  read and write take and
 * return what read(2) and write(2) do and never block: if they cannot go on
 * they return -1 with errno EAGAIN and *events set to what poll(2) is to wait
 * for, POLLIN or POLLOUT, which need not be the direction asked for.
 * pending returns not 0 if read has bytes without a look at the socket.
 * free is called by client_free() with arg, and may be NULL.
 *
 * What follows is for transports that keep back what was written, or its
 * history; each may be NULL.  flush and end write what is kept back, and the
 * end of the stream: 0, or -1 as write.  forget: what was written has nothing
 * to do with what will be.  rest: the connection has been idle for a while,
 * all output is flushed.
 */
struct client_transport {
	ssize_t	(*read)(void *arg, void *buf, size_t len, short *events);
	ssize_t	(*write)(void *arg, const void *buf, size_t len,
		    short *events);
	int	(*pending)(void *arg);
	void	(*free)(void *arg);
	void	*arg;
	int	(*flush)(void *arg, short *events);
	int	(*end)(void *arg, short *events);
	void	(*forget)(void *arg);
	void	(*rest)(void *arg);
};

#define CLIENT_IN_SIZE	(16 * 1024)	/* bytes of unread input */
#define CLIENT_OUT_MARK	(32 * 1024)	/* bytes of output before a write */

/* Milliseconds without progress until a write fails, unless changed. */
#define CLIENT_WRITE_TIMEOUT	(60 * 1000)

/* Milliseconds of waiting for input until the transport is told to rest. */
#define CLIENT_REST	1000

/* What client_wait() saw. */
#define CLIENT_INPUT	1
#define CLIENT_FDS	2

/*
 * Makes a client that reads from rfd and writes to wfd, which may be the
 * same, and are made non-blocking.  They stay the caller's: client_free()
 * does not close them.  Returns NULL with errno.
 */
struct client *client_new(int rfd, int wfd);

/*
 * Puts another transport over the descriptors.  Output is to be flushed
 * before; unread input is kept (see client_take_input()).
 */
void	client_set_transport(struct client *c,
	    const struct client_transport *t);

/*
 * The same, but the transport that was there is handed out in *below, for the
 * new one to stand on and to free.
 */
void	client_stack_transport(struct client *c,
	    const struct client_transport *t, struct client_transport *below);

/* Frees it and its transport, without flushing; NULL is fine. */
void	client_free(struct client *c);

/* Sets the write timeout, milliseconds without progress; -1: for ever. */
void	client_set_write_timeout(struct client *c, int ms);

/*
 * Input.  client_input() returns the unread bytes and their number, which may
 * be 0; they stay until the next call of client_consume(), client_read()
 * or client_give_input().  client_consume() takes n of them away.
 */
const char *client_input(const struct client *c, size_t *len);
void	client_consume(struct client *c, size_t n);

/*
 * Reads what is there, and if nothing is, flushes the output and waits up to
 * timeout milliseconds (-1: for ever).  Returns 1 if there is more unread
 * input than before, 0 at the end of the stream, -1 with errno: ETIMEDOUT,
 * EINTR (a signal was caught: look at what it left and call again), ENOBUFS
 * (the buffer is full of unread input) or the connection's error.  ETIMEDOUT
 * by the read timeout, EINTR and ENOBUFS do not break the connection.
 */
int	client_read(struct client *c, int timeout);

/*
 * Returns 1 if input can be read without waiting for the network: unread bytes
 * here or in the transport; else 0.  Makes no system call.
 */
int	client_pending(const struct client *c);

/*
 * Flushes the output, then waits until there is input, or the connection has
 * ended, or one of the nfds descriptors in fds (may be NULL with 0) is ready,
 * or timeout milliseconds (-1: for ever) are over.  Returns CLIENT_INPUT,
 * CLIENT_FDS or both or'ed, with revents set in fds; 0 if the time is over;
 * -1 with errno as client_read().  nfds is at most CLIENT_WAIT_MAX.
 * Unread input, which a parser may have left as incomplete, is not
 * looked at: only new input counts.
 */
#define CLIENT_WAIT_MAX	14
int	client_wait(struct client *c, struct pollfd *fds, nfds_t nfds,
	    int timeout);

/*
 * Unread input from one process to the next: client_take_input() moves up to
 * size bytes to buf and returns how many; client_give_input() puts len bytes
 * before what is unread, and returns 0, or -1 with errno ENOBUFS if they do
 * not fit in CLIENT_IN_SIZE.
 */
size_t	client_take_input(struct client *c, void *buf, size_t size);
int	client_give_input(struct client *c, const void *buf, size_t len);

/*
 * Output, buffered; written when CLIENT_OUT_MARK is reached.  Return 0, or -1
 * with the connection's errno; EPIPE and ECONNRESET: the client is gone.
 */
int	client_write(struct client *c, const void *buf, size_t len);
int	client_puts(struct client *c, const char *s);
int	client_printf(struct client *c, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* Writes all output, waiting as long as needed.  Returns as client_write(). */
int	client_flush(struct client *c);

/*
 * For the end of a command: flushes unless more input is pending, so that the
 * answers to pipelined commands share a write.  Returns as client_write().
 */
int	client_flush_idle(struct client *c);

/*
 * Sends the continuation request "+ text" (RFC 3501 §7.5) and flushes.
 * Returns as client_write().
 */
int	client_continue(struct client *c, const char *text);

/*
 * Says that what was written so far and what will be are of different
 * origin: a transport that compresses does not let the one tell the length
 * of the other.  Costs nothing with other transports.  Returns as
 * client_write().
 */
int	client_forget(struct client *c);

/*
 * Flushes and ends the stream of a transport that has an end.  Nothing is to
 * be written afterwards.  Returns as client_write().
 */
int	client_end(struct client *c);

/* Returns 0 while the connection works, else the errno that broke it. */
int	client_error(const struct client *c);

/*
 * Return the octets read and written so far, as the protocol has them; what
 * client_give_input() gave counts as read.
 */
uint64_t client_bytes_in(const struct client *c);
uint64_t client_bytes_out(const struct client *c);

/* Return the octets that were read from and written to the descriptors. */
uint64_t client_wire_in(const struct client *c);
uint64_t client_wire_out(const struct client *c);

#endif
