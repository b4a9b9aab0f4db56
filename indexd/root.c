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

#include <openssl/evp.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/directory.h"
#include "common/log.h"
#include "indexd/store.h"

/*
 * The directory of a root: the file "root", which says whose it is, and a
 * file for each table, "<id>.<generation>".
 */

#define MAXPATH	4096
#define IDLE_ROOTS	256	/* kept for those who ask again, */
#define IDLE_TABLES	65536	/* and of how many tables in all */

static int	hash_root(uint8_t *, uid_t, const char *);
static void	hex(char *, const uint8_t *, size_t);
static struct root *root_load(struct engine *, const uint8_t *);
static struct root *root_make(struct engine *, const uint8_t *, uid_t,
		    const char *);
static int	root_read(struct root *);
static int	root_write(struct root *);
static int	root_name(struct root *, uid_t, const char *);
static int	root_list(struct root *);
static int	root_entry(struct root *, const char *);
static int	root_aside(struct root *, const uint8_t *, uint32_t,
		    uint64_t);
static void	supersede(struct root *, const char *);
static void	root_free(struct root *);
static void	root_idle(struct root *);
static void	root_unidle(struct root *);

RB_GENERATE(roots, root, entry, root_cmp)
RB_GENERATE(root_tables, root_table, entry, root_table_cmp)

int
root_cmp(struct root *a, struct root *b)
{
	return (memcmp(a->hash, b->hash, sizeof(a->hash)));
}

int
root_table_cmp(struct root_table *a, struct root_table *b)
{
	return (memcmp(a->id, b->id, sizeof(a->id)));
}

/* The first octets of SHA-256 over uid and path. */
static int
hash_root(uint8_t *hash, uid_t uid, const char *path)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len;
	char *s;
	int n, r;

	if ((n = asprintf(&s, "%lu %s", (unsigned long)uid, path)) == -1)
		return (-1);
	r = EVP_Digest(s, (size_t)n, md, &len, EVP_sha256(), NULL);
	free(s);
	if (r != 1 || len < ROOT_HASHLEN) {
		errno = EINVAL;
		return (-1);
	}
	memcpy(hash, md, ROOT_HASHLEN);
	return (0);
}

static void
hex(char *out, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
}

int
unhex(uint8_t *out, const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const char *hi, *lo;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[2 * i] == '\0' || s[2 * i + 1] == '\0' ||
		    (hi = strchr(digits, s[2 * i])) == NULL ||
		    (lo = strchr(digits, s[2 * i + 1])) == NULL)
			return (-1);
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return (0);
}

/* The name of a table's file. */
void
table_file(char *buf, size_t size, const uint8_t *id, uint32_t generation,
    const char *suffix)
{
	char s[2 * TABLE_IDLEN + 1];

	hex(s, id, TABLE_IDLEN);
	snprintf(buf, size, "%s.%u%s", s, generation, suffix);
}

/* Finds a root, or makes one if asked to; NULL with errno (ENOENT). */
struct root *
root_get(struct engine *e, uid_t uid, const char *path, int create)
{
	struct root *r;
	uint8_t hash[ROOT_HASHLEN];

	if (hash_root(hash, uid, path) == -1)
		return (NULL);
	r = root_get_hash(e, hash);
	if (r == NULL && errno == ENOENT && create)
		return (root_make(e, hash, uid, path));
	if (r != NULL && r->path[0] == '\0' && root_name(r, uid, path) == -1) {
		root_put(r);
		return (NULL);
	}
	return (r);
}

/* The same by its hash. */
struct root *
root_get_hash(struct engine *e, const uint8_t *hash)
{
	struct root key, *r;

	memcpy(key.hash, hash, sizeof(key.hash));
	r = RB_FIND(roots, &e->roots, &key);
	if (r == NULL)
		r = root_load(e, hash);
	else if (r->refs == 0)
		root_unidle(r);
	if (r != NULL)
		r->refs++;
	return (r);
}

void
root_put(struct root *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	if (r->asked) {
		root_idle(r);
		return;
	}
	RB_REMOVE(roots, &r->e->roots, r);
	root_free(r);
}

/* One that was asked for briefs is kept, instead of older ones. */
static void
root_idle(struct root *r)
{
	struct engine *e = r->e;

	TAILQ_INSERT_TAIL(&e->idle_roots, r, idle);
	e->nidle++;
	e->idle_tables += r->ntables;
	while (e->nidle > IDLE_ROOTS || e->idle_tables > IDLE_TABLES) {
		r = TAILQ_FIRST(&e->idle_roots);
		root_unidle(r);
		RB_REMOVE(roots, &e->roots, r);
		root_free(r);
	}
}

