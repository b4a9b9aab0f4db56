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
#include <sys/mman.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/table_unit.h"
#include "indexd/engine.h"
#include "tests/lib/exercise.h"
#include "tests/lib/model.h"

/* The format, and what damage does to readers. */

#define ROOT	"/home/u/Maildir"

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

ATF_TC_WITHOUT_HEAD(place);
ATF_TC_BODY(place, tc)
{
	enum table_kind k;
	uint64_t at, n, units;
	unsigned int e, extent = 0, was = 0;

	for (k = 0; k < TABLE_KINDS; k++) {
		/* Units fill one extent after the other. */
		was = 0;
		units = 0;
		for (n = 0; n < 100000; n++) {
			table_place(k, n, &extent, &at);
			if (extent != was) {
				ATF_REQUIRE_EQ(was + 1, extent);
				ATF_REQUIRE_EQ(units,
				    table_extent_units(k, was));
				was = extent;
				units = 0;
			}
			ATF_REQUIRE_EQ(units, at);
			units++;
		}
		/* All that there may be has its place. */
		table_place(k, TABLE_MAXROWS * 3, &e, &at);
		ATF_REQUIRE(e < TABLE_EXTENTS);
	}
	table_place(TABLE_NAMES, UINT32_MAX, &e, &at);
	ATF_REQUIRE(e < TABLE_EXTENTS);
	table_place(TABLE_ROWS, UINT64_MAX, &e, &at);
	ATF_REQUIRE(e >= TABLE_EXTENTS);
}

ATF_TC_WITHOUT_HEAD(letters);
ATF_TC_BODY(letters, tc)
{
	struct row r = { .flags = FLAG_SEEN | FLAG_DELETED, .keywords = 5 };

	ATF_REQUIRE_EQ(LETTER_S | LETTER_T | 5, row_letters(&r, 3));
	/* The letters of no keyword are kept, and so is P. */
	r.fletters = LETTER_P | LETTER_F | 0x12;
	ATF_REQUIRE_EQ(LETTER_S | LETTER_T | LETTER_P | 0x15,
	    row_letters(&r, 3));
	ATF_REQUIRE_EQ(1, row_behind(&r, 3));
	r.fletters = row_letters(&r, 3);
	ATF_REQUIRE_EQ(0, row_behind(&r, 3));
	/* Letter e has become a keyword's: it goes from the name. */
	ATF_REQUIRE_EQ(1, row_behind(&r, 5));
	r.keywords = 0xffffffffffffffff;
	ATF_REQUIRE_EQ(LETTER_KEYWORDS, row_letters(&r, 64) & LETTER_KEYWORDS);
	r.flags = ROW_EXPUNGED;
	ATF_REQUIRE_EQ(0, row_behind(&r, 3));
	r.flags |= ROW_FILE;
	ATF_REQUIRE_EQ(1, row_behind(&r, 3));
}

/* Makes a table, and copies it to the file "good". */
static void
make(void)
{
	struct engine_conf conf = { .directory = "d" };
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	char buf[65536];
	ssize_t n;
	unsigned int i;
	int fd, to;

	model_init(&m, 1);
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	for (i = 0; i < 60; i++)
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_REQUIRE((fd = mailbox_fd(mb)) != -1);
	ATF_REQUIRE((to = open("good", O_RDWR | O_CREAT, 0600)) != -1);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		ATF_REQUIRE_EQ(n, write(to, buf, (size_t)n));
	close(fd);
	close(to);
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

static void
count(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

/* The name of the only table in d. */
static void
find_table(char *path, size_t size)
{
	struct dirent *de;
	char root[512] = "";
	DIR *d;

	ATF_REQUIRE((d = opendir("d/roots")) != NULL);
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] != '.')
			snprintf(root, sizeof(root), "d/roots/%s",
			    de->d_name);
	closedir(d);
	ATF_REQUIRE((d = opendir(root)) != NULL);
	while ((de = readdir(d)) != NULL)
		if (strchr(de->d_name + 1, '.') != NULL)
			snprintf(path, size, "%s/%s", root, de->d_name);
	closedir(d);
}

