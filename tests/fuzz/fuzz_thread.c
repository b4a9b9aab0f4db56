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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sort/mail.h"

/*
 * The input is a row of messages: for each one its date, subject, id, and the
 * ids that it refers to, few bits each.  The threads are those of the RFC's
 * text, and by either algorithm each message is in one.
 */
#define MAX	20		/* messages */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check_all(const char *, size_t);
static size_t	read_mail(const uint8_t *, size_t, struct mail *);

static size_t
read_mail(const uint8_t *data, size_t len, struct mail *m)
{
	uint32_t	i;

	memset(m, 0, sizeof(*m));
	if (len < 3)
		return (len);
	m->date = data[0] & 7;
	m->subject = data[0] >> 3 & 3;
	m->reply = data[0] >> 5 & 1;
	m->id = data[1] & 31;
	m->nrefs = data[1] >> 5;
	/* A long chain, to begin with. */
	if (data[0] >> 6 == 3) {
		m->nrefs = 100;
		for (i = 0; i < m->nrefs; i++)
			m->ref[i] = 1 + (i + data[2]) % 120;
		return (3);
	}
	for (i = 0; i < m->nrefs && i + 2 < len; i++)
		m->ref[i] = 1 + data[i + 2] % 120;
	m->nrefs = i;
	return (2 + i);
}

/* Checks that the text has each number from 1 to n once. */
static void
check_all(const char *text, size_t n)
{
	unsigned long	 seen = 0, number;
	char		*end;

	while (*text != '\0') {
		if (!isdigit((unsigned char)*text)) {
			text++;
			continue;
		}
		number = strtoul(text, &end, 10);
		if (number < 1 || number > n || (seen & 1UL << number) != 0)
			abort();
		seen |= 1UL << number;
		text = end;
	}
	if (seen != (1UL << (n + 1)) - 2)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct mail	 mail[MAX];
	char			*got, *want;
	size_t			 used, n;

	for (n = 0; n < MAX && len > 0; n++) {
		used = read_mail(data, len, &mail[n]);
		data += used;
		len -= used;
	}
	got = mail_threads(mail, n, 0);
	want = naive_threads(mail, n);
	if (strcmp(got, want) != 0)
		abort();
	check_all(got, n);
	free(got);
	free(want);
	got = mail_threads(mail, n, 1);
	check_all(got, n);
	free(got);
	return (0);
}
