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

#include "imapd/folder_priv.h"
#include "rig.h"

static struct delivery	*begin(struct folder *);
static void		 on_term(int);
static void		 message(struct delivery *, uint16_t, const char *,
			    const char *);
static void		 content(struct folder *, uint32_t, const char *);

static volatile sig_atomic_t	stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

static struct delivery *
begin(struct folder *f)
{
	struct delivery *d;

	ATF_REQUIRE((d = deliver_begin(f)) != NULL);
	return (d);
}

/* In pieces of one octet, and whole. */
static void
message(struct delivery *d, uint16_t flags, const char *keyword,
    const char *text)
{
	static int whole;

	ATF_REQUIRE_EQ(0, deliver_message(d, flags, &keyword,
	    keyword != NULL, 1000000000));
	whole = !whole;
	if (whole)
		ATF_REQUIRE_EQ(0, deliver_write(d, text, strlen(text)));
	else
		for (; *text != '\0'; text++)
			ATF_REQUIRE_EQ(0, deliver_write(d, text, 1));
	ATF_REQUIRE_EQ(0, deliver_end(d));
}

static void
content(struct folder *f, uint32_t uid, const char *text)
{
	char buf[4096];
	struct stat st;
	ssize_t n;
	int fd;

	ATF_REQUIRE((fd = folder_file_uid(f, uid, &st)) != -1);
	ATF_REQUIRE((n = read(fd, buf, sizeof(buf) - 1)) != -1);
	close(fd);
	buf[n] = '\0';
	ATF_CHECK_STREQ(text, buf);
	ATF_CHECK_EQ((uint64_t)n, rig_row(f, uid, NULL).size);
}

ATF_TC_WITHOUT_HEAD(append);
ATF_TC_BODY(append, tc)
{
	struct rig r;
	char name[TABLE_NAMELEN + 1];
	struct idx_result res;
	struct delivery *d;
	struct folder *f;
	struct row row;
	struct stat st;
	struct idx *idx;
	int fd;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&res);
	d = begin(f);
	message(d, FLAG_SEEN | FLAG_DRAFT, "$Label", "A: b\r\n\r\nbody\r\n");
	ATF_CHECK_EQ(1, rig_count("mail/tmp"));
	ATF_CHECK_EQ(0, rig_count("mail/cur"));
	ATF_REQUIRE_EQ(0, deliver_commit(d, &res));
	deliver_free(d);
	ATF_CHECK_EQ(1, res.first);
	ATF_CHECK_EQ(1, res.last);
	ATF_CHECK(res.modseq > 1);
	row = rig_row(f, 1, name);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_DRAFT, row.flags);
	ATF_CHECK_EQ(1, row.keywords);
	ATF_CHECK_EQ(11, row.size);
	ATF_CHECK_EQ(14, row.vsize);
	ATF_CHECK_EQ(1000000000, row.internaldate);
	ATF_CHECK(strstr(name, ",S=11,W=14") != NULL);
	content(f, 1, "A: b\n\nbody\n");
	ATF_REQUIRE((fd = folder_file_uid(f, 1, &st)) != -1);
	close(fd);
	ATF_CHECK_EQ(1000000000, st.st_mtime);
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	/* It is known, not found. */
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	rig_flush(f);
	ATF_CHECK(rig_there("mail/dovecot-keywords"));
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	idx_result_free(&res);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(line_ends);
ATF_TC_BODY(line_ends, tc)
{
	static const struct {
		const char	*in;
		const char	*file;
		uint64_t	 vsize;
	} t[] = {
		{ "a\r\nb\r\n", "a\nb\n", 6 },
		{ "a\nb\n", "a\nb\n", 6 },
		{ "a\rb", "a\rb", 3 },
		{ "a\r\r\nb", "a\r\r\nb", 5 },
		{ "\r\r\r\n", "\r\r\r\n", 4 },
		{ "a\r", "a\r", 2 },
		{ "\n", "\n", 2 },
		{ "\r\n\r\n", "\n\n", 4 },
		{ "", "", 0 }
	};
	struct rig r;
	struct idx_result res;
	struct delivery *d;
	struct folder *f;
	struct idx *idx;
	uint32_t uid = 0;
	size_t i;
	int twice;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&res);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		d = begin(f);
		for (twice = 0; twice < 2; twice++)
			message(d, 0, NULL, t[i].in);
		ATF_REQUIRE_EQ(0, deliver_commit(d, &res));
		deliver_free(d);
		for (twice = 0; twice < 2; twice++) {
			content(f, ++uid, t[i].file);
			ATF_CHECK_EQ(t[i].vsize,
			    rig_row(f, uid, NULL).vsize);
		}
		ATF_CHECK_EQ(uid, res.last);
		ATF_CHECK_EQ(uid - 1, res.first);
	}
	idx_result_free(&res);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct rig r;
	struct idx_result res;
	struct delivery *d;
	struct folder *f;
	struct idx *idx;
	char text[1000];
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&res);
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 2, "\r\n", 2);
	d = begin(f);
	ATF_REQUIRE_EQ(0, deliver_message(d, 0, NULL, 0, 5));
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(0, deliver_write(d, text, sizeof(text)));
	ATF_REQUIRE_EQ(0, deliver_end(d));
	ATF_REQUIRE_EQ(0, deliver_commit(d, &res));
	deliver_free(d);
	ATF_CHECK_EQ(999000, rig_row(f, 1, NULL).size);
	ATF_CHECK_EQ(1000000, rig_row(f, 1, NULL).vsize);
	idx_result_free(&res);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(given_up);
