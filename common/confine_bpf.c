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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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

#define RULES_MAX	256
#define POOL_MAX	256		/* instructions of the rules */
#define LEAF		6		/* rules that are looked at in turn */
#define JUMP_MAX	255		/* instructions a jump may skip */

#define X32_BIT		0x40000000	/* x86-64 again, by other numbers */

/* The low and the high half of an argument. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW(arg)	(offsetof(struct seccomp_data, args) + (arg) * 8)
#define HIGH(arg)	(LOW(arg) + 4)
#else
#define HIGH(arg)	(offsetof(struct seccomp_data, args) + (arg) * 8)
#define LOW(arg)	(HIGH(arg) + 4)
#endif

/*
 * What is done with one call: instructions of the pool that end in a
 * decision, or if there are none, always the same.
 */
struct rule {
	int			 nr;
	enum bpf_act		 act;
	unsigned short		 first;
	unsigned short		 n;
};

/* Few pages: each process that is confined touches them anew. */
struct bpf {
	struct rule		 rule[RULES_MAX];	/* by number */
	size_t			 nrules;
	struct sock_filter	 pool[POOL_MAX];
	unsigned short		 npool;
	struct sock_filter	 code[BPF_MAXINSNS];
	unsigned short		 n;
	int			 newest;	/* -1: all calls are known */
	enum bpf_act		 above;		/* for newer ones */
	int			 full;
};

static struct rule *add(struct bpf *, int);
static void	set(struct sock_filter *, int, size_t, size_t, size_t);
static void	insn(struct bpf *, struct rule *, int, size_t, size_t, size_t);
static void	decide(struct bpf *, struct rule *, enum bpf_act);
static void	leaf(struct bpf *, size_t, size_t, enum bpf_act);
static void	put(struct bpf *, int, size_t, size_t, size_t);
static void	ret(struct bpf *, enum bpf_act);
static void	search(struct bpf *, size_t, size_t, enum bpf_act);
static void	skip(struct bpf *, size_t);
static uint32_t	value_of(enum bpf_act);

static uint32_t
value_of(enum bpf_act act)
{
	static const uint32_t value[] = {
		[BPF_ACT_ALLOW] = SECCOMP_RET_ALLOW,
		[BPF_ACT_KILL] = SECCOMP_RET_KILL_PROCESS,
		[BPF_ACT_EACCES] = SECCOMP_RET_ERRNO | EACCES,
		[BPF_ACT_ENOSYS] = SECCOMP_RET_ERRNO | ENOSYS
	};

	return (value[act]);
}

/* In its place among the others; each call has one. */
static struct rule *
add(struct bpf *b, int nr)
{
	struct rule *r;
	size_t i = b->nrules;

	while (i > 0 && b->rule[i - 1].nr > nr)
		i--;
	if (b->nrules == RULES_MAX - 1 ||
	    (i > 0 && b->rule[i - 1].nr == nr)) {
		b->full = 1;
		i = b->nrules;
	} else {
		memmove(&b->rule[i + 1], &b->rule[i],
		    (b->nrules - i) * sizeof(b->rule[0]));
		b->nrules++;
	}
	r = &b->rule[i];
	r->nr = nr;
	r->act = BPF_ACT_KILL;
	r->first = b->npool;
	r->n = 0;
	return (r);
}

static void
set(struct sock_filter *f, int code, size_t k, size_t jt, size_t jf)
{
	f->code = (uint16_t)code;
	f->jt = (uint8_t)jt;
	f->jf = (uint8_t)jf;
	f->k = (uint32_t)k;
}

static void
insn(struct bpf *b, struct rule *r, int code, size_t k, size_t jt, size_t jf)
{
	if (b->npool == POOL_MAX)
		b->full = 1;
	else {
		set(&b->pool[b->npool++], code, k, jt, jf);
		r->n++;
	}
}

static void
decide(struct bpf *b, struct rule *r, enum bpf_act act)
{
	insn(b, r, BPF_RET | BPF_K, value_of(act), 0, 0);
}

static void
put(struct bpf *b, int code, size_t k, size_t jt, size_t jf)
{
	if (b->n == BPF_MAXINSNS)
		b->full = 1;
	else
		set(&b->code[b->n++], code, k, jt, jf);
}

static void
ret(struct bpf *b, enum bpf_act act)
{
	put(b, BPF_RET | BPF_K, value_of(act), 0, 0);
}

