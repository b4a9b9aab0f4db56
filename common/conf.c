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

#include <sys/queue.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"

struct conf_file {
	char		*name;
	char		*buf;
	size_t		 len;
	size_t		 pos;
	unsigned int	 line;		/* of pos, from 1 */
};

struct conf_macro {
	char			*name;
	char			*value;
	int			 fixed;	/* by conf_define() */
	TAILQ_ENTRY(conf_macro)	 entry;
};

struct conf_token {
	char	text[CONF_WORDLEN];
	size_t	len;
	int	quoted;			/* some of it was in quotes */
};

struct conf {
	struct conf_file		 files[CONF_DEPTH];
	unsigned int			 depth;	 /* files open */
	unsigned int			 nfiles; /* ever */
	char				*names[CONF_FILES];
	TAILQ_HEAD(, conf_macro)	 macros;
	unsigned int			 nmacros;
	struct conf_token		 words[CONF_WORDS];
	unsigned int			 nwords;
	unsigned int			 next;
	unsigned int			 line;	 /* the statement's first */
	unsigned int			 errors;
	void				(*report)(void *, const char *);
	void				*arg;
};

static int	push(struct conf *, const char *, const char *, size_t);
static void	pop(struct conf *);
static char	*slurp(struct conf *, const char *, size_t *);
static void	failed(struct conf *, const char *, const char *);
static void	report(struct conf *, const char *);

static int	read_line(struct conf *);
static int	read_word(struct conf *, struct conf_file *);
static int	read_quoted(struct conf *, struct conf_file *,
		    struct conf_token *);
static int	read_macro(struct conf *, struct conf_file *,
		    struct conf_token *);
static int	skip_space(struct conf_file *);
static void	skip_line(struct conf_file *);
static int	add_char(struct conf *, struct conf_token *, int);

static int	is_name(const char *);
static int	is_macro(const struct conf *);
static int	is_include(const struct conf *);
static struct conf_macro *find_macro(struct conf *, const char *, size_t);
static int	set_macro(struct conf *, const char *, size_t, const char *,
		    int);
static void	do_macro(struct conf *);
static void	do_include(struct conf *);

struct conf *
conf_new(void (*fn)(void *, const char *), void *arg)
{
	struct conf *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	TAILQ_INIT(&c->macros);
	c->report = fn;
	c->arg = arg;
	return (c);
}

void
conf_free(struct conf *c)
{
	struct conf_macro *m;

	if (c == NULL)
		return;
	while (c->depth > 0)
		pop(c);
	while (c->nfiles > 0)
		free(c->names[--c->nfiles]);
	while ((m = TAILQ_FIRST(&c->macros)) != NULL) {
		TAILQ_REMOVE(&c->macros, m, entry);
		free(m->name);
		free(m->value);
		free(m);
	}
	free(c);
}

int
conf_define(struct conf *c, const char *def)
{
	const char *eq;

	if ((eq = strchr(def, '=')) == NULL || eq == def ||
	    strlen(eq + 1) >= CONF_WORDLEN) {
		errno = EINVAL;
		return (-1);
	}
	return (set_macro(c, def, (size_t)(eq - def), eq + 1, 1));
}

int
conf_open(struct conf *c, const char *path)
{
	char *buf;
	size_t len;
	int rv;

	if ((buf = slurp(c, path, &len)) == NULL)
		return (-1);
	rv = push(c, path, buf, len);
	free(buf);
	return (rv);
}

int
conf_open_text(struct conf *c, const char *name, const char *text, size_t len)
{
	return (push(c, name, text, len));
}

