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
#include <sys/socket.h>
#include <sys/un.h>

#include "common/confine.h"

/*
 * Daemons that give up nothing: for valgrind(1), which a sandbox would stop.
 * Linked before the library, so that these are taken and not those there.
 */
void
confine_report(enum confine_daemon who)
{
	(void)who;
}

void
confine_untraceable(void)
{
}

int
confine_front(const int *fds, size_t nfds)
{
	(void)fds;
	(void)nfds;
	return (0);
}

int
confine_session(int rootfd, const char *rootpath, const char *indexd,
    uint64_t memory)
{
	(void)rootfd;
	(void)rootpath;
	(void)indexd;
	(void)memory;
	return (0);
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
	return (0);
}

int
confine_helper(void)
{
	return (0);
}
