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

#include <sys/socket.h>
#include <sys/wait.h>

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/imap.h"

#define REPLY_WAIT	60000	/* ms */
#define FLAGS_MAX	32

static const char	*line_end(const struct imap *, size_t);
static void		 parse_flags(const char *, char *, size_t);
static void		 parse_fetch(const char *, struct imap_message *);
static int		 compare_flags(const void *, const void *);

int
imap_more(struct imap *im)
{
	struct pollfd	 pfd;
	ssize_t		 n;

	if (im->cap - im->len < 65536) {
		im->cap += 65536 + im->cap;
		ATF_REQUIRE((im->in = realloc(im->in, im->cap)) != NULL);
	}
	pfd.fd = im->fd;
	pfd.events = POLLIN;
	if (poll(&pfd, 1, REPLY_WAIT) != 1)
		atf_tc_fail("no answer from imapd; so far: %.*s",
		    (int)im->len, im->in);
	n = recv(im->fd, im->in + im->len, im->cap - im->len - 1, 0);
	if (n <= 0)
		return (0);
	im->len += (size_t)n;
	im->in[im->len] = '\0';
	return (1);
}

struct imap *
imap_open(const struct daemons *d)
{
	struct imap	*im;

	ATF_REQUIRE((im = calloc(1, sizeof(*im))) != NULL);
	im->fd = daemons_imapd(d, &im->pid);
	while (im->in == NULL || strstr(im->in, "\r\n") == NULL)
		ATF_REQUIRE(imap_more(im));
	ATF_REQUIRE(strncmp(im->in, "* OK", 4) == 0);
	imap_command(im, "LOGIN demo demo");
	return (im);
}

void
imap_close(struct imap *im)
{
	imap_command(im, "LOGOUT");
	imap_reap(im);
}

void
imap_reap(struct imap *im)
{
	int	 status;

	(void)shutdown(im->fd, SHUT_RDWR);
	ATF_REQUIRE_EQ(im->pid, waitpid(im->pid, &status, 0));
	(void)close(im->fd);
	free(im->in);
	free(im);
}

void
imap_send(struct imap *im, const char *buf, size_t len)
{
	char	 tag[16];
	ssize_t	 n;
	int	 taglen;

	/* Who waits for a text must not find it in the answers before. */
	im->len = 0;
	im->in[0] = '\0';
	taglen = snprintf(tag, sizeof(tag), "t%u ", ++im->tag);
	(void)send(im->fd, tag, (size_t)taglen, MSG_NOSIGNAL);
	while (len > 0) {
		n = send(im->fd, buf, len, MSG_NOSIGNAL);
		if (n == -1)
			return;		/* imap_reply() will see it */
		buf += n;
		len -= (size_t)n;
	}
	(void)send(im->fd, "\r\n", 2, MSG_NOSIGNAL);
}

/* The end of the line that starts at an offset, literals included. */
static const char *
line_end(const struct imap *im, size_t from)
{
	const char	*end, *brace;
	size_t		 at, size;

	for (at = from; at < im->len; at = (size_t)(end - im->in) + 2 + size) {
		end = memmem(im->in + at, im->len - at, "\r\n", 2);
		if (end == NULL)
			return (NULL);
		size = 0;
		if (end == im->in || end[-1] != '}')
			return (end);
		for (brace = end - 2; isdigit((unsigned char)*brace); brace--)
			continue;
		if (*brace != '{')
			return (end);
		size = strtoul(brace + 1, NULL, 10);
		if ((size_t)(end - im->in) + 2 + size > im->len)
			return (NULL);
	}
	return (NULL);
}

enum imap_reply
imap_reply(struct imap *im)
{
	const char	*end, *word;
	char		 tag[16];
	size_t		 at;

	(void)snprintf(tag, sizeof(tag), "t%u ", im->tag);
	for (at = 0;;) {
		while (at >= im->len || (end = line_end(im, at)) == NULL)
			if (!imap_more(im))
				return (IMAP_GONE);
		if (strncmp(im->in + at, tag, strlen(tag)) == 0)
			break;
		at = (size_t)(end - im->in) + 2;
	}
	word = im->in + at + strlen(tag);
	if (strncmp(word, "OK", 2) == 0)
		return (IMAP_OK);
	return (strncmp(word, "NO", 2) == 0 ? IMAP_NO : IMAP_BAD);
}

