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

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fnv.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/box.h"
#include "indexd/carry.h"
#include "indexd/carry_text.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/peer.h"
#include "indexd/request.h"

/*
 * indexctl import.  The text comes in frames, each of which is a piece; a
 * mailbox takes its table's place at its end line, when its sum was right.
 */

enum import_phase {
	IMPORT_MAGIC,		/* the first line is wanted */
	IMPORT_BETWEEN,		/* mailbox, or done */
	IMPORT_MAILBOX,		/* its rows and keywords, or the state */
	IMPORT_LOG,		/* its changes, or the end */
	IMPORT_SWITCH,		/* the end was read */
	IMPORT_DONE
};

struct import {
	uid_t		 uid;
	int		 force;
	enum import_phase phase;
	size_t		 off;		/* in the frame's payload */
	char		 line[CARRY_LINE];
	size_t		 len;		/* of what has come of it */
	uint64_t	 number;	/* of the line */
	uint64_t	 sum;		/* up to the line */
	uint64_t	 before;	/* without it */
	struct carry	*carry;
	uint8_t		 id[TABLE_IDLEN];
	uint32_t	 uidvalidity;
	uint64_t	 highestmodseq;
	char		 folder[TABLE_FOLDERLEN + 1];
	unsigned int	 done;		/* mailboxes */
};

static int	begin(struct control *);
static void	import_free(void *);
static int	refuse(struct control *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	fail(struct control *);
static int	lines(struct control *, struct import *);
static int	add(struct control *, struct import *, const char *, size_t);
static int	line(struct control *, struct import *);
static int	line_magic(struct control *, struct import *, char *[], int);
static int	line_between(struct control *, struct import *, char *[], int);
static int	line_mailbox(struct control *, struct import *, char *[], int);
static int	line_state(struct control *, struct import *, char *[], int);
static int	line_log(struct control *, struct import *, char *[], int);
static int	line_end(struct control *, struct import *, char *[], int);
static int	get_folder(struct import *, char *);
static int	begin_mailbox(struct control *, struct import *);
static int	within_limits(struct control *, const struct import *, int);
static int	is_newer(struct control *, struct import *);
static int	take_place(struct control *, struct import *);

static void
import_free(void *arg)
{
	struct import *m = arg;

	carry_abort(m->carry);
	free(m);
}

/* Ends it: what is wrong with the line. */
static int
refuse(struct control *c, const char *fmt, ...)
{
	struct import *m = c->data;
	char why[256], text[384];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "line %" PRIu64 ": %s", m->number,
	    why);
	control_error(c, text);
	if (m->done > 0)
		control_line(c, "mailboxes imported before: %u", m->done);
	return (-1);
}

/* Likewise, of what the engine says. */
static int
fail(struct control *c)
{
	struct import *m = c->data;
	int error = errno;

	if (error == EPROTO)
		return (refuse(c, "%s", carry_why(m->carry)));
	if (error != EBUSY)
		log_warn("control: import");
	return (refuse(c, "%s", error == EBUSY ?
	    "another import is under way" : error == E2BIG ?
	    "a limit is reached" : strerror(error)));
}

static int
begin(struct control *c)
{
	struct import *m;

	if ((m = calloc(1, sizeof(*m))) == NULL) {
		control_error(c, "no memory");
		return (-1);
	}
	c->data = m;
	c->data_free = import_free;
	m->force = c->nargs > 2 && strcmp(c->arg3, "force") == 0;
	if (control_root(c) == -1 || control_uid(c, &m->uid) == -1)
		return (-1);
	return (0);
}

/*
 * The rest of the frame that is there: 1 if it is done with, 0 if a mailbox
 * has work to be done first, -1 at the end of it all.
 */
static int
lines(struct control *c, struct import *m)
{
	const struct peer *p = c->peer;
	const char *data = (const char *)p->buf + FRAME_HEAD + m->off;
	size_t len = p->head.length - FRAME_HEAD - m->off, n;
	const char *nl;
	int r;

	if (p->head.length == FRAME_HEAD) {
		m->number += m->len > 0;
		if (m->phase == IMPORT_DONE && m->len == 0)
			return (-1);
		return (refuse(c, "the text ends before it is done"));
	}
	while (len > 0) {
		nl = memchr(data, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - data) + 1;
		if (add(c, m, data, n) == -1)
			return (-1);
		data += n;
		len -= n;
		m->off += n;
		if (nl == NULL)
			break;
		r = line(c, m);
		m->len = 0;
		if (r != 1)
			return (r);
	}
	m->off = 0;
	return (1);
}

static int
add(struct control *c, struct import *m, const char *data, size_t n)
{
	if (n > sizeof(m->line) - m->len) {
		m->number++;
		return (refuse(c, "too long"));
	}
	memcpy(m->line + m->len, data, n);
	m->len += n;
	return (0);
}

