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
#include <sys/wait.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/agents/race.h"

#define AGREE_STEPS	300	/* of AGREE_MS */
#define AGREE_MS	50
#define SCRIPT_MAX	120	/* s */
#define FLAGS_LEN	128

/* A message as a file shows it. */
struct file {
	char	subject[64];
	char	flags[FLAGS_LEN];
};

static int	by_file(const void *, const void *);
static int	by_word(const void *, const void *);
static void	ask(struct view *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	answer(struct race *, struct view *);
static unsigned int draw(struct race *, unsigned int);
static void	feed(struct view *);
static void	file_flags(const char *, char [26][64], char *, size_t);
static int	files_are(const struct imap_mailbox *, int);
static void	idle_begin(struct view *);
static void	idle_end(struct view *);
static void	idle_hear(struct view *);
static void	open_view(struct race *, struct view *);
static void	read_keywords(char [26][64]);
static size_t	read_files(struct file **);
static void	remember(struct race *, uint32_t, const char *);
static uint32_t	some_uid(struct race *, const struct view *);
static void	step(struct race *, struct view *);
static void	subject_of(const char *, char [64]);
static void	views_are(struct race *, const struct imap_mailbox *);

static const char functions[] =
    "message()\n"
    "{\n"
    "	printf 'From: <a@example.org>\\nSubject: %s\\n' \"$1\"\n"
    "	printf 'Date: Mon, 2 Mar 2026 10:00:00 +0000\\n'\n"
    "	printf 'Message-ID: <%s@example.org>\\n\\nThis is %s.\\n' "
    "\"$1\" \"$1\"\n"
    "}\n"
    "some()\n"
    "{\n"
    "	local dir n\n"
    "	dir=$1 n=$2\n"
    "	set -- \"$dir\"/cur/*\n"
    "	[ -e \"$1\" ] || return 0\n"
    "	shift $((n % $#))\n"
    "	printf '%s\\n' \"$1\"\n"
    "}\n";

static unsigned int
draw(struct race *r, unsigned int below)
{
	r->random = r->random * 6364136223846793005ULL +
	    1442695040888963407ULL;
	return ((unsigned int)(r->random >> 33) % below);
}

/* All that came goes to the copy. */
static void
feed(struct view *v)
{
	mirror_feed(&v->m, v->im->in, v->im->len);
	v->im->len = 0;
}

static void
ask(struct view *v, const char *fmt, ...)
{
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = vsnprintf(v->command, sizeof(v->command), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(len > 0 && (size_t)len < sizeof(v->command));
	mirror_send(&v->m, v->command);
	imap_send(v->im, v->command, (size_t)len);
}

/* NO is an answer: what it was about may be gone. */
static void
answer(struct race *r, struct view *v)
{
	enum imap_reply	 reply = imap_reply(v->im);
	char		 subject[64], text[32];
	const char	*p;

	if (reply != IMAP_OK && reply != IMAP_NO)
		atf_tc_fail("%s: %.*s", v->command, (int)v->im->len,
		    v->im->in);
	(void)snprintf(text, sizeof(text), "UID %" PRIu32 " ", v->looked);
	for (p = v->im->in; v->looked != 0 && (p = strstr(p, text)) != NULL;
	    p++) {
		subject_of(p, subject);
		if (strcspn(p, "\r") > strcspn(p, "{") && subject[0] != '\0')
			remember(r, v->looked, subject);
	}
	v->looked = 0;
	r->steps++;
	feed(v);
}

static void
open_view(struct race *r, struct view *v)
{
	mirror_init(&v->m);
	v->im = imap_open(&r->d);
	imap_command(v->im, "ENABLE QRESYNC");
	ask(v, "SELECT INBOX (CONDSTORE)");
	answer(r, v);
	if (v->m.exists > 0) {
		ask(v, "FETCH 1:* (UID FLAGS)");
		answer(r, v);
	}
}

void
race_start(struct race *r, const atf_tc_t *tc, unsigned int seed)
{
	static const char *const dirs[] = { "Maildir", "Maildir/cur",
	    "Maildir/new", "Maildir/tmp" };
	size_t	 i;

	memset(r, 0, sizeof(*r));
	r->random = seed;
	for (i = 0; i < 4; i++)
		ATF_REQUIRE(mkdir(dirs[i], 0700) == 0 || errno == EEXIST);
	daemons_init(&r->d, tc, "");
	daemons_indexd(&r->d);
	for (i = 0; i < RACE_VIEWS; i++)
		open_view(r, &r->v[i]);
}

static void
idle_begin(struct view *v)
{
	ask(v, "IDLE");
	do
		ATF_REQUIRE(imap_more(v->im));
	while (memmem(v->im->in, v->im->len, "+ ", 2) == NULL);
	feed(v);
}

/* What has come by now. */
static void
idle_hear(struct view *v)
{
	struct pollfd	 pfd = { v->im->fd, POLLIN, 0 };

	while (poll(&pfd, 1, 0) == 1)
		ATF_REQUIRE(imap_more(v->im));
	feed(v);
}

static void
idle_end(struct view *v)
{
	ATF_REQUIRE_EQ(6, write(v->im->fd, "DONE\r\n", 6));
	if (imap_reply(v->im) != IMAP_OK)
		atf_tc_fail("IDLE: %.*s", (int)v->im->len, v->im->in);
	feed(v);
}

static uint32_t
some_uid(struct race *r, const struct view *v)
{
	if (v->m.n == 0)
		return (1);
	return (v->m.msg[draw(r, (unsigned int)v->m.n)].uid);
}

/* The same UID is the same message for ever. */
static void
remember(struct race *r, uint32_t uid, const char *subject)
{
	size_t	 i;

	for (i = 0; i < r->n; i++) {
		if (r->known[i].uid != uid)
			continue;
		if (strcmp(r->known[i].subject, subject) != 0)
			atf_tc_fail("UID %" PRIu32 " was %s, is %s", uid,
			    r->known[i].subject, subject);
		return;
	}
	r->known = recallocarray(r->known, r->n, r->n + 1,
	    sizeof(*r->known));
	ATF_REQUIRE(r->known != NULL);
	r->known[r->n].uid = uid;
	(void)strlcpy(r->known[r->n++].subject, subject,
	    sizeof(r->known[0].subject));
}

/* Up to the end of the line. */
static void
subject_of(const char *text, char subject[64])
{
	const char	*p = strstr(text, "Subject: ");

	subject[0] = '\0';
	if (p != NULL)
		(void)snprintf(subject, 64, "%.*s",
		    (int)strcspn(p + 9, "\r\n"), p + 9);
}

/* One step of a session, which is answered later. */
static void
step(struct race *r, struct view *v)
{
	uint32_t	 uid = some_uid(r, v);
	const char	*flag = mirror_flags[draw(r, MIRROR_FLAGS)];

	if (mirror_behind(&v->m)) {
		ask(v, "UID FETCH %" PRIu32 ":* (FLAGS)", v->m.base + 1);
		return;
	}
	switch (draw(r, 12)) {
	case 0:
	case 1:
		ask(v, "UID STORE %" PRIu32 " +FLAGS.SILENT (%s)", uid, flag);
		break;
	case 2:
		ask(v, "UID STORE %" PRIu32 ":%" PRIu32 " -FLAGS.SILENT (%s)",
		    uid, uid + draw(r, 4), flag);
		break;
	case 3:
		ask(v, "UID EXPUNGE %" PRIu32 ":%" PRIu32, uid, uid + 2);
		break;
	case 4:
		ask(v, "APPEND INBOX (%s) {%d+}\r\nSubject: a%05u\r\n", flag,
		    17, ++r->serial);
		break;
	case 5:
	case 6:
		v->looked = uid;
		ask(v, "UID FETCH %" PRIu32 " (FLAGS BODY.PEEK"
		    "[HEADER.FIELDS (SUBJECT)])", uid);
		break;
	default:
		ask(v, "NOOP");
		break;
	}
}

void
race_run(struct race *r, const char *script)
{
	char	*text;
	pid_t	 pid;
	size_t	 i;
	int	 status;

	ATF_REQUIRE(asprintf(&text, "%s\nset -u\n%s", functions, script) !=
	    -1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)alarm(SCRIPT_MAX);
		closefrom(3);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	free(text);
	idle_begin(&r->v[RACE_IDLE]);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		for (i = RACE_IDLE + 1; i < RACE_VIEWS; i++)
			step(r, &r->v[i]);
		for (i = RACE_IDLE + 1; i < RACE_VIEWS; i++)
			answer(r, &r->v[i]);
		idle_hear(&r->v[RACE_IDLE]);
	}
	idle_end(&r->v[RACE_IDLE]);
	ATF_REQUIRE_MSG(status == 0, "the script ended with %#x", status);
}

static int
by_word(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

static void
read_keywords(char keywords[26][64])
{
	char		 line[128], name[64];
	unsigned int	 i;
	FILE		*f;

	memset(keywords, 0, 26 * 64);
	if ((f = fopen("Maildir/dovecot-keywords", "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%u %63s", &i, name) == 2 && i < 26)
			(void)strlcpy(keywords[i], name, 64);
	(void)fclose(f);
}

/* As imap_snapshot() has them. */
static void
file_flags(const char *name, char keywords[26][64], char *text, size_t size)
{
	static const struct {
		char		 letter;
		const char	*flag;
	} letters[] = {
		{ 'D', "\\Draft" }, { 'F', "\\Flagged" },
		{ 'R', "\\Answered" }, { 'S', "\\Seen" },
		{ 'T', "\\Deleted" }
	};
	const char	*word[32], *p = strstr(name, ":2,");
	size_t		 i, n = 0;

	for (p = p == NULL ? "" : p + 3; *p != '\0' && n < 32; p++) {
		for (i = 0; i < 5; i++)
			if (letters[i].letter == *p)
				word[n++] = letters[i].flag;
		if (*p >= 'a' && *p <= 'z' && keywords[*p - 'a'][0] != '\0')
			word[n++] = keywords[*p - 'a'];
	}
	qsort(word, n, sizeof(word[0]), by_word);
	text[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)strlcat(text, " ", size);
		(void)strlcat(text, word[i], size);
	}
}

static size_t
read_files(struct file **files)
{
	static const char *const dirs[] = { "Maildir/new", "Maildir/cur" };
	char		 keywords[26][64], path[512], text[512];
	struct dirent	*e;
	size_t		 n = 0, i, len;
	DIR		*dir;
	FILE		*f;

	*files = NULL;
	read_keywords(keywords);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((dir = opendir(dirs[i])) != NULL);
		while ((e = readdir(dir)) != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s", dirs[i],
			    e->d_name);
			if (e->d_name[0] == '.' ||
			    (f = fopen(path, "r")) == NULL)
				continue;
			len = fread(text, 1, sizeof(text) - 1, f);
			text[len] = '\0';
			(void)fclose(f);
			*files = recallocarray(*files, n, n + 1,
			    sizeof(**files));
			ATF_REQUIRE(*files != NULL);
			subject_of(text, (*files)[n].subject);
			file_flags(i == 0 ? "" : e->d_name, keywords,
			    (*files)[n++].flags, FLAGS_LEN);
		}
		(void)closedir(dir);
	}
	return (n);
}

