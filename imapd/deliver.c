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

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "imapd/deliver.h"
#include "imapd/mime/encode.h"
#include "imapd/placing.h"

#define WRITE_BUF	32768
#define FLIGHT_TRIES	3	/* connections broken under FLIGHT */

/* A message of an APPEND. */
struct message {
	char		  tmp[MAILDIR_NAMEMAX + 1];	/* "": not in tmp/ */
	struct idx_message m;
	char		**keywords;
};

struct delivery {
	struct folder	*f;
	struct message	*msg;
	size_t		 n;
	int		 fd;		/* the last one's, until synced */
	int		 inside;	/* between message and end */
	int		 error;		/* sticks */
	int		 cr;		/* a CR waits for what follows it */
	int		 raw;		/* a literal8, kept aside, or -1 */
	unsigned char	 last;		/* octet that went to the file */
	uint64_t	 extra;		/* CRs that are not in the file */
	size_t		 len;
	unsigned char	 buf[WRITE_BUF];
};

static int	fail(struct delivery *);
static void	put(struct delivery *, unsigned char);
static int	drain(struct delivery *);
static int	encode(struct delivery *);
static int	encoded(void *, const void *, size_t);
static int	write_all(int, const unsigned char *, size_t);
static int	sync_last(struct delivery *);
static int	copy_keywords(struct message *, const char *const *,
		    unsigned int);
static int	commit(struct delivery *, struct folder *, uint32_t,
		    struct idx_result *);
static int	fly(struct delivery *, struct placing *);
static int	land(struct delivery *, struct placing *);

struct delivery *
deliver_begin(struct folder *f)
{
	struct delivery *d;

	if (!f->writable) {
		errno = f->denied;
		return (NULL);
	}
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	d->f = f;
	d->fd = d->raw = -1;
	return (d);
}

void
deliver_free(struct delivery *d)
{
	size_t i;
	unsigned int k;
	int error = errno;

	if (d == NULL)
		return;
	if (d->fd != -1)
		close(d->fd);
	if (d->raw != -1)
		close(d->raw);
	for (i = 0; i < d->n; i++) {
		if (d->msg[i].tmp[0] != '\0')
			(void)unlinkat(d->f->tmpfd, d->msg[i].tmp, 0);
		for (k = 0; k < d->msg[i].m.nkeywords; k++)
			free(d->msg[i].keywords[k]);
		free(d->msg[i].keywords);
	}
	free(d->msg);
	free(d);
	errno = error;
}

/* An error sticks: the delivery can only be freed. */
static int
fail(struct delivery *d)
{
	if (d->error == 0)
		d->error = errno != 0 ? errno : EIO;
	errno = d->error;
	return (-1);
}

int
deliver_message(struct delivery *d, uint16_t flags,
    const char *const *keywords, unsigned int nkeywords,
    int64_t internaldate)
{
	char base[MAILDIR_NAMEMAX + 1];
	struct message *m;

	if (d->error != 0)
		return (fail(d));
	errno = EINVAL;
	if (d->inside)
		return (fail(d));
	errno = E2BIG;
	if (d->n == DELIVER_MAXMESSAGES)
		return (fail(d));
	if (sync_last(d) == -1)
		return (fail(d));
	m = recallocarray(d->msg, d->n, d->n + 1, sizeof(*m));
	if (m == NULL)
		return (fail(d));
	d->msg = m;
	m += d->n++;
	m->m.flags = flags & FLAG_SYSTEM;
	m->m.letters = new_letters(flags);
	m->m.internaldate = internaldate;
	if (copy_keywords(m, keywords, nkeywords) == -1 ||
	    maildir_make(base, sizeof(base)) == -1)
		return (fail(d));
	d->fd = tmp_create(d->f, base, m->tmp, sizeof(m->tmp));
	if (d->fd == -1) {
		m->tmp[0] = '\0';
		return (fail(d));
	}
	d->inside = 1;
	d->cr = 0;
	d->last = 0;
	d->extra = 0;
	return (0);
}

