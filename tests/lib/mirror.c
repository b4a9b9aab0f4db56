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

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "tests/lib/mirror.h"

static unsigned int	parse_flags(const char *);
static uint64_t		number_after(const char *, const char *);
static void		complete(struct mirror *);
static void		highest(struct mirror *, uint64_t);
static void		on_line(struct mirror *, const char *);
static void		on_number(struct mirror *, const char *);
static void		on_tagged(struct mirror *, const char *);
static void		on_vanished(struct mirror *, const char *);
static void		parse_store(struct mirror *, const char *);
static size_t		place(const struct mirror *, uint32_t);
static void		resize(struct mirror *, size_t);
static void		selected(struct mirror *);
static void		take(struct mirror *, uint32_t, const char *);
static void		unslot(struct mirror *, uint32_t);

const char *const mirror_flags[MIRROR_FLAGS] = {
	"\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen", "k1",
	"k2"
};

void
mirror_init(struct mirror *m)
{
	memset(m, 0, sizeof(*m));
	uidset_init(&m->target, 0);
}

void
mirror_free(struct mirror *m)
{
	free(m->msg);
	free(m->slot);
	uidset_free(&m->target);
	mirror_init(m);
}

void
mirror_set(const char *p, struct uidset *set)
{
	char		*end;
	uint32_t	 lo, hi;

	while (isdigit((unsigned char)*p)) {
		lo = hi = (uint32_t)strtoul(p, &end, 10);
		if (*end == ':')
			hi = (uint32_t)strtoul(end + 1, &end, 10);
		ATF_REQUIRE(uidset_add_range(set, lo, hi) == 0);
		p = *end == ',' ? end + 1 : end;
	}
}

/* The number after the first occurrence of text, 0 if there is none. */
static uint64_t
number_after(const char *line, const char *text)
{
	const char	*p;

	p = strstr(line, text);
	return (p == NULL ? 0 : strtoull(p + strlen(text), NULL, 10));
}

/* The flags up to the next parenthesis. */
static unsigned int
parse_flags(const char *p)
{
	unsigned int	 flags = 0, i;
	size_t		 len;

	for (; *p != '\0' && *p != ')'; p += len + (p[len] == ' ')) {
		len = strcspn(p, " )");
		for (i = 0; i < MIRROR_FLAGS; i++)
			if (strlen(mirror_flags[i]) == len &&
			    strncmp(mirror_flags[i], p, len) == 0)
				flags |= 1U << i;
	}
	return (flags);
}