/* A line is whole: as lines(). */
static int
line(struct control *c, struct import *m)
{
	char *field[CARRY_FIELDS];
	int n;

	m->number++;
	m->before = m->phase == IMPORT_BETWEEN ? FNV64_START : m->sum;
	m->sum = fnv64(m->before, m->line, m->len);
	m->line[m->len - 1] = '\0';
	if (memchr(m->line, '\0', m->len - 1) != NULL ||
	    (n = carry_split(m->line, field)) == -1)
		return (refuse(c, "not words with one space between"));
	switch (m->phase) {
	case IMPORT_MAGIC:
		return (line_magic(c, m, field, n));
	case IMPORT_BETWEEN:
		return (line_between(c, m, field, n));
	case IMPORT_MAILBOX:
		return (line_mailbox(c, m, field, n));
	case IMPORT_LOG:
		return (line_log(c, m, field, n));
	case IMPORT_SWITCH:
	case IMPORT_DONE:
		break;
	}
	return (refuse(c, "more than there should be"));
}

static int
line_magic(struct control *c, struct import *m, char *f[], int n)
{
	uint8_t indexd[TABLE_IDLEN];
	uint64_t version;

	if (n != 5 || strcmp(f[0], CARRY_MAGIC) != 0 ||
	    carry_number(f[1], UINT32_MAX, &version) == -1)
		return (refuse(c, "no text of indexctl export"));
	if (version != CARRY_VERSION)
		return (refuse(c, "version %s, and this is version %d", f[1],
		    CARRY_VERSION));
	if (carry_hex(f[2], indexd, sizeof(indexd)) == -1)
		return (refuse(c, "no indexd's id"));
	m->phase = IMPORT_BETWEEN;
	return (1);
}

/* A folder's name as sessions say it. */
static int
get_folder(struct import *m, char *s)
{
	if (carry_unescape(s) == -1)
		return (-1);
	return (strlcpy(m->folder, control_folder(s), sizeof(m->folder)) >=
	    sizeof(m->folder) ? -1 : 0);
}

static int
line_between(struct control *c, struct import *m, char *f[], int n)
{
	uint64_t v;

	if (strcmp(f[0], "done") == 0) {
		if (n != 2 || carry_number(f[1], UINT32_MAX, &v) == -1 ||
		    v != m->done)
			return (refuse(c, "%u mailboxes came before", m->done));
		m->phase = IMPORT_DONE;
		return (1);
	}
	if (strcmp(f[0], "mailbox") != 0 || n != 5)
		return (refuse(c, "a mailbox is wanted, or done"));
	if (carry_hex(f[1], m->id, sizeof(m->id)) == -1 ||
	    carry_number(f[2], UINT32_MAX, &v) == -1 || v == 0 ||
	    carry_number(f[3], INT64_MAX, &m->highestmodseq) == -1 ||
	    get_folder(m, f[4]) == -1)
		return (refuse(c, "no mailbox"));
	m->uidvalidity = (uint32_t)v;
	return (begin_mailbox(c, m));
}

static int
begin_mailbox(struct control *c, struct import *m)
{
	if (within_limits(c, m, 1) == -1 || is_newer(c, m) == -1)
		return (-1);
	m->carry = carry_begin(c->srv->engine, m->uid, c->arg, m->id,
	    m->uidvalidity);
	if (m->carry == NULL)
		return (fail(c));
	m->phase = IMPORT_MAILBOX;
	return (1);
}

/* Those of the user and mail root; first: of one mailbox more. */
static int
within_limits(struct control *c, const struct import *m, int first)
{
	const struct indexd_limits *l = &c->srv->conf->limits;
	unsigned int tables;
	uint64_t bytes;

	if (root_usage(c->srv->engine, m->uid, c->arg, &tables, &bytes) == -1)
		return (fail(c));
	if (!first)
		bytes += carry_bytes(m->carry);
	if (tables < l->mailboxes && bytes <= l->bytes)
		return (0);
	return (refuse(c, "limit %s is reached", tables < l->mailboxes ?
	    "bytes" : "mailboxes"));
}

/* Whether the table that is there has seen more: -1 with an error line. */
static int
is_newer(struct control *c, struct import *m)
{
	struct mailbox *mb;
	uint64_t highest;
	uint32_t validity;

	mb = mailbox_open(c->srv->engine, m->uid, c->arg, m->id);
	if (mb == NULL)
		return (0);	/* none, or one that is of no use */
	highest = mailbox_highestmodseq(mb);
	validity = mailbox_uidvalidity(mb);
	mailbox_close(mb);
	if (m->force || validity < m->uidvalidity ||
	    (validity == m->uidvalidity && highest <= m->highestmodseq))
		return (0);
	return (refuse(c, "the mailbox is here already, and is newer (%u/%"
	    PRIu64 ", not %u/%" PRIu64 "); -f replaces it", validity, highest,
	    m->uidvalidity, m->highestmodseq));
}

