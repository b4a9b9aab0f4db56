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

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/flight.h"
#include "indexd/peer.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

#define SESSION_RETRY	1000		/* ms after a note that failed */

static int	note_session(struct server *, struct session *);
static void	unnoted(struct server *, struct session *, uint64_t);
static void	away(struct server *, struct session *);
static void	session_free(struct server *, struct session *);
static struct session *session_make(struct server *, const uint8_t *, uid_t,
		    const char *, const struct session_who *);
static struct served *served_get(struct server *, const char *);
static void	served_put(struct server *, struct served *);

RB_GENERATE(session_tree, session, entry, session_cmp)
RB_GENERATE(binding_tree, binding, entry, binding_cmp)
RB_GENERATE(served_tree, served, entry, served_cmp)

int
session_cmp(const struct session *a, const struct session *b)
{
	return (memcmp(a->id, b->id, sizeof(a->id)));
}

int
binding_cmp(const struct binding *a, const struct binding *b)
{
	if (a->uid != b->uid)
		return (a->uid < b->uid ? -1 : 1);
	return (strcmp(a->root, b->root));
}

int
served_cmp(const struct served *a, const struct served *b)
{
	return (strcmp(a->name, b->name));
}

static struct served *
served_get(struct server *srv, const char *name)
{
	struct served *u, key;

	if ((key.name = strdup(name)) == NULL)
		return (NULL);
	if ((u = RB_FIND(served_tree, &srv->served, &key)) != NULL) {
		free(key.name);
		u->refs++;
		return (u);
	}
	if ((u = calloc(1, sizeof(*u))) == NULL) {
		free(key.name);
		return (NULL);
	}
	u->name = key.name;
	u->refs = 1;
	RB_INSERT(served_tree, &srv->served, u);
	return (u);
}

static void
served_put(struct server *srv, struct served *u)
{
	if (--u->refs > 0)
		return;
	RB_REMOVE(served_tree, &srv->served, u);
	free(u->name);
	free(u);
}

unsigned int
served_connections(struct server *srv, const char *name)
{
	struct served *u;
	unsigned int n = 0;

	if ((u = served_get(srv, name)) != NULL) {
		n = u->connections;
		served_put(srv, u);
	}
	return (n);
}

struct binding *
binding_get(struct server *srv, uid_t uid, const char *root)
{
	struct binding *b, key;

	memset(&key, 0, sizeof(key));
	key.uid = uid;
	if ((key.root = strdup(root)) == NULL)
		return (NULL);
	if ((b = RB_FIND(binding_tree, &srv->bindings, &key)) != NULL) {
		free(key.root);
		b->refs++;
		return (b);
	}
	if ((b = malloc(sizeof(*b))) == NULL) {
		free(key.root);
		return (NULL);
	}
	*b = key;
	b->refs = 1;
	RB_INSERT(binding_tree, &srv->bindings, b);
	return (b);
}

void
binding_put(struct server *srv, struct binding *b)
{
	if (--b->refs > 0)
		return;
	watch_free(b);
	RB_REMOVE(binding_tree, &srv->bindings, b);
	free(b->root);
	free(b);
}

static struct session *
session_make(struct server *srv, const uint8_t *id, uid_t uid,
    const char *root, const struct session_who *who)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	if ((s->address = strdup(who->address)) == NULL ||
	    (s->served = served_get(srv, who->user)) == NULL ||
	    (s->binding = binding_get(srv, uid, root)) == NULL) {
		session_free(srv, s);
		return (NULL);
	}
	memcpy(s->id, id, sizeof(s->id));
	s->pid = (pid_t)who->pid;
	s->mark = who->mark;
	s->since = srv->now;
	if (RB_INSERT(session_tree, &srv->sessions, s) != NULL) {
		session_free(srv, s);
		errno = EEXIST;
		return (NULL);
	}
	srv->nsessions++;
	return (s);
}

struct session *
session_new(struct server *srv, uid_t uid, const char *root,
    const struct session_who *who)
{
	uint8_t id[TABLE_IDLEN];
	struct session *s;

	arc4random_buf(id, sizeof(id));
	if ((s = session_make(srv, id, uid, root, who)) != NULL)
		unnoted(srv, s, 0);
	return (s);
}

struct session *
session_find(struct server *srv, const uint8_t *id)
{
	struct session key;

	memcpy(key.id, id, sizeof(key.id));
	return (RB_FIND(session_tree, &srv->sessions, &key));
}

