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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/folder_priv.h"
#include "imapd/idx_brief.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailboxid.h"
#include "imapd/mime/message.h"
#include "imapd/namespace.h"
#include "imapd/status.h"

#define SIZES	256		/* sizes told to indexd at once */
#define TRIES	100		/* while others expunge */

_Static_assert(STATUS_BATCH <= PROTO_MAXBRIEF, "batch");

/* What is wanted, beside what costs nothing. */
#define WANT_SIZE	0x01	/* or DELETED-STORAGE */

/* Sizes that indexd does not know yet. */
struct counted {
	struct idx_vsize	 size[SIZES];
	size_t			 n;
};

static const char *const item_names[STATUS_ITEMS] = {
	"MESSAGES",
	"RECENT",
	"UIDNEXT",
	"UIDVALIDITY",
	"UNSEEN",
	"HIGHESTMODSEQ",
	"APPENDLIMIT",
	"SIZE",
	"DELETED",
	"DELETED-STORAGE",
	"MAILBOXID"
};

static enum status_item	find_item(const struct parser_arg *);
static int		wanted(const struct parser_arg *);
static int		stamps(struct session *, struct status *,
			    struct idx_brief *);
static void		known(struct session *, const struct brief *,
			    struct status *);
static void		read_known(struct session *, int, struct status *,
			    size_t);
static int		count_recent(struct table *,
			    const struct table_state *, uint32_t *);
static void		tell(struct folder *, struct counted *);
static int		count_size(struct folder *, struct counted *,
			    const struct row *, const char *, uint64_t *);
static int		sum_sizes(struct session *, struct folder *,
			    struct table *, const struct table_state *,
			    struct status *);
static int		read_table(struct session *, struct folder *, int,
			    struct status *);
static void		read_one(struct session *, int, struct status *);

/* STATUS_ITEMS if there is no such item. */
static enum status_item
find_item(const struct parser_arg *arg)
{
	unsigned int	 i;

	for (i = 0; i < STATUS_ITEMS; i++)
		if (parser_is(arg, item_names[i]))
			break;
	return ((enum status_item)i);
}

int
status_check(const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*item;

	if (arg == NULL || arg->type != PARSER_LIST || arg->child == NULL) {
		*why = "Expected a list of status items";
		return (-1);
	}
	for (item = arg->child; item != NULL; item = item->next)
		if (find_item(item) == STATUS_ITEMS) {
			*why = "Unknown status item";
			return (-1);
		}
	return (0);
}

void
status_enable(struct session *s, const struct parser_arg *arg)
{
	const struct parser_arg	*item;

	for (item = arg->child; item != NULL; item = item->next)
		if (find_item(item) == STATUS_HIGHESTMODSEQ)
			session_enable_condstore(s);
}

static int
wanted(const struct parser_arg *arg)
{
	const struct parser_arg	*item;
	enum status_item	 i;
	int			 want = 0;

	for (item = arg->child; item != NULL; item = item->next) {
		i = find_item(item);
		if (i == STATUS_SIZE || i == STATUS_DELETED_STORAGE)
			want |= WANT_SIZE;
	}
	return (want);
}

/* What the folder's directories are now: 0, or -1. */
static int
stamps(struct session *s, struct status *status, struct idx_brief *b)
{
	struct dirstamp	 st;
	char		 path[NAMESPACE_DIRLEN + sizeof("/cur")];

	b->folder = session_folder_name(status->dir);
	(void)snprintf(path, sizeof(path), "%s/new", status->dir);
	if (stamp_at(s->rootfd, path, &st) == -1)
		return (-1);
	stamp_pack(b->brief.stamp, STAMP_NEW, &st);
	(void)snprintf(path, sizeof(path), "%s/cur", status->dir);
	if (stamp_at(s->rootfd, path, &st) == -1)
		return (-1);
	stamp_pack(b->brief.stamp, STAMP_CUR, &st);
	return (0);
}

/* Indexd knows all of it. */
static void
known(struct session *s, const struct brief *b, struct status *status)
{
	memcpy(status->id, b->id, sizeof(status->id));
	status->value[STATUS_MESSAGES] = b->messages;
	status->value[STATUS_RECENT] = b->recent;
	status->value[STATUS_UIDNEXT] = b->uidnext;
	status->value[STATUS_UIDVALIDITY] = b->uidvalidity;
	status->value[STATUS_UNSEEN] = b->unseen;
	status->value[STATUS_HIGHESTMODSEQ] = b->highestmodseq;
	status->value[STATUS_APPENDLIMIT] = s->conf->message_max;
	status->value[STATUS_SIZE] = b->size;
	status->value[STATUS_DELETED] = b->deleted;
	status->value[STATUS_DELETED_STORAGE] = b->deleted_size;
	status->error = 0;
}

/* Those whose directories nobody has changed since they were compared; the
 * error of the others is EAGAIN. */
static void
read_known(struct session *s, int want, struct status *status, size_t n)
{
	struct idx_brief	 b[STATUS_BATCH];
	struct status		*asked[STATUS_BATCH];
	size_t			 i, nasked = 0;

	for (i = 0; i < n; i++) {
		status[i].error = EAGAIN;
		if (stamps(s, &status[i], &b[nasked]) == 0)
			asked[nasked++] = &status[i];
	}
	if (nasked == 0)
		return;
	if (idx_briefs(s->idx, b, nasked, (want & WANT_SIZE) != 0) == -1) {
		log_debug("status: not told errno=%d", errno);
		return;
	}
	for (i = 0; i < nasked; i++)
		if (b[i].known && (!(want & WANT_SIZE) ||
		    b[i].brief.size != TABLE_UNKNOWN))
			known(s, &b[i].brief, asked[i]);
}

