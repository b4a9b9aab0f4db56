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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/proto.h"
#include "imapd/folder_priv.h"
#include "imapd/keywords.h"

/* What the session has seen of dovecot-keywords, and taken from it. */
struct learnt {
	ino_t	ino;
	off_t	size;
	time_t	mtime;
};

static int	read_file(struct folder *, struct keywords *, int *);
static int	known(const struct keywords *, unsigned int);
static int	tell(struct folder *, const struct keywords *, unsigned int);

int
keywords_learn(struct folder *f)
{
	struct table_state state;
	struct keywords k;
	struct table *t;
	char name[TABLE_KWLEN + 1];
	unsigned int i;
	int changed;

	if (!f->writable || read_file(f, &k, &changed) == -1)
		return (-1);
	if (!changed)
		return (0);
	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	if (k.n <= state.nkeywords)
		return (0);
	/* Where both have one it is ours: the file will say so. */
	for (i = 0; i < state.nkeywords; i++) {
		if (table_keyword(t, i, name) == -1)
			return (-1);
		memcpy(k.name[i], name, sizeof(name));
	}
	/* Each letter has a name, and each name a letter. */
	for (; i < k.n; i++)
		if (k.name[i][0] == '\0' || known(&k, i))
			keywords_unknown(&k, i);
	return (tell(f, &k, state.nkeywords));
}

void
keywords_forget(struct folder *f)
{
	free(f->learnt);
	f->learnt = NULL;
}

/* The file, if it is another than the session last saw. */
static int
read_file(struct folder *f, struct keywords *k, int *changed)
{
	struct learnt *l = f->learnt;
	struct stat st;

	*changed = 0;
	if (fstatat(f->dirfd, KEYWORDS_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (l != NULL && l->ino == st.st_ino && l->size == st.st_size &&
	    l->mtime == st.st_mtime)
		return (0);
	if (l == NULL && (l = calloc(1, sizeof(*l))) == NULL)
		return (-1);
	f->learnt = l;
	/* What cannot be read is said once. */
	l->ino = st.st_ino;
	l->size = st.st_size;
	l->mtime = st.st_mtime;
	if (keywords_read(f->dirfd, k) == -1)
		return (-1);
	*changed = 1;
	return (0);
}

/* Whether a letter before it has the name. */
static int
known(const struct keywords *k, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strcasecmp(k->name[i], k->name[n]) == 0)
			return (1);
	return (0);
}

static int
tell(struct folder *f, const struct keywords *k, unsigned int first)
{
	const char *name[KEYWORDS_LETTERS];
	struct idx_store s = {
		.operation = STORE_LETTERS, .flags = (uint16_t)first,
		.keywords = name, .nkeywords = k->n - first
	};
	struct idx_result r;
	struct uidset all;
	unsigned int i;
	int rv;

	for (i = first; i < k->n; i++)
		name[i - first] = k->name[i];
	idx_result_init(&r);
	uidset_init(&all, 0);
	if ((rv = uidset_add_range(&all, 1, UINT32_MAX)) == 0)
		rv = idx_store(f->box, &s, &all, &r);
	if (rv == 0)
		log_info("folder: %s: %u keywords taken from " KEYWORDS_FILE,
		    f->name, s.nkeywords);
	else if (errno == EAGAIN && idx_code(f->idx) == PROTO_NO_LOOK) {
		keywords_forget(f);	/* again, next time */
		rv = 0;
	}
	uidset_free(&all);
	idx_result_free(&r);
	return (rv);
}
