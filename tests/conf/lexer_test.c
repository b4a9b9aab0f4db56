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

#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"

static char	errors[8192];

static void	report(void *, const char *);
static struct conf *lexer(const char *);
static void	expect_words(const char *, const char *);
static void	expect_errors(const char *, const char *);
static void	put(const char *, const char *);

/* Collects the errors, each with a newline. */
static void
report(void *arg, const char *text)
{
	ATF_REQUIRE(arg == errors);
	(void)strlcat(errors, text, sizeof(errors));
	(void)strlcat(errors, "\n", sizeof(errors));
}

static struct conf *
lexer(const char *text)
{
	struct conf *c;

	errors[0] = '\0';
	ATF_REQUIRE((c = conf_new(report, errors)) != NULL);
	ATF_REQUIRE_EQ(0, conf_open_text(c, "t", text, strlen(text)));
	return (c);
}

/* The words in [ ], the lines on lines. */
static void
expect_words(const char *text, const char *want)
{
	struct conf *c = lexer(text);
	char got[4096] = "";
	const char *w;

	while (conf_next(c)) {
		while ((w = conf_word(c)) != NULL) {
			(void)strlcat(got, "[", sizeof(got));
			(void)strlcat(got, w, sizeof(got));
			(void)strlcat(got, "]", sizeof(got));
		}
		(void)strlcat(got, "\n", sizeof(got));
	}
	ATF_CHECK_STREQ(want, got);
	ATF_CHECK_STREQ("", errors);
	ATF_CHECK_EQ(0, conf_errors(c));
	conf_free(c);
}

static void
expect_errors(const char *text, const char *want)
{
	struct conf *c = lexer(text);

	while (conf_next(c))
		continue;
	ATF_CHECK_STREQ(want, errors);
	ATF_CHECK(conf_errors(c) > 0);
	conf_free(c);
}

