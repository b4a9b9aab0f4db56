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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imapd/uidlist.h"

/* What Dovecot 2.3 and 2.4 write; the second message came by COPY, the third
 * has a POP3 UIDL. */
static const char sample[] =
    "3 V1795314263 N7 G8b1a9953c4611296a827abf8c47804d7\n"
    "1 :1700000001.M1P1.host\n"
    "2 W1234 :1700000002.M2P1.host,S=1200\n"
    "4 G0123456789abcdef0123456789abcdef Pa:b W7 :1700000004.M4P1.host,"
    "S=70,W=72\n"
    "6 :1700000006.M6P1.host\n";
#define SAMPLES	4
static const uint32_t sample_uid[SAMPLES] = { 1, 2, 4, 6 };
static const char *const sample_name[SAMPLES] = {
	"1700000001.M1P1.host", "1700000002.M2P1.host,S=1200",
	"1700000004.M4P1.host,S=70,W=72", "1700000006.M6P1.host"
};

static int dirfd = -1;

static void
put(const char *text, size_t len)
{
	FILE *fp;

	if (dirfd == -1)
		ATF_REQUIRE((dirfd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((fp = fopen(UIDLIST_FILE, "w")) != NULL);
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static int
get(const char *text, uint32_t from, struct uidlist *l)
{
	put(text, strlen(text));
	return (uidlist_read(dirfd, from, l));
}

ATF_TC_WITHOUT_HEAD(version3);
ATF_TC_BODY(version3, tc)
{
	struct uidlist l;
	size_t i;

	ATF_REQUIRE_EQ(0, get(sample, 1, &l));
	ATF_CHECK_EQ(3, l.version);
	ATF_CHECK_EQ(1795314263, l.uidvalidity);
	ATF_CHECK_EQ(7, l.uidnext);
	ATF_CHECK_EQ(0, l.broken);
	ATF_CHECK_EQ(sizeof(sample) - 1, (size_t)l.end);
	ATF_CHECK_STREQ("G8b1a9953c4611296a827abf8c47804d7", l.fields);
	ATF_REQUIRE_EQ(SAMPLES, l.n);
	for (i = 0; i < SAMPLES; i++) {
		ATF_CHECK_EQ(sample_uid[i], l.e[i].uid);
		ATF_CHECK_STREQ(sample_name[i], l.e[i].name);
		ATF_CHECK_EQ(sample_uid[i], uidlist_uid(&l, sample_name[i]));
	}
	ATF_CHECK_STREQ("", l.e[0].fields);
	ATF_CHECK_STREQ("W1234", l.e[1].fields);
	ATF_CHECK_STREQ("G0123456789abcdef0123456789abcdef Pa:b W7",
	    l.e[2].fields);
	ATF_CHECK_EQ(0, uidlist_uid(&l, "1700000003.M3P1.host"));
	ATF_CHECK_EQ(0, uidlist_uid(&l, ""));
	uidlist_free(&l);
	uidlist_free(&l);
	uidlist_free(NULL);
}

ATF_TC_WITHOUT_HEAD(version1);
ATF_TC_BODY(version1, tc)
{
	struct uidlist l;

	ATF_REQUIRE_EQ(0, get("1 1795314263 9\n"
	    "3 1700000001.M1P1.host\n"
	    "7 1700000002.M2P1.host,S=1200:2,FS\n", 1, &l));
	ATF_CHECK_EQ(1, l.version);
	ATF_CHECK_EQ(1795314263, l.uidvalidity);
	ATF_CHECK_EQ(9, l.uidnext);
	ATF_CHECK_EQ(0, l.broken);
	ATF_CHECK_EQ(2, l.n);
	ATF_CHECK_STREQ("1700000002.M2P1.host,S=1200", l.e[1].name);
	ATF_CHECK_EQ(7, uidlist_uid(&l, "1700000002.M2P1.host,S=1200:2,F"));
	uidlist_free(&l);
}

/* Those that another hint was put to, or taken from. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct uidlist l;

	ATF_REQUIRE_EQ(0, get("3 V1 N9\n1 :a.x\n2 :b.x,S=1\n3 :c.x\n"
	    "4 :b.x,S=2\n5 :a.x\n6 :b.x:1,x\n8 :d.x:2,S\n", 1, &l));
	ATF_CHECK_EQ(0, l.broken);
	ATF_CHECK_EQ(6, l.n);
	ATF_CHECK_EQ(5, uidlist_uid(&l, "a.x"));
	ATF_CHECK_EQ(5, uidlist_uid(&l, "a.x,S=7"));
	ATF_CHECK_EQ(2, uidlist_uid(&l, "b.x,S=1:2,F"));
	ATF_CHECK_EQ(4, uidlist_uid(&l, "b.x,S=2"));
	ATF_CHECK_EQ(6, uidlist_uid(&l, "b.x,S=3"));
	ATF_CHECK_EQ(3, uidlist_uid(&l, "c.x"));
	ATF_CHECK_EQ(8, uidlist_uid(&l, "d.x"));
	ATF_CHECK_EQ(0, uidlist_uid(&l, "c"));
	ATF_CHECK_EQ(0, uidlist_uid(&l, "c.xx"));
	uidlist_free(&l);
}

ATF_TC_WITHOUT_HEAD(headers);
ATF_TC_BODY(headers, tc)
{
	static const struct {
		const char	*text;
		uint32_t	 uidvalidity;	/* 0: refused */
		uint32_t	 uidnext;
		const char	*fields;
		int		 broken;
	} h[] = {
		{ "3 V5 N6\n", 5, 6, "", 0 },
		{ "3 N6 V5\n", 5, 6, "", 0 },
		{ "3 V5  N6 Xy Ga\n", 5, 6, "Xy", 1 },
		{ "3 X1 V5 Y2 N6 Z3\n", 5, 6, "X1 Y2 Z3", 0 },
		{ "3 V4294967295 N4294967295\n", UINT32_MAX, UINT32_MAX,
		    "", 0 },
		{ "3 V5 N6\r\n", 5, 6, "", 1 },
		{ "3 V5\n", 5, 1, "", 1 },
		{ "3 V5 N0\n", 5, 1, "", 1 },
		{ "3 V5 N4294967296\n", 5, 1, "", 1 },
		{ "3 V5 N-6\n", 5, 1, "", 1 },
		{ "1 5 6\n", 5, 6, "", 0 },
		{ "1 5 x\n", 5, 1, "", 1 },
		{ "", 0, 0, NULL, 0 },
		{ "\n", 0, 0, NULL, 0 },
		{ "3", 0, 0, NULL, 0 },
		{ "3 V5 N6", 0, 0, NULL, 0 },
		{ "3 N6\n", 0, 0, NULL, 0 },
		{ "3 V0 N6\n", 0, 0, NULL, 0 },
		{ "3 V N6\n", 0, 0, NULL, 0 },
		{ "3 V4294967296 N6\n", 0, 0, NULL, 0 },
		{ "3 V99999999999999999999999 N6\n", 0, 0, NULL, 0 },
		{ "3 V5x N6\n", 0, 0, NULL, 0 },
		{ "2 5 6\n", 0, 0, NULL, 0 },
		{ "4 V5 N6\n", 0, 0, NULL, 0 },
		{ "33 V5 N6\n", 0, 0, NULL, 0 },
		{ "1 5\n", 0, 0, NULL, 0 },
		{ "1 -5 6\n", 0, 0, NULL, 0 },
	};
	struct uidlist l;
	size_t i;

	for (i = 0; i < sizeof(h) / sizeof(h[0]); i++) {
		errno = 0;
		if (get(h[i].text, 1, &l) == -1) {
			ATF_CHECK_EQ_MSG(0, h[i].uidvalidity, "%s", h[i].text);
			ATF_CHECK_EQ(EBADMSG, errno);
		} else {
			ATF_CHECK_EQ_MSG(h[i].uidvalidity, l.uidvalidity,
			    "%s", h[i].text);
			ATF_CHECK_EQ_MSG(h[i].uidnext, l.uidnext, "%s",
			    h[i].text);
			ATF_CHECK_EQ_MSG(h[i].broken, l.broken, "%s",
			    h[i].text);
			ATF_CHECK_STREQ(h[i].fields, l.fields);
			ATF_CHECK_EQ(0, l.n);
		}
		uidlist_free(&l);
	}
	put("3 V5 N\0" "6\n", 9);
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	uidlist_free(&l);
}

/* Each of these is left out, and no other. */
ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const char *const bad[] = {
		"", " ", "5", "5 ", "5 :", "5 x", "5:x", "x :x", "-5 :x",
		"0 :x", "4294967295 :x", "4294967296 :x", "5 :a/b", "5 :.x",
		"99999999999999999999999999 :x", "5 :a\tb", "5 W1 x", "5 \r",
		":x", "5 W1", "5 :\r", "\x7f"
	};
	struct uidlist l;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "3 V1 N1\n4 :p\n%s\n6 :q\n",
		    bad[i]);
		ATF_REQUIRE_EQ(0, get(text, 1, &l));
		ATF_CHECK_EQ_MSG(2, l.n, "%s", bad[i]);
		ATF_CHECK_EQ_MSG(1, l.broken, "%s", bad[i]);
		ATF_CHECK_EQ(7, l.uidnext);
		ATF_CHECK_EQ(6, uidlist_uid(&l, "q"));
		uidlist_free(&l);
	}
	/* These are mended. */
	ATF_REQUIRE_EQ(0, get("3 V1 N1\n4 :p\r\n5 w1 :x\n6 W1 :q\n", 1,
	    &l));
	ATF_CHECK_EQ(3, l.n);
	ATF_CHECK_EQ(1, l.broken);
	ATF_CHECK_STREQ("p", l.e[0].name);
	ATF_CHECK_STREQ("", l.e[1].fields);
	ATF_CHECK_STREQ("W1", l.e[2].fields);
	uidlist_free(&l);
	put("3 V1 N1\n4 :p\n5 :a\0b\n6 :q\n", 25);
	ATF_REQUIRE_EQ(0, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(2, l.n);
	uidlist_free(&l);
}

