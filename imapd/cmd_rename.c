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

#include "common/table.h"
#include "imapd/deliver.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailroot.h"
#include "imapd/names.h"

/* RENAME (RFC 3501 section 6.3.5). */

#define MOVE_BATCH	1000	/* messages of INBOX in one step */
#define MOVE_TRIES	10	/* steps that find nothing, one after another */

static int	new_dir(struct session *, const char *, const char *,
		    const char *, char *);
static int	is_below(const struct session *, const char *, const char *);
static int	check_targets(struct session *, const struct names *,
		    const char *, const char *);
static int	rename_below(struct session *, const struct names *,
		    const char *, const char *);
static int	next_batch(struct folder *, struct uidset *);
static int	move_all(struct folder *, struct folder *);
static void	rename_inbox(struct session *, const char *);
static void	rename_tree(struct session *, const char *, const char *,
		    const struct names *);

/* The directory of a name below from, when from has become to. */
static int
new_dir(struct session *s, const char *name, const char *from, const char *to,
    char *dir)
{
	const char	*why;
	char		 renamed[2 * NAMESPACE_DIRLEN + 1];

	(void)strlcpy(renamed, to, sizeof(renamed));
	(void)strlcat(renamed, name + strlen(from), sizeof(renamed));
	return (namespace_to_dir(s->conf->separator, renamed, dir,
	    NAMESPACE_DIRLEN + 1, &why));
}

static int
is_below(const struct session *s, const char *name, const char *parent)
{
	size_t	 len;

	len = strlen(parent);
	return (strncmp(name, parent, len) == 0 &&
	    name[len] == s->conf->separator);
}

/* Whether every name below can be renamed: -1 with errno if not. */
static int
check_targets(struct session *s, const struct names *names, const char *from,
    const char *to)
{
	char	 dir[NAMESPACE_DIRLEN + 1];
	size_t	 i;
	int	 found;

	for (i = 0; i < names->n; i++) {
		if (!is_below(s, names->name[i], from))
			continue;
		if (new_dir(s, names->name[i], from, to, dir) == -1)
			return (-1);
		if ((found = mailroot_exists(s->rootfd, dir)) != 0) {
			if (found == 1)
				errno = EEXIST;
			return (-1);
		}
	}
	return (0);
}

static int
rename_below(struct session *s, const struct names *names, const char *from,
    const char *to)
{
	char		 old[NAMESPACE_DIRLEN + 1], dir[NAMESPACE_DIRLEN + 1];
	const char	*why;
	size_t		 i;

	for (i = 0; i < names->n; i++)
		if (is_below(s, names->name[i], from) &&
		    (namespace_to_dir(s->conf->separator, names->name[i], old,
		    sizeof(old), &why) == -1 ||
		    new_dir(s, names->name[i], from, to, dir) == -1 ||
		    mailroot_rename(s->rootfd, old, dir) == -1))
			return (-1);
	return (0);
}

/*
 * Names below go first and the mailbox itself last, so that the command can
 * be repeated if it is cut short.
 */
static void
rename_tree(struct session *s, const char *from, const char *to,
    const struct names *names)
{
	const char	*why;
	char		 old[NAMESPACE_DIRLEN + 1], dir[NAMESPACE_DIRLEN + 1];
	int		 found;

	(void)names_find(names, from, &found);
	if (!found && !names_children(names, s->conf->separator, from)) {
		reply_no(s, "NONEXISTENT", "No such mailbox");
		return;
	}
	if (is_below(s, to, from)) {
		reply_no(s, "CANNOT", "A mailbox can't be renamed to a name "
		    "below itself");
		return;
	}
	if (check_targets(s, names, from, to) == 0 &&
	    rename_below(s, names, from, to) == 0 && (!found ||
	    (namespace_to_dir(s->conf->separator, from, old, sizeof(old),
	    &why) == 0 && namespace_to_dir(s->conf->separator, to, dir,
	    sizeof(dir), &why) == 0 &&
	    mailroot_rename(s->rootfd, old, dir) == 0))) {
		reply_ok(s, NULL, "RENAME completed");
		return;
	}
	if (errno == EEXIST)
		reply_no(s, "ALREADYEXISTS", "A mailbox of the new name "
		    "exists, or one below it");
	else
		reply_errno(s, "Can't rename the mailbox");
}