static int
by_file(const void *a, const void *b)
{
	const struct file	*p = a, *q = b;
	int			 order;

	if ((order = strcmp(p->subject, q->subject)) != 0)
		return (order);
	return (strcmp(p->flags, q->flags));
}

/* Whether the folder holds just what the mailbox does; says how not. */
static int
files_are(const struct imap_mailbox *mb, int say)
{
	struct file	*files, *told;
	size_t		 i, n;
	int		 same;

	n = read_files(&files);
	ATF_REQUIRE((told = calloc(mb->n + 1, sizeof(*told))) != NULL);
	for (i = 0; i < mb->n; i++) {
		(void)strlcpy(told[i].subject, mb->messages[i].subject, 64);
		(void)strlcpy(told[i].flags, mb->messages[i].flags,
		    FLAGS_LEN);
	}
	qsort(told, mb->n, sizeof(*told), by_file);
	if (n > 0)
		qsort(files, n, sizeof(*files), by_file);
	same = n == mb->n;
	for (i = 0; i < n && i < mb->n; i++) {
		if (by_file(&files[i], &told[i]) == 0)
			continue;
		same = 0;
		if (say)
			fprintf(stderr, "file %s (%s), message %s (%s)\n",
			    files[i].subject, files[i].flags,
			    told[i].subject, told[i].flags);
	}
	if (say && !same)
		fprintf(stderr, "%zu files, %zu messages\n", n, mb->n);
	free(files);
	free(told);
	return (same);
}

