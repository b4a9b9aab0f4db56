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

#include <stdlib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/mime/decode.h"
#include "imapd/mime/header.h"
#include "imapd/mime/param.h"
#include "imapd/mime/part.h"

static int	set_kind(struct mime_part *, const struct mime_value *,
		    const struct mime_buf *, char **);
static int	set_multipart(struct mime_part *, const struct mime_value *,
		    char **);
static void	set_rfc822(struct mime_part *, const struct mime_buf *);
static int	is_identity(const struct mime_buf *);

int
mime_part_classify(struct mime_source *src, struct mime_part *part,
    char **boundary)
{
	static const struct mime_wanted	 wanted[] = {
		{ "Content-Type", 0 },
		{ "Content-Transfer-Encoding", 0 }
	};
	struct mime_buf		 values[2];
	struct mime_value	 type;
	int			 ret = -1;

	*boundary = NULL;
	memset(values, 0, sizeof(values));
	memset(&type, 0, sizeof(type));
	if (mime_header_collect(src, part->header, part->body, wanted, 2,
	    values) == -1)
		goto out;
	part->kind = MIME_LEAF;
	if (values[0].data == NULL) {
		if (part->flags & MIME_PART_DIGEST)
			set_rfc822(part, &values[1]);
		else
			part->flags |= MIME_PART_TEXT;
	} else {
		if (mime_value_parse(&type, values[0].data, values[0].len) ==
		    -1 || set_kind(part, &type, &values[1], boundary) == -1)
			goto out;
	}
	ret = 0;
out:
	mime_value_free(&type);
	mime_buf_free(&values[0]);
	mime_buf_free(&values[1]);
	return (ret);
}

static int
set_kind(struct mime_part *part, const struct mime_value *type,
    const struct mime_buf *encoding, char **boundary)
{
	part->flags &= ~(unsigned int)MIME_PART_DIGEST;
	if (type->type[0] == '\0' || type->subtype[0] == '\0')
		part->flags |= MIME_PART_PLAIN | MIME_PART_TEXT;
	else if (strcasecmp(type->type, "text") == 0)
		part->flags |= MIME_PART_TEXT;
	else if (strcasecmp(type->type, "multipart") == 0)
		return (set_multipart(part, type, boundary));
	else if (strcasecmp(type->type, "message") == 0 &&
	    strcasecmp(type->subtype, "rfc822") == 0)
		set_rfc822(part, encoding);
	else if (strcasecmp(type->type, "message") == 0 &&
	    strcasecmp(type->subtype, "global") == 0) {
		part->flags |= MIME_PART_GLOBAL;
		set_rfc822(part, encoding);
	}
	return (0);
}

static int
set_multipart(struct mime_part *part, const struct mime_value *type,
    char **boundary)
{
	char	*value;

	if (part->depth >= MIME_DEPTH_MAX) {
		part->flags |= MIME_PART_OPAQUE;
		return (0);
	}
	/* Without its boundary the type is not valid: RFC 2045 section 5.2. */
	if (mime_value_plain(type, "boundary", &value) == -1)
		return (-1);
	if (value == NULL || value[0] == '\0' ||
	    strlen(value) > MIME_BOUNDARY_MAX) {
		part->flags |= MIME_PART_PLAIN | MIME_PART_TEXT;
		free(value);
		return (0);
	}
	*boundary = value;
	part->kind = MIME_MULTIPART;
	if (strcasecmp(type->subtype, "digest") == 0)
		part->flags |= MIME_PART_DIGEST;
	return (0);
}

/*
 * A message in an encoding other than the identity (RFC 2046 section 5.2.1
 * forbids it, RFC 6532 section 3.5 not) cannot be looked into.
 */
static void
set_rfc822(struct mime_part *part, const struct mime_buf *encoding)
{
	if (part->depth >= MIME_DEPTH_MAX || !is_identity(encoding))
		part->flags |= MIME_PART_OPAQUE;
	else
		part->kind = MIME_RFC822;
}

static int
is_identity(const struct mime_buf *encoding)
{
	static const char *const	 names[] = {
		"", "7bit", "8bit", "binary"
	};
	size_t	 i;

	if (encoding->data == NULL)
		return (1);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mime_encoding_is(encoding->data, encoding->len, names[i]))
			return (1);
	}
	return (0);
}
