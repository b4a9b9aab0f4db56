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

#ifndef IMAPD_FRONT_PRIV_H
#define IMAPD_FRONT_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/capability.h"
#include "imapd/front.h"
#include "imapd/login.h"

struct client;
struct parser;
struct tls;

/* The front's parts: front.c, front_auth.c, front_tls.c. */
struct front {
	const struct front_start	*start;
	struct client			*client;
	struct parser			*parser;
	struct tls			*tls;	/* NULL: none, or not yet */
	int64_t				 end;	/* of our time, ms */
	unsigned int			 bad;	/* commands */
	int				 done;	/* leave the loop */
	int				 in_auth; /* a line is expected */
	int				 relay;	/* a session goes on over us */
	size_t				 mech;	/* of AUTHENTICATE */
	int				 exchange; /* is open, of SCRAM */
	unsigned int			 exchanges;
	char				 login_user[LOGIN_USER_MAX];
	int				 id_said; /* in the log */
	char				 id[LOGIN_ID_MAX];
	unsigned char			 sasl[LOGIN_USER_MAX * 2 +
					    LOGIN_PASS_MAX];
};

/* front.c: a tagged answer, BAD (which is counted), BYE and the end. */
void	front_tagged(struct front *, const char *text);
void	front_bad(struct front *, const char *text);
void	front_end(struct front *, const char *text);

/* What may be done here now, for CAPABILITY. */
void	front_offer(const struct front *, struct capability_offer *);

/* After LOGIN_OK: gives the session what it needs to go on, and ends. */
void	front_hand_over(struct front *);

/*
 * front_auth.c: LOGIN and AUTHENTICATE (RFC 3501 section 6.2), and the
 * client's answer to a challenge.  front_plaintext_ok() says whether a
 * password may be sent here; if not, it has answered the command.
 */
void	front_login(struct front *);
void	front_authenticate(struct front *);
void	front_auth_line(struct front *);
int	front_plaintext_ok(struct front *);

/*
 * front_proxy.c: takes the PROXY header, and tells the supervisor whom it
 * names.  Returns 0, or -1 with the reason logged.
 */
int	front_proxy(struct front *);

/*
 * front_tls.c: TLS from the first byte, or after STARTTLS.  Returns 0, or -1
 * if the connection is of no use any more, with the reason logged.
 */
int	front_tls_begin(struct front *);
void	front_starttls(struct front *);
/* Whether STARTTLS may be asked for now. */
int	front_tls_offered(const struct front *);

/* Fills in the channel bindings of the request; none without TLS. */
void	front_tls_bindings(const struct front *, struct login_request *);

/*
 * The user that a verified client certificate is for: 0, or -1 if there is
 * none.
 */
int	front_tls_user(const struct front *, char *user, size_t size);

#endif
