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

#ifndef TESTS_ORDER_REPORT_H
#define TESTS_ORDER_REPORT_H

#include <stddef.h>

/*
 * What a checker found: each fault is a line, "rule: what".  The rules:
 *
 *	history		the history is none
 *	ledger		the server's record contradicts itself
 *	uid		UIDs rise and never return
 *	version		a FETCH shows what never was
 *	stale		an answer lacks a change that was visible before
 *	highest		HIGHESTMODSEQ fell
 *	client		a client that applies increments ends elsewhere
 *	order		a change that no command explains at its place, or a
 *			command that no place explains
 *	lost		a message is lost, or there twice; a change undone
 *	file		a file name disagrees in the end
 */
#define REPORT_MAX	20	/* faults kept */
#define REPORT_LINE	512

struct report {
	unsigned int	 faults;
	char		 line[REPORT_MAX][REPORT_LINE];
};

void	fault(struct report *, const char *rule, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));

#endif
