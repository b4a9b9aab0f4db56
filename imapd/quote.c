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

#include "imapd/client.h"
#include "imapd/mime/sink.h"
#include "imapd/quote.h"

static int		 to_client(void *, const void *, size_t);
static struct mime_sink	 client_sink(struct client *);

static int
to_client(void *arg, const void *buf, size_t len)
{
	return (client_write(arg, buf, len));
}

static struct mime_sink
client_sink(struct client *c)
{
	struct mime_sink	k;

	k.write = to_client;
	k.arg = c;
	return (k);
}

int
quote_astring(struct client *c, const char *s, size_t len)
{
	struct mime_sink	k = client_sink(c);

	return (quote_astring_sink(&k, s, len));
}

int
quote_astring_sink(const struct mime_sink *k, const char *s, size_t len)
{
	if (quote_is_atom(s, len) &&
	    !(len == 3 && strncasecmp(s, "NIL", 3) == 0))
		return (mime_sink_write(k, s, len));
	return (mime_sink_nstring(k, s, len));
}

int
quote_utf8(struct client *c, const char *s, size_t len)
{
	size_t	 i, from;
	int	 high = 0;

	for (i = 0; i < len; i++) {
		/* Without CR, LF, NUL, and the controls of a terminal. */
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return (quote_astring(c, s, len));
		high |= (unsigned char)s[i] >= 0x80;
	}
	if (!high)
		return (quote_astring(c, s, len));
	(void)client_write(c, "\"", 1);
	for (i = from = 0; i < len; i++) {
		if (s[i] != '"' && s[i] != '\\')
			continue;
		(void)client_write(c, s + from, i - from);
		(void)client_write(c, "\\", 1);
		from = i;
	}
	(void)client_write(c, s + from, len - from);
	return (client_write(c, "\"", 1));
}

int
quote_is_atom(const char *s, size_t len)
{
	unsigned char	c;
	size_t		i;

	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c <= 0x20 || c >= 0x7f || strchr("(){%*\"\\]", c) != NULL)
			return (0);
	}
	return (len > 0);
}
