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
 * The filters of the processes that work with files, the session and indexd:
 * what no part of either does kills, so that it is neither the way out nor
 * the way into the kernel.  Files are Landlock's.
 */

#ifdef __linux__
#include <sys/mman.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/*
 * The newest call that was looked at (Linux 5.17): those that come after it
 * are not there, and a C library does without.
 */
#define NEWEST		450

/* ioctl(2): typing for the user of the terminal; asm/ioctls.h. */
#define IOCTL_STI	0x5412
#define IOCTL_LINUX	0x541c

/* A process in name spaces of its own; linux/sched.h. */
#define NAMESPACES	0x7e020000

static struct bpf *begin(void);
static int	end(struct bpf *);

/* Other programs, other processes' insides, other processes' standing. */
static const int processes[] = {
	SYS_execve,
	SYS_execveat,
	SYS_get_robust_list,
	SYS_ioprio_set,
	SYS_kcmp,
	SYS_migrate_pages,
	SYS_move_pages,
	SYS_pidfd_getfd,
	SYS_pidfd_open,
	SYS_pidfd_send_signal,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
#ifndef CONFINE_SANITIZED
	SYS_ptrace,
#endif
	SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo,
	SYS_sched_setaffinity,
	SYS_sched_setattr,
	SYS_sched_setparam,
	SYS_sched_setscheduler,
	SYS_setpgid,
	SYS_setpriority,
	SYS_tkill,
#ifdef SYS_process_madvise
	SYS_process_madvise,
#endif
#ifdef SYS_process_mrelease
	SYS_process_mrelease,
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
};

/* Who we are, where we are. */
static const int identity[] = {
	SYS_capset,
	SYS_chroot,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fsopen,
	SYS_fspick,
	SYS_mount,
	SYS_move_mount,
	SYS_open_tree,
	SYS_personality,
	SYS_pivot_root,
	SYS_setdomainname,
	SYS_setfsgid,
	SYS_setfsuid,
	SYS_setgid,
	SYS_setgroups,
	SYS_sethostname,
	SYS_setns,
	SYS_setregid,
	SYS_setresgid,
	SYS_setresuid,
	SYS_setreuid,
	SYS_setuid,
	SYS_umount2,
	SYS_unshare,
#ifdef SYS_mount_setattr
	SYS_mount_setattr,
#endif
};

/* What can be had without files: memory, queues and keys that are shared. */
static const int shared[] = {
	SYS_add_key,
	SYS_keyctl,
	SYS_mq_open,
	SYS_mq_unlink,
	SYS_msgctl,
	SYS_msgget,
	SYS_msgrcv,
	SYS_msgsnd,
	SYS_request_key,
	SYS_semctl,
	SYS_semget,
	SYS_semop,
	SYS_semtimedop,
	SYS_shmat,
	SYS_shmctl,
	SYS_shmget,
};

/*
 * What changes files by a name, of others of the same user too, and what
 * Landlock does not see: truncate(2) it knows from ABI 3 on.  We have only
 * the forms for open files.
 */
static const int names[] = {
	SYS_fanotify_init,
	SYS_fanotify_mark,
	SYS_fchmodat,
	SYS_fchownat,
	SYS_lremovexattr,
	SYS_lsetxattr,
	SYS_mknodat,
	SYS_name_to_handle_at,
	SYS_open_by_handle_at,
	SYS_removexattr,
	SYS_setxattr,
	SYS_truncate,
#ifdef SYS_chmod
	SYS_chmod,
#endif
#ifdef SYS_chown
	SYS_chown,
#endif
#ifdef SYS_futimesat
	SYS_futimesat,
#endif
#ifdef SYS_lchown
	SYS_lchown,
#endif
#ifdef SYS_mknod
	SYS_mknod,
#endif
#ifdef SYS_utime
	SYS_utime,
#endif
#ifdef SYS_utimes
	SYS_utimes,
#endif
};

/* The machine; and parts of the kernel that have been ways into it. */
static const int kernel[] = {
	SYS_acct,
	SYS_adjtimex,
	SYS_bpf,
	SYS_clock_adjtime,
	SYS_clock_settime,
	SYS_delete_module,
	SYS_finit_module,
	SYS_init_module,
	SYS_io_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_io_uring_setup,
	SYS_kexec_load,
	SYS_memfd_create,
	SYS_perf_event_open,
	SYS_quotactl,
	SYS_reboot,
	SYS_remap_file_pages,
	SYS_settimeofday,
	SYS_splice,
	SYS_swapoff,
	SYS_swapon,
	SYS_syslog,
	SYS_tee,
	SYS_userfaultfd,
	SYS_vhangup,
	SYS_vmsplice,
#ifdef SYS_ioperm
	SYS_ioperm,
#endif
#ifdef SYS_iopl
	SYS_iopl,
#endif
#ifdef SYS_kexec_file_load
	SYS_kexec_file_load,
#endif
#ifdef SYS_lookup_dcookie
	SYS_lookup_dcookie,
#endif
#ifdef SYS_memfd_secret
	SYS_memfd_secret,
#endif
#ifdef SYS_modify_ldt
	SYS_modify_ldt,
#endif
#ifdef SYS_nfsservctl
	SYS_nfsservctl,
#endif
};

