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
#include <stdio.h>
#include <string.h>

#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/sessions.h"

static void	hex(char *, const uint8_t *);
static unsigned int sessions_of(struct mailbox *);
static void	show_line(struct control *, struct mailbox *);
static void	show_head(struct control *, struct mailbox *);
static void	show_sessions(struct control *, struct mailbox *);
static int	show_rows(struct control *, struct mailbox *);
static void	show_row(struct control *, struct table *, const struct row *);
static void	flags_text(struct control *, struct table *,
		    const struct row *, char *, size_t);
static void	add_flag(struct control *, char *, size_t, const char *);
static int	show_one(struct control *);

static const struct {
	uint16_t	 bit;
	const char	*name;
} flag_names[] = {
	{ FLAG_ANSWERED, "\\Answered" },
	{ FLAG_FLAGGED, "\\Flagged" },
	{ FLAG_DELETED, "\\Deleted" },
	{ FLAG_SEEN, "\\Seen" },
	{ FLAG_DRAFT, "\\Draft" }
};

static void
hex(char *buf, const uint8_t *id)
{
	size_t i;

	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(buf + 2 * i, 3, "%02x", id[i]);
}

static unsigned int
sessions_of(struct mailbox *mb)
{
	struct box *box = mailbox_data(mb);
	struct handle *h;
	unsigned int n = 0;

	if (box != NULL)
		TAILQ_FOREACH(h, &box->handles, inbox)
			n++;
	return (n);
}

/* One line for one mailbox. */
static void
show_line(struct control *c, struct mailbox *mb)
{
	const struct control_name *cn = &c->names[c->at];
	const char *folder = mailbox_folder(mb);
	char root[8192], name[8192], id[TABLE_IDLEN * 2 + 1];
	struct table_state st;

	if (table_state(mailbox_table(mb), &st) == -1) {
		control_error(c, "a table is damaged");
		return;
	}
	hex(id, cn->id);
	if (c->json) {
		control_quote(root, sizeof(root), cn->root);
		control_quote(name, sizeof(name), folder);
		control_line(c, "{\"mailbox\":\"%s\",\"uid\":%u,\"root\":%s,"
		    "\"folder\":%s,\"messages\":%u,\"unseen\":%u,"
		    "\"uidvalidity\":%u,\"uidnext\":%u,"
		    "\"highestmodseq\":%" PRIu64 ",\"open\":%u}", id,
		    (unsigned int)cn->uid, root, name, st.messages, st.unseen,
		    st.uidvalidity, st.uidnext, st.highestmodseq,
		    sessions_of(mb));
		return;
	}
	control_plain(root, sizeof(root), cn->root);
	control_plain(name, sizeof(name), folder[0] == '\0' ? "INBOX" :
	    folder);
	control_line(c, "%s uid=%u %s/%s messages=%u unseen=%u uidnext=%u "
	    "highestmodseq=%" PRIu64 " open=%u", id, (unsigned int)cn->uid,
	    root, name, st.messages, st.unseen, st.uidnext, st.highestmodseq,
	    sessions_of(mb));
}

/* What the table says of the whole mailbox. */
static void
show_head(struct control *c, struct mailbox *mb)
{
	struct table_state st;
	uint64_t modseq;
	uint32_t uid;

	show_line(c, mb);
	if (table_state(mailbox_table(mb), &st) == -1)
		return;
	mailbox_floor(mb, &modseq, &uid);
	if (c->json)
		control_line(c, "{\"expunge_horizon\":%" PRIu64
		    ",\"flag_horizon\":%" PRIu64 ",\"floor_modseq\":%" PRIu64
		    ",\"floor_uid\":%u,\"rows\":%" PRIu64 ",\"changes\":%"
		    PRIu64 ",\"behind\":%u,\"recent\":%u}",
		    st.expunge_horizon, st.flag_horizon, modseq, uid, st.nrows,
		    st.nlog, st.behind, st.recent);
	else
		control_line(c, "  uidvalidity=%u expunge-horizon=%" PRIu64
		    " flag-horizon=%" PRIu64 " floor=%" PRIu64 "/%u rows=%"
		    PRIu64 " changes=%" PRIu64 " behind=%u recent=%u",
		    st.uidvalidity, st.expunge_horizon, st.flag_horizon,
		    modseq, uid, st.nrows, st.nlog, st.behind, st.recent);
	show_sessions(c, mb);
}

