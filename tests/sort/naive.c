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

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/sink.h"
#include "tests/sort/mail.h"

/*
 * THREAD=REFERENCES by the letter of RFC 5256 section 3: every step for
 * itself, with lists that are searched and functions that recurse.
 */
#define NODES	(NAIVE_MAX * 4 + 2)

struct node {
	const struct mail	*mail;		/* NULL: a dummy */
	uint32_t		 number;	/* of the message */
	uint32_t		 id;		/* 0: a unique one */
	struct node		*parent;
	struct node		*child[NODES];
	size_t			 nchild;
};

struct naive {
	struct node		*node[NODES];
	size_t			 nnode;
	struct node		*root;
	struct node		*table[NODES];	/* the subject table */
	size_t			 ntable;
};

static struct node	*new_node(struct naive *, uint32_t);
static struct node	*find_id(struct naive *, uint32_t);
static int		 is_below(const struct node *, const struct node *);
static void		 add_child(struct node *, struct node *);
static void		 take_from_parent(struct node *);
static void		 link_refs(struct naive *, struct node *);
static void		 prune(struct naive *, struct node *);
static const struct node *first_message(const struct node *);
static int		 compare(const void *, const void *);
static void		 sort_siblings(struct node *);
static void		 sort_below(struct node *);
static uint32_t		 subject_of(const struct node *);
static int		 is_reply(const struct node *);
static struct node	**lookup(struct naive *, uint32_t);
static void		 populate(struct naive *);
static void		 merge(struct naive *);
static void		 merge_one(struct naive *, struct node *,
			    struct node **);
static void		 show(const struct node *, struct mime_buf *);
static void		 put(struct mime_buf *, const char *);

static struct node *
new_node(struct naive *t, uint32_t id)
{
	struct node	*v;

	if (t->nnode == NODES)
		errx(1, "naive: too many nodes");
	if ((v = calloc(1, sizeof(*v))) == NULL)
		err(1, NULL);
	v->id = id;
	t->node[t->nnode++] = v;
	return (v);
}

static struct node *
find_id(struct naive *t, uint32_t id)
{
	size_t	i;

	for (i = 0; i < t->nnode; i++) {
		if (t->node[i]->id == id)
			return (t->node[i]);
	}
	return (new_node(t, id));
}

static int
is_below(const struct node *a, const struct node *b)
{
	for (; a != NULL; a = a->parent) {
		if (a == b)
			return (1);
	}
	return (0);
}

static void
add_child(struct node *a, struct node *b)
{
	b->parent = a;
	a->child[a->nchild++] = b;
}

static void
take_from_parent(struct node *v)
{
	struct node	*p = v->parent;
	size_t		 i;

	if (p == NULL)
		return;
	for (i = 0; p->child[i] != v; i++)
		continue;
	for (p->nchild--; i < p->nchild; i++)
		p->child[i] = p->child[i + 1];
	v->parent = NULL;
}

/* Step 1. */
static void
link_refs(struct naive *t, struct node *v)
{
	struct node	*last = NULL, *next;
	uint32_t	 i;

	for (i = 0; i < v->mail->nrefs; i++) {
		next = find_id(t, v->mail->ref[i]);
		if (last != NULL && next->parent == NULL &&
		    !is_below(last, next))
			add_child(last, next);
		last = next;
	}
	take_from_parent(v);
	if (last != NULL && !is_below(last, v))
		add_child(last, v);
}

/* Step 3. */
static void
prune(struct naive *t, struct node *p)
{
	struct node	*v, *c;
	size_t		 i = 0;

	while (i < p->nchild) {
		v = p->child[i];
		prune(t, v);
		if (v->mail != NULL || (p == t->root && v->nchild > 1)) {
			i++;
			continue;
		}
		take_from_parent(v);
		while (v->nchild > 0) {
			c = v->child[0];
			take_from_parent(c);
			add_child(p, c);
		}
		i = 0;
	}
}

static const struct node *
first_message(const struct node *v)
{
	return (v->mail == NULL ? v->child[0] : v);
}

static int
compare(const void *x, const void *y)
{
	const struct node	*a, *b;

	a = first_message(*(struct node *const *)x);
	b = first_message(*(struct node *const *)y);
	if (a->mail->date != b->mail->date)
		return (a->mail->date < b->mail->date ? -1 : 1);
	return (a->number < b->number ? -1 : 1);
}

