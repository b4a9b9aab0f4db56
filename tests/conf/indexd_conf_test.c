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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "indexd/conf.h"

static char	errors[4096];

static void	report(void *, const char *);
static struct indexd_conf *parse(const char *);
static void	wrong(const char *, const char *);

static void
report(void *arg, const char *text)
{
	ATF_REQUIRE(arg == errors);
	(void)strlcat(errors, text, sizeof(errors));
	(void)strlcat(errors, "\n", sizeof(errors));
}

static struct indexd_conf *
parse(const char *text)
{
	errors[0] = '\0';
	return (indexd_conf_text("t", text, strlen(text), report, errors));
}

static void
wrong(const char *line, const char *want)
{
	char text[1024];
	struct indexd_conf *ic = parse(line);

	ATF_CHECK_MSG(ic == NULL, "taken: %s", line);
	indexd_conf_free(ic);
	(void)snprintf(text, sizeof(text), "t:1: %s\n", want);
	ATF_CHECK_STREQ(text, errors);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	struct indexd_conf *ic;

	ATF_REQUIRE((ic = parse("")) != NULL);
	ATF_CHECK_STREQ(INDEXD_SOCKET, ic->socket);
	ATF_CHECK_STREQ(INDEXD_DIRECTORY, ic->directory);
	ATF_CHECK_EQ(0, ic->commit_ms);
	ATF_CHECK_EQ(INDEXD_LIM_CONNECTIONS, ic->limits.connections);
	ATF_CHECK_EQ(INDEXD_LIM_OPEN, ic->limits.open);
	ATF_CHECK_EQ(INDEXD_LIM_MAILBOXES, ic->limits.mailboxes);
	ATF_CHECK_EQ(INDEXD_LIM_ROWS, ic->limits.rows);
	ATF_CHECK_EQ(INDEXD_LIM_BYTES, ic->limits.bytes);
	indexd_conf_free(ic);
	indexd_conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(everything);
ATF_TC_BODY(everything, tc)
{
	struct indexd_conf *ic;

	ATF_REQUIRE((ic = parse("d = /d\nsocket $d/s\ndirectory $d\n"
	    "commit interval 20\nlimit connections 1\n"
	    "limit open-mailboxes 2\nlimit mailboxes 3\nlimit rows 4\n"
	    "limit bytes 5m\n")) != NULL);
	ATF_CHECK_STREQ("/d/s", ic->socket);
	ATF_CHECK_STREQ("/d", ic->directory);
	ATF_CHECK_EQ(20, ic->commit_ms);
	ATF_CHECK_EQ(1, ic->limits.connections);
	ATF_CHECK_EQ(2, ic->limits.open);
	ATF_CHECK_EQ(3, ic->limits.mailboxes);
	ATF_CHECK_EQ(4, ic->limits.rows);
	ATF_CHECK_EQ(5 * 1048576, ic->limits.bytes);
	indexd_conf_free(ic);
	ATF_REQUIRE((ic = parse("commit interval 5\ncommit always\n")) != NULL);
	ATF_CHECK_EQ(0, ic->commit_ms);
	indexd_conf_free(ic);
}

ATF_TC_WITHOUT_HEAD(errors_of_words);
ATF_TC_BODY(errors_of_words, tc)
{
	char path[200], line[256], want[300];

	wrong("foo", "unknown word \"foo\"");
	wrong("socket", "missing socket");
	wrong("socket s", "socket: \"s\" is not an absolute path");
	wrong("socket /s t", "unexpected word \"t\"");
	wrong("directory d", "directory: \"d\" is not an absolute path");
	wrong("commit", "missing always or interval");
	wrong("commit sometimes", "unknown word \"sometimes\"");
	wrong("commit always 1", "unexpected word \"1\"");
	wrong("commit interval", "missing commit interval");
	wrong("commit interval 0",
	    "commit interval: \"0\" is not between 1 and 60000");
	wrong("limit", "missing limit");
	wrong("limit foo 1", "unknown word \"foo\"");
	wrong("limit connections x",
	    "limit connections: \"x\" is not a number");
	wrong("limit open-mailboxes 0",
	    "limit open-mailboxes: \"0\" is not between 1 and 4294967295");
	wrong("limit mailboxes", "missing limit mailboxes");
	wrong("limit rows 1k", "limit rows: \"1k\" is not a number");
	wrong("limit bytes 1x",
	    "limit bytes: \"1x\" is not a number of bytes, k, m or g");
	wrong("limit bytes 1k 2", "unexpected word \"2\"");
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	(void)snprintf(line, sizeof(line), "socket %s", path);
	(void)snprintf(want, sizeof(want), "\"%s\" is too long for a socket",
	    path);
	wrong(line, want);
}

ATF_TC_WITHOUT_HEAD(sample);
ATF_TC_BODY(sample, tc)
{
	struct indexd_conf *ic;
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/../../etc/indexd.conf",
	    atf_tc_get_config_var(tc, "srcdir"));
	ic = indexd_conf_read(path, report, errors);
	ATF_CHECK_STREQ("", errors);
	ATF_REQUIRE(ic != NULL);
	ATF_CHECK_STREQ("/var/run/indexd.sock", ic->socket);
	ATF_CHECK_STREQ("/var/db/indexd", ic->directory);
	indexd_conf_free(ic);
	ATF_CHECK_EQ(NULL, indexd_conf_read("none", report, errors));
	ATF_CHECK_STREQ("none: No such file or directory\n", errors);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, everything);
	ATF_TP_ADD_TC(tp, errors_of_words);
	ATF_TP_ADD_TC(tp, sample);
	return (atf_no_error());
}
