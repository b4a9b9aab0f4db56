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


#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <sys/types.h>

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_PIDS	8	/* processes that a server starts with */

/* A server that is measured. */
struct server {
	const char	*name;
	const char	*port;		/* on 127.0.0.1 */
	const char	*tlsport;	/* with TLS from the first byte */
	const char	*maildir;
	const char	*pidfiles[BENCH_PIDS];
	size_t		 npids;
};

/* A process of a server; 0 if that is not known just now. */
pid_t		 server_pid(const struct server *, size_t);

/* The PSS of all its processes, in KiB; -1 if it cannot be read. */
long		 server_weight(const struct server *);

/*
 * The time that one of its own processes, or all of its processes, have used of
 * processors, in ms; of those that have ended, nothing.  -1 likewise.
 */
double		 server_cpu(const struct server *, size_t);
double		 server_cpu_all(const struct server *);

/* The highest RSS that any of its sessions had, in KiB; -1 likewise. */
long		 server_peak(const struct server *);

/* client.c: an IMAP client; what goes wrong ends the program. */

struct client {
	int		 fd;
	SSL		*tls;		/* or NULL */
	unsigned int	 tag;
	char		*buf;
	size_t		 at;		/* of what is not read yet */
	size_t		 len;
	size_t		 size;
	unsigned int	 exists;	/* of the last "* n EXISTS" */
	unsigned int	 fetches;	/* FETCH responses to the command */
	unsigned int	 bytes;		/* of responses to the command */
	int		 keep;		/* keep its untagged responses: */
	char		*kept;		/* lines, each with "\n" */
	size_t		 keptlen;
	size_t		 keptsize;
};

/* Connects and reads the greeting. */
struct client	*client_open(const struct server *);

/*
 * The same with TLS.  The TLS session is resumed from *sess if that is not
 * NULL, and what the server gives is kept there; sess may be NULL.  Whether
 * it was resumed is SSL_session_reused() of tls.
 */
struct client	*client_open_tls(const struct server *, SSL_SESSION **sess);
void		 client_login(struct client *);

/*
 * Sends a command and reads its responses; anything but a tagged OK ends
 * the program.
 */
void		 client_command(struct client *, const char *fmt, ...)
		    __attribute__((__format__(printf, 2, 3)));

/*
 * Sends a command without TLS and returns all that comes up to its tagged
 * response, which must be OK, and its length.  None of it is looked at, so
 * that it is the server that is measured; it is good until the next command.
 */
const char	*client_answer(struct client *, size_t *len, const char *fmt,
		    ...) __attribute__((__format__(printf, 3, 4)));

/*
 * The two halves of client_command(); client_done() returns 0 instead of
 * waiting.
 */
void		 client_send(struct client *, const char *fmt, ...)
		    __attribute__((__format__(printf, 2, 3)));
int		 client_done(struct client *);

/* APPEND with a literal, waiting for "+". */
void		 client_append(struct client *, const char *mailbox,
		    const char *message, size_t len);

/* Sends IDLE and waits for "+". */
void		 client_idle(struct client *);

/* Waits for a line that is no answer to a command, such as of IDLE. */
void		 client_line(struct client *);

/* Whether the server greets. */
int		 client_ready(const struct server *);

/* Closes without LOGOUT. */
void		 client_close(struct client *);

/* mailbox.c */

/*
 * Makes a Maildir of n messages in cur, all seen.  If linked, many of them
 * are links to one file, which is faster made.
 */
void		 mailbox_make(const char *dir, unsigned int n, int linked);

/* Returns a message with CRLF of about 4 KB and its length. */
const char	*mailbox_message(size_t *len);

/* mail.c: mailboxes like people's; those that they belong to own them. */

/* A word that few messages have, and the same in quoted-printable. */
#define MAIL_RARE	"quayside"
#define MAIL_RARE_QP	"qu=61ysi=\n=64e"
#define MAIL_SINCE	"1-Mar-2020"	/* some are of that day or later */

void		 mail_folder(const char *maildir, const char *name);
void		 mail_make(const char *maildir, const char *name,
		    unsigned int n);
void		 mail_big(const char *maildir, const char *name, size_t size);

/* measure.c */

/*
 * A figure.  measure() returns milliseconds for one operation, or KiB, or a
 * negative number if it cannot be had.
 */
