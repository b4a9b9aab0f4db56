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

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/mime/charwide.h"
#include "imapd/mime/utf8.h"

#define LEAD_END	0xfe	/* the last octet that can begin two */
#define ONES		0x100
#define CODES_ALL	(160 * 1024)
#define RARE_FROM	0xd800	/* surrogates, which are no characters */
#define RARE_MAX	0x800
#define RANGES_MAX	512
#define SEQ_MAX		12
#define FOUR_BASIC	50400	/* those of the basic plane are below */
#define FOUR_SUPPL	189000	/* U+10000 */
#define FOUR_END	1237576	/* after U+10FFFF */

/* Where a table's characters are, and what comes before them in a text. */
static const struct layout {
	const char	*charset;
	const char	*prefix;
	unsigned char	 lead;		/* the first */
	unsigned char	 trail;		/* the first */
	unsigned char	 trail_end;
	unsigned char	 mask;
} layouts[MIME_WIDES] = {
	[MIME_WIDE_GB18030] = { "gb18030", "", 0x81, 0x40, 0xfe, 0xff },
	[MIME_WIDE_BIG5] = { "big5", "", 0x81, 0x40, 0xfe, 0xff },
	[MIME_WIDE_HKSCS] = { "big5-hkscs", "", 0x81, 0x40, 0xfe, 0xff },
	[MIME_WIDE_EUCJP] = { "euc-jp", "", 0x8e, 0xa1, 0xfe, 0xff },
	[MIME_WIDE_JISX0212] = { "euc-jp", "\x8f", 0xa1, 0xa1, 0xfe, 0xff },
	[MIME_WIDE_JISX0208] = { "iso-2022-jp", "\x1b$B", 0xa1, 0xa1, 0xfe,
	    0x7f },
	[MIME_WIDE_CP932] = { "cp932", "", 0x81, 0x40, 0xfc, 0xff },
	[MIME_WIDE_CP949] = { "cp949", "", 0x81, 0x41, 0xfe, 0xff },
	[MIME_WIDE_KSX1001] = { "iso-2022-kr", "\x1b$)C\x0e", 0xa1, 0xa1,
	    0xfe, 0x7f },
	/* No octet begins two. */
	[MIME_WIDE_VISCII] = { "viscii", "", LEAD_END + 1, 0x40, 0x40, 0xff }
};

/* Characters whose codes are not one of 16 bits. */
struct rare {
	uint32_t	 code[MIME_WIDE_CODES];	/* 0: no second one */
};

/* From there on, four-octet characters have consecutive codes, or none. */
struct range {
	uint32_t	 from;
	uint32_t	 code;
};

struct wide {
	int		 made;
	size_t		 at;		/* its first in codes */
	uint16_t	 one[ONES];
};

/* All of it; what is read of an untouched page is 0. */
struct wides {
	struct wide	 wide[MIME_WIDES];
	struct rare	 rare[RARE_MAX];
	struct range	 range[RANGES_MAX];
	uint16_t	 code[CODES_ALL];
	size_t		 ncodes;
	size_t		 nrare;
	size_t		 nranges;
};

static struct wides	*wides;

static int	run_child(void);
static void	fill_table(enum mime_wide);
static int	ask(iconv_t, const unsigned char *, size_t,
		    uint32_t[MIME_WIDE_CODES]);
static int	decode(const unsigned char *, size_t,
		    uint32_t[MIME_WIDE_CODES]);
static uint16_t	store(const uint32_t[MIME_WIDE_CODES], int);
static void	fill_four(iconv_t);
static void	add_range(uint32_t, uint32_t);
static void	four_octets(uint32_t, unsigned char *);
static uint32_t	ask_four(iconv_t, uint32_t);
static size_t	width(enum mime_wide);

int
mime_wide_make(void)
{
	void	*p;
	int	 save;

	if (wides != NULL)
		return (0);
	if ((p = mmap(NULL, sizeof(*wides), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0)) == MAP_FAILED)
		return (-1);
	wides = p;
	if (run_child() == -1 ||
	    mprotect(p, sizeof(*wides), PROT_READ) == -1) {
		save = errno;
		(void)munmap(p, sizeof(*wides));
		wides = NULL;
		errno = save;
		return (-1);
	}
	return (0);
}

/* What iconv(3) loads goes with the process that asked. */
static int
run_child(void)
{
	pid_t	 pid;
	int	 i, status;

	switch (pid = fork()) {
	case -1:
		return (-1);
	case 0:
		for (i = 0; i < MIME_WIDES; i++)
			fill_table((enum mime_wide)i);
		_exit(0);
	default:
		break;
	}
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return (-1);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		return (-1);
	}
	return (0);
}

static size_t
width(enum mime_wide t)
{
	return ((size_t)(layouts[t].trail_end - layouts[t].trail) + 1);
}

static void
fill_table(enum mime_wide t)
{
	const struct layout	*l = &layouts[t];
	struct wide		*w = &wides->wide[t];
	unsigned char		 seq[SEQ_MAX];
	uint32_t		 code[MIME_WIDE_CODES];
	uint16_t		*p;
	iconv_t			 cd;
	size_t			 n = strlen(l->prefix);
	unsigned int		 i, j;

	w->at = wides->ncodes;
	wides->ncodes += width(t) * (size_t)(LEAD_END - l->lead + 1);
	if (wides->ncodes > CODES_ALL ||
	    (cd = iconv_open("UTF-8", l->charset)) == (iconv_t)-1)
		return;
	memcpy(seq, l->prefix, n);
	for (i = 0; n == 0 && i < ONES; i++) {
		seq[0] = (unsigned char)i;
		if (ask(cd, seq, 1, code) == 1)
			w->one[i] = (uint16_t)code[0];
	}
	p = wides->code + w->at;
	for (i = l->lead; i <= LEAD_END; i++) {
		for (j = l->trail; j <= l->trail_end; j++, p++) {
			if (n == 0 && w->one[i] != 0)
				continue;
			seq[n] = (unsigned char)(i & l->mask);
			seq[n + 1] = (unsigned char)(j & l->mask);
			*p = store(code, ask(cd, seq, n + 2, code));
		}
	}
	if (t == MIME_WIDE_GB18030)
		fill_four(cd);
	w->made = 1;
	(void)iconv_close(cd);
}

