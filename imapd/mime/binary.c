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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/mime/binary.h"
#include "imapd/mime/decode.h"
#include "imapd/mime/header.h"
#include "imapd/mime/param.h"
#include "imapd/mime/source.h"

#define BLOCK	4096	/* octets of the file decoded at a time */
#define SPACES	256	/* white space at the end of a line, held back */

/* A place in the decoding of a section, to go on from. */
struct place {
	off_t			 file;
	uint64_t		 out;		/* octets decoded before it */
	struct mime_decoder	 decoder;
	int			 incr;		/* a CR was the last octet: */
	int			 outcr;		/* read, or decoded */
	size_t			 nspaces;
	char			 spaces[SPACES];
};

struct mime_binary_state {
	const struct mime_part	*part;		/* NULL: the whole message */
	off_t			 start;
	off_t			 end;
	enum mime_encoding	 encoding;
	int			 lines;		/* end in CRLF */
	struct mime_binary	 is;
	struct place		 mark;
};

/* A decoding under way. */
struct run {
	const struct mime_binary_state	*state;
	struct place			 at;
	const struct mime_sink		*sink;	/* NULL: it only counts */
	uint64_t			 from;
	uint64_t			 left;
	uint64_t			 bare;	/* LFs without CR */
	int				 nul;
};

/* Where a section is, and how it is encoded. */
struct found {
	const struct mime_part	*part;
	off_t			 start;
	off_t			 end;
	enum mime_encoding	 encoding;
	int			 known;
	int			 lines;
};

static int	block(struct run *, const unsigned char *, size_t);
static int	count(struct run *, const unsigned char *, size_t);
static int	decoded(void *, const void *, size_t);
static int	find(struct mime_message *, const struct mime_section *,
		    struct found *);
static int	find_encoding(struct mime_source *, struct found *);
static int	is_learned(struct mime_message *, const struct found *);
static int	is_wide(const char *);
static int	learn(struct mime_message *, const struct found *);
static int	pass(struct run *, const void *, size_t);
static int	pass_lines(struct run *, const unsigned char *, size_t);
static void	run_start(struct run *, const struct mime_binary_state *);
static int	run_to_end(struct run *, struct mime_source *,
		    struct mime_binary_state *);
static size_t	wire_lines(struct place *, const unsigned char *, size_t,
		    int, unsigned char *);

/* Charsets whose line ends are not the octets CR and LF. */
static int
is_wide(const char *charset)
{
	static const char *const	 wide[] = {
		"utf-16", "utf16", "utf-32", "utf32", "ucs-", "iso-10646-ucs"
	};
	size_t	 i;

	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		if (strncasecmp(charset, wide[i], strlen(wide[i])) == 0)
			return (1);
	}
	return (0);
}

static int
find_encoding(struct mime_source *src, struct found *f)
{
	static const struct mime_wanted	 wanted[] = {
		{ "Content-Type", 0 },
		{ "Content-Transfer-Encoding", 0 }
	};
	struct mime_buf		 values[2];
	struct mime_value	 type;
	const struct mime_part	*part = f->part;
	const char		*charset, *name = "";
	size_t			 len = 0;
	int			 ret = -1;

	memset(values, 0, sizeof(values));
	memset(&type, 0, sizeof(type));
	if (mime_header_collect(src, part->header, part->body, wanted, 2,
	    values) == -1 || (values[0].data != NULL &&
	    mime_value_parse(&type, values[0].data, values[0].len) == -1))
		goto out;
	charset = mime_value_param(&type, "charset");
	f->lines = (part->flags & MIME_PART_TEXT) &&
	    (charset == NULL || !is_wide(charset));
	if (values[1].data != NULL && part->kind == MIME_LEAF) {
		len = values[1].len;
		name = mime_encoding_name(values[1].data, &len);
		f->encoding = mime_encoding_find(values[1].data,
		    values[1].len);
	}
	f->known = f->encoding != MIME_ENCODING_IDENTITY || len == 0 ||
	    (len == 4 && (strncasecmp(name, "7bit", 4) == 0 ||
	    strncasecmp(name, "8bit", 4) == 0)) ||
	    (len == 6 && strncasecmp(name, "binary", 6) == 0);
	ret = 0;
out:
	mime_value_free(&type);
	mime_buf_free(&values[0]);
	mime_buf_free(&values[1]);
	return (ret);
}