static int
line_mailbox(struct control *c, struct import *m, char *f[], int n)
{
	const char *name;
	struct row row;
	uint64_t low, high;

	if (strcmp(f[0], "msg") == 0) {
		if (carry_get_row(f, n, &row, &name) == -1)
			return (refuse(c, "no message"));
		if (carry_row(m->carry, &row, name, strlen(name)) == -1)
			return (fail(c));
		return (1);
	}
	if (strcmp(f[0], "keyword") == 0) {
		if (n != 2 || carry_unescape(f[1]) == -1)
			return (refuse(c, "no keyword"));
		return (carry_keyword(m->carry, f[1]) == -1 ? fail(c) : 1);
	}
	if (strcmp(f[0], "gap") == 0) {
		if (n != 3 || carry_number(f[1], INT64_MAX, &low) == -1 ||
		    carry_number(f[2], INT64_MAX, &high) == -1)
			return (refuse(c, "no gap"));
		return (carry_gap(m->carry, low, high) == -1 ? fail(c) : 1);
	}
	if (strcmp(f[0], "state") == 0)
		return (line_state(c, m, f, n));
	return (refuse(c, "a message is wanted, a keyword, or the state"));
}

static int
line_state(struct control *c, struct import *m, char *f[], int n)
{
	struct carry_state s;
	uint64_t uidnext, recent, floor;

	if (n != 9 || carry_number(f[1], UINT32_MAX, &uidnext) == -1 ||
	    carry_number(f[2], UINT32_MAX, &recent) == -1 ||
	    carry_number(f[3], INT64_MAX, &s.highestmodseq) == -1 ||
	    carry_number(f[4], INT64_MAX, &s.expunge_horizon) == -1 ||
	    carry_number(f[5], INT64_MAX, &s.flag_horizon) == -1 ||
	    carry_number(f[6], INT64_MAX, &s.floor_modseq) == -1 ||
	    carry_number(f[7], UINT32_MAX, &floor) == -1 ||
	    get_folder(m, f[8]) == -1)
		return (refuse(c, "no state"));
	if (s.highestmodseq < m->highestmodseq)
		return (refuse(c, "HIGHESTMODSEQ is below that of the "
		    "mailbox line"));
	s.uidnext = (uint32_t)uidnext;
	s.recent = (uint32_t)recent;
	s.floor_uid = (uint32_t)floor;
	s.folder = m->folder;
	m->highestmodseq = s.highestmodseq;
	if (carry_state(m->carry, &s) == -1)
		return (fail(c));
	m->phase = IMPORT_LOG;
	return (0);
}

static int
line_log(struct control *c, struct import *m, char *f[], int n)
{
	struct change ch;

	if (strcmp(f[0], "end") == 0)
		return (line_end(c, m, f, n));
	if (carry_get_change(f, n, &ch) == -1)
		return (refuse(c, "a change is wanted, or the end"));
	return (carry_change(m->carry, &ch) == -1 ? fail(c) : 1);
}

static int
line_end(struct control *c, struct import *m, char *f[], int n)
{
	char sum[17];

	(void)snprintf(sum, sizeof(sum), "%016" PRIx64, m->before);
	if (n != 2 || strcmp(f[1], sum) != 0)
		return (refuse(c, "the sum over the mailbox is wrong"));
	if (carry_close(m->carry) == -1)
		return (fail(c));
	m->phase = IMPORT_SWITCH;
	return (0);
}

/* The new table is durable: who has the old one open is told. */
static int
take_place(struct control *c, struct import *m)
{
	struct carry *carry = m->carry;
	char root[CONTROL_LINE / 2], folder[CONTROL_LINE / 2];
	struct mailbox *mb;
	uint32_t messages = carry_messages(carry);

	if (within_limits(c, m, 0) == -1 || is_newer(c, m) == -1)
		return (-1);
	/* Nothing of the old one is in the batch. */
	batch_commit(c->srv);
	mb = mailbox_open(c->srv->engine, m->uid, c->arg, m->id);
	if (mb != NULL) {
		box_replaced(c->srv, mb);
		mailbox_close(mb);
	}
	m->carry = NULL;
	if (carry_switch(carry) == -1)
		return (fail(c));
	control_plain(root, sizeof(root), c->arg);
	control_plain(folder, sizeof(folder), m->folder[0] == '\0' ?
	    "INBOX" : m->folder);
	log_info("control: imported uid=%u root=%s folder=%s",
	    (unsigned int)m->uid, root, folder);
	control_line(c, "%s/%s messages=%u uidvalidity=%u highestmodseq=%"
	    PRIu64, root, folder, messages, m->uidvalidity,
	    m->highestmodseq);
	m->done++;
	m->phase = IMPORT_BETWEEN;
	return (0);
}

int
control_import(struct control *c)
{
	struct import *m = c->data;
	int r;

	if (m == NULL)
		return (begin(c) == -1 ? CONTROL_END : CONTROL_INPUT);
	if (m->carry != NULL && (r = carry_work(m->carry)) != 0) {
		if (r == -1)
			(void)fail(c);
		return (r == -1 ? CONTROL_END : r == 2 ? CONTROL_WAIT :
		    CONTROL_MORE);
	}
	if (m->phase == IMPORT_SWITCH)
		return (take_place(c, m) == -1 ? CONTROL_END : CONTROL_MORE);
	if (m->phase == IMPORT_MAILBOX && within_limits(c, m, 0) == -1)
		return (CONTROL_END);
	r = lines(c, m);
	return (r == -1 ? CONTROL_END : r == 0 ? CONTROL_MORE :
	    CONTROL_INPUT);
}