ATF_TC_BODY(given_up, tc)
{
	struct rig r;
	struct idx_result res;
	struct delivery *d;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&res);
	/* All or none: the second message cannot be kept. */
	d = begin(f);
	message(d, 0, NULL, "one\r\n");
	ATF_REQUIRE_EQ(0, deliver_message(d, 0, NULL, 0, 5));
	ATF_CHECK_ERRNO(EILSEQ, deliver_write(d, "a\0b", 3) == -1);
	ATF_CHECK_ERRNO(EILSEQ, deliver_write(d, "b", 1) == -1);
	ATF_CHECK_ERRNO(EILSEQ, deliver_end(d) == -1);
	ATF_CHECK_ERRNO(EILSEQ, deliver_commit(d, &res) == -1);
	deliver_free(d);
	/* The client goes in the middle. */
	d = begin(f);
	ATF_REQUIRE_EQ(0, deliver_message(d, 0, NULL, 0, 5));
	ATF_REQUIRE_EQ(0, deliver_write(d, "half", 4));
	ATF_CHECK_ERRNO(EINVAL, deliver_commit(d, &res) == -1);
	deliver_free(d);
	deliver_free(NULL);
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	ATF_CHECK_EQ(0, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	idx_result_free(&res);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(copy);
ATF_TC_BODY(copy, tc)
{
	struct rig r;
	struct idx_result res;
	struct uidset set;
	struct folder *f, *g;
	struct row a, b;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_dirs("mail/.to");
	rig_put("mail/cur/1.a:2,FS", "a\n");
	rig_put("mail/cur/2.b:2,", "bb\n");
	rig_put("mail/new/3.c", "ccc\n");
	f = rig_open(&r, idx, "", 0);
	g = rig_open(&r, idx, ".to", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, 0, "$Label", 1, 1);
	idx_result_init(&res);
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add(&set, 1));
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 3, 99));
	ATF_REQUIRE_EQ(0, deliver_copy(f, g, &set, 0, &res));
	ATF_CHECK_EQ(2, uidset_count(&res.done));
	ATF_CHECK_EQ(1, res.first);
	ATF_CHECK_EQ(2, res.last);
	ATF_CHECK_EQ(3, rig_state(f).messages);
	ATF_CHECK_EQ(2, rig_state(g).messages);
	a = rig_row(f, 1, NULL);
	b = rig_row(g, 1, NULL);
	ATF_CHECK_EQ(a.flags, b.flags);
	ATF_CHECK_EQ(1, b.keywords);
	ATF_CHECK_EQ(a.internaldate, b.internaldate);
	content(g, 1, "a\n");
	content(g, 2, "ccc\n");
	ATF_CHECK_EQ(0, rig_row(g, 2, NULL).flags & ROW_NEW);
	ATF_CHECK_EQ(0, folder_scan(g, 1));
	rig_flush(g);
	ATF_CHECK_EQ(0, folder_scan(g, 1));
	/* Into itself. */
	ATF_REQUIRE_EQ(0, deliver_copy(f, f, &set, 0, &res));
	ATF_CHECK_EQ(5, rig_state(f).messages);
	content(f, 5, "ccc\n");
	/* Nothing left of the set. */
	uidset_clear(&set);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 50, 60));
	ATF_CHECK_ERRNO(ENOENT, deliver_copy(f, g, &set, 0, &res) == -1);
	/* A file that is gone is left out. */
	ATF_REQUIRE_EQ(0, unlink("mail/cur/2.b:2,"));
	uidset_clear(&set);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 1, 2));
	ATF_REQUIRE_EQ(0, deliver_copy(f, g, &set, 0, &res));
	ATF_CHECK_EQ(1, uidset_count(&res.done));
	ATF_CHECK_EQ(3, rig_state(g).messages);
	ATF_CHECK_EQ(3, rig_count("mail/.to/cur"));
	uidset_free(&set);
	idx_result_free(&res);
	folder_close(f);
	folder_close(g);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(move);
