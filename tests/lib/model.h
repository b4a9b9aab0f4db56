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


#ifndef TESTS_LIB_MODEL_H
#define TESTS_LIB_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "indexd/engine.h"

/*
 * A naive model of a mailbox, beside which the storage engine is driven with
 * the same random requests.  What a request does depends on nothing but the
 * model and its random numbers, so that a model alone, given the same seed,
 * comes to the same state.
 */
#define MODEL_NAME	48
#define MODEL_KEYWORDS	12
#define MODEL_FLAGS	(5 + MODEL_KEYWORDS)	/* system flags first */

struct model_row {
	uint32_t	uid;
	uint16_t	flags;		/* FLAG_*, ROW_* */
	uint64_t	keywords;
	uint64_t	modseq;
	uint64_t	size;
	uint32_t	fletters;
	uint64_t	created;	/* modseq */
	uint64_t	changed[MODEL_FLAGS];	/* modseq, but of creation */
	char		name[MODEL_NAME];
};

struct model {
	uint64_t		 random;
	struct model_row	*rows;	/* those expunged too */
	size_t			 n;
	size_t			 cap;
	uint32_t		 uidnext;
	uint32_t		 recent;
	uint32_t		 nkeywords;
	uint64_t		 highestmodseq;
};

void	model_init(struct model *, uint64_t seed);
void	model_free(struct model *);
void	model_copy(struct model *to, const struct model *from);
uint32_t model_random(struct model *, uint32_t below);

/* One random request, in the open batch if there is a mailbox.  -1 with
 * errno if the engine fails. */
int	model_request(struct model *, struct engine *, struct mailbox *);

/* Whether the published table is as the model says, in all that readers may
 * ask of it; what is not so is printed.  Returns the number of faults. */
unsigned int model_verify(const struct model *, struct table *);

#endif
