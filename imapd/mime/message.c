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

#include <stdlib.h>
#include <string.h>

#include "imapd/mime/binary.h"
#include "imapd/mime/header.h"
#include "imapd/mime/message.h"
#include "imapd/mime/part.h"
#include "imapd/mime/source.h"

struct mime_message {
	struct mime_source	 src;
	struct mime_part	*root;		/* NULL: not parsed yet */
	uint64_t		 size;		/* on the wire */
	int			 size_known;
	off_t			 body;		/* -1: not looked for yet */
	uint64_t		 header_size;	/* before it, on the wire */
	struct mime_binary_state *binary;
};

static struct mime_message *message_new(void);

/* Its source is the caller's to begin. */
static struct mime_message *
message_new(void)
{
	struct mime_message	*m;

	if ((m = malloc(sizeof(*m))) == NULL)
		return (NULL);
	m->root = NULL;
	m->size = 0;
	m->size_known = 0;
	m->body = -1;
	m->binary = NULL;
	return (m);
}

struct mime_message *
mime_open(int fd)
{
	struct stat	 st;

	return (fstat(fd, &st) == -1 ? NULL :
	    mime_open_sized(fd, st.st_size));
}

struct mime_message *
mime_open_sized(int fd, off_t size)
{
	struct mime_message	*m;

	if ((m = message_new()) != NULL)
		mime_source_sized(&m->src, fd, size);
	return (m);
}

struct mime_message *
mime_open_memory(const void *data, size_t len)
{
	struct mime_message	*m;

	if ((m = message_new()) != NULL)
		mime_source_memory(&m->src, data, len);
	return (m);
}

void
mime_close(struct mime_message *m)
{
	if (m == NULL)
		return;
	mime_part_free(m->root);
	free(m->binary);
	free(m);
}

uint64_t
mime_size(struct mime_message *m)
{
	off_t	 from = 0;

	if (!m->size_known) {
		m->size = 0;
		if (m->body != -1) {
			from = m->body;
			m->size = m->header_size;
		}
		m->size += mime_source_wiresize(&m->src, from, m->src.size);
		m->size_known = 1;
	}
	return (m->size);
}

void
mime_set_size(struct mime_message *m, uint64_t size)
{
	m->size = size;
	m->size_known = 1;
}

int
mime_error(const struct mime_message *m)
{
	return (m->src.error);
}

const struct mime_part *
mime_tree(struct mime_message *m)
{
	if (m->root == NULL && (m->root = mime_part_parse(&m->src)) != NULL) {
		m->body = m->root->body;
		m->header_size = m->root->header_size;
		if (!m->size_known)
			mime_set_size(m, m->root->header_size +
			    m->root->body_size);
	}
	return (m->root);
}

uint64_t
mime_root_body(struct mime_message *m, off_t *body)
{
	off_t		 text, next, off = 0;
	uint64_t	 size = 0;

	while (m->body == -1) {
		if (!mime_line_next(&m->src, off, m->src.size, &text, &next)) {
			m->body = off;
			m->header_size = size;
			break;
		}
		size += (uint64_t)(text - off) + (next > text ? 2 : 0);
		if (text == off && next > text) {
			m->body = next;
			m->header_size = size;
		}
		off = next;
	}
	*body = m->body;
	return (m->header_size);
}

int
mime_root_fields(struct mime_message *m, const struct mime_wanted *wanted,
    size_t n, struct mime_buf *values)
{
	off_t	body;

	memset(values, 0, n * sizeof(*values));
	mime_root_body(m, &body);
	return (mime_header_collect(&m->src, 0, body, wanted, n, values));
}

void
mime_set_cancel(struct mime_message *m, int (*cancel)(void *), void *arg)
{
	m->src.cancel = cancel;
	m->src.cancel_arg = arg;
}

void
mime_read_ahead(struct mime_message *m)
{
	m->src.first = MIME_SOURCE_BUF;
}

struct mime_source *
mime_source_of(struct mime_message *m)
{
	return (&m->src);
}

struct mime_binary_state **
mime_binary_state(struct mime_message *m)
{
	return (&m->binary);
}
