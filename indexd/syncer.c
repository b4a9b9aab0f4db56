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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/confine.h"
#include "common/log.h"
#include "indexd/syncer.h"

#define MAXJOBS	8		/* given and not answered */

struct job {
	uint64_t	ticket;
	uint64_t	size;
	uint32_t	what;
	uint32_t	unused;
};

struct answer {
	uint64_t	ticket;
	int64_t		error;
};

struct syncer {
	pid_t		pid;
	int		fd;
	unsigned int	jobs;
};

static int	launch(struct syncer *);
static void	lost(struct syncer *);
static int	send_job(int, const struct job *, int);
static int	receive_job(int, struct job *, int *);
static void	helper(int) __attribute__((__noreturn__));

struct syncer *
syncer_start(void)
{
	struct syncer *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->fd = -1;
	if (launch(s) == -1) {
		free(s);
		return (NULL);
	}
	return (s);
}

/*
 * When this returns the helper has let go of what it got from us: were it to
 * keep the socket that we listen on a moment longer than we live, the next
 * indexd would take us for alive.
 */
static int
launch(struct syncer *s)
{
	int error, sv[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return (-1);
	switch (s->pid = fork()) {
	case -1:
		error = errno;
		close(sv[0]);
		close(sv[1]);
		errno = error;
		return (-1);
	case 0:
		helper(sv[1]);
	default:
		break;
	}
	close(sv[1]);
	while (read(sv[0], &byte, 1) == -1 && errno == EINTR)
		;
	if (fcntl(sv[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(sv[0], F_SETFL, O_NONBLOCK) == -1)
		log_warn("syncer: fcntl");
	s->fd = sv[0];
	s->jobs = 0;
	return (0);
}

void
syncer_stop(struct syncer *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1) {
		close(s->fd);
		while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	free(s);
}

int
syncer_fd(const struct syncer *s)
{
	return (s->fd);
}

/* The helper does not answer any more: a new one. */
static void
lost(struct syncer *s)
{
	log_warnx("syncer: helper pid=%ld is gone, starting another",
	    (long)s->pid);
	close(s->fd);
	s->fd = -1;
	s->jobs = 0;
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (launch(s) == -1)
		log_warn("syncer: cannot start");
}

static int
send_job(int fd, const struct job *job, int file)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} c;
	struct cmsghdr *cm;
	struct msghdr msg;
	struct job copy = *job;
	struct iovec iov;

	memset(&c, 0, sizeof(c));
	memset(&msg, 0, sizeof(msg));
	iov.iov_base = &copy;
	iov.iov_len = sizeof(copy);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = c.buf;
	msg.msg_controllen = sizeof(c.buf);
	cm = CMSG_FIRSTHDR(&msg);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &file, sizeof(file));
	/* Few and small jobs are under way: it goes whole, or not at all. */
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)sizeof(copy))
		return (-1);
	return (0);
}

int
syncer_submit(struct syncer *s, enum sync_job what, uint64_t ticket, int fd,
    uint64_t size)
{
	struct job job = { 0 };

	if (s->fd == -1 && launch(s) == -1)
		return (-1);
	if (s->jobs >= MAXJOBS) {
		errno = EAGAIN;
		return (-1);
	}
	job.ticket = ticket;
	job.what = what;
	job.size = size;
	if (send_job(s->fd, &job, fd) == -1)
		return (-1);
	s->jobs++;
	return (0);
}

int
syncer_answer(struct syncer *s, uint64_t *ticket, int *error)
{
	struct answer a;
	ssize_t n;

	if (s->fd == -1)
		return (0);
	n = recv(s->fd, &a, sizeof(a), 0);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return (0);
	if (n != (ssize_t)sizeof(a)) {
		lost(s);
		return (-1);
	}
	if (s->jobs > 0)
		s->jobs--;
	*ticket = a.ticket;
	*error = (int)a.error;
	return (1);
}

/* 1 with a job, 0 at the end. */
static int
receive_job(int fd, struct job *job, int *file)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} c;
	struct cmsghdr *cm;
	struct msghdr msg;
	struct iovec iov;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = job;
	iov.iov_len = sizeof(*job);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = c.buf;
	msg.msg_controllen = sizeof(c.buf);
	while ((n = recvmsg(fd, &msg, MSG_WAITALL)) == -1 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(*job))
		return (0);
	cm = CMSG_FIRSTHDR(&msg);
	if (cm == NULL || cm->cmsg_level != SOL_SOCKET ||
	    cm->cmsg_type != SCM_RIGHTS ||
	    cm->cmsg_len != CMSG_LEN(sizeof(int)))
		return (0);
	memcpy(file, CMSG_DATA(cm), sizeof(*file));
	return (1);
}

/* The life of the helper.  It ends when indexd does. */
static void
helper(int fd)
{
	struct answer a;
	struct job job;
	int file;

	setproctitle("helper");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* Sockets of peers and the like are not its business. */
	if (fd != 3 && dup2(fd, 3) == -1)
		_exit(1);
	closefrom(4);
	if (confine_helper() == -1 || write(3, "", 1) != 1)
		_exit(1);
	while (receive_job(3, &job, &file)) {
		a.ticket = job.ticket;
		if (job.what == SYNC_FILL)
			a.error = compat_reserve(file, 0,
			    (off_t)job.size) == -1 ||
			    compat_sync(file) == -1 ? errno : 0;
		else
			a.error = compat_syncmap(file) == -1 ? errno : 0;
		close(file);
		if (write(3, &a, sizeof(a)) != (ssize_t)sizeof(a))
			break;
	}
	_exit(0);
}
