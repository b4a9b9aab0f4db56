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
#include <sys/resource.h>

#include "rig.h"

ATF_TC_WITHOUT_HEAD(first_open);
ATF_TC_BODY(first_open, tc)
{
	struct rig r;
	struct table_state s;
	struct folder *f;
	struct idx *idx;
	uint32_t uidvalidity;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(0, s.messages);
	ATF_CHECK(s.highestmodseq >= 1);
	ATF_CHECK(s.uidvalidity > 1700000000);
	ATF_CHECK_EQ(s.uidvalidity, f->identity.uidvalidity);
	ATF_CHECK(rig_there("mail/highwater-identity"));
	ATF_CHECK(f->identity.floor_modseq > s.highestmodseq);
	ATF_CHECK(f->identity.floor_uid > s.uidnext);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	ATF_CHECK_EQ(0, flush_due(f));
	uidvalidity = s.uidvalidity;
	folder_close(f);
	f = rig_open(&r, idx, "", FOLDER_EXAMINE);
	ATF_CHECK_EQ(uidvalidity, rig_state(f).uidvalidity);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(not_a_folder);
ATF_TC_BODY(not_a_folder, tc)
{
	struct rig r;
	struct idx *idx;
	const char *why;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	ATF_REQUIRE_EQ(0, mkdir("mail/.empty", 0700));
	rig_put("mail/.file", "x");
	rig_dirs("outside");
	ATF_REQUIRE_EQ(0, symlink("../outside", "mail/.link"));
	rig_dirs("mail/.inner");
	ATF_REQUIRE_EQ(0, rmdir("mail/.inner/cur"));
	ATF_REQUIRE_EQ(0, symlink("../../outside/cur", "mail/.inner/cur"));
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".none", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".empty", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".file", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".link", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".inner", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, "..", 0,
	    &why) == NULL);
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, "../outside", 0,
	    &why) == NULL);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(read_file);
ATF_TC_BODY(read_file, tc)
{
	struct rig r;
	struct folder *f;
	struct stat st;
	struct idx *idx;
	int fd;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,S", "hello\n");
	rig_put("mail/new/2.a:2,F", "world!\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE((fd = folder_file_uid(f, 1, &st)) != -1);
	ATF_CHECK_EQ(6, st.st_size);
	close(fd);
	/* Another name than the row's, as yet. */
	ATF_REQUIRE((fd = folder_file_uid(f, 2, &st)) != -1);
	ATF_CHECK_EQ(7, st.st_size);
	close(fd);
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,S", "mail/cur/1.a:2,RS"));
	ATF_REQUIRE((fd = folder_file_uid(f, 1, &st)) != -1);
	close(fd);
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1.a:2,RS"));
	ATF_CHECK_ERRNO(ENOENT, folder_file_uid(f, 1, &st) == -1);
	ATF_CHECK_ERRNO(ENOENT, folder_file_uid(f, 3, &st) == -1);
	/* Nothing but a regular file, and no waiting. */
	ATF_REQUIRE_EQ(0, mkfifo("mail/cur/1.a:2,S", 0600));
	ATF_CHECK_ERRNO(ENOENT, folder_file_uid(f, 1, &st) == -1);
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1.a:2,S"));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", "mail/cur/1.a:2,S"));
	ATF_CHECK_ERRNO(ENOENT, folder_file_uid(f, 1, &st) == -1);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(renamed);