/* Messages that no read-write session was given as \Recent yet. */
static int
count_recent(struct table *t, const struct table_state *st, uint32_t *recent)
{
	uint64_t	 row;
	uint32_t	 before;

	if (table_find(t, st->recent, &row) == -1 ||
	    table_rank(t, row, &before) == -1)
		return (-1);
	*recent = before < st->messages ? st->messages - before : 0;
	return (0);
}

/* It is only a help: whoever needs the sizes next counts again. */
static void
tell(struct folder *f, struct counted *c)
{
	if (c->n > 0 && idx_sizes(f->box, c->size, c->n) == -1)
		log_debug("status: sizes not taken errno=%d", errno);
	c->n = 0;
}

/* Counts in the file.  One that is gone has no size any more. */
static int
count_size(struct folder *f, struct counted *c, const struct row *row,
    const char *name, uint64_t *size)
{
	struct mime_message	*mime;
	struct stat		 st;
	int			 fd, rv = -1;

	*size = 0;
	if ((fd = folder_file(f, row, name, &st)) == -1)
		return (errno == ENOENT ? 0 : -1);
	if ((mime = mime_open(fd)) != NULL) {
		*size = mime_size(mime);
		if (mime_error(mime) == 0)
			rv = 0;
		else
			errno = EIO;
		mime_close(mime);
	}
	(void)close(fd);
	if (rv == -1 || !f->writable)
		return (rv);
	c->size[c->n].uid = row->uid;
	c->size[c->n].vsize = *size;
	if (++c->n == SIZES)
		tell(f, c);
	return (0);
}

/* Exact, though RFC 8438 section 2 would allow more. */
static int
sum_sizes(struct session *s, struct folder *f, struct table *t,
    const struct table_state *st, struct status *status)
{
	struct counted	 c;
	struct row	 row;
	char		 name[TABLE_NAMELEN + 1];
	uint64_t	 all = 0, deleted = 0, n, size;

	c.n = 0;
	for (n = 0; n < st->nrows; n++) {
		if ((n % 1024 == 0 && !session_alive(s)) ||
		    table_row_name(t, n, &row, name) == -1)
			return (-1);
		if (row.flags & ROW_EXPUNGED)
			continue;
		size = row.vsize;
		if (size == TABLE_UNKNOWN &&
		    count_size(f, &c, &row, name, &size) == -1)
			return (-1);
		all += size;
		if (row.flags & FLAG_DELETED)
			deleted += size;
	}
	tell(f, &c);
	status->value[STATUS_SIZE] = all;
	status->value[STATUS_DELETED_STORAGE] = deleted;
	return (0);
}

static int
read_table(struct session *s, struct folder *f, int want,
    struct status *status)
{
	struct table_state	 st;
	struct table		*t;
	uint32_t		 recent;
	int			 tries;

	for (tries = 0; ; tries++) {
		if ((t = folder_newest(f)) == NULL ||
		    table_state(t, &st) == -1 ||
		    count_recent(t, &st, &recent) == -1)
			return (-1);
		if ((want & WANT_SIZE) &&
		    sum_sizes(s, f, t, &st, status) == -1)
			return (-1);
		if (table_unchanged(t, st.exp_seq))
			break;
		if (tries == TRIES) {
			errno = EAGAIN;
			return (-1);
		}
	}
	memcpy(status->id, f->identity.id, sizeof(status->id));
	status->value[STATUS_MESSAGES] = st.messages;
	status->value[STATUS_RECENT] = recent;
	status->value[STATUS_UIDNEXT] = st.uidnext;
	status->value[STATUS_UIDVALIDITY] = st.uidvalidity;
	status->value[STATUS_UNSEEN] = st.unseen;
	status->value[STATUS_HIGHESTMODSEQ] = st.highestmodseq;
	status->value[STATUS_APPENDLIMIT] = s->conf->message_max;
	status->value[STATUS_DELETED] = st.deleted;
	return (0);
}

/* Opens it, which finds what other programs have done. */
static void
read_one(struct session *s, int want, struct status *status)
{
	struct folder	*f;
	const char	*why;

	f = session_open_folder(s, status->dir, FOLDER_EXAMINE, &why);
	if (f == NULL) {
		status->error = errno;
		return;
	}
	status->error = 0;
	if (folder_scan(f, 0) == -1 || read_table(s, f, want, status) == -1)
		status->error = errno;
	session_close_folder(s, f);
}

void
status_read(struct session *s, const struct parser_arg *arg,
    struct status *status, size_t n)
{
	size_t	 i, len;
	int	 want = wanted(arg);

	for (; n > 0; n -= len, status += len) {
		len = n < STATUS_BATCH ? n : STATUS_BATCH;
		read_known(s, want, status, len);
		for (i = 0; i < len && session_alive(s); i++)
			if (status[i].error != 0)
				read_one(s, want, &status[i]);
	}
}

void
status_send(struct session *s, const char *name, const struct parser_arg *arg,
    const struct status *status)
{
	const struct parser_arg	*item;
	const char		*sep;
	enum status_item	 i;
	char			 id[MAILBOXID_LEN + 1];

	(void)client_puts(s->client, "* STATUS ");
	mailbox_name_send(s, name);
	sep = " (";
	for (item = arg->child; item != NULL; item = item->next) {
		i = find_item(item);
		if (i == STATUS_MAILBOXID)
			(void)client_printf(s->client, "%s%s (%s)", sep,
			    item_names[i], mailboxid(id, status->id));
		else
			(void)client_printf(s->client, "%s%s %llu", sep,
			    item_names[i], status->value[i]);
		sep = " ";
	}
	(void)client_puts(s->client, ")\r\n");
}
