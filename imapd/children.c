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
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/children.h"
#include "imapd/gate.h"
#include "imapd/login.h"

#define PAUSE	10000		/* ms between lines about those ended */

struct child {
	RB_ENTRY(child)		 entry;
	TAILQ_ENTRY(child)	 talk;
	pid_t			 pid;
	int			 fd;	/* -1: nothing more to say */
	struct guest		 guest;
};
RB_HEAD(child_tree, child);
TAILQ_HEAD(child_list, child);

struct children {
	struct child_tree	 tree;
	struct child_list	 talking;
	struct crowd		 crowd;
	size_t			 n;
	size_t			 ntalking;
	int64_t			 said;		/* ms; 0: never */
	unsigned int		 ended;		/* not logged since */
};

static int	cmp(const struct child *, const struct child *);
static void	message(struct children *, struct child *);
static void	answer(struct children *, struct child *,
		    const struct gate_message *, struct gate_reply *);
static void	forget(struct children *, struct child *);
static void	drop(struct children *, struct child *);
static void	remove_pid(struct children *, pid_t, int);
static void	end_victim(struct children *, struct guest *, int64_t);

RB_PROTOTYPE(child_tree, child, entry, cmp)
RB_GENERATE(child_tree, child, entry, cmp)

static int
cmp(const struct child *a, const struct child *b)
{
	return (a->pid < b->pid ? -1 : a->pid > b->pid);
}

struct children *
children_new(const struct crowd_limits *limits)
{
	struct children *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	RB_INIT(&c->tree);
	TAILQ_INIT(&c->talking);
	if (crowd_init(&c->crowd, limits) == -1) {
		children_free(c);
		return (NULL);
	}
	return (c);
}

void
children_free(struct children *c)
{
	struct child *p;

	if (c == NULL)
		return;
	while ((p = RB_MIN(child_tree, &c->tree)) != NULL) {
		forget(c, p);
		RB_REMOVE(child_tree, &c->tree, p);
		free(p);
	}
	crowd_free(&c->crowd);
	free(c);
}

void
children_close(const struct children *c)
{
	/* It is not lost: a sanitizer finds it here. */
	static const struct children *volatile inherited;
	const struct child *p;

	inherited = c;
	(void)inherited;
	TAILQ_FOREACH(p, &c->talking, talk)
		close(p->fd);
}

void
children_limit(struct children *c, const struct crowd_limits *limits)
{
	c->crowd.limits = *limits;
}

size_t
children_count(const struct children *c)
{
	return (c->n);
}

size_t
children_talking(const struct children *c)
{
	return (c->ntalking);
}

enum crowd_answer
children_may_add(struct children *c, const char *address)
{
	int64_t now = login_now();
	enum crowd_answer may;
	struct guest *victim;

	may = crowd_may_enter(&c->crowd, address, now, &victim);
	if (victim != NULL)
		end_victim(c, victim, now);
	return (may);
}

static void
end_victim(struct children *c, struct guest *g, int64_t now)
{
	struct child *p;

	p = (struct child *)(void *)((char *)g - offsetof(struct child, guest));
	crowd_doom(&c->crowd, g);
	if (kill(p->pid, SIGTERM) == -1 && errno != ESRCH)
		log_warn("listen: kill pid=%ld", (long)p->pid);
	c->ended++;
	if (c->said != 0 && now - c->said < PAUSE)
		return;
	log_warnx("listen: limit unauthenticated %u is reached ended=%u",
	    c->crowd.limits.unauthenticated, c->ended);
	c->said = now;
	c->ended = 0;
}

int
children_add(struct children *c, pid_t pid, int fd, const char *address)
{
	struct child *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (-1);
	p->pid = pid;
	p->fd = fd;
	RB_INSERT(child_tree, &c->tree, p);
	TAILQ_INSERT_TAIL(&c->talking, p, talk);
	c->n++;
	c->ntalking++;
	crowd_enter(&c->crowd, &p->guest, address, login_now());
	return (0);
}