struct bpf *
bpf_new(void)
{
	struct bpf *b;

	if (MACHINE == 0) {
		errno = ENOSYS;
		return (NULL);
	}
	/* Not of the heap, where it would leave its traces. */
	b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		return (NULL);
	b->nrules = 0;
	b->npool = 0;
	b->n = 0;
	b->newest = -1;
	b->above = BPF_ACT_KILL;
	b->full = 0;
	return (b);
}

void
bpf_free(struct bpf *b)
{
	if (b != NULL)
		(void)munmap(b, sizeof(*b));
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
	add(b, nr)->act = act;
}

void
bpf_above(struct bpf *b, int nr, enum bpf_act act)
{
	b->newest = nr;
	b->above = act;
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
	struct rule *r = add(b, nr);
	size_t i;

	insn(b, r, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	for (i = 0; i < n; i++)
		insn(b, r, BPF_JMP | BPF_JEQ | BPF_K, values[i], n - i, 0);
	decide(b, r, else_);
	decide(b, r, is);
}

void
bpf_arg_bits(struct bpf *b, int nr, int arg, uint32_t mask, enum bpf_act set,
    enum bpf_act else_)
{
	struct rule *r = add(b, nr);

	insn(b, r, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	insn(b, r, BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0);
	decide(b, r, else_);
	decide(b, r, set);
}

void
bpf_arg_null(struct bpf *b, int nr, int arg, enum bpf_act is,
    enum bpf_act else_)
{
	struct rule *r = add(b, nr);

	insn(b, r, BPF_LD | BPF_W | BPF_ABS, LOW((size_t)arg), 0, 0);
	insn(b, r, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
	insn(b, r, BPF_LD | BPF_W | BPF_ABS, HIGH((size_t)arg), 0, 0);
	insn(b, r, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	decide(b, r, else_);
	decide(b, r, is);
}

/*
 * Halves the rules until there are few: the kernel tries each call there is
 * when a filter is put into force, and not all of them at each call.  What it
 * takes to translate the filter is more: it is kept short.
 */
static void
search(struct bpf *b, size_t from, size_t to, enum bpf_act act)
{
	size_t jump, middle;

	if (to - from <= LEAF) {
		leaf(b, from, to, act);
		return;
	}
	middle = from + (to - from) / 2;
	jump = b->n;
	put(b, BPF_JMP | BPF_JGE | BPF_K, (size_t)b->rule[middle].nr, 0, 0);
	search(b, from, middle, act);
	skip(b, jump);
	search(b, middle, to, act);
}

/* The jump goes here if what it asks is so. */
static void
skip(struct bpf *b, size_t jump)
{
	size_t n = b->n - jump - 1;

	if (jump >= b->n || n > JUMP_MAX)
		b->full = 1;
	else
		b->code[jump].jt = (uint8_t)n;
}

/* One after the other; those that end alike end in one place. */
static void
leaf(struct bpf *b, size_t from, size_t to, enum bpf_act act)
{
	static const enum bpf_act acts[] = { BPF_ACT_ALLOW, BPF_ACT_KILL,
	    BPF_ACT_EACCES, BPF_ACT_ENOSYS };
	const struct sock_filter *f;
	const struct rule *r;
	size_t i, k, jump[LEAF];
	unsigned short n;
	int some;

	for (i = from; i < to; i++) {
		r = &b->rule[i];
		jump[i - from] = b->n;
		put(b, BPF_JMP | BPF_JEQ | BPF_K, (size_t)r->nr, 0, r->n);
		for (n = 0; n < r->n; n++) {
			f = &b->pool[r->first + n];
			put(b, f->code, f->k, f->jt, f->jf);
		}
	}
	ret(b, act);
	for (k = 0; k < sizeof(acts) / sizeof(acts[0]); k++) {
		some = 0;
		for (i = from; i < to; i++) {
			r = &b->rule[i];
			if (r->n > 0 || r->act != acts[k])
				continue;
			skip(b, jump[i - from]);
			some = 1;
		}
		if (some)
			ret(b, acts[k]);
	}
}

int
bpf_install(struct bpf *b, enum bpf_act act)
{
	struct sock_fprog prog;

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
	if (b->newest != -1) {
		put(b, BPF_JMP | BPF_JGT | BPF_K, (size_t)b->newest, 0, 1);
		ret(b, b->above);
	}
	search(b, 0, b->nrules, act);
	if (b->full) {
		errno = E2BIG;
		return (-1);
	}
	prog.len = b->n;
	prog.filter = b->code;
	return (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

#endif