/* The journal has to be told of it, within so many ms. */
static void
unnoted(struct server *srv, struct session *s, uint64_t ms)
{
	if (s->is_unnoted)
		TAILQ_REMOVE(&srv->unnoted, s, unnoted);
	s->due = srv->now + ms;
	if (ms == 0)
		TAILQ_INSERT_HEAD(&srv->unnoted, s, unnoted);
	else
		TAILQ_INSERT_TAIL(&srv->unnoted, s, unnoted);
	s->is_unnoted = 1;
}

void
session_attach(struct session *s, struct peer *p)
{
	struct server *srv = p->srv;

	if (s->is_away) {
		TAILQ_REMOVE(&srv->away, s, awayness);
		s->binding->away--;
		s->is_away = 0;
	}
	s->peer = p;
	s->since = srv->now;
	s->asked = srv->now;
	s->binding->connections++;
	s->served->connections++;
	TAILQ_INSERT_HEAD(&srv->recent, s, recency);
	p->session = s;
}

void
session_asks(struct server *srv, struct session *s)
{
	s->requests++;
	s->asked = srv->now;
	if (TAILQ_FIRST(&srv->recent) == s || s->peer == NULL)
		return;
	TAILQ_REMOVE(&srv->recent, s, recency);
	TAILQ_INSERT_HEAD(&srv->recent, s, recency);
}

/* It has no connection; the longest away goes if there are too many. */
static void
away(struct server *srv, struct session *s)
{
	struct session *old;

	s->since = srv->now;
	s->is_away = 1;
	TAILQ_INSERT_TAIL(&srv->away, s, awayness);
	if (++s->binding->away <= SESSION_AWAYMAX)
		return;
	TAILQ_FOREACH(old, &srv->away, awayness)
		if (old->binding == s->binding)
			break;
	session_end(srv, old);
}

void
session_detach(struct server *srv, struct session *s)
{
	s->peer = NULL;
	s->binding->connections--;
	s->served->connections--;
	TAILQ_REMOVE(&srv->recent, s, recency);
	watch_rest(s->binding);
	away(srv, s);
}

void
session_end(struct server *srv, struct session *s)
{
	flight_doom_session(srv, s);
	if (s->peer != NULL) {
		s->peer->session = NULL;
		s->peer = NULL;
		s->binding->connections--;
		s->served->connections--;
		TAILQ_REMOVE(&srv->recent, s, recency);
		watch_rest(s->binding);
	}
	if (s->is_away) {
		TAILQ_REMOVE(&srv->away, s, awayness);
		s->binding->away--;
		s->is_away = 0;
	}
	RB_REMOVE(session_tree, &srv->sessions, s);
	srv->nsessions--;
	s->ended = 1;
	if (s->noted) {
		unnoted(srv, s, SESSION_LAZY);
		return;
	}
	if (s->is_unnoted)
		TAILQ_REMOVE(&srv->unnoted, s, unnoted);
	session_free(srv, s);
}

static void
session_free(struct server *srv, struct session *s)
{
	if (s->binding != NULL)
		binding_put(srv, s->binding);
	if (s->served != NULL)
		served_put(srv, s->served);
	free(s->address);
	free(s->result);
	free(s);
}

int
session_note_result(struct server *srv, struct session *s, const void *p,
    size_t len)
{
	struct note n;

	memset(&n, 0, sizeof(n));
	n.kind = NOTE_RESULT;
	memcpy(n.key, s->id, sizeof(n.key));
	n.data = p;
	n.len = len;
	return (engine_note(srv->engine, &n));
}

int
session_keep_result(struct session *s, uint64_t serial, const void *p,
    size_t len)
{
	uint8_t *copy;

	if ((copy = malloc(len + 1)) == NULL)
		return (-1);
	memcpy(copy, p, len);
	free(s->result);
	s->result = copy;
	s->resultlen = len;
	s->serial = serial;
	s->has_result = 1;
	return (0);
}

/*
 * The session's note, or the end of all its notes.  After a power cut there
 * is no session any more.
 */