/* Whether the section is the one that the message remembers. */
static int
is_learned(struct mime_message *m, const struct found *f)
{
	const struct mime_binary_state	*state = *mime_binary_state(m);

	return (state != NULL && state->part == f->part);
}

/*
 * Returns 1, 0 if there is no such section, or -1 with errno ENOMEM.  The
 * header of one that is remembered is not read again.
 */
static int
find(struct mime_message *m, const struct mime_section *sec, struct found *f)
{
	f->part = NULL;
	f->start = 0;
	f->end = mime_source_of(m)->size;
	f->encoding = MIME_ENCODING_IDENTITY;
	f->known = 1;
	f->lines = 0;
	if (sec->npath == 0)
		return (1);
	if (mime_section_part(m, sec, &f->part) == -1)
		return (-1);
	if (f->part == NULL)
		return (0);
	if (is_learned(m, f))
		return (1);
	f->start = f->part->body;
	f->end = f->part->end;
	return (find_encoding(mime_source_of(m), f) == -1 ? -1 : 1);
}

static void
run_start(struct run *r, const struct mime_binary_state *state)
{
	struct mime_sink	 sink;

	memset(r, 0, sizeof(*r));
	sink.write = decoded;
	sink.arg = r;
	r->state = state;
	r->at.file = state->start;
	mime_decoder_init(&r->at.decoder, state->encoding, &sink);
}

/* Decodes the section once, to know its size. */
static int
learn(struct mime_message *m, const struct found *f)
{
	struct mime_binary_state	**slot = mime_binary_state(m), *state;
	struct run			 r;

	if ((state = *slot) == NULL &&
	    (state = calloc(1, sizeof(*state))) == NULL)
		return (-1);
	*slot = NULL;
	state->part = f->part;
	state->start = f->start;
	state->end = f->end;
	state->encoding = f->encoding;
	state->lines = 0;
	run_start(&r, state);
	if (run_to_end(&r, mime_source_of(m), NULL) == -1) {
		free(state);
		return (-1);
	}
	/* Text that has NULs is of wide characters, or no text. */
	state->lines = f->lines && !r.nul;
	state->is.nul = r.nul;
	state->is.size = r.at.out + (state->lines ? r.bare : 0);
	run_start(&r, state);
	state->mark = r.at;
	*slot = state;
	return (0);
}

int
mime_binary_known(struct mime_message *m, const struct mime_section *sec)
{
	struct found	 f;
	int		 ret;

	if ((ret = find(m, sec, &f)) == 1)
		return (f.known);
	return (ret == 0 ? 1 : -1);
}

int
mime_binary_find(struct mime_message *m, const struct mime_section *sec,
    struct mime_binary *bin)
{
	struct found	 f;
	int		 ret;

	if ((ret = find(m, sec, &f)) != 1)
		return (ret);
	if (!f.known) {
		errno = ENOTSUP;
		return (-1);
	}
	if (!is_learned(m, &f) && learn(m, &f) == -1)
		return (-1);
	*bin = (*mime_binary_state(m))->is;
	return (1);
}

int
mime_binary_send(struct mime_message *m, const struct mime_section *sec,
    uint64_t off, uint64_t len, const struct mime_sink *sink)
{
	struct mime_source		*src = mime_source_of(m);
	struct mime_binary_state	*state;
	struct mime_binary		 bin;
	struct run			 r;

	if (mime_binary_find(m, sec, &bin) != 1)
		return (-1);
	state = *mime_binary_state(m);
	run_start(&r, state);
	if (state->mark.out <= off) {
		r.at = state->mark;
		r.at.decoder.sink.arg = &r;
	}
	r.sink = sink;
	r.from = off;
	r.left = len;
	if (run_to_end(&r, src, state) == -1)
		return (-1);
	if (r.left == 0)
		return (0);
	return (mime_source_pad(src, r.left, sink));
}

