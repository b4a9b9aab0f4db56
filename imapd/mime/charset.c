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
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/charset.h"
#include "imapd/mime/charname.h"
#include "imapd/mime/charstep.h"
#include "imapd/mime/chartable.h"
#include "imapd/mime/charwide.h"
#include "imapd/mime/utf8.h"

#define CARRY_MAX	16	/* bytes of a character not complete */
#define OUT_MAX		4096
#define HELD_MAX	32
#define RUN_MIN		64	/* of US-ASCII, to be written as it stands */

enum mode {
	GUESS,			/* UTF-8, and ISO-8859-1 where it is not */
	UTF8,
	TABLE,			/* of one octet: high */
	STEP,			/* of several: step */
	ICONV
};

struct mime_charset {
	struct mime_sink	 sink;
	enum mode		 mode;
	const uint16_t		*high;		/* TABLE: mime_chartable() */
	struct mime_charstep	 step;
	iconv_t			 cd;
	const char		*cd_name;	/* NULL: cd is not open */
	unsigned char		 carry[CARRY_MAX];
	size_t			 ncarry;
	int			 errors;	/* of the input, so far */
};

static int	open_iconv(struct mime_charset *, const char *);
static int	put_code(struct mime_charset *, uint32_t);
static int	put_bad(struct mime_charset *);
static int	block(struct mime_charset *, const unsigned char *, size_t,
		    size_t *);
static int	block_utf8(struct mime_charset *, const unsigned char *,
		    size_t, size_t *);
static int	block_table(struct mime_charset *, const unsigned char *,
		    size_t);
static int	block_step(struct mime_charset *, const unsigned char *,
		    size_t, size_t *);
static int	block_iconv(struct mime_charset *, const unsigned char *,
		    size_t, size_t *);
static int	run_iconv(struct mime_charset *, char **, size_t *);
static int	feed_carry(struct mime_charset *, const unsigned char **,
		    size_t *);
static int	drop_first(struct mime_charset *);

void
mime_charset_prepare(void)
{
	if (mime_wide_make() == -1)
		mime_charset_hold();
}

void
mime_charset_hold(void)
{
	static iconv_t	 held[HELD_MAX];	/* so that they stay */
	struct mime_charstep step;
	const char	*name;
	size_t		 i, n = 0;

	for (i = 0; (name = mime_charname_nth(i)) != NULL; i++) {
		if (mime_charname(name, strlen(name)) == name &&
		    mime_chartable(name) == NULL &&
		    mime_charstep_start(&step, name) == -1 && n < HELD_MAX &&
		    (held[n] = iconv_open("UTF-8", name)) != (iconv_t)-1)
			n++;
	}
}

struct mime_charset *
mime_charset_new(const struct mime_sink *sink)
{
	struct mime_charset	*cs;

	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return (NULL);
	cs->sink = *sink;
	cs->mode = GUESS;
	return (cs);
}

void
mime_charset_free(struct mime_charset *cs)
{
	if (cs == NULL)
		return;
	if (cs->cd_name != NULL)
		(void)iconv_close(cs->cd);
	free(cs);
}

void
mime_charset_start(struct mime_charset *cs, const char *name, size_t namelen)
{
	const char	*known;

	cs->ncarry = 0;
	cs->errors = 0;
	cs->mode = GUESS;
	known = name == NULL ? NULL : mime_charname(name, namelen);
	if (known == NULL || strcmp(known, MIME_CHARNAME_ASCII) == 0)
		return;
	if (strcmp(known, MIME_CHARNAME_UTF8) == 0)
		cs->mode = UTF8;
	else if ((cs->high = mime_chartable(known)) != NULL)
		cs->mode = TABLE;
	else if (mime_charstep_start(&cs->step, known) == 0)
		cs->mode = STEP;
	else if (open_iconv(cs, known) == 0)
		cs->mode = ICONV;
}

/* known is a constant; the last converter is kept, as texts mix but few. */
static int
open_iconv(struct mime_charset *cs, const char *known)
{
	if (cs->cd_name == known) {
		(void)iconv(cs->cd, NULL, NULL, NULL, NULL);
		return (0);
	}
	if (cs->cd_name != NULL)
		(void)iconv_close(cs->cd);
	cs->cd_name = NULL;
	if ((cs->cd = iconv_open("UTF-8", known)) == (iconv_t)-1)
		return (-1);
	cs->cd_name = known;
	return (0);
}