void
children_poll(struct children *c, struct pollfd *pfd)
{
	struct child *p;
	size_t i = 0;

	TAILQ_FOREACH(p, &c->talking, talk) {
		pfd[i].fd = p->fd;
		pfd[i].events = POLLIN;
		pfd[i++].revents = 0;
	}
}

void
children_dispatch(struct children *c, const struct pollfd *pfd)
{
	struct child *p, *next;
	size_t i = 0;

	for (p = TAILQ_FIRST(&c->talking); p != NULL; p = next) {
		next = TAILQ_NEXT(p, talk);
		if (pfd[i++].revents != 0)
			message(c, p);
	}
}

/* A message comes, or the session has begun. */
static void
message(struct children *c, struct child *p)
{
	struct gate_message msg;
	struct gate_reply reply;
	ssize_t n;

	n = recv(p->fd, &msg, sizeof(msg), MSG_DONTWAIT);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n != (ssize_t)sizeof(msg)) {
		if (n > 0)
			log_warnx("listen: a message of %zd bytes pid=%ld", n,
			    (long)p->pid);
		forget(c, p);
		return;
	}
	msg.text[sizeof(msg.text) - 1] = '\0';
	memset(&reply, 0, sizeof(reply));
	answer(c, p, &msg, &reply);
	if (send(p->fd, &reply, sizeof(reply), MSG_DONTWAIT) !=
	    (ssize_t)sizeof(reply))
		forget(c, p);
}

static void
answer(struct children *c, struct child *p, const struct gate_message *msg,
    struct gate_reply *reply)
{
	int64_t now = login_now();
	int full = 0;

	switch (msg->kind) {
	case GATE_ADDRESS:
		full = crowd_address(&c->crowd, &p->guest, msg->text, now);
		break;
	case GATE_USER:
		full = crowd_user(&c->crowd, &p->guest, msg->text, now);
		break;
	case GATE_FAILED:
		reply->delay = (int32_t)crowd_failed(&c->crowd, &p->guest,
		    now);
		break;
	default:
		full = -1;
		break;
	}
	reply->answer = full ? GATE_FULL : GATE_OK;
}

/* Nothing more is to be expected of it. */
static void
forget(struct children *c, struct child *p)
{
	if (p->fd == -1)
		return;
	close(p->fd);
	p->fd = -1;
	TAILQ_REMOVE(&c->talking, p, talk);
	c->ntalking--;
}

static void
drop(struct children *c, struct child *p)
{
	forget(c, p);
	crowd_leave(&c->crowd, &p->guest, login_now());
	RB_REMOVE(child_tree, &c->tree, p);
	c->n--;
	free(p);
}

void
children_reap(struct children *c)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) != 0) {
		if (pid == -1) {
			if (errno == EINTR)
				continue;
			if (errno != ECHILD)
				log_warn("listen: waitpid");
			return;
		}
		remove_pid(c, pid, status);
	}
}

static void
remove_pid(struct children *c, pid_t pid, int status)
{
	struct child *p, key;

	key.pid = pid;
	if ((p = RB_FIND(child_tree, &c->tree, &key)) == NULL)
		return;
	/* SIGTERM before the session has begun is our own. */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		log_warnx("listen: a connection ended by signal %d pid=%ld "
		    "user=%.*s", WTERMSIG(status), (long)pid,
		    p->guest.user == NULL ? 0 : (int)p->guest.user->len,
		    p->guest.user == NULL ? "" :
		    (const char *)p->guest.user->key);
	drop(c, p);
}

void
children_state(const struct children *c, struct children_state *st)
{
	memset(st, 0, sizeof(*st));
	st->connections = c->n;
	st->logged_in = c->crowd.nusers;
	st->users = tally_count(c->crowd.users);
	st->addresses = tally_count(c->crowd.addresses);
}

void
children_signal(struct children *c, int sig)
{
	struct child *p;

	RB_FOREACH(p, child_tree, &c->tree) {
		if (kill(p->pid, sig) == -1 && errno != ESRCH)
			log_warn("listen: kill pid=%ld", (long)p->pid);
	}
}
