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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/view.h"

/*
 * Clients come back to the folder that they have just left, or put one
 * message after another into the same.  The last one is kept open, parked,
 * and taken again if opening it anew would come to the same.
 */

static int	is_selected(const struct session *, const char *);
static struct folder *take(struct session *, const char *, int);

static int
is_selected(const struct session *s, const char *dir)
{
	struct stat	st, selected;

	return (s->view != NULL && !s->view->folder->gone &&
	    fstatat(s->rootfd, dir, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(s->view->folder->dirfd, &selected) == 0 &&
	    st.st_dev == selected.st_dev && st.st_ino == selected.st_ino);
}

/* The parked folder, if it is that and nothing has happened to it. */
static struct folder *
take(struct session *s, const char *dir, int flags)
{
	struct folder	*folder = s->parked;

	if (folder == NULL ||
	    strcmp(folder->name, session_folder_name(dir)) != 0)
		return (NULL);
	if (folder_events(s->idx) == -1 || !folder_current(folder)) {
		session_unpark(s);
		return (NULL);
	}
	s->parked = NULL;
	folder->examine = (flags & FOLDER_EXAMINE) != 0;
	folder->changed = 0;
	return (folder);
}

struct folder *
session_open_folder(struct session *s, const char *dir, int flags,
    const char **why)
{
	const char	*name = session_folder_name(dir);
	struct folder	*folder;

	if (is_selected(s, dir))
		return (s->view->folder);
	if ((folder = take(s, dir, flags)) != NULL) {
		log_debug("park: taken again folder=%s", folder->name);
		return (folder);
	}
	folder = folder_open(s->idx, s->rootfd, name, flags, why);
	if (folder != NULL || s->parked == NULL || errno != EAGAIN ||
	    idx_code(s->idx) != PROTO_NO_LIMIT)
		return (folder);
	/* It may be the one that is too many. */
	session_unpark(s);
	return (folder_open(s->idx, s->rootfd, name, flags, why));
}

void
session_close_folder(struct session *s, struct folder *folder)
{
	int	saved = errno;

	if (folder != NULL && folder != s->parked &&
	    (s->view == NULL || folder != s->view->folder)) {
		session_unpark(s);
		s->parked = folder;
		if (!folder->writable || folder->gone)
			session_unpark(s);
	}
	errno = saved;
}

void
session_unpark(struct session *s)
{
	folder_close(s->parked);
	s->parked = NULL;
}
