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

#ifdef __OpenBSD__
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

#include <errno.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"

#ifdef __OpenBSD__

static int	promise(const char *, const char *);
static int	name(const char *, const char *);

/* pledge(2) and unveil(2) are always there. */
void
confine_report(enum confine_daemon who)
{
	(void)who;
	log_debug("confine: pledge and unveil");
}

/* Nobody may look into a process that has changed its user, but root. */
void
confine_untraceable(void)
{
}

static int
promise(const char *promises, const char *what)
{
	if (pledge(promises, NULL) == 0)
		return (0);
	log_warn("confine: %s: pledge", what);
	return (-1);
}

static int
name(const char *path, const char *may)
{
	if (unveil(path, may) == 0)
		return (0);
	log_warn("confine: unveil %s", path);
	return (-1);
}

/* syslog(3) is a system call here, and stdio has it. */
int
confine_front(const int *fds, size_t nfds)
{
	(void)fds;
	(void)nfds;
	if (confine_limits(0, 0) == -1)
		return (-1);
	return (promise("stdio", "front"));
}

int
confine_session(int rootfd, const char *rootpath, const char *indexd,
    uint64_t memory)
{
	(void)rootfd;
	if (confine_limits(0, memory) == -1 || name(rootpath, "rwc") == -1 ||
	    name(indexd, "rw") == -1)
		return (-1);
	return (promise("stdio rpath wpath cpath fattr flock unix recvfd "
	    "sendfd", "session"));
}

int
confine_connect(int sock, const struct sockaddr_un *sun)
{
	return (connect(sock, (const struct sockaddr *)(const void *)sun,
	    sizeof(*sun)));
}

/* proc: a helper that has ended is replaced. */
int
confine_indexd(const char *directory, const char *socket, char *const *conf)
{
	if (confine_limits(1, 0) == -1 || name(directory, "rwc") == -1 ||
	    name(socket, "rwc") == -1)
		return (-1);
	for (; *conf != NULL; conf++)
		if (name(*conf, "r") == -1)
			return (-1);
	return (promise("stdio rpath wpath cpath fattr flock unix recvfd "
	    "sendfd proc", "indexd"));
}

int
confine_helper(void)
{
	if (confine_limits(0, 0) == -1)
		return (-1);
	return (promise("stdio recvfd", "helper"));
}

#endif
