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
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/children.h"
#include "imapd/login.h"

struct child {
	pid_t	pid;
	int	fd;			/* -1: nothing more to say */
	char	user[LOGIN_USER_MAX];
};

struct children {
	struct child	*child;
	size_t		 n;
	size_t		 size;		/* entries allocated */
	size_t		 max;
};

static void	message(struct children *, struct child *, size_t);
static void	forget(struct child *);
static int	by_user(const void *, const void *);
static void	remove_pid(struct children *, pid_t, int);

struct children *
children_new(size_t max)
{
	struct children *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if (children_resize(c, max) == -1) {
		free(c);
		return (NULL);
	}
	return (c);
}

void
children_free(struct children *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		forget(&c->child[i]);
	free(c->child);
	free(c);
}

int
children_resize(struct children *c, size_t max)
{
	struct child *p;

	if (max > c->size) {
		p = recallocarray(c->child, c->size, max, sizeof(*p));
		if (p == NULL)
			return (-1);
		c->child = p;
		c->size = max;
	}
	c->max = max;
	return (0);
}

size_t
children_count(const struct children *c)
{
	return (c->n);
}

int
children_full(const struct children *c)
{
	return (c->n >= c->max);
}

void
children_add(struct children *c, pid_t pid, int fd)
{
	struct child *p = &c->child[c->n++];

	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->fd = fd;
}

void
children_poll(const struct children *c, struct pollfd *pfd)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		pfd[i].fd = c->child[i].fd;
		pfd[i].events = POLLIN;
		pfd[i].revents = 0;
	}
}

void
children_dispatch(struct children *c, const struct pollfd *pfd,
    size_t per_user)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->child[i].fd != -1 && pfd[i].revents != 0)
			message(c, &c->child[i], per_user);
	}
}

/* A user's name comes, or the session has begun. */
static void
message(struct children *c, struct child *p, size_t per_user)
{
	struct login_user msg;
	size_t i, others = 0;
	ssize_t n;
	char ok;

	n = read(p->fd, &msg, sizeof(msg));
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n != (ssize_t)sizeof(msg)) {
		if (n > 0)
			log_warnx("listen: a message of %zd bytes pid=%ld", n,
			    (long)p->pid);
		forget(p);
		return;
	}
	msg.user[sizeof(msg.user) - 1] = '\0';
	for (i = 0; i < c->n; i++) {
		if (&c->child[i] != p &&
		    strcmp(c->child[i].user, msg.user) == 0)
			others++;
	}
	ok = others < per_user;
	(void)strlcpy(p->user, ok ? msg.user : "", sizeof(p->user));
	if (write(p->fd, &ok, sizeof(ok)) != (ssize_t)sizeof(ok))
		forget(p);
}

static void
forget(struct child *p)
{
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
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
	size_t i;

	for (i = 0; i < c->n && c->child[i].pid != pid; i++)
		continue;
	if (i == c->n)
		return;
	/* SIGTERM before the session has begun is our own. */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		log_warnx("listen: a connection ended by signal %d pid=%ld "
		    "user=%s", WTERMSIG(status), (long)pid, c->child[i].user);
	forget(&c->child[i]);
	c->child[i] = c->child[--c->n];
}

void
children_state(const struct children *c, struct children_state *st)
{
	const char **user;
	size_t i;

	memset(st, 0, sizeof(*st));
	st->connections = c->n;
	if ((user = reallocarray(NULL, c->n + 1, sizeof(*user))) == NULL)
		return;
	for (i = 0; i < c->n; i++) {
		if (c->child[i].user[0] != '\0')
			user[st->logged_in++] = c->child[i].user;
	}
	qsort(user, st->logged_in, sizeof(*user), by_user);
	for (i = 0; i < st->logged_in; i++) {
		if (i == 0 || strcmp(user[i - 1], user[i]) != 0)
			st->users++;
	}
	free(user);
}

static int
by_user(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

void
children_signal(const struct children *c, int sig)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (kill(c->child[i].pid, sig) == -1 && errno != ESRCH)
			log_warn("listen: kill pid=%ld",
			    (long)c->child[i].pid);
	}
}