static void
show_sessions(struct control *c, struct mailbox *mb)
{
	struct box *box = mailbox_data(mb);
	struct handle *h;

	if (box == NULL)
		return;
	TAILQ_FOREACH(h, &box->handles, inbox) {
		if (h->peer->session != NULL)
			control_session(c, h->peer->session, "  ");
	}
}

static void
add_flag(struct control *c, char *buf, size_t size, const char *name)
{
	char quoted[TABLE_KWLEN * 6 + 4];

	if (c->json)
		control_quote(quoted, sizeof(quoted), name);
	else
		control_plain(quoted, sizeof(quoted), name);
	if (buf[0] != '\0')
		(void)strlcat(buf, c->json ? "," : " ", size);
	/* A backslash is part of a system flag's name. */
	(void)strlcat(buf, c->json || name[0] != '\\' ? quoted : name, size);
}

static void
flags_text(struct control *c, struct table *t, const struct row *row,
    char *buf, size_t size)
{
	char name[TABLE_KWLEN + 1];
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (row->flags & flag_names[i].bit)
			add_flag(c, buf, size, flag_names[i].name);
	for (i = 0; i < TABLE_KEYWORDS; i++)
		if (row->keywords & UINT64_C(1) << i &&
		    table_keyword(t, i, name) == 0)
			add_flag(c, buf, size, name);
}

static void
show_row(struct control *c, struct table *t, const struct row *row)
{
	char flags[CONTROL_LINE - 128];

	flags_text(c, t, row, flags, sizeof(flags));
	control_line(c, c->json ? "{\"message\":%u,\"modseq\":%" PRIu64
	    ",\"flags\":[%s]}" : "  %u modseq=%" PRIu64 " flags=(%s)",
	    row->uid, row->modseq, flags);
}

/* The next messages: 1 if there may be more. */
static int
show_rows(struct control *c, struct mailbox *mb)
{
	struct table *t = mailbox_table(mb);
	unsigned int looked = 0;
	struct row row;
	uint64_t pos;

	if (c->uid == UINT32_MAX || table_find(t, c->uid + 1, &pos) == -1)
		return (0);
	for (; c->lines < CONTROL_PIECE && looked < 16 * CONTROL_PIECE;
	    pos++, looked++) {
		if (table_row(t, pos, &row) == -1) {
			if (errno != ENOENT)
				control_error(c, "a row is damaged");
			return (0);
		}
		c->uid = row.uid;
		if (!(row.flags & ROW_EXPUNGED))
			show_row(c, t, &row);
	}
	return (1);
}

/* A mailbox with its messages: 1 if there is more of it. */
static int
show_one(struct control *c)
{
	struct mailbox *mb;
	int more = 0;

	if ((mb = control_open(c)) == NULL) {
		control_error(c, "a mailbox has gone, or is damaged");
		return (0);
	}
	if (c->nargs == 0)
		show_line(c, mb);
	else {
		if (c->uid == 0)
			show_head(c, mb);
		more = show_rows(c, mb);
	}
	mailbox_close(mb);
	return (more);
}

int
control_show(struct control *c)
{
	if (control_find(c) == -1)
		return (0);
	while (c->at < c->n && c->lines < CONTROL_PIECE) {
		if (show_one(c))
			return (1);
		c->uid = 0;
		c->at++;
	}
	return (c->at < c->n);
}