static int
copy_keywords(struct message *m, const char *const *keywords,
    unsigned int n)
{
	unsigned int i;

	if (n == 0)
		return (0);
	if ((m->keywords = calloc(n, sizeof(*m->keywords))) == NULL)
		return (-1);
	m->m.keywords = (const char *const *)m->keywords;
	for (i = 0; i < n; i++) {
		if ((m->keywords[i] = strdup(keywords[i])) == NULL)
			return (-1);
		m->m.nkeywords++;
	}
	return (0);
}

/*
 * CRLF becomes LF, as other programs keep their Maildir; but after another
 * CR it stays as it is, so that what is read comes out as it went in.
 */
int
deliver_write(struct delivery *d, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	if (d->error != 0)
		return (fail(d));
	errno = EINVAL;
	if (!d->inside)
		return (fail(d));
	if (d->raw != -1)
		return (write_all(d->raw, p, len) == -1 ? fail(d) : 0);
	errno = EILSEQ;
	if (len > 0 && memchr(p, '\0', len) != NULL)
		return (fail(d));
	for (i = 0; i < len; i++) {
		if (d->len + 2 > sizeof(d->buf) && drain(d) == -1)
			return (fail(d));
		if (d->cr && (p[i] != '\n' || d->last == '\r'))
			put(d, '\r');
		d->cr = p[i] == '\r';
		if (!d->cr)
			put(d, p[i]);
	}
	return (0);
}

static void
put(struct delivery *d, unsigned char c)
{
	if (c == '\n' && d->last != '\r')
		d->extra++;
	d->buf[d->len++] = c;
	d->last = c;
}

static int
write_all(int fd, const unsigned char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return (-1);
	}
	return (0);
}

static int
drain(struct delivery *d)
{
	if (write_all(d->fd, d->buf, d->len) == -1)
		return (-1);
	d->msg[d->n - 1].m.size += d->len;
	d->len = 0;
	return (0);
}

int
deliver_end(struct delivery *d)
{
	struct timespec times[2];
	struct message *m;

	if (d->error != 0)
		return (fail(d));
	errno = EINVAL;
	if (!d->inside)
		return (fail(d));
	if (d->raw != -1 && encode(d) == -1)
		return (fail(d));
	d->inside = 0;
	if (d->cr) {
		if (d->len + 1 > sizeof(d->buf) && drain(d) == -1)
			return (fail(d));
		put(d, '\r');
	}
	if (drain(d) == -1)
		return (fail(d));
	m = &d->msg[d->n - 1];
	m->m.vsize = m->m.size + d->extra;
	/* The file's time is the INTERNALDATE for other programs. */
	times[0].tv_sec = times[1].tv_sec = (time_t)m->m.internaldate;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if (futimens(d->fd, times) == -1)
		return (fail(d));
	return (0);
}

int
deliver_binary(struct delivery *d)
{
	char base[MAILDIR_NAMEMAX + 1], name[MAILDIR_NAMEMAX + 1];

	if (d->error != 0)
		return (fail(d));
	/* Of no use to anybody after us: it has a name for a moment. */
	if (maildir_make(base, sizeof(base)) == -1 ||
	    (d->raw = tmp_create(d->f, base, name, sizeof(name))) == -1 ||
	    unlinkat(d->f->tmpfd, name, 0) == -1)
		return (fail(d));
	return (0);
}

static int
encoded(void *arg, const void *buf, size_t len)
{
	return (deliver_write(arg, buf, len));
}

/* What was kept aside becomes the message. */
static int
encode(struct delivery *d)
{
	struct mime_message *m;
	struct mime_sink sink = { encoded, d };
	int error, rv = -1, raw = d->raw;

	d->raw = -1;
	if ((m = mime_open(raw)) != NULL)
		rv = mime_encode_binary(m, &sink);
	error = errno;
	mime_close(m);
	close(raw);
	errno = error;
	return (rv);
}

