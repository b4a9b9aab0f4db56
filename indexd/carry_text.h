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

#ifndef INDEXD_CARRY_TEXT_H
#define INDEXD_CARRY_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

/*
 * The text that carries mailboxes to another host; indexctl(8) describes it.
 * A line is a word and fields, with one space between; a name is the last
 * field.
 */
#define CARRY_MAGIC	"highwater-export"
#define CARRY_VERSION	1
#define CARRY_LINE	8192		/* octets of a line */
#define CARRY_FIELDS	13
#define CARRY_NAMESIZE	(4 * TABLE_FOLDERLEN + 1)	/* of a name, written */

/* Writes an octet that does not print, a space or a backslash as \ooo. */
void	carry_escape(char *, size_t, const char *);
/* The reverse, in place; -1 if it is not what carry_escape() writes. */
int	carry_unescape(char *);

/* A message, a change, without the newline. */
int	carry_put_row(char *, size_t, const struct row *, const char *name);
int	carry_put_change(char *, size_t, const struct change *);

/*
 * Splits a line in place; how many fields there are, or -1 if more than
 * CARRY_FIELDS, or if one is empty.
 */
int	carry_split(char *, char *[CARRY_FIELDS]);

/* Each takes a field apart: 0, or -1. */
int	carry_number(const char *, uint64_t max, uint64_t *);
int	carry_hex(const char *, uint8_t *, size_t len);

/* Takes the fields of a line apart, the word included: 0, or -1. *name is
 * within the fields. */
int	carry_get_row(char *[], int, struct row *, const char **name);
int	carry_get_change(char *[], int, struct change *);

#endif