/* Returns how many codes the sequence stands for; 0: it is no character. */
static int
ask(iconv_t cd, const unsigned char *seq, size_t len,
    uint32_t code[MIME_WIDE_CODES])
{
	unsigned char	 in[SEQ_MAX], out[32];
	char		*p = (char *)in, *q = (char *)out;
	size_t		 left = len, room = sizeof(out);

	memcpy(in, seq, len);
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	/* Some systems want const in the second argument's type. */
	if (iconv(cd, (void *)&p, &left, &q, &room) != 0 || left > 0 ||
	    iconv(cd, NULL, NULL, &q, &room) == (size_t)-1)
		return (0);
	return (decode(out, sizeof(out) - room, code));
}

static int
decode(const unsigned char *utf8, size_t len, uint32_t code[MIME_WIDE_CODES])
{
	size_t	 i;
	int	 n, ncodes = 0;

	for (i = 0; i < len; i += (size_t)n) {
		if (ncodes == MIME_WIDE_CODES || (n = mime_utf8_get(utf8 + i,
		    len - i, &code[ncodes])) <= 0 || code[ncodes] == 0)
			return (0);
		ncodes++;
	}
	return (ncodes);
}

static uint16_t
store(const uint32_t code[MIME_WIDE_CODES], int ncodes)
{
	struct rare	*r;

	if (ncodes == 0)
		return (0);
	if (ncodes == 1 && code[0] <= 0xffff)
		return ((uint16_t)code[0]);
	if (wides->nrare == RARE_MAX)
		return (0);
	r = &wides->rare[wides->nrare];
	r->code[0] = code[0];
	if (ncodes > 1)
		r->code[1] = code[1];
	return ((uint16_t)(RARE_FROM + wides->nrare++));
}

/*
 * Few of the four-octet codes have characters: those below FOUR_BASIC in runs,
 * and all planes but the first in one.
 */
static void
fill_four(iconv_t cd)
{
	uint32_t	 n, code, next = 0;

	for (n = 0; n < FOUR_BASIC; n++) {
		code = ask_four(cd, n);
		if (n == 0 || code != next)
			add_range(n, code);
		next = code == 0 ? 0 : code + 1;
	}
	add_range(FOUR_BASIC, 0);
	if (ask_four(cd, FOUR_SUPPL) == 0x10000 &&
	    ask_four(cd, FOUR_END - 1) == 0x10ffff) {
		add_range(FOUR_SUPPL, 0x10000);
		add_range(FOUR_END, 0);
	}
}

static void
add_range(uint32_t from, uint32_t code)
{
	struct range	*r;

	if (wides->nranges == RANGES_MAX)
		return;
	r = &wides->range[wides->nranges++];
	r->from = from;
	/* What had no place is not there at all, rather than wrong. */
	r->code = wides->nranges == RANGES_MAX ? 0 : code;
}

static void
four_octets(uint32_t n, unsigned char *seq)
{
	seq[3] = (unsigned char)(0x30 + n % 10);
	seq[2] = (unsigned char)(0x81 + n / 10 % 126);
	seq[1] = (unsigned char)(0x30 + n / 1260 % 10);
	seq[0] = (unsigned char)(0x81 + n / 12600);
}

static uint32_t
ask_four(iconv_t cd, uint32_t n)
{
	unsigned char	 seq[4];
	uint32_t	 code[MIME_WIDE_CODES];

	four_octets(n, seq);
	return (ask(cd, seq, sizeof(seq), code) == 1 ? code[0] : 0);
}

int
mime_wide_has(enum mime_wide t)
{
	return (wides != NULL && wides->wide[t].made);
}

uint32_t
mime_wide_one(enum mime_wide t, unsigned char c)
{
	return (wides->wide[t].one[c]);
}

int
mime_wide_two(enum mime_wide t, unsigned char lead, unsigned char trail,
    uint32_t code[MIME_WIDE_CODES])
{
	const struct layout	*l = &layouts[t];
	const struct rare	*r;
	uint16_t		 c;

	if (lead < l->lead || lead > LEAD_END || trail < l->trail ||
	    trail > l->trail_end)
		return (0);
	c = wides->code[wides->wide[t].at + (size_t)(lead - l->lead) *
	    width(t) + (size_t)(trail - l->trail)];
	code[0] = c;
	if (c < RARE_FROM || c >= RARE_FROM + RARE_MAX)
		return (c != 0);
	r = &wides->rare[c - RARE_FROM];
	code[0] = r->code[0];
	code[1] = r->code[1];
	return (r->code[1] == 0 ? 1 : 2);
}

uint32_t
mime_wide_four(const unsigned char *buf)
{
	const struct range	*r = wides->range;
	uint32_t		 n;
	size_t			 lo = 0, hi = wides->nranges, mid;

	n = (uint32_t)(((buf[0] - 0x81) * 10 + buf[1] - 0x30) * 126 +
	    buf[2] - 0x81) * 10 + buf[3] - 0x30;
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (r[mid].from <= n)
			lo = mid;
		else
			hi = mid;
	}
	return (r[lo].code == 0 ? 0 : r[lo].code + (n - r[lo].from));
}
