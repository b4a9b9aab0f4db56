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

#ifndef TESTS_CONFINE_SYSTEM_H
#define TESTS_CONFINE_SYSTEM_H

#include <sys/types.h>

/*
 * Both daemons as root starts them, for tests that root runs on Linux: in a
 * name space of mounts where the users that they need are in /etc/passwd,
 * whatever there is on the system.  Two virtual users, "one" and "two", share
 * a uid.  What fails here fails the test.
 */
#define SYSTEM_IMAPD	3001	/* uids */
#define SYSTEM_INDEXD	3002
#define SYSTEM_VIRTUAL	3003

struct system {
	char	dir[64];	/* all of it */
	char	top[1024];	/* of the tree */
	pid_t	imapd;
	pid_t	indexd;
	int	port;
	int	tls;		/* port of TLS; 0: there is no openssl(1) */
};

/* Skips the test where that cannot be had. */
void	system_start(struct system *, const char *srcdir);

/* Ends both; they must end in order. */
void	system_stop(struct system *);

/* Connects and reads the greeting. */
int	system_connect(const struct system *);

/* The same by TLS; and what follows, by that. */
struct ssl_st *system_tls(const struct system *);
int	system_tls_ask(struct ssl_st *, const char *tag, const char *line);
void	system_tls_end(struct ssl_st *);

/* Sends a line; reads up to the line that begins with the tag: 1, or 0 at the
 * end of the connection. */
int	system_ask(int fd, const char *tag, const char *line);

/* Connects and logs in, by the user's name, which is the password. */
int	system_login(const struct system *, const char *user);

/* Reads until the end of the connection. */
void	system_end(int fd);

/* The youngest child of a process; 0: it has none. */
pid_t	system_child(pid_t);

/* Waits until that is so, or is not. */
pid_t	system_await_child(pid_t);
void	system_await_gone(pid_t);

/* A line of /proc/PID/status, without its name. */
const char *system_status(pid_t, const char *name);

/*
 * What descriptors the process has, without numbers, sorted, one space after
 * each: "null", "log", "socket", "pipe", "epoll", "inotify", "fdinfo", or
 * the path in the directory of the test.
 */
const char *system_descriptors(const struct system *, pid_t);

/*
 * The UNIX socket that a process has, of a pair that maker made, or, if that
 * is not 0, connected to one that it listens at.
 */
int	system_socket(pid_t, pid_t maker);

#endif
