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
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/confine_bpf.h"

#ifdef __linux__

/*
 * Where each call has a number of its own: i386 and others have socketcall(2),
 * whose arguments a filter does not see.
 */
#if defined(__x86_64__) && defined(__LP64__)
#define MACHINE		AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define MACHINE		AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE		AUDIT_ARCH_RISCV64
#else
#define MACHINE		0
#endif

#define X32_BIT		0x40000000	/* x86-64 again, by other numbers */

/* The low and the high half of an argument. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW(arg)	(offsetof(struct seccomp_data, args) + (arg) * 8)
#define HIGH(arg)	(LOW(arg) + 4)
#else
#define HIGH(arg)	(offsetof(struct seccomp_data, args) + (arg) * 8)
#define LOW(arg)	(HIGH(arg) + 4)
#endif

struct bpf {
	struct sock_filter	 code[BPF_MAX];
	unsigned short		 n;
	int			 full;
};

static void	put(struct bpf *, int, size_t, size_t, size_t);
static void	ret(struct bpf *, enum bpf_act);

static void
put(struct bpf *b, int code, size_t k, size_t jt, size_t jf)
{
	struct sock_filter *f = &b->code[b->n];

	if (b->n == BPF_MAX || jt > UINT8_MAX || jf > UINT8_MAX) {
		b->full = 1;
		return;
	}
	f->code = (uint16_t)code;
	f->jt = (uint8_t)jt;
	f->jf = (uint8_t)jf;
	f->k = (uint32_t)k;
	b->n++;
}

static void
ret(struct bpf *b, enum bpf_act act)
{
	static const uint32_t value[] = {
		[BPF_ACT_ALLOW] = SECCOMP_RET_ALLOW,
		[BPF_ACT_KILL] = SECCOMP_RET_KILL_PROCESS,
		[BPF_ACT_EACCES] = SECCOMP_RET_ERRNO | EACCES,
		[BPF_ACT_ENOSYS] = SECCOMP_RET_ERRNO | ENOSYS
	};

	put(b, BPF_RET | BPF_K, value[act], 0, 0);
}

struct bpf *
bpf_new(void)
{
	struct bpf *b;

	if (MACHINE == 0) {
		errno = ENOSYS;
		return (NULL);
	}
	if ((b = malloc(sizeof(*b))) == NULL)
		return (NULL);
	b->n = 0;
	b->full = 0;
	put(b, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch),
	    0, 0);
	put(b, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
	ret(b, BPF_ACT_KILL);
	put(b, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr),
	    0, 0);
#ifdef __x86_64__
	put(b, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	ret(b, BPF_ACT_KILL);
#endif
	return (b);
}

void
bpf_free(struct bpf *b)
{
	free(b);
}

/* A filter at no address is looked at only where there are filters. */
int
bpf_have(void)
{
	return (MACHINE != 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 &&
	    errno == EFAULT);
}

void
bpf_call(struct bpf *b, int nr, enum bpf_act act)
{
	put(b, BPF_JMP | BPF_JEQ | BPF_K, (size_t)nr, 0, 1);
	ret(b, act);
}

void
bpf_above(struct bpf *b, int nr, enum bpf_act act)
{
	put(b, BPF_JMP | BPF_JGT | BPF_K, (size_t)nr, 0, 1);
	ret(b, act);
}

void
bpf_arg(struct bpf *b, int nr, int arg, uint32_t value, enum bpf_act is,
    enum bpf_act else_)
{
	bpf_arg_of(b, nr, arg, &value, 1, is, else_);
}

void
bpf_arg_of(struct bpf *b, int nr, int arg, const uint32_t *values, size_t n,
    enum bpf_act is, enum bpf_act else_)
{
	size_t i;

	put(b, BPF_JMP | BPF_JEQ | BPF_K, (size_t)nr, 0, n + 3);
	put(b, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	for (i = 0; i < n; i++)
		put(b, BPF_JMP | BPF_JEQ | BPF_K, values[i], n - i, 0);
	ret(b, else_);
	ret(b, is);
}

void
bpf_arg_bits(struct bpf *b, int nr, int arg, uint32_t mask, enum bpf_act set,
    enum bpf_act else_)
{
	put(b, BPF_JMP | BPF_JEQ | BPF_K, (size_t)nr, 0, 4);
	put(b, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	put(b, BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0);
	ret(b, else_);
	ret(b, set);
}

void
bpf_arg_null(struct bpf *b, int nr, int arg, enum bpf_act is,
    enum bpf_act else_)
{
	put(b, BPF_JMP | BPF_JEQ | BPF_K, (size_t)nr, 0, 6);
	put(b, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	put(b, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
	put(b, BPF_LD | BPF_W | BPF_ABS, HIGH((size_t)arg), 0, 0);
	put(b, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	ret(b, else_);
	ret(b, is);
}

int
bpf_install(struct bpf *b, enum bpf_act act)
{
	struct sock_fprog prog;

	ret(b, act);
	if (b->full) {
		errno = E2BIG;
		return (-1);
	}
	prog.len = b->n;
	prog.filter = b->code;
	return (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

#endif
