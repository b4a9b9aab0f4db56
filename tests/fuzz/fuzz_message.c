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

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/mime/message.h"
#include "imapd/mime/search.h"
#include "imapd/mime/section.h"
#include "imapd/mime/structure.h"

/*
 * The input is a message.  Whatever it is, the answers must be IMAP syntax
 * and sizes must be those of what is sent.  The first byte says whether the
 * file is cut in half meanwhile.
 */

/* Parts whose sections are tried. */
#define SECTIONS_MAX	64

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int	count_write(void *, const void *, size_t);
static const char *skip_value(const char *, const char *);
static const char *skip_literal(const char *, const char *);
static void	check_syntax(const struct mime_buf *);
static void	check_answers(struct mime_message *);
static void	check_section(struct mime_message *, const char *, int, int);
static void	check_parts(struct mime_message *, const struct mime_part *,
		    char *, size_t, int, int, int *);
static void	check_search(struct mime_message *);

static int
count_write(void *arg, const void *buf, size_t len)
{
	(void)buf;
	*(uint64_t *)arg += len;
	return (0);
}

/* Returns what follows a string, a number, NIL or a list; aborts if none. */
static const char *
skip_value(const char *p, const char *end)
{
	long	 depth = 0;

	do {
		if (p == end)
			abort();
		if (*p == '(') {
			depth++;
			p++;
		} else if (*p == ')' && depth > 0) {
			depth--;
			p++;
		} else if (*p == ' ' && depth > 0) {
			p++;
		} else if (*p == '"') {
			for (p++; p < end && *p != '"'; p++) {
				if (*p == '\r' || *p == '\n' || *p == '\0' ||
				    (unsigned char)*p > 0x7e)
					abort();
				if (*p == '\\')
					p++;
			}
			if (p++ >= end)
				abort();
		} else if (*p == '{') {
			p = skip_literal(p, end);
		} else if (isdigit((unsigned char)*p)) {
			while (p < end && isdigit((unsigned char)*p))
				p++;
		} else if (end - p >= 3 && memcmp(p, "NIL", 3) == 0) {
			p += 3;
		} else {
			abort();
		}
	} while (depth > 0);
	return (p);
}

static const char *
skip_literal(const char *p, const char *end)
{
	size_t	 n = 0;

	for (p++; p < end && isdigit((unsigned char)*p); p++)
		n = n * 10 + (size_t)(*p - '0');
	if (end - p < 3 || memcmp(p, "}\r\n", 3) != 0)
		abort();
	p += 3;
	if ((size_t)(end - p) < n || memchr(p, '\0', n) != NULL)
		abort();
	return (p + n);
}

static void
check_syntax(const struct mime_buf *b)
{
	const char	*end = b->data + b->len;

	if (b->len < 2 || b->data[0] != '(' ||
	    skip_value(b->data, end) != end)
		abort();
}

static void
check_answers(struct mime_message *m)
{
	struct mime_buf	 b = { 0 };
	struct mime_sink sink = mime_buf_sink(&b);

	if (mime_envelope(m, &sink) == -1)
		abort();
	check_syntax(&b);
	mime_buf_reset(&b);
	if (mime_bodystructure(m, 0, &sink) == -1)
		abort();
	check_syntax(&b);
	mime_buf_reset(&b);
	if (mime_bodystructure(m, MIME_STRUCTURE_EXTENDED, &sink) == -1)
		abort();
	check_syntax(&b);
	mime_buf_reset(&b);
	if (mime_bodystructure(m, MIME_STRUCTURE_EXTENDED |
	    MIME_STRUCTURE_GLOBAL, &sink) == -1)
		abort();
	check_syntax(&b);
	mime_buf_free(&b);
}