/* Nobody connects to a session, and indexd's socket listens already. */
static const int sockets[] = {
	SYS_bind,
	SYS_listen,
};

static const struct {
	const int	*nr;
	size_t		 n;
} lists[] = {
	{ processes,	N(processes) },
	{ identity,	N(identity) },
	{ shared,	N(shared) },
	{ names,	N(names) },
	{ kernel,	N(kernel) },
	{ sockets,	N(sockets) }
};

static struct bpf *
begin(void)
{
	/* Whom a descriptor that becomes ready sends a signal to. */
	static const uint32_t owners[] = { F_SETOWN, F_SETOWN_EX, F_SETSIG };
	static const uint32_t typing[] = { IOCTL_STI, IOCTL_LINUX };
	struct bpf *b;
	size_t i, j;

	if ((b = bpf_new()) == NULL)
		return (NULL);
	for (i = 0; i < N(lists); i++)
		for (j = 0; j < lists[i].n; j++)
			bpf_call(b, lists[i].nr[j], BPF_ACT_KILL);
	/* Its flags are in memory, where no filter sees them. */
	bpf_call(b, SYS_clone3, BPF_ACT_ENOSYS);
	bpf_above(b, NEWEST, BPF_ACT_ENOSYS);
	bpf_arg(b, SYS_socket, 0, AF_UNIX, BPF_ACT_ALLOW, BPF_ACT_KILL);
	bpf_arg(b, SYS_socketpair, 0, AF_UNIX, BPF_ACT_ALLOW, BPF_ACT_KILL);
	bpf_arg_of(b, SYS_fcntl, 1, owners, N(owners), BPF_ACT_KILL,
	    BPF_ACT_ALLOW);
	bpf_arg_of(b, SYS_ioctl, 1, typing, N(typing), BPF_ACT_KILL,
	    BPF_ACT_ALLOW);
	bpf_arg_bits(b, SYS_mmap, 2, PROT_EXEC, BPF_ACT_KILL, BPF_ACT_ALLOW);
	bpf_arg_bits(b, SYS_mprotect, 2, PROT_EXEC, BPF_ACT_KILL,
	    BPF_ACT_ALLOW);
	bpf_arg_bits(b, SYS_pkey_mprotect, 2, PROT_EXEC, BPF_ACT_KILL,
	    BPF_ACT_ALLOW);
	/* futimens(3) has no name. */
	bpf_arg_null(b, SYS_utimensat, 1, BPF_ACT_ALLOW, BPF_ACT_KILL);
	/* Another's limits, of time say, could end it. */
	bpf_arg(b, SYS_prlimit64, 0, 0, BPF_ACT_ALLOW, BPF_ACT_KILL);
	return (b);
}

static int
end(struct bpf *b)
{
	int rv;

	rv = bpf_install(b, BPF_ACT_ALLOW);
	bpf_free(b);
	return (rv);
}

int
calls_session(void)
{
	uint32_t self = (uint32_t)getpid();
	struct bpf *b;

	if ((b = begin()) == NULL)
		return (-1);
#ifdef CONFINE_SANITIZED
	bpf_arg_bits(b, SYS_clone, 0, NAMESPACES, BPF_ACT_KILL, BPF_ACT_ALLOW);
#else
	bpf_call(b, SYS_clone, BPF_ACT_KILL);
#endif
#ifdef SYS_fork
	bpf_call(b, SYS_fork, BPF_ACT_KILL);
#endif
	bpf_call(b, SYS_accept, BPF_ACT_KILL);
	bpf_call(b, SYS_accept4, BPF_ACT_KILL);
#ifdef SYS_quotactl_fd
	/* To ask for its user's quota. */
	bpf_arg(b, SYS_quotactl_fd, 1, QCMD((uint32_t)Q_GETQUOTA,
	    USRQUOTA), BPF_ACT_ALLOW, BPF_ACT_KILL);
#endif
	bpf_arg(b, SYS_kill, 0, self, BPF_ACT_ALLOW, BPF_ACT_KILL);
	bpf_arg(b, SYS_tgkill, 0, self, BPF_ACT_ALLOW, BPF_ACT_KILL);
	return (end(b));
}

/* It starts its helper anew, should that end. */
int
calls_indexd(void)
{
	struct bpf *b;

	if ((b = begin()) == NULL)
		return (-1);
	bpf_arg_bits(b, SYS_clone, 0, NAMESPACES, BPF_ACT_KILL, BPF_ACT_ALLOW);
#ifdef SYS_quotactl_fd
	bpf_call(b, SYS_quotactl_fd, BPF_ACT_KILL);
#endif
	return (end(b));
}

#endif
