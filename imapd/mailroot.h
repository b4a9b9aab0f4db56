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

#ifndef IMAPD_MAILROOT_H
#define IMAPD_MAILROOT_H

struct names;

/*
 * The mail root: INBOX's own cur/, new/ and tmp/, and beside them a directory
 * for each other folder.  Here are the directories; what is in them is
 * folder.h's.
 */

/*
 * Makes a directory that is open to whom the one above, dirfd, is, whatever
 * the umask.  Returns 0, or -1 with errno.
 */
int	mailroot_mkdir(int dirfd, const char *name);

/*
 * Opens the mail root, making it, those above it and INBOX's directories where
 * they are missing, for nobody else to read if the root is made.  Returns a
 * descriptor of the caller's, or -1 with errno.
 */
int	mailroot_open(const char *path);

/*
 * Reads which folders there are, by their names on the wire: directories,
 * not links to such, that have a cur/.  INBOX is always one.  *deleted is 1
 * if a deletion was left half done.  Returns 0, or -1 with errno; the caller
 * frees the names in either case.
 */
int	mailroot_list(int rootfd, char separator, struct names *,
	    int *deleted);

/* Returns 1 if the folder is there, 0 if not, -1 with errno. */
int	mailroot_exists(int rootfd, const char *dir);

/*
 * Makes a folder, durably.  One whose making was interrupted is completed.
 * Returns 0, or -1 with errno, EEXIST if it is there.
 */
int	mailroot_create(int rootfd, const char *dir);

/*
 * Takes that back as far as there is nothing in the folder yet, neither mail
 * nor what is not ours.
 */
void	mailroot_uncreate(int rootfd, const char *dir);

/*
 * Renames one folder's directory, durably.  Returns 0, or -1 with errno,
 * EEXIST if there is one named to.
 */
int	mailroot_rename(int rootfd, const char *from, const char *to);

/*
 * Deleting takes two steps: mailroot_hide() takes the folder out of the name
 * space, durably, and tells its new name in hidden; mailroot_remove() removes
 * a hidden one with all it holds.  mailroot_next_hidden() finds those that an
 * interrupted deletion left: returns 1 and its name, 0 if there is none.
 * The others return 0, or -1 with errno.
 */
#define MAILROOT_HIDDEN		"highwater-deleted-"
#define MAILROOT_HIDDENLEN	64

int	mailroot_hide(int rootfd, const char *dir,
	    char hidden[MAILROOT_HIDDENLEN]);
int	mailroot_remove(int rootfd, const char *hidden);
int	mailroot_next_hidden(int rootfd, char hidden[MAILROOT_HIDDENLEN]);

#endif
