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


#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "imapd/client.h"
#include "imapd/deflate.h"
#include "imapd/imap.h"

/* COMPRESS (RFC 4978). */

int
check_compress(const struct parser_arg *arg, const char **why)
{
	*why = "DEFLATE expected";
	if (arg == NULL || arg->next != NULL || !parser_is(arg, "DEFLATE"))
		return (-1);
	return (0);
}

/*
 * The tagged OK is the last that goes out as it is, and the command the last
 * that came so: what is read ahead is compressed already.
 */
void
cmd_compress(struct session *s, const struct parser_arg *arg)
{
	struct deflate	*d;

	(void)arg;
	if (s->compressed) {
		reply_no(s, "COMPRESSIONACTIVE", "DEFLATE is active already");
		return;
	}
	if ((d = deflate_new()) == NULL) {
		reply_errno(s, "Can't compress");
		return;
	}
	reply_ok(s, NULL, "DEFLATE active");
	if (!session_alive(s) || client_flush(s->client) == -1) {
		deflate_free(d);
		return;
	}
	deflate_start(d, s->client);
	s->compressed = 1;
	log_debug("session: compressed");
}
