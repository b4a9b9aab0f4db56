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
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fnv.h"
#include "indexd/carry_text.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"

/*
 * indexctl export.  A mailbox is read through a mapping of its own, as a
 * session does, a piece in each turn of the loop.  What changes meanwhile is
 * written down again, until there is a moment in which all that was written
 * is as it is; if a newer generation takes over before, its last moment.
 */
#define LOOKED	4096		/* rows and entries of one piece */
#define OPENED	64		/* mailboxes looked at in one piece */

enum export_phase {
	EXPORT_NEXT,		/* mailbox */
	EXPORT_ROWS,
	EXPORT_LOG
};

struct export {
	uid_t		 uid;
	uint8_t		 (*ids)[TABLE_IDLEN];
	size_t		 n;
	size_t		 at;
	unsigned int	 done;
	enum export_phase phase;
	struct table	 t;
	uint64_t	 sum;
	uint64_t	 pos;		/* the next row */
	uint64_t	 entry;		/* the next of the log, to be written
					   again, or down */
	uint64_t	 nlog;		/* at the moment that is told */
	uint64_t	 scan;		/* rows of entry from here on */
	int		 scanning;
	unsigned int	 looked;
};

static int	begin(struct control *);
static void	export_free(void *);
static void	put(struct control *, const char *);
static int	full(const struct control *, const struct export *);
static int	next(struct control *, struct export *);
static int	wanted(struct control *, struct mailbox *);
static int	head(struct control *, struct export *, struct mailbox *);
static int	put_row(struct control *, struct export *, uint64_t);
static int	rows(struct control *, struct export *);
static int	again(struct control *, struct export *);
static int	again_entry(struct control *, struct export *,
		    const struct change *);
static int	state(struct control *, struct export *);
static int	entries(struct control *, struct export *);
static int	failed(struct control *, const char *);

static void
export_free(void *arg)
{
	struct export *x = arg;

	if (x->t.h != NULL)
		table_unmap(&x->t);
	free(x->ids);
	free(x);
}

static int
failed(struct control *c, const char *text)
{
	control_error(c, text);
	return (-1);
}

static int
begin(struct control *c)
{
	char root[4 * CONTROL_ARG + 1], id[2 * TABLE_IDLEN + 1];
	const uint8_t *indexd = engine_id(c->srv->engine);
	struct export *x;
	size_t i;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (failed(c, "no memory"));
	c->data = x;
	c->data_free = export_free;
	x->t.fd = -1;
	if (control_root(c) == -1 || control_uid(c, &x->uid) == -1)
		return (-1);
	if (root_ids(c->srv->engine, x->uid, c->arg, &x->ids, &x->n) == -1)
		return (failed(c, errno == ENOENT ?
		    "nothing is known of that mail root and user" :
		    "the tables cannot be listed"));
	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", indexd[i]);
	carry_escape(root, sizeof(root), c->arg);
	control_line(c, "%s %d %s %u %s", CARRY_MAGIC, CARRY_VERSION, id,
	    (unsigned int)x->uid, root);
	return (0);
}

/* A line of a mailbox. */
static void
put(struct control *c, const char *line)
{
	struct export *x = c->data;

	x->sum = fnv64(x->sum, line, strlen(line));
	x->sum = fnv64(x->sum, "\n", 1);
	control_line(c, "%s", line);
}

static int
full(const struct control *c, const struct export *x)
{
	return (c->lines >= CONTROL_PIECE || x->looked >= LOOKED);
}

static int
wanted(struct control *c, struct mailbox *mb)
{
	if (mailbox_state(mb) & TABLE_ADOPTING)
		return (0);
	return (c->nargs < 3 || strcmp(mailbox_folder(mb),
	    control_folder(c->arg3)) == 0);
}

/* The next mailbox: 1 if there is one, 0 at the end, -1. */
static int
next(struct control *c, struct export *x)
{
	struct mailbox *mb;
	unsigned int i;
	int r;

	for (i = 0; i < OPENED && x->at < x->n; i++) {
		mb = mailbox_open(c->srv->engine, x->uid, c->arg,
		    x->ids[x->at++]);
		if (mb == NULL) {
			if (errno == ENOENT)
				continue;
			return (failed(c, "a mailbox is damaged"));
		}
		r = wanted(c, mb) ? head(c, x, mb) : 0;
		mailbox_close(mb);
		if (r != 0)
			return (r);
	}
	if (x->at < x->n)
		return (1);
	if (x->done == 0 && c->nargs == 3)
		return (failed(c, "no such mailbox"));
	control_line(c, "done %u", x->done);
	return (0);
}

/* Begins a mailbox: 1, or -1. */
static int
head(struct control *c, struct export *x, struct mailbox *mb)
{
	char line[CARRY_LINE], name[CARRY_NAMESIZE];
	char id[2 * TABLE_IDLEN + 1];
	const char *folder = mailbox_folder(mb), *why = "";
	size_t i;
	int fd;

	if ((fd = mailbox_fd(mb)) == -1)
		return (failed(c, "a table cannot be opened"));
	if (table_map(&x->t, fd, &why) == -1) {
		close(fd);
		return (failed(c, "a table cannot be mapped"));
	}
	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", mailbox_id(mb)[i]);
	carry_escape(name, sizeof(name), folder[0] == '\0' ? "INBOX" :
	    folder);
	(void)snprintf(line, sizeof(line), "mailbox %s %u %" PRIu64 " %s", id,
	    mailbox_uidvalidity(mb), (uint64_t)x->t.h->highestmodseq, name);
	x->sum = FNV64_START;
	x->pos = x->scan = 0;
	x->scanning = 0;
	x->entry = x->t.h->nlog;
	x->phase = EXPORT_ROWS;
	put(c, line);
	return (1);
}

