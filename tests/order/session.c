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
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/order/session.h"

#define REPLY_WAIT	60000	/* ms */
#define CHUNK		65536

static int	 fill(struct session *);
static const char *line_end(const struct session *, size_t);
static enum reply read_reply(struct session *, int);
static enum reply reply_of(const char *);
static int	 send_all(struct session *, const char *, size_t);
static void	 take_line(struct session *, const char *, size_t, uint64_t);

/* Reads what there is, but not beyond the cut.  0 at the end. */
static int
fill(struct session *s)
{
	struct pollfd	 pfd;
	size_t		 want = CHUNK;
	ssize_t		 n;

	if (s->cap - s->len < CHUNK + 1) {
		s->cap += s->cap + CHUNK + 1;
		if ((s->in = realloc(s->in, s->cap)) == NULL)
			err(1, NULL);
	}
	if (s->cut < want)
		want = s->cut;
	if (want == 0)
		return (0);
	pfd.fd = s->fd;
	pfd.events = POLLIN;
	if (poll(&pfd, 1, REPLY_WAIT) != 1)
		errx(1, "process %u: no answer from imapd; so far: %.*s",
		    s->rec->proc, (int)s->len, s->in);
	if ((n = recv(s->fd, s->in + s->len, want, 0)) <= 0)
		return (0);
	if (s->cut != SIZE_MAX)
		s->cut -= (size_t)n;
	s->len += (size_t)n;
	s->in[s->len] = '\0';
	return (1);
}

/* The end of the line that starts there, literals included. */
static const char *
line_end(const struct session *s, size_t at)
{
	const char	*end, *brace;
	size_t		 size;

	for (; at < s->len; at = (size_t)(end - s->in) + 2 + size) {
		end = memmem(s->in + at, s->len - at, "\r\n", 2);
		if (end == NULL)
			return (NULL);
		if (end == s->in || end[-1] != '}')
			return (end);
		for (brace = end - 2; isdigit((unsigned char)*brace); brace--)
			continue;
		if (*brace != '{')
			return (end);
		size = strtoul(brace + 1, NULL, 10);
	}
	return (NULL);
}

static enum reply
reply_of(const char *line)
{
	return (strncmp(line, "OK", 2) == 0 ? REPLY_OK :
	    strncmp(line, "NO", 2) == 0 ? REPLY_NO : REPLY_BAD);
}

static void
take_line(struct session *s, const char *line, size_t len, uint64_t t)
{
	char	*copy;

	if ((copy = strndup(line, len)) == NULL)
		err(1, NULL);
	record_at(s->rec, t, '<', copy);
	/* What is wrong the checker will say. */
	(void)replica_line(s->client, copy);
	free(copy);
}

/* Up to the tagged reply; before the login is through nothing is recorded. */
static enum reply
read_reply(struct session *s, int recorded)
{
	const char	*end, *line;
	enum reply	 reply;
	char		 tag[16];
	uint64_t	 t;
	size_t		 at = 0, taglen;

	taglen = (size_t)snprintf(tag, sizeof(tag), "t%u ", s->tag);
	t = record_now();
	for (;;) {
		while (at >= s->len || (end = line_end(s, at)) == NULL) {
			if (!fill(s))
				return (REPLY_GONE);
			t = record_now();
		}
		line = s->in + at;
		at = (size_t)(end - s->in) + 2;
		if (strncmp(line, tag, taglen) == 0)
			break;
		if (recorded)
			take_line(s, line, (size_t)(end - line), t);
	}
	line += taglen;
	reply = reply_of(line);
	if (recorded)
		take_line(s, line, (size_t)(end - line), t);
	memmove(s->in, s->in + at, s->len - at);
	s->len -= at;
	return (reply);
}

static int
send_all(struct session *s, const char *buf, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		if ((n = send(s->fd, buf, len, MSG_NOSIGNAL)) == -1)
			return (-1);
		buf += n;
		len -= (size_t)n;
	}
	return (0);
}

int
session_open(struct session *s, const struct daemons *d, const char *mailbox)
{
	static const char	 login[] = "t0 LOGIN demo demo\r\n";

	s->fd = daemons_imapd(d, &s->pid);
	s->len = 0;
	s->cut = SIZE_MAX;
	s->kill = 0;
	s->tag = 0;
	if (send_all(s, login, sizeof(login) - 1) == -1 ||
	    read_reply(s, 0) != REPLY_OK) {
		(void)close(s->fd);
		s->fd = -1;
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
		return (-1);
	}
	record(s->rec, '(', "%s", mailbox);
	replica_open(s->client, mailbox);
	return (0);
}

enum reply
session_append(struct session *s, const char *command, const char *literal,
    const char *name)
{
	enum reply	 reply;
	char		*line;
	int		 len;

	if (literal != NULL)
		len = asprintf(&line, "t%u %s {%zu+}\r\n%s\r\n", ++s->tag,
		    command, strlen(literal), literal);
	else
		len = asprintf(&line, "t%u %s\r\n", ++s->tag, command);
	if (len == -1)
		err(1, NULL);
	if (literal != NULL)
		record(s->rec, '>', "%s %s", command, name);
	else
		record(s->rec, '>', "%s", command);
	replica_send(s->client, command);
	(void)send_all(s, line, (size_t)len);	/* read_reply() will see it */
	free(line);
	if (s->kill != 0) {
		record_pause(s->kill);
		(void)kill(s->pid, SIGKILL);
		s->kill = 0;
	}
	reply = read_reply(s, 1);
	s->cut = SIZE_MAX;
	if (reply == REPLY_GONE)
		session_cut(s);
	return (reply);
}

enum reply
session_command(struct session *s, const char *command)
{
	return (session_append(s, command, NULL, NULL));
}

void
session_cut(struct session *s)
{
	if (s->fd == -1)
		return;
	record(s->rec, ')', "%s", "");
	replica_cut(s->client);
	(void)close(s->fd);
	s->fd = -1;
	(void)waitpid(s->pid, NULL, 0);
}

void
session_close(struct session *s)
{
	if (s->fd != -1 && session_command(s, "LOGOUT") != REPLY_GONE)
		session_cut(s);
}