struct figure {
	const char	*name;
	double		(*measure)(const struct server *,
			    const struct figure *);
	const char	*mailbox;
	unsigned int	 messages;	/* in it */
	unsigned int	 sessions;
	unsigned int	 times;		/* operations of a session */
};

/* Ends with one that has no name. */
extern const struct figure	figures[];

double		 now_ms(void);

/* bench.c: what prints figures. */

#define BENCH_SERVERS	2
#define BENCH_ROUNDS	40	/* at most */
#define BENCH_SIZES	8
#define BENCH_VALUES	2048	/* that a median is taken of */

struct bench {
	struct server	 servers[BENCH_SERVERS];
	size_t		 n;
	size_t		 rounds;
	unsigned int	 sizes[BENCH_SIZES];	/* messages, for cost.c */
	size_t		 nsizes;
	unsigned int	 second_max;	/* largest that the second one has */
	unsigned int	 mailboxes;	/* many of them, for folder.c */
};

/* Values of which there are many; those beyond the last are left out. */
struct values {
	double		 v[BENCH_VALUES];
	size_t		 n;
};

void		 value_add(struct values *, double);

/* They may change the order of the values; -1 if there is none. */
double		 value_median(struct values *);

/* The value below which that part of them lies. */
double		 value_at(struct values *, double part);

void		 print_head(const struct bench *, const char *title);

/*
 * A line with one value for each server, negative if it is not known, and the
 * ratio: how many times better the first is, more being better or less.
 */
void		 print_row(const struct bench *, const char *name,
		    const double *values, int digits, int more);

/*
 * The same of the medians of each server's values, which were taken in turn;
 * behind the ratio is where the ratios of four in five of the turns lie.
 */
void		 print_figure(const struct bench *, const char *name,
		    struct values *, int digits, int more);

/* cost.c: what 10 changes and 10 expunges cost, by size of the mailbox. */

/* The name of the mailbox with that many messages. */
void		 cost_mailbox(char *name, size_t size, unsigned int n);
void		 cost_run(const struct bench *);

/* many.c: many sessions, and all of a mailbox. */

void		 many_mailboxes(const char *maildir);
void		 many_run(const struct bench *);

/* syncs.c: how often a command syncs. */

void		 syncs_run(const struct bench *);

/* scale.c: how much one server carries. */

void		 scale_run(const struct bench *);

/* answer.c: whether answers tell exactly these changes. */

#define CHANGES		10

struct changes {
	uint32_t	 uidvalidity;
	uint64_t	 modseq;	/* before them */
	uint64_t	 highest;	/* after them, 0 if not known */
	unsigned int	 exists;	/* after them */
	uint32_t	 changed[CHANGES];	/* now \Seen \Flagged */
	uint32_t	 expunged[CHANGES];
};

/* Flags in FETCH; what is none of these and not \Recent has higher bits. */
#define FLAGS_SEEN	0x01
#define FLAGS_FLAGGED	0x02
#define FLAGS_ANSWERED	0x04

/* A FETCH response; 0 is what it does not have. */
struct fetched {
	uint32_t	 uid;
	uint64_t	 modseq;
	unsigned int	 flags;
	int		 hasflags;
};

/* Returns 1 if the line is one. */
int		 answer_fetch(const char *line, struct fetched *);

enum answer_kind { ANSWER_SELECT, ANSWER_FETCH, ANSWER_NOOP };

/* Ends the program if what was kept is not exactly that. */
void		 answer_check(const struct client *, const struct changes *,
		    enum answer_kind, const char *server);

/* The number after what, in what was kept; 0 if it is not there. */
uint64_t	 answer_number(const struct client *, const char *what);

/* order.c: STOREs of many sessions in one mailbox. */

void		 order_run(const struct bench *);

/* folder.c: what other programs did, and folders that are new. */

#define FOLDER_ROUNDS	3	/* at most: each makes mailboxes */

void		 folder_run(const struct bench *);

/* door.c: logins with TLS and without, and many sessions that idle. */

void		 door_run(const struct bench *);

/* messages.c: listing, searching, sorting and reading messages. */

#define MESSAGES_ROUNDS	5	/* at most: each takes minutes */

void		 messages_run(const struct bench *);

#endif
