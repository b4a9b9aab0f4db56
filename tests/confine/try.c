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
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/confine.h"
#include "tests/confine/try.h"

#define THROUGH		0	/* exit statuses of who tries */
#define REFUSED		1
#define NOT_ENTERED	2
#define STUCK		10	/* s */

int		try_victim;

static int	run(int (*)(void), int (*)(void));
static char	page[8192];

/* Returns THROUGH, REFUSED, NOT_ENTERED, or minus the signal. */
static int
run(int (*enter)(void), int (*fn)(void))
{
	int status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)alarm(STUCK);
		if (enter() != 0)
			_exit(NOT_ENTERED);
		_exit(fn() == -1 ? REFUSED : THROUGH);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
}

void
try_all(int (*enter)(void), const struct try *t, size_t n)
{
	int rv;

	for (; n > 0; n--, t++) {
		rv = run(enter, t->fn);
		ATF_CHECK_MSG(rv == REFUSED || (rv < 0 && rv != -SIGALRM),
		    "%s: %d", t->name, rv);
	}
}

void
must(int (*enter)(void), const char *name, int (*fn)(void))
{
	int rv = run(enter, fn);

	ATF_CHECK_MSG(rv == THROUGH, "%s: %d", name, rv);
}

void
try_victim_start(void)
{
	ATF_REQUIRE((try_victim = fork()) != -1);
	if (try_victim == 0) {
		for (;;)
			(void)pause();
	}
}

