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
#include <sys/quota.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <string.h>
#include <unistd.h>
#endif

#include "imapd/quota.h"

/*
 * The user's quota in the file system of the mail root.  A session reaches
 * no device by its name: quotactl_fd(2) alone needs none.
 */
#ifdef SYS_quotactl_fd

#define BLOCK	1024		/* octets; QIF_DQBLKSIZE */

int
quota_fs(int rootfd, uid_t uid, struct quota *q)
{
	struct dqblk	 dq;
	uint64_t	 blocks;

	memset(&dq, 0, sizeof(dq));
	if (syscall(SYS_quotactl_fd, rootfd, QCMD((unsigned int)Q_GETQUOTA,
	    USRQUOTA), uid, &dq) == -1)
		return (0);
	/* What is over the soft limit has to go. */
	blocks = dq.dqb_bsoftlimit != 0 ? dq.dqb_bsoftlimit :
	    dq.dqb_bhardlimit;
	if (blocks == 0 || blocks > UINT64_MAX / BLOCK)
		return (0);
	q->root = "File system";
	q->storage = blocks * BLOCK;
	q->storage_used = dq.dqb_curspace;
	return (1);
}

#else

int
quota_fs(int rootfd, uid_t uid, struct quota *q)
{
	(void)rootfd;
	(void)uid;
	(void)q;
	return (0);
}

#endif