ATF_TC_WITHOUT_HEAD(long_lines);
ATF_TC_BODY(long_lines, tc)
{
	char text[3 * UIDLIST_MAXLINE];
	struct uidlist l;
	size_t at;

	/* A name of 255 octets, one of 256, and a line that is too long. */
	at = (size_t)snprintf(text, sizeof(text), "3 V1 N1\n4 :");
	memset(text + at, 'a', 255);
	at += 255;
	at += (size_t)snprintf(text + at, sizeof(text) - at, "\n5 :");
	memset(text + at, 'b', 256);
	at += 256;
	at += (size_t)snprintf(text + at, sizeof(text) - at, "\n6 W");
	memset(text + at, '1', UIDLIST_MAXLINE);
	at += UIDLIST_MAXLINE;
	snprintf(text + at, sizeof(text) - at, " :c\n7 :d\n");
	ATF_REQUIRE_EQ(0, get(text, 1, &l));
	ATF_CHECK_EQ(2, l.n);
	ATF_CHECK_EQ(4, l.e[0].uid);
	ATF_CHECK_EQ(7, l.e[1].uid);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, get(text, 7, &l));
	ATF_CHECK_EQ(1, l.n);
	uidlist_free(&l);
}

/* Whole lines are read, whatever is missing behind them. */
ATF_TC_WITHOUT_HEAD(truncated);
ATF_TC_BODY(truncated, tc)
{
	size_t i, k, len, lines, end;
	struct uidlist l;

	for (len = 0; len < sizeof(sample); len++) {
		lines = end = 0;
		for (i = 0; i < len; i++)
			if (sample[i] == '\n') {
				lines++;
				end = i + 1;
			}
		put(sample, len);
		if (uidlist_read(dirfd, 1, &l) == -1) {
			ATF_CHECK_EQ(EBADMSG, errno);
			ATF_CHECK_EQ(0, lines);
		} else {
			ATF_CHECK_EQ_MSG(lines, l.n + 1, "%zu", len);
			ATF_CHECK_EQ(end, (size_t)l.end);
			ATF_CHECK_EQ(7, l.uidnext);
			ATF_CHECK_EQ(0, l.broken);
			for (k = 0; k < l.n; k++)
				ATF_CHECK_STREQ(sample_name[k], l.e[k].name);
		}
		uidlist_free(&l);
	}
}

