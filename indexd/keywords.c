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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/proto.h"
#include "indexd/request.h"

#define KEYWORDS_MAX	1024		/* named by one request */
#define KEYWORD_ROOM	1024		/* octets of one, at most */

static int	new_keyword(struct keywords *, const char *);

/* One that the mailbox does not know: 0, or -1 without memory. */
static int
new_keyword(struct keywords *kw, const char *name)
{
	unsigned int i;

	for (i = 0; i < kw->nnew; i++)
		if (strcasecmp(kw->new[i], name) == 0)
			return (0);
	if (strlen(name) > TABLE_KWLEN || kw->nnew == TABLE_KEYWORDS) {
		kw->toomany = 1;
		return (0);
	}
	if (kw->new == NULL &&
	    (kw->new = calloc(TABLE_KEYWORDS, sizeof(*kw->new))) == NULL)
		return (-1);
	(void)strlcpy(kw->new[kw->nnew++], name, sizeof(*kw->new));
	return (0);
}

int
keywords_get(struct payload *in, struct mailbox *mb, struct keywords *kw)
{
	char name[KEYWORD_ROOM];
	uint32_t n;
	int bit;

	memset(kw, 0, sizeof(*kw));
	errno = EPROTO;
	if (get_u32(in, &n) == -1 || n > KEYWORDS_MAX)
		return (-1);
	while (n-- > 0) {
		if (get_str(in, name, sizeof(name)) == -1 || name[0] == '\0') {
			keywords_free(kw);
			errno = EPROTO;
			return (-1);
		}
		if ((bit = mailbox_keyword(mb, name)) != -1)
			kw->bits |= UINT64_C(1) << bit;
		else if (new_keyword(kw, name) == -1) {
			keywords_free(kw);
			return (-1);
		}
	}
	return (0);
}

int
keywords_add(struct mailbox *mb, struct keywords *kw)
{
	unsigned int i;
	int bit;

	if (kw->toomany) {
		errno = E2BIG;
		return (-1);
	}
	for (i = 0; i < kw->nnew; i++) {
		if ((bit = mailbox_add_keyword(mb, kw->new[i])) == -1)
			return (-1);
		kw->bits |= UINT64_C(1) << bit;
	}
	kw->nnew = 0;
	return (0);
}

void
keywords_free(struct keywords *kw)
{
	free(kw->new);
	memset(kw, 0, sizeof(*kw));
}
