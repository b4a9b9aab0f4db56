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

#ifdef __FreeBSD__
#include <sys/types.h>
#include <sys/capsicum.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"

#ifdef __FreeBSD__

static int	enter(const char *);
static int	socket_rights(const int *, size_t);
static int	keep_indexd(const char *);

static int	indexd_dir = -1;	/* where its socket is; confined */

/* Capsicum is in every kernel, but those made without. */
void
confine_report(enum confine_daemon who)
{
	u_int mode;

	if (cap_getmode(&mode) == -1 && errno == ENOSYS)
		log_warnx("confine: this kernel has no Capsicum "
		    "(CAPABILITY_MODE): %s", who == CONFINE_IMAPD ?
		    "the front is kept from the system by its uid and the "
		    "empty directory it is in, if root has started imapd; a "
		    "session is kept from others' mail by its uid alone; let "
		    "no two users have the same" :
		    "indexd is kept from files that are not its own by its "
		    "uid alone");
	else
		log_debug("confine: Capsicum");
}

void
confine_untraceable(void)
{
	int off = PROC_TRACE_CTL_DISABLE;

	if (!confine_traceable &&
	    procctl(P_PID, getpid(), PROC_TRACE_CTL, &off) == -1)
		log_warn("confine: PROC_TRACE_CTL");
}

static int
enter(const char *what)
{
	if (cap_enter() == 0 || errno == ENOSYS)
		return (0);
	log_warn("confine: %s: cap_enter", what);
	return (-1);
}

/* Read, written to and waited for; nothing is done by them to others. */
static int
socket_rights(const int *fds, size_t n)
{
	cap_rights_t rights;
	size_t i;

	cap_rights_init(&rights, CAP_READ, CAP_WRITE, CAP_EVENT, CAP_FCNTL,
	    CAP_FSTAT, CAP_GETPEERNAME, CAP_GETSOCKNAME, CAP_GETSOCKOPT,
	    CAP_SETSOCKOPT, CAP_SHUTDOWN);
	for (i = 0; i < n; i++) {
		if (cap_rights_limit(fds[i], &rights) == -1 &&
		    errno != ENOSYS) {
			log_warn("confine: front: cap_rights_limit");
			return (-1);
		}
	}
	return (0);
}

int
confine_front(const int *fds, size_t nfds)
{
	confine_untraceable();
	if (confine_limits(0, 0) == -1 || socket_rights(fds, nfds) == -1)
		return (-1);
	return (enter("front"));
}

/* From below the mail root no name leads out of it, nor one from nowhere. */
int
confine_session(int rootfd, const char *rootpath, const char *indexd,
    uint64_t memory)
{
	(void)rootfd;
	(void)rootpath;
	confine_untraceable();
	if (confine_limits(0, memory) == -1 || keep_indexd(indexd) == -1)
		return (-1);
	return (enter("session"));
}

/* The directory of the socket, for one thing: to connect to what is there. */
static int
keep_indexd(const char *path)
{
	struct sockaddr_un sun;
	cap_rights_t rights;
	char *slash;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path) ||
	    (slash = strrchr(sun.sun_path, '/')) == NULL) {
		log_warnx("confine: session: %s", path);
		return (-1);
	}
	slash[slash == sun.sun_path] = '\0';
	cap_rights_init(&rights, CAP_LOOKUP, CAP_CONNECTAT);
	if ((indexd_dir = open(sun.sun_path, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || (cap_rights_limit(indexd_dir,
	    &rights) == -1 && errno != ENOSYS)) {
		log_warn("confine: session: %s", path);
		return (-1);
	}
	return (0);
}

int
confine_connect(int sock, const struct sockaddr_un *sun)
{
	struct sockaddr_un name;
	const char *slash;

	if (indexd_dir == -1)
		return (connect(sock,
		    (const struct sockaddr *)(const void *)sun, sizeof(*sun)));
	name = *sun;
	if ((slash = strrchr(sun->sun_path, '/')) != NULL)
		(void)strlcpy(name.sun_path, slash + 1, sizeof(name.sun_path));
	return (connectat(indexd_dir, sock, (struct sockaddr *)&name,
	    sizeof(name)));
}

/*
 * It reads its configuration again and ends its helper, by names and by
 * numbers that there are none of in capability mode.
 */
int
confine_indexd(const char *directory, const char *socket, char *const *conf)
{
	(void)directory;
	(void)socket;
	(void)conf;
	confine_untraceable();
	return (confine_limits(1, 0));
}

int
confine_helper(void)
{
	confine_untraceable();
	if (confine_limits(0, 0) == -1)
		return (-1);
	return (enter("helper"));
}

#endif
