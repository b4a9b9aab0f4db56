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

/*
 * The filters of the processes that need little: the front, which has to do
 * with strangers, and indexd's helper.  What is not in the lists kills.
 */

#ifdef __linux__
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/confine_bpf.h"
#include "common/confine_calls.h"

#ifdef __linux__

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static void	calls(struct bpf *, const int *, size_t, enum bpf_act);
static void	memory(struct bpf *);
static void	self(struct bpf *);

/* Both: reading and writing, memory, the clock, signals, the end. */
static const int both[] = {
	SYS_brk,
	SYS_clock_gettime,
	SYS_close,
	SYS_exit,
	SYS_exit_group,
	SYS_fstat,
	SYS_futex,
	SYS_getpid,
	SYS_getrandom,
	SYS_gettid,
	SYS_gettimeofday,
	SYS_madvise,
	SYS_mremap,
	SYS_munmap,
	SYS_ppoll,
	SYS_read,
	SYS_readv,
	SYS_recvmsg,
	SYS_restart_syscall,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_write,
	SYS_writev,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
#ifdef CONFINE_SANITIZED
	SYS_sched_yield,
	SYS_sigaltstack,
#endif
};

/* The front: sockets, those that there are. */
static const int front[] = {
	SYS_getpeername,
	SYS_getsockname,
	SYS_getsockopt,
	SYS_recvfrom,
	SYS_sendmsg,
	SYS_shutdown,
};

/*
 * Calls by which libraries look for something that they do without: the
 * resolver's and OpenSSL's files, /etc/localtime, the terminal behind a
 * stream, how much memory there is.  syslog(3) makes another socket(2) when
 * syslogd(8) has been started again: such a front has nothing more to say.
 */
static const int refused[] = {
	SYS_faccessat,
	SYS_ioctl,
	SYS_openat,
	SYS_readlinkat,
	SYS_socket,
	SYS_statx,
	SYS_sysinfo,
#ifdef SYS_access
	SYS_access,
#endif
#ifdef SYS_open
	SYS_open,
#endif
#ifdef SYS_readlink
	SYS_readlink,
#endif
#ifdef SYS_stat
	SYS_stat,
#endif
#ifdef CONFINE_SANITIZED
#ifdef SYS_getrlimit
	SYS_getrlimit,
#endif
	SYS_prctl,
	SYS_prlimit64,
#endif
};

static const int helper[] = {
	SYS_fallocate,
	SYS_fdatasync,
	SYS_fsync,
	SYS_ftruncate,
	SYS_lseek,
	SYS_msync,
	SYS_pread64,
	SYS_pwrite64,
};

static void
calls(struct bpf *b, const int *nr, size_t n, enum bpf_act act)
{
	size_t i;

	for (i = 0; i < n; i++)
		bpf_call(b, nr[i], act);
}

/* No memory that is code. */
static void
memory(struct bpf *b)
{
	bpf_arg_bits(b, SYS_mmap, 2, PROT_EXEC, BPF_ACT_KILL, BPF_ACT_ALLOW);
	bpf_arg_bits(b, SYS_mprotect, 2, PROT_EXEC, BPF_ACT_KILL,
	    BPF_ACT_ALLOW);
}

/* abort(3) ends by the signal that it says; no other process gets one. */
static void
self(struct bpf *b)
{
	bpf_arg(b, SYS_kill, 0, (uint32_t)getpid(), BPF_ACT_ALLOW,
	    BPF_ACT_KILL);
	bpf_arg(b, SYS_tgkill, 0, (uint32_t)getpid(), BPF_ACT_ALLOW,
	    BPF_ACT_KILL);
}

int
calls_front(void)
{
	/* A descriptor that tells of its readiness by a signal tells no one. */
	static const uint32_t fcntls[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL };
	static const uint32_t levels[] = { IPPROTO_TCP, SOL_SOCKET };
	struct bpf *b;
	int rv;

	if ((b = bpf_new()) == NULL)
		return (-1);
	calls(b, both, N(both), BPF_ACT_ALLOW);
	calls(b, front, N(front), BPF_ACT_ALLOW);
	memory(b);
	/* To whom the socket is connected, and to nobody else. */
	bpf_arg_null(b, SYS_sendto, 4, BPF_ACT_ALLOW, BPF_ACT_KILL);
	bpf_arg_of(b, SYS_fcntl, 1, fcntls, N(fcntls), BPF_ACT_ALLOW,
	    BPF_ACT_KILL);
	bpf_arg_of(b, SYS_setsockopt, 1, levels, N(levels), BPF_ACT_ALLOW,
	    BPF_ACT_KILL);
	self(b);
	bpf_call(b, SYS_newfstatat, BPF_ACT_EACCES);
	calls(b, refused, N(refused), BPF_ACT_EACCES);
	rv = bpf_install(b, BPF_ACT_KILL);
	bpf_free(b);
	return (rv);
}

int
calls_helper(void)
{
	struct bpf *b;
	int rv;

	if ((b = bpf_new()) == NULL)
		return (-1);
	calls(b, both, N(both), BPF_ACT_ALLOW);
	calls(b, helper, N(helper), BPF_ACT_ALLOW);
	/* fstat(3) of some C libraries; it gets at no file by its name. */
	bpf_arg_bits(b, SYS_newfstatat, 3, AT_EMPTY_PATH, BPF_ACT_ALLOW,
	    BPF_ACT_EACCES);
	memory(b);
	self(b);
	calls(b, refused, N(refused), BPF_ACT_EACCES);
	rv = bpf_install(b, BPF_ACT_KILL);
	bpf_free(b);
	return (rv);
}

#endif