ATF_TC_BODY(renamed, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	uint32_t uidvalidity;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_dirs("mail/.old");
	rig_put("mail/.old/cur/1.a:2,S", "a\n");
	f = rig_open(&r, idx, ".old", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	uidvalidity = rig_state(f).uidvalidity;
	folder_close(f);
	ATF_REQUIRE_EQ(0, rename("mail/.old", "mail/.fresh"));
	f = rig_open(&r, idx, ".fresh", 0);
	ATF_CHECK_EQ(uidvalidity, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	ATF_CHECK_EQ(2, rig_state(f).uidnext);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(copied);
ATF_TC_BODY(copied, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_dirs("mail/.old");
	rig_put("mail/.old/cur/1.a:2,S", "a\n");
	f = rig_open(&r, idx, ".old", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(0, system("cp -pR mail/.old mail/.copy"));
	g = rig_open(&r, idx, ".copy", 0);
	ATF_CHECK(memcmp(f->identity.id, g->identity.id, TABLE_IDLEN) != 0);
	ATF_CHECK(rig_state(f).uidvalidity != rig_state(g).uidvalidity);
	ATF_CHECK_EQ(0, rig_state(g).messages);
	ATF_CHECK_EQ(1, folder_scan(g, 0));
	ATF_CHECK_EQ(1, rig_state(g).messages);
	folder_close(g);
	/* And it stays so. */
	g = rig_open(&r, idx, ".copy", 0);
	ATF_CHECK_EQ(1, rig_state(g).messages);
	folder_close(g);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(state_lost);
ATF_TC_BODY(state_lost, tc)
{
	struct rig r;
	struct table_state s, t;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,S", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	s = rig_state(f);
	folder_close(f);
	idx_goodbye(idx);
	rig_kill(&r, SIGKILL);
	ATF_REQUIRE_EQ(0, system("rm -rf db/state db/s"));
	rig_indexd(&r);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, folder_scan(f, 0));
	t = rig_state(f);
	/* The same mailbox, and all that is new is above. */
	ATF_CHECK_EQ(s.uidvalidity, t.uidvalidity);
	ATF_CHECK(t.highestmodseq > s.highestmodseq);
	ATF_CHECK(t.uidnext > s.uidnext);
	(void)rig_row(f, 1, NULL);
	ATF_CHECK_EQ(1, t.messages);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(identity_damaged);
ATF_TC_BODY(identity_damaged, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/highwater-identity", "rubbish");
	rig_put("mail/cur/1.a:2,S", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK(rig_there("mail/highwater-identity.damaged"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* indexd is killed and comes back: the session goes on. */
ATF_TC_WITHOUT_HEAD(restart);
ATF_TC_BODY(restart, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(0, idx_arm(f->box, rig_state(f).highestmodseq));
	for (i = 0; i < 3; i++) {
		rig_kill(&r, i == 1 ? SIGTERM : SIGKILL);
		rig_indexd(&r);
		rig_store(f, i % 2 ? STORE_REMOVE : STORE_ADD, FLAG_SEEN,
		    NULL, 1, 1);
		ATF_CHECK_EQ(i % 2 == 0, rig_row(f, 1, NULL).flags &
		    FLAG_SEEN);
		ATF_REQUIRE_EQ(0, folder_events(idx));
	}
	/* Armed before, told after. */
	ATF_CHECK_EQ(1, f->changed);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,S"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(deleted);
ATF_TC_BODY(deleted, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx, *other;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	other = rig_bind(&r);
	rig_dirs("mail/.x");
	f = rig_open(&r, idx, ".x", 0);
	g = rig_open(&r, other, ".x", 0);
	ATF_REQUIRE_EQ(0, rename("mail/.x", "gone"));
	ATF_REQUIRE_EQ(0, idx_deleted(f->box));
	/* Any answer comes after what was said before. */
	ATF_CHECK_EQ(-1, idx_arm(g->box, 1));
	ATF_REQUIRE_EQ(0, folder_events(other));
	ATF_CHECK_EQ(1, g->gone);
	folder_close(f);
	folder_close(g);
	idx_goodbye(idx);
	idx_goodbye(other);
	rig_stop(&r);
}

/* No file of ours gets longer: EFBIG, as on a full disk. */
static void
file_limit(rlim_t max)
{
	struct rlimit rl;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &rl));
	rl.rlim_cur = max < rl.rlim_max ? max : rl.rlim_max;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
}

/* Where indexd has the tables of the only mail root. */
static void
the_root(char *path, size_t size)
{
	struct dirent *e;
	DIR *dir;

	ATF_REQUIRE((dir = opendir("db/state/roots")) != NULL);
	do
		ATF_REQUIRE((e = readdir(dir)) != NULL);
	while (e->d_name[0] == '.');
	snprintf(path, size, "db/state/roots/%s", e->d_name);
	closedir(dir);
}

/* Without room for its identity, a folder leaves nothing at indexd. */
ATF_TC_WITHOUT_HEAD(no_room);
ATF_TC_BODY(no_room, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	const char *why;
	char tables[PATH_MAX];
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	folder_close(rig_open(&r, idx, "", 0));
	the_root(tables, sizeof(tables));
	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	rig_dirs("mail/.x");
	for (i = 0; i < 3; i++) {
		file_limit(16);
		f = folder_open(idx, r.rootfd, ".x", 0, &why);
		ATF_CHECK_ERRNO(EFBIG, f == NULL);
		file_limit(RLIM_INFINITY);
		ATF_CHECK_EQ(2, rig_count(tables));
	}
	folder_close(rig_open(&r, idx, ".x", 0));
	ATF_CHECK_EQ(3, rig_count(tables));
	ATF_CHECK_EQ(0, rig_count("mail/.x/tmp"));
	idx_goodbye(idx);
	rig_stop(&r);
}

/* What the log says of folders that are not as they should be. */
static int
logged(const char *line)
{
	char text[8192];
	size_t n;
	FILE *fp;

	ATF_REQUIRE_EQ(0, fflush(stderr));
	ATF_REQUIRE((fp = fopen("log", "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, fp);
	fclose(fp);
	text[n] = '\0';
	return (strstr(text, line) != NULL);
}

/* A lock that is no file: each refusal has its reason, and the log the file. */
ATF_TC_WITHOUT_HEAD(no_lock);
ATF_TC_BODY(no_lock, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	const char *why;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	ATF_REQUIRE(freopen("log", "w", stderr) != NULL);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, unlink("mail/highwater-lock"));
	ATF_REQUIRE_EQ(0, mkfifo("mail/highwater-lock", 0600));
	ATF_CHECK_ERRNO(EBADMSG, folder_lock(f, 0) == -1);
	ATF_CHECK_ERRNO(EBADMSG, deliver_begin(f) == NULL);
	folder_close(f);
	ATF_CHECK(logged("folder: : highwater-lock is not a regular file"));
	ATF_CHECK_ERRNO(EBADMSG, folder_open(idx, r.rootfd, "", 0,
	    &why) == NULL);
	ATF_REQUIRE_EQ(0, unlink("mail/highwater-lock"));
	ATF_REQUIRE_EQ(0, mkdir("mail/highwater-lock", 0700));
	ATF_CHECK_ERRNO(EBADMSG, folder_open(idx, r.rootfd, "", 0,
	    &why) == NULL);
	ATF_REQUIRE_EQ(0, rmdir("mail/highwater-lock"));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", "mail/highwater-lock"));
	ATF_CHECK_ERRNO(EBADMSG, folder_open(idx, r.rootfd, "", 0,
	    &why) == NULL);
	ATF_REQUIRE_EQ(0, unlink("mail/highwater-lock"));
	folder_close(rig_open(&r, idx, "", 0));

	rig_dirs("mail/.moved");
	ATF_REQUIRE_EQ(0, rename("mail/.moved/cur", "mail/elsewhere"));
	ATF_REQUIRE_EQ(0, symlink("../elsewhere", "mail/.moved/cur"));
	ATF_CHECK_ERRNO(ENOENT, folder_open(idx, r.rootfd, ".moved", 0,
	    &why) == NULL);
	ATF_CHECK(logged("folder: .moved: cur is not a directory"));
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Who is to end waits for no indexd. */
ATF_TC_WITHOUT_HEAD(stopping);
ATF_TC_BODY(stopping, tc)
{
	static volatile sig_atomic_t stop;
	struct rig r;
	struct folder *f;
	struct idx *idx;
	time_t began;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	idx_stop(idx, &stop);
	f = rig_open(&r, idx, "", 0);
	rig_kill(&r, SIGKILL);
	stop = 1;
	began = time(NULL);
	ATF_CHECK_ERRNO(ENOTCONN, idx_arm(f->box, 1) == -1);
	ATF_CHECK(time(NULL) - began < IDX_PATIENCE / 2);
	folder_close(f);
	idx_goodbye(idx);
	close(r.rootfd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, first_open);
	ATF_TP_ADD_TC(tp, not_a_folder);
	ATF_TP_ADD_TC(tp, read_file);
	ATF_TP_ADD_TC(tp, renamed);
	ATF_TP_ADD_TC(tp, copied);
	ATF_TP_ADD_TC(tp, state_lost);
	ATF_TP_ADD_TC(tp, identity_damaged);
	ATF_TP_ADD_TC(tp, restart);
	ATF_TP_ADD_TC(tp, deleted);
	ATF_TP_ADD_TC(tp, no_room);
	ATF_TP_ADD_TC(tp, no_lock);
	ATF_TP_ADD_TC(tp, stopping);
	return (atf_no_error());
}
