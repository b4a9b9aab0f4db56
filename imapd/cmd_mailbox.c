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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/identity.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailroot.h"
#include "imapd/names.h"
#include "imapd/subscriptions.h"
#include "imapd/view.h"

/* CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 section 6.3). */

static int	is_selected(struct session *, const char *);
static int	has_children(struct session *, const char *);
static void	change_subscription(struct session *,
		    const struct parser_arg *, int);

/* A name that ends in the separator says that others will be made below it
 * (section 6.3.3): any mailbox can have some. */
void
cmd_create(struct session *s, const struct parser_arg *arg)
{
	const char	*text, *why;
	char		 name[NAMESPACE_DIRLEN + 2], dir[NAMESPACE_DIRLEN + 1];
	size_t		 len;

	(void)parser_astring(arg, &text, NULL);
	if (mailbox_name_read(s, text, name, sizeof(name), &why) == -1 ||
	    mailbox_name_new(name, &why) == -1) {
		reply_no(s, "CANNOT", "%s", why);
		return;
	}
	len = strlen(name);
	if (len > 1 && name[len - 1] == s->conf->separator)
		name[len - 1] = '\0';
	if (namespace_to_dir(s->conf->separator, name, dir, sizeof(dir),
	    &why) == -1) {
		reply_no(s, "CANNOT", "%s", why);
		return;
	}
	if (strcmp(dir, ".") == 0)
		errno = EEXIST;
	else if (mailroot_create(s->rootfd, dir) == 0) {
		reply_ok(s, NULL, "CREATE completed");
		return;
	}
	if (errno == EEXIST)
		reply_no(s, "ALREADYEXISTS", "Mailbox already exists");
	else
		reply_errno(s, "Can't create the mailbox");
}

/* Whether the directory is the selected mailbox's, whatever its name was. */
static int
is_selected(struct session *s, const char *dir)
{
	struct stat	 selected, st;

	return (s->state == SESSION_SELECTED &&
	    fstat(s->view->folder->dirfd, &selected) == 0 &&
	    fstatat(s->rootfd, dir, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    selected.st_dev == st.st_dev && selected.st_ino == st.st_ino);
}

static int
has_children(struct session *s, const char *dir)
{
	struct names	 names;
	char		 name[NAMESPACE_DIRLEN + 1];
	int		 deleted, ret;

	ret = mailroot_list(s->rootfd, s->conf->separator, &names,
	    &deleted) == 0 && namespace_from_dir(s->conf->separator, dir, name,
	    sizeof(name)) == 0 && names_children(&names, s->conf->separator,
	    name);
	names_free(&names);
	return (ret);
}

int
delete_open(struct session *s, const char *dir, struct folder **f)
{
	const char	*why;
	char		 path[NAMESPACE_DIRLEN + 2 + sizeof(IDENTITY_FILE)];
	int		 error;

	*f = folder_open(s->idx, s->rootfd, dir, 0, &why);
	if (*f != NULL || errno == EBADMSG)
		return (0);
	error = errno;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, IDENTITY_FILE);
	if (error != ENOTCONN && faccessat(s->rootfd, path, F_OK, 0) == -1 &&
	    errno == ENOENT)
		return (0);
	errno = error;
	return (-1);
}

/*
 * The folder goes out of the name space first; then indexd is told, which
 * ends the sessions that have it selected, and then what it held is removed.
 * If that is cut short, the next LIST goes on.
 */
void
cmd_delete(struct session *s, const struct parser_arg *arg)
{
	struct folder	*f;
	char		 dir[NAMESPACE_DIRLEN + 1], hidden[MAILROOT_HIDDENLEN];
	int		 selected;

	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	if (strcmp(dir, ".") == 0) {
		reply_no(s, "CANNOT", "INBOX can't be deleted");
		return;
	}
	if (mailroot_exists(s->rootfd, dir) != 1) {
		if (has_children(s, dir))
			/* RFC 9051 section 6.3.5. */
			reply_no(s, "HASCHILDREN", "Not a mailbox itself, "
			    "and there are mailboxes below it");
		else
			reply_no(s, "NONEXISTENT", "No such mailbox");
		return;
	}
	session_unpark(s);
	if (delete_open(s, dir, &f) == -1) {
		reply_errno(s, "Can't delete the mailbox");
		return;
	}
	if (f != NULL && !f->writable) {
		errno = f->denied;
		reply_errno(s, "Can't delete the mailbox");
		folder_close(f);
		return;
	}
	selected = is_selected(s, dir);
	if (mailroot_hide(s->rootfd, dir, hidden) == -1) {
		reply_errno(s, "Can't delete the mailbox");
		folder_close(f);
		return;
	}
	if (selected) {
		session_unselect(s);
		session_unpark(s);
		untagged_ok(s, "CLOSED", "The selected mailbox is deleted");
	}
	if (f != NULL && idx_deleted(f->box) == -1 && errno == ENOTCONN) {
		/* Its table is still known: the next LIST goes on. */
		reply_errno(s, "Can't delete the mailbox");
		folder_close(f);
		return;
	}
	folder_close(f);
	if (mailroot_remove(s->rootfd, hidden) == -1)
		log_warn("can't remove %s/%s, the rest of deleted mailbox %s",
		    s->mailroot, hidden, dir);
	reply_ok(s, NULL, "DELETE completed");
}

static void
change_subscription(struct session *s, const struct parser_arg *arg,
    int subscribed)
{
	char	 dir[NAMESPACE_DIRLEN + 1], name[NAMESPACE_DIRLEN + 1];

	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	if (subscribed && mailroot_exists(s->rootfd, dir) != 1 &&
	    !has_children(s, dir)) {
		reply_no(s, "NONEXISTENT", "No such mailbox");
		return;
	}
	/* Back to the one form that this name has on the wire. */
	if (namespace_from_dir(s->conf->separator, dir, name,
	    sizeof(name)) == -1) {
		reply_no(s, "CANNOT", "Not a name that can be subscribed");
		return;
	}
	if (subscriptions_change(s->rootfd, s->conf->separator, name,
	    subscribed) == -1)
		reply_errno(s, "Can't change the subscriptions");
	else
		reply_ok(s, NULL, subscribed ? "SUBSCRIBE completed" :
		    "UNSUBSCRIBE completed");
}

void
cmd_subscribe(struct session *s, const struct parser_arg *arg)
{
	change_subscription(s, arg, 1);
}

void
cmd_unsubscribe(struct session *s, const struct parser_arg *arg)
{
	change_subscription(s, arg, 0);
}
