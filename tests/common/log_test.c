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

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static char	*run(void (*)(void), int);
static void	some(void);
static void	with_errno(void);
static void	hostile(void);
static void	too_long(void);
static void	die(void);

/*
 * What fn logs, in a process of its own that ends with that status; the pid
 * that starts each line is taken away.
 */
static char *
run(void (*fn)(void), int status)
{
	static char text[16384];
	char prefix[64], *p;
	size_t len = 0, n;
	ssize_t got;
	int fd[2], st;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(fd));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (dup2(fd[1], STDERR_FILENO) == -1)
			_exit(9);
		log_open("prog", 1, 0);
		fn();
		_exit(0);
	}
	close(fd[1]);
	while ((got = read(fd[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(fd[0]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &st, 0));
	ATF_CHECK(WIFEXITED(st));
	ATF_CHECK_EQ(status, WEXITSTATUS(st));
	n = (size_t)snprintf(prefix, sizeof(prefix), "prog[%ld]: ",
	    (long)pid);
	for (p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
		ATF_REQUIRE(strncmp(p, prefix, n) == 0);
		memmove(p, p + n, strlen(p + n) + 1);
		ATF_REQUIRE(strchr(p, '\n') != NULL);
	}
	return (text);
}

static void
some(void)
{
	log_info("a: b n=%d", 3);
	log_debug("not seen");
	log_context("%s@%s", "user", "host");
	log_warnx("c");
	log_context(NULL);
	log_info("d");
	log_open("prog", 1, 1);
	log_debug("seen");
}

static void
with_errno(void)
{
	errno = ENOENT;
	log_warn("open %s", "x");
	if (errno == ENOENT)
		log_info("kept");
}

static void
hostile(void)
{
	log_info("user=%s", "a\nprog[1]: b\r\033[0m\177\303\266");
	log_context("%s", "x\ny");
	log_info("z");
}

static void
about(const void *arg, char *buf, size_t size)
{
	char word[8];

	(void)snprintf(buf, size, "%s", log_word(word, sizeof(word), arg));
}

static void
whose(void)
{
	log_whose(about, "u s:e\nr-cut");
	log_info("a");
	log_context("c");
	log_info("b");
	log_whose(about, "");
	log_context(NULL);
	log_info("c");
	log_whose(NULL, NULL);
	log_info("d");
}

static void
too_long(void)
{
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	errno = EPERM;
	log_warn("%s", text);
	log_info("next");
}

static void
die(void)
{
	errno = EPERM;
	fatal("no %s", "way");
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{

	ATF_CHECK_STREQ("a: b n=3\nuser@host: c\nd\nseen\n", run(some, 0));
	ATF_CHECK_STREQ("open x: No such file or directory\nkept\n",
	    run(with_errno, 0));
	ATF_CHECK_STREQ("no way: Operation not permitted\n", run(die, 1));
}

ATF_TC_WITHOUT_HEAD(one_line_each);
ATF_TC_BODY(one_line_each, tc)
{
	const char *p;

	ATF_CHECK_STREQ("user=a?prog[1]: b??[0m?\303\266\nx?y: z\n",
	    run(hostile, 0));
	ATF_CHECK_STREQ("u?s?e?r: a\nu?s?e?r: c: b\nc\nd\n", run(whose, 0));
	p = run(too_long, 0);
	ATF_REQUIRE((p = strchr(p, '\n')) != NULL);
	ATF_REQUIRE((p = strchr(p + 1, '\n')) != NULL);
	ATF_CHECK_STREQ("\nnext\n", p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, one_line_each);
	return (atf_no_error());
}
