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

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/compat.h"
#include "common/directory.h"
#include "common/log.h"
#include "imapd/listing.h"

static int	read_dir(struct folder *, struct table *, struct known *,
		    struct listing *, int);
static int	add_odd(struct listing *, const char *,
		    const struct maildir_name *, int, uint64_t, uint32_t);
static int	compare(const void *, const void *);

int
listing_take(struct folder *f, struct table *t, struct known *k,
    struct listing *l, int which)
{
	memset(l, 0, sizeof(*l));
	if (folder_state(f, t, &l->state) == -1 ||
	    known_sync(f, t, k, l->state.nrows) == -1)
		return (-1);
	l->nrows = l->state.nrows;
	if ((l->matched = calloc(l->nrows / 8 + 1, 1)) == NULL)
		return (-1);
	if (stamp_take(f->newfd, &l->newstamp) == -1 ||
	    stamp_take(f->curfd, &l->curstamp) == -1)
		return (-1);
	/* new/ first: what moves on meanwhile is then seen in cur/. */
	if (which & LIST_NEW) {
		if (read_dir(f, t, k, l, 1) == -1)
			return (-1);
		l->newlisted = 1;
	}
	if (which & LIST_CUR) {
		if (read_dir(f, t, k, l, 0) == -1)
			return (-1);
		l->curlisted = 1;
	}
	return (0);
}

void
listing_free(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->odd[i].name);
		free(l->odd[i].base);
	}
	free(l->odd);
	free(l->matched);
	memset(l, 0, sizeof(*l));
}

int
listing_matched(const struct listing *l, uint64_t n)
{
	return ((l->matched[n / 8] >> (n % 8)) & 1);
}

void
listing_match(struct listing *l, uint64_t n)
{
	l->matched[n / 8] |= (uint8_t)(1U << (n % 8));
}

const char *
odd_base(struct odd *o)
{
	if (o->base == NULL)
		o->base = strndup(o->name, o->parts.base);
	return (o->base);
}

static int
read_dir(struct folder *f, struct table *t, struct known *k,
    struct listing *l, int innew)
{
	struct dirent *e;
	DIR *dir;
	int error;

	if ((dir = directory_open(innew ? f->newfd : f->curfd, ".")) == NULL)
		return (-1);
	log_debug("scan: list %s folder=%s", innew ? "new" : "cur", f->name);
	while ((void)(errno = 0), (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (compat_not_file(e)) {
			listing_junk(l, e->d_name);
			continue;
		}
		if (listing_found(f, t, k, l, e->d_name, innew) == -1)
			break;
	}
	error = errno;
	closedir(dir);
	errno = error;
	return (error == 0 ? 0 : -1);
}

int
listing_found(struct folder *f, struct table *t, struct known *k,
    struct listing *l, const char *name, int innew)
{
	char base[TABLE_NAMELEN + 1];
	struct maildir_name parts;
	struct row row;
	uint64_t n;

	if (maildir_parse(name, &parts) == -1) {
		listing_junk(l, name);
		errno = 0;
		return (0);
	}
	/* Before it is in cur/ a file has no flags. */
	if (innew)
		parts.letters = 0;
	if (known_find(f, t, k, name, parts.unique, &n, &row, base) == -1)
		return (-1);
	if (n == KNOWN_NONE)
		return (add_odd(l, name, &parts, innew, n, 0));
	if (row.flags & ROW_EXPUNGED) {
		/* Ours to unlink; else somebody brought it back. */
		if (row.flags & ROW_FILE) {
			l->unsettled = 1;
			return (0);
		}
		return (add_odd(l, name, &parts, innew, KNOWN_NONE, 0));
	}
	if (listing_says(&row, base, name, &parts, innew) &&
	    !listing_matched(l, n)) {
		/* Of these it is not known who gave the name, and when. */
		if (row.flags & ROW_GIVING)
			l->unsettled = 1;
		listing_match(l, n);
		return (0);
	}
	return (add_odd(l, name, &parts, innew, n, row.uid));
}

int
listing_says(const struct row *row, const char *base, const char *name,
    const struct maildir_name *parts, int innew)
{
	if (parts->base != row->namelen ||
	    memcmp(base, name, parts->base) != 0)
		return (0);
	if (innew)
		return ((row->flags & ROW_NEW) != 0);
	if ((row->flags & ROW_GIVING) && parts->letters == row->gletters)
		return (1);
	return (!(row->flags & ROW_NEW) && parts->letters == row->fletters);
}

static int
add_odd(struct listing *l, const char *name,
    const struct maildir_name *parts, int innew, uint64_t row, uint32_t uid)
{
	struct odd *more;
	size_t cap;

	if (l->n == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		if ((more = reallocarray(l->odd, cap, sizeof(*more))) == NULL)
			return (-1);
		l->odd = more;
		l->cap = cap;
	}
	if ((l->odd[l->n].name = strdup(name)) == NULL)
		return (-1);
	l->odd[l->n].base = NULL;
	l->odd[l->n].time = maildir_time(name);
	l->odd[l->n].parts = *parts;
	l->odd[l->n].innew = innew;
	l->odd[l->n].row = row;
	l->odd[l->n].uid = uid;
	l->n++;
	return (0);
}

void
listing_junk(struct listing *l, const char *name)
{
	size_t i;

	if (l->junk++ > 0)
		return;
	for (i = 0; i < sizeof(l->junkname) - 1 && name[i] != '\0'; i++)
		l->junkname[i] = (unsigned char)name[i] < ' ' ||
		    (unsigned char)name[i] == 0x7f ? '?' : name[i];
	l->junkname[i] = '\0';
}

void
listing_sort(struct listing *l)
{
	if (l->n > 0)
		qsort(l->odd, l->n, sizeof(*l->odd), compare);
}

void
found_fill(struct idx_found *found, const struct maildir_name *parts,
    int innew, const struct stat *st)
{
	found->innew = innew;
	found->letters = parts->letters;
	found->size = (uint64_t)st->st_size;
	/* Who is wrong about one size is not believed about the other. */
	found->vsize = TABLE_UNKNOWN;
	if (parts->size == TABLE_UNKNOWN || parts->size == found->size)
		found->vsize = parts->vsize;
	if (found->vsize < found->size)
		found->vsize = TABLE_UNKNOWN;
	found->internaldate = st->st_mtime;
}

static int
compare(const void *a, const void *b)
{
	const struct odd *p = a, *q = b;

	if (p->row == q->row) {
		/* UIDs of the list first: less 1, 0 is the highest. */
		if (p->uid != q->uid)
			return (p->uid - 1 < q->uid - 1 ? -1 : 1);
		/* What most of them differ in. */
		if (p->time != q->time)
			return (p->time < q->time ? -1 : 1);
		return (maildir_compare(p->name, q->name));
	}
	if (p->row == KNOWN_NONE || q->row == KNOWN_NONE)
		return (p->row == KNOWN_NONE ? -1 : 1);
	return (p->row < q->row ? -1 : 1);
}