ATF_TC_BODY(move, tc)
{
	struct rig r;
	struct idx_result res;
	struct uidset set;
	struct folder *f, *g;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_dirs("mail/.to");
	rig_put("mail/cur/1.a:2,FS", "a\n");
	rig_put("mail/cur/2.b:2,", "bb\n");
	f = rig_open(&r, idx, "", 0);
	g = rig_open(&r, idx, ".to", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	idx_result_init(&res);
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 1, 2));
	ATF_REQUIRE_EQ(0, deliver_copy(f, g, &set, 1, &res));
	ATF_CHECK_EQ(2, uidset_count(&res.done));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	ATF_CHECK_EQ(2, rig_state(g).messages);
	content(g, 2, "bb\n");
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	rig_flush(f);
	ATF_CHECK_EQ(0, rig_count("mail/cur"));
	ATF_CHECK_EQ(2, rig_count("mail/.to/cur"));
	content(g, 1, "a\n");
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(0, folder_scan(g, 1));
	uidset_free(&set);
	idx_result_free(&res);
	folder_close(f);
	folder_close(g);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* The session dies with names in flight: another one clears up. */
ATF_TC_WITHOUT_HEAD(cancelled);
ATF_TC_BODY(cancelled, tc)
{
	const char *names[] = { "1.left,S=2,W=3", "2.never" };
	const char *live[] = { "5.live" };
	struct timespec pause = { 0, 20000000 };
	struct rig r;
	struct folder *f, *g;
	struct idx *idx, *other;
	uint64_t ticket;
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	other = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	g = rig_open(&r, other, "", 0);
	ATF_REQUIRE_EQ(0, idx_flight(f->box, names, 2, &ticket));
	rig_put("mail/cur/5.live:2,", "x\n");
	rig_put("mail/cur/1.left,S=2,W=3:2,S", "x\n");
	rig_put("mail/tmp/2.never", "x\n");
	/* In flight, it is not for others to find. */
	ATF_CHECK_EQ(1, folder_scan(g, 1));
	ATF_CHECK_EQ(1, rig_state(g).messages);
	/* What the table knows as a message is one, whatever is cancelled. */
	ATF_REQUIRE_EQ(0, idx_flight(f->box, live, 1, &ticket));
	folder_close(f);
	idx_goodbye(idx);
	for (i = 0; i < 1000 && idx_flight(g->box, live, 1, &ticket) == -1;
	    i++) {
		ATF_REQUIRE_EQ(PROTO_NO_TICKET, idx_code(other));
		ATF_REQUIRE_EQ(0, folder_events(other));
		nanosleep(&pause, NULL);
	}
	ATF_CHECK_EQ(1, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	ATF_CHECK_EQ(0, folder_scan(g, 1));
	ATF_CHECK_EQ(1, rig_state(g).messages);
	folder_close(g);
	idx_goodbye(other);
	rig_stop(&r);
}

/* indexd is killed again and again under deliveries: what was answered OK
 * is there, once; what was not is not, or is there once. */
ATF_TC(killed);
ATF_TC_HEAD(killed, tc)
{
	atf_tc_set_md_var(tc, "timeout", "180");
}
ATF_TC_BODY(killed, tc)
{
	enum { ROUNDS = 60, KILLS = 12 };
	struct timespec pause = { 0, 60000000 };
	struct rig r;
	struct idx_result res;
	struct delivery *d;
	struct folder *f;
	struct idx *idx;
	uint32_t last = 0;
	pid_t keeper;
	int i, status;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&res);
	/* A child of ours is indexd's parent, and ends with it. */
	rig_kill(&r, SIGKILL);
	if ((keeper = fork()) == 0) {
		ATF_REQUIRE(signal(SIGTERM, on_term) != SIG_ERR);
		for (i = 0; i < KILLS && !stopping; i++) {
			rig_indexd(&r);
			nanosleep(&pause, NULL);
			pause.tv_nsec += 7000000;
			rig_kill(&r, SIGKILL);
		}
		rig_indexd(&r);
		while (!stopping)
			nanosleep(&pause, NULL);
		/* Before its exec, SIGTERM would find our handler there. */
		rig_kill(&r, SIGKILL);
		_exit(0);
	}
	ATF_REQUIRE(keeper != -1);
	for (i = 0; i < ROUNDS; i++) {
		d = begin(f);
		message(d, 0, NULL, "one\r\n");
		message(d, 0, NULL, "two\r\n");
		ATF_REQUIRE_EQ_MSG(0, deliver_commit(d, &res), "%s: %s",
		    strerror(errno), idx_text(idx));
		deliver_free(d);
		ATF_CHECK(res.first > last);
		ATF_CHECK_EQ(res.first + 1, res.last);
		last = res.last;
	}
	ATF_CHECK_EQ(2 * ROUNDS, rig_state(f).messages);
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(2 * ROUNDS, rig_count("mail/cur"));
	idx_result_free(&res);
	folder_close(f);
	idx_goodbye(idx);
	ATF_REQUIRE_EQ(0, kill(keeper, SIGTERM));
	ATF_REQUIRE_EQ(keeper, waitpid(keeper, &status, 0));
	ATF_CHECK_EQ(0, status);
}

