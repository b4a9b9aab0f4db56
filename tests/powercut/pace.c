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

#include <stddef.h>

#ifdef __linux__
#include <sys/epoll.h>

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "indexd/compact.h"
#include "indexd/floor.h"
#include "indexd/journal.h"

/*
 * Linked into the daemons that are recorded.  indexd's journal has small
 * segments, tables are compacted early and floors are near, so that all this
 * happens often.  With
 * HIGHWATER_PACE in the environment it is some days later, when what is left
 * in tmp/ is old, and indexd's clock runs fast, so that what it gives ten
 * seconds is over soon.
 */

#define LATER	(4 * 86400)
#define PACE	20

#pragma weak journal_segment_size
#pragma weak compact_slack
#pragma weak compact_history
#pragma weak floor_modseqs
#pragma weak floor_uids

static int	paced;
static int	is_indexd;

static void	begin(void) __attribute__((__constructor__));

static void
begin(void)
{
	paced = getenv("HIGHWATER_PACE") != NULL;
	is_indexd = &journal_segment_size != NULL;
	if (is_indexd) {
		journal_segment_size = 65536;
		compact_slack = compact_history = 16;
		floor_modseqs = 32;
		floor_uids = 24;
	}
}

time_t
time(time_t *t)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return (-1);
	if (paced)
		ts.tv_sec += LATER;
	if (t != NULL)
		*t = ts.tv_sec;
	return (ts.tv_sec);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	int64_t ns;

	if (real == NULL)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "clock_gettime");
	if (real(id, ts) == -1)
		return (-1);
	if (paced && is_indexd && id == CLOCK_MONOTONIC) {
		ns = ts->tv_nsec * (int64_t)PACE;
		ts->tv_sec = ts->tv_sec * PACE + (time_t)(ns / 1000000000);
		ts->tv_nsec = (long)(ns % 1000000000);
	}
	return (0);
}

int
epoll_wait(int fd, struct epoll_event *ev, int n, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);

	if (real == NULL)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "epoll_wait");
	if (paced && is_indexd && timeout > 0)
		timeout = timeout / PACE + 1;
	return (real(fd, ev, n, timeout));
}

#endif
