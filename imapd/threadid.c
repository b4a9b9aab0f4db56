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
#include <string.h>

#include "imapd/derive.h"
#include "imapd/threadid.h"

int
threadid_get(struct session *s, const struct view_msg *m,
    char buf[THREADID_MAX], unsigned int *opened)
{
	const char	*data;
	size_t		 len;
	int		 ret;

	ret = derive_get(s, m, CACHE_THREAD, &data, &len, opened);
	if (ret != 1 || thread_id(data, len, buf) != NULL)
		return (ret);
	ret = derive_get(s, m, CACHE_EMAILID, &data, &len, opened);
	if (ret != 1)
		return (ret);
	if (len < 1 || len >= THREADID_MAX) {
		errno = EINVAL;
		return (-1);
	}
	buf[0] = 'T';
	memcpy(buf + 1, data + 1, len - 1);
	buf[len] = '\0';
	return (1);
}