/* Goes on reading in a copy of text. */
static int
push(struct conf *c, const char *name, const char *text, size_t len)
{
	struct conf_file *f;

	if (c->depth == CONF_DEPTH || c->nfiles == CONF_FILES) {
		failed(c, name, c->depth == CONF_DEPTH ?
		    "files are included too deeply" : "too many files");
		return (-1);
	}
	f = &c->files[c->depth];
	f->name = strdup(name);
	f->buf = malloc(len + 1);
	c->names[c->nfiles] = strdup(name);
	if (f->name == NULL || f->buf == NULL || c->names[c->nfiles] == NULL) {
		failed(c, name, strerror(errno));
		free(c->names[c->nfiles]);
		free(f->name);
		free(f->buf);
		return (-1);
	}
	memcpy(f->buf, text, len);
	f->len = len;
	f->pos = 0;
	f->line = 1;
	c->depth++;
	c->nfiles++;
	return (0);
}

static void
pop(struct conf *c)
{
	struct conf_file *f = &c->files[--c->depth];

	free(f->name);
	free(f->buf);
	f->name = f->buf = NULL;
}

/* Reads a whole file.  Nothing but a regular file: no waiting for a FIFO. */
static char *
slurp(struct conf *c, const char *path, size_t *lenp)
{
	struct stat st;
	char *buf = NULL;
	size_t len = 0;
	ssize_t n = -1;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		failed(c, path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > CONF_FILEMAX) {
		failed(c, path, S_ISREG(st.st_mode) ? "the file is too large" :
		    "not a regular file");
		goto out;
	}
	if ((buf = malloc(CONF_FILEMAX)) == NULL) {
		failed(c, path, strerror(errno));
		goto out;
	}
	while (len < CONF_FILEMAX &&
	    (n = read(fd, buf + len, CONF_FILEMAX - len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			failed(c, path, strerror(errno));
			free(buf);
			buf = NULL;
			break;
		}
		len += (size_t)n;
	}
out:
	if (fd != -1)
		close(fd);
	*lenp = len;
	return (buf);
}

/* An error with a file, at the line that includes it if there is one. */
static void
failed(struct conf *c, const char *path, const char *why)
{
	char text[PATH_MAX + 256];

	if (c->depth > 0) {
		conf_error(c, "cannot read \"%s\": %s", path, why);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: %s", path, why);
	report(c, text);
}

void
conf_error(struct conf *c, const char *fmt, ...)
{
	char text[PATH_MAX + 2 * CONF_WORDLEN];
	va_list ap;
	size_t len = 0;

	if (c->depth > 0) {
		if (c->line > 0)
			(void)snprintf(text, sizeof(text), "%s:%u: ",
			    c->files[c->depth - 1].name, c->line);
		else
			(void)snprintf(text, sizeof(text), "%s: ",
			    c->files[c->depth - 1].name);
		len = strlen(text);
	}
	va_start(ap, fmt);
	(void)vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
	report(c, text);
}

static void
report(struct conf *c, const char *text)
{
	if (c->errors < CONF_ERRORS) {
		if (c->report != NULL)
			c->report(c->arg, text);
		else
			log_warnx("%s", text);
	}
	c->errors++;
}

unsigned int
conf_errors(const struct conf *c)
{
	return (c->errors);
}

const char *
conf_name(const struct conf *c, unsigned int i)
{
	return (i < c->nfiles ? c->names[i] : NULL);
}

int
conf_next(struct conf *c)
{
	while (c->depth > 0) {
		if (c->files[c->depth - 1].pos ==
		    c->files[c->depth - 1].len) {
			/* The last file stays open to give errors a name. */
			if (c->depth == 1)
				break;
			pop(c);
			continue;
		}
		if (read_line(c) == -1 || c->nwords == 0)
			continue;
		if (is_macro(c))
			do_macro(c);
		else if (is_include(c))
			do_include(c);
		else
			return (1);
	}
	c->nwords = c->next = 0;
	c->line = 0;
	return (0);
}

const char *
conf_word(struct conf *c)
{
	if (c->next == c->nwords)
		return (NULL);
	return (c->words[c->next++].text);
}

const char *
conf_peek(const struct conf *c)
{
	if (c->next == c->nwords)
		return (NULL);
	return (c->words[c->next].text);
}

/* Splits the next line into words; -1 if it is wrong, reported, passed. */
static int
read_line(struct conf *c)
{
	struct conf_file *f = &c->files[c->depth - 1];

	c->nwords = c->next = 0;
	c->line = f->line;
	while (skip_space(f)) {
		if (read_word(c, f) == -1) {
			skip_line(f);
			c->nwords = 0;
			return (-1);
		}
	}
	skip_line(f);
	return (0);
}

/* Goes to the next word of the line; 0 if there is none. */
static int
skip_space(struct conf_file *f)
{
	for (; f->pos < f->len; f->pos++) {
		switch (f->buf[f->pos]) {
		case ' ':
		case '\t':
		case '\r':
			break;
		case '\\':
			if (f->pos + 1 == f->len || f->buf[f->pos + 1] != '\n')
				return (1);
			f->line++;
			f->pos++;
			break;
		case '\n':
		case '#':
			return (0);
		default:
			return (1);
		}
	}
	return (0);
}

/* Goes to the start of the next line. */
static void
skip_line(struct conf_file *f)
{
	while (f->pos < f->len && f->buf[f->pos] != '\n')
		f->pos++;
	if (f->pos < f->len) {
		f->pos++;
		f->line++;
	}
}

static int
read_word(struct conf *c, struct conf_file *f)
{
	struct conf_token *t;
	unsigned char ch;
	int rv = 0;

	if (c->nwords == CONF_WORDS) {
		conf_error(c, "more than %d words in a line", CONF_WORDS);
		return (-1);
	}
	t = &c->words[c->nwords];
	t->len = 0;
	t->quoted = 0;
	while (rv == 0 && f->pos < f->len) {
		ch = (unsigned char)f->buf[f->pos];
		if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' ||
		    ch == '#')
			break;
		/* A = is a word by itself. */
		if (ch == '=' && (t->len > 0 || t->quoted))
			break;
		f->pos++;
		if (ch == '"')
			rv = read_quoted(c, f, t);
		else if (ch == '$')
			rv = read_macro(c, f, t);
		else if (ch == '\\' && f->pos < f->len &&
		    f->buf[f->pos] == '\n') {
			f->pos--;
			break;
		} else
			rv = add_char(c, t, ch);
		if (ch == '=')
			break;
	}
	if (rv == -1)
		return (-1);
	t->text[t->len] = '\0';
	c->nwords++;
	return (0);
}

/* After the opening quote. */
static int
read_quoted(struct conf *c, struct conf_file *f, struct conf_token *t)
{
	char ch;

	t->quoted = 1;
	while (f->pos < f->len && f->buf[f->pos] != '\n') {
		ch = f->buf[f->pos++];
		if (ch == '"')
			return (0);
		if (ch == '\\' && f->pos < f->len &&
		    (f->buf[f->pos] == '"' || f->buf[f->pos] == '\\'))
			ch = f->buf[f->pos++];
		if (add_char(c, t, (unsigned char)ch) == -1)
			return (-1);
	}
	conf_error(c, "a string does not end on its line");
	return (-1);
}

/* After the $. */
static int
read_macro(struct conf *c, struct conf_file *f, struct conf_token *t)
{
	const char *name = f->buf + f->pos;
	struct conf_macro *m;
	const char *p;
	size_t len = 0;

	while (f->pos < f->len && (isalnum((unsigned char)f->buf[f->pos]) ||
	    f->buf[f->pos] == '_')) {
		f->pos++;
		len++;
	}
	if (len > CONF_WORDLEN)
		len = CONF_WORDLEN;
	if ((m = find_macro(c, name, len)) == NULL) {
		conf_error(c, "macro \"%.*s\" is not defined", (int)len, name);
		return (-1);
	}
	t->quoted = 1;
	for (p = m->value; *p != '\0'; p++) {
		if (add_char(c, t, (unsigned char)*p) == -1)
			return (-1);
	}
	return (0);
}

static int
add_char(struct conf *c, struct conf_token *t, int ch)
{
	if (ch < 0x20 || ch == 0x7f) {
		conf_error(c, "control character %#x", (unsigned int)ch);
		return (-1);
	}
	if (t->len + 1 == sizeof(t->text)) {
		conf_error(c, "a word is longer than %d bytes",
		    CONF_WORDLEN - 1);
		return (-1);
	}
	t->text[t->len++] = (char)ch;
	return (0);
}

/* Whether this can be the name of a macro. */
static int
is_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return (0);
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return (*s == '\0');
}

