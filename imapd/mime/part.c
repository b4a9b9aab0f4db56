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
#include <string.h>

#include "imapd/mime/header.h"
#include "imapd/mime/part.h"

/* A multipart whose parts are being read. */
struct level {
	struct mime_part	*part;
	char			*boundary;
	size_t			 len;
};

/* A place in the file, with what lies before it. */
struct place {
	off_t		 off;
	uint64_t	 wire;
	uint64_t	 lines;
};

struct parser {
	struct mime_source	*src;
	struct place		 line;		/* the current line starts */
	struct place		 end;		/* if this is a boundary, */
						/* what is before ends here */
	struct mime_part	*root;
	struct mime_part	*cur;		/* innermost open part */
	int			 in_header;
	unsigned int		 nparts;
	struct level		 level[MIME_DEPTH_MAX + 1];
	size_t			 nlevels;
};

static struct mime_part *part_new(struct parser *, struct mime_part *);
static int	parse_line(struct parser *);
static void	skip_lines(struct parser *);
static void	advance(struct parser *, off_t, off_t, int);
static int	match_boundary(struct parser *, size_t *, int *);
static int	at_boundary(struct parser *, size_t, int);
static int	header_end(struct parser *);
static void	close_part(struct parser *, const struct place *);
static void	close_to(struct parser *, const struct mime_part *,
		    const struct place *);

struct mime_part *
mime_part_parse(struct mime_source *src)
{
	struct parser	*p;
	struct mime_part *root = NULL;
	int		 ret;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->src = src;
	if ((p->root = part_new(p, NULL)) == NULL)
		goto out;
	while ((ret = parse_line(p)) == 1)
		continue;
	while (ret == 0 && p->in_header)
		ret = header_end(p);
	if (ret == -1)
		goto out;
	close_to(p, NULL, &p->line);
	root = p->root;
	p->root = NULL;
out:
	while (p->nlevels > 0)
		free(p->level[--p->nlevels].boundary);
	mime_part_free(p->root);
	free(p);
	return (root);
}

void
mime_part_free(struct mime_part *part)
{
	struct mime_part	*next;

	for (; part != NULL; part = next) {
		next = part->next;
		mime_part_free(part->child);
		free(part);
	}
}

/*
 * Starts a part at the current line; its header comes next.  Until header or
 * body have ended, their sizes hold what lies before them.
 */
static struct mime_part *
part_new(struct parser *p, struct mime_part *parent)
{
	struct mime_part	*part;

	if ((part = calloc(1, sizeof(*part))) == NULL)
		return (NULL);
	part->header = part->body = part->end = p->line.off;
	part->parent = parent;
	if (parent != NULL) {
		part->depth = parent->depth + 1;
		if (parent->last == NULL)
			parent->child = part;
		else
			parent->last->next = part;
		parent->last = part;
		parent->nchildren++;
		if (parent->kind == MIME_MULTIPART)
			part->flags = parent->flags & MIME_PART_DIGEST;
	}
	p->nparts++;
	p->cur = part;
	part->header_size = p->line.wire;
	p->in_header = 1;
	return (part);
}

/* Returns 1, or 0 at the end of the file, or -1 with errno. */
static int
parse_line(struct parser *p)
{
	size_t	 level;
	off_t	 text, next;
	int	 closing, empty;

	if (!p->in_header)
		skip_lines(p);
	if (match_boundary(p, &level, &closing)) {
		if (p->in_header && header_end(p) == -1)
			return (-1);
		if (p->in_header)
			return (1);
		if (closing || p->nparts < MIME_PARTS_MAX)
			return (at_boundary(p, level, closing));
	}
	if (!mime_line_next(p->src, p->line.off, p->src->size, &text, &next))
		return (0);
	empty = text == p->line.off && next > text;
	advance(p, text, next, p->in_header && !empty);
	if (p->in_header && empty && header_end(p) == -1)
		return (-1);
	return (1);
}

/*
 * Goes past lines of a body that are in the view whole and can be no
 * boundaries: most of a message.
 */
static void
skip_lines(struct parser *p)
{
	const unsigned char	*line, *lf, *end;
	size_t			 n;
	uint64_t		 text;

	n = mime_source_peek(p->src, p->line.off, 1, &line);
	end = line + n;
	while (n > 1 && (line[0] != '-' || line[1] != '-') &&
	    (lf = memchr(line, '\n', n)) != NULL) {
		text = (uint64_t)(lf - line);
		if (text > 0 && lf[-1] == '\r')
			text--;
		p->end = p->line;
		p->end.off += (off_t)text;
		p->end.wire += text;
		p->line.off += lf + 1 - line;
		p->line.wire += text + 2;
		p->line.lines++;
		line = lf + 1;
		n = (size_t)(end - line);
	}
}