static int
put_row(struct control *c, struct export *x, uint64_t n)
{
	char line[CARRY_LINE], name[TABLE_NAMELEN + 1];
	struct row row;

	if (table_row_name(&x->t, n, &row, name) == -1)
		return (failed(c, "a row is damaged"));
	(void)carry_put_row(line, sizeof(line), &row, name);
	put(c, line);
	return (0);
}

/* The messages, and tombstones whose file may be there: 1 if there are more,
 * 0, -1. */
static int
rows(struct control *c, struct export *x)
{
	struct row row;

	for (; x->pos < x->t.h->nrows; x->pos++) {
		if (full(c, x))
			return (1);
		x->looked++;
		if (table_row(&x->t, x->pos, &row) == -1)
			return (failed(c, "a row is damaged"));
		if ((!(row.flags & ROW_EXPUNGED) || row.flags & ROW_FILE) &&
		    put_row(c, x, x->pos) == -1)
			return (-1);
	}
	return (0);
}

/* Rows of one entry that were written down before: 1 if there are more. */
static int
again_entry(struct control *c, struct export *x, const struct change *ch)
{
	struct row row;

	if (!x->scanning && table_find(&x->t, ch->uid, &x->scan) == -1)
		return (failed(c, "a row is damaged"));
	x->scanning = 1;
	for (; x->scan < x->pos; x->scan++) {
		if (full(c, x))
			return (1);
		x->looked++;
		if (table_row(&x->t, x->scan, &row) == -1)
			return (failed(c, "a row is damaged"));
		if (row.uid > ch->last)
			break;
		/* Who changed again stands in a later entry. */
		if (row.modseq == ch->modseq &&
		    put_row(c, x, x->scan) == -1)
			return (-1);
	}
	x->scanning = 0;
	return (0);
}

/* What has changed since it was written down: as rows(). */
static int
again(struct control *c, struct export *x)
{
	struct change ch;
	int r;

	for (; x->entry < x->t.h->nlog; x->entry++) {
		if (full(c, x))
			return (1);
		x->looked++;
		if (table_change(&x->t, x->entry, &ch) == -1)
			return (failed(c, "the change log is damaged"));
		if ((r = again_entry(c, x, &ch)) != 0)
			return (r);
	}
	return (0);
}

/* The moment in which all is as it was written down: the rest of it. */
static int
state(struct control *c, struct export *x)
{
	char line[CARRY_LINE], word[TABLE_FOLDERLEN + 1], esc[CARRY_NAMESIZE];
	struct table_header *h = x->t.h;
	struct table_state st;
	unsigned int i;

	if (table_state(&x->t, &st) == -1)
		return (failed(c, "a table's header is damaged"));
	for (i = 0; i < st.nkeywords; i++) {
		if (table_keyword(&x->t, i, word) == -1)
			return (failed(c, "a keyword is damaged"));
		carry_escape(esc, sizeof(esc), word);
		(void)snprintf(line, sizeof(line), "keyword %s", esc);
		put(c, line);
	}
	for (i = 0; i < TABLE_GAPS && st.gap[i][1] != 0; i++) {
		(void)snprintf(line, sizeof(line), "gap %" PRIu64 " %" PRIu64,
		    st.gap[i][0], st.gap[i][1]);
		put(c, line);
	}
	if (table_folder(&x->t, word) == -1)
		return (failed(c, "a folder's name is damaged"));
	carry_escape(esc, sizeof(esc), word[0] == '\0' ? "INBOX" : word);
	(void)snprintf(line, sizeof(line), "state %u %u %" PRIu64 " %" PRIu64
	    " %" PRIu64 " %" PRIu64 " %u %s", st.uidnext, st.recent,
	    st.highestmodseq, st.expunge_horizon, st.flag_horizon,
	    (uint64_t)h->floor_modseq, (uint32_t)h->floor_uid, esc);
	put(c, line);
	x->nlog = st.nlog;
	x->entry = 0;
	x->phase = EXPORT_LOG;
	return (0);
}

/* The change log up to that moment: 1 if there is more. */
static int
entries(struct control *c, struct export *x)
{
	char line[CARRY_LINE];
	struct change ch;

	for (; x->entry < x->nlog; x->entry++) {
		if (full(c, x))
			return (1);
		if (table_change(&x->t, x->entry, &ch) == -1 ||
		    ch.what < CHANGE_NEW || ch.what > CHANGE_EXPUNGE)
			return (failed(c, "the change log is damaged"));
		(void)carry_put_change(line, sizeof(line), &ch);
		put(c, line);
	}
	control_line(c, "end %016" PRIx64, x->sum);
	table_unmap(&x->t);
	x->done++;
	x->phase = EXPORT_NEXT;
	return (1);
}

int
control_export(struct control *c)
{
	struct export *x = c->data;
	int r = 0;

	if (x == NULL)
		return (begin(c) == -1 ? CONTROL_END : CONTROL_MORE);
	x->looked = 0;
	switch (x->phase) {
	case EXPORT_NEXT:
		r = next(c, x);
		break;
	case EXPORT_ROWS:
		if ((r = rows(c, x)) == 0 && (r = again(c, x)) == 0)
			r = state(c, x) == -1 ? -1 : 1;
		break;
	case EXPORT_LOG:
		r = entries(c, x);
		break;
	}
	return (r == 1 ? CONTROL_MORE : CONTROL_END);
}
