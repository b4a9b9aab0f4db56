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

#if !defined(__linux__) && !defined(__OpenBSD__) && !defined(__FreeBSD__) && \
    !defined(__NetBSD__) && !defined(__DragonFly__) && !defined(__APPLE__)

#include <errno.h>

#include "common/proto.h"
#include "indexd/watch.h"

/* Nothing is told of directories: sessions compare. */

int
watch_sys_want(const struct watched *wd)
{
	(void)wd;
	return (-1);
}

int
watch_sys_take(struct watched *wd, int want, int fd)
{
	(void)wd;
	(void)want;
	(void)fd;
	errno = ENOSYS;
	return (-1);
}

int
watch_sys_read(struct watch *w, size_t octets)
{
	(void)w;
	(void)octets;
	return (0);
}

void
watch_sys_unwatch(struct watch *w, struct watched_dir *d)
{
	(void)w;
	(void)d;
}

void
watch_sys_close(struct watch *w)
{
	(void)w;
}

#endif
