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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/identity.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailboxid.h"
#include "imapd/mailroot.h"
#include "imapd/names.h"
#include "imapd/special_use.h"
#include "imapd/subscriptions.h"
#include "imapd/view.h"

/* CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 section 6.3). */

static int	check_use(const struct parser_arg *, const char **);
static int	get_uses(struct session *, const struct parser_arg *,
		    unsigned char *);
static int	is_given(struct session *, unsigned char);
static int	create(struct session *, const char *, unsigned char);
static int	is_selected(struct session *, const char *);
static int	has_children(struct session *, const char *);
static void	change_subscription(struct session *,
		    const struct parser_arg *, int);

/* RFC 6154 section 3: (USE (attributes)). */
static int
check_use(const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*use;
	const char		*text;

	*why = "Expected a mailbox, and maybe (USE (...))";
	if (arg->type != PARSER_LIST || arg->next != NULL ||
	    !parser_is(arg->child, "USE") ||
	    (use = arg->child->next) == NULL || use->type != PARSER_LIST ||
	    use->next != NULL)
		return (-1);
	for (use = use->child; use != NULL; use = use->next)
		if (parser_flag(use, &text) == -1)
			return (-1);
	return (0);
}

int
check_create(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	if (arg == NULL || parser_astring(arg, &text, NULL) == -1) {
		*why = "Expected a mailbox";
		return (-1);
	}
	return (arg->next == NULL ? 0 : check_use(arg->next, why));
}

/* The special uses that are asked for; -1 after NO. */
static int
get_uses(struct session *s, const struct parser_arg *arg, unsigned char *use)
{
	const struct parser_arg	*a;
	const char		*text;
	unsigned char		 bit;

	*use = 0;
	if (arg == NULL)
		return (0);
	for (a = arg->child->next->child; a != NULL; a = a->next) {
		if (parser_flag(a, &text) == -1 ||
		    (bit = special_use_bit(text)) == 0) {
			reply_no(s, "USEATTR", "No mailbox can have that use");
			return (-1);
		}
		*use |= bit;
	}
	if (*use == 0 || !is_given(s, *use))
		return (0);
	reply_no(s, "USEATTR", "Another mailbox has that use");
	return (-1);
}

/* Whether there is a mailbox that was given one of these uses. */
static int
is_given(struct session *s, unsigned char use)
{
	struct names	 names;
	unsigned char	*have;
	size_t		 i;
	int		 deleted, given = 0;

	have = NULL;
	if (mailroot_list(s->rootfd, s->conf->separator, &names,
	    &deleted) == 0 && (have = calloc(names.n + 1, 1)) != NULL) {
		special_use_read(NULL, s->conf->separator, s->rootfd, &names,
		    have);
		for (i = 0; i < names.n; i++)
			given |= (have[i] & use) != 0;
	}
	free(have);
	names_free(&names);
	return (given);
}

/*
 * Makes it, with all that it is to have; it is opened, since its id is to be
 * told (RFC 8474 section 4.1).  0 after OK, or -1 with errno, and nothing is
 * there.
 */
static int
create(struct session *s, const char *dir, unsigned char use)
{
	struct folder	*f;
	const char	*why;
	char		 code[sizeof("MAILBOXID ()") + MAILBOXID_LEN];
	char		 id[MAILBOXID_LEN + 1];
	int		 error;

	if (mailroot_create(s->rootfd, dir) == -1)
		return (-1);
	if ((use != 0 && special_use_write(s->rootfd, dir, use) == -1) ||
	    (f = session_open_folder(s, dir, 0, &why)) == NULL) {
		error = errno;
		mailroot_uncreate(s->rootfd, dir);
		errno = error;
		return (-1);
	}
	(void)snprintf(code, sizeof(code), "MAILBOXID (%s)",
	    mailboxid(id, f->identity.id));
	session_close_folder(s, f);
	reply_ok(s, code, "CREATE completed");
	return (0);
}

/* A name that ends in the separator says that others will be made below it
 * (section 6.3.3): any mailbox can have some. */
void
cmd_create(struct session *s, const struct parser_arg *arg)
{
	const char	*text, *why;
	char		 name[NAMESPACE_DIRLEN + 2], dir[NAMESPACE_DIRLEN + 1];
	unsigned char	 use;
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
	if (get_uses(s, arg->next, &use) == -1)
		return;
	if (strcmp(dir, ".") == 0)
		errno = EEXIST;
	else if (create(s, dir, use) == 0)
		return;
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
