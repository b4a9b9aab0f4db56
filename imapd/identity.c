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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/fnv.h"
#include "common/maildir.h"
#include "imapd/identity.h"

#define SLOTS		2

static int	render(char *, const struct idx_identity *, uint64_t);
static int	parse(const char *, struct idx_identity *, uint64_t *);
static void	hex(char *, const uint8_t *);
static int	unhex(uint8_t *, const char *);
static int	open_file(int, int);
static int	read_slots(int, struct idx_identity *, uint64_t *,
		    unsigned int *, unsigned int *);
static int	write_at(int, const char *, off_t);

int
identity_read(int dirfd, struct idx_identity *id)
{
	unsigned int whole;

	return (identity_slots(dirfd, id, &whole));
}

int
identity_slots(int dirfd, struct idx_identity *id, unsigned int *whole)
{
	uint64_t sequence;
	unsigned int slot;
	int error, fd, rv;

	*whole = 0;
	if ((fd = open_file(dirfd, O_RDONLY)) == -1)
		return (-1);
	rv = read_slots(fd, id, &sequence, &slot, whole);
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

int
identity_mend(int dirfd)
{
	struct idx_identity id;
	char text[IDENTITY_SLOT];
	unsigned int slot, whole = 0;
	uint64_t sequence;
	int error, fd, rv = -1;

	if ((fd = open_file(dirfd, O_RDWR)) == -1)
		return (-1);
	if (read_slots(fd, &id, &sequence, &slot, &whole) == -1)
		goto out;
	if (whole == SLOTS)
		rv = 0;
	else if (render(text, &id, sequence + 1) == 0 && write_at(fd, text,
	    (off_t)((slot + 1) % SLOTS) * IDENTITY_SLOT) == 0 &&
	    compat_sync(fd) == 0)
		rv = 1;
out:
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

int
identity_write(int dirfd, int tmpfd, const struct idx_identity *id,
    mode_t mode, int replace)
{
	char slot[IDENTITY_SLOT], tmp[MAILDIR_NAMEMAX + 1];
	int error, fd, i;

	if (maildir_make(tmp, sizeof(tmp)) == -1)
		return (-1);
	fd = openat(tmpfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	for (i = 0; i < SLOTS; i++)
		if (render(slot, id, (uint64_t)i + 1) == -1 ||
		    write_at(fd, slot, (off_t)i * IDENTITY_SLOT) == -1)
			goto bad;
	if (fchmod(fd, mode) == -1 || fsync(fd) == -1)
		goto bad;
	if ((replace ? renameat(tmpfd, tmp, dirfd, IDENTITY_FILE) :
	    compat_rename(tmpfd, tmp, dirfd, IDENTITY_FILE)) == -1)
		goto bad;
	close(fd);
	return (compat_syncdir(dirfd));
bad:
	error = errno;
	close(fd);
	(void)unlinkat(tmpfd, tmp, 0);
	errno = error;
	return (-1);
}

int
identity_raise(int dirfd, int tmpfd, uint64_t modseq, uint32_t uid,
    struct idx_identity *id)
{
	struct idx_identity now;
	struct stat st;
	char text[IDENTITY_SLOT];
	uint64_t sequence;
	unsigned int slot, whole = 0;
	int error, fd, writable = 1;

	if ((fd = open_file(dirfd, O_RDWR)) == -1 && errno == EACCES) {
		writable = 0;
		fd = open_file(dirfd, O_RDONLY);
	}
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1 ||
	    read_slots(fd, &now, &sequence, &slot, &whole) == -1)
		goto bad;
	if (memcmp(now.id, id->id, sizeof(now.id)) != 0) {
		errno = EBADMSG;
		goto bad;
	}
	if (now.floor_modseq < modseq)
		now.floor_modseq = modseq;
	if (now.floor_uid < uid)
		now.floor_uid = uid;
	if (render(text, &now, sequence + 1) == -1)
		goto bad;
	slot = (slot + 1) % SLOTS;
	if (!writable ||
	    write_at(fd, text, (off_t)slot * IDENTITY_SLOT) == -1 ||
	    compat_sync(fd) == -1) {
		/* Nothing is tried again on those pages: a new file. */
		close(fd);
		if (identity_write(dirfd, tmpfd, &now, st.st_mode & 0777,
		    1) == -1)
			return (-1);
		*id = now;
		return (0);
	}
	close(fd);
	*id = now;
	return (0);
bad:
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/* O_NONBLOCK: a FIFO of that name must not hold us. */
static int
open_file(int dirfd, int mode)
{
	struct stat st;
	int error, fd;

	fd = openat(dirfd, IDENTITY_FILE, mode | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1) {
		if (errno == ELOOP || errno == EMLINK || errno == ENXIO ||
		    errno == EISDIR)
			errno = EBADMSG;
		return (-1);
	}
	if (fstat(fd, &st) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		errno = EBADMSG;
		return (-1);
	}
	return (fd);
}

static int
read_slots(int fd, struct idx_identity *id, uint64_t *sequence,
    unsigned int *slot, unsigned int *whole)
{
	struct idx_identity one;
	char text[IDENTITY_SLOT + 1];
	uint64_t seq;
	unsigned int i;
	ssize_t n;
	int found = 0;

	for (i = 0; i < SLOTS; i++) {
		n = pread(fd, text, IDENTITY_SLOT, (off_t)i * IDENTITY_SLOT);
		if (n == -1)
			return (-1);
		text[n] = '\0';
		if (n != IDENTITY_SLOT || parse(text, &one, &seq) == -1)
			continue;
		(*whole)++;
		if (found && seq < *sequence)
			continue;
		*id = one;
		*sequence = seq;
		*slot = i;
		found = 1;
	}
	if (found)
		return (0);
	errno = EBADMSG;
	return (-1);
}

/* Fills a slot: the line, then spaces, then a newline. */
static int
render(char *slot, const struct idx_identity *id, uint64_t sequence)
{
	char a[2 * TABLE_IDLEN + 1], b[2 * TABLE_IDLEN + 1], line[256];
	int len, more;

	hex(a, id->id);
	hex(b, id->indexd);
	len = snprintf(line, sizeof(line), "%s 1 %" PRIu64 " %s %" PRIu32
	    " %" PRIu64 " %" PRIu32 " %s ", IDENTITY_FILE, sequence, a,
	    id->uidvalidity, id->floor_modseq, id->floor_uid, b);
	if (len < 0 || (size_t)len >= sizeof(line))
		goto bad;
	more = snprintf(line + len, sizeof(line) - (size_t)len,
	    "%016" PRIx64, fnv64(FNV64_START, line, (size_t)len));
	if (more < 0 || (size_t)(len + more) >= sizeof(line))
		goto bad;
	memset(slot, ' ', IDENTITY_SLOT);
	memcpy(slot, line, (size_t)(len + more));
	slot[IDENTITY_SLOT - 1] = '\n';
	return (0);
bad:
	errno = EINVAL;
	return (-1);
}

/* A slot is whole if it is what render() makes of what it says. */
static int
parse(const char *slot, struct idx_identity *id, uint64_t *sequence)
{
	char a[2 * TABLE_IDLEN + 1], b[2 * TABLE_IDLEN + 1];
	char again[IDENTITY_SLOT];

	memset(id, 0, sizeof(*id));
	if (sscanf(slot, IDENTITY_FILE " 1 %20" SCNu64 " %32[0-9a-f] %10"
	    SCNu32 " %20" SCNu64 " %10" SCNu32 " %32[0-9a-f] ", sequence, a,
	    &id->uidvalidity, &id->floor_modseq, &id->floor_uid, b) != 6)
		return (-1);
	if (unhex(id->id, a) == -1 || unhex(id->indexd, b) == -1 ||
	    render(again, id, *sequence) == -1)
		return (-1);
	return (memcmp(slot, again, IDENTITY_SLOT) == 0 ? 0 : -1);
}

static void
hex(char *text, const uint8_t *id)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < TABLE_IDLEN; i++) {
		*text++ = digits[id[i] >> 4];
		*text++ = digits[id[i] & 15];
	}
	*text = '\0';
}

static int
unhex(uint8_t *id, const char *text)
{
	unsigned int v;
	size_t i;

	if (strlen(text) != 2 * TABLE_IDLEN)
		return (-1);
	for (i = 0; i < TABLE_IDLEN; i++) {
		if (sscanf(text + 2 * i, "%2x", &v) != 1)
			return (-1);
		id[i] = (uint8_t)v;
	}
	return (0);
}

static int
write_at(int fd, const char *slot, off_t off)
{
	size_t done = 0;
	ssize_t n;

	while (done < IDENTITY_SLOT) {
		n = pwrite(fd, slot + done, IDENTITY_SLOT - done,
		    off + (off_t)done);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		done += (size_t)n;
	}
	return (0);
}