void
imap_command(struct imap *im, const char *fmt, ...)
{
	char	 buf[8192];
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(len > 0 && (size_t)len < sizeof(buf));
	imap_send(im, buf, (size_t)len);
	if (imap_reply(im) != IMAP_OK)
		atf_tc_fail("%s: %.*s", buf, (int)im->len, im->in);
}

uint64_t
imap_number(const struct imap *im, const char *text)
{
	const char	*p;

	if ((p = strstr(im->in, text)) == NULL)
		atf_tc_fail("no \"%s\" in: %s", text, im->in);
	return (strtoull(p + strlen(text), NULL, 10));
}

size_t
imap_exists(const struct imap *im)
{
	const char	*p;

	if ((p = strstr(im->in, " EXISTS")) == NULL)
		atf_tc_fail("no EXISTS in: %s", im->in);
	while (p > im->in && isdigit((unsigned char)p[-1]))
		p--;
	return (strtoul(p, NULL, 10));
}

static int
compare_flags(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* The flags in "(...)" that start at p, in one order. */
static void
parse_flags(const char *p, char *flags, size_t size)
{
	char	 buf[512], *list[FLAGS_MAX], *word, *next;
	size_t	 i, n;

	(void)snprintf(buf, sizeof(buf), "%.*s", (int)strcspn(p, ")"), p);
	n = 0;
	next = buf;
	while ((word = strsep(&next, " ")) != NULL)
		if (*word != '\0' && strcmp(word, "\\Recent") != 0 &&
		    n < FLAGS_MAX)
			list[n++] = word;
	qsort(list, n, sizeof(list[0]), compare_flags);
	flags[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)strlcat(flags, " ", size);
		(void)strlcat(flags, list[i], size);
	}
}

static void
parse_fetch(const char *line, struct imap_message *m)
{
	const char	*p;

	ATF_REQUIRE((p = strstr(line, "UID ")) != NULL);
	m->uid = (uint32_t)strtoul(p + 4, NULL, 10);
	ATF_REQUIRE((p = strstr(line, "MODSEQ (")) != NULL);
	m->modseq = strtoull(p + 8, NULL, 10);
	ATF_REQUIRE((p = strstr(line, "FLAGS (")) != NULL);
	parse_flags(p + 7, m->flags, sizeof(m->flags));
	if ((p = strstr(line, "Subject: ")) == NULL)
		atf_tc_fail("no subject: %s", line);
	(void)snprintf(m->subject, sizeof(m->subject), "%.*s",
	    (int)strcspn(p + 9, "\r"), p + 9);
}

void
imap_snapshot(struct imap *im, const char *name, struct imap_mailbox *mb)
{
	const char	*end;
	char		 line[2048];
	size_t		 at, exists;

	memset(mb, 0, sizeof(*mb));
	imap_command(im, "EXAMINE %s", name);
	mb->uidvalidity = (uint32_t)imap_number(im, "[UIDVALIDITY ");
	mb->uidnext = (uint32_t)imap_number(im, "[UIDNEXT ");
	mb->highestmodseq = imap_number(im, "[HIGHESTMODSEQ ");
	exists = imap_exists(im);
	mb->messages = calloc(exists + 1, sizeof(*mb->messages));
	ATF_REQUIRE(mb->messages != NULL);
	if (exists == 0)
		return;
	imap_command(im, "UID FETCH 1:* (UID FLAGS MODSEQ "
	    "BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
	for (at = 0; (end = line_end(im, at)) != NULL;
	    at = (size_t)(end - im->in) + 2) {
		(void)snprintf(line, sizeof(line), "%.*s",
		    (int)(end - (im->in + at)), im->in + at);
		if (strstr(line, " FETCH (") == NULL)
			continue;
		if (mb->n == exists)
			atf_tc_fail("more FETCH lines than messages: %s",
			    im->in);
		parse_fetch(line, &mb->messages[mb->n++]);
	}
	if (mb->n != exists)
		atf_tc_fail("%zu FETCH lines for %zu messages: %s", mb->n,
		    exists, im->in);
}

void
imap_mailbox_free(struct imap_mailbox *mb)
{
	free(mb->messages);
	memset(mb, 0, sizeof(*mb));
}
