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


#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/damage/seen.h"

#define BEYOND	3	/* UIDs and mod-sequences asked beyond the last */

static void	*need(size_t, size_t);
static void	take_tree(struct seen *, struct table *);
static int	refuses(int, unsigned int *);
static unsigned int rows(const struct seen *, struct table *,
		    unsigned int *);
static unsigned int tree(const struct seen *, struct table *,
		    unsigned int *);
static unsigned int changes(const struct seen *, struct table *,
		    unsigned int *);
static unsigned int words(const struct seen *, struct table *,
		    unsigned int *);

static void *
need(size_t n, size_t size)
{
	void *p;

	p = calloc(n + 1, size);
	ATF_REQUIRE(p != NULL);
	return (p);
}

static void
take_tree(struct seen *s, struct table *t)
{
	uint64_t n;
	unsigned int k;

	s->rank = need(s->st.nrows + 1, sizeof(*s->rank));
	for (n = 0; n <= s->st.nrows; n++)
		ATF_REQUIRE_EQ(0, table_rank(t, n, &s->rank[n]));
	s->nth = need(s->st.messages, sizeof(*s->nth));
	for (n = 0; n < s->st.messages; n++)
		ATF_REQUIRE_EQ(0, table_nth(t, (uint32_t)n, &s->nth[n]));
	for (k = TABLE_LIVE; k <= TABLE_BEHIND; k++) {
		s->next[k] = need(s->st.nrows, sizeof(*s->next[k]));
		for (n = 0; n < s->st.nrows; n++)
			if (table_next(t, (enum table_bitmap)k, n,
			    &s->next[k][n]) == -1) {
				ATF_REQUIRE_EQ(ENOENT, errno);
				s->next[k][n] = s->st.nrows;
			}
	}
}

void
seen_take(struct seen *s, struct table *t)
{
	uint64_t n;

	memset(s, 0, sizeof(*s));
	ATF_REQUIRE_EQ(0, table_state(t, &s->st));
	s->rows = need(s->st.nrows, sizeof(*s->rows));
	s->names = need(s->st.nrows, sizeof(*s->names));
	for (n = 0; n < s->st.nrows; n++)
		ATF_REQUIRE_EQ(0, table_row_name(t, n, &s->rows[n],
		    s->names[n]));
	s->find = need(s->st.uidnext + BEYOND, sizeof(*s->find));
	for (n = 0; n < s->st.uidnext + BEYOND; n++)
		ATF_REQUIRE_EQ(0, table_find(t, (uint32_t)n, &s->find[n]));
	take_tree(s, t);
	s->log = need(s->st.nlog, sizeof(*s->log));
	for (n = 0; n < s->st.nlog; n++)
		ATF_REQUIRE_EQ(0, table_change(t, n, &s->log[n]));
	s->since = need(s->st.highestmodseq + BEYOND, sizeof(*s->since));
	for (n = 0; n < s->st.highestmodseq + BEYOND; n++)
		ATF_REQUIRE_EQ(0, table_change_since(t, n, &s->since[n]));
	s->keywords = need(s->st.nkeywords, sizeof(*s->keywords));
	for (n = 0; n < s->st.nkeywords; n++)
		ATF_REQUIRE_EQ(0, table_keyword(t, (unsigned int)n,
		    s->keywords[n]));
	ATF_REQUIRE_EQ(0, table_folder(t, s->folder));
}

void
seen_free(struct seen *s)
{
	unsigned int k;

	free(s->rows);
	free(s->names);
	free(s->find);
	free(s->rank);
	free(s->nth);
	for (k = TABLE_LIVE; k <= TABLE_BEHIND; k++)
		free(s->next[k]);
	free(s->log);
	free(s->since);
	free(s->keywords);
}

/* Whether there is no answer, for a good reason. */
static int
refuses(int r, unsigned int *refused)
{
	if (r == 0 || (errno != EBADMSG && errno != EAGAIN))
		return (0);
	(*refused)++;
	return (1);
}

static unsigned int
rows(const struct seen *s, struct table *t, unsigned int *refused)
{
	char name[TABLE_NAMELEN + 1];
	unsigned int wrong = 0;
	struct row row;
	uint64_t at, n;

	for (n = 0; n < s->st.nrows; n++) {
		memset(&row, 0, sizeof(row));
		memset(name, 0, sizeof(name));
		if (refuses(table_row_name(t, n, &row, name), refused))
			continue;
		row.seq = s->rows[n].seq;
		wrong += memcmp(&row, &s->rows[n], sizeof(row)) != 0 ||
		    strcmp(name, s->names[n]) != 0;
	}
	for (n = 0; n < s->st.uidnext + BEYOND; n++)
		if (!refuses(table_find(t, (uint32_t)n, &at), refused))
			wrong += at != s->find[n];
	return (wrong);
}

static unsigned int
tree(const struct seen *s, struct table *t, unsigned int *refused)
{
	unsigned int k, wrong = 0;
	uint32_t rank;
	uint64_t at, n;
	int r;

	for (n = 0; n <= s->st.nrows; n++)
		if (!refuses(table_rank(t, n, &rank), refused))
			wrong += rank != s->rank[n];
	for (n = 0; n < s->st.messages; n++)
		if (!refuses(table_nth(t, (uint32_t)n, &at), refused))
			wrong += at != s->nth[n];
	for (k = TABLE_LIVE; k <= TABLE_BEHIND; k++)
		for (n = 0; n < s->st.nrows; n++) {
			r = table_next(t, (enum table_bitmap)k, n, &at);
			if (refuses(r, refused))
				continue;
			if (r == -1)
				at = s->st.nrows;
			wrong += at != s->next[k][n];
		}
	return (wrong);
}

static unsigned int
changes(const struct seen *s, struct table *t, unsigned int *refused)
{
	unsigned int wrong = 0;
	struct change c;
	uint64_t at, n;

	for (n = 0; n < s->st.nlog; n++) {
		memset(&c, 0, sizeof(c));
		if (!refuses(table_change(t, n, &c), refused))
			wrong += memcmp(&c, &s->log[n], sizeof(c)) != 0;
	}
	for (n = 0; n < s->st.highestmodseq + BEYOND; n++)
		if (!refuses(table_change_since(t, n, &at), refused))
			wrong += at != s->since[n];
	return (wrong);
}

static unsigned int
words(const struct seen *s, struct table *t, unsigned int *refused)
{
	char name[TABLE_FOLDERLEN + 1];
	unsigned int n, wrong = 0;

	for (n = 0; n < s->st.nkeywords; n++)
		if (!refuses(table_keyword(t, n, name), refused))
			wrong += strcmp(name, s->keywords[n]) != 0;
	if (!refuses(table_folder(t, name), refused))
		wrong += strcmp(name, s->folder) != 0;
	return (wrong);
}

unsigned int
seen_compare(const struct seen *s, struct table *t, unsigned int *refused)
{
	struct table_state st;
	unsigned int wrong = 0;
	int state;

	*refused = 0;
	memset(&st, 0, sizeof(st));
	state = !refuses(table_state(t, &st), refused);
	wrong += rows(s, t, refused);
	wrong += tree(s, t, refused);
	wrong += changes(s, t, refused);
	wrong += words(s, t, refused);
	/* Nobody asks a table for more that has no state to show. */
	if (!state)
		return (0);
	st.exp_seq = s->st.exp_seq;
	wrong += memcmp(&st, &s->st, sizeof(st)) != 0;
	return (wrong);
}