static void
sort_siblings(struct node *p)
{
	qsort(p->child, p->nchild, sizeof(struct node *), compare);
}

/* Step 6. */
static void
sort_below(struct node *p)
{
	size_t	i;

	for (i = 0; i < p->nchild; i++)
		sort_below(p->child[i]);
	sort_siblings(p);
}

static uint32_t
subject_of(const struct node *v)
{
	return (first_message(v)->mail->subject);
}

static int
is_reply(const struct node *v)
{
	return (v->mail != NULL && v->mail->reply);
}

static struct node **
lookup(struct naive *t, uint32_t subject)
{
	size_t	i;

	for (i = 0; i < t->ntable; i++) {
		if (subject_of(t->table[i]) == subject)
			return (&t->table[i]);
	}
	return (NULL);
}

/* Step 5 (B). */
static void
populate(struct naive *t)
{
	struct node	*v, **have;
	size_t		 i;

	for (i = 0; i < t->root->nchild; i++) {
		v = t->root->child[i];
		if (subject_of(v) == 0)
			continue;
		if ((have = lookup(t, subject_of(v))) == NULL)
			t->table[t->ntable++] = v;
		else if ((*have)->mail != NULL && (v->mail == NULL ||
		    (is_reply(*have) && !is_reply(v))))
			*have = v;
	}
}

static void
merge_one(struct naive *t, struct node *v, struct node **have)
{
	struct node	*c, *dummy;

	if (v->mail == NULL && (*have)->mail == NULL) {
		while (v->nchild > 0) {
			c = v->child[0];
			take_from_parent(c);
			add_child(*have, c);
		}
		take_from_parent(v);
	} else if ((*have)->mail == NULL ||
	    (is_reply(v) && !is_reply(*have))) {
		take_from_parent(v);
		add_child(*have, v);
	} else {
		dummy = new_node(t, 0);
		take_from_parent(v);
		take_from_parent(*have);
		add_child(dummy, *have);
		add_child(dummy, v);
		add_child(t->root, dummy);
		*have = dummy;
	}
}

/* Step 5 (C), for those that are children of the root at the time. */
static void
merge(struct naive *t)
{
	struct node	*all[NODES], *v, **have;
	size_t		 i, n = t->root->nchild;

	memcpy(all, t->root->child, n * sizeof(all[0]));
	for (i = 0; i < n; i++) {
		v = all[i];
		if (v->parent != t->root || subject_of(v) == 0)
			continue;
		have = lookup(t, subject_of(v));
		if (have != NULL && *have != v)
			merge_one(t, v, have);
	}
}

static void
put(struct mime_buf *out, const char *text)
{
	if (mime_buf_add(out, text, strlen(text)) == -1)
		err(1, NULL);
}

static void
show(const struct node *v, struct mime_buf *out)
{
	struct mime_sink	sink = mime_buf_sink(out);
	size_t			i;

	if (v->mail != NULL) {
		if (mime_sink_number(&sink, v->number) == -1)
			err(1, NULL);
		if (v->nchild > 0)
			put(out, " ");
		if (v->nchild == 1) {
			show(v->child[0], out);
			return;
		}
	}
	for (i = 0; i < v->nchild; i++) {
		put(out, "(");
		show(v->child[i], out);
		put(out, ")");
	}
}

char *
naive_threads(const struct mail *mail, size_t n)
{
	struct mime_buf	 out = { 0 };
	struct naive	 t;
	struct node	*v;
	size_t		 i, nodes;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < n; i++) {
		v = mail[i].id == 0 ? NULL : find_id(&t, mail[i].id);
		if (v == NULL || v->mail != NULL)
			v = new_node(&t, 0);
		v->mail = &mail[i];
		v->number = (uint32_t)i + 1;
		link_refs(&t, v);
	}
	nodes = t.nnode;
	t.root = new_node(&t, 0);
	for (i = 0; i < nodes; i++) {
		if (t.node[i]->parent == NULL)
			add_child(t.root, t.node[i]);
	}
	prune(&t, t.root);
	for (i = 0; i < t.root->nchild; i++) {
		if (t.root->child[i]->mail == NULL)
			sort_siblings(t.root->child[i]);
	}
	sort_siblings(t.root);
	populate(&t);
	merge(&t);
	sort_below(t.root);
	show(t.root, &out);
	if (mime_buf_addc(&out, '\0') == -1)
		err(1, NULL);
	for (i = 0; i < t.nnode; i++)
		free(t.node[i]);
	return (out.data);
}