static int
note_session(struct server *srv, struct session *s)
{
	struct frame f;
	struct note n;
	int r = -1;

	memset(&n, 0, sizeof(n));
	n.kind = NOTE_SESSION;
	n.fleeting = 1;
	memcpy(n.key, s->id, sizeof(n.key));
	if (s->ended) {
		if (engine_note(srv->engine, &n) == -1)
			return (-1);
		n.kind = NOTE_RESULT;
		return (s->has_result ? engine_note(srv->engine, &n) : 0);
	}
	frame_init(&f, NOTE_SESSION, 0);
	frame_put_u32(&f, (uint32_t)s->binding->uid);
	frame_put_str(&f, s->binding->root);
	frame_put_str(&f, s->served->name);
	frame_put_str(&f, s->address);
	frame_put_u32(&f, (uint32_t)s->pid);
	frame_put_u32(&f, s->mark);
	if (!f.failed) {
		n.data = f.buf + FRAME_HEAD;
		n.len = f.len - FRAME_HEAD;
		r = engine_note(srv->engine, &n);
	}
	frame_free(&f);
	return (r);
}

void
sessions_note(struct server *srv)
{
	struct session *s;
	size_t mark;

	while ((s = TAILQ_FIRST(&srv->unnoted)) != NULL) {
		mark = engine_mark(srv->engine);
		if (note_session(srv, s) == -1) {
			log_warn("sessions: note");
			engine_rollback(srv->engine, mark);
			s->due = srv->now + SESSION_RETRY;
			return;
		}
		TAILQ_REMOVE(&srv->unnoted, s, unnoted);
		TAILQ_INSERT_TAIL(&srv->noting, s, unnoted);
	}
}

void
sessions_noted(struct server *srv, int committed)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&srv->noting)) != NULL) {
		TAILQ_REMOVE(&srv->noting, s, unnoted);
		s->is_unnoted = 0;
		if (!committed)
			unnoted(srv, s, SESSION_RETRY);
		else if (s->ended)
			session_free(srv, s);
		else
			s->noted = 1;
	}
}

int
sessions_due(const struct server *srv)
{
	const struct session *s = TAILQ_FIRST(&srv->unnoted);

	return (s != NULL && s->due <= srv->now);
}

int
session_from_note(struct server *srv, const struct note *n)
{
	char root[PROTO_MAXROOT + 1];
	struct session_who who;
	struct payload in;
	struct session *s;
	uint64_t serial;
	uint32_t uid;

	payload_init(&in, n->data, n->len);
	if (n->kind == NOTE_RESULT) {
		if ((s = session_find(srv, n->key)) == NULL ||
		    get_u64(&in, &serial) == -1)
			return (-1);
		return (session_keep_result(s, serial, n->data, n->len));
	}
	if (get_u32(&in, &uid) == -1 ||
	    get_str(&in, root, sizeof(root)) == -1 ||
	    get_str(&in, who.user, sizeof(who.user)) == -1 ||
	    get_str(&in, who.address, sizeof(who.address)) == -1 ||
	    get_u32(&in, &who.pid) == -1 ||
	    get_u32(&in, &who.mark) == -1 || frame_end(&in) == -1 ||
	    (s = session_make(srv, n->key, (uid_t)uid, root, &who)) == NULL)
		return (-1);
	s->noted = 1;
	away(srv, s);
	return (0);
}

void
sessions_sweep(struct server *srv)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&srv->away)) != NULL &&
	    srv->now - s->since >= PROTO_AWAY * 1000)
		session_end(srv, s);
}

int
sessions_timeout(const struct server *srv)
{
	const struct session *s;
	uint64_t at = UINT64_MAX;

	if ((s = TAILQ_FIRST(&srv->unnoted)) != NULL)
		at = s->due;
	s = TAILQ_FIRST(&srv->away);
	if (s != NULL && s->since + PROTO_AWAY * 1000 < at)
		at = s->since + PROTO_AWAY * 1000;
	if (at == UINT64_MAX)
		return (-1);
	return (at <= srv->now ? 0 : (int)(at - srv->now));
}

void
sessions_free(struct server *srv)
{
	struct session *s;

	while ((s = RB_MIN(session_tree, &srv->sessions)) != NULL) {
		RB_REMOVE(session_tree, &srv->sessions, s);
		if (s->is_unnoted)
			TAILQ_REMOVE(&srv->unnoted, s, unnoted);
		session_free(srv, s);
	}
	while ((s = TAILQ_FIRST(&srv->unnoted)) != NULL) {
		TAILQ_REMOVE(&srv->unnoted, s, unnoted);
		session_free(srv, s);
	}
}
