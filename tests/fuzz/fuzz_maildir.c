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

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/maildir.h"
#include "common/table.h"
#include "imapd/keywords.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	one_name(const char *, const char *);

/*
 * A name, then, after a NUL, the name that the file has now; the first of them
 * is a keywords file too.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct keywords k;
	char *text;
	size_t first;

	if ((text = malloc(len + 2)) == NULL)
		return (0);
	memcpy(text, data, len);
	text[len] = text[len + 1] = '\0';
	keywords_parse(text, &k);
	assert(k.n <= KEYWORDS_LETTERS);
	first = strlen(text);
	one_name(text, first < len ? text + first + 1 : text);
	free(text);
	return (0);
}

static void
one_name(const char *name, const char *old)
{
	char buf[MAILDIR_NAMEMAX + 1];
	struct maildir_name n, again;
	uint32_t letters;

	assert(maildir_unique(name) <= strlen(name));
	assert(maildir_base(name) <= strlen(name));
	assert(maildir_compare(name, name) == 0);
	assert((maildir_compare(name, old) < 0) ==
	    (maildir_compare(old, name) > 0));
	if (maildir_parse(name, &n) == -1)
		return;
	assert(n.unique <= n.base || n.base == strlen(name));
	letters = maildir_hash(old, strlen(old));
	if (maildir_build(buf, sizeof(buf), name, letters, old) == -1)
		return;
	if (maildir_parse(buf, &again) == -1)
		return;
	assert(again.base == n.base && again.unique == n.unique);
	assert(again.letters == letters);
	assert(maildir_same(buf, name));
}
