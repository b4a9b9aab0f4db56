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
#include <string.h>

#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mutf7.h"
#include "imapd/quote.h"

static int	is_utf8(const struct session *, const char *);
static const char *decoded(const char *, char *);

/* Whether what the client wrote is UTF-8, not modified UTF-7. */
static int
is_utf8(const struct session *s, const char *text)
{
	if (s->utf8)
		return (1);
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return (1);
	return (0);
}

/* In UTF-8; a name that is not modified UTF-7 stays what it is. */
static const char *
decoded(const char *name, char *buf)
{
	if (strchr(name, '&') == NULL ||
	    mutf7_decode(name, strlen(name), buf, MAILBOX_NAME_SIZE) == -1)
		return (name);
	return (buf);
}

int
mailbox_name_read(const struct session *s, const char *text, char *name,
    size_t size, const char **why)
{
	size_t	 len = strlen(text);

	if (!is_utf8(s, text)) {
		if (strlcpy(name, text, size) < size)
			return (0);
		errno = ENAMETOOLONG;
	} else if (mutf7_encode(text, len, name, size) != -1)
		return (0);
	*why = "Mailbox name is too long";
	if (errno == EILSEQ) {
		*why = "Mailbox name is not valid UTF-8";
		errno = EINVAL;
	}
	return (-1);
}

int
mailbox_name_dir(const struct session *s, const char *text, char *dir,
    size_t size, const char **why)
{
	char	 name[NAMESPACE_DIRLEN + 1];

	if (mailbox_name_read(s, text, name, sizeof(name), why) == -1)
		return (-1);
	return (namespace_to_dir(s->conf->separator, name, dir, size, why));
}

int
mailbox_name_new(const char *name, const char **why)
{
	char		 buf[MAILBOX_NAME_SIZE];
	const char	*utf8 = decoded(name, buf);

	if (strstr(utf8, "\xe2\x80\xa8") == NULL &&
	    strstr(utf8, "\xe2\x80\xa9") == NULL)
		return (0);
	*why = "Line separator in mailbox name";
	errno = EINVAL;
	return (-1);
}

const char *
mailbox_name_shown(const struct session *s, const char *name, char *buf)
{
	return (s->utf8 ? decoded(name, buf) : name);
}

void
mailbox_name_send(struct session *s, const char *name)
{
	char		 buf[MAILBOX_NAME_SIZE];
	const char	*text = mailbox_name_shown(s, name, buf);

	(void)(s->utf8 ? quote_utf8(s->client, text, strlen(text)) :
	    quote_astring(s->client, text, strlen(text)));
}

int
mailbox_name_match(const struct session *s, const char *pattern,
    const char *name)
{
	char	 buf[MAILBOX_NAME_SIZE];

	/* Encoded, the part before a "*" would not begin as the name does. */
	if (is_utf8(s, pattern))
		name = decoded(name, buf);
	return (namespace_match(s->conf->separator, pattern, name));
}