static int
is_macro(const struct conf *c)
{
	return (c->nwords >= 2 && !c->words[0].quoted &&
	    !c->words[1].quoted && strcmp(c->words[1].text, "=") == 0);
}

static int
is_include(const struct conf *c)
{
	return (!c->words[0].quoted &&
	    strcmp(c->words[0].text, "include") == 0);
}

static struct conf_macro *
find_macro(struct conf *c, const char *name, size_t len)
{
	struct conf_macro *m;

	TAILQ_FOREACH(m, &c->macros, entry) {
		if (strlen(m->name) == len && memcmp(m->name, name, len) == 0)
			return (m);
	}
	return (NULL);
}

/* Returns 0, or -1 with EINVAL for the name, E2BIG, ENOMEM. */
static int
set_macro(struct conf *c, const char *name, size_t len, const char *value,
    int fixed)
{
	struct conf_macro *m;
	char *copy;

	if ((copy = strdup(value)) == NULL)
		return (-1);
	if ((m = find_macro(c, name, len)) != NULL) {
		if (m->fixed && !fixed) {
			free(copy);
			return (0);
		}
		free(m->value);
		m->value = copy;
		return (0);
	}
	if (c->nmacros == CONF_MACROS) {
		free(copy);
		errno = E2BIG;
		return (-1);
	}
	if ((m = calloc(1, sizeof(*m))) == NULL ||
	    (m->name = strndup(name, len)) == NULL || !is_name(m->name)) {
		if (m != NULL && m->name != NULL) {
			errno = EINVAL;
			free(m->name);
		}
		free(m);
		free(copy);
		return (-1);
	}
	m->value = copy;
	m->fixed = fixed;
	c->nmacros++;
	TAILQ_INSERT_TAIL(&c->macros, m, entry);
	return (0);
}

