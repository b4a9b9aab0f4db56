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

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"
#include "imapd/capability.h"
#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailroot.h"
#include "imapd/session.h"
#include "imapd/uidlist.h"
#include "imapd/view.h"
#include "imapd/wait.h"

static void	finish(struct session *, const struct session_start *);
static int	greet(struct session *, const struct session_start *);
static void	linger(struct session *, const struct session_start *);
static void	literal(struct session *);
static void	log_end(const struct session *);
static void	on_term(int);
static void	reset(struct session *);
static int	result(struct session *, enum parser_result);
static void	run(struct session *);
static void	refused(struct session *);
static void	serve(struct session *);
static int	start(struct session *, const struct session_start *);
static int	take_signals(struct session *);
static int	wait_input(struct session *);

/*
 * A signal that comes just before a wait would be overlooked there, but for
 * the pipe that the handler writes to.
 */
static volatile sig_atomic_t	terminated;
static int			term_pipe[2] = { -1, -1 };

static const char *const state_names[] = {
	"authenticated", "selected", "logout"
};

static void
on_term(int sig)
{
	int	saved = errno;

	(void)sig;
	if (!terminated)
		(void)!write(term_pipe[1], "", 1);
	terminated = 1;
	errno = saved;
}

static int
take_signals(struct session *s)
{
	struct sigaction	sa;

	if (pipe(term_pipe) == -1 ||
	    fcntl(term_pipe[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(term_pipe[1], F_SETFD, FD_CLOEXEC) == -1)
		return (-1);
	s->termfd = term_pipe[0];
	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_term;	/* no SA_RESTART: waits end */
	if (sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1)
		return (-1);
	sa.sa_handler = SIG_IGN;
	return (sigaction(SIGPIPE, &sa, NULL));
}

void
session_enter(struct session *s, enum session_state state)
{
	log_debug("session: state %s -> %s", state_names[s->state],
	    state_names[state]);
	s->state = state;
}

void
session_bye(struct session *s, const char *code, const char *fmt, ...)
{
	char	text[512];
	va_list	ap;

	if (s->state == SESSION_LOGOUT)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_debug("session: bye reason=\"%s\"", text);
	if (code == NULL)
		untagged(s, "BYE %s", text);
	else
		untagged(s, "BYE [%s] %s", code, text);
	session_enter(s, SESSION_LOGOUT);
}

void
session_no_memory(struct session *s)
{
	if (s->state == SESSION_LOGOUT)
		return;
	log_warnx("session: memory is used up: limit memory %llu",
	    (unsigned long long)s->conf->memory);
	session_bye(s, "UNAVAILABLE", "This needs more memory than the "
	    "server gives a session");
	s->status = 1;
}

int
session_alive(const struct session *s)
{
	return (s->state != SESSION_LOGOUT && !terminated &&
	    client_error(s->client) == 0);
}

int
session_still_there(struct session *s)
{
	if (!session_alive(s))
		return (0);
	/* Reading here only buffers; the end shows without waiting. */
	if (client_read(s->client, 0) == 0)
		session_enter(s, SESSION_LOGOUT);
	return (session_alive(s));
}

void
session_enable_condstore(struct session *s)
{
	char	code[48];

	if (s->condstore)
		return;
	s->condstore = 1;
	if (s->state != SESSION_SELECTED)
		return;
	/* All up to this number has to be told before (RFC 7162 §3.1.2). */
	if (update_send(s, UPDATE_FLAGS) == -1)
		return;
	(void)snprintf(code, sizeof(code), "HIGHESTMODSEQ %" PRIu64,
	    view_highest(s->view));
	untagged_ok(s, code, "CONDSTORE is on");
}

int
session_mailbox(struct session *s, const struct parser_arg *arg, char *dir,
    size_t size)
{
	const char	*name, *why;

	if (parser_astring(arg, &name, NULL) == -1) {
		reply_bad(s, "Mailbox name expected");
		return (-1);
	}
	if (mailbox_name_dir(s, name, dir, size, &why) == -1) {
		reply_no(s, "CANNOT", "%s", why);
		return (-1);
	}
	return (0);
}

const char *
session_folder_name(const char *dir)
{
	return (strcmp(dir, ".") == 0 ? "" : dir);
}

void
session_unselect(struct session *s)
{
	struct folder	*folder;

	derive_flush(s);
	if (s->view == NULL)
		return;
	message_close(s);
	folder = s->view->folder;
	flush_all(folder);
	if (uidlist_when(folder) != INT64_MAX)
		uidlist_behind(folder);
	s->view->folder = NULL;
	view_free(s->view);
	s->view = NULL;
	session_close_folder(s, folder);
	if (s->state == SESSION_SELECTED)
		session_enter(s, SESSION_AUTHENTICATED);
}

/* What the command leaves behind; the next one can begin. */
static void
reset(struct session *s)
{
	append_free(s);
	parser_reset(s->parser);
	s->cmd = NULL;
	s->replied = 0;
	s->hold = 0;
	s->expunging = 0;
	(void)client_flush_idle(s->client);
	derive_flush(s);
	if (s->bad > SESSION_BAD_MAX)
		session_bye(s, "CLIENTBUG", "Too many bad commands");
	session_behind(s);
}

/* Runs the command that was read whole. */
static void
run(struct session *s)
{
	const struct parser_arg	*args = parser_args(s->parser);
	const char		*why;

	s->cmd = command_find(parser_name(s->parser));
	s->commands++;
	if (s->cmd == NULL) {
		reply_bad(s, "Unknown command");
		return;
	}
	s->hold = (s->cmd->flags & CMD_NUMBERS) != 0;
	if ((why = command_refusal(s, s->cmd)) != NULL ||
	    s->cmd->check(args, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	if ((s->cmd->flags & CMD_WRITE) && s->view->readonly) {
		reply_no(s, "READ-ONLY", "The mailbox is open read-only");
		return;
	}
	s->cmd->run(s, args);
	if (!s->replied && session_alive(s)) {
		log_warnx("session: no answer command=\"%s\"", s->cmd->name);
		reply_no(s, "SERVERBUG", "Command failed");
	}
}

/* A literal is announced: for memory, for APPEND's file, or refused. */
static void
literal(struct session *s)
{
	struct parser	*p = s->parser;

	s->cmd = command_find(parser_name(p));
	if (s->cmd == NULL || command_refusal(s, s->cmd) != NULL) {
		(void)parser_literal(p, PARSER_REFUSE);
		return;
	}
	if (s->cmd->flags & CMD_STREAM) {
		append_literal(s);
		return;
	}
	if (parser_literal(p, PARSER_KEEP) == -1) {
		(void)parser_literal(p, PARSER_REFUSE);
		return;
	}
	if (parser_literal_sync(p))
		(void)client_continue(s->client, "OK");
}

/* A command ended because of a literal that was refused. */
static void
refused(struct session *s)
{
	const char	*why;

	s->commands++;
	if (s->cmd == NULL)
		reply_bad(s, "Unknown command");
	else if ((why = command_refusal(s, s->cmd)) != NULL)
		reply_bad(s, "%s", why);
	else if (s->append != NULL)
		append_refused(s);
	else
		reply_no(s, "LIMIT", "The literal is too big");
}

/* Waits for the client, no longer than it may be silent (RFC 3501 §5.4). */
static int
wait_input(struct session *s)
{
	switch (session_wait(s, NULL,
	    session_clock() + (int64_t)s->conf->idle * 1000)) {
	case WAIT_INPUT:
		return (0);
	case WAIT_TIMEOUT:
		session_bye(s, NULL, "Autologout; idle for too long");
		return (-1);
	default:
		return (-1);
	}
}

/* Acts on what the parser found: -1 if the session ends. */
static int
result(struct session *s, enum parser_result res)
{
	switch (res) {
	case PARSER_MORE:
		return (wait_input(s));
	case PARSER_LITERAL:
		literal(s);
		return (0);
	case PARSER_DATA:
		return (0);
	case PARSER_DONE:
		run(s);
		break;
	case PARSER_REFUSED:
		refused(s);
		break;
	case PARSER_ERROR:
		s->commands++;
		reply_bad(s, "%s", parser_error(s->parser));
		break;
	case PARSER_LINE:
		break;		/* only commands ask for it, and take it */
	case PARSER_FATAL:
	default:
		session_bye(s, NULL, "%s", parser_error(s->parser));
		return (-1);
	}
	reset(s);
	return (0);
}

static void
serve(struct session *s)
{
	enum parser_result	 res;
	const char		*buf;
	size_t			 len, used;

	while (session_alive(s)) {
		buf = client_input(s->client, &len);
		res = parser_feed(s->parser, buf, len, &used);
		if (res == PARSER_DATA)
			append_data(s);
		client_consume(s->client, used);
		if (result(s, res) == -1)
			break;
	}
	if (terminated)
		session_bye(s, "UNAVAILABLE", "Server is shutting down");
}

static int
greet(struct session *s, const struct session_start *ss)
{
	char	caps[CAPABILITY_MAX];

	s->rootfd = mailroot_open(ss->mailroot);
	if (s->rootfd == -1) {
		log_warn("session: can't open the mail root path=%s",
		    ss->mailroot);
		(void)client_printf(s->client, "%s NO [CONTACTADMIN] The "
		    "mail directory can't be opened\r\n", ss->tag);
		session_bye(s, NULL, "No mail here");
		s->status = 1;
		return (-1);
	}
	if (confine_session(s->rootfd, ss->mailroot, s->conf->indexd,
	    s->conf->memory) == -1) {
		(void)client_printf(s->client, "%s NO [SERVERBUG] The server "
		    "can't confine itself to your mail\r\n", ss->tag);
		session_bye(s, NULL, "No confinement here");
		s->status = 1;
		return (-1);
	}
	return (client_printf(s->client, "%s OK [CAPABILITY %s] %s "
	    "completed\r\n", ss->tag, capability_session(caps, sizeof(caps),
	    s->conf->message_max, s->compressed), ss->command));
}

static int
start(struct session *s, const struct session_start *ss)
{
	const struct parser_limits	limits = PARSER_LIMITS;

	if (take_signals(s) == -1 ||
	    (s->client = client_new(ss->in, ss->out)) == NULL ||
	    (s->parser = parser_new(&limits)) == NULL ||
	    client_give_input(s->client, ss->ahead, ss->aheadlen) == -1) {
		log_warn("session: start");
		s->status = 1;
		return (-1);
	}
	return (0);
}

/*
 * What the folder looks like when this session is done with it is told to
 * the next one.  The client does not wait for that.
 */
static void
linger(struct session *s, const struct session_start *ss)
{
	if (s->parked != NULL && !terminated) {
		(void)shutdown(ss->out, SHUT_WR);
		folder_settle(s->parked);
	}
	session_unpark(s);
}

static void
log_end(const struct session *s)
{
	uint64_t	in = 0, out = 0, wire_in = 0, wire_out = 0;
	char		compressed[96] = "";

	if (s->client != NULL) {
		in = client_bytes_in(s->client);
		out = client_bytes_out(s->client);
		wire_in = client_wire_in(s->client);
		wire_out = client_wire_out(s->client);
	}
	if (s->compressed)
		(void)snprintf(compressed, sizeof(compressed), " wire-in=%"
		    PRIu64 " wire-out=%" PRIu64 " ratio=%.2f", wire_in,
		    wire_out, wire_in + wire_out == 0 ? 1.0 :
		    (double)(in + out) / (double)(wire_in + wire_out));
	log_info("session: end address=%s commands=%" PRIu64 " in=%"
	    PRIu64 " out=%" PRIu64 "%s fetched=%" PRIu64 " appended=%" PRIu64
	    " expunged=%" PRIu64 " seconds=%lld user=%s", s->addr, s->commands,
	    in, out, compressed, s->fetched, s->appended, s->expunged,
	    (long long)(time(NULL) - s->started), s->user);
}

static void
finish(struct session *s, const struct session_start *ss)
{
	if (s->client != NULL)
		(void)client_end(s->client);
	append_free(s);
	session_unselect(s);
	linger(s, ss);
	log_end(s);
	idx_goodbye(s->idx);
	parser_free(s->parser);
	client_free(s->client);
	if (s->rootfd != -1)
		(void)close(s->rootfd);
}

int
session_run(struct session_start *ss)
{
	struct session	s;

	memset(&s, 0, sizeof(s));
	s.idx = ss->idx;
	s.conf = ss->conf;
	s.user = ss->user;
	s.home = ss->home;
	s.mailroot = ss->mailroot;
	s.addr = ss->addr;
	s.rootfd = -1;
	s.termfd = -1;
	s.started = time(NULL);
	log_info("session: start address=%s client=\"%s\" user=%s", s.addr,
	    ss->client_id, s.user);
	idx_stop(s.idx, &terminated);
	if (start(&s, ss) == 0 && greet(&s, ss) == 0) {
		(void)client_flush_idle(s.client);
		serve(&s);
	}
	finish(&s, ss);
	return (s.status);
}
