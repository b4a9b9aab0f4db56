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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/idx_conn.h"

void
put_open(struct frame *f, const char *folder, const struct idx_identity *id,
    int how)
{
	frame_put_str(f, folder);
	frame_put_bytes(f, id->id, sizeof(id->id));
	frame_put_bytes(f, id->indexd, sizeof(id->indexd));
	frame_put_u32(f, id->uidvalidity);
	frame_put_u64(f, id->floor_modseq);
	frame_put_u32(f, id->floor_uid);
	frame_put_u8(f, (uint8_t)how);
}

int
get_opened(struct idx_call *c, uint32_t *handle, struct idx_opened *o)
{
	uint8_t known, raise;

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	get_u32(&c->in, handle);
	get_u8(&c->in, &known);
	get_str(&c->in, o->oldname, sizeof(o->oldname));
	get_u8(&c->in, &raise);
	get_u64(&c->in, &o->raise_modseq);
	get_u32(&c->in, &o->raise_uid);
	if (frame_end(&c->in) == -1) {
		errno = EPROTO;
		return (-1);
	}
	/* There always is one, but there may be no room for it here. */
	if (c->fd == -1) {
		errno = EMFILE;
		return (-1);
	}
	o->known = known;
	o->raise = raise;
	o->fd = c->fd;
	c->fd = -1;
	return (0);
}

int
idx_open(struct idx *idx, const char *folder, const struct idx_identity *id,
    int how, struct idx_box **boxp, struct idx_opened *o)
{
	struct idx_box *box;
	struct idx_call c;
	int error;

	if ((box = calloc(1, sizeof(*box))) == NULL)
		return (-1);
	if ((box->folder = strdup(folder)) == NULL) {
		free(box);
		return (-1);
	}
	box->idx = idx;
	box->identity = *id;
	box->how = how;
	call_init(&c, idx, NULL, PROTO_OPEN, PROTO_OPENED);
	put_open(&c.f, folder, id, how);
	if (call_run(&c) == -1) {
		call_free(&c);
		free(box->folder);
		free(box);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&idx->boxes, box, entry);
	if (get_opened(&c, &box->handle, o) == -1) {
		error = errno;
		call_free(&c);
		/* It is open at indexd, and counts there. */
		(void)idx_close(box);
		errno = error;
		return (-1);
	}
	call_free(&c);
	*boxp = box;
	return (0);
}

int
idx_create(struct idx *idx, const char *folder, struct idx_identity *id,
    const char *const *keywords, unsigned int nkeywords, int adopt)
{
	struct idx_call c;
	unsigned int i;
	int rv;

	call_init(&c, idx, NULL, PROTO_CREATE, PROTO_CREATED);
	frame_put_str(&c.f, folder);
	frame_put_bytes(&c.f, id->id, sizeof(id->id));
	frame_put_u32(&c.f, id->uidvalidity);
	frame_put_u64(&c.f, id->floor_modseq);
	frame_put_u32(&c.f, id->floor_uid);
	frame_put_u32(&c.f, nkeywords);
	for (i = 0; i < nkeywords; i++)
		frame_put_str(&c.f, keywords[i]);
	frame_put_u8(&c.f, adopt != 0);
	if ((rv = call_run(&c)) == 0) {
		get_u32(&c.in, &id->uidvalidity);
		get_u64(&c.in, &id->floor_modseq);
		get_u32(&c.in, &id->floor_uid);
		memcpy(id->indexd, idx->indexd, sizeof(id->indexd));
		rv = call_end(&c);
	}
	call_free(&c);
	return (rv);
}

int
idx_adopted(struct idx_box *box, uint32_t uidnext)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_ADOPTED, PROTO_OK);
	frame_put_u32(&c.f, uidnext);
	return (call_ok(&c));
}

int
idx_map(struct idx_box *box, struct idx_opened *o)
{
	struct idx_call c;
	uint32_t handle;
	int rv;

	call_init(&c, box->idx, box, PROTO_MAP, PROTO_OPENED);
	if ((rv = call_run(&c)) == 0)
		rv = get_opened(&c, &handle, o);
	call_free(&c);
	return (rv);
}

int
idx_close(struct idx_box *box)
{
	char text[IDX_TEXTLEN];
	struct idx_call c;
	struct idx *idx;
	unsigned int code;
	int rv = 0;

	if (box == NULL)
		return (0);
	idx = box->idx;
	/* Mostly something has failed, and the reason is still to be told. */
	code = idx->code;
	memcpy(text, idx->text, sizeof(text));
	/* Without a connection there is no handle to close. */
	if (box->handle != NO_HANDLE && idx->sock != -1) {
		/* That of a mailbox that was deleted counts until then. */
		box->lost = 0;
		call_init(&c, idx, box, PROTO_CLOSE, PROTO_OK);
		rv = call_ok(&c);
	}
	if (rv == 0) {
		idx->code = code;
		memcpy(idx->text, text, sizeof(idx->text));
	}
	TAILQ_REMOVE(&idx->boxes, box, entry);
	event_drop(idx, box);
	free(box->folder);
	free(box);
	return (rv);
}

