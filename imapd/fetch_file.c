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
#include <stdlib.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/view.h"
#include "imapd/wait.h"

#define SIZES	256	/* sizes told to indexd at once */
#define REST	2000	/* ms that a message stays open for nobody */

/* The message that is open, and sizes that indexd has not been told. */
struct message {
	uint32_t		 uid;		/* 0: none */
	int			 fd;
	struct mime_message	*mime;
	int64_t			 due;		/* to be closed */
	size_t			 nsizes;
	struct idx_vsize	 sizes[SIZES];
};

static void	close_file(struct message *);
static struct message *state(struct session *);

static struct message *
state(struct session *s)
{
	if (s->message == NULL &&
	    (s->message = calloc(1, sizeof(*s->message))) != NULL)
		s->message->fd = -1;
	return (s->message);
}

static void
close_file(struct message *f)
{
	mime_close(f->mime);
	f->mime = NULL;
	if (f->fd != -1)
		(void)close(f->fd);
	f->fd = -1;
	f->uid = 0;
}

struct mime_message *
message_open(struct session *s, const struct view_msg *m)
{
	struct message	*f;
	struct stat	 st;
	int		 saved;

	if ((f = state(s)) == NULL)
		return (NULL);
	f->due = session_clock() + REST;
	if (f->uid == m->uid && mime_error(f->mime) == 0)
		return (f->mime);
	if (f->uid != 0)
		close_file(f);
	f->fd = folder_file_uid(s->view->folder, m->uid, &st);
	if (f->fd == -1)
		return (NULL);
	if ((f->mime = mime_open_sized(f->fd, st.st_size)) == NULL) {
		saved = errno;
		close_file(f);
		errno = saved;
		return (NULL);
	}
	f->uid = m->uid;
	if (m->row.vsize != TABLE_UNKNOWN)
		mime_set_size(f->mime, m->row.vsize);
	return (f->mime);
}

void
message_size(struct session *s, uint32_t uid, uint64_t size)
{
	struct message	*f;

	if (!s->view->folder->writable || (f = state(s)) == NULL)
		return;
	f->sizes[f->nsizes].uid = uid;
	f->sizes[f->nsizes].vsize = size;
	if (++f->nsizes == SIZES)
		message_sizes_flush(s);
}

/* It is only a help: whoever needs the sizes next counts again. */
void
message_sizes_flush(struct session *s)
{
	struct message	*f = s->message;

	if (f == NULL || f->nsizes == 0)
		return;
	if (idx_sizes(s->view->folder->box, f->sizes, f->nsizes) == -1)
		log_debug("fetch: sizes not taken errno=%d", errno);
	f->nsizes = 0;
}

/* A mail delivery agent can have given it a wrong size by its name. */
void
message_recount(struct session *s, const struct view_msg *m)
{
	struct message		*f = s->message;
	struct mime_message	*mime;
	uint64_t		 size;

	if (f == NULL || f->uid != m->uid || m->gone ||
	    (mime = mime_open(f->fd)) == NULL)
		return;
	size = mime_size(mime);
	if (mime_error(mime) == 0 && size != m->row.vsize) {
		message_size(s, m->uid, size);
		message_sizes_flush(s);
	}
	mime_close(mime);
}

void
message_close(struct session *s)
{
	if (s->message == NULL)
		return;
	close_file(s->message);
	free(s->message);
	s->message = NULL;
}

int64_t
message_rest(struct session *s, int64_t now)
{
	if (s->message == NULL || s->message->uid == 0)
		return (INT64_MAX);
	if (s->message->due > now)
		return (s->message->due);
	message_sizes_flush(s);
	message_close(s);
	compat_trim();
	return (INT64_MAX);
}
