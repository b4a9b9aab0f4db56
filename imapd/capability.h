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

#ifndef IMAPD_CAPABILITY_H
#define IMAPD_CAPABILITY_H

#include <stddef.h>
#include <stdint.h>

#define CAPABILITY_MAX	1024		/* bytes of a list, NUL included */

/* What the server says about itself (RFC 2971 section 3.2). */
#define CAPABILITY_ID	"(\"name\" \"Highwater\")"

/* What may be done before login on a connection as it is now. */
struct capability_offer {
	int	starttls;
	int	password;		/* 0: LOGINDISABLED */
	int	scram;			/* without channel binding */
	int	plus;			/* with channel binding */
	int	external;		/* the client has a certificate */
};

/*
 * Writes the capabilities before login (RFC 3501 section 6.1.1), without
 * "CAPABILITY " before them, to buf of size bytes, at least CAPABILITY_MAX.
 * Returns buf.
 */
const char	*capability_front(char *buf, size_t size,
		    const struct capability_offer *);

/*
 * The same for a session that is logged in.  message_max is the greatest
 * message taken, in bytes: APPENDLIMIT (RFC 7889).  compressed: COMPRESS is
 * not offered again (RFC 4978).
 */
const char	*capability_session(char *buf, size_t size,
		    uint64_t message_max, int compressed);

#endif