void
idx_set_data(struct idx_box *box, void *data)
{
	box->data = data;
}

void *
idx_data(const struct idx_box *box)
{
	return (box->data);
}

int
idx_floor(struct idx_box *box, uint64_t modseq, uint32_t uid)
{
	struct idx_call c;

	/* What a reopening after a restart of indexd will say. */
	box->identity.floor_modseq = modseq;
	box->identity.floor_uid = uid;
	call_init(&c, box->idx, box, PROTO_FLOOR, PROTO_OK);
	frame_put_u64(&c.f, modseq);
	frame_put_u32(&c.f, uid);
	return (call_ok(&c));
}

int
idx_identified(struct idx_box *box, const struct idx_identity *id)
{
	box->identity = *id;
	return (idx_floor(box, id->floor_modseq, id->floor_uid));
}

int
idx_renamed(struct idx_box *box, const char *folder)
{
	struct idx_call c;
	char *copy;

	if ((copy = strdup(folder)) == NULL)
		return (-1);
	free(box->folder);
	box->folder = copy;
	call_init(&c, box->idx, box, PROTO_RENAMED, PROTO_OK);
	frame_put_str(&c.f, folder);
	return (call_ok(&c));
}

int
idx_deleted(struct idx_box *box)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_DELETED, PROTO_OK);
	if (call_ok(&c) == 0)
		return (0);
	/* Asked again after a restart: it is gone already. */
	return (errno == EAGAIN && box->idx->code == PROTO_NO_GONE ? 0 : -1);
}

int
idx_arm(struct idx_box *box, uint64_t modseq)
{
	struct idx_call c;

	box->armed = 1;
	box->armed_modseq = modseq;
	call_init(&c, box->idx, box, PROTO_ARM, PROTO_OK);
	frame_put_u64(&c.f, modseq);
	return (call_ok(&c));
}

int
idx_recent(struct idx_box *box, uint32_t *first, uint32_t *before)
{
	struct idx_call c;
	int rv;

	call_init(&c, box->idx, box, PROTO_RECENT, PROTO_RECENTS);
	if ((rv = call_run(&c)) == 0) {
		get_u32(&c.in, first);
		get_u32(&c.in, before);
		rv = call_end(&c);
	}
	call_free(&c);
	return (rv);
}

int
idx_flight_start(struct idx_box *box, const char *const *names, size_t n)
{
	struct idx_call *c;
	int error;

	if (n > PROTO_MAXFLIGHT) {
		errno = E2BIG;
		return (-1);
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (-1);
	call_init(c, box->idx, box, PROTO_FLIGHT, PROTO_FLYING);
	put_names(&c->f, names, n);
	if (call_ready(c) == -1) {
		error = errno;
		call_free(c);
		free(c);
		errno = error;
		return (-1);
	}
	/* If this fails, so does the answer. */
	if (idx_send(c) == -1)
		idx_disconnect(box->idx);
	box->idx->flight = c;
	return (0);
}

int
idx_flight_end(struct idx_box *box, uint64_t *ticket)
{
	struct idx *idx = box->idx;
	struct idx_call *c = idx->flight;
	int error, rv = -1;

	idx->flight = NULL;
	if (idx->sock != -1 && (rv = idx_await(c)) == 0) {
		get_u64(&c->in, ticket);
		rv = call_end(c);
	} else if (idx->sock == -1 || errno != EAGAIN) {
		/*
		 * Asked twice, the names would stand under two tickets, and
		 * the one that is never used would have the files unlinked
		 * in the end.
		 */
		idx_disconnect(idx);
		rv = -1;
		if (idx_resume(idx) == 0)
			errno = ESTALE;
	}
	error = errno;
	call_free(c);
	free(c);
	errno = error;
	return (rv);
}

int
idx_flight(struct idx_box *box, const char *const *names, size_t n,
    uint64_t *ticket)
{
	if (idx_flight_start(box, names, n) == -1)
		return (-1);
	return (idx_flight_end(box, ticket));
}

int
idx_land(struct idx_box *box, uint64_t ticket)
{
	struct idx_call c;

	call_init(&c, box->idx, NULL, PROTO_LAND, PROTO_OK);
	frame_put_u64(&c.f, ticket);
	return (call_ok(&c));
}

int
idx_forget(struct idx_box *box, const char *const *names, size_t n)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_FORGET, PROTO_OK);
	put_names(&c.f, names, n);
	return (call_ok(&c));
}

void
put_names(struct frame *f, const char *const *names, size_t n)
{
	size_t i;

	frame_put_u32(f, (uint32_t)n);
	for (i = 0; i < n; i++)
		frame_put_str(f, names[i]);
}
