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
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "indexd/peer.h"
#include "indexd/sessions.h"
#include "indexd/warn.h"

void
warn_limit(struct server *srv, struct near *n, const char *name,
    uint64_t value, uint64_t limit, const struct binding *b)
{
	if (near_limit(n, value, limit, (int64_t)srv->now) &&
	    peer_may_log(srv))
		log_warnx("warn: limit %s %" PRIu64 " is near: uid=%u root=%s "
		    "now=%" PRIu64, name, limit, (unsigned int)b->uid,
		    b->root, value);
}

void
warn_files_limit(struct server *srv)
{
	struct rlimit rl;

	srv->files = 0;
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    rl.rlim_cur != RLIM_INFINITY)
		srv->files = (uint64_t)rl.rlim_cur;
}

void
warn_files(struct server *srv, int fd)
{
	if (near_limit(&srv->near_files, (uint64_t)fd + 1, srv->files,
	    (int64_t)srv->now))
		log_warnx("warn: limit of open files %" PRIu64 " is near: "
		    "now=%d", srv->files, fd + 1);
}

void
warn_disk(struct server *srv)
{
	struct statvfs st;
	uint64_t left;

	if (srv->disk_at != 0 && srv->now - srv->disk_at < WARN_DISK_TIME)
		return;
	srv->disk_at = srv->now;
	if (statvfs(srv->conf->directory, &st) == -1) {
		log_debug("warn: statvfs: %s", strerror(errno));
		return;
	}
	left = (uint64_t)st.f_bavail * st.f_frsize;
	if (left >= WARN_DISK || st.f_bavail >= st.f_blocks / 20) {
		srv->disk_little = 0;
		return;
	}
	if (srv->disk_little && srv->now - srv->disk_said < NEAR_PAUSE)
		return;
	srv->disk_little = 1;
	srv->disk_said = srv->now;
	log_warnx("warn: the disk is nearly full: directory=%s free=%" PRIu64
	    "m of %" PRIu64 "m", srv->conf->directory, left >> 20,
	    (uint64_t)st.f_blocks * st.f_frsize >> 20);
}