/* The sizes of the section, in one piece and in two, before it is cut. */
static void
check_section(struct mime_message *m, const char *text, int fd, int cut)
{
	static const char *const fields[] = { "subject", "To", "x" };
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_sink	 sink;
	uint64_t		 n, sent = 0;

	if (mime_section_parse(&sec, text, strlen(text)) == -1)
		abort();
	sec.fields = fields;
	sec.nfields = 3;
	if (mime_section_find(m, &sec, &data) != 1)
		return;
	if (cut && ftruncate(fd, data.start + (data.end - data.start) / 2) ==
	    -1)
		abort();
	sink.write = count_write;
	sink.arg = &sent;
	if (mime_section_send(m, &sec, &data, 0, data.size, &sink) == -1 ||
	    sent != data.size)
		abort();
	sent = 0;
	n = mime_section_partial(&data, data.size / 3, data.size / 2);
	if (mime_section_send(m, &sec, &data, data.size / 3, n, &sink) == -1 ||
	    sent != n)
		abort();
	if (!cut && mime_error(m) != 0)
		abort();
}

static void
check_parts(struct mime_message *m, const struct mime_part *part, char *path,
    size_t len, int fd, int cut, int *budget)
{
	static const char *const kinds[] = {
		"", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS",
		".HEADER.FIELDS.NOT"
	};
	const struct mime_part	*child;
	unsigned int		 i;
	int			 n, number = 0;

	for (i = 0; len > 0 && i < 6; i++) {
		(void)snprintf(path + len, 32, "%s", kinds[i]);
		check_section(m, path, fd, cut && *budget < 8);
	}
	if (part->kind == MIME_RFC822 &&
	    (part->child->header != part->body ||
	    part->child->end != part->end || part->body_size !=
	    part->child->header_size + part->child->body_size))
		abort();
	if (part->kind == MIME_RFC822 && len > 0)
		part = part->child;
	if (part->kind != MIME_MULTIPART)
		return;
	for (child = part->child; child != NULL; child = child->next) {
		if ((*budget)-- <= 0)
			return;
		n = snprintf(path + len, 32, "%s%d", len > 0 ? "." : "",
		    ++number);
		check_parts(m, child, path, len + (size_t)n, fd, cut, budget);
	}
}

static void
check_search(struct mime_message *m)
{
	static const char *const needles[] = { "", "a", "\xc3\x84 x", "=?" };
	struct mime_needle	*needle;
	struct mime_date	 date;
	char			 text[MIME_INTERNALDATE_SIZE];
	size_t			 i;

	for (i = 0; i < 4; i++) {
		needle = mime_needle_new(needles[i], strlen(needles[i]));
		if (needle == NULL ||
		    mime_search_header(m, "subject", needle) == -1 ||
		    mime_search_text(m, needle) == -1 ||
		    mime_search_body(m, needle) == -1)
			abort();
		mime_needle_free(needle);
	}
	if (mime_sent_date(m, &date)) {
		mime_date_format(&date, text);
		if (mime_date_internal(&date, text, strlen(text)) == -1)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const char *const whole[] = {
		"HEADER", "TEXT", "HEADER.FIELDS", "HEADER.FIELDS.NOT", ""
	};
	static FILE		*file;
	struct mime_message	*m;
	const struct mime_part	*root;
	char			 path[32 * (MIME_DEPTH_MAX + 2)];
	int			 fd, cut, budget = SECTIONS_MAX;
	size_t			 i;

	if (len == 0)
		return (0);
	if (file == NULL && (file = tmpfile()) == NULL)
		abort();
	fd = fileno(file);
	cut = buf[0] & 1;
	if (ftruncate(fd, 0) == -1 ||
	    pwrite(fd, buf + 1, len - 1, 0) != (ssize_t)(len - 1) ||
	    (m = mime_open(fd)) == NULL)
		abort();
	for (i = 0; i < 5; i++)
		check_section(m, whole[i], fd, 0);
	if ((root = mime_tree(m)) == NULL ||
	    mime_size(m) != root->header_size + root->body_size)
		abort();
	check_search(m);
	check_answers(m);
	check_parts(m, root, path, 0, fd, cut, &budget);
	check_answers(m);
	mime_close(m);
	return (0);
}
