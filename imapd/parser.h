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


#ifndef IMAPD_PARSER_H
#define IMAPD_PARSER_H

#include <stddef.h>
#include <stdint.h>

/*
 * The grammar of IMAP commands (RFC 3501 §9, RFC 7888), without any I/O.
 * Bytes are fed in as they come, split anywhere; the parser says what they
 * amount to.  The loop of a caller:
 *
 *	for (;;) {
 *		buf = client_input(c, &len);
 *		res = parser_feed(p, buf, len, &used);
 *		(PARSER_DATA: take parser_data())
 *		client_consume(c, used);
 *		switch (res) {
 *		case PARSER_MORE:	client_read(c, timeout); break;
 *		case PARSER_LITERAL:	decide; parser_literal(p, ...); send
 *					"+ " if it is taken and
 *					parser_literal_sync(p); break;
 *		case PARSER_DATA:	break;
 *		case PARSER_DONE:	run the command; parser_reset(p); break;
 *		case PARSER_REFUSED:	tagged NO; parser_reset(p); break;
 *		case PARSER_ERROR:	parser_tag(p) BAD parser_error(p);
 *					parser_reset(p); break;
 *		case PARSER_LINE:	parser_line(); see there
 *		case PARSER_FATAL:	* BYE parser_error(p); end
 *		}
 *	}
 *
 * A line may end with LF alone.
 */

struct parser;

/* What a parser accepts at most.  See PARSER_LIMITS. */
struct parser_limits {
	size_t		line;	/* bytes outside literals, CRLFs included */
	size_t		memory;	/* bytes of kept literals in a command */
	size_t		args;	/* arguments in a command, at any depth */
	unsigned int	depth;	/* lists and sections within each other */
	uint64_t	skip;	/* bytes of one literal read to throw away */
};

/* Limits for a session; fields may be lowered, before login for example. */
#define PARSER_LIMITS { 128 * 1024, 1024 * 1024, 16384, 32, UINT32_MAX }

enum parser_result {
	PARSER_MORE,		/* all bytes are used; feed more */
	PARSER_DONE,		/* a command is complete */
	PARSER_LITERAL,		/* a literal is announced: parser_literal() */
	PARSER_DATA,		/* octets of a streamed literal */
	PARSER_LINE,		/* the line of parser_expect_line() */
	PARSER_REFUSED,		/* the end of a command with refused literal */
	PARSER_ERROR,		/* bad syntax; the command is skipped: BAD */
	PARSER_FATAL		/* cannot go on on this connection: BYE */
};

enum parser_action {
	PARSER_KEEP,		/* in memory, as an argument's text */
	PARSER_STREAM,		/* given to the caller by PARSER_DATA */
	PARSER_REFUSE		/* not read, or if it comes anyway, skipped */
};

enum parser_type {
	PARSER_ATOM,		/* see struct parser_arg */
	PARSER_QUOTED,
	PARSER_LITSTR,
	PARSER_LITSTR8,		/* RFC 3516 literal8: APPEND takes it */
	PARSER_LIST,
	PARSER_NIL
};

/*
 * An argument; all memory is the parser's, until parser_reset().
 *
 * A quoted string may have UTF-8 in it (RFC 6855 section 3), of which only
 * valid sequences pass; a literal may have any octets but NUL.
 *
 * An atom here is any run of characters other than space, ( ) { " and
 * controls: numbers, flags (\Seen), sequence sets (1:*,$), LIST patterns
 * come as atoms; parser_astring() and its like below check further.
 *
 * In FETCH and UID FETCH, and only there, a "[" in an atom begins a section:
 * BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100> is an atom with the text
 * "BODY.PEEK", section 1, the children HEADER.FIELDS and the list
 * (FROM TO), and the suffix "<0.100>".  BODY[] has section 1 and no child.
 *
 * The text of a streamed literal is NULL, its len what was announced.
 *
 * "~{n}" is a literal8, to the parser a literal like others.  It is none of
 * what the functions below take, so that whoever uses them refuses it.
 */
struct parser_arg {
	enum parser_type	 type;
	int			 section;	/* an atom with "[...]" */
	const char		*text;		/* with a NUL; lists: NULL */
	size_t			 len;		/* of text */
	const char		*suffix;	/* after "]", or "" */
	struct parser_arg	*child;		/* of a list or a section */
	struct parser_arg	*next;		/* sibling */
};

/*
 * Makes a parser.  The limits are copied.  Returns NULL with errno ENOMEM.
 */
struct parser	*parser_new(const struct parser_limits *limits);

/* Frees it with all arguments; NULL is fine. */
void	parser_free(struct parser *p);

/*
 * Changes the limits, between commands.
 */
void	parser_set_limits(struct parser *p, const struct parser_limits *limits);

