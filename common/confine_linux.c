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

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/confine_bpf.h"
#include "common/confine_calls.h"
#include "common/confine_landlock.h"
#include "common/log.h"

#ifdef __linux__

static int	begin(int, uint64_t);
static int	filter(int (*)(void), const char *);
static int	enforce(int, const char *);
#ifdef CONFINE_SANITIZED
int		__lsan_do_recoverable_leak_check(void);
#endif
static int	sanitizer(int);
static int	reads_about_itself(int);
static char	*directory_of(const char *);
static int	read_beside(int, const char *);
static int	names_of_indexd(int, const char *, char *const *);

void
confine_report(enum confine_daemon who)
{
	int abi = landlock_abi(), filters = bpf_have();

	if (abi == 0 && who == CONFINE_IMAPD)
		log_warnx("confine: this kernel has no Landlock (Linux 5.19, "
		    "CONFIG_SECURITY_LANDLOCK): a session is kept from others' "
		    "mail by its uid alone; let no two users have the same");
	if (abi == 0 && who == CONFINE_INDEXD)
		log_warnx("confine: this kernel has no Landlock (Linux 5.19, "
		    "CONFIG_SECURITY_LANDLOCK): indexd is kept from files "
		    "that are not its own by its uid alone");
	if (!filters && who == CONFINE_IMAPD)
		log_warnx("confine: no system call filters on this kernel or "
		    "machine (CONFIG_SECCOMP_FILTER): the front is kept from "
		    "the system by its uid and the empty directory it is in, "
		    "if root has started imapd");
	if (!filters && who == CONFINE_INDEXD)
		log_warnx("confine: no system call filters on this kernel or "
		    "machine (CONFIG_SECCOMP_FILTER): indexd is kept from the "
		    "network and from other programs by nothing");
	if (abi != 0 && filters)
		log_debug("confine: Landlock ABI %d and system call filters",
		    abi);
	if (abi != 0 && abi < LANDLOCK_ABI_SCOPE)
		log_debug("confine: Landlock ABI %d: abstract UNIX sockets "
		    "of others can be reached", abi);
}

void
confine_untraceable(void)
{
	if (!confine_traceable && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_warn("confine: PR_SET_DUMPABLE");
}

/* What all have in common; setuid(2) has made the process dumpable again. */
static int
begin(int fork, uint64_t memory)
{
	confine_untraceable();
	if (confine_limits(fork, memory) == -1)
		return (-1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_warn("confine: PR_SET_NO_NEW_PRIVS");
		return (-1);
	}
	return (0);
}

static int
filter(int (*install)(void), const char *what)
{
	if (!bpf_have() || install() == 0)
		return (0);
	log_warn("confine: %s: filter", what);
	return (-1);
}

static int
enforce(int set, const char *what)
{
	if (set != -1 && landlock_enforce(set) == 0)
		return (0);
	log_warn("confine: %s: Landlock", what);
	return (-1);
}

int
confine_front(const int *fds, size_t nfds)
{
	(void)fds;
	(void)nfds;
	if (begin(0, 0) == -1 ||
	    (landlock_abi() != 0 && enforce(landlock_new(), "front") == -1))
		return (-1);
	return (filter(calls_front, "front"));
}

/*
 * At the end it looks for what was not freed.  It reads its own settings when
 * it does so for the first time: here.
 */
static int
sanitizer(int set)
{
#ifdef CONFINE_SANITIZED
	(void)__lsan_do_recoverable_leak_check();
	return (landlock_allow_path(set, "/proc", LANDLOCK_MAY_READ |
	    LANDLOCK_MAY_LIST));
#else
	(void)set;
	return (0);
#endif
}

int
confine_session(int rootfd, const char *rootpath, const char *indexd,
    uint64_t memory)
{
	int set;

	(void)rootpath;
	(void)indexd;
	if (begin(0, memory) == -1)
		return (-1);
	if (landlock_abi() != 0) {
		if ((set = landlock_new()) == -1 ||
		    landlock_allow(set, rootfd, LANDLOCK_MAY_READ |
		    LANDLOCK_MAY_LIST | LANDLOCK_MAY_WRITE) == -1 ||
		    sanitizer(set) == -1) {
			log_warn("confine: session: Landlock");
			return (-1);
		}
		if (enforce(set, "session") == -1)
			return (-1);
	}
	return (filter(calls_session, "session"));
}

int
confine_connect(int sock, const struct sockaddr_un *sun)
{
	return (connect(sock, (const struct sockaddr *)(const void *)sun,
	    sizeof(*sun)));
}

/*
 * indexd looks at what it knows of its own descriptors.  The directory stays
 * open, as the rule holds for this one and not for one that the kernel makes
 * of the same name.
 */
static int
reads_about_itself(int set)
{
	int fd;

	fd = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return (fd == -1 ? 0 : landlock_allow(set, fd, LANDLOCK_MAY_READ));
}

/* The directory of a path, in memory of the caller's; NULL with errno. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return (strdup("."));
	return (strndup(path, slash == path ? 1 : (size_t)(slash - path)));
}

/* By its directory: an editor puts a new file in the place of the old. */
static int
read_beside(int set, const char *file)
{
	char *dir;
	int rv;

	if ((dir = directory_of(file)) == NULL)
		return (-1);
	rv = landlock_allow_path(set, dir, LANDLOCK_MAY_READ);
	free(dir);
	return (rv);
}

static int
names_of_indexd(int set, const char *socket, char *const *conf)
{
	char *run, real[PATH_MAX];
	int rv;

	for (; *conf != NULL; conf++) {
		if (read_beside(set, *conf) == -1)
			return (-1);
		/* The name may be a link's. */
		if (realpath(*conf, real) != NULL &&
		    read_beside(set, real) == -1)
			return (-1);
	}
	if ((run = directory_of(socket)) == NULL)
		return (-1);
	rv = landlock_allow_path(set, run, LANDLOCK_MAY_REMOVE);
	free(run);
	return (rv);
}

int
confine_indexd(const char *directory, const char *socket, char *const *conf)
{
	int set;

	if (begin(1, 0) == -1)
		return (-1);
	if (landlock_abi() != 0) {
		if ((set = landlock_new()) == -1 ||
		    landlock_allow_path(set, directory, LANDLOCK_MAY_READ |
		    LANDLOCK_MAY_LIST | LANDLOCK_MAY_WRITE) == -1 ||
		    names_of_indexd(set, socket, conf) == -1 ||
		    reads_about_itself(set) == -1 || sanitizer(set) == -1) {
			log_warn("confine: indexd: Landlock");
			return (-1);
		}
		if (enforce(set, "indexd") == -1)
			return (-1);
	}
	return (filter(calls_indexd, "indexd"));
}

int
confine_helper(void)
{
	if (begin(0, 0) == -1 ||
	    (landlock_abi() != 0 && enforce(landlock_new(), "helper") == -1))
		return (-1);
	return (filter(calls_helper, "helper"));
}

#endif
