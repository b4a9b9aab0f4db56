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

#include <sys/types.h>
#ifdef __APPLE__
#include <sys/ptrace.h>
#endif
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"

#if !defined(__linux__) && !defined(__OpenBSD__) && !defined(__FreeBSD__)

/* Descriptors that a front may have at most: poll(2) is given some. */
#define FRONT_FILES	16

static int	no_more_files(void);

void
confine_report(enum confine_daemon who)
{
	if (who == CONFINE_IMAPD)
		log_warnx("confine: this system has no sandbox that we know: "
		    "the front is kept from the system by its uid, the empty "
		    "directory it is in, if root has started imapd, and "
		    "setrlimit(2); a session is kept from others' mail by its "
		    "uid alone: let no two users have the same");
	else
		log_warnx("confine: this system has no sandbox that we know: "
		    "indexd is kept from files that are not its own by its "
		    "uid alone");
}

void
confine_untraceable(void)
{
#ifdef __APPLE__
	if (!confine_traceable && ptrace(PT_DENY_ATTACH, 0, NULL, 0) == -1)
		log_warn("confine: PT_DENY_ATTACH");
#endif
}

/* All numbers below the limit are taken, and it stays. */
static int
no_more_files(void)
{
	struct rlimit rl;
	int fd;

	while ((fd = dup(STDIN_FILENO)) != -1 && fd < FRONT_FILES)
		continue;
	if (fd != -1)
		close(fd);
	rl.rlim_cur = rl.rlim_max = FRONT_FILES;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return (0);
	log_warn("confine: front: limit of files");
	return (-1);
}

int
confine_front(const int *fds, size_t nfds)
{
	(void)fds;
	(void)nfds;
	if (no_more_files() == -1)
		return (-1);
	return (confine_limits(0, 0));
}

int
confine_session(int rootfd, const char *rootpath, const char *indexd,
    uint64_t memory)
{
	(void)rootfd;
	(void)rootpath;
	(void)indexd;
	return (confine_limits(0, memory));
}

int
confine_connect(int sock, const struct sockaddr_un *sun)
{
	return (connect(sock, (const struct sockaddr *)(const void *)sun,
	    sizeof(*sun)));
}

int
confine_indexd(const char *directory, const char *socket, char *const *conf)
{
	(void)directory;
	(void)socket;
	(void)conf;
	return (confine_limits(1, 0));
}

int
confine_helper(void)
{
	return (confine_limits(0, 0));
}

#endif