void
try_victim_stop(void)
{
	int status;

	/* Nobody has ended it before us. */
	ATF_CHECK_EQ(0, waitpid(try_victim, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, kill(try_victim, SIGTERM));
	ATF_REQUIRE_EQ(try_victim, waitpid(try_victim, &status, 0));
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static int
try_exec(void)
{
	static char name[] = "true", *argv[] = { name, NULL };

	execvp("/bin/true", argv);
	return (-1);
}

static int
try_kill(void)
{
	return (kill(try_victim, SIGKILL));
}

static int
try_kill_parent(void)
{
	return (kill(getppid(), SIGURG));
}

static int
try_inet(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_inet6(void)
{
	return (socket(AF_INET6, SOCK_DGRAM, 0));
}

static int
try_code(void)
{
	return (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANON,
	    -1, 0) == MAP_FAILED ? -1 : 0);
}

static int
try_setuid(void)
{
	/* To what we are is no gain, and may be allowed. */
	return (setuid(getuid() + 1));
}

static int
try_setgid(void)
{
	return (setgid(getgid() + 1));
}

#ifndef CONFINE_SANITIZED
static int
try_fork(void)
{
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(0);
	return (pid == -1 ? -1 : 0);
}
#endif

#ifdef __linux__

static int
try_make_code(void)
{
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	return (p == MAP_FAILED ? -1 :
	    mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
try_ptrace(void)
{
	return ((int)ptrace(PTRACE_ATTACH, try_victim, NULL, NULL));
}

static int
try_seize(void)
{
	return ((int)ptrace(PTRACE_SEIZE, try_victim, NULL, NULL));
}

static int
try_read_memory(void)
{
	struct iovec us, them;
	char buf[16];

	us.iov_base = buf;
	them.iov_base = page;
	us.iov_len = them.iov_len = sizeof(buf);
	return ((int)process_vm_readv(try_victim, &us, 1, &them, 1, 0));
}

static int
try_memory_file(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", try_victim);
	return (open(path, O_RDONLY));
}

static int
try_descriptors(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/0", try_victim);
	return (open(path, O_RDONLY));
}

#ifndef CONFINE_SANITIZED
static int
try_command_line(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", try_victim);
	return (open(path, O_RDONLY));
}
#endif

static int
try_limits(void)
{
	struct rlimit rl = { 0, 0 };

	return (prlimit(try_victim, RLIMIT_CPU, &rl, NULL));
}

static int
try_tgkill(void)
{
	return ((int)syscall(SYS_tgkill, try_victim, try_victim, SIGKILL));
}

static int
try_pidfd(void)
{
	return ((int)syscall(SYS_pidfd_open, try_victim, 0));
}

static int
try_queue(void)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_code = -1;
	return ((int)syscall(SYS_rt_sigqueueinfo, try_victim, SIGKILL, &si));
}

static int
try_namespace(void)
{
	return ((int)syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
}

static int
try_clone(void)
{
	long pid;

	pid = syscall(SYS_clone, 0x10000000 | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return (pid == -1 ? -1 : 0);
}

static int
try_clone3(void)
{
	uint64_t args[11];
	long pid;

	memset(args, 0, sizeof(args));
	args[4] = SIGCHLD;
	if ((pid = syscall(SYS_clone3, args, sizeof(args))) == 0)
		_exit(0);
	return (pid == -1 ? -1 : 0);
}

static int
try_mount(void)
{
	return (mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int
try_uring(void)
{
	return ((int)syscall(SYS_io_uring_setup, 1, page));
}

static int
try_userfault(void)
{
	return ((int)syscall(SYS_userfaultfd, 1 /* user mode only */));
}

static int
try_bpf(void)
{
	return ((int)syscall(SYS_bpf, 0, page, 64));
}

static int
try_perf(void)
{
	return ((int)syscall(SYS_perf_event_open, page, 0, -1, -1, 0));
}

static int
try_keys(void)
{
	return ((int)syscall(SYS_add_key, "user", "highwater", "x", 1,
	    -3 /* this session's */));
}

static int
try_shared_memory(void)
{
	return ((int)syscall(SYS_shmget, 4711, 4096, 01600));
}

static int
try_memfd(void)
{
	return ((int)syscall(SYS_memfd_create, "x", 0));
}

static int
try_netlink(void)
{
	return (socket(16 /* AF_NETLINK */, SOCK_RAW, 0));
}

static int
try_owner(void)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1)
		return (-1);
	return (fcntl(s[0], F_SETOWN, try_victim));
}

static int
try_type(void)
{
	char c = '\n';

	return ((int)syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, &c));
}

static int
try_personality(void)
{
	return ((int)syscall(SYS_personality, 0x0040000 /* no randomness */));
}

static int
try_new_call(void)
{
	/* setxattrat(2), of Linux 6.13, as one that came after us. */
	return ((int)syscall(463, AT_FDCWD, "/tmp", 0, "user.x", page, 16));
}

#endif

/* A sanitizer at the end of a program forks and traces. */
const struct try try_never[] = {
	{ "exec",		try_exec },
	{ "kill parent",	try_kill_parent },
	{ "inet",		try_inet },
	{ "inet6",		try_inet6 },
	{ "code",		try_code },
	{ "setuid",		try_setuid },
	{ "setgid",		try_setgid },
#ifndef CONFINE_SANITIZED
	{ "fork",		try_fork },
#endif
#ifdef __linux__
	{ "make code",		try_make_code },
	{ "ptrace",		try_ptrace },
	{ "seize",		try_seize },
	{ "read memory",	try_read_memory },
	{ "memory file",	try_memory_file },
	{ "descriptors",	try_descriptors },
#ifndef CONFINE_SANITIZED
	{ "command line",	try_command_line },
#endif
	{ "pidfd",		try_pidfd },
	{ "name space",		try_namespace },
	{ "clone",		try_clone },
	{ "clone3",		try_clone3 },
	{ "mount",		try_mount },
	{ "io_uring",		try_uring },
	{ "userfaultfd",	try_userfault },
	{ "bpf",		try_bpf },
	{ "perf",		try_perf },
	{ "keys",		try_keys },
	{ "shared memory",	try_shared_memory },
	{ "memfd",		try_memfd },
	{ "netlink",		try_netlink },
	{ "owner",		try_owner },
	{ "type",		try_type },
	{ "personality",	try_personality },
	{ "new call",		try_new_call },
	{ "limits",		try_limits },
	{ "tgkill",		try_tgkill },
	{ "sigqueue",		try_queue },
#endif
	{ "kill",		try_kill },
};
const size_t try_nnever = sizeof(try_never) / sizeof(try_never[0]);