/* A damaged octet costs the lines that it is in, or between. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static const unsigned char change[] = { 0xff, 0x01, 0x10, 0x80 };
	char text[sizeof(sample)];
	struct uidlist l;
	unsigned int c, hit, kept;
	size_t header, i, k;

	header = strcspn(sample, "\n") + 1;
	for (i = header; i + 1 < sizeof(sample); i++) {
		for (c = 0; c < sizeof(change) + 1; c++) {
			memcpy(text, sample, sizeof(sample));
			if (c == sizeof(change))
				text[i] = '\0';
			else
				text[i] = (char)(text[i] ^ change[c]);
			put(text, sizeof(text) - 1);
			ATF_REQUIRE_EQ(0, uidlist_read(dirfd, 1, &l));
			for (k = hit = kept = 0; k < SAMPLES; k++)
				kept += uidlist_uid(&l, sample_name[k]) ==
				    sample_uid[k];
			hit = sample[i] == '\n' ? 2 : 1;
			ATF_CHECK_MSG(kept + hit >= SAMPLES, "%zu", i);
			uidlist_free(&l);
		}
	}
	for (i = 0; i < header; i++) {
		memcpy(text, sample, sizeof(sample));
		text[i] = '\0';
		put(text, sizeof(text) - 1);
		ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
		ATF_CHECK_EQ(EBADMSG, errno);
		uidlist_free(&l);
	}
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	struct uidlist l;

	/* One number is wrong: all others stand. */
	ATF_REQUIRE_EQ(0, get("3 V1 N9\n1 :a\n2 :b\n9003 :c\n4 :d\n5 :e\n"
	    "0006 :f\n", 1, &l));
	ATF_CHECK_EQ(5, l.n);
	ATF_CHECK_EQ(1, l.broken);
	ATF_CHECK_EQ(0, uidlist_uid(&l, "c"));
	ATF_CHECK_EQ(6, uidlist_uid(&l, "f"));
	ATF_CHECK_EQ(9, l.uidnext);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, get("3 V1 N9\n1 :a\n2 :b\n1 :c\n4 :d\n5 :e\n", 1,
	    &l));
	ATF_CHECK_EQ(4, l.n);
	ATF_CHECK_EQ(2, uidlist_uid(&l, "b"));
	uidlist_free(&l);
	/* A UID twice: one of them. */
	ATF_REQUIRE_EQ(0, get("3 V1 N1\n1 :a\n2 :b\n2 :c\n", 1, &l));
	ATF_CHECK_EQ(2, l.n);
	ATF_CHECK_EQ(1, l.broken);
	ATF_CHECK_EQ(3, l.uidnext);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, get("3 V1 N1\n3 :a\n2 :b\n1 :c\n", 1, &l));
	ATF_CHECK_EQ(1, l.n);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, get("3 V1 N2\n4294967294 :a\n", 1, &l));
	ATF_CHECK_EQ(1, l.n);
	ATF_CHECK_EQ(UINT32_MAX, l.uidnext);
	uidlist_free(&l);
}

