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


#include <sys/wait.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dlg.h"

#define SCRIPT_CONNS	64	/* connections of one dialogue */
#define SCRIPT_GROUP	64	/* members of one { } */
#define SCRIPT_TRACE	24	/* lines shown when something differs */
#define SCRIPT_QUIET	50	/* ms that nothing may come, by default */

struct script {
	const struct options	*opts;
	const char		*path;
	FILE			*fp;
	char			*line;
	size_t			 size;
	unsigned int		 lineno;
	unsigned int		 at;		/* the statement's first line */
	int			 deadline;
	int			 within;	/* of the next one only, or 0 */
	struct conn		 conns[SCRIPT_CONNS];
	char			*never[SCRIPT_CONNS];
	char			*ahead[SCRIPT_CONNS];	/* read, not used */
	char			*trace[SCRIPT_TRACE];
	unsigned int		 ntrace;
};

struct group {
	char	*patterns[SCRIPT_GROUP];
	size_t	 count;
	int	 others;	/* other responses may come in between */
};

static void	 trace(struct script *, size_t, const char *, const char *);
static int	 differs(struct script *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 wrong(struct script *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 next_line(struct script *);
static int	 deadline(struct script *);
static int	 get(struct script *, size_t, char **, const char *);
static int	 match(struct script *, const char *, const char *);
static int	 expect(struct script *, size_t, const char *, int);
static int	 expect_maybe(struct script *, size_t, const char *);
static int	 group_read(struct script *, struct group *);
static int	 group_match(struct script *, struct group *, const char *);
static int	 expect_group(struct script *, size_t, int);
static int	 put(struct script *, size_t, const char *, size_t);
static size_t	 unescape(char *, const char *, size_t);
static int	 send_text(struct script *, size_t, const char *);
static int	 send_literal(struct script *, size_t, const char *, size_t,
		    int);
static int	 send_raw(struct script *, size_t, const char *);
static int	 do_connect(struct script *, size_t);
static int	 do_login(struct script *, size_t);
static int	 do_eof(struct script *, size_t);
static int	 do_quiet(struct script *, size_t, const char *);
static int	 do_conn(struct script *, size_t, const char *);
static int	 number(const char **, long long *);
static int	 do_assert(struct script *, const char *);
static int	 do_set(struct script *, char *);
static int	 do_shell(struct script *, const char *);
static int	 statement(struct script *, char *);

/* Keeps the last lines said, to show them when something differs. */
static void
trace(struct script *s, size_t conn, const char *dir, const char *text)
{
	char	*line;
	size_t	 len;

	len = strlen(text) + 32;
	if ((line = malloc(len)) == NULL)
		err(2, NULL);
	(void)snprintf(line, len, "%zu%s %s", conn, dir, text);
	if (s->opts->verbose)
		(void)fprintf(stderr, "%s\n", line);
	free(s->trace[s->ntrace % SCRIPT_TRACE]);
	s->trace[s->ntrace++ % SCRIPT_TRACE] = line;
}

static int
differs(struct script *s, const char *fmt, ...)
{
	va_list		 ap;
	unsigned int	 i;

	if (!s->opts->verbose) {
		i = s->ntrace > SCRIPT_TRACE ? s->ntrace - SCRIPT_TRACE : 0;
		for (; i < s->ntrace; i++)
			(void)fprintf(stderr, "\t%s\n",
			    s->trace[i % SCRIPT_TRACE]);
	}
	(void)fprintf(stderr, "%s:%u: ", s->path, s->at);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return (1);
}

static int
wrong(struct script *s, const char *fmt, ...)
{
	va_list	 ap;

	(void)fprintf(stderr, "%s:%u: error in the dialogue: ", s->path,
	    s->lineno);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return (2);
}

/* Reads the next line that says something.  Returns 0 at the end. */
static int
next_line(struct script *s)
{
	ssize_t	 n;
	char	*p;

	while ((n = getline(&s->line, &s->size, s->fp)) != -1) {
		s->lineno++;
		if (n > 0 && s->line[n - 1] == '\n')
			s->line[--n] = '\0';
		p = s->line + strspn(s->line, " \t");
		if (*p != '\0' && *p != '#')
			return (1);
	}
	return (0);
}

static int
deadline(struct script *s)
{
	return (s->within > 0 ? s->within : s->deadline);
}

/* Reads a response; want says what was hoped for. */
static int
get(struct script *s, size_t conn, char **line, const char *want)
{
	char	 errbuf[256];
	int	 ret;

	if ((*line = s->ahead[conn]) != NULL) {
		s->ahead[conn] = NULL;
		return (0);
	}
	ret = conn_read(&s->conns[conn], line, deadline(s));
	if (ret == 0)
		return (differs(s, "connection %zu was closed\n"
		    "\texpected: %s", conn, want));
	if (ret == -1 && errno == ETIMEDOUT)
		return (differs(s, "connection %zu: nothing came in %d ms\n"
		    "\texpected: %s", conn, deadline(s), want));
	if (ret == -1)
		return (differs(s, "connection %zu: %s\n\texpected: %s",
		    conn, errno == EBADMSG ? "closed within a response" :
		    strerror(errno), want));
	trace(s, conn, "<", *line);
	if (s->never[conn] == NULL)
		return (0);
	ret = pattern_match(s->never[conn], *line, errbuf, sizeof(errbuf));
	if (ret == 0)
		return (0);
	ret = ret == -1 ? wrong(s, "%s", errbuf) :
	    differs(s, "came, but must not\n\t     got: %s\n\t   never: %s",
	    *line, s->never[conn]);
	free(*line);
	return (ret);
}

/* Returns 1 or 0, or -1 for a wrong pattern, of which it complains. */
static int
match(struct script *s, const char *pattern, const char *line)
{
	char	 errbuf[256];
	int	 ret;

	if ((ret = pattern_match(pattern, line, errbuf,
	    sizeof(errbuf))) == -1)
		(void)wrong(s, "%s", errbuf);
	return (ret);
}

/*
 * "<": the next response matches; with skip ("<<"), one that comes before
 * any that is not untagged.
 */
static int
expect(struct script *s, size_t conn, const char *pattern, int skip)
{
	char	*line;
	int	 ret;

	for (;;) {
		if ((ret = get(s, conn, &line, pattern)) != 0)
			return (ret);
		ret = match(s, pattern, line);
		if (ret == 0 && (!skip || *line != '*')) {
			ret = differs(s, "connection %zu differs\n"
			    "\t     got: %s\n\texpected: %s", conn, line,
			    pattern);
			free(line);
			return (ret);
		}
		free(line);
		if (ret == -1)
			return (2);
		if (ret == 1)
			break;
	}
	return (0);
}

/* "<?": the next response, if it does not match, is left for later. */
static int
expect_maybe(struct script *s, size_t conn, const char *pattern)
{
	char	*line;
	int	 ret;

	if ((ret = get(s, conn, &line, pattern)) != 0)
		return (ret);
	ret = match(s, pattern, line);
	if (ret == 0)
		s->ahead[conn] = line;
	else
		free(line);
	return (ret == -1 ? 2 : 0);
}

/* Reads the members of a group, to the line that is "}" alone. */
static int
group_read(struct script *s, struct group *g)
{
	const char	*p;

	while (next_line(s)) {
		p = s->line + strspn(s->line, " \t");
		if (strcmp(p, "}") == 0)
			return (0);
		if (g->count == SCRIPT_GROUP)
			return (wrong(s, "more than %d in { }",
			    SCRIPT_GROUP));
		if ((g->patterns[g->count++] = strdup(p)) == NULL)
			err(2, NULL);
	}
	return (wrong(s, "{ without }"));
}

/* Strikes out the member that the line matches. */
static int
group_match(struct script *s, struct group *g, const char *line)
{
	size_t	 i;
	int	 ret;

	for (i = 0; i < g->count; i++) {
		if ((ret = match(s, g->patterns[i], line)) == 0)
			continue;
		if (ret == 1) {
			free(g->patterns[i]);
			g->patterns[i] = g->patterns[--g->count];
		}
		return (ret);
	}
	return (0);
}

static int
expect_group(struct script *s, size_t conn, int others)
{
	struct group	 g;
	char		*line;
	size_t		 i;
	int		 ret;

	memset(&g, 0, sizeof(g));
	ret = group_read(s, &g);
	while (ret == 0 && g.count > 0) {
		if ((ret = get(s, conn, &line, g.patterns[0])) != 0)
			break;
		if ((ret = group_match(s, &g, line)) == -1)
			ret = 2;
		else if (ret == 1 || (others && *line == '*'))
			ret = 0;
		else {
			ret = differs(s, "connection %zu differs\n"
			    "\t     got: %s", conn, line);
			for (i = 0; i < g.count; i++)
				(void)fprintf(stderr, "\texpected: %s\n",
				    g.patterns[i]);
		}
		free(line);
	}
	for (i = 0; i < g.count; i++)
		free(g.patterns[i]);
	return (ret);
}

/*
 * The server may close while we still send, as after LOGOUT: what it said by
 * then decides.
 */
static int
put(struct script *s, size_t conn, const char *data, size_t len)
{
	if (conn_write(&s->conns[conn], data, len, s->opts->split,
	    s->deadline) == -1 && errno != EPIPE && errno != ECONNRESET)
		return (differs(s, "connection %zu: cannot send: %s", conn,
		    strerror(errno)));
	return (0);
}

/* Resolves \r \n \t \xNN and \c; out may hold len bytes. */
static size_t
unescape(char *out, const char *in, size_t len)
{
	char	 hex[3], *start;
	size_t	 i;

	start = out;
	for (i = 0; i < len; i++) {
		if (in[i] != '\\' || i + 1 == len) {
			*out++ = in[i];
			continue;
		}
		switch (in[++i]) {
		case 'r':
			*out++ = '\r';
			break;
		case 'n':
			*out++ = '\n';
			break;
		case 't':
			*out++ = '\t';
			break;
		case 'x':
			if (i + 2 < len) {
				hex[0] = in[i + 1];
				hex[1] = in[i + 2];
				hex[2] = '\0';
				*out++ = (char)strtoul(hex, NULL, 16);
				i += 2;
			}
			break;
		default:
			*out++ = in[i];
			break;
		}
	}
	return ((size_t)(out - start));
}

/* {n}, the wait for "+" unless sync is 0 ({n+}, RFC 7888), the bytes. */
static int
send_literal(struct script *s, size_t conn, const char *text, size_t len,
    int sync)
{
	char	 head[32], *data, *line;
	size_t	 n;
	int	 ret;

	if ((data = malloc(len + 1)) == NULL)
		err(2, NULL);
	n = unescape(data, text, len);
	(void)snprintf(head, sizeof(head), "{%zu%s}\r\n", n, sync ? "" : "+");
	trace(s, conn, ">", head);
	ret = put(s, conn, head, strlen(head));
	if (ret == 0 && sync &&
	    (ret = get(s, conn, &line, "+ ...")) == 0) {
		if (*line != '+')
			ret = differs(s, "connection %zu differs\n"
			    "\t     got: %s\n\texpected: + ...", conn, line);
		free(line);
	}
	if (ret == 0)
		ret = put(s, conn, data, n);
	free(data);
	return (ret);
}

static int
send_text(struct script *s, size_t conn, const char *text)
{
	const char	*lit, *end;
	char		*all, *p, missing[64];
	int		 ret, sync;

	all = vars_expand(text, missing, sizeof(missing));
	if (all == NULL)
		return (wrong(s, "$%s is not set", missing));
	trace(s, conn, ">", all);
	ret = 0;
	for (p = all; ret == 0 && (lit = strstr(p, "{lit")) != NULL;
	    p += end + 1 - p) {
		sync = lit[4] != '+';
		end = lit + 4 + !sync;
		if (*end != ':') {
			ret = wrong(s, "{lit without :");
			break;
		}
		while (*end != '\0' && *end != '}')
			end += *end == '\\' && end[1] != '\0' ? 2 : 1;
		if (*end == '\0') {
			ret = wrong(s, "{lit without }");
			break;
		}
		if ((ret = put(s, conn, p, (size_t)(lit - p))) == 0)
			ret = send_literal(s, conn, lit + 5 + !sync,
			    (size_t)(end - lit) - 5 - !sync, sync);
	}
	if (ret == 0 && (ret = put(s, conn, p, strlen(p))) == 0)
		ret = put(s, conn, "\r\n", 2);
	free(all);
	return (ret);
}

static int
send_raw(struct script *s, size_t conn, const char *text)
{
	char	*all, *data, missing[64];
	int	 ret;

	all = vars_expand(text, missing, sizeof(missing));
	if (all == NULL)
		return (wrong(s, "$%s is not set", missing));
	trace(s, conn, ">>", all);
	if ((data = malloc(strlen(all) + 1)) == NULL)
		err(2, NULL);
	ret = put(s, conn, data, unescape(data, all, strlen(all)));
	free(data);
	free(all);
	return (ret);
}

static int
do_connect(struct script *s, size_t conn)
{
	conn_close(&s->conns[conn], s->deadline);
	trace(s, conn, ":", "connect");
	if (conn_open(&s->conns[conn], s->opts->addr) == -1)
		return (differs(s, "cannot connect to %s: %s", s->opts->addr,
		    strerror(errno)));
	return (0);
}

static int
do_login(struct script *s, size_t conn)
{
	int	 ret;

	if ((ret = do_connect(s, conn)) == 0 &&
	    (ret = expect(s, conn, "* OK ...", 0)) == 0 &&
	    (ret = send_text(s, conn, "login LOGIN $user $password")) == 0)
		ret = expect(s, conn, "login OK ...", 1);
	return (ret);
}

static int
do_eof(struct script *s, size_t conn)
{
	char	*line;
	int	 ret;

	if ((line = s->ahead[conn]) != NULL) {
		s->ahead[conn] = NULL;
		ret = 1;
	} else
		ret = conn_read(&s->conns[conn], &line, deadline(s));
	if (ret == 0) {
		conn_close(&s->conns[conn], s->deadline);
		return (0);
	}
	if (ret == -1)
		return (differs(s, "connection %zu: expected its end: %s",
		    conn, strerror(errno)));
	trace(s, conn, "<", line);
	ret = differs(s, "connection %zu: expected its end\n\t     got: %s",
	    conn, line);
	free(line);
	return (ret);
}

static int
do_quiet(struct script *s, size_t conn, const char *arg)
{
	char	*line;
	int	 ms, ret;

	ms = *arg == '\0' ? SCRIPT_QUIET : (int)strtol(arg, NULL, 10);
	if ((line = s->ahead[conn]) != NULL) {
		s->ahead[conn] = NULL;
		ret = 1;
	} else
		ret = conn_read(&s->conns[conn], &line, ms);
	if (ret == -1 && errno == ETIMEDOUT)
		return (0);
	if (ret == -1)
		return (differs(s, "connection %zu: %s", conn,
		    strerror(errno)));
	if (ret == 0)
		return (differs(s, "connection %zu was closed", conn));
	trace(s, conn, "<", line);
	ret = differs(s, "connection %zu: expected nothing\n\t     got: %s",
	    conn, line);
	free(line);
	return (ret);
}

/* A statement about one connection; text is what follows its number. */
static int
do_conn(struct script *s, size_t conn, const char *text)
{
	int	 open, ret;

	text += strspn(text, " \t");
	if (strcmp(text, "connect") == 0)
		return (do_connect(s, conn));
	if (strcmp(text, "login") == 0)
		return (do_login(s, conn));
	open = s->conns[conn].fd != -1;
	if (!open)
		return (wrong(s, "connection %zu is not open", conn));
	if (strncmp(text, "> ", 2) == 0)
		return (send_text(s, conn, text + 2));
	if (strncmp(text, ">> ", 3) == 0)
		return (send_raw(s, conn, text + 3));
	s->at = s->lineno;
	ret = -1;
	if (strncmp(text, "< ", 2) == 0)
		ret = expect(s, conn, text + 2, 0);
	else if (strncmp(text, "<< ", 3) == 0)
		ret = expect(s, conn, text + 3, 1);
	else if (strncmp(text, "<? ", 3) == 0)
		ret = expect_maybe(s, conn, text + 3);
	else if (strcmp(text, "{") == 0)
		ret = expect_group(s, conn, 0);
	else if (strcmp(text, "{~") == 0)
		ret = expect_group(s, conn, 1);
	else if (strcmp(text, "eof") == 0)
		ret = do_eof(s, conn);
	else if (strncmp(text, "quiet", 5) == 0)
		ret = do_quiet(s, conn, text + 5 + strspn(text + 5, " "));
	if (ret != -1) {
		s->within = 0;
		return (ret);
	}
	if (strncmp(text, "! ", 2) == 0) {
		free(s->never[conn]);
		if ((s->never[conn] = strdup(text + 2)) == NULL)
			err(2, NULL);
	} else if (strcmp(text, "!") == 0) {
		free(s->never[conn]);
		s->never[conn] = NULL;
	} else if (strcmp(text, "shutdown") == 0)
		conn_shutdown(&s->conns[conn]);
	else if (strcmp(text, "close") == 0) {
		free(s->ahead[conn]);
		s->ahead[conn] = NULL;
		conn_close(&s->conns[conn], s->deadline);
	} else
		return (wrong(s, "unknown statement \"%s\"", text));
	return (0);
}

/* Reads a term: a number, or the sum of several. */
static int
number(const char **p, long long *n)
{
	char		*end;
	long long	 term;
	int		 sign;

	*n = 0;
	sign = 1;
	for (;;) {
		*p += strspn(*p, " \t");
		if (!isdigit((unsigned char)**p))
			return (-1);
		errno = 0;
		term = strtoll(*p, &end, 10);
		if (errno != 0)
			return (-1);
		*n += sign * term;
		*p = end + strspn(end, " \t");
		if (**p != '+' && **p != '-')
			return (0);
		sign = **p == '+' ? 1 : -1;
		++*p;
	}
}

static int
do_assert(struct script *s, const char *text)
{
	const char	*p;
	char		*all, missing[64], op[3];
	long long	 a, b;
	int		 ok, ret;

	all = vars_expand(text, missing, sizeof(missing));
	if (all == NULL)
		return (wrong(s, "$%s is not set", missing));
	p = all;
	ok = ret = 0;
	memset(op, 0, sizeof(op));
	if (number(&p, &a) == -1)
		ret = -1;
	else {
		if (*p != '\0')
			op[0] = *p++;
		if (*p == '=')
			op[1] = *p++;
		if (number(&p, &b) == -1 || *p != '\0')
			ret = -1;
	}
	if (ret == 0 && strcmp(op, "==") == 0)
		ok = a == b;
	else if (ret == 0 && strcmp(op, "!=") == 0)
		ok = a != b;
	else if (ret == 0 && strcmp(op, "<") == 0)
		ok = a < b;
	else if (ret == 0 && strcmp(op, "<=") == 0)
		ok = a <= b;
	else if (ret == 0 && strcmp(op, ">") == 0)
		ok = a > b;
	else if (ret == 0 && strcmp(op, ">=") == 0)
		ok = a >= b;
	else
		ret = -1;
	if (ret == -1)
		ret = wrong(s, "cannot compare \"%s\"", all);
	else if (!ok)
		ret = differs(s, "not so: %s, that is %s", text, all);
	free(all);
	return (ret);
}

static int
do_set(struct script *s, char *text)
{
	char	*value, *all, missing[64];
	size_t	 n;

	if ((n = vars_namelen(text)) == 0 || text[n] != ' ')
		return (wrong(s, "set what?"));
	text[n] = '\0';
	value = text + n + 1;
	if ((all = vars_expand(value, missing, sizeof(missing))) == NULL)
		return (wrong(s, "$%s is not set", missing));
	vars_set(text, all);
	free(all);
	return (0);
}

static int
do_shell(struct script *s, const char *command)
{
	int	 status;

	(void)fflush(NULL);
	if ((status = system(command)) == -1)
		return (differs(s, "cannot run: %s", command));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return (differs(s, "failed: %s", command));
	return (0);
}

static int
statement(struct script *s, char *text)
{
	char	*end;
	size_t	 conn;

	text += strspn(text, " \t");
	s->at = s->lineno;
	if (isdigit((unsigned char)*text)) {
		conn = strtoul(text, &end, 10);
		if (conn >= SCRIPT_CONNS)
			return (wrong(s, "more than %d connections",
			    SCRIPT_CONNS));
		return (do_conn(s, conn, end));
	}
	if (strncmp(text, "set ", 4) == 0)
		return (do_set(s, text + 4));
	if (strncmp(text, "unset ", 6) == 0)
		vars_unset(text + 6);
	else if (strncmp(text, "assert ", 7) == 0)
		return (do_assert(s, text + 7));
	else if (strncmp(text, "sh ", 3) == 0)
		return (do_shell(s, text + 3));
	else if (strncmp(text, "deadline ", 9) == 0)
		s->deadline = (int)strtol(text + 9, NULL, 10);
	else if (strncmp(text, "within ", 7) == 0)
		s->within = (int)strtol(text + 7, NULL, 10);
	else
		return (wrong(s, "unknown statement \"%s\"", text));
	return (0);
}

int
script_run(const char *path, const struct options *opts)
{
	struct script	 s;
	size_t		 i;
	int		 ret;

	memset(&s, 0, sizeof(s));
	s.opts = opts;
	s.path = path;
	s.deadline = opts->deadline;
	for (i = 0; i < SCRIPT_CONNS; i++)
		conn_init(&s.conns[i]);
	if ((s.fp = fopen(path, "r")) == NULL) {
		warn("%s", path);
		return (2);
	}
	ret = 0;
	while (ret == 0 && next_line(&s))
		ret = statement(&s, s.line);
	(void)fclose(s.fp);
	for (i = 0; i < SCRIPT_CONNS; i++) {
		conn_close(&s.conns[i], s.deadline);
		free(s.never[i]);
		free(s.ahead[i]);
	}
	for (i = 0; i < SCRIPT_TRACE; i++)
		free(s.trace[i]);
	free(s.line);
	return (ret);
}
