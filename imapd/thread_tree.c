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

#include <stdlib.h>
#include <string.h>

#include "imapd/sort.h"
#include "imapd/thread_priv.h"

static uint32_t	*new_entries(size_t);

static uint32_t *
new_entries(size_t n)
{
	uint32_t	*p;

	if ((p = reallocarray(NULL, n, sizeof(*p))) != NULL)
		memset(p, 0xff, n * sizeof(*p));
	return (p);
}

int
tree_init(struct thread *t)
{
	/* No dummy that is left has less than two messages. */
	t->nentry = t->nmsg;
	t->maxentry = t->nmsg + t->nmsg / 2 + 1;
	t->parent = new_entries(t->maxentry);
	t->child = new_entries(t->maxentry);
	t->next = new_entries(t->maxentry);
	return (t->parent == NULL || t->child == NULL || t->next == NULL ?
	    -1 : 0);
}

int
tree_sort(struct thread *t)
{
	struct sort_entry	*e;
	size_t			 i;
	int			 ret;

	t->order = new_entries(t->nmsg + 1);
	e = reallocarray(NULL, t->nmsg + 1, sizeof(*e));
	if (t->order == NULL || e == NULL) {
		free(e);
		return (-1);
	}
	for (i = 0; i < t->nmsg; i++) {
		e[i].head = (uint64_t)t->msg[i].date ^ UINT64_C(1) << 63;
		e[i].rest = (const unsigned char *)"";
		e[i].nrest = 0;
		e[i].shown = (uint32_t)i;
	}
	if ((ret = sort_entries(e, t->nmsg)) == 0) {
		for (i = 0; i < t->nmsg; i++)
			t->order[i] = e[i].shown;
	}
	free(e);
	return (ret);
}

/*
 * Each list gets its members in the order of order.  A dummy stands where its
 * first child would.
 */
void
tree_build(struct thread *t)
{
	uint32_t	*last = &t->top, m, p;
	size_t		 i;

	memset(t->child, 0xff, t->nentry * sizeof(*t->child));
	memset(t->next, 0xff, t->nentry * sizeof(*t->next));
	for (i = t->nmsg; i-- > 0;) {
		m = t->order[i];
		if ((p = t->parent[m]) == NONE)
			continue;
		t->next[m] = t->child[p];
		t->child[p] = m;
	}
	for (i = 0; i < t->nmsg; i++) {
		m = t->order[i];
		p = t->parent[m];
		if (p != NONE && (p < t->nmsg || t->child[p] != m))
			continue;
		*last = p == NONE ? m : p;
		last = &t->next[*last];
	}
	*last = NONE;
}
