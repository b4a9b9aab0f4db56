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
#include <stdlib.h>
#include <string.h>

#include "common/letters.h"
#include "common/maildir.h"
#include "indexd/appeared.h"

#define SCAN_MAX	131072		/* rows looked at */

int	appeared_cmp(const struct appeared *, const struct appeared *);
static int	get_one(struct payload *, struct appeared **, unsigned int);
static int	get_whole(struct payload *, struct row *, unsigned int);
static int	check_name(struct appearance *, struct box *, uint64_t);
static int	check_log(struct appearance *, struct box *, uint64_t,
		    uint64_t *);

RB_PROTOTYPE(appeared_tree, appeared, entry, appeared_cmp)
RB_GENERATE(appeared_tree, appeared, entry, appeared_cmp)

int
appeared_cmp(const struct appeared *a, const struct appeared *b)
{
	if (a->unique != b->unique)
		return (a->unique < b->unique ? -1 : 1);
	return (memcmp(a->name, b->name, a->unique));
}

void
appearance_init(struct appearance *ap)
{
	STAILQ_INIT(&ap->list);
	RB_INIT(&ap->tree);
	ap->n = ap->top = ap->uidnext = 0;
}

void
appearance_free(struct appearance *ap)
{
	struct appeared *a;

	while ((a = STAILQ_FIRST(&ap->list)) != NULL) {
		STAILQ_REMOVE_HEAD(&ap->list, next);
		free(a);
	}
	appearance_init(ap);
}

static int
get_one(struct payload *in, struct appeared **ap, unsigned int nkeywords)
{
	char name[TABLE_NAMELEN + 1];
	struct maildir_name mn;
	struct appeared *a;
	uint64_t size, vsize, date;
	uint32_t letters, uid;
	uint8_t new;
	size_t len;

	errno = EPROTO;
	if (get_str(in, name, sizeof(name)) == -1 ||
	    get_u8(in, &new) == -1 || new > 1 ||
	    get_u32(in, &letters) == -1 || get_size(in, &size) == -1 ||
	    get_vsize(in, &vsize) == -1 || get_u64(in, &date) == -1 ||
	    get_u32(in, &uid) == -1 || uid == UINT32_MAX ||
	    maildir_parse(name, &mn) == -1 || name[mn.base] != '\0') {
		errno = EPROTO;
		return (-1);
	}
	len = strlen(name);
	if ((a = calloc(1, sizeof(*a) + len + 1)) == NULL)
		return (-1);
	memcpy(a->name, name, len + 1);
	a->unique = (uint32_t)mn.unique;
	a->uid = uid;
	a->row.flags = letters_flags(letters);
	if (new)
		a->row.flags |= ROW_NEW;
	a->row.keywords = letters_keywords(letters, nkeywords);
	a->row.fletters = letters;
	a->row.size = size;
	a->row.vsize = vsize;
	a->row.internaldate = (int64_t)date;
	a->row.savedate = maildir_savedate(name);
	if (get_whole(in, &a->row, nkeywords) == -1) {
		free(a);
		errno = EPROTO;
		return (-1);
	}
	*ap = a;
	return (0);
}

/* The flags, where they are told. */
static int
get_whole(struct payload *in, struct row *row, unsigned int nkeywords)
{
	uint64_t keywords;
	uint16_t flags;
	uint8_t whole;

	if (get_u8(in, &whole) == -1 || whole > 1)
		return (-1);
	if (!whole)
		return (0);
	if (get_u16(in, &flags) == -1 || (flags & ~FLAG_SYSTEM) != 0 ||
	    get_u64(in, &keywords) == -1 || (nkeywords < TABLE_KEYWORDS &&
	    keywords >> nkeywords != 0))
		return (-1);
	row->flags = (uint16_t)((row->flags & ~FLAG_SYSTEM) | flags);
	row->keywords = keywords;
	return (0);
}

int
appearance_get(struct appearance *ap, struct payload *in,
    unsigned int nkeywords)
{
	struct appeared *a;
	uint32_t n;

	errno = EPROTO;
	if (get_u32(in, &n) == -1)
		return (-1);
	while (n-- > 0) {
		if (get_one(in, &a, nkeywords) == -1)
			return (-1);
		if (RB_INSERT(appeared_tree, &ap->tree, a) != NULL) {
			free(a);
			continue;
		}
		STAILQ_INSERT_TAIL(&ap->list, a, next);
		ap->n++;
		if (a->uid > ap->top)
			ap->top = a->uid;
	}
	return (0);
}

/* Marks the one, if any, that has the name of the row at pos. */
static int
check_name(struct appearance *ap, struct box *box, uint64_t pos)
{
	union {
		struct appeared	a;
		char		room[sizeof(struct appeared) +
				    TABLE_NAMELEN + 1];
	} key;
	struct appeared *a;
	char *name = key.room + offsetof(struct appeared, name);

	if (mailbox_name(box->mailbox, pos, name) == -1)
		return (-1);
	key.a.unique = (uint32_t)maildir_unique(name);
	if ((a = RB_FIND(appeared_tree, &ap->tree, &key.a)) != NULL)
		a->known = 1;
	return (0);
}

/* Looks at all rows that the published change log names after seen. */
static int
check_log(struct appearance *ap, struct box *box, uint64_t seen,
    uint64_t *budget)
{
	struct mailbox *mb = box->mailbox;
	struct table *t = mailbox_table(mb);
	struct table_state st;
	struct change c;
	struct row row;
	uint64_t i, pos;

	if (table_state(t, &st) == -1)
		return (-1);
	if (table_change_since(t, seen, &i) == -1)
		return (-1);
	for (; i < st.nlog; i++) {
		if (table_change(t, i, &c) == -1)
			return (-1);
		for (pos = mailbox_find(mb, c.uid); pos < st.nrows; pos++) {
			if (mailbox_row(mb, pos, &row) == -1)
				return (-1);
			if (row.uid > c.last)
				break;
			if ((*budget)-- == 0) {
				errno = EAGAIN;
				return (-1);
			}
			if (check_name(ap, box, pos) == -1)
				return (-1);
		}
	}
	return (0);
}

int
appearance_known(struct appearance *ap, struct box *box, uint64_t seen)
{
	struct table_state st;
	uint64_t budget = SCAN_MAX, pos;
	struct appeared *a;

	if (ap->n == 0)
		return (0);
	/* The row of one that came and went has been dropped, maybe. */
	if (seen < mailbox_dropped(box->mailbox)) {
		errno = EAGAIN;
		return (-1);
	}
	STAILQ_FOREACH(a, &ap->list, next)
		if (place_name(box->place, a->name) != NULL)
			a->known = 1;
	if (check_log(ap, box, seen, &budget) == -1 ||
	    table_state(mailbox_table(box->mailbox), &st) == -1)
		return (-1);
	/* And those that the batch has added. */
	for (pos = st.nrows; pos < mailbox_rows(box->mailbox); pos++)
		if (check_name(ap, box, pos) == -1)
			return (-1);
	return (0);
}