/* Each session was told all, and nothing else. */
static void
views_are(struct race *r, const struct imap_mailbox *mb)
{
	struct view	*v;
	char		 flags[FLAGS_LEN];
	size_t		 i, j, k;

	for (i = 0; i < RACE_VIEWS; i++) {
		v = &r->v[i];
		ask(v, "NOOP");
		answer(r, v);
		if (mirror_behind(&v->m)) {
			ask(v, "UID FETCH %" PRIu32 ":* (FLAGS)",
			    v->m.base + 1);
			answer(r, v);
		}
		/* It is not told of what came and went in between. */
		ATF_CHECK_MSG(v->m.highest <= mb->highestmodseq,
		    "view %zu: HIGHESTMODSEQ is %" PRIu64 ", not %" PRIu64, i,
		    v->m.highest, mb->highestmodseq);
		ATF_REQUIRE_EQ_MSG(mb->n, v->m.n, "view %zu: %zu messages of "
		    "%zu", i, v->m.n, mb->n);
		for (j = 0; j < mb->n; j++) {
			flags[0] = '\0';
			for (k = 0; k < MIRROR_FLAGS; k++)
				if (v->m.msg[j].flags & (1U << k)) {
					if (flags[0] != '\0')
						(void)strlcat(flags, " ",
						    sizeof(flags));
					(void)strlcat(flags, mirror_flags[k],
					    sizeof(flags));
				}
			if (v->m.msg[j].uid != mb->messages[j].uid ||
			    v->m.msg[j].modseq != mb->messages[j].modseq ||
			    strcmp(flags, mb->messages[j].flags) != 0)
				atf_tc_fail("view %zu: UID %" PRIu32
				    " MODSEQ %" PRIu64 " (%s), not UID %"
				    PRIu32 " MODSEQ %" PRIu64 " (%s)", i,
				    v->m.msg[j].uid, v->m.msg[j].modseq,
				    flags, mb->messages[j].uid,
				    mb->messages[j].modseq,
				    mb->messages[j].flags);
		}
	}
}

