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

#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/powercut/play.h"

/* What a client sees of all mailboxes. */

#define LINES	120	/* of a message: more than a page */

static void	read_names(struct imap *, struct shot *);
static void	check_texts(struct imap *, const char *,
		    const struct imap_mailbox *);
static int	compare_names(const void *, const void *);

size_t
message_text(char *buf, size_t size, unsigned int serial)
{
	size_t len;
	unsigned int i;

	len = (size_t)snprintf(buf, size, "Subject: m%u\r\n\r\n", serial);
	for (i = 0; i < LINES; i++)
		len += (size_t)snprintf(buf + len, size - len,
		    "line %u of message %u, and what else there is\r\n", i,
		    serial);
	ATF_REQUIRE(len < size);
	return (len);
}

static int
compare_names(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static void
read_names(struct imap *im, struct shot *s)
{
	const char *p;
	size_t len;

	imap_command(im, "LIST \"\" *");
	for (p = im->in; (p = strstr(p, "\".\" ")) != NULL; p += len) {
		p += 4;
		len = strcspn(p, "\r");
		ATF_REQUIRE(s->n < SHOT_BOXES);
		snprintf(s->name[s->n++], sizeof(s->name[0]), "%.*s",
		    (int)len, p);
	}
	qsort(s->name, s->n, sizeof(s->name[0]), compare_names);
}

/* Each message is whole. */
static void
check_texts(struct imap *im, const char *name, const struct imap_mailbox *mb)
{
	char text[16384], head[64];
	const char *p;
	size_t i, len;

	if (mb->n == 0)
		return;
	imap_command(im, "UID FETCH 1:* (UID BODY.PEEK[])");
	for (i = 0; i < mb->n; i++) {
		len = message_text(text, sizeof(text),
		    (unsigned int)strtoul(mb->messages[i].subject + 1, NULL,
		    10));
		snprintf(head, sizeof(head), "(UID %u ",
		    mb->messages[i].uid);
		p = memmem(im->in, im->len, head, strlen(head));
		snprintf(head, sizeof(head), "BODY[] {%zu}\r\n", len);
		if (p != NULL)
			p = strstr(p, head);
		if (p == NULL || (size_t)(im->in + im->len - p) <
		    strlen(head) + len ||
		    memcmp(p + strlen(head), text, len) != 0)
			atf_tc_fail("%s: message %u is not what it was: %.200s", name,
			    mb->messages[i].uid, p == NULL ? im->in : p);
	}
}

void
shot_read(struct imap *im, struct shot *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	read_names(im, s);
	for (i = 0; i < s->n; i++)
		imap_command(im, "SELECT %s", s->name[i]);
	for (i = 0; i < s->n; i++) {
		imap_snapshot(im, s->name[i], &s->box[i]);
		check_texts(im, s->name[i], &s->box[i]);
	}
}

void
shot_free(struct shot *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		imap_mailbox_free(&s->box[i]);
	s->n = 0;
}

const struct imap_mailbox *
shot_find(const struct shot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->name[i], name) == 0)
			return (&s->box[i]);
	return (NULL);
}

int
shot_equal(const struct shot *a, const struct shot *b)
{
	const struct imap_message *m, *o;
	size_t i, j;

	if (a->n != b->n)
		return (0);
	for (i = 0; i < a->n; i++) {
		if (strcmp(a->name[i], b->name[i]) != 0 ||
		    a->box[i].n != b->box[i].n)
			return (0);
		/* In the order of UIDs, which is that of arrival. */
		for (j = 0; j < a->box[i].n; j++) {
			m = &a->box[i].messages[j];
			o = &b->box[i].messages[j];
			if (strcmp(m->subject, o->subject) != 0 ||
			    strcmp(m->flags, o->flags) != 0)
				return (0);
		}
	}
	return (1);
}

void
shot_print(const char *what, const struct shot *s)
{
	const struct imap_message *m;
	size_t i, j;

	fprintf(stderr, "%s:\n", what);
	for (i = 0; i < s->n; i++) {
		fprintf(stderr, "  %s: UIDVALIDITY %u UIDNEXT %u "
		    "HIGHESTMODSEQ %llu\n", s->name[i], s->box[i].uidvalidity,
		    s->box[i].uidnext,
		    (unsigned long long)s->box[i].highestmodseq);
		for (j = 0; j < s->box[i].n; j++) {
			m = &s->box[i].messages[j];
			fprintf(stderr, "    %u %s (%s) %llu\n", m->uid,
			    m->subject, m->flags,
			    (unsigned long long)m->modseq);
		}
	}
}
