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

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_key.h"
#include "imapd/derive_thread.h"
#include "imapd/mime/header.h"
#include "imapd/mime/message.h"
#include "imapd/mime/msgid.h"

/* What is derived for THREAD. */

enum { F_DATE, F_SUBJECT, F_ID, F_REFERENCES, F_IN_REPLY_TO, F_FIELDS };

static const struct mime_wanted fields[F_FIELDS] = {
	{ "Date", 0 },
	{ "Subject", 0 },
	{ "Message-ID", 0 },
	{ "References", 0 },
	{ "In-Reply-To", 0 }
};

/* Where things are in a record. */
#define AT_DATE		1
#define AT_SUBJECT	9
#define AT_ID		(AT_SUBJECT + THREAD_HASH)
#define AT_REFS		(AT_ID + THREAD_HASH)

static uint64_t	finish(uint64_t);
static struct thread_hash get_hash(const char *);
static uint64_t	get_word(const char *, size_t);
static int	put_hash(struct mime_buf *, struct thread_hash);
static int	put_id(struct mime_buf *, const struct mime_buf *,
		    unsigned int *);
static int	put_refs(struct mime_buf *, const struct mime_buf *, size_t,
		    size_t *);
static int	put_subject(struct mime_buf *, const struct mime_buf *,
		    unsigned int *);
static int	put(struct mime_buf *, const struct mime_buf *);

int
derive_thread(struct mime_message *m, struct mime_buf *out)
{
	struct mime_buf	values[F_FIELDS];
	int		i, ret = -1;

	if (mime_root_fields(m, fields, F_FIELDS, values) == 0)
		ret = put(out, values);
	for (i = 0; i < F_FIELDS; i++)
		mime_buf_free(&values[i]);
	return (ret);
}

static int
put(struct mime_buf *out, const struct mime_buf *values)
{
	const struct mime_buf	*v;
	size_t			 n, start = out->len;
	unsigned int		 flags = 0;
	int64_t			 date = 0;

	v = &values[F_DATE];
	if (key_date(v->data, v->len, &date) == 0)
		flags |= THREAD_DATED;
	if (mime_buf_addc(out, 0) == -1 ||
	    key_put64(out, (uint64_t)date) == -1 ||
	    put_subject(out, &values[F_SUBJECT], &flags) == -1 ||
	    put_id(out, &values[F_ID], &flags) == -1 ||
	    put_refs(out, &values[F_REFERENCES], THREAD_REFS_MAX, &n) == -1)
		return (-1);
	/* Its first valid one alone (RFC 5256 section 3, REFERENCES). */
	if (n == 0 && put_refs(out, &values[F_IN_REPLY_TO], 1, &n) == -1)
		return (-1);
	out->data[start] = (char)flags;
	return (0);
}

static int
put_subject(struct mime_buf *out, const struct mime_buf *value,
    unsigned int *flags)
{
	struct mime_buf	text = { 0 };
	int		reply, ret;

	ret = key_subject(value->data, value->len, &text, &reply);
	if (ret == 0) {
		if (reply)
			*flags |= THREAD_REPLY;
		if (text.len > 0)
			*flags |= THREAD_SUBJECT;
		ret = put_hash(out, thread_hash(text.data, text.len));
	}
	mime_buf_free(&text);
	return (ret);
}

static int
put_id(struct mime_buf *out, const struct mime_buf *value,
    unsigned int *flags)
{
	static const struct thread_hash	none;
	struct mime_buf			id = { 0 };
	struct mime_msgid		walk;
	int				ret;

	mime_msgid_init(&walk, value->data, value->len);
	if ((ret = mime_msgid_next(&walk, &id)) == 1)
		*flags |= THREAD_ID;
	if (ret != -1)
		ret = put_hash(out, ret == 1 ? thread_hash(id.data, id.len) :
		    none);
	mime_buf_free(&id);
	return (ret);
}

/*
 * The first of the identifiers and the last ones, max in all.  Sets *n to how
 * many.
 */
