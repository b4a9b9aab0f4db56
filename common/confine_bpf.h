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

#ifndef COMMON_CONFINE_BPF_H
#define COMMON_CONFINE_BPF_H

/*
 * A filter of system calls in the making (seccomp(2)): one rule for each call.
 * For Linux alone.
 */

enum bpf_act {
	BPF_ACT_ALLOW,
	BPF_ACT_KILL,			/* the process, by SIGSYS */
	BPF_ACT_EACCES,			/* the call fails */
	BPF_ACT_ENOSYS
};

struct bpf;

/* Begins one: NULL with errno, ENOSYS on a machine that we do not know. */
struct bpf	*bpf_new(void);
void		 bpf_free(struct bpf *);

/* Whether kernel and machine have such filters: 1 or 0. */
int		 bpf_have(void);

/* The call of that number. */
void		 bpf_call(struct bpf *, int nr, enum bpf_act);

/* All calls that are numbered higher than that; they have no rules. */
void		 bpf_above(struct bpf *, int nr, enum bpf_act);

/*
 * The call of that number, by its argument of that index: is, if the
 * argument's low 32 bits are value, else_.  What the kernel takes for an int
 * has no others.
 */
void		 bpf_arg(struct bpf *, int nr, int arg, uint32_t value,
		    enum bpf_act is, enum bpf_act else_);

/* Likewise, if they are one of n values. */
void		 bpf_arg_of(struct bpf *, int nr, int arg,
		    const uint32_t *values, size_t n, enum bpf_act is,
		    enum bpf_act else_);

/* Likewise, if any bit of mask is set. */
void		 bpf_arg_bits(struct bpf *, int nr, int arg, uint32_t mask,
		    enum bpf_act set, enum bpf_act else_);

/* Likewise, if all 64 bits are 0: no pointer. */
void		 bpf_arg_null(struct bpf *, int nr, int arg, enum bpf_act is,
		    enum bpf_act else_);

/*
 * Ends it with what is done with all other calls, and puts it into force for
 * this process and those that it will fork.  Returns 0, or -1 with errno.
 */
int		 bpf_install(struct bpf *, enum bpf_act);

#endif
