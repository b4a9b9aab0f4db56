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

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/network.h"
#include "imapd/proxy.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * A PROXY header: taken octet by octet as it is asked for, it is the same as
 * taken at once, it is bounded, and its address is one.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char addr[PEER_MAX];
	struct network net;
	uint8_t *copy;
	size_t at = 0;
	int need;

	/* Of just that size, for the sanitizer to see what is read. */
	if ((copy = malloc(len + 1)) == NULL)
		return (0);
	while ((need = proxy_need(copy, at)) > 0) {
		assert(at + (size_t)need <= PROXY_MAX);
		if (at + (size_t)need > len)
			break;
		memcpy(copy + at, data + at, (size_t)need);
		at += (size_t)need;
	}
	free(copy);
	if ((copy = malloc(at + 1)) == NULL)
		return (0);
	memcpy(copy, data, at);
	if (proxy_take(copy, at, addr) == 0) {
		assert(need == 0);
		assert(addr[0] == '\0' || network_text(&net, addr) == 0);
	} else {
		assert(addr[0] == '\0');
	}
	free(copy);
	if (len > 0)
		(void)proxy_take(data, len, addr);
	return (0);
}