ATF_TC_WITHOUT_HEAD(old_tmp);
ATF_TC_BODY(old_tmp, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	time_t now = time(NULL);

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/tmp/file", "x");
	ATF_REQUIRE_EQ(0, mkdir("mail/tmp/dir", 0700));
	f = rig_open(&r, idx, "", 0);
	deliver_clean(f, now + 35 * 3600);
	ATF_CHECK(rig_there("mail/tmp/file"));
	deliver_clean(f, now + 37 * 3600);
	ATF_CHECK(!rig_there("mail/tmp/file"));
	ATF_CHECK(rig_there("mail/tmp/dir"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* What another program takes out of tmp/ is no message that does not exist. */
ATF_TC_WITHOUT_HEAD(removed);
ATF_TC_BODY(removed, tc)
{
	struct idx_result res;
	struct rig r;
	struct delivery *d;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	d = begin(f);
	message(d, 0, NULL, "Subject: x\r\n\r\ny\r\n");
	ATF_REQUIRE_EQ(0, system("rm mail/tmp/*"));
	idx_result_init(&res);
	ATF_CHECK_ERRNO(ECANCELED, deliver_commit(d, &res) == -1);
	idx_result_free(&res);
	deliver_free(d);
	ATF_REQUIRE_EQ(0, rmdir("mail/tmp"));
	d = begin(f);
	ATF_CHECK_ERRNO(ECANCELED, deliver_message(d, 0, NULL, 0, 0) == -1);
	deliver_free(d);
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	d = begin(f);
	message(d, 0, NULL, "Subject: x\r\n\r\ny\r\n");
	ATF_CHECK_EQ(0, deliver_commit(d, &res));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	idx_result_free(&res);
	deliver_free(d);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	ATF_CHECK_STREQ("The disk is full", deliver_reason(ENOSPC));
	ATF_CHECK(strcmp(deliver_reason(EDQUOT), deliver_reason(EMFILE)) !=
	    0);
	ATF_CHECK(deliver_reason(ENXIO)[0] != '\0');
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, append);
	ATF_TP_ADD_TC(tp, line_ends);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, given_up);
	ATF_TP_ADD_TC(tp, copy);
	ATF_TP_ADD_TC(tp, move);
	ATF_TP_ADD_TC(tp, cancelled);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, old_tmp);
	ATF_TP_ADD_TC(tp, removed);
	ATF_TP_ADD_TC(tp, reasons);
	return (atf_no_error());
}
