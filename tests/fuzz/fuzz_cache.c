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

#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/uidset.h"
#include "imapd/cache_priv.h"
#include "imapd/folder.h"

/*
 * A file of the cache.  The first octet says: 1, the sums of its blocks are
 * made right, so that what they say is believed; 2, its head is as the input
 * has it.  Then comes the file, else from behind its head.
 *
 * Whatever it holds, what is got from it lies within it, and what is put
 * comes back as it was.
 */
#define UIDS	300		/* asked for */
#define MEND	0x01
#define RAW	0x02

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	clean(void);
static void	get_all(struct cache *, int);
static void	mend(const struct cache_head *, unsigned char *, size_t);
static void	start(void);

static struct folder	folder;
static char		dir[] = "/tmp/fuzz_cache.XXXXXX";
static volatile char	seen;

int
cache_messages(struct folder *f, uint64_t *n)
{
	(void)f;
	*n = UIDS / 2;
	return (0);
}

int
cache_live(struct folder *f, struct uidset *set)
{
	(void)f;
	return (uidset_add_range(set, 1, UIDS / 2) == 0 ?
	    uidset_add_range(set, UIDS, UINT32_MAX) : -1);
}

static void
clean(void)
{
	(void)unlinkat(folder.dirfd, CACHE_FILE, 0);
	(void)rmdir(dir);
}

static void
start(void)
{
	static char name[] = "fuzz";

	if (mkdtemp(dir) == NULL ||
	    (folder.dirfd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", dir);
	folder.tmpfd = folder.dirfd;
	folder.name = name;
	folder.writable = 1;
	folder.identity.uidvalidity = 1;
	(void)atexit(clean);
}

static void
mend(const struct cache_head *h, unsigned char *file, size_t len)
{
	struct cache_block b;
	size_t at = sizeof(*h), left;

	while (len - at >= sizeof(b)) {
		memcpy(&b, file + at, sizeof(b));
		left = len - at - sizeof(b);
		b.kind %= CACHE_KINDS;
		b.version = cache_versions[b.kind];
		b.count = b.count % 16 + 1;
		b.size %= 512;
		b.length = b.count * 8 + ((b.size + 7) & ~7U);
		b.covers %= at;
		b.content_sum = cache_content_sum(h, file + at + sizeof(b),
		    b.length < left ? b.length : left, (off_t)at);
		b.sum = cache_block_sum(h, &b, (off_t)at);
		memcpy(file + at, &b, sizeof(b));
		if (b.length > left)
			break;
		at += sizeof(b) + b.length;
	}
}

static void
get_all(struct cache *c, int put)
{
	const void *data;
	const char *p;
	uint32_t uid;
	size_t i, len;
	int kind;

	for (kind = 1; kind < CACHE_KINDS; kind++) {
		for (uid = 1; uid < UIDS; uid++) {
			if (cache_get(c, kind, uid, &data, &len) == 0) {
				if (put)
					cache_put(c, kind, uid, &uid,
					    sizeof(uid));
				continue;
			}
			assert(len <= CACHE_RECORD_MAX);
			for (p = data, i = 0; i < len; i++)
				seen ^= p[i];
		}
		(void)cache_get(c, kind, UINT32_MAX, &data, &len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cache_head h = { .magic = CACHE_MAGIC, .uidvalidity = 1,
	    .version = CACHE_VERSION, .salt = 1, .base = sizeof(h) };
	struct cache *c;
	unsigned char *file;
	const void *got;
	uint32_t put = UIDS + 1;
	size_t n;
	int fd;

	if (len == 0)
		return (0);
	if (folder.name == NULL)
		start();
	n = len - 1 + (data[0] & RAW ? 0 : sizeof(h));
	if ((file = calloc(1, n + 1)) == NULL)
		return (0);
	h.sum = cache_head_sum(&h);
	if ((data[0] & RAW) == 0)
		memcpy(file, &h, sizeof(h));
	memcpy(file + (n - (len - 1)), data + 1, len - 1);
	if ((data[0] & (MEND | RAW)) == MEND)
		mend(&h, file, n);
	if ((fd = openat(folder.dirfd, CACHE_FILE, O_WRONLY | O_CREAT, 0600))
	    == -1 || write(fd, file, n) != (ssize_t)n ||
	    ftruncate(fd, (off_t)n) == -1 || close(fd) == -1)
		err(1, "%s", dir);
	free(file);
	if ((c = cache_of(&folder)) == NULL)
		return (0);
	cache_sync(c);
	get_all(c, data[0] & 0x80);
	cache_put(c, CACHE_ENVELOPE, put, &put, sizeof(put));
	cache_flush(c);
	if (data[0] & 0x40)
		cache_compact(c);
	get_all(c, 0);
	/* It may have been there. */
	if (cache_get(c, CACHE_ENVELOPE, put, &got, &n) == 1 &&
	    n == sizeof(put))
		seen ^= *(const char *)got;
	cache_free(c);
	folder.cache = NULL;
	return (0);
}