static void
root_unidle(struct root *r)
{
	TAILQ_REMOVE(&r->e->idle_roots, r, idle);
	r->e->nidle--;
	r->e->idle_tables -= r->ntables;
}

void
roots_free(struct engine *e)
{
	struct root *r;

	while ((r = TAILQ_FIRST(&e->idle_roots)) != NULL) {
		root_unidle(r);
		RB_REMOVE(roots, &e->roots, r);
		root_free(r);
	}
}

static void
root_free(struct root *r)
{
	struct root_table *t;

	while ((t = RB_ROOT(&r->tables)) != NULL) {
		brief_drop(r, t);
		RB_REMOVE(root_tables, &r->tables, t);
		free(t);
	}
	if (r->dirfd != -1)
		close(r->dirfd);
	free(r->path);
	free(r);
}

/* Reads the directory of a root. */
static struct root *
root_load(struct engine *e, const uint8_t *hash)
{
	struct root *r;
	char name[2 * ROOT_HASHLEN + 1];
	int error;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->e = e;
	memcpy(r->hash, hash, sizeof(r->hash));
	RB_INIT(&r->tables);
	RB_INIT(&r->briefs);
	TAILQ_INIT(&r->unread);
	hex(name, hash, ROOT_HASHLEN);
	r->dirfd = openat(e->rootsfd, name, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (r->dirfd == -1 || root_read(r) == -1 || root_list(r) == -1) {
		error = errno;
		if (error != ENOENT)
			log_warn("engine: root %s", name);
		root_free(r);
		errno = error;
		return (NULL);
	}
	RB_INSERT(roots, &e->roots, r);
	return (r);
}

static struct root *
root_make(struct engine *e, const uint8_t *hash, uid_t uid, const char *path)
{
	struct root *r;
	char name[2 * ROOT_HASHLEN + 1];
	int error;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->e = e;
	r->dirfd = -1;
	memcpy(r->hash, hash, sizeof(r->hash));
	RB_INIT(&r->tables);
	RB_INIT(&r->briefs);
	TAILQ_INIT(&r->unread);
	r->uid = uid;
	hex(name, hash, ROOT_HASHLEN);
	if ((r->path = strdup(path)) == NULL)
		goto fail;
	/* The directory may be there without the file that makes it count. */
	if ((mkdirat(e->rootsfd, name, 0700) == -1 && errno != EEXIST) ||
	    compat_syncdir(e->rootsfd) == -1)
		goto fail;
	r->dirfd = openat(e->rootsfd, name, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (r->dirfd == -1 || root_write(r) == -1)
		goto fail;
	r->refs = 1;
	RB_INSERT(roots, &e->roots, r);
	return (r);
fail:
	error = errno;
	root_free(r);
	errno = error;
	return (NULL);
}

/* The file "root": uid, a space, the path. */
static int
root_read(struct root *r)
{
	char buf[MAXPATH], *end;
	uint8_t hash[ROOT_HASHLEN];
	ssize_t n;
	int fd;

	if ((fd = openat(r->dirfd, "root", O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n == -1)
		return (-1);
	buf[n] = '\0';
	errno = 0;
	r->uid = (uid_t)strtoul(buf, &end, 10);
	/* The directory's name says whether that is what was written. */
	if (errno != 0 || end == buf || *end != ' ' ||
	    hash_root(hash, r->uid, end + 1) == -1 ||
	    memcmp(hash, r->hash, sizeof(hash)) != 0)
		end = NULL;
	r->path = strdup(end == NULL ? "" : end + 1);
	return (r->path == NULL ? -1 : 0);
}

/* Its file was damaged; now its owner is here. */
static int
root_name(struct root *r, uid_t uid, const char *path)
{
	char *copy;

	if ((copy = strdup(path)) == NULL)
		return (-1);
	free(r->path);
	r->path = copy;
	r->uid = uid;
	if (root_write(r) == -1)
		return (-1);
	engine_repaired(r->e, "root=%s: its file was damaged, and is written "
	    "anew", path);
	return (0);
}

static int
root_write(struct root *r)
{
	char buf[MAXPATH];
	ssize_t w;
	int error, fd, n;

	n = snprintf(buf, sizeof(buf), "%lu %s", (unsigned long)r->uid,
	    r->path);
	if (n < 0 || (size_t)n >= sizeof(buf) - 1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = openat(r->dirfd, "root.tmp", O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	/* So little comes in one piece, unless there is no space for it. */
	if ((w = write(fd, buf, (size_t)n)) != -1 && w != n) {
		errno = ENOSPC;
		w = -1;
	}
	if (w == -1 || compat_sync(fd) == -1 ||
	    renameat(r->dirfd, "root.tmp", r->dirfd, "root") == -1 ||
	    compat_syncdir(r->dirfd) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	close(fd);
	return (0);
}

/* Takes in the tables; removes what a crash has left half made, and all but
 * the newest generation of each. */
static int
root_list(struct root *r)
{
	struct dirent *de;
	DIR *dir;
	int ret = 0;

	if ((dir = directory_open(r->dirfd, ".")) == NULL)
		return (-1);
	while (ret == 0 && (de = readdir(dir)) != NULL)
		ret = root_entry(r, de->d_name);
	closedir(dir);
	return (ret);
}

/*
 * An older generation, left by a crash between the switch to the newer one and
 * its removal: sessions that have it mapped are told, and then it goes, since
 * without its name nobody could tell them.
 */
static void
supersede(struct root *r, const char *name)
{
	struct table t;
	const char *why;
	int fd;

	fd = openat(r->dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && writer_map(&t, fd, &why) == 0) {
		writer_begin(&t, 0);
		atomic_store_explicit(&t.h->superseded, 1,
		    memory_order_release);
		writer_end(&t);
		table_unmap(&t);
	} else if (fd != -1)
		close(fd);
	unlinkat(r->dirfd, name, 0);
}

static int
root_entry(struct root *r, const char *name)
{
	struct root_table *old;
	struct stat st;
	uint8_t id[TABLE_IDLEN];
	char file[TABLE_NAMESIZE];
	const char *end, *errstr;
	uint32_t gen;

	if (strlen(name) < 2 * TABLE_IDLEN + 2 ||
	    unhex(id, name, TABLE_IDLEN) == -1 ||
	    name[2 * TABLE_IDLEN] != '.')
		return (0);
	if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".tmp") == 0) {
		unlinkat(r->dirfd, name, 0);
		return (0);
	}
	if ((end = aside_suffix(name)) == NULL)
		end = name + strlen(name);
	if ((size_t)(end - name) >= sizeof(file))
		return (0);
	memcpy(file, name, (size_t)(end - name));
	file[end - name] = '\0';
	gen = (uint32_t)strtonum(file + 2 * TABLE_IDLEN + 1, 1, UINT32_MAX,
	    &errstr);
	if (errstr != NULL ||
	    fstatat(r->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return (0);
	if (*end != '\0')
		return (root_aside(r, id, gen, (uint64_t)st.st_size));
	old = root_find(r, id);
	if (old != NULL && old->generation > gen) {
		supersede(r, name);
		return (0);
	}
	if (old != NULL && !old->damaged) {
		table_file(file, sizeof(file), id, old->generation, "");
		supersede(r, file);
	}
	return (root_set(r, id, gen, (uint64_t)st.st_size));
}

/* A table that was set aside: it counts until one is made in its place. */
static int
root_aside(struct root *r, const uint8_t *id, uint32_t gen, uint64_t bytes)
{
	struct root_table *old;
	char file[TABLE_NAMESIZE];

	old = root_find(r, id);
	if (old != NULL && old->generation >= gen)
		return (0);
	if (old != NULL && !old->damaged) {
		table_file(file, sizeof(file), id, old->generation, "");
		supersede(r, file);
	}
	if (root_set(r, id, gen, bytes) == -1)
		return (-1);
	root_find(r, id)->damaged = 1;
	return (0);
}

struct root_table *
root_find(struct root *r, const uint8_t *id)
{
	struct root_table key;

	memcpy(key.id, id, sizeof(key.id));
	return (RB_FIND(root_tables, &r->tables, &key));
}

/* Notes a table's newest generation and size. */
int
root_set(struct root *r, const uint8_t *id, uint32_t generation,
    uint64_t bytes)
{
	struct root_table *t;

	if ((t = root_find(r, id)) == NULL) {
		if ((t = calloc(1, sizeof(*t))) == NULL)
			return (-1);
		memcpy(t->id, id, sizeof(t->id));
		RB_INSERT(root_tables, &r->tables, t);
		r->ntables++;
	}
	r->bytes += bytes - t->bytes;
	t->bytes = bytes;
	t->generation = generation;
	t->damaged = 0;
	return (brief_table(r, t));
}

void
root_drop(struct root *r, const uint8_t *id)
{
	struct root_table *t;

	if ((t = root_find(r, id)) == NULL)
		return;
	brief_drop(r, t);
	RB_REMOVE(root_tables, &r->tables, t);
	r->ntables--;
	r->bytes -= t->bytes;
	free(t);
}