/*
 * Goes past a line whose end starts at text and that ends before next.  That
 * line end belongs to a boundary if one comes next (RFC 2046 section 5.1.1),
 * also if it is all of the line between header and body; but not if the line
 * must keep it, since it is a field or begins a part.
 */
static void
advance(struct parser *p, off_t text, off_t next, int keep)
{
	p->end = p->line;
	p->end.off = text;
	p->end.wire += (uint64_t)(text - p->line.off);
	p->line.off = next;
	p->line.wire = p->end.wire;
	if (next > text) {
		p->line.wire += 2;
		p->line.lines++;
	}
	if (keep)
		p->end = p->line;
}

/*
 * Tells whether the current line is a boundary of an open multipart.  As RFC
 * 2046 section 5.1.1 has it, the line need only begin with it; of several the
 * longest counts, of equals the innermost.
 */
static int
match_boundary(struct parser *p, size_t *level, int *closing)
{
	const unsigned char	*line;
	const struct level	*l;
	size_t			 n, i, best = 0;

	if (p->nlevels == 0 || (n = mime_source_peek(p->src, p->line.off,
	    MIME_BOUNDARY_MAX + 4, &line)) < 3 || line[0] != '-' ||
	    line[1] != '-')
		return (0);
	line += 2;
	n -= 2;
	for (i = p->nlevels; i-- > 0; ) {
		l = &p->level[i];
		if (l->len > best && l->len <= n && l->boundary[0] == line[0]
		    && memcmp(l->boundary, line, l->len) == 0) {
			best = l->len;
			*level = i;
		}
	}
	if (best == 0)
		return (0);
	*closing = n >= best + 2 && line[best] == '-' &&
	    line[best + 1] == '-';
	return (1);
}

static int
at_boundary(struct parser *p, size_t level, int closing)
{
	struct mime_part	*multipart = p->level[level].part;
	off_t			 text, next;

	while (p->nlevels > level + 1)
		free(p->level[--p->nlevels].boundary);
	close_to(p, multipart, &p->end);
	if (!mime_line_next(p->src, p->line.off, p->src->size, &text, &next))
		return (0);
	advance(p, text, next, !closing);
	if (closing) {
		free(p->level[--p->nlevels].boundary);
		return (1);
	}
	return (part_new(p, multipart) == NULL ? -1 : 1);
}

/*
 * The header of the current part ends before the current line.  If the part
 * is a message, the header of that begins there.
 */
static int
header_end(struct parser *p)
{
	struct mime_part	*part = p->cur;
	struct level		*l;
	char			*boundary;

	p->in_header = 0;
	part->body = part->end = p->line.off;
	part->header_size = p->line.wire - part->header_size;
	part->body_size = p->line.wire;
	part->body_lines = p->line.lines;
	if (mime_part_classify(p->src, part, &boundary) == -1)
		return (-1);
	if (part->kind == MIME_RFC822)
		return (part_new(p, part) == NULL ? -1 : 0);
	if (part->kind == MIME_MULTIPART) {
		l = &p->level[p->nlevels++];
		l->part = part;
		l->boundary = boundary;
		l->len = strlen(boundary);
	}
	return (0);
}

/*
 * Ends the current part at a place, and goes to its parent.  That is before
 * its body starts if the empty line after its header is a boundary's.
 */
static void
close_part(struct parser *p, const struct place *end)
{
	struct mime_part	*part = p->cur;

	if (end->off < part->body) {
		if (part->header_size > 0)
			part->header_size -= part->body_size - end->wire;
		if (part->header > end->off)
			part->header = end->off;
		part->body = end->off;
		part->body_size = part->body_lines = 0;
	} else {
		part->body_size = end->wire - part->body_size;
		part->body_lines = end->lines - part->body_lines;
	}
	part->end = end->off;
	/* A multipart has at least one part (RFC 2046 section 5.1). */
	if (part->kind == MIME_MULTIPART && part->child == NULL) {
		part->kind = MIME_LEAF;
		part->flags |= MIME_PART_PLAIN | MIME_PART_TEXT;
	}
	p->cur = part->parent;
}

static void
close_to(struct parser *p, const struct mime_part *stop,
    const struct place *end)
{
	while (p->cur != stop)
		close_part(p, end);
}