int
mime_charset_feed(struct mime_charset *cs, const void *buf, size_t len)
{
	const unsigned char	*p = buf;
	size_t			 used;

	while (cs->ncarry > 0 && len > 0) {
		if (feed_carry(cs, &p, &len) == -1)
			return (-1);
	}
	while (len > 0) {
		if (block(cs, p, len, &used) == -1)
			return (-1);
		p += used;
		len -= used;
		if (len < CARRY_MAX) {
			memcpy(cs->carry, p, len);
			cs->ncarry = len;
			break;
		}
		if (used == 0) {
			if (put_bad(cs) == -1)
				return (-1);
			p++;
			len--;
		}
	}
	return (0);
}

/* Adds one byte to the incomplete character and tries again. */
static int
feed_carry(struct mime_charset *cs, const unsigned char **p, size_t *len)
{
	size_t	 used;

	cs->carry[cs->ncarry++] = *(*p)++;
	(*len)--;
	if (block(cs, cs->carry, cs->ncarry, &used) == -1)
		return (-1);
	cs->ncarry -= used;
	memmove(cs->carry, cs->carry + used, cs->ncarry);
	return (cs->ncarry == CARRY_MAX ? drop_first(cs) : 0);
}

static int
drop_first(struct mime_charset *cs)
{
	cs->ncarry--;
	memmove(cs->carry, cs->carry + 1, cs->ncarry);
	return (put_bad(cs));
}

int
mime_charset_end(struct mime_charset *cs)
{
	size_t	 i, n = cs->ncarry;

	cs->ncarry = 0;
	if (n > 0)
		cs->errors = 1;
	if (cs->mode == GUESS) {
		for (i = 0; i < n; i++) {
			if (put_code(cs, cs->carry[i]) == -1)
				return (-1);
		}
	} else if ((n > 0 || (cs->mode == STEP &&
	    !mime_charstep_whole(&cs->step))) && put_bad(cs) == -1) {
		return (-1);
	}
	if (cs->mode == ICONV)
		return (run_iconv(cs, NULL, NULL));
	return (0);
}

/*
 * Converts what is complete of buf; *used tells how much that is.  What is
 * not used begins a character.
 */
static int
block(struct mime_charset *cs, const unsigned char *buf, size_t len,
    size_t *used)
{
	switch (cs->mode) {
	case TABLE:
		*used = len;
		return (block_table(cs, buf, len));
	case STEP:
		return (block_step(cs, buf, len, used));
	case ICONV:
		return (block_iconv(cs, buf, len, used));
	case GUESS:
	case UTF8:
	default:
		return (block_utf8(cs, buf, len, used));
	}
}

static int
block_utf8(struct mime_charset *cs, const unsigned char *buf, size_t len,
    size_t *used)
{
	size_t		 i = 0, from = 0;
	uint32_t	 code;
	int		 n;

	while (i < len) {
		if (buf[i] < 0x80) {
			i += mime_utf8_ascii(buf + i, len - i);
			continue;
		}
		n = mime_utf8_get(buf + i, len - i, &code);
		if (n > 0) {
			i += (size_t)n;
			continue;
		}
		if (mime_sink_write(&cs->sink, buf + from, i - from) == -1)
			return (-1);
		from = i;
		if (n == 0)
			break;
		cs->errors = 1;
		if (cs->mode == GUESS ? put_code(cs, buf[i]) == -1 :
		    put_bad(cs) == -1)
			return (-1);
		from = ++i;
	}
	*used = i;
	return (mime_sink_write(&cs->sink, buf + from, i - from));
}

static int
block_table(struct mime_charset *cs, const unsigned char *buf, size_t len)
{
	unsigned char		 out[OUT_MAX];
	size_t			 i, n = 0, run;
	uint32_t		 code;

	for (i = 0; i < len; i += run) {
		run = mime_utf8_ascii(buf + i, len - i);
		if (run >= RUN_MIN || n > sizeof(out) - RUN_MIN -
		    MIME_UTF8_MAX) {
			if (mime_sink_write(&cs->sink, out, n) == -1 ||
			    mime_sink_write(&cs->sink, buf + i, run) == -1)
				return (-1);
			n = 0;
			continue;
		}
		memcpy(out + n, buf + i, run);
		n += run;
		if (i + run == len)
			break;
		if ((code = cs->high[buf[i + run++] - 0x80]) == 0) {
			cs->errors = 1;
			code = 0xfffd;
		}
		n += mime_utf8_put(code, out + n);
	}
	return (mime_sink_write(&cs->sink, out, n));
}

