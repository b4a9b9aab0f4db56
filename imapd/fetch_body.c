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

#include "common/log.h"
#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/mime/binary.h"
#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"

/* Sections: each is announced with its size and then streamed. */

static struct mime_sink client_sink(struct session *);
static int	send_binary(struct session *, struct mime_message *,
		    const struct fetch_section *, char);
static int	is_bare(const struct fetch_section *,
		    const struct mime_data *);
static int	send_body(struct session *, struct mime_message *,
		    const struct fetch_section *, char);
static int	send_size(struct session *, struct mime_message *,
		    const struct fetch_section *, char);
static int	sink_write(void *, const void *, size_t);

static int
sink_write(void *arg, const void *buf, size_t len)
{
	return (client_write(arg, buf, len));
}

static struct mime_sink
client_sink(struct session *s)
{
	struct mime_sink	sink;

	sink.write = sink_write;
	sink.arg = s->client;
	return (sink);
}

/*
 * For compression: whether what is asked for is more than header fields: then
 * nothing else is compressed with it, so that its length tells nobody whether
 * what he has sent is like what somebody else has sent.
 */
int
fetch_body_is_text(const struct fetch *f)
{
	enum mime_section_kind	kind;
	size_t			i;

	if (f->items & FETCH_PREVIEW)
		return (1);
	for (i = 0; i < f->nsections; i++) {
		kind = f->sections[i].section.kind;
		if (kind == MIME_SECTION_ALL || kind == MIME_SECTION_TEXT)
			return (1);
	}
	return (0);
}

int
fetch_body_check(struct mime_message *mime, const struct fetch *f)
{
	size_t	i;

	for (i = 0; i < f->nsections; i++) {
		if (f->sections[i].kind == FETCH_KIND_BODY)
			continue;
		switch (mime_binary_known(mime, &f->sections[i].section)) {
		case 1:
			break;
		case 0:
			errno = ENOTSUP;
			return (-1);
		default:
			return (-1);
		}
	}
	return (0);
}

/*
 * A message without an empty line that has none of the fields asked for: the
 * answer would be empty, and mutt and neomutt pass over a message for that.
 * With an empty line, which Dovecot and Cyrus send as well, it is shown.
 */
static int
is_bare(const struct fetch_section *sec, const struct mime_data *data)
{
	return (data->size == 0 && sec->section.npath == 0 &&
	    (sec->section.kind == MIME_SECTION_FIELDS ||
	    sec->section.kind == MIME_SECTION_FIELDS_NOT));
}

static int
send_body(struct session *s, struct mime_message *mime,
    const struct fetch_section *sec, char sep)
{
	static const char	empty_line[] = "\r\n";
	struct mime_sink	sink = client_sink(s);
	struct mime_data	data;
	uint64_t		off = 0, len;
	int			bare, found;

	found = mime_section_find(mime, &sec->section, &data);
	if (found != 1) {
		(void)client_printf(s->client, "%c%s NIL", sep,
		    sec->label);
		return (found);
	}
	bare = is_bare(sec, &data);
	if (bare)
		data.size = sizeof(empty_line) - 1;
	len = data.size;
	if (sec->partial) {
		off = sec->offset;
		len = mime_section_partial(&data, off, sec->count);
	}
	(void)client_printf(s->client, "%c%s {%llu}\r\n", sep, sec->label,
	    (unsigned long long)len);
	if (len == 0)
		return (0);
	if (bare)
		return (client_write(s->client, empty_line + off,
		    (size_t)len));
	return (mime_section_send(mime, &sec->section, &data, off, len,
	    &sink));
}

/* A literal8 only where it must be one (RFC 3516 section 4.3). */
static int
send_binary(struct session *s, struct mime_message *mime,
    const struct fetch_section *sec, char sep)
{
	struct mime_sink	sink = client_sink(s);
	struct mime_binary	bin;
	uint64_t		off = 0, len;
	int			found;

	found = mime_binary_find(mime, &sec->section, &bin);
	if (found != 1) {
		(void)client_printf(s->client, "%c%s NIL", sep,
		    sec->label);
		return (found);
	}
	len = bin.size;
	if (sec->partial) {
		off = sec->offset < bin.size ? sec->offset : bin.size;
		len = bin.size - off < sec->count ? bin.size - off :
		    sec->count;
	}
	(void)client_printf(s->client, "%c%s %s{%llu}\r\n", sep, sec->label,
	    bin.nul ? "~" : "", (unsigned long long)len);
	if (len == 0)
		return (0);
	return (mime_binary_send(mime, &sec->section, off, len, &sink));
}

/* The size of NIL, which is no number, is 0. */
static int
send_size(struct session *s, struct mime_message *mime,
    const struct fetch_section *sec, char sep)
{
	struct mime_binary	bin;
	int			found;

	if ((found = mime_binary_find(mime, &sec->section, &bin)) != 1)
		bin.size = 0;
	(void)client_printf(s->client, "%c%s %llu", sep, sec->label,
	    (unsigned long long)bin.size);
	return (found);
}

int
fetch_body_send(struct session *s, struct mime_message *mime,
    const struct fetch *f, char sep)
{
	static int (*const send[])(struct session *, struct mime_message *,
	    const struct fetch_section *, char) = {
		[FETCH_KIND_BODY] = send_body,
		[FETCH_KIND_BINARY] = send_binary,
		[FETCH_KIND_BINARY_SIZE] = send_size
	};
	size_t	i;
	int	ret = 0;

	for (i = 0; i < f->nsections; i++) {
		if (send[f->sections[i].kind](s, mime, &f->sections[i],
		    sep) == -1)
			ret = -1;
		sep = ' ';
	}
	if (f->nsections > 0 && mime_error(mime) != 0) {
		log_warnx("fetch: the file has changed or can't be read "
		    "error=%d", mime_error(mime));
		ret = -1;
	}
	return (ret);
}