/* name = value */
static void
do_macro(struct conf *c)
{
	const char *name = c->words[0].text;

	c->next = 2;
	if (conf_peek(c) == NULL) {
		conf_error(c, "missing value of macro \"%s\"", name);
		return;
	}
	c->next = 3;
	if (conf_end(c) == -1)
		return;
	if (set_macro(c, name, strlen(name), c->words[2].text, 0) == 0)
		return;
	if (errno == EINVAL)
		conf_error(c, "\"%s\" is not a name for a macro", name);
	else if (errno == E2BIG)
		conf_error(c, "more than %d macros", CONF_MACROS);
	else
		conf_error(c, "macro \"%s\": %s", name, strerror(errno));
}

/* include "file", from the directory of the file that says so. */
static void
do_include(struct conf *c)
{
	const char *name = c->files[c->depth - 1].name, *slash;
	char path[PATH_MAX], *word = NULL;
	int dir = 0, n;

	c->next = 1;
	if (conf_string(c, "file to include", &word) == -1 ||
	    conf_end(c) == -1) {
		free(word);
		return;
	}
	if (word[0] != '/' && (slash = strrchr(name, '/')) != NULL)
		dir = (int)(slash - name) + 1;
	n = snprintf(path, sizeof(path), "%.*s%s", dir, name, word);
	free(word);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		conf_error(c, "the name of the file to include is too long");
		return;
	}
	(void)conf_open(c, path);
}
