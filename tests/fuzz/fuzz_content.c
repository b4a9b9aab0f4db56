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

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_preview.h"
#include "imapd/mime/binary.h"
#include "imapd/mime/encode.h"
#include "imapd/mime/utf8.h"

/*
 * The input is a message, but for its first byte, which says how long the
 * pieces are that BINARY is got in.  A preview must be a line of UTF-8, and
 * what is decoded as long as was said, whole and in pieces.
 */

/* Parts that are decoded. */
#define PARTS_MAX	32

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check_binary(struct mime_message *, const char *, size_t);
static void	check_encoded(struct mime_message *);
static void	check_parts(struct mime_message *, const struct mime_part *,
		    const char *, size_t, int *);
static void	check_preview(struct mime_message *);

static void
check_preview(struct mime_message *m)
{
	struct mime_buf		 b = { NULL, 0, 0, 0 };
	const unsigned char	*p, *end;
	uint32_t		 c;
	int			 chars = 0, n;

	if (derive_preview(m, &b) == -1)
		abort();
	p = (const unsigned char *)b.data;
	end = p + b.len;
	if (b.len < 1 || *p++ != PREVIEW_FORM)
		abort();
	if (p < end && (*p == ' ' || end[-1] == ' '))
		abort();
	for (; p < end; p += n, chars++) {
		if ((n = mime_utf8_get(p, (size_t)(end - p), &c)) <= 0 ||
		    c < ' ' || (c >= 0x7f && c <= 0x9f))
			abort();
	}
	if (chars > PREVIEW_CHARS)
		abort();
	mime_buf_free(&b);
}

static void
check_binary(struct mime_message *m, const char *name, size_t piece)
{
	struct mime_buf		 whole = { NULL, 0, 0, 0 };
	struct mime_buf		 pieces = { NULL, 0, 0, 0 };
	struct mime_sink	 a = mime_buf_sink(&whole);
	struct mime_sink	 b = mime_buf_sink(&pieces);
	struct mime_section	 sec;
	struct mime_binary	 bin;
	uint64_t		 off, n;

	if (mime_section_parse(&sec, name, strlen(name)) == -1)
		abort();
	if (mime_binary_find(m, &sec, &bin) != 1) {
		if (errno == ENOTSUP && mime_binary_known(m, &sec) != 0)
			abort();
		return;
	}
	if (mime_binary_send(m, &sec, 0, bin.size, &a) == -1 ||
	    whole.len != bin.size || mime_error(m) != 0 ||
	    bin.nul != (whole.len > 0 &&
	    memchr(whole.data, '\0', whole.len) != NULL))
		abort();
	for (off = 0; off < bin.size; off += n) {
		n = bin.size - off < piece ? bin.size - off : piece;
		if (mime_binary_send(m, &sec, off, n, &b) == -1)
			abort();
	}
	if (pieces.len != whole.len || (whole.len > 0 &&
	    memcmp(pieces.data, whole.data, whole.len) != 0))
		abort();
	mime_buf_free(&whole);
	mime_buf_free(&pieces);
}

static void
check_parts(struct mime_message *m, const struct mime_part *part,
    const char *path, size_t piece, int *left)
{
	const struct mime_part	*child = part->child;
	char			 name[256];
	unsigned int		 i;

	if (part->kind == MIME_RFC822 &&
	    part->child->kind == MIME_MULTIPART)
		child = part->child->child;
	for (i = 1; child != NULL && *left > 0; child = child->next, i++) {
		--*left;
		if ((size_t)snprintf(name, sizeof(name), "%s%s%u", path,
		    *path == '\0' ? "" : ".", i) >= sizeof(name))
			return;
		check_binary(m, name, piece);
		check_parts(m, child, name, piece, left);
	}
}

/* What has been encoded has nothing to be encoded. */
static void
check_encoded(struct mime_message *m)
{
	struct mime_buf		 once = { NULL, 0, 0, 0 };
	struct mime_buf		 twice = { NULL, 0, 0, 0 };
	struct mime_sink	 a = mime_buf_sink(&once);
	struct mime_sink	 b = mime_buf_sink(&twice);
	struct mime_message	*n;

	if (mime_encode_binary(m, &a) == -1 ||
	    (n = mime_open_memory(once.data, once.len)) == NULL ||
	    mime_encode_binary(n, &b) == -1)
		abort();
	if (once.len != twice.len || (once.len > 0 &&
	    memcmp(once.data, twice.data, once.len) != 0))
		abort();
	mime_close(n);
	mime_buf_free(&once);
	mime_buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mime_message	*m;
	struct mime_buf		 id = { NULL, 0, 0, 0 };
	const struct mime_part	*root;
	size_t			 piece;
	int			 left = PARTS_MAX;

	if (len == 0)
		return (0);
	piece = (size_t)data[0] * 16 + 1;
	if ((m = mime_open_memory(data + 1, len - 1)) == NULL ||
	    (root = mime_tree(m)) == NULL)
		abort();
	check_preview(m);
	if (derive_emailid(m, &id) == -1 || id.len != 41)
		abort();
	mime_buf_free(&id);
	check_binary(m, "", piece);
	check_binary(m, "1", piece);
	check_parts(m, root, "", piece, &left);
	check_encoded(m);
	mime_close(m);
	return (0);
}
