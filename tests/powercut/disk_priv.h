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

#ifndef TESTS_POWERCUT_DISK_PRIV_H
#define TESTS_POWERCUT_DISK_PRIV_H

#include <stddef.h>
#include <stdint.h>

/* What disk.c and state.c share. */

enum way {
	WAY_FREE,
	WAY_ORDER,
	WAY_LOG,
	WAYS
};

/* A change that is not durable; data NULL: off is the size. */
struct data_change {
	uint64_t	 off;
	uint64_t	 len;
	const void	*data;		/* in the log */
};

/* A file or a directory. */
struct file {
	uint64_t	 ino;
	size_t		 number;
	int		 isdir;
	unsigned char	*data;		/* durable, zeros behind size */
	size_t		 size;
	size_t		 cap;
	struct data_change	*change;
	size_t		 n;
	size_t		 changecap;
};

struct entry {
	const struct file *dir;
	char		 name[256];
	struct file	*file;
};

/* A change of names that is not durable. */
struct op {
	struct file	*dir;
	struct file	*from;		/* a rename */
	struct file	*file;
	int		 remove;
	int		 kept;
	char		 name[256];
	char		 fromname[256];
};

struct names {
	struct entry	*e;		/* durable */
	size_t		 n;
	size_t		 cap;
	struct op	*op;
	size_t		 nop;
	size_t		 opcap;
};

struct disk {
	struct file	*root;
	struct file	**files;
	size_t		 nfiles;
	struct names	 names[WAYS];
};

void	names_set(struct names *, const struct file *, const char *,
	    struct file *);
struct file *names_get(const struct names *, const struct file *,
	    const char *);
void	names_do(struct names *, const struct op *);
int	op_shares(const struct op *, const struct op *);
void	file_fit(struct file *, uint64_t);

#endif
