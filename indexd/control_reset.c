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

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/request.h"

/*
 * indexctl reset: a new UIDVALIDITY for one mailbox.  It goes to a new
 * generation in the background, as in a compaction; nobody has it open
 * meanwhile.
 */
#define OPENED	64		/* mailboxes looked at in one piece */

struct reset {
	uid_t		 uid;
	uint8_t		 (*ids)[TABLE_IDLEN];
	size_t		 n;
	size_t		 at;
	struct mailbox	*mb;		/* the one */
	uint32_t	 was;
};

static int	begin(struct control *);
static int	find(struct control *, struct reset *);
static int	start(struct control *, struct reset *);
static int	end(struct control *, struct reset *);
static void	reset_free(void *);

static void
reset_free(void *arg)
{
	struct reset *x = arg;

	mailbox_close(x->mb);
	free(x->ids);
	free(x);
}

static int
begin(struct control *c)
{
	struct reset *x;

	if ((x = calloc(1, sizeof(*x))) == NULL) {
		control_error(c, "no memory");
		return (CONTROL_END);
	}
	c->data = x;
	c->data_free = reset_free;
	if (control_root(c) == -1 || control_uid(c, &x->uid) == -1)
		return (CONTROL_END);
	if (root_ids(c->srv->engine, x->uid, c->arg, &x->ids, &x->n) == 0)
		return (CONTROL_MORE);
	control_error(c, errno == ENOENT ?
	    "nothing is known of that mail root and user" :
	    "the tables cannot be listed");
	return (CONTROL_END);
}

static int
find(struct control *c, struct reset *x)
{
	struct mailbox *mb;
	unsigned int i;

	for (i = 0; i < OPENED && x->at < x->n; i++) {
		mb = mailbox_open(c->srv->engine, x->uid, c->arg,
		    x->ids[x->at++]);
		if (mb == NULL)
			continue;
		if (strcmp(mailbox_folder(mb), control_folder(c->arg3)) == 0) {
			x->mb = mb;
			return (start(c, x));
		}
		mailbox_close(mb);
	}
	if (x->at < x->n)
		return (CONTROL_MORE);
	control_error(c, "no such mailbox");
	return (CONTROL_END);
}

static int
start(struct control *c, struct reset *x)
{
	x->was = mailbox_uidvalidity(x->mb);
	if (mailbox_state(x->mb) & TABLE_ADOPTING) {
		control_error(c, "the mailbox is just being filled");
		return (CONTROL_END);
	}
	batch_commit(c->srv);
	if (mailbox_reset(x->mb) == -1) {
		control_error(c, errno == EBUSY ?
		    "the mailbox is being reset already" : strerror(errno));
		return (CONTROL_END);
	}
	box_replaced(c->srv, x->mb);
	return (CONTROL_WAIT);
}

static int
end(struct control *c, struct reset *x)
{
	char root[CONTROL_LINE / 2], folder[CONTROL_LINE / 2];
	uint32_t now = mailbox_uidvalidity(x->mb);

	if (now == x->was) {
		control_error(c, "it failed; the log says why");
		return (CONTROL_END);
	}
	control_plain(root, sizeof(root), c->arg);
	control_plain(folder, sizeof(folder), c->arg3);
	log_info("control: reset uid=%u root=%s folder=%s uidvalidity=%u "
	    "was=%u", (unsigned int)x->uid, root, folder, now, x->was);
	control_line(c, "%s/%s uidvalidity=%u was=%u", root, folder, now,
	    x->was);
	return (CONTROL_END);
}

int
control_reset(struct control *c)
{
	struct reset *x = c->data;

	if (x == NULL)
		return (begin(c));
	if (x->mb == NULL)
		return (find(c, x));
	if (mailbox_resetting(x->mb))
		return (CONTROL_WAIT);
	return (end(c, x));
}