/* Up to MOVE_BATCH of the messages there are. */
static int
next_batch(struct folder *f, struct uidset *uids)
{
	struct row	 row;
	uint64_t	 n;
	int		 i;

	uidset_clear(uids);
	n = 0;
	for (i = 0; i < MOVE_BATCH; i++, n++) {
		if (table_next(&f->table, TABLE_LIVE, n, &n) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (table_row(&f->table, n, &row) == -1 ||
		    uidset_add(uids, row.uid) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Moves until nothing is left.  Messages that another session takes at the
 * same time are not ours to move; a look at the folder finds them gone.
 */
static int
move_all(struct folder *from, struct folder *to)
{
	struct idx_result	 result;
	struct uidset		 uids;
	int			 missed, ret;

	uidset_init(&uids, PROTO_MAXRANGES);
	idx_result_init(&result);
	for (missed = 0; missed < MOVE_TRIES; ) {
		if ((ret = folder_scan(from, missed > 0)) == -1)
			break;
		if (folder_superseded(from)) {
			if ((ret = folder_next_generation(from)) == -1)
				break;
			folder_switch(from);
		}
		if ((ret = next_batch(from, &uids)) == -1 || uids.n == 0)
			break;
		ret = deliver_copy(from, to, &uids, 1, &result);
		if (ret == -1 && errno != ENOENT)
			break;
		missed = ret == -1 ? missed + 1 : 0;
	}
	if (ret != -1)
		flush_all(from);
	idx_result_free(&result);
	uidset_free(&uids);
	return (ret == -1 ? -1 : 0);
}

/*
 * INBOX stays, its messages move; what is below it stays too.  No more is
 * lost if this is cut short than that some are still in INBOX.
 */
static void
rename_inbox(struct session *s, const char *dir)
{
	struct folder	*from, *to;
	const char	*why;
	int		 ret;

	if (mailroot_create(s->rootfd, dir) == -1) {
		if (errno == EEXIST)
			reply_no(s, "ALREADYEXISTS", "Mailbox exists");
		else
			reply_errno(s, "Can't create the mailbox");
		return;
	}
	ret = -1;
	to = NULL;
	from = folder_open(s->idx, s->rootfd, "", 0, &why);
	if (from != NULL)
		to = folder_open(s->idx, s->rootfd, dir, 0, &why);
	if (to != NULL)
		ret = move_all(from, to);
	if (ret == -1)
		reply_errno(s, "Can't move all messages of INBOX");
	folder_close(to);
	folder_close(from);
	if (ret == 0)
		reply_ok(s, NULL, "RENAME completed: the messages of INBOX "
		    "have moved");
}

void
cmd_rename(struct session *s, const struct parser_arg *arg)
{
	struct names	 names;
	char		 from[NAMESPACE_DIRLEN + 1], to[NAMESPACE_DIRLEN + 1];
	char		 fromname[NAMESPACE_DIRLEN + 1];
	char		 toname[NAMESPACE_DIRLEN + 1];
	const char	*why;
	int		 deleted;

	if (session_mailbox(s, arg, from, sizeof(from)) == -1 ||
	    session_mailbox(s, arg->next, to, sizeof(to)) == -1)
		return;
	if (mailbox_name_new(to, &why) == -1) {
		reply_no(s, "CANNOT", "%s", why);
		return;
	}
	if (strcmp(to, ".") == 0 || mailroot_exists(s->rootfd, to) == 1) {
		reply_no(s, "ALREADYEXISTS", "A mailbox of the new name "
		    "exists");
		return;
	}
	session_unpark(s);
	if (strcmp(from, ".") == 0) {
		rename_inbox(s, to);
		return;
	}
	if (namespace_from_dir(s->conf->separator, from, fromname,
	    sizeof(fromname)) == -1 || namespace_from_dir(s->conf->separator,
	    to, toname, sizeof(toname)) == -1) {
		reply_no(s, "CANNOT", "Not a name of a mailbox");
		return;
	}
	if (mailroot_list(s->rootfd, s->conf->separator, &names,
	    &deleted) == -1)
		reply_errno(s, "Can't read the list of mailboxes");
	else
		rename_tree(s, fromname, toname, &names);
	names_free(&names);
}
