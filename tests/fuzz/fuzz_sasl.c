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

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/auth.h"
#include "imapd/sasl.h"
#include "imapd/scram.h"

/*
 * What a client says to log in: base64, PLAIN, both messages of SCRAM, and
 * names.  The input is lines: the client's first message, its final one, an
 * entry's secret.  "@" in the final one stands for the nonce.
 */

#define LINES	3

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	lines(char *, char *[]);
static void	nonce(const char *, const char *, char *, size_t);
static void	base64(const uint8_t *, size_t);
static void	names(const char *);
static void	scram(char *[]);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned char buf[2048];
	struct sasl_plain sp;
	char *text, *line[LINES];

	base64(data, len);
	if (len < sizeof(buf)) {
		memcpy(buf, data, len);
		if (sasl_plain(buf, len, sizeof(buf), &sp) == 0 &&
		    (*sp.user == '\0' || *sp.pass == '\0'))
			__builtin_trap();
	}
	if ((text = malloc(len + 1)) == NULL)
		return (0);
	memcpy(text, data, len);
	text[len] = '\0';
	names(text);
	lines(text, line);
	scram(line);
	free(text);
	return (0);
}

static void
lines(char *text, char *line[])
{
	static char none[] = "";
	int i;

	for (i = 0; i < LINES; i++)
		line[i] = text == NULL ? none : strsep(&text, "\n");
}

/* What is decoded, and encoded again, decodes to the same. */
static void
base64(const uint8_t *data, size_t len)
{
	unsigned char buf[1024], again[1024];
	char text[SASL_BASE64_SIZE(sizeof(buf))];
	int n, m;

	n = sasl_base64((const char *)data, len, buf, sizeof(buf));
	if (n == -1)
		return;
	m = sasl_base64_encode(buf, (size_t)n, text, sizeof(text));
	if (m == -1 || sasl_base64(text, (size_t)m, again,
	    sizeof(again)) != n || memcmp(buf, again, (size_t)n) != 0)
		__builtin_trap();
}

/* A prepared name is no path, nor are its parts. */
static void
names(const char *text)
{
	char name[LOGIN_USER_MAX], root[PATH_MAX];
	const char *why;

	if (auth_prepare(text, name, sizeof(name)) == -1 ||
	    !auth_name_ok(name) || auth_mailroot("/m/%d/%n", name, "/",
	    root, sizeof(root), &why) == -1)
		return;
	if (strncmp(root, "/m/", 3) != 0 || strstr(root, "/.") != NULL ||
	    strchr(strchr(root + 3, '/') + 1, '/') != NULL)
		__builtin_trap();
}

static void
nonce(const char *text, const char *with, char *buf, size_t size)
{
	char one[2] = "";

	buf[0] = '\0';
	for (; *text != '\0'; text++) {
		one[0] = *text;
		(void)strlcat(buf, *text == '@' ? with : one, size);
	}
}

static void
scram(char *line[])
{
	static const unsigned char data[32] = "a channel";
	struct scram_channel ch = { 0, data, sizeof(data), data, 16 };
	char buf[SCRAM_MESSAGE_MAX], msg[SCRAM_MESSAGE_MAX * 2];
	struct scram_secret s;
	struct scram sc;
	int i;

	if (scram_secret_parse(line[2], &s) == -1) {
		memset(&s, 0, sizeof(s));
		s.iterations = 1;
		s.saltlen = SCRAM_SALT;
	} else if (scram_secret_print(&s, msg, sizeof(msg)) == -1)
		__builtin_trap();
	for (i = 0; i < 4; i++) {
		ch.plus = i & 1;
		ch.exporterlen = ch.endpointlen = i & 2 ? 32 : 0;
		if (scram_client_first(&sc, line[0], &ch) != SCRAM_OK ||
		    scram_server_first(&sc, &s, "0123456789abcdef01234567",
		    buf, sizeof(buf)) == -1)
			continue;
		nonce(line[1], sc.nonce, msg, sizeof(msg));
		/* Nobody knows the keys. */
		if (scram_client_final(&sc, &s, msg, buf, sizeof(buf)) ==
		    SCRAM_OK)
			__builtin_trap();
	}
}