static int
sync_last(struct delivery *d)
{
	int fd = d->fd;

	if (fd == -1)
		return (0);
	d->fd = -1;
	if (fsync(fd) == -1) {
		close(fd);
		return (-1);
	}
	return (close(fd));
}

int
deliver_commit(struct delivery *d, struct idx_result *r)
{
	return (commit(d, NULL, 0, r));
}

int
deliver_replace(struct delivery *d, struct folder *from, uint32_t uid,
    struct idx_result *r)
{
	if (d->error == 0 && d->n != 1) {
		errno = EINVAL;
		return (fail(d));
	}
	if (commit(d, from, uid, r) == -1)
		return (-1);
	from->changed = 1;
	/* The name counts as cancelled, and is seen to when indexd says so. */
	if (r->done.n == 0) {
		errno = ENOENT;
		return (fail(d));
	}
	return (0);
}

/* With from, the message replaces that of the UID there. */
static int
commit(struct delivery *d, struct folder *from, uint32_t uid,
    struct idx_result *r)
{
	struct placing p;
	struct idx_message *m = NULL;
	size_t i;
	int error, rv = -1;

	if (d->error != 0)
		return (fail(d));
	errno = EINVAL;
	if (d->inside || d->n == 0)
		return (fail(d));
	if (placing_init(&p, d->f, d->n) == -1 ||
	    (m = calloc(d->n, sizeof(*m))) == NULL)
		goto out;
	for (i = 0; i < d->n; i++)
		m[i] = d->msg[i].m;
	if (fly(d, &p) == -1)
		goto out;
	if (land(d, &p) == -1) {
		placing_undo(&p);
		goto out;
	}
	rv = from == NULL ? idx_append(d->f->box, p.ticket, m, d->n, r) :
	    idx_replace(from->box, p.ticket, uid, m, r);
	/* Without an answer nobody knows whether these are messages now;
	 * indexd does, and has them removed if they are not. */
	if (rv == -1 && errno == EAGAIN) {
		p.ticket = 0;
		placing_undo(&p);
	}
	if (rv == 0)
		d->f->changed = 1;
out:
	error = errno;
	placing_free(&p);
	free(m);
	errno = error;
	return (rv == -1 ? fail(d) : 0);
}

/* Names, into flight while the last file is synced. */
static int
fly(struct delivery *d, struct placing *p)
{
	unsigned int try;
	size_t i;
	int error, rv;

	for (try = 0; try < FLIGHT_TRIES; try++) {
		for (i = 0; i < d->n; i++)
			if (placing_name(p, i, d->msg[i].m.size,
			    d->msg[i].m.vsize, d->msg[i].m.letters) == -1)
				return (-1);
		if (idx_flight_start(d->f->box,
		    (const char *const *)p->base, d->n) == -1)
			return (-1);
		error = sync_last(d) == -1 ? errno : 0;
		rv = idx_flight_end(d->f->box, &p->ticket);
		if (error != 0) {
			errno = error;
			if (rv == 0)
				placing_undo(p);
			return (-1);
		}
		if (rv == 0 || errno != ESTALE)
			return (rv);
	}
	return (-1);
}

/* From tmp/ into cur/. */
static int
land(struct delivery *d, struct placing *p)
{
	char name[MAILDIR_NAMEMAX + 1];
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (placing_file(p, i, name, sizeof(name)) == -1)
			return (-1);
		if (compat_rename(d->f->tmpfd, d->msg[i].tmp, d->f->curfd,
		    name) == -1) {
			/* ENOENT would say that a message is gone. */
			if (errno == ENOENT)
				errno = ECANCELED;
			return (-1);
		}
		d->msg[i].tmp[0] = '\0';
		p->placed = i + 1;
	}
	return (compat_syncdir(d->f->curfd));
}