/* Writes n lines, with UIDs from first on, up or down. */
static void
put_many(uint32_t n, int down)
{
	FILE *fp;
	uint32_t i;

	put("", 0);
	ATF_REQUIRE((fp = fopen(UIDLIST_FILE, "w")) != NULL);
	fprintf(fp, "3 V1 N%u\n", (unsigned int)n + 1);
	for (i = 1; i <= n; i++)
		fprintf(fp, "%u :17%08u.M%uP1.host\n",
		    (unsigned int)(down ? n + 1 - i : i), (unsigned int)i,
		    (unsigned int)i);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

ATF_TC_WITHOUT_HEAD(from);
ATF_TC_BODY(from, tc)
{
	static const uint32_t at[] = { 100001, 100000, 99990, 99000, 50000,
	    2, 1, 0 };
	struct uidlist l;
	uint32_t want;
	size_t i;

	put_many(100000, 0);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		ATF_REQUIRE_EQ(0, uidlist_read(dirfd, at[i], &l));
		want = 100000 - (at[i] > 0 ? at[i] - 1 : 0);
		ATF_CHECK_EQ_MSG(want, l.n, "%u", (unsigned int)at[i]);
		if (l.n > 0) {
			ATF_CHECK_EQ(at[i] > 0 ? at[i] : 1, l.e[0].uid);
			ATF_CHECK_EQ(100000, l.e[l.n - 1].uid);
		}
		/* The cost: no more is read than four times what it takes. */
		ATF_CHECK(l.len <= 16384 + (size_t)want * 40 * 4);
		ATF_CHECK_EQ(100001, l.uidnext);
		uidlist_free(&l);
	}
}

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct timespec a, b;
	struct uidlist l;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &a));
	put_many(300000, 1);
	ATF_REQUIRE_EQ(0, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(1, l.n);
	uidlist_free(&l);
	put_many(300000, 0);
	ATF_REQUIRE_EQ(0, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(300000, l.n);
	ATF_CHECK_EQ(77777, uidlist_uid(&l, "1700077777.M77777P1.host"));
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &b));
	ATF_CHECK_MSG(b.tv_sec - a.tv_sec < 30, "%ld s",
	    (long)(b.tv_sec - a.tv_sec));
}

