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

#include <string.h>
#include <strings.h>

#include "imapd/cache_priv.h"
#include "imapd/derive.h"
#include "imapd/mime/header.h"
#include "imapd/mime/message.h"

/*
 * The fields of the header that are kept: those of the envelope (RFC 3501
 * section 7.4.2), what SORT and THREAD (RFC 5256) need, and what clients ask
 * for in their lists of messages.
 */
static const char *const names[] = {
	/* RFC 5322 */
	"Bcc", "Cc", "Date", "From", "In-Reply-To", "Keywords", "Message-ID",
	"References", "Reply-To", "Return-Path", "Sender", "Subject", "To",
	/* RFC 2045 and after */
	"Content-Class", "Content-Description", "Content-Disposition",
	"Content-ID", "Content-Language", "Content-Location", "Content-MD5",
	"Content-Transfer-Encoding", "Content-Type", "MIME-Version",
	/* Lists: RFC 2369, RFC 2919, RFC 8058, and before them */
	"List-Archive", "List-Help", "List-ID", "List-Owner", "List-Post",
	"List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post",
	"Mailing-List", "Originator", "Precedence", "X-List", "X-Loop",
	"X-Mailing-List",
	/* News: RFC 5536 */
	"Followup-To", "Lines", "Newsgroups", "Path", "Xref",
	/* Who and how */
	"Auto-Submitted", "Delivered-To", "Disposition-Notification-To",
	"Envelope-To", "Importance", "Mail-Followup-To", "Mail-Reply-To",
	"Organization", "Priority", "Return-Receipt-To", "User-Agent",
	"X-Mailer", "X-MSMail-Priority", "X-Original-To", "X-Priority",
	/* What single clients ask for */
	"Autocrypt-Setup-Message", "BIMI-Indicator", "BIMI-Location",
	"Chat-Is-Post-Message", "Chat-Version", "Secure-Join",
	"X-BIMI-Indicator-Hash", "X-Calendar-Attachment", "X-Draft-Info",
	"X-Forwarded-Message-Id", "X-K9mail-Identity", "X-Keywords",
	"X-Label", "X-Microsoft-Original-Message-ID", "X-Mozilla-Draft-Info",
	"X-Spam-Flag", "X-Status", "X-TUID",
	"X-Uniform-Type-Identifier", "X-Universally-Unique-Identifier"
};

#define NAMES	(sizeof(names) / sizeof(names[0]))
_Static_assert(NAMES < DERIVE_FIELDS, "numbers of fields");
#define PLACES	256		/* a power of two */
#define KEPT_BITS	12	/* of the set are theirs alone */

static int	add_span(struct mime_source *, off_t, off_t,
		    struct mime_buf *);
static uint64_t	bit(const char *, size_t, int *);
static void	fill(void);
static uint32_t	hash(const char *, size_t);
static unsigned int kept(const char *, size_t);
static uint32_t	look(const char *, size_t);

/* Where a name that looks like that is in names, plus 1; 0: it is not. */
static unsigned char	place[PLACES];
static unsigned char	length[NAMES];
static int		filled;

/* FNV-1a, letters in either case alike. */
static uint32_t
hash(const char *name, size_t len)
{
	uint32_t	h = 2166136261U;
	size_t		i;

	for (i = 0; i < len; i++)
		h = (h ^ ((unsigned char)name[i] | 0x20)) * 16777619U;
	return (h ^ h >> 15);
}

/* Of some letters, in either case alike: of a name that is not empty. */
static uint32_t
look(const char *name, size_t len)
{
	uint32_t	h = (uint32_t)len;

	h = h * 37 + ((unsigned char)name[0] | 0x20);
	h = h * 37 + ((unsigned char)name[len / 2] | 0x20);
	return (h * 37 + ((unsigned char)name[len - 1] | 0x20));
}

static void
fill(void)
{
	uint32_t	h;
	size_t		i;

	filled = 1;
	for (i = 0; i < NAMES; i++) {
		length[i] = (unsigned char)strlen(names[i]);
		h = look(names[i], length[i]);
		while (place[h % PLACES] != 0)
			h++;
		place[h % PLACES] = (unsigned char)(i + 1);
	}
}

static unsigned int
kept(const char *name, size_t len)
{
	const char	*p;
	uint32_t	 h;
	unsigned int	 i;

	if (!filled)
		fill();
	if (len == 0)
		return (0);
	for (h = look(name, len); (i = place[h % PLACES]) != 0; h++) {
		p = names[i - 1];
		if (length[i - 1] == len && (memcmp(p, name, len) == 0 ||
		    strncasecmp(p, name, len) == 0))
			return (i);
	}
	return (0);
}

unsigned int
derive_field(const char *name, size_t len)
{
	return (kept(name, len));
}

static uint64_t
bit(const char *name, size_t len, int *is_kept)
{
	uint32_t	h = hash(name, len);

	if ((*is_kept = kept(name, len) != 0))
		return (UINT64_C(1) << h % KEPT_BITS);
	return (UINT64_C(1) << (KEPT_BITS + h % (64 - KEPT_BITS)));
}

uint64_t
derive_field_bit(const char *name, size_t len)
{
	int	is_kept;

	return (bit(name, len, &is_kept));
}

static int
add_span(struct mime_source *src, off_t off, off_t end, struct mime_buf *buf)
{
	const unsigned char	*p;
	size_t			 n;

	for (; off < end && (n = mime_source_peek(src, off, 1, &p)) > 0;
	    off += (off_t)n) {
		if ((off_t)n > end - off)
			n = (size_t)(end - off);
		if (mime_buf_add(buf, p, n) == -1)
			return (-1);
	}
	return (0);
}

int
derive_fields(struct mime_message *mime, struct mime_buf *buf)
{
	struct mime_source	*src = mime_source_of(mime);
	struct mime_field	 field;
	uint64_t		 set = 0;
	size_t			 limit = buf->limit;
	off_t			 off, text, next;
	int			 is_kept, ret = -1;

	buf->limit = CACHE_RECORD_MAX;
	if (mime_buf_add(buf, &set, sizeof(set)) == -1)
		goto out;
	for (off = 0; mime_field_next(src, off, src->size, &field);
	    off = field.end) {
		if (field.name[0] == '\0')
			continue;
		set |= bit(field.name, strlen(field.name), &is_kept);
		if (is_kept && add_span(src, field.start, field.end, buf) ==
		    -1)
			goto out;
	}
	/* The empty line, as far as there is one. */
	if (mime_line_next(src, off, src->size, &text, &next) &&
	    add_span(src, off, next, buf) == -1)
		goto out;
	memcpy(buf->data, &set, sizeof(set));
	ret = 0;
out:
	buf->limit = limit;
	return (ret);
}