static int
put_refs(struct mime_buf *out, const struct mime_buf *value, size_t max,
    size_t *n)
{
	struct thread_hash	ref[THREAD_REFS_MAX];
	struct mime_buf		id = { 0 };
	struct mime_msgid	walk;
	size_t			i, seen = 0;
	int			ret = 0;

	mime_msgid_init(&walk, value->data, value->len);
	while ((seen == 0 || max > 1) &&
	    (ret = mime_msgid_next(&walk, &id)) == 1) {
		/* After the first one they are a ring. */
		i = seen < max ? seen : 1 + (seen - 1) % (max - 1);
		ref[i] = thread_hash(id.data, id.len);
		seen++;
	}
	mime_buf_free(&id);
	if (ret == -1)
		return (-1);
	*n = seen < max ? seen : max;
	for (i = 0; i < *n; i++) {
		if (put_hash(out, ref[i == 0 || seen <= max ? i :
		    1 + (seen - 1 + i - 1) % (max - 1)]) == -1)
			return (-1);
	}
	return (0);
}

static int
put_hash(struct mime_buf *out, struct thread_hash hash)
{
	if (key_put64(out, hash.h[0]) == -1)
		return (-1);
	return (key_put64(out, hash.h[1]));
}

static struct thread_hash
get_hash(const char *p)
{
	struct thread_hash	hash;

	hash.h[0] = key_get64(p);
	hash.h[1] = key_get64(p + 8);
	return (hash);
}

int
thread_keys_read(struct thread_keys *keys, const char *data, size_t len)
{
	memset(keys, 0, sizeof(*keys));
	if (len < AT_REFS || (len - AT_REFS) % THREAD_HASH != 0 ||
	    (len - AT_REFS) / THREAD_HASH > THREAD_REFS_MAX)
		return (-1);
	keys->flags = (unsigned char)data[0];
	keys->date = (int64_t)key_get64(data + AT_DATE);
	keys->subject = get_hash(data + AT_SUBJECT);
	keys->id = get_hash(data + AT_ID);
	keys->refs = data + AT_REFS;
	keys->nrefs = (len - AT_REFS) / THREAD_HASH;
	return (0);
}

struct thread_hash
thread_ref(const struct thread_keys *keys, size_t i)
{
	return (get_hash(keys->refs + i * THREAD_HASH));
}

const char *
thread_id(const char *data, size_t len, char buf[THREADID_SIZE])
{
	struct thread_keys	keys;
	struct thread_hash	hash;

	if (thread_keys_read(&keys, data, len) == -1)
		return (NULL);
	if (keys.nrefs > 0)
		hash = thread_ref(&keys, 0);
	else if (keys.flags & THREAD_ID)
		hash = keys.id;
	else
		return (NULL);
	(void)snprintf(buf, THREADID_SIZE, "T%016" PRIx64 "%016" PRIx64,
	    hash.h[0], hash.h[1]);
	return (buf);
}

/* Up to 8 octets. */
static uint64_t
get_word(const char *p, size_t len)
{
	uint64_t	w = 0;
	size_t		i;

	if (len >= 8)
		return (key_get64(p));
	for (i = 0; i < len; i++)
		w |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return (w);
}

/* Every bit of the result depends on every bit. */
static uint64_t
finish(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (h ^ h >> 33);
}

/* Two lanes that take in each word in ways of their own. */
struct thread_hash
thread_hash(const char *p, size_t len)
{
	struct thread_hash	r;
	uint64_t		a = len, b = ~(uint64_t)len, w;

	for (;;) {
		w = get_word(p, len);
		a = (a ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		a ^= a >> 32;
		b += w * UINT64_C(0x87c37b91114253d5);
		b = (b << 31 | b >> 33) * UINT64_C(0x4cf5ad432745937f);
		if (len <= 8)
			break;
		p += 8;
		len -= 8;
	}
	r.h[0] = finish(a + finish(b));
	r.h[1] = finish(b ^ r.h[0]);
	return (r);
}
