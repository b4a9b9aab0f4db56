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

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/*
 * Mail as people have it: with the fields that relays add, threads, encoded
 * words, multiparts with base64 and quoted-printable, 2 to 50 KB.  A message
 * is a function of its number, so that every server has the same.
 */

#define DATE_FIRST	1577836800	/* 2020-01-01 */
#define DATE_STEP	600		/* s between messages */
#define THREAD		8		/* messages in most of them */
#define LINE		70
#define RARE		500		/* one in so many has MAIL_RARE */
#define MAIL_MAX	262144

struct mail {
	char		*buf;
	size_t		 len;
	uint64_t	 seed;
	unsigned int	 n;
};

static const char *const words[] = {
	"the", "of", "and", "to", "a", "in", "for", "is", "on", "that", "by",
	"this", "with", "you", "it", "not", "or", "be", "are", "from", "at",
	"as", "your", "all", "have", "new", "more", "an", "was", "we", "will",
	"home", "can", "us", "about", "if", "page", "my", "has", "search",
	"free", "but", "our", "one", "other", "do", "no", "information",
	"time", "they", "site", "he", "up", "may", "what", "which", "their",
	"news", "out", "use", "any", "there", "see", "only", "so", "his",
	"when", "contact", "here", "business", "who", "web", "also", "now",
	"help", "get", "view", "online", "first", "am", "been", "would",
	"how", "were", "services", "some", "these", "click", "its", "like",
	"service", "than", "find", "price", "date", "back", "top", "people",
	"list", "name", "just", "over", "state", "year", "day", "into",
	"email", "two", "health", "world", "next", "used", "go", "work",
	"last", "most", "products", "music", "buy", "data", "make", "them",
	"should", "product", "system", "post", "her", "city", "add",
	"policy", "number", "such", "please", "available", "copyright",
	"support", "message", "after", "best", "software", "then", "good",
	"tide", "harbour", "pilot", "current", "water", "chart", "mooring"
};

static const char *const people[] = {
	"Ada", "Grace", "Linus", "Barbara", "Edsger", "Frances", "Ken",
	"Margaret", "Dennis", "Radia", "Tony", "Hedy", "Niklaus", "Jean"
};

static unsigned int	roll(struct mail *, unsigned int);
static void	add(struct mail *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	add_words(struct mail *, unsigned int);
static void	add_text(struct mail *, size_t, int);
static void	add_base64(struct mail *, size_t);
static void	add_received(struct mail *, time_t);
static void	add_signature(struct mail *);
static void	add_person(struct mail *, const char *);
static void	add_subject(struct mail *);
static void	add_date(struct mail *, const char *, time_t);
static void	add_header(struct mail *, time_t);
static void	add_body(struct mail *);
static void	own(const char *, const struct stat *);
static void	write_mail(const char *, const struct mail *, time_t,
		    const struct stat *);

static unsigned int
roll(struct mail *m, unsigned int sides)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return ((unsigned int)((m->seed >> 32) % sides));
}

static void
add(struct mail *m, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(m->buf + m->len, MAIL_MAX - m->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= MAIL_MAX - m->len)
		errx(1, "a message is too long");
	m->len += (size_t)n;
}

static void
add_words(struct mail *m, unsigned int n)
{
	while (n-- > 0)
		add(m, "%s%s", words[roll(m, sizeof(words) /
		    sizeof(words[0]))], n > 0 ? " " : "");
}

/* So many octets of text; in quoted-printable, some of it encoded. */
static void
add_text(struct mail *m, size_t size, int qp)
{
	size_t	 end = m->len + size, start;

	if (m->n % RARE == 7)
		add(m, "Down at the %s.\n", qp ? MAIL_RARE_QP : MAIL_RARE);
	while (m->len < end) {
		start = m->len;
		while (m->len - start < LINE - 12) {
			add_words(m, 1);
			add(m, "%s", qp && roll(m, 12) == 0 ? "=C3=BCber " :
			    " ");
		}
		m->len--;
		add(m, qp && roll(m, 3) == 0 ? "=\n" : "\n");
	}
	add(m, "\n");
}

static void
add_base64(struct mail *m, size_t size)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t			 end = m->len + size;
	unsigned int		 i;

	while (m->len < end) {
		for (i = 0; i < 76; i++)
			m->buf[m->len++] = digits[roll(m, 64)];
		add(m, "\n");
	}
}

static void
add_date(struct mail *m, const char *before, time_t t)
{
	char		 buf[64];
	struct tm	 tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, sizeof(buf), "%a, %d %b %Y %H:%M:%S +0000",
	    &tm) == 0)
		errx(1, "a date");
	add(m, "%s%s\n", before, buf);
}