/* Decodes on, until all is sent; state, if not NULL, remembers where. */
static int
run_to_end(struct run *r, struct mime_source *src,
    struct mime_binary_state *state)
{
	const unsigned char	*p;
	off_t			 end = r->state->end;
	size_t			 n;

	while (r->at.file < end &&
	    (n = mime_source_peek(src, r->at.file, 1, &p)) > 0) {
		if (n > BLOCK)
			n = BLOCK;
		if ((off_t)n > end - r->at.file)
			n = (size_t)(end - r->at.file);
		if (state != NULL)
			state->mark = r->at;
		if (block(r, p, n) == -1)
			return (-1);
		r->at.file += (off_t)n;
		if (r->sink != NULL && r->left == 0)
			return (0);
	}
	/* White space before the end of the part was at a line's end. */
	r->at.nspaces = 0;
	return (mime_decoder_end(&r->at.decoder));
}

static int
block(struct run *r, const unsigned char *p, size_t n)
{
	unsigned char	 out[2 * BLOCK + SPACES];
	int		 qp = r->state->encoding == MIME_ENCODING_QP;

	if (r->state->encoding == MIME_ENCODING_BASE64)
		return (mime_decoder_feed(&r->at.decoder, p, n));
	n = wire_lines(&r->at, p, n, qp, out);
	return (mime_decoder_feed(&r->at.decoder, out, n));
}

/*
 * The lines of the file as on the wire, to out, which has twice the room and
 * SPACES.  For quoted-printable, white space at the end of a line is left out
 * (RFC 2045 section 6.7, rule 3).
 */
static size_t
wire_lines(struct place *at, const unsigned char *in, size_t len, int strip,
    unsigned char *out)
{
	size_t	 i, n = 0;

	for (i = 0; i < len; i++) {
		if (strip && (in[i] == ' ' || in[i] == '\t') &&
		    at->nspaces < SPACES) {
			at->spaces[at->nspaces++] = (char)in[i];
			continue;
		}
		if (in[i] == '\n' || in[i] == '\r')
			at->nspaces = 0;
		if (at->nspaces > 0) {
			memcpy(out + n, at->spaces, at->nspaces);
			n += at->nspaces;
			at->nspaces = 0;
		}
		if (in[i] == '\n' && !at->incr)
			out[n++] = '\r';
		at->incr = in[i] == '\r';
		out[n++] = in[i];
	}
	return (n);
}

/* What comes from the decoder. */
static int
decoded(void *arg, const void *buf, size_t len)
{
	struct run	*r = arg;

	if (r->sink == NULL)
		return (count(r, buf, len));
	if (r->state->lines)
		return (pass_lines(r, buf, len));
	return (pass(r, buf, len));
}

static int
count(struct run *r, const unsigned char *p, size_t len)
{
	const unsigned char	*end = p + len, *lf = p;

	if (len == 0)
		return (0);
	if (!r->nul && memchr(p, '\0', len) != NULL)
		r->nul = 1;
	while ((lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL) {
		if (lf == p ? !r->at.outcr : lf[-1] != '\r')
			r->bare++;
		lf++;
	}
	r->at.outcr = end[-1] == '\r';
	r->at.out += len;
	return (0);
}

static int
pass_lines(struct run *r, const unsigned char *p, size_t len)
{
	const unsigned char	*end = p + len, *lf;

	while (p < end) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL) {
			r->at.outcr = end[-1] == '\r';
			return (pass(r, p, (size_t)(end - p)));
		}
		if (pass(r, p, (size_t)(lf - p)) == -1 ||
		    ((lf == p ? !r->at.outcr : lf[-1] != '\r') &&
		    pass(r, "\r", 1) == -1) || pass(r, "\n", 1) == -1)
			return (-1);
		r->at.outcr = 0;
		p = lf + 1;
	}
	return (0);
}

/* Sends what of it is asked for. */
static int
pass(struct run *r, const void *buf, size_t len)
{
	const char	*p = buf;
	uint64_t	 skip;

	skip = r->from > r->at.out ? r->from - r->at.out : 0;
	r->at.out += len;
	if (skip >= len)
		return (0);
	len -= (size_t)skip;
	if (len > r->left)
		len = (size_t)r->left;
	r->left -= len;
	return (mime_sink_write(r->sink, p + skip, len));
}