/*
 * Takes bytes; *used says how many (not more than len): the rest is to be fed
 * again with the next call.  After anything but PARSER_MORE call it again even
 * if nothing is left to feed.  After PARSER_DONE, PARSER_LINE, PARSER_REFUSED
 * and PARSER_ERROR the next command begins with parser_reset(), or the next
 * line with parser_expect_line(); until then nothing is taken and the same
 * result is returned.  So does PARSER_LITERAL until parser_literal().
 */
enum parser_result parser_feed(struct parser *p, const void *buf, size_t len,
	    size_t *used);

/*
 * Ends a command and frees its memory.  It may also be called in the middle
 * of one only if the connection ends.
 */
void	parser_reset(struct parser *p);

/*
 * Returns the command's tag, "*" if there is no valid one (as for the BAD of
 * an empty line), or "" if it has not been read yet.
 */
const char *parser_tag(const struct parser *p);

/*
 * Returns the command's name in capitals, "" if not known.  UID and the word
 * after it are one name: "UID FETCH".
 */
const char *parser_name(const struct parser *p);

/* Returns the first of the arguments read so far, or NULL. */
const struct parser_arg *parser_args(const struct parser *p);

/* Returns the text for BAD or BYE after PARSER_ERROR and PARSER_FATAL. */
const char *parser_error(const struct parser *p);

/*
 * After PARSER_LITERAL.  The arguments so far, at any depth, are in
 * parser_args(): the last of them is the literal.  size: octets announced.
 * sync: 1 if the client waits for "+ ", 0 if the octets come unasked (RFC
 * 7888).  at_top: 1 if it is an argument by itself, 0 within a list or a
 * section.
 */
uint64_t parser_literal_size(const struct parser *p);
int	parser_literal_sync(const struct parser *p);
int	parser_literal_top(const struct parser *p);

/*
 * Says what to do with the literal announced.  PARSER_KEEP fails with -1 and
 * errno E2BIG if the command's memory would be exceeded (or ENOMEM): then
 * refuse it.  Otherwise returns 0.
 *
 * After PARSER_REFUSE, PARSER_REFUSED comes when the command is at its end:
 * at once if the literal was a synchronising one, which the client does not
 * send after a tagged NO; else when its octets, and the rest of the command
 * with all its non-synchronising literals, are read and thrown away.
 */
int	parser_literal(struct parser *p, enum parser_action action);

/*
 * After PARSER_DATA: returns the octets, which are in the buffer given to
 * parser_feed() and counted in its *used, and their number, not 0, in *len.
 */
const void *parser_data(const struct parser *p, size_t *len);

/*
 * Returns how many octets of the literal are still to come; 0 says that it
 * is complete (an empty one has no PARSER_DATA at all).
 */
uint64_t parser_literal_left(const struct parser *p);

/*
 * After PARSER_DONE or PARSER_LINE: the next line is not a command but a
 * response to "+ " (AUTHENTICATE, RFC 3501 §6.2.2) or IDLE's DONE (RFC 2177).
 * It comes as PARSER_LINE, or PARSER_ERROR if it is too long.  Tag, name and
 * arguments stay; parser_reset() ends the command as ever.
 */
void	parser_expect_line(struct parser *p);

/*
 * After PARSER_LINE: returns the line without its end, and with a NUL after
 * its len bytes, which may be any (a NUL, too).  Valid until the parser is
 * called again.
 */
const char *parser_line(const struct parser *p, size_t *len);

/*
 * What an argument is, for the command layer.  arg may be NULL in all of
 * them: the answer is no.
 */

/* Returns 1 if it is an atom (NIL included) equal to word without case. */
int	parser_is(const struct parser_arg *arg, const char *word);

/*
 * Return the text if it is an atom of ATOM-CHARs alone; an astring; a string
 * (quoted or literal); an nstring (for NIL: the text NULL and return 1);
 * a list-mailbox (astring with % and *).  0 and *text set for a yes, -1 for
 * a no, without errno.  len may be NULL; a quoted string or literal never has
 * a NUL within.  A streamed literal is none of these.  An astring may have %,
 * * and \ without quotes, which RFC 3501 section 9 has not: so do clients that
 * quote nothing (imaplib, offlineimap) write the names of mailboxes.
 */
int	parser_atom(const struct parser_arg *arg, const char **text);
int	parser_astring(const struct parser_arg *arg, const char **text,
	    size_t *len);
int	parser_string(const struct parser_arg *arg, const char **text,
	    size_t *len);
int	parser_nstring(const struct parser_arg *arg, const char **text,
	    size_t *len);
int	parser_list_mailbox(const struct parser_arg *arg, const char **text,
	    size_t *len);

/*
 * A flag: an atom, or "\" and an atom; *text with the "\".  "\*" is not one.
 * Return as above.
 */
int	parser_flag(const struct parser_arg *arg, const char **text);

/*
 * A number of digits alone, at most UINT32_MAX; a mod-sequence or number64,
 * at most INT64_MAX (RFC 7162 §7).  0 for a yes, -1 for a no.
 */
int	parser_number(const struct parser_arg *arg, uint32_t *n);
int	parser_number64(const struct parser_arg *arg, uint64_t *n);

#endif