/* Flips a bit somewhere in what is in use; 0 if there it has no sum. */
static int
flip(struct table *t, struct model *random)
{
	struct table_header *h = t->h;
	static const enum table_kind kinds[] = { TABLE_ROWS, TABLE_BLOCKS,
	    TABLE_GROUPS, TABLE_LOG };
	uint64_t used[4];
	unsigned char *p;
	unsigned int at, k;

	used[0] = h->nrows;
	used[1] = (h->nrows + 63) / 64;
	used[2] = (h->nrows + 4095) / 4096;
	used[3] = h->nlog;
	k = model_random(random, 6);
	if (k < 4) {
		p = table_unit(t, kinds[k], model_random(random,
		    (uint32_t)used[k]), 1);
		p += k == 0 ? 4 + model_random(random, sizeof(struct row) - 4)
		    : model_random(random, table_kinds[kinds[k]].unit);
	} else if (k == 4) {
		p = (unsigned char *)h + model_random(random,
		    offsetof(struct table_header, pub_seq));
	} else {
		at = model_random(random, offsetof(struct table_header, top));
		p = (unsigned char *)h + at;
		if (at >= offsetof(struct table_header, pub_seq) &&
		    at < offsetof(struct table_header, superseded))
			return (0);
	}
	*p ^= (unsigned char)(1U << model_random(random, 8));
	return (1);
}

ATF_TC(flipped);
ATF_TC_HEAD(flipped, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a flipped bit is found, and no reader falls over it");
}
ATF_TC_BODY(flipped, tc)
{
	struct engine_conf conf = { .directory = "d" };
	struct engine *e;
	struct mailbox *mb;
	struct model random;
	struct table t;
	struct stat st;
	const char *why;
	char aside[1040], path[1024];
	void *good;
	unsigned int found = 0, i;
	int fd, summed;

	make();
	find_table(path, sizeof(path));
	(void)snprintf(aside, sizeof(aside), "%s.damaged", path);
	ATF_REQUIRE((fd = open("good", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	good = malloc((size_t)st.st_size);
	ATF_REQUIRE(good != NULL);
	ATF_REQUIRE_EQ(st.st_size, read(fd, good, (size_t)st.st_size));
	close(fd);
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	model_init(&random, 3);
	for (i = 0; i < 600; i++) {
		ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
		ATF_REQUIRE_EQ(st.st_size, pwrite(fd, good,
		    (size_t)st.st_size, 0));
		ATF_REQUIRE_EQ(0, table_map(&t, fd, &why));
		ATF_REQUIRE_EQ(0, exercise(&t));
		ATF_REQUIRE_EQ(0, mprotect(t.h, t.len,
		    PROT_READ | PROT_WRITE));
		summed = flip(&t, &random);
		exercise(&t);
		table_unmap(&t);
		mb = mailbox_open(e, 1000, ROOT, id);
		if (mb == NULL) {
			ATF_REQUIRE_EQ(EBADMSG, errno);
			found++;
			/* It was set aside. */
			engine_close(e);
			ATF_REQUIRE_EQ(0, rename(aside, path));
			e = engine_open(&conf, NULL, NULL);
			ATF_REQUIRE(e != NULL);
			continue;
		}
		if (mailbox_check(mb, count, NULL) > 0)
			found++;
		else
			ATF_REQUIRE_EQ_MSG(0, summed, "flip %u not found", i);
		mailbox_close(mb);
	}
	ATF_REQUIRE(found > 500);
	engine_close(e);
	free(good);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct table t;
	const char *why;
	int fd;

	make();
	ATF_REQUIRE((fd = open("good", O_RDWR)) != -1);
	ATF_REQUIRE_EQ(1, pwrite(fd, "x", 1, 12));
	ATF_REQUIRE_ERRNO(EBADMSG, table_map(&t, fd, &why) == -1);
	ATF_REQUIRE_STREQ("major version", why);
	ATF_REQUIRE_EQ(0, ftruncate(fd, 100));
	ATF_REQUIRE_ERRNO(EBADMSG, table_map(&t, fd, &why) == -1);
	ATF_REQUIRE_STREQ("size of the file", why);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(shorter);
ATF_TC_BODY(shorter, tc)
{
	struct table t;
	struct stat st;
	const char *why;
	off_t len;
	int fd;

	/* Units behind the end of the file are damage, not SIGBUS. */
	make();
	ATF_REQUIRE((fd = open("good", O_RDWR)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	for (len = st.st_size; len > 4096; len -= 4096) {
		ATF_REQUIRE_EQ(0, ftruncate(fd, len));
		ATF_REQUIRE_EQ(0, table_map(&t, dup(fd), &why));
		exercise(&t);
		table_unmap(&t);
	}
	close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, place);
	ATF_TP_ADD_TC(tp, letters);
	ATF_TP_ADD_TC(tp, flipped);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, shorter);
	return (atf_no_error());
}