static void
add_received(struct mail *m, time_t t)
{
	unsigned int	 i, n = 2 + roll(m, 4);

	for (i = 0; i < n; i++) {
		add(m, "Received: from relay%u.example.net "
		    "(relay%u.example.net [192.0.2.%u])\n"
		    "\tby mx%u.example.org (Postfix) with ESMTPS id "
		    "%08X%08X\n\tfor <demo@example.org>;", roll(m, 9),
		    roll(m, 9), roll(m, 250), i, roll(m, UINT32_MAX),
		    roll(m, UINT32_MAX));
		add_date(m, " ", t - (time_t)i);
	}
}

static void
add_signature(struct mail *m)
{
	add(m, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
	    "\td=example.net; s=s%u; h=from:to:subject:date:message-id;\n"
	    "\tbh=", roll(m, 1000));
	add_base64(m, 40);
	add(m, "\tb=");
	add_base64(m, 70);
	add(m, "\t ");
	add_base64(m, 70);
	add(m, "\t ");
	add_base64(m, 70);
	add(m, "Authentication-Results: mx.example.org;\n"
	    "\tdkim=pass header.d=example.net; spf=pass "
	    "smtp.mailfrom=bounce%u@example.net\n", roll(m, 10000));
}

static void
add_person(struct mail *m, const char *before)
{
	unsigned int	 who = roll(m, 2000);
	const char	*name = people[who % 14];

	switch (roll(m, 10)) {
	case 0:
		add(m, "%s=?UTF-8?Q?%s_M=C3=BCller?= <%s.%u@example.com>",
		    before, name, name, who);
		break;
	case 1:
		add(m, "%s%s.%u@example.com", before, name, who);
		break;
	case 2:
		add(m, "%s\"%s, Example %u\" <%s.%u@example.com>", before,
		    name, who, name, who);
		break;
	default:
		add(m, "%s%s Example%u <%s.%u@example.com>", before, name,
		    who, name, who);
		break;
	}
}

/* Those of a thread have the same. */
static void
add_subject(struct mail *m)
{
	struct mail	 t;
	unsigned int	 first = m->n - m->n % THREAD;

	t = *m;
	t.seed = (first + 1) * UINT64_C(0x9e3779b97f4a7c15);
	(void)roll(&t, 2);
	add(&t, "Subject: %s", m->n != first ? "Re: " : "");
	if (roll(&t, 8) == 0)
		add(&t, "=?UTF-8?B?w5xiZXIgZGllIEdlemVpdGVu?= ");
	add_words(&t, 3 + roll(&t, 6));
	add(&t, " %u\n", first);
	m->len = t.len;
}

static void
add_header(struct mail *m, time_t t)
{
	unsigned int	 first = m->n - m->n % THREAD, i;

	add(m, "Return-Path: <bounce%u@example.net>\n"
	    "Delivered-To: demo@example.org\n", roll(m, 10000));
	add_received(m, t);
	add_signature(m);
	add_date(m, "Date: ", t - (time_t)roll(m, 3600));
	add_person(m, "From: ");
	add_person(m, "\nTo: ");
	for (i = roll(m, 4); i > 0; i--)
		add_person(m, ",\n\t");
	if (roll(m, 4) == 0)
		add_person(m, "\nCc: ");
	add(m, "\nMessage-ID: <%u.bench@example.com>\n", m->n);
	if (m->n != first) {
		add(m, "In-Reply-To: <%u.bench@example.com>\nReferences:",
		    m->n - 1);
		for (i = first; i < m->n; i++)
			add(m, "%s<%u.bench@example.com>",
			    i > first ? "\n " : " ", i);
		add(m, "\n");
	}
	add_subject(m);
	add(m, "X-Mailer: Bench %u.%u\n", roll(m, 9), roll(m, 99));
	if (roll(m, 3) == 0)
		add(m, "List-Id: <list%u.example.com>\n"
		    "List-Unsubscribe: <mailto:list%u-off@example.com>\n"
		    "Precedence: bulk\n", m->n % 30, m->n % 30);
	add(m, "MIME-Version: 1.0\n");
}

