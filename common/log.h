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

#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Log lines, to syslog(3) or to standard error.  A line reads
 * "module: event key=value ...".  Messages end without a newline.
 */

/*
 * Opens the log under the program's name: standard error if foreground is
 * not 0, else syslog with facility LOG_MAIL.  verbose > 0 lets log_debug()
 * through.  A line on standard error begins with the program and its process,
 * for a terminal and for loggers that add the time; what begins it for the
 * journal of systemd, told by JOURNAL_STREAM (systemd.exec(5)), is the
 * priority, as "<6>" (sd-daemon(3)), and for the files of launchd, told by
 * XPC_SERVICE_NAME, the time (UTC).
 */
void	log_open(const char *prog, int foreground, int verbose);

/*
 * Sets a short text, such as a session's id and user, that starts every
 * line from now on; NULL removes it.  It is copied.
 */
void	log_context(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

/*
 * The same, but asked for only when there is a line: fn writes the text to
 * buf, a string of less than size bytes, and may leave it empty.  It goes
 * before that of log_context(); NULL removes it.
 */
void	log_whose(void (*fn)(const void *arg, char *buf, size_t size),
	    const void *arg);

/*
 * Copies text from outside so that it is one word of a log line, of letters
 * that print: a space, a colon or what else does not is '?'.  Returns buf.
 */
const char *log_word(char *buf, size_t size, const char *text);

/* A line as printf(3) makes it; log_debug() where the option -v asks for it. */
void	log_info(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_debug(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

/* log_warn() adds ": " and the text of errno; log_warnx() does not. */
void	log_warn(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_warnx(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

/* Logs as log_warn() and log_warnx() do and ends the process with 1. */
void	fatal(const char *fmt, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void	fatalx(const char *fmt, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));

#endif