static int
block_step(struct mime_charset *cs, const unsigned char *buf, size_t len,
    size_t *used)
{
	unsigned char	 out[OUT_MAX];
	uint32_t	 code[MIME_WIDE_CODES];
	size_t		 i = 0, n = 0, took;
	int		 ascii = mime_charstep_ascii(&cs->step), k, ncodes;

	while (i < len) {
		if (n > sizeof(out) - sizeof(code) / sizeof(code[0]) *
		    MIME_UTF8_MAX) {
			if (mime_sink_write(&cs->sink, out, n) == -1)
				return (-1);
			n = 0;
		}
		if (ascii && buf[i] < 0x80) {
			out[n++] = buf[i++];
			continue;
		}
		took = mime_charstep(&cs->step, buf + i, len - i, code,
		    &ncodes);
		if (took == 0)
			break;
		i += took;
		cs->errors |= cs->step.bad;
		for (k = 0; k < ncodes; k++)
			n += mime_utf8_put(code[k], out + n);
	}
	*used = i;
	return (mime_sink_write(&cs->sink, out, n));
}

static int
block_iconv(struct mime_charset *cs, const unsigned char *buf, size_t len,
    size_t *used)
{
	unsigned char	 in[OUT_MAX];
	char		*p;
	size_t		 n, left;

	*used = 0;
	while (*used < len) {
		left = n = len - *used < sizeof(in) ? len - *used : sizeof(in);
		memcpy(in, buf + *used, n);
		p = (char *)in;
		if (run_iconv(cs, &p, &left) == -1)
			return (-1);
		*used += n - left;
		if (left == n)
			break;
	}
	return (0);
}

/*
 * Converts until the input ends or is incomplete; what is not valid is
 * skipped.  Without input, puts out what the converter still holds.
 */
static int
run_iconv(struct mime_charset *cs, char **p, size_t *left)
{
	char	 out[OUT_MAX], *q;
	size_t	 room, ret;
	int	 save;

	do {
		q = out;
		room = sizeof(out);
		/* Some systems want const in the second argument's type. */
		ret = iconv(cs->cd, (void *)p, left, &q, &room);
		save = errno;
		if (mime_sink_write(&cs->sink, out, sizeof(out) - room) == -1)
			return (-1);
		if (ret != (size_t)-1 || save == EINVAL)
			break;
		if (save == E2BIG && room < sizeof(out))
			continue;
		if (put_bad(cs) == -1)
			return (-1);
		if (left == NULL)
			break;
		if (*left > 0) {
			(*p)++;
			(*left)--;
		}
	} while (left == NULL || *left > 0);
	return (0);
}

static int
put_code(struct mime_charset *cs, uint32_t code)
{
	unsigned char	 out[MIME_UTF8_MAX];

	return (mime_sink_write(&cs->sink, out, mime_utf8_put(code, out)));
}

static int
put_bad(struct mime_charset *cs)
{
	cs->errors = 1;
	return (put_code(cs, 0xfffd));
}

int
mime_charset_convert(const char *charset, const char *text, size_t len,
    struct mime_buf *out)
{
	struct mime_charset	*cs;
	struct mime_sink	 sink = mime_buf_sink(out);
	const char		*known;
	int			 ret = -1;

	if ((known = mime_charname(charset, strlen(charset))) == NULL) {
		errno = EINVAL;
		return (-1);
	}
	if ((cs = mime_charset_new(&sink)) == NULL)
		return (-1);
	mime_charset_start(cs, charset, strlen(charset));
	if (cs->mode == GUESS && strcmp(known, MIME_CHARNAME_ASCII) != 0) {
		errno = EINVAL;
		goto out;
	}
	if (mime_charset_feed(cs, text, len) == -1 ||
	    mime_charset_end(cs) == -1)
		goto out;
	if (strcmp(known, MIME_CHARNAME_ASCII) == 0 &&
	    mime_utf8_ascii((const unsigned char *)text, len) < len)
		cs->errors = 1;
	if (cs->errors) {
		errno = EILSEQ;
		goto out;
	}
	ret = 0;
out:
	mime_charset_free(cs);
	return (ret);
}
