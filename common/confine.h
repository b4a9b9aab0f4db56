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

#ifndef COMMON_CONFINE_H
#define COMMON_CONFINE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct sockaddr_un;

/*
 * What a process gives up before it has to do with what others send.  The
 * systems differ in how far they can: confine_linux.c, confine_openbsd.c,
 * confine_freebsd.c, confine_none.c.  highwater-security(7) says what each
 * process is left with.  Nothing here can be taken back.
 *
 * A facility that the system does not have is passed over: confine_report()
 * has said so at the start.  One that it has and that fails is an error:
 * functions that return int then return -1, with the reason logged.
 */

/* A sanitizer in the program asks the system for more than we do. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CONFINE_SANITIZED
#endif

enum confine_daemon {
	CONFINE_IMAPD,
	CONFINE_INDEXD
};

/*
 * Says in a line of the log each what this system lacks, and what protects
 * in its place; to be called once, at the start.  A system that lacks nothing
 * gets a line at -v.
 */
void	confine_report(enum confine_daemon);

/*
 * For each process, first of all: no core dump, no debugger.  The tests look
 * into processes of their own user: confine_traceable lets them.
 */
extern int	confine_traceable;

void	confine_process(void);

/*
 * Empties the environment but for TZ, and wipes what it was; has the time
 * zone read.
 */
void	confine_environment(void);

/*
 * The front, after privs_front(): from now on it reads, writes and waits on
 * the descriptors it has, all of them sockets or the log, and takes memory;
 * fds are those that the process needs beside standard error.
 */
int	confine_front(const int *fds, size_t nfds);

/*
 * The session, after privs_session(): it reaches what is below the mail root,
 * open as rootfd and called rootpath; indexd, at its socket's path, by
 * confine_connect(); and the log.  It has at most memory bytes of data.
 */
int	confine_session(int rootfd, const char *rootpath, const char *indexd,
	    uint64_t memory);

/* As connect(2); confined, only to the path that confine_session() was told. */
int	confine_connect(int sock, const struct sockaddr_un *);

/*
 * indexd, when its socket listens and its user is its own: it reaches its
 * directory, the socket's name, to remove it, and the files of the
 * configuration, to read them; NULL ends these.
 */
int	confine_indexd(const char *directory, const char *socket,
	    char *const *conf);

/* indexd's helper: it syncs the files that are handed to it. */
int	confine_helper(void);

/*
 * For confine.c: no debugger, and no core dump of a process that has changed
 * its user.
 */
void	confine_untraceable(void);

/*
 * confine.c, for the systems' files.  Limits as setrlimit(2) has them: no
 * core dumps; no further processes, if not fork; of data, if not 0.
 */
int	confine_limits(int fork, uint64_t data);

#endif
