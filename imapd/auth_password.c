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

#include <string.h>

#include "imapd/auth.h"
#include "imapd/scram.h"

static int	by_plain(const char *, const char *);
static int	by_scram(const char *, const char *, const char **);

int
auth_password(const char *stored, const char *pass, const char **why)
{
	static const struct {
		const char	*scheme;
		const char	*prefix;	/* of its hashes */
	} hashes[] = {
		{ "{CRYPT}",		"" },
		{ "{SHA512-CRYPT}",	"$6$" },
		{ "{SHA256-CRYPT}",	"$5$" },
		{ "{BLF-CRYPT}",	"$2" }
	};
	const char *s;
	size_t i, len;

	if (stored[0] != '{')
		return (auth_crypt(stored, pass));
	if ((s = auth_scheme_plain(stored)) != NULL)
		return (by_plain(s, pass));
	if ((s = auth_scheme_scram(stored)) != NULL)
		return (by_scram(s, pass, why));
	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		len = strlen(hashes[i].scheme);
		if (strncasecmp(stored, hashes[i].scheme, len) != 0)
			continue;
		if (strncmp(stored + len, hashes[i].prefix,
		    strlen(hashes[i].prefix)) != 0) {
			*why = "the hash is not of its {SCHEME}";
			return (AUTH_ENTRY);
		}
		return (auth_crypt(stored + len, pass));
	}
	*why = "unknown {SCHEME} of the password";
	return (AUTH_ENTRY);
}

const char *
auth_scheme_plain(const char *stored)
{
	return (strncasecmp(stored, "{PLAIN}", 7) == 0 ? stored + 7 : NULL);
}

const char *
auth_scheme_scram(const char *stored)
{
	return (strncasecmp(stored, "{SCRAM-SHA-256}", 15) == 0 ?
	    stored + 15 : NULL);
}

/*
 * RFC 4616 section 2: both are prepared.  In a time that says nothing about
 * where they differ.
 */
static int
by_plain(const char *stored, const char *pass)
{
	char prepared[LOGIN_PASS_MAX];
	size_t n, len = strlen(pass), i;
	unsigned char diff;

	if (auth_prepare(stored, prepared, sizeof(prepared)) == -1 &&
	    strlcpy(prepared, stored, sizeof(prepared)) >= sizeof(prepared))
		return (AUTH_PASSWORD);
	n = strlen(prepared);
	diff = n != len || n == 0;
	for (i = 0; i < len; i++)
		diff |= (unsigned char)(pass[i] ^ (n > 0 ? prepared[i % n] : 0));
	explicit_bzero(prepared, sizeof(prepared));
	return (diff == 0 ? AUTH_OK : AUTH_PASSWORD);
}

static int
by_scram(const char *text, const char *pass, const char **why)
{
	struct scram_secret s;
	int matches;

	if (scram_secret_parse(text, &s) == -1) {
		*why = "{SCRAM-SHA-256} is not followed by iterations,salt,"
		    "StoredKey,ServerKey";
		return (AUTH_ENTRY);
	}
	matches = scram_secret_matches(&s, pass);
	explicit_bzero(&s, sizeof(s));
	if (matches == -1) {
		*why = "libcrypto cannot check the password";
		return (AUTH_ENTRY);
	}
	return (matches ? AUTH_OK : AUTH_PASSWORD);
}
