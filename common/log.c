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
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LOG_LINE	2048		/* bytes of a line */

static void	logit(int, int, const char *, va_list)
		    __attribute__((__format__(printf, 3, 0)));
static void	to_stderr(int, const char *);
static size_t	whose(char *);
static void	set_form(void);
static int	to_journal(const char *);
static int	front_of_line(char *, size_t, int);
static void	clean(char *);

enum form {
	FORM_PLAIN,			/* prog[pid]: */
	FORM_JOURNAL,			/* <priority> */
	FORM_TIME			/* time prog[pid]: */
};

static const char	*log_prog;
static char		 log_ctx[256];
static int		 log_stderr = 1;	/* until log_open() */
static int		 log_verbose;
static enum form	 log_form;
static void		(*log_fn)(const void *, char *, size_t);
static const void	*log_arg;

void
log_open(const char *prog, int foreground, int verbose)
{
	log_prog = prog;
	log_stderr = foreground;
	log_verbose = verbose;
	if (foreground)
		set_form();
	else
		openlog(prog, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* Who reads standard error. */
static void
set_form(void)
{
	const char *journal = getenv("JOURNAL_STREAM");
	const char *launchd = getenv("XPC_SERVICE_NAME");

	log_form = FORM_PLAIN;
	if (journal != NULL && to_journal(journal))
		log_form = FORM_JOURNAL;
	/* A program in a terminal has "0" there. */
	else if (launchd != NULL && strcmp(launchd, "0") != 0)
		log_form = FORM_TIME;
}

/* Device and inode, in decimal: it may have been redirected. */
static int
to_journal(const char *s)
{
	struct stat st;
	char buf[64];

	if (fstat(STDERR_FILENO, &st) == -1)
		return (0);
	(void)snprintf(buf, sizeof(buf), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return (strcmp(s, buf) == 0);
}

void
log_context(const char *fmt, ...)
{
	va_list ap;

	log_ctx[0] = '\0';
	if (fmt == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(log_ctx, sizeof(log_ctx), fmt, ap);
	va_end(ap);
}

void
log_whose(void (*fn)(const void *, char *, size_t), const void *arg)
{
	log_fn = fn;
	log_arg = arg;
}

const char *
log_word(char *buf, size_t size, const char *text)
{
	unsigned char c;
	size_t i;

	for (i = 0; i + 1 < size && text[i] != '\0'; i++) {
		c = (unsigned char)text[i];
		buf[i] = c <= 0x20 || c == ':' || c == 0x7f ? '?' : text[i];
	}
	buf[i] = '\0';
	return (buf);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	logit(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (log_verbose <= 0)
		return;
	va_start(ap, fmt);
	logit(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;
	int error = errno;

	va_start(ap, fmt);
	logit(LOG_WARNING, error, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	logit(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;
	int error = errno;

	va_start(ap, fmt);
	logit(LOG_CRIT, error, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	logit(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

/* Begins a line with whom it is about; its length. */
static size_t
whose(char *line)
{
	size_t len;

	line[0] = '\0';
	log_fn(log_arg, line, LOG_LINE / 2);
	len = strlen(line);
	if (len > 0)
		len += (size_t)snprintf(line + len, LOG_LINE - len, ": ");
	return (len);
}

/* Writes a line; error, if not 0, is an errno to explain.  Keeps errno. */
static void
logit(int pri, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE];
	size_t len = 0;
	int saved = errno;

	if (log_fn != NULL)
		len = whose(line);
	if (log_ctx[0] != '\0') {
		(void)snprintf(line + len, sizeof(line) - len, "%s: ",
		    log_ctx);
		len = strlen(line);
	}
	(void)vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	if (error != 0) {
		len = strlen(line);
		(void)snprintf(line + len, sizeof(line) - len, ": %s",
		    strerror(error));
	}
	clean(line);
	if (log_stderr)
		to_stderr(pri, line);
	else
		syslog(pri, "%s", line);
	errno = saved;
}

/* One write(2) for each line: processes that share the file do not mix. */
static void
to_stderr(int pri, const char *line)
{
	char buf[LOG_LINE + 128];
	int front, len;

	if ((front = front_of_line(buf, sizeof(buf), pri)) < 0)
		return;
	len = snprintf(buf + front, sizeof(buf) - (size_t)front, "%s\n", line);
	if (len <= 0)
		return;
	len += front;
	if ((size_t)len >= sizeof(buf)) {
		len = sizeof(buf) - 1;
		buf[len - 1] = '\n';
	}
	if (write(STDERR_FILENO, buf, (size_t)len) == -1)
		return;		/* there is nowhere to say so */
}

/* Returns how long it is, or -1. */
static int
front_of_line(char *buf, size_t size, int pri)
{
	struct tm tm;
	time_t now;
	size_t n = 0;
	int len;

	buf[0] = '\0';
	if (log_form == FORM_JOURNAL)
		len = snprintf(buf, size, "<%d>", pri);
	else if (log_prog == NULL)
		return (0);
	else {
		/* UTC: a process in an empty root knows no other. */
		if (log_form == FORM_TIME && time(&now) != (time_t)-1 &&
		    gmtime_r(&now, &tm) != NULL)
			n = strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ ", &tm);
		len = snprintf(buf + n, size - n, "%s[%ld]: ", log_prog,
		    (long)getpid());
	}
	if (len < 0 || (size_t)len >= size - n)
		return (-1);
	return ((int)n + len);
}

/* Text from clients is in log lines: no control character gets through. */
static void
clean(char *s)
{
	unsigned char *p;

	for (p = (unsigned char *)s; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
}