/* Where the UID stands, or would. */
static size_t
place(const struct mirror *m, uint32_t uid)
{
	size_t	 lo = 0, hi = m->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (m->msg[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

struct mirror_msg *
mirror_find(const struct mirror *m, uint32_t uid)
{
	size_t	 i = place(m, uid);

	return (i < m->n && m->msg[i].uid == uid ? &m->msg[i] : NULL);
}

void
mirror_forget(struct mirror *m, const struct uidset *set)
{
	size_t	 i, n = 0;

	for (i = 0; i < m->n; i++)
		if (!uidset_contains(set, m->msg[i].uid))
			m->msg[n++] = m->msg[i];
	m->n = n;
}

void
mirror_cut(struct mirror *m)
{
	size_t	 n = place(m, m->base + 1);

	m->n = n;
	m->exists = 0;
	m->len = m->literal = 0;
	m->code = 0;
	m->seen = 0;
	m->command = MIRROR_OTHER;
}

/* "1:3 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Seen k1)" */
static void
parse_store(struct mirror *m, const char *p)
{
	struct uidset	 nums;
	const char	*flags;
	size_t		 i;
	int		 uid = strncmp(p, "UID ", 4) == 0;

	uidset_clear(&m->target);
	if ((flags = strstr(p, "FLAGS.SILENT (")) == NULL)
		return;
	m->command = MIRROR_STORE;
	m->op = flags[-1] == '+' || flags[-1] == '-' ? flags[-1] : '=';
	m->flags = parse_flags(flags + 14);
	uidset_init(&nums, 0);
	mirror_set(p + (uid ? 10 : 6), uid ? &m->target : &nums);
	for (i = 0; i < m->exists; i++)
		if (m->slot[i] != 0 && uidset_contains(&nums, i + 1))
			ATF_REQUIRE_EQ(0, uidset_add(&m->target, m->slot[i]));
	uidset_free(&nums);
}

void
mirror_send(struct mirror *m, const char *p)
{
	m->command = MIRROR_OTHER;
	if (strncmp(p, "STORE ", 6) == 0 || strncmp(p, "UID STORE ", 10) == 0)
		parse_store(m, p);
	else if (strcmp(p, "NOOP") == 0 || strcmp(p, "IDLE") == 0)
		m->command = MIRROR_NEWS;
	else if (strncmp(p, "FETCH 1:* ", 10) == 0)
		m->command = MIRROR_MAP;
	else if (strncmp(p, "UID FETCH 1:* ", 14) == 0 &&
	    strstr(p, "CHANGEDSINCE") != NULL)
		m->command = MIRROR_CHANGES;
	else if (strncmp(p, "SELECT ", 7) == 0) {
		m->command = MIRROR_SELECT;
		m->n = place(m, m->base + 1);
		m->exists = 0;
		m->need_map = m->need_changes = 1;
		m->qresync = strstr(p, "QRESYNC") != NULL;
	}
}

static void
resize(struct mirror *m, size_t n)
{
	if (n > m->slots) {
		m->slot = recallocarray(m->slot, m->slots, n + 64,
		    sizeof(*m->slot));
		ATF_REQUIRE(m->slot != NULL);
		m->slots = n + 64;
	}
	while (m->exists < n)
		m->slot[m->exists++] = 0;
}

/* Takes a UID's message out of the numbers; it may never have been fetched. */
static void
unslot(struct mirror *m, uint32_t uid)
{
	size_t	 i, hole = m->exists;

	for (i = 0; i < m->exists; i++) {
		if (m->slot[i] == uid)
			break;
		if (m->slot[i] == 0) {
			hole = i;
			continue;
		}
		if (m->slot[i] > uid) {
			i = hole;
			break;
		}
		hole = m->exists;
	}
	if (i == m->exists)
		i = hole;
	if (i == m->exists)
		atf_tc_fail("VANISHED %" PRIu32 " was never announced", uid);
	memmove(&m->slot[i], &m->slot[i + 1],
	    (--m->exists - i) * sizeof(*m->slot));
}

static void
on_vanished(struct mirror *m, const char *p)
{
	struct uidset		 set;
	struct uidset_iter	 it = { 0 };
	uint32_t		 uid;
	int			 earlier = strncmp(p, "(EARLIER) ", 10) == 0;

	uidset_init(&set, 0);
	mirror_set(p + (earlier ? 10 : 0), &set);
	ATF_REQUIRE(set.n > 0);
	/* Those EARLIER have no numbers (section 3.2.10.1). */
	while (!earlier && uidset_next(&set, &it, &uid))
		unslot(m, uid);
	mirror_forget(m, &set);
	uidset_free(&set);
}

/* What a FETCH line, whose UID is given, tells of the message. */
static void
take(struct mirror *m, uint32_t uid, const char *line)
{
	struct mirror_msg	*msg = mirror_find(m, uid);
	const char		*flags = strstr(line, "FLAGS (");
	uint64_t		 modseq = number_after(line, "MODSEQ (");
	size_t			 i;

	if (modseq == 0)
		atf_tc_fail("no MODSEQ: %s", line);
	if (msg == NULL && flags == NULL)
		return;
	if (m->command == MIRROR_NEWS && msg != NULL && msg->modseq == modseq)
		atf_tc_fail("told twice: %s", line);
	if (msg == NULL) {
		if (m->n == m->cap) {
			m->msg = recallocarray(m->msg, m->cap, m->cap + 64,
			    sizeof(*m->msg));
			ATF_REQUIRE(m->msg != NULL);
			m->cap += 64;
		}
		i = place(m, uid);
		msg = &m->msg[i];
		memmove(msg + 1, msg, (m->n++ - i) * sizeof(*msg));
		msg->uid = uid;
	}
	msg->modseq = modseq;
	if (flags != NULL)
		msg->flags = parse_flags(flags + 7);
	else if (m->command == MIRROR_STORE &&
	    uidset_contains(&m->target, uid)) {
		if (m->op == '+')
			msg->flags |= m->flags;
		else if (m->op == '-')
			msg->flags &= ~m->flags;
		else
			msg->flags = m->flags;
	}
}

uint32_t
mirror_fetch(struct mirror *m, const char *line)
{
	uint32_t	 uid;

	if ((uid = (uint32_t)number_after(line, "(UID ")) == 0)
		uid = (uint32_t)number_after(line, " UID ");
	if (uid != 0)
		take(m, uid, line);
	return (uid);
}

/* "12 EXISTS" and its like. */
static void
on_number(struct mirror *m, const char *line)
{
	struct uidset	 gone;
	char		*p;
	uint32_t	 num, uid;

	num = (uint32_t)strtoul(line, &p, 10);
	if (strcmp(p, " EXISTS") == 0) {
		if (num < m->exists)
			atf_tc_fail("%s, but there were %zu", line, m->exists);
		resize(m, num);
	}
	if (strcmp(p, " EXPUNGE") != 0 && strncmp(p, " FETCH (", 8) != 0)
		return;
	if (num == 0 || num > m->exists)
		atf_tc_fail("of %zu messages: %s", m->exists, line);
	if (p[2] == 'X') {
		uid = m->slot[num - 1];
		memmove(&m->slot[num - 1], &m->slot[num],
		    (--m->exists - (num - 1)) * sizeof(*m->slot));
		uidset_init(&gone, 0);
		if (uid != 0) {
			ATF_REQUIRE_EQ(0, uidset_add(&gone, uid));
			mirror_forget(m, &gone);
		}
		uidset_free(&gone);
		return;
	}
	if ((uid = mirror_fetch(m, p)) == 0) {
		if ((uid = m->slot[num - 1]) != 0)
			take(m, uid, p);
	} else if (m->slot[num - 1] != 0 && m->slot[num - 1] != uid)
		atf_tc_fail("UID %" PRIu32 " before: %s", m->slot[num - 1],
		    line);
	m->slot[num - 1] = uid;
	if (number_after(p, "MODSEQ (") > m->seen)
		m->seen = number_after(p, "MODSEQ (");
}

static void
highest(struct mirror *m, uint64_t modseq)
{
	if (m->need_map || m->need_changes)
		m->pending = modseq;
	else
		m->highest = modseq;
	m->code = 1;
}

/* SELECT is through; what is left of the copy has the first numbers. */
static void
selected(struct mirror *m)
{
	size_t	 i, n = place(m, m->base + 1);

	if (m->base == 0)
		m->need_changes = 0;
	if (m->qresync)
		m->need_map = m->need_changes = 0;
	if (m->exists == 0) {
		m->need_map = m->need_changes = 0;
		m->n = 0;
	}
	if (!m->qresync)
		return;
	if (n > m->exists)
		atf_tc_fail("%zu messages, %zu left of the copy", m->exists,
		    n);
	for (i = 0; i < n; i++) {
		if (m->slot[i] != 0 && m->slot[i] != m->msg[i].uid)
			atf_tc_fail("%" PRIu32 " is number %zu, but %" PRIu32
			    " in the copy", m->slot[i], i + 1, m->msg[i].uid);
		m->slot[i] = m->msg[i].uid;
	}
}

/* The numbers are known: what has none is gone.  Up to where is all known? */
static void
complete(struct mirror *m)
{
	struct uidset	 gone;
	size_t		 i, j = 0;

	if (m->need_map)
		return;
	uidset_init(&gone, 0);
	for (i = 0; i < m->n; i++) {
		while (j < m->exists && m->slot[j] < m->msg[i].uid)
			j++;
		if (j == m->exists || m->slot[j] != m->msg[i].uid)
			ATF_REQUIRE_EQ(0, uidset_add(&gone, m->msg[i].uid));
	}
	mirror_forget(m, &gone);
	uidset_free(&gone);
	if (m->need_changes)
		return;
	for (i = 0; i < m->exists && m->slot[i] != 0; i++) {
		if (mirror_find(m, m->slot[i]) == NULL)
			break;
		if (m->slot[i] > m->base)
			m->base = m->slot[i];
	}
}

static void
on_tagged(struct mirror *m, const char *text)
{
	int	 syncing = m->need_map || m->need_changes;
	int	 ok = strncmp(text, "OK", 2) == 0;

	if (strstr(text, "[HIGHESTMODSEQ ") != NULL)
		highest(m, number_after(text, "[HIGHESTMODSEQ "));
	if (!m->code && m->seen > (syncing ? m->pending : m->highest))
		highest(m, m->seen);
	m->code = 0;
	m->seen = 0;
	if (m->command == MIRROR_SELECT && ok)
		selected(m);
	if (m->command == MIRROR_MAP && ok)
		m->need_map = 0;
	if (m->command == MIRROR_CHANGES && ok)
		m->need_changes = 0;
	m->command = MIRROR_OTHER;
	complete(m);
	if (syncing && !m->need_map && !m->need_changes)
		m->highest = m->pending;
}

static void
on_line(struct mirror *m, const char *line)
{
	if (*line == '+')
		return;
	if (strncmp(line, "* ", 2) != 0) {
		ATF_REQUIRE(strchr(line, ' ') != NULL);
		on_tagged(m, strchr(line, ' ') + 1);
		return;
	}
	line += 2;
	if (strncmp(line, "OK [HIGHESTMODSEQ ", 18) == 0)
		highest(m, strtoull(line + 18, NULL, 10));
	else if (strncmp(line, "OK [UIDVALIDITY ", 16) == 0)
		m->uidvalidity = (uint32_t)strtoul(line + 16, NULL, 10);
	else if (strncmp(line, "VANISHED ", 9) == 0)
		on_vanished(m, line + 9);
	else if (isdigit((unsigned char)*line))
		on_number(m, line);
}

/* Lines end with CRLF, if no literal is announced there. */
void
mirror_feed(struct mirror *m, const char *p, size_t len)
{
	char	*brace;

	for (; len > 0; p++, len--) {
		ATF_REQUIRE(m->len < sizeof(m->line) - 1);
		m->line[m->len++] = *p;
		if (m->literal > 0) {
			m->literal--;
			continue;
		}
		if (m->len < 2 || *p != '\n' || m->line[m->len - 2] != '\r')
			continue;
		m->line[m->len - 2] = '\0';
		if (m->len > 3 && m->line[m->len - 3] == '}' &&
		    (brace = strrchr(m->line, '{')) != NULL) {
			m->line[m->len - 2] = '\r';
			m->literal = strtoul(brace + 1, NULL, 10);
			continue;
		}
		m->len = 0;
		m->lines++;
		on_line(m, m->line);
	}
}

int
mirror_behind(const struct mirror *m)
{
	size_t	 i;

	for (i = 0; i < m->exists; i++)
		if (m->slot[i] == 0 || mirror_find(m, m->slot[i]) == NULL)
			return (1);
	return (0);
}
