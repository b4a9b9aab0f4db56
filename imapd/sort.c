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

/* Keys and the messages that have them. */

struct sort_chunk {
	struct sort_chunk	*next;
	size_t			 used;
	unsigned char		 octets[];
};

/* The longest key: eight octets for a number, a NUL after each text. */
#define KEY_MAX		(3 * 8 + SORT_TEXTS * (SORT_TEXT_MAX + 1))

struct key {
	size_t		n;
	unsigned char	octets[KEY_MAX];
};

static const unsigned char *keep(struct sort *, const unsigned char *, size_t);
static void	put_number(struct key *, uint64_t);
static void	put_step(struct key *, const struct sort_step *,
		    const struct sort_message *);
static void	put_text(struct key *, const struct sort_keys *,
		    enum sort_text);

int
sort_init(struct sort *sort, const struct sort_program *program,
    size_t messages)
{
	memset(sort, 0, sizeof(*sort));
	sort->program = program;
	sort->max = messages;
	sort->entry = reallocarray(NULL, messages + 1, sizeof(*sort->entry));
	return (sort->entry == NULL ? -1 : 0);
}

void
sort_free(struct sort *sort)
{
	struct sort_chunk	*c;

	while ((c = sort->chunks) != NULL) {
		sort->chunks = c->next;
		free(c);
	}
	free(sort->entry);
	sort->entry = NULL;
}

static void
put_number(struct key *key, uint64_t n)
{
	int	shift;

	for (shift = 56; shift >= 0; shift -= 8)
		key->octets[key->n++] = (unsigned char)(n >> shift);
}

static void
put_text(struct key *key, const struct sort_keys *keys, enum sort_text text)
{
	if (keys->len[text] > 0)
		memcpy(key->octets + key->n, keys->text[text],
		    keys->len[text]);
	key->n += keys->len[text];
	key->octets[key->n++] = '\0';
}

static void
put_step(struct key *key, const struct sort_step *step,
    const struct sort_message *m)
{
	static const enum sort_text	texts[SORT_CRITERIA] = {
		[SORT_CC] = SORT_TEXT_CC,
		[SORT_DISPLAYFROM] = SORT_TEXT_DISPLAYFROM,
		[SORT_DISPLAYTO] = SORT_TEXT_DISPLAYTO,
		[SORT_FROM] = SORT_TEXT_FROM,
		[SORT_SUBJECT] = SORT_TEXT_SUBJECT,
		[SORT_TO] = SORT_TEXT_TO
	};
	int64_t				date;
	size_t				from = key->n;

	switch (step->criterion) {
	case SORT_ARRIVAL:
	case SORT_DATE:
		date = step->criterion == SORT_DATE && m->keys.dated ?
		    m->keys.date : m->arrival;
		/* Earlier than 1970 is before. */
		put_number(key, (uint64_t)date ^ UINT64_C(1) << 63);
		break;
	case SORT_SIZE:
		put_number(key, m->size);
		break;
	default:
		put_text(key, &m->keys, texts[step->criterion]);
		break;
	}
	for (; step->reverse && from < key->n; from++)
		key->octets[from] ^= 0xff;
}

static const unsigned char *
keep(struct sort *sort, const unsigned char *octets, size_t n)
{
	struct sort_chunk	*c = sort->chunks;

	if (c == NULL || n > SORT_CHUNK - sizeof(*c) - c->used) {
		if ((c = malloc(SORT_CHUNK)) == NULL)
			return (NULL);
		c->next = sort->chunks;
		c->used = 0;
		sort->chunks = c;
	}
	memcpy(c->octets + c->used, octets, n);
	c->used += n;
	return (c->octets + c->used - n);
}

int
sort_add(struct sort *sort, const struct sort_message *m, uint32_t shown)
{
	struct sort_entry	*e = &sort->entry[sort->n];
	struct key		 key;
	size_t			 i;

	key.n = 0;
	for (i = 0; i < sort->program->n; i++)
		put_step(&key, &sort->program->step[i], m);
	e->head = 0;
	for (i = 0; i < 8; i++)
		e->head = e->head << 8 | (i < key.n ? key.octets[i] : 0);
	e->nrest = key.n > 8 ? (uint32_t)(key.n - 8) : 0;
	e->rest = keep(sort, key.octets + key.n - e->nrest, e->nrest);
	e->shown = shown;
	if (e->rest == NULL)
		return (-1);
	sort->n++;
	return (0);
}

uint32_t *
sort_order(struct sort *sort)
{
	uint32_t	*order;
	size_t		 i;

	if (sort_entries(sort->entry, sort->n) == -1)
		return (NULL);
	order = reallocarray(NULL, sort->n + 1, sizeof(*order));
	for (i = 0; order != NULL && i < sort->n; i++)
		order[i] = sort->entry[i].shown;
	return (order);
}
