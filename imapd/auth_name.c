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

#include <stringprep.h>

#include <stdlib.h>
#include <string.h>

#include "imapd/auth.h"
#include "imapd/mime/utf8.h"

static int	is_utf8(const char *);
static int	append(char *, size_t, size_t *, const char *, size_t);

int
auth_prepare(const char *in, char *buf, size_t size)
{
	const unsigned char *p;
	char *out = NULL;
	int rv = -1;

	if (*in == '\0')
		return (-1);
	if (auth_is_ascii(in)) {
		/* RFC 4013 section 2: nothing is mapped. */
		for (p = (const unsigned char *)in; *p != '\0'; p++) {
			if (*p < 0x20 || *p == 0x7f)
				return (-1);
		}
		return (strlcpy(buf, in, size) >= size ? -1 : 0);
	}
	if (is_utf8(in) && stringprep_profile(in, &out, "SASLprep", 0) ==
	    STRINGPREP_OK && *out != '\0' && strlcpy(buf, out, size) < size)
		rv = 0;
	if (out != NULL)
		explicit_bzero(out, strlen(out));
	free(out);
	return (rv);
}

int
auth_is_ascii(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x80)
			return (0);
	}
	return (1);
}

static int
is_utf8(const char *s)
{
	size_t len = strlen(s);
	uint32_t code;
	int n;

	for (; len > 0; s += n, len -= (size_t)n) {
		n = mime_utf8_get((const unsigned char *)s, len, &code);
		if (n <= 0)
			return (0);
	}
	return (1);
}

int
auth_name_ok(const char *user)
{
	const unsigned char *p;
	const char *at;

	if (*user == '\0' || *user == '.' || *user == '@' ||
	    strlen(user) >= LOGIN_USER_MAX)
		return (0);
	for (p = (const unsigned char *)user; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || *p == '/')
			return (0);
	}
	if (strstr(user, "..") != NULL)
		return (0);
	if ((at = strrchr(user, '@')) != NULL &&
	    (at[1] == '\0' || at[1] == '.'))
		return (0);
	return (1);
}

int
auth_mailroot(const char *template, const char *user, const char *home,
    char *buf, size_t size, const char **why)
{
	const char *at = strrchr(user, '@'), *p;
	size_t len = 0, n;

	*why = "the path is too long";
	for (p = template; *p != '\0'; p++) {
		if (*p != '%') {
			if (append(buf, size, &len, p, 1) == -1)
				return (-1);
			continue;
		}
		switch (*++p) {
		case 'h':
			if (home[0] != '/') {
				*why = "the user has no home";
				return (-1);
			}
			n = append(buf, size, &len, home, strlen(home)) != -1;
			break;
		case 'u':
			n = append(buf, size, &len, user, strlen(user)) != -1;
			break;
		case 'n':
			n = append(buf, size, &len, user, at == NULL ?
			    strlen(user) : (size_t)(at - user)) != -1;
			break;
		case 'd':
			if (at == NULL) {
				*why = "the user's name has no domain";
				return (-1);
			}
			n = append(buf, size, &len, at + 1, strlen(at + 1))
			    != -1;
			break;
		default:
			n = append(buf, size, &len, "%", 1) != -1;
			break;
		}
		if (n == 0)
			return (-1);
	}
	while (len > 1 && buf[len - 1] == '/')
		len--;
	buf[len] = '\0';
	*why = "the path is not absolute";
	return (buf[0] == '/' && len > 1 ? 0 : -1);
}

/* Adds n bytes of s, two slashes never one after the other. */
static int
append(char *buf, size_t size, size_t *len, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '/' && *len > 0 && buf[*len - 1] == '/')
			continue;
		if (*len + 1 >= size)
			return (-1);
		buf[(*len)++] = s[i];
	}
	return (0);
}