/* Many names of one unique part, of which none is that of a file. */
ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	enum { N = 200000 };
	struct timespec a, b;
	struct uidlist l;
	char name[64];
	FILE *fp;
	int i;

	put("3 V5 N1\n0 :b\n", 8);
	ATF_REQUIRE((fp = fopen(UIDLIST_FILE, "a")) != NULL);
	for (i = 1; i <= N; i++)
		ATF_REQUIRE(fprintf(fp, "%d :%s,S=%d\n", i,
		    i == 7 ? "a" : i == 9 ? "c" : "b", i) > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_EQ(0, uidlist_read(dirfd, 1, &l));
	ATF_REQUIRE_EQ(N, l.n);
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &a));
	for (i = 1; i <= N; i++) {
		(void)snprintf(name, sizeof(name), "b,S=%d:2,S", 2 * N + i);
		ATF_REQUIRE_EQ(N, uidlist_uid(&l, name));
	}
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &b));
	ATF_CHECK_MSG(b.tv_sec - a.tv_sec < 10, "%ld s",
	    (long)(b.tv_sec - a.tv_sec));
	ATF_CHECK_EQ(8, uidlist_uid(&l, "b,S=8:2,"));
	ATF_CHECK_EQ(7, uidlist_uid(&l, "a"));
	ATF_CHECK_EQ(9, uidlist_uid(&l, "c,S=1"));
	ATF_CHECK_EQ(N, uidlist_uid(&l, "b"));
	ATF_CHECK_EQ(0, uidlist_uid(&l, "a.b"));
	ATF_CHECK_EQ(0, uidlist_uid(&l, "d"));
	uidlist_free(&l);
}

ATF_TC_WITHOUT_HEAD(no_file);
ATF_TC_BODY(no_file, tc)
{
	struct uidlist l;

	put(sample, sizeof(sample) - 1);
	ATF_REQUIRE_EQ(0, truncate(UIDLIST_FILE, (off_t)UIDLIST_MAXFILE +
	    (off_t)sizeof(sample)));
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(EFBIG, errno);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, unlink(UIDLIST_FILE));
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", UIDLIST_FILE));
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_REQUIRE_EQ(0, unlink(UIDLIST_FILE));
	ATF_REQUIRE_EQ(0, mkfifo(UIDLIST_FILE, 0600));
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_REQUIRE_EQ(0, unlink(UIDLIST_FILE));
	ATF_REQUIRE_EQ(0, mkdir(UIDLIST_FILE, 0700));
	ATF_CHECK_EQ(-1, uidlist_read(dirfd, 1, &l));
	ATF_CHECK_EQ(EBADMSG, errno);
	uidlist_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, version3);
	ATF_TP_ADD_TC(tp, version1);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, long_lines);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, from);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, no_file);
	return (atf_no_error());
}