static void
add_body(struct mail *m)
{
	unsigned int	 kind = roll(m, 100);
	size_t		 size = 1000 + roll(m, 1000) * roll(m, 6);

	if (kind < 45) {
		add(m, "Content-Type: text/plain; charset=us-ascii\n\n");
		add_text(m, size, 0);
	} else if (kind < 60) {
		add(m, "Content-Type: text/plain; charset=utf-8\n"
		    "Content-Transfer-Encoding: quoted-printable\n\n");
		add_text(m, size, 1);
	} else {
		add(m, "Content-Type: multipart/%s; boundary=\"=_%u\"\n\n"
		    "--=_%u\nContent-Type: text/plain; charset=utf-8\n"
		    "Content-Transfer-Encoding: 8bit\n\n",
		    kind < 85 ? "alternative" : "mixed", m->n, m->n);
		add_text(m, size, 0);
		add(m, "--=_%u\n", m->n);
		if (kind < 85) {
			add(m, "Content-Type: text/html; charset=utf-8\n"
			    "Content-Transfer-Encoding: quoted-printable\n\n"
			    "<html><body><p style=3D\"margin:0\">\n");
			add_text(m, size * 2, 1);
			add(m, "</p></body></html>\n");
		} else {
			add(m, "Content-Type: application/pdf; "
			    "name=\"chart%u.pdf\"\n"
			    "Content-Disposition: attachment; "
			    "filename=\"chart%u.pdf\"\n"
			    "Content-Transfer-Encoding: base64\n\n", m->n,
			    m->n);
			add_base64(m, 4000 + roll(m, 200) * roll(m, 200));
		}
		add(m, "--=_%u--\n", m->n);
	}
}

/* What root makes belongs to whose Maildir it is. */
static void
own(const char *path, const struct stat *whose)
{
	if (geteuid() == 0 &&
	    lchown(path, whose->st_uid, whose->st_gid) == -1)
		err(1, "%s", path);
}

static void
write_mail(const char *path, const struct mail *m, time_t t,
    const struct stat *whose)
{
	struct timespec	 times[2];
	int		 fd;

	times[0].tv_sec = times[1].tv_sec = t;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1 ||
	    write(fd, m->buf, m->len) != (ssize_t)m->len ||
	    futimens(fd, times) == -1 || close(fd) == -1)
		err(1, "%s", path);
	own(path, whose);
}

void
mail_folder(const char *maildir, const char *name)
{
	static const char *const subs[] = { "", "/cur", "/new", "/tmp" };
	char			 path[1024];
	struct stat		 whose;
	size_t			 i;

	if (stat(maildir, &whose) == -1)
		err(1, "%s", maildir);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/.%s%s", maildir, name,
		    subs[i]);
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			err(1, "%s", path);
		own(path, &whose);
	}
}

/*
 * A delivery agent puts the sizes into the name: of the file, and with CRLF.
 */
void
mail_make(const char *maildir, const char *name, unsigned int n)
{
	char		 path[1024];
	struct stat	 whose;
	struct mail	 m;
	time_t		 t;
	size_t		 i, lines;

	mail_folder(maildir, name);
	if (stat(maildir, &whose) == -1 ||
	    (m.buf = malloc(MAIL_MAX)) == NULL)
		err(1, "%s", maildir);
	for (m.n = 1; m.n <= n; m.n++) {
		m.len = 0;
		m.seed = m.n * UINT64_C(0x2545f4914f6cdd1d);
		t = DATE_FIRST + (time_t)m.n * DATE_STEP;
		add_header(&m, t);
		add_body(&m);
		for (lines = i = 0; i < m.len; i++)
			lines += m.buf[i] == '\n';
		(void)snprintf(path, sizeof(path),
		    "%s/.%s/cur/%lld.M%uP1.bench,S=%zu,W=%zu:2,%s", maildir,
		    name, (long long)t, m.n, m.len, m.len + lines,
		    m.n % 50 == 0 ? "" : m.n % 100 == 1 ? "FS" : "S");
		write_mail(path, &m, t, &whose);
	}
	free(m.buf);
}

void
mail_big(const char *maildir, const char *name, size_t size)
{
	char		 path[1024];
	struct stat	 whose;
	struct mail	 m;
	FILE		*fp;
	size_t		 done;

	mail_folder(maildir, name);
	(void)snprintf(path, sizeof(path), "%s/.%s/cur/%d.M1P1.bench:2,S",
	    maildir, name, DATE_FIRST);
	memset(&m, 0, sizeof(m));
	m.seed = 1;
	if (stat(maildir, &whose) == -1 ||
	    (m.buf = malloc(MAIL_MAX)) == NULL ||
	    (fp = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	add_header(&m, DATE_FIRST);
	add(&m, "Content-Type: application/zip\n"
	    "Content-Transfer-Encoding: base64\n\n");
	for (done = 0; done < size; done += m.len, m.len = 0) {
		add_base64(&m, MAIL_MAX / 2);
		if (fwrite(m.buf, 1, m.len, fp) != m.len)
			err(1, "%s", path);
	}
	if (fclose(fp) == EOF)
		err(1, "%s", path);
	own(path, &whose);
	free(m.buf);
}