static void
put(const char *path, const char *text)
{
	FILE *f;

	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{

	expect_words("", "");
	expect_words("\n\n  \t\n", "");
	expect_words("# nothing\n   # more", "");
	expect_words("a b\tc\n d\r\n", "[a][b][c]\n[d]\n");
	expect_words("a # b\n", "[a]\n");
	expect_words("a#b\n", "[a]\n");
	expect_words("last line without newline",
	    "[last][line][without][newline]\n");
	expect_words("%h/Maildir [::1] *", "[%h/Maildir][[::1]][*]\n");
	expect_words("a \\\n b\\\n c\nd", "[a][b][c]\n[d]\n");
	expect_words("a\\b \\", "[a\\b][\\]\n");
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{

	expect_words("a \"b c # d\" \"\"", "[a][b c # d][]\n");
	expect_words("\"q\\\"q\\\\q\\n\"", "[q\"q\\q\\n]\n");
	expect_words("a\"b\"c", "[abc]\n");
	expect_words("m = x\n\"$m\" $m\n", "[$m][x]\n");
	expect_errors("a \"b\nc\n", "t:1: a string does not end on its line\n");
	expect_errors("\"b", "t:1: a string does not end on its line\n");
}

ATF_TC_WITHOUT_HEAD(macros);
ATF_TC_BODY(macros, tc)
{

	expect_words("dir = \"/a b\"\nx $dir $dir/c\n", "[x][/a b][/a b/c]\n");
	expect_words("a=b\nx $a\na = c\nx $a\n", "[x][b]\n[x][c]\n");
	expect_words("a = b\nc = $a$a\nx $c\n", "[x][bb]\n");
	expect_words("x \"=\" y\n\"a\" = b\n", "[x][=][y]\n[a][=][b]\n");
	expect_errors("x $no y\n", "t:1: macro \"no\" is not defined\n");
	expect_errors("x $ y\n", "t:1: macro \"\" is not defined\n");
	expect_errors("a =\n", "t:1: missing value of macro \"a\"\n");
	expect_errors("a = b c\n", "t:1: unexpected word \"c\"\n");
	expect_errors("1a = b\n", "t:1: \"1a\" is not a name for a macro\n");
}

ATF_TC_WITHOUT_HEAD(define);
ATF_TC_BODY(define, tc)
{
	struct conf *c = lexer("m = file\nx $m $n\n");

	ATF_CHECK_EQ(0, conf_define(c, "m=first"));
	ATF_CHECK_EQ(0, conf_define(c, "m=by option"));
	ATF_CHECK_EQ(0, conf_define(c, "n="));
	ATF_CHECK_ERRNO(EINVAL, conf_define(c, "no") == -1);
	ATF_CHECK_ERRNO(EINVAL, conf_define(c, "=no") == -1);
	ATF_CHECK_ERRNO(EINVAL, conf_define(c, "a b=no") == -1);
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_STREQ("x", conf_word(c));
	ATF_CHECK_STREQ("by option", conf_peek(c));
	ATF_CHECK_STREQ("by option", conf_word(c));
	ATF_CHECK_STREQ("", conf_word(c));
	ATF_CHECK_EQ(NULL, conf_peek(c));
	ATF_CHECK_EQ(NULL, conf_word(c));
	ATF_CHECK_EQ(0, conf_next(c));
	ATF_CHECK_EQ(0, conf_next(c));
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(include);
ATF_TC_BODY(include, tc)
{
	struct conf *c;

	errors[0] = '\0';
	ATF_REQUIRE_EQ(0, mkdir("d", 0700));
	put("main", "a\ninclude \"d/one\"\nb $m\n$no\n");
	put("d/one", "m = 1\ninclude two\n$no\n");
	put("d/two", "two\n");
	ATF_REQUIRE((c = conf_new(report, errors)) != NULL);
	ATF_REQUIRE_EQ(0, conf_open(c, "main"));
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_STREQ("a", conf_word(c));
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_STREQ("two", conf_word(c));
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_STREQ("b", conf_word(c));
	ATF_CHECK_STREQ("1", conf_word(c));
	ATF_CHECK_EQ(0, conf_next(c));
	conf_error(c, "about the whole");
	ATF_CHECK_STREQ("d/one:3: macro \"no\" is not defined\n"
	    "main:4: macro \"no\" is not defined\n"
	    "main: about the whole\n", errors);
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(include_errors);
ATF_TC_BODY(include_errors, tc)
{
	struct conf *c;
	char text[8192], line[64];
	int i;

	expect_errors("include\n", "t:1: missing file to include\n");
	expect_errors("include a b\n", "t:1: unexpected word \"b\"\n");
	expect_errors("\ninclude none\n",
	    "t:2: cannot read \"none\": No such file or directory\n");
	ATF_REQUIRE_EQ(0, mkdir("dir", 0700));
	expect_errors("include dir\n",
	    "t:1: cannot read \"dir\": not a regular file\n");
	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	expect_errors("include fifo\n",
	    "t:1: cannot read \"fifo\": not a regular file\n");
	put("self", "include self\n");
	expect_errors("include self\n", "self:1: cannot read \"self\": "
	    "files are included too deeply\n");
	put("empty", "");
	text[0] = '\0';
	for (i = 0; i < CONF_FILES; i++)
		(void)strlcat(text, "include empty\n", sizeof(text));
	(void)snprintf(line, sizeof(line),
	    "t:%d: cannot read \"empty\": too many files\n", CONF_FILES);
	expect_errors(text, line);

	errors[0] = '\0';
	ATF_REQUIRE((c = conf_new(report, errors)) != NULL);
	ATF_CHECK_EQ(-1, conf_open(c, "none"));
	ATF_CHECK_STREQ("none: No such file or directory\n", errors);
	ATF_CHECK_EQ(1, conf_errors(c));
	ATF_CHECK_EQ(0, conf_next(c));
	conf_free(c);

	put("large", "");
	ATF_REQUIRE_EQ(0, truncate("large", CONF_FILEMAX + 1));
	expect_errors("include large\n",
	    "t:1: cannot read \"large\": the file is too large\n");
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	char text[CONF_MACROS * 16], want[CONF_WORDLEN + 4], line[64];
	int i;

	memset(text, 'a', sizeof(text));
	text[CONF_WORDLEN - 1] = '\0';
	(void)snprintf(want, sizeof(want), "[%.*s]\n", CONF_WORDLEN - 1,
	    text);
	expect_words(text, want);
	text[CONF_WORDLEN - 1] = 'a';
	text[CONF_WORDLEN] = '\0';
	(void)snprintf(line, sizeof(line),
	    "t:1: a word is longer than %d bytes\n", CONF_WORDLEN - 1);
	expect_errors(text, line);

	for (i = 0, text[0] = '\0'; i <= CONF_WORDS; i++)
		(void)strlcat(text, "a ", sizeof(text));
	(void)snprintf(line, sizeof(line),
	    "t:1: more than %d words in a line\n", CONF_WORDS);
	expect_errors(text, line);

	for (i = 0, text[0] = '\0'; i <= CONF_MACROS; i++) {
		(void)snprintf(line, sizeof(line), "m%d = v\n", i);
		(void)strlcat(text, line, sizeof(text));
	}
	(void)snprintf(line, sizeof(line), "t:%d: more than %d macros\n",
	    CONF_MACROS + 1, CONF_MACROS);
	expect_errors(text, line);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct conf *c;
	char text[4096];
	unsigned int i, n = 0;
	const char *p;

	expect_errors("a \001\n", "t:1: control character 0x1\n");
	expect_errors("a \"\033\"\nb\n", "t:1: control character 0x1b\n");
	errors[0] = '\0';
	ATF_REQUIRE((c = conf_new(report, errors)) != NULL);
	ATF_REQUIRE_EQ(0, conf_open_text(c, "t", "a\0b\nc\n", 6));
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_STREQ("c", conf_word(c));
	ATF_CHECK_STREQ("t:1: control character 0\n", errors);
	conf_free(c);

	/* Only the first errors are told. */
	for (i = 0, text[0] = '\0'; i < 2 * CONF_ERRORS; i++)
		(void)strlcat(text, "$\n", sizeof(text));
	c = lexer(text);
	ATF_CHECK_EQ(0, conf_next(c));
	ATF_CHECK_EQ(2 * CONF_ERRORS, conf_errors(c));
	for (p = errors; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	ATF_CHECK_EQ(CONF_ERRORS, n);
	conf_free(c);
	conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	struct conf *c;
	uint64_t n;
	char *s;

	c = lexer("7 64k 3M 1G 5 90s 30m 2h 1d key word");
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_EQ(0, conf_number(c, "n", 0, 7, &n));
	ATF_CHECK_EQ(7, n);
	ATF_CHECK_EQ(0, conf_size(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(65536, n);
	ATF_CHECK_EQ(0, conf_size(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(3 * 1048576, n);
	ATF_CHECK_EQ(0, conf_size(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(1073741824, n);
	ATF_CHECK_EQ(0, conf_time(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(5, n);
	ATF_CHECK_EQ(0, conf_time(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(90, n);
	ATF_CHECK_EQ(0, conf_time(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(1800, n);
	ATF_CHECK_EQ(0, conf_time(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(7200, n);
	ATF_CHECK_EQ(0, conf_time(c, "n", 1, UINT64_MAX, &n));
	ATF_CHECK_EQ(86400, n);
	ATF_CHECK_EQ(0, conf_keyword(c, "key"));
	ATF_CHECK_EQ(0, conf_string(c, "s", &s));
	ATF_CHECK_STREQ("word", s);
	free(s);
	ATF_CHECK_EQ(0, conf_end(c));
	ATF_CHECK_STREQ("", errors);
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(value_errors);
ATF_TC_BODY(value_errors, tc)
{
	struct conf *c;
	uint64_t n;
	char *s;

	c = lexer("x -1 8 1mm 18446744073709551616 99999999999999999999g 5k "
	    "\"\" a b");
	ATF_REQUIRE_EQ(1, conf_next(c));
	ATF_CHECK_EQ(-1, conf_number(c, "num", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_number(c, "num", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_number(c, "num", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_size(c, "size", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_number(c, "num", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_size(c, "size", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_time(c, "time", 0, 7, &n));
	ATF_CHECK_EQ(-1, conf_string(c, "str", &s));
	ATF_CHECK_EQ(-1, conf_keyword(c, "key"));
	ATF_CHECK_EQ(-1, conf_end(c));
	ATF_CHECK_EQ(-1, conf_string(c, "str", &s));
	ATF_CHECK_EQ(-1, conf_keyword(c, "key"));
	ATF_CHECK_EQ(-1, conf_number(c, "num", 0, 7, &n));
	ATF_CHECK_STREQ(
	    "t:1: num: \"x\" is not a number\n"
	    "t:1: num: \"-1\" is not a number\n"
	    "t:1: num: \"8\" is not between 0 and 7\n"
	    "t:1: size: \"1mm\" is not a number of bytes, k, m or g\n"
	    "t:1: num: \"18446744073709551616\" is not between 0 and 7\n"
	    "t:1: size: \"99999999999999999999g\" is not between 0 and 7\n"
	    "t:1: time: \"5k\" is not a number of s, m, h or d\n"
	    "t:1: str: \"\" is empty\n"
	    "t:1: expected \"key\", not \"a\"\n"
	    "t:1: unexpected word \"b\"\n"
	    "t:1: missing str\n"
	    "t:1: missing \"key\"\n"
	    "t:1: missing num\n", errors);
	conf_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, define);
	ATF_TP_ADD_TC(tp, include);
	ATF_TP_ADD_TC(tp, include_errors);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, value_errors);
	return (atf_no_error());
}
