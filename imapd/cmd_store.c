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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/flags.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/seqset.h"
#include "imapd/set.h"
#include "imapd/view.h"

/* STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3). */

/* The arguments as the client gave them. */
struct store {
	struct idx_store	 req;
	struct flags		 flags;
	int			 silent;
};

static void	answer(struct session *, const struct idx_result *, int);
static int	echo(struct session *, const struct store *,
		    const struct uidset *, const struct idx_result *, uint64_t);
static int	echo_some(struct session *, const struct uidset *,
		    const struct idx_result *, uint64_t,
		    unsigned int);
static int	parse(const struct parser_arg *, struct store *,
		    const char **);
static int	parse_item(const struct parser_arg *, struct store *);
static int	parse_modifiers(const struct parser_arg *, struct store *);

static int
parse_modifiers(const struct parser_arg *list, struct store *st)
{
	const struct parser_arg	*arg = list->child;

	if (!parser_is(arg, "UNCHANGEDSINCE") || arg->next == NULL ||
	    arg->next->next != NULL ||
	    parser_number64(arg->next, &st->req.unchangedsince) == -1)
		return (-1);
	st->req.conditional = 1;
	return (0);
}

static int
parse_item(const struct parser_arg *arg, struct store *st)
{
	const char	*name;

	if (arg == NULL || arg->type != PARSER_ATOM)
		return (-1);
	name = arg->text;
	st->req.operation = STORE_SET;
	if (*name == '+' || *name == '-')
		st->req.operation = *name++ == '+' ? STORE_ADD : STORE_REMOVE;
	st->silent = strcasecmp(name, "FLAGS.SILENT") == 0;
	return (st->silent || strcasecmp(name, "FLAGS") == 0 ? 0 : -1);
}

static int
parse(const struct parser_arg *arg, struct store *st, const char **why)
{
	memset(st, 0, sizeof(*st));
	*why = "A set of messages expected";
	if (arg == NULL || arg->type != PARSER_ATOM || !seqset_is(arg->text))
		return (-1);
	arg = arg->next;
	*why = "UNCHANGEDSINCE and a mod-sequence expected";
	if (arg != NULL && arg->type == PARSER_LIST) {
		if (parse_modifiers(arg, st) == -1)
			return (-1);
		arg = arg->next;
	}
	*why = "FLAGS, +FLAGS or -FLAGS expected";
	if (parse_item(arg, st) == -1)
		return (-1);
	*why = "Flags expected";
	if (arg->next == NULL ||
	    flags_parse(arg->next, 1, &st->flags, why) == -1)
		return (-1);
	st->req.flags = st->flags.system;
	st->req.keywords = st->flags.keywords;
	st->req.nkeywords = st->flags.nkeywords;
	return (0);
}

int
check_store(const struct parser_arg *arg, const char **why)
{
	struct store	st;

	return (parse(arg, &st, why));
}

/*
 * FETCH for those in set.  With silent items (no FLAGS) those that failed
 * were told before, and what another changed since is left to update_send():
 * with that mod-sequence alone a client would take its own change for the
 * later one (RFC 7162 section 3.1.3).
 */
static int
echo_some(struct session *s, const struct uidset *set,
    const struct idx_result *res, uint64_t since, unsigned int items)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	int			 ret;

	view_walk(&w, s->view, set, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1 && session_alive(s)) {
		if (m->gone || ((items & FETCH_LINE_FLAGS) == 0 &&
		    ((m->row.modseq > since && m->row.modseq != res->modseq) ||
		    uidset_contains(&res->refused, m->uid))))
			continue;
		response_fetch(s, m->num, &m->row, m->recent, items);
	}
	return (ret == -1 ? -1 : 0);
}

/*
 * Tells the client what became of the messages: all of them, or with .SILENT
 * those that failed, and the mod-sequences of those that changed or, after
 * UNCHANGEDSINCE, of all that passed (RFC 7162 section 3.1.3).  since is what
 * had been told before.
 */
static int
echo(struct session *s, const struct store *st, const struct uidset *uids,
    const struct idx_result *res, uint64_t since)
{
	unsigned int	items = 0;

	if (s->condstore)
		items = FETCH_LINE_UID | FETCH_LINE_MODSEQ;
	else if (s->cmd->flags & CMD_UID)
		items = FETCH_LINE_UID;
	if (!st->silent)
		return (echo_some(s, uids, res, since,
		    items | FETCH_LINE_FLAGS));
	if (res->refused.n > 0 && echo_some(s, &res->refused, res,
	    since, items | FETCH_LINE_FLAGS) == -1)
		return (-1);
	if (!s->condstore)
		return (0);
	return (echo_some(s, st->req.conditional ? uids : &res->done, res,
	    since, items));
}

/*
 * The tagged reply, with those that failed UNCHANGEDSINCE; NO if some were
 * expunged.
 */
static void
answer(struct session *s, const struct idx_result *res, int gone)
{
	struct uidset	 nums;
	char		*set = NULL, *code = NULL;

	uidset_init(&nums, 0);
	if (res->refused.n > 0) {
		if ((s->cmd->flags & CMD_UID) == 0 &&
		    view_numbers(s->view, &res->refused, &nums) == -1)
			goto fail;
		set = response_set(s->cmd->flags & CMD_UID ? &res->refused :
		    &nums);
		if (set == NULL || asprintf(&code, "MODIFIED %s", set) == -1) {
			code = NULL;
			goto fail;
		}
	}
	if (gone)
		reply_no(s, code != NULL ? code : "EXPUNGEISSUED",
		    "Some of the messages are expunged");
	else
		reply_ok(s, code, code != NULL ? "Some have changed since" :
		    "STORE completed");
	goto out;
fail:
	reply_errno(s, "Can't tell what was stored");
out:
	free(set);
	free(code);
	uidset_free(&nums);
}

void
cmd_store(struct session *s, const struct parser_arg *arg)
{
	struct store		 st;
	struct idx_result	 res;
	struct uidset		 uids;
	const char		*why;
	uint64_t		 told = s->view->told;
	int			 gone, ret;

	uidset_init(&uids, PROTO_MAXRANGES);
	idx_result_init(&res);
	if (parse(arg, &st, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	if (st.req.conditional)
		session_enable_condstore(s);
	if (set_resolve(s, arg, &uids) == -1)
		goto out;
	if (uids.n > 0 && idx_store(s->view->folder->box, &st.req, &uids,
	    &res) == -1) {
		reply_errno(s, "Can't store flags");
		goto out;
	}
	/* Others' changes that came before go out before. */
	s->view->own = res.modseq;
	s->view->echo = st.silent ? &res.refused : &uids;
	ret = update_send(s, UPDATE_FLAGS);
	s->view->echo = NULL;
	if (ret == -1)
		goto out;
	/*
	 * Some were expunged: NO, but not where a client that is told nothing
	 * of each message would take it for all of them (RFC 2180 section
	 * 4.2.1); nor is one that takes it so left to guess at flags.
	 */
	gone = (!st.silent || st.req.conditional) && set_has_gone(s, &uids);
	if (gone)
		st.silent = 0;
	if (echo(s, &st, &uids, &res, told) == -1) {
		view_untold(s->view, told);
		reply_errno(s, "Can't tell what was stored");
	} else
		answer(s, &res, gone);
out:
	uidset_free(&uids);
	idx_result_free(&res);
}