void
race_agree(struct race *r)
{
	struct imap_mailbox	 mb;
	struct imap		*im = imap_open(&r->d);
	size_t			 i, j;
	int			 same = 0;

	for (i = 0; i < AGREE_STEPS && !same; i++) {
		if (i > 0) {
			imap_mailbox_free(&mb);
			(void)poll(NULL, 0, AGREE_MS);
		}
		for (j = 0; j < RACE_VIEWS; j++) {
			ask(&r->v[j], "NOOP");
			answer(r, &r->v[j]);
		}
		imap_snapshot(im, "INBOX", &mb);
		same = files_are(&mb, i == AGREE_STEPS - 1);
	}
	ATF_REQUIRE_MSG(same, "the folder is not as the mailbox");
	for (j = 0; j < mb.n; j++)
		remember(r, mb.messages[j].uid, mb.messages[j].subject);
	views_are(r, &mb);
	printf("%u steps, %zu messages, UIDNEXT %" PRIu32 ", HIGHESTMODSEQ %"
	    PRIu64 ", agreed after %zu\n", r->steps, mb.n, mb.uidnext,
	    mb.highestmodseq, i);
	imap_mailbox_free(&mb);
	imap_close(im);
}

size_t
race_count(const struct race *r)
{
	return (r->v[0].m.n);
}

void
race_stop(struct race *r)
{
	size_t	 i;

	for (i = 0; i < RACE_VIEWS; i++) {
		imap_close(r->v[i].im);
		mirror_free(&r->v[i].m);
	}
	ATF_CHECK_EQ(0, daemons_stop(&r->d, SIGTERM));
	daemons_end(&r->d);
	free(r->known);
}
