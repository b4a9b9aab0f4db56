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

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "imapd/mutf7.h"
#include "imapd/namespace.h"

#define INBOX		"INBOX"
#define INBOX_LEN	(sizeof(INBOX) - 1)

static int	check_name(char, const char *, const char **);
static int	is_inbox(const char *, char);
static int	step(const char *, size_t, char, int, char, const char *,
		    char *);

/* Whether the first component is INBOX, in any case. */
static int
is_inbox(const char *name, char separator)
{
	return (strncasecmp(name, INBOX, INBOX_LEN) == 0 &&
	    (name[INBOX_LEN] == '\0' || name[INBOX_LEN] == separator));
}

static int
check_name(char separator, const char *name, const char **why)
{
	char		 utf8[4 * NAMESPACE_DIRLEN];
	const char	*p, *start;
	ptrdiff_t	 len, i;
	char		 other;

	if (strlen(name) >= NAMESPACE_DIRLEN) {
		*why = "Mailbox name is too long";
		errno = ENAMETOOLONG;
		return (-1);
	}
	errno = EINVAL;
	len = mutf7_decode(name, strlen(name), utf8, sizeof(utf8));
	if (len == -1) {
		*why = "Mailbox name is not valid modified UTF-7";
		errno = EINVAL;
		return (-1);
	}
	for (i = 0; i < len; i++) {
		/* C0 and DEL; C1 is 0xc2 and 0x80 to 0x9f in UTF-8. */
		if (iscntrl((unsigned char)utf8[i]) || ((unsigned char)
		    utf8[i] == 0xc2 && (unsigned char)utf8[i + 1] < 0xa0)) {
			*why = "Control character in mailbox name";
			return (-1);
		}
	}
	other = separator == '.' ? '/' : '.';
	start = name;
	for (p = name; ; p++) {
		if (*p == other) {
			*why = other == '/' ?
			    "Mailbox names can't contain \"/\"" :
			    "Mailbox names can't contain \".\"";
			return (-1);
		}
		if (*p == separator || *p == '\0') {
			if (p == start) {
				*why = "Empty level in mailbox name";
				return (-1);
			}
			if (*p == '\0')
				break;
			start = p + 1;
		}
	}
	return (0);
}

int
namespace_to_dir(char separator, const char *name, char *dir, size_t size,
    const char **why)
{
	size_t	 i, len;

	if (check_name(separator, name, why) == -1)
		return (-1);
	len = strlen(name);
	if (len + 2 > size) {
		*why = "Mailbox name is too long";
		errno = ENAMETOOLONG;
		return (-1);
	}
	dir[0] = '.';
	dir[1] = '\0';
	if (is_inbox(name, separator) && len == INBOX_LEN)
		return (0);
	for (i = 0; i <= len; i++)
		dir[i + 1] = name[i] == separator ? '.' : name[i];
	if (is_inbox(name, separator))
		memcpy(dir + 1, INBOX, INBOX_LEN);
	return (0);
}

int
namespace_from_dir(char separator, const char *dir, char *name, size_t size)
{
	char		 back[NAMESPACE_DIRLEN + 1];
	const char	*why;
	size_t		 i, len;

	if (strcmp(dir, ".") == 0) {
		if (strlcpy(name, INBOX, size) < size)
			return (0);
		errno = EINVAL;
		return (-1);
	}
	len = strlen(dir);
	if (dir[0] != '.' || len > size || len > NAMESPACE_DIRLEN) {
		errno = EINVAL;
		return (-1);
	}
	for (i = 1; i <= len; i++)
		name[i - 1] = dir[i] == '.' ? separator : dir[i];
	if (namespace_to_dir(separator, name, back, sizeof(back), &why) == -1 ||
	    strcmp(back, dir) != 0) {
		errno = EINVAL;
		return (-1);
	}
	return (0);
}

/*
 * Which positions of the pattern can be reached after one more character of
 * the name: state[i] is set if the first i characters of the pattern match
 * what came before.
 */
static int
step(const char *pattern, size_t n, char separator, int fold, char c,
    const char *from, char *to)
{
	size_t	 i;
	int	 any;

	any = 0;
	memset(to, 0, n + 1);
	for (i = 0; i <= n; i++) {
		if (i > 0 && to[i - 1] &&
		    (pattern[i - 1] == '*' || pattern[i - 1] == '%'))
			to[i] = 1;	/* matches nothing more */
		if (from[i] && i < n && (pattern[i] == '*' ||
		    (pattern[i] == '%' && c != separator)))
			to[i] = 1;
		if (i > 0 && from[i - 1] && (pattern[i - 1] == c || (fold &&
		    toupper((unsigned char)pattern[i - 1]) == c)))
			to[i] = 1;
		any |= to[i];
	}
	return (any);
}

int
namespace_match(char separator, const char *pattern, const char *name)
{
	char	 states[2][NAMESPACE_PATTERN + 1];
	size_t	 i, n;
	int	 inbox;

	n = strlen(pattern);
	if (n > NAMESPACE_PATTERN)
		return (0);
	memset(states[0], 0, n + 1);
	states[0][0] = 1;
	for (i = 0; i < n && (pattern[i] == '*' || pattern[i] == '%'); i++)
		states[0][i + 1] = 1;
	inbox = is_inbox(name, separator);
	for (i = 0; name[i] != '\0'; i++)
		if (!step(pattern, n, separator, inbox && i < INBOX_LEN,
		    name[i], states[i % 2], states[(i + 1) % 2]))
			return (0);
	return (states[i % 2][n]);
}
