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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "common/mix.h"
#include "indexd/store.h"

/*
 * The file "id" of indexd's directory: who it is, the key of its tokens, and
 * the two numbers that may never go back.  It is written into the older of
 * two slots, so that one of them is always whole.
 */

#define ID_MAGIC	0x31444954415748ULL	/* "HWATID1" */
#define ID_SLOT		4096
#define ID_STRIDE	64	/* UIDVALIDITYs for each time it is written */

struct slot {
	uint64_t	magic;
	uint64_t	serial;
	struct identity	ident;
	uint64_t	sum;
};

static uint64_t	slot_sum(const struct slot *);
static int	slot_read(int, unsigned int, struct slot *);
static int	mend(struct engine *);
static int	slot_write(int, unsigned int, uint64_t,
		    const struct identity *);

static uint64_t
slot_sum(const struct slot *s)
{
	uint64_t h;

	h = mix_word(s->magic, s->serial);
	return (mix_octets(h, &s->ident, sizeof(s->ident)));
}

/* Whether slot n is whole. */
static int
slot_read(int fd, unsigned int n, struct slot *s)
{
	if (pread(fd, s, sizeof(*s), (off_t)n * ID_SLOT) !=
	    (ssize_t)sizeof(*s))
		return (0);
	return (s->magic == ID_MAGIC && s->sum == slot_sum(s));
}

static int
slot_write(int fd, unsigned int n, uint64_t serial, const struct identity *id)
{
	struct slot s;
	ssize_t w;

	memset(&s, 0, sizeof(s));
	s.magic = ID_MAGIC;
	s.serial = serial;
	s.ident = *id;
	s.sum = slot_sum(&s);
	w = pwrite(fd, &s, sizeof(s), (off_t)n * ID_SLOT);
	explicit_bzero(&s, sizeof(s));
	if (w != (ssize_t)sizeof(s)) {
		if (w != -1)
			errno = ENOSPC;
		return (-1);
	}
	return (compat_sync(fd));
}

/* A UIDVALIDITY that lies a stride ahead. */
static uint32_t
ahead(uint32_t v)
{
	return (v < UINT32_MAX - ID_STRIDE ? v + ID_STRIDE : UINT32_MAX);
}

/*
 * One of two slots is not whole, maybe the newer one: the numbers go on above
 * what that can have held.
 */
static int
mend(struct engine *e)
{
	time_t now = time(NULL);

	if (now > 0 && now < UINT32_MAX &&
	    e->ident.uidvalidity < (uint32_t)now)
		e->ident.uidvalidity = (uint32_t)now;
	e->ident.uidvalidity = ahead(e->ident.uidvalidity);
	e->ident.uidvalidity += e->ident.uidvalidity < UINT32_MAX;
	e->ident.generation += e->ident.generation < UINT32_MAX;
	if (identity_save(e) == -1) {
		log_warn("engine: id");
		return (-1);
	}
	engine_repaired(e, "id: one of two slots was damaged, and is written "
	    "anew from the other");
	return (0);
}

/* Reads the file, or makes it.  0, or -1 with a log line. */
int
identity_load(struct engine *e)
{
	struct slot a, b;
	struct stat st;
	int fd, have_a, have_b;

	fd = openat(e->dirfd, "id", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("engine: id");
		if (fd != -1)
			close(fd);
		return (-1);
	}
	e->idfd = fd;
	have_a = slot_read(fd, 0, &a);
	have_b = slot_read(fd, 1, &b);
	if (have_a || have_b) {
		if (!have_a || (have_b && b.serial > a.serial))
			a = b;
		e->ident = e->kept = a.ident;
		explicit_bzero(&a, sizeof(a));
		explicit_bzero(&b, sizeof(b));
		if ((have_a && have_b) || st.st_size <= ID_SLOT)
			return (0);
		return (mend(e));
	}
	/* Half made at the first start is empty, or one slot long. */
	if (st.st_size > (off_t)sizeof(a)) {
		engine_repaired(e, "id: damaged, and kept as id.damaged: all "
		    "mailboxes are made anew from their folders");
		if (renameat(e->dirfd, "id", e->dirfd, "id.damaged") == -1) {
			log_warn("engine: id");
			return (-1);
		}
		close(fd);
		fd = openat(e->dirfd, "id", O_RDWR | O_CREAT | O_EXCL |
		    O_CLOEXEC, 0600);
		if ((e->idfd = fd) == -1) {
			log_warn("engine: id");
			return (-1);
		}
	}
	arc4random_buf(e->ident.id, sizeof(e->ident.id));
	arc4random_buf(e->ident.key, sizeof(e->ident.key));
	if (slot_write(fd, 0, 1, &e->ident) == -1 ||
	    compat_syncdir(e->dirfd) == -1) {
		log_warn("engine: id");
		return (-1);
	}
	e->kept = e->ident;
	return (0);
}

/*
 * Makes what e->ident says durable, and that a stride of UIDVALIDITYs above it
 * may be given: after a crash those are left out.  0, or -1 with errno.
 */
int
identity_save(struct engine *e)
{
	struct identity next = e->ident;
	struct slot a, b;
	int have_a, have_b, r;

	next.uidvalidity = ahead(next.uidvalidity);
	have_a = slot_read(e->idfd, 0, &a);
	have_b = slot_read(e->idfd, 1, &b);
	if (have_a && (!have_b || a.serial > b.serial))
		r = slot_write(e->idfd, 1, a.serial + 1, &next);
	else
		r = slot_write(e->idfd, 0, have_b ? b.serial + 1 : 1,
		    &next);
	if (r == 0)
		e->kept = next;
	explicit_bzero(&a, sizeof(a));
	explicit_bzero(&b, sizeof(b));
	explicit_bzero(&next, sizeof(next));
	return (r);
}

/* The same, if the file does not say so already. */
int
identity_keep(struct engine *e)
{
	if (e->ident.uidvalidity <= e->kept.uidvalidity &&
	    e->ident.generation <= e->kept.generation)
		return (0);
	return (identity_save(e));
}
