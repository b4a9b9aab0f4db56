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

#ifndef IMAPD_CROWD_H
#define IMAPD_CROWD_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "common/near.h"
#include "common/tally.h"

/*
 * Who is connected to the listener: how many in all, of an address, of a
 * user, and not logged in yet.  It knows no processes and no sockets; times
 * are those of login_now().
 */
#define CROWD_YOUNG	3000	/* ms in which a client may be expected to
				   have logged in, unless its address has: */
#define CROWD_MANY	4	/* connections that are not */

struct crowd_limits {
	unsigned int	 connections;
	unsigned int	 per_user;
	unsigned int	 per_address;
	unsigned int	 unauthenticated;
};

/* One connection.  Its address is that of a proxy until it says another. */
struct guest {
	TAILQ_ENTRY(guest)	 entry;		/* of those not logged in */
	struct tally_entry	*address;	/* NULL: none, or a proxy's */
	struct tally_entry	*user;		/* NULL: nobody yet */
	int64_t			 since;
	int			 waiting;	/* not logged in */
};
TAILQ_HEAD(guest_list, guest);

struct crowd {
	struct crowd_limits	 limits;
	struct tally		*addresses;
	struct tally		*users;
	struct guest_list	 waiting;	/* the oldest first */
	size_t			 nwaiting;
	size_t			 nusers;	/* connections of a user */
	size_t			 n;
	struct near		 near_all;
	struct near		 near_waiting;
};

enum crowd_answer {
	CROWD_WELCOME,
	CROWD_CONNECTIONS,		/* the limit that is reached */
	CROWD_ADDRESS,
	CROWD_UNAUTHENTICATED
};

/* Returns 0, or -1 without memory.  crowd_free() also after that. */
int	crowd_init(struct crowd *, const struct crowd_limits *);
void	crowd_free(struct crowd *);

/*
 * Whether there may be one more of that address (text; NULL: a proxy's).
 * When too many have not logged in, *victim is one that is to be ended for
 * it: the oldest of the address that has most of them.  Otherwise it is NULL.
 */
enum crowd_answer crowd_may_enter(struct crowd *, const char *address,
	    int64_t now, struct guest **victim);

/*
 * The guest, all zeros, is one of them now, and logged as one that brings a
 * limit near if it does.
 */
void	crowd_enter(struct crowd *, struct guest *, const char *address,
	    int64_t now);
void	crowd_leave(struct crowd *, struct guest *, int64_t now);

/* It is on its way out: it is not one of those not logged in any more. */
void	crowd_doom(struct crowd *, struct guest *);

/*
 * It is of that address, as its proxy says.  Returns 0, or -1 if that has as
 * many as may be.
 */
int	crowd_address(struct crowd *, struct guest *, const char *address,
	    int64_t now);

/*
 * It is that user's from now on, or with "" nobody's again.  Returns 0, or -1
 * if the user has as many as may be; then it is nobody's.
 */
int	crowd_user(struct crowd *, struct guest *, const char *user,
	    int64_t now);

/* A login has failed there: how many ms the answer waits. */
unsigned int crowd_failed(struct crowd *, struct guest *, int64_t now);

#endif
