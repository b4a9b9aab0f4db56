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

#ifndef IMAPD_COMMAND_H
#define IMAPD_COMMAND_H

struct folder;
struct parser_arg;
struct session;

/*
 * The commands of the authenticated and the selected state.  The table in
 * command.c holds what the protocol demands of each; check functions look at
 * the arguments alone and have no side effects; run functions do the work
 * and never look at the state again.
 */

/* States a command is allowed in. */
#define CMD_AUTH	0x0001
#define CMD_SELECTED	0x0002
#define CMD_ANY		(CMD_AUTH | CMD_SELECTED)

/* What it does and needs. */
#define CMD_NUMBERS	0x0010	/* has message numbers: no EXPUNGE is sent
				   while it runs (RFC 3501 section 7.4.1) */
#define CMD_SCAN	0x0020	/* looks at the folder before its answer */
#define CMD_WRITE	0x0040	/* refused in a mailbox that was EXAMINEd */
#define CMD_QUIET	0x0080	/* no news of the mailbox with its answer */
#define CMD_UID		0x0100	/* the UID form: sets are of UIDs */
#define CMD_STREAM	0x0200	/* literals go to the command's functions */

struct command {
	const char	*name;		/* in capitals, "UID FETCH" is one */
	int		 flags;
	/*
	 * Returns 0 if the arguments are well-formed, else -1 with *why, the
	 * text for BAD.  NULL: no arguments.
	 */
	int		(*check)(const struct parser_arg *, const char **why);
	/*
	 * Runs the command, and sends exactly one tagged reply, by reply_*(),
	 * unless it ends the session by session_bye().
	 */
	void		(*run)(struct session *, const struct parser_arg *);
};

/* Finds a command by its name in capitals; NULL if there is none. */
const struct command *command_find(const char *name);

/* Why a command may not run in the session's state now, or NULL. */
const char	*command_refusal(const struct session *,
		    const struct command *);

/* The check functions that more than one file uses, by their syntax. */
int	check_none(const struct parser_arg *, const char **why);
int	check_mailbox(const struct parser_arg *, const char **why);
int	check_two_mailboxes(const struct parser_arg *, const char **why);
int	check_set(const struct parser_arg *, const char **why);
int	check_set_mailbox(const struct parser_arg *, const char **why);

/* cmd_append.c */
int	check_append(const struct parser_arg *, const char **why);
void	cmd_append(struct session *, const struct parser_arg *);

/*
 * APPEND's literals while the command is read, called by the session: at
 * PARSER_LITERAL (answers parser_literal() itself), at PARSER_DATA, and when
 * the command ends before it is run (refused, bad, connection lost).
 */
void	append_literal(struct session *);
void	append_data(struct session *);
void	append_refused(struct session *);
void	append_free(struct session *);

/* cmd_compress.c */
int	check_compress(const struct parser_arg *, const char **why);
void	cmd_compress(struct session *, const struct parser_arg *);

/* cmd_copy.c */
void	cmd_copy(struct session *, const struct parser_arg *);
void	cmd_move(struct session *, const struct parser_arg *);

/* cmd_expunge.c */
void	cmd_expunge(struct session *, const struct parser_arg *);
void	cmd_uid_expunge(struct session *, const struct parser_arg *);

/* cmd_fetch.c */
int	check_fetch(const struct parser_arg *, const char **why);
void	cmd_fetch(struct session *, const struct parser_arg *);

/* cmd_idle.c */
void	cmd_idle(struct session *, const struct parser_arg *);

/*
 * cmd_mailbox.c
 *
 * delete_open() opens a folder that is to be deleted, so that indexd can be
 * told; *f is NULL if there is nothing to tell: it has no identity and could
 * get none, or it is damaged.  Returns 0, or -1 as folder_open().
 */
int	delete_open(struct session *, const char *dir, struct folder **f);
int	check_create(const struct parser_arg *, const char **why);
int	check_list(const struct parser_arg *, const char **why);
int	check_lsub(const struct parser_arg *, const char **why);
int	check_status(const struct parser_arg *, const char **why);
void	cmd_create(struct session *, const struct parser_arg *);
void	cmd_delete(struct session *, const struct parser_arg *);
void	cmd_list(struct session *, const struct parser_arg *);
void	cmd_lsub(struct session *, const struct parser_arg *);
void	cmd_rename(struct session *, const struct parser_arg *);
void	cmd_status(struct session *, const struct parser_arg *);
void	cmd_subscribe(struct session *, const struct parser_arg *);
void	cmd_unsubscribe(struct session *, const struct parser_arg *);

/* cmd_misc.c */
int	check_enable(const struct parser_arg *, const char **why);
int	check_id(const struct parser_arg *, const char **why);
void	cmd_capability(struct session *, const struct parser_arg *);
void	cmd_enable(struct session *, const struct parser_arg *);
void	cmd_id(struct session *, const struct parser_arg *);
void	cmd_logout(struct session *, const struct parser_arg *);
void	cmd_namespace(struct session *, const struct parser_arg *);
void	cmd_noop(struct session *, const struct parser_arg *);

/* cmd_replace.c */
int	check_replace(const struct parser_arg *, const char **why);
void	cmd_replace(struct session *, const struct parser_arg *);

/* cmd_quota.c */
int	check_getquota(const struct parser_arg *, const char **why);
int	check_setquota(const struct parser_arg *, const char **why);
void	cmd_getquota(struct session *, const struct parser_arg *);
void	cmd_getquotaroot(struct session *, const struct parser_arg *);
void	cmd_setquota(struct session *, const struct parser_arg *);

/* cmd_search.c */
int	check_search(const struct parser_arg *, const char **why);
void	cmd_search(struct session *, const struct parser_arg *);

/* cmd_select.c */
int	check_select(const struct parser_arg *, const char **why);
void	cmd_select(struct session *, const struct parser_arg *);
void	cmd_close(struct session *, const struct parser_arg *);
void	cmd_unselect(struct session *, const struct parser_arg *);

/* cmd_sort.c */
int	check_sort(const struct parser_arg *, const char **why);
void	cmd_sort(struct session *, const struct parser_arg *);

/* cmd_store.c */
int	check_store(const struct parser_arg *, const char **why);
void	cmd_store(struct session *, const struct parser_arg *);

/* cmd_thread.c */
int	check_thread(const struct parser_arg *, const char **why);
void	cmd_thread(struct session *, const struct parser_arg *);

#endif
