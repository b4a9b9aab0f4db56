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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/order/check.h"

/*
 * The checker: for each property a history that it must reject, beside the
 * one that it must accept.  Times are small numbers here; process 9 is the
 * server's own record.
 */

/* Two clients with a message each; both are in INBOX when they begin. */
#define BEGIN \
	"1 9 L INBOX 2 new 1\n" \
	"1 9 R INBOX 1 2 ()\n" \
	"1 9 L INBOX 3 new 2\n" \
	"1 9 R INBOX 2 3 ()\n" \
	"0 8 [ deliver INBOX m1\n" \
	"0 8 ] done\n" \
	"0 8 [ deliver INBOX m2\n" \
	"0 8 ] done\n" \
	"10 1 ( INBOX\n" \
	"10 2 ( INBOX\n" \
	SELECT("11", "1", "2", "3") \
	SELECT("11", "2", "2", "3")
#define SELECT(time, proc, n, h) \
	time " " proc " > SELECT INBOX (CONDSTORE)\n" \
	time " " proc " < * " n " EXISTS\n" \
	time " " proc " < * OK [UIDVALIDITY 7] UIDs valid\n" \
	time " " proc " < * OK [HIGHESTMODSEQ " h "] Highest\n" \
	time " " proc " < OK SELECT completed\n" \
	time " " proc " > FETCH 1:* (UID FLAGS MODSEQ)\n" \
	time " " proc " < * 1 FETCH (UID 1 FLAGS () MODSEQ (2) Subject: m1)\n" \
	time " " proc " < * 2 FETCH (UID 2 FLAGS () MODSEQ (3) Subject: m2)\n" \
	time " " proc " < OK FETCH completed\n"
#define ENABLE(time, proc) \
	time " " proc " > ENABLE QRESYNC\n" \
	time " " proc " < * ENABLED QRESYNC\n" \
	time " " proc " < OK ENABLE completed\n"

/* Runs the checker; the rules of its faults as one string. */
static void
verdict(const char *text, char *rules, size_t size)
{
	struct history	 h = { 0 };
	struct report	 r = { 0 };
	char		 rule[16];
	unsigned int	 i;

	ATF_REQUIRE_EQ(0, history_parse(&h, BEGIN));
	ATF_REQUIRE_EQ(0, history_parse(&h, text));
	history_sort(&h);
	history_check(&h, &r);
	rules[0] = '\0';
	for (i = 0; i < r.faults && i < REPORT_MAX; i++) {
		fprintf(stderr, "%s\n", r.line[i]);
		(void)snprintf(rule, sizeof(rule), "%.*s",
		    (int)strcspn(r.line[i], ":"), r.line[i]);
		if (strstr(rules, rule) == NULL) {
			if (rules[0] != '\0')
				(void)strlcat(rules, " ", size);
			(void)strlcat(rules, rule, size);
		}
	}
	history_free(&h);
}

static void
accepts(const char *text)
{
	char	 rules[256];

	verdict(text, rules, sizeof(rules));
	ATF_CHECK_STREQ("", rules);
}

/* The rule is among those that the history breaks. */
static void
rejects(const char *rule, const char *text)
{
	char	 rules[256];

	verdict(text, rules, sizeof(rules));
	if (strstr(rules, rule) == NULL)
		atf_tc_fail_nonfatal("\"%s\" instead of \"%s\" for:\n%s",
		    rules, rule, text);
}

ATF_TC_WITHOUT_HEAD(clean);
ATF_TC_BODY(clean, tc)
{
	accepts("");
	accepts(
	    "20 1 > UID STORE 1:2 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1:2 (\\Seen)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < * 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n"
	    "40 2 > NOOP\n"
	    "50 2 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "50 2 < * 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Seen))\n"
	    "50 2 < OK NOOP completed\n"
	    "60 1 )\n"
	    "60 2 )\n");
}

ATF_TC_WITHOUT_HEAD(one_number);
ATF_TC_BODY(one_number, tc)
{
	/* Two commands, two changes, one mod-sequence. */
	rejects("order",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "20 2 > UID STORE 2 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1:2 (\\Seen)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n"
	    "30 2 < * 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 2 < OK STORE completed\n");
	/* One command, two mod-sequences. */
	rejects("order",
	    "20 1 > UID STORE 1:2 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "25 9 L INBOX 5 flags 2 (\\Seen)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < * 2 FETCH (UID 2 MODSEQ (5) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n");
	/* A report shares the number of a command. */
	rejects("order",
	    "18 8 [ deliver INBOX m3\n"
	    "19 8 ] done\n"
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "25 9 L INBOX 4 new 3\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n");
	/* A change that nobody made; one that nothing came of. */
	rejects("order", "25 9 L INBOX 4 flags 1 (\\Seen)\n");
	rejects("order",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 1 < OK STORE completed\n");
	/* A change of what was so already. */
	rejects("order",
	    "20 1 > UID STORE 1 -FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Flagged)\n"
	    "30 1 < OK STORE completed\n");
}

ATF_TC_WITHOUT_HEAD(real_time);
ATF_TC_BODY(real_time, tc)
{
	static const char later[] =
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (5) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n"
	    "%d 2 > UID STORE 2 +FLAGS (\\Flagged)\n"
	    "50 2 < * 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Flagged))\n"
	    "50 2 < OK STORE completed\n"
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "55 9 L INBOX 4 flags 2 (\\Flagged)\n"
	    "55 9 L INBOX 5 flags 1 (\\Seen)\n";
	char	 text[1024];

	/* Together they may have any order, one after the other not. */
	(void)snprintf(text, sizeof(text), later, 21);
	accepts(text);
	(void)snprintf(text, sizeof(text), later, 40);
	rejects("order", text);
	/* Seen before it was sent. */
	rejects("order",
	    "19 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 1 < OK STORE completed\n");
	/* Another program's change counts from when it is seen. */
	accepts(
	    "20 8 [ rename INBOX m1 () (\\Seen)\n"
	    "21 8 ] done\n"
	    "30 1 > UID STORE 2 +FLAGS (\\Seen)\n"
	    "35 9 L INBOX 4 flags 2 (\\Seen)\n"
	    "40 1 < * 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Seen))\n"
	    "40 1 < OK STORE completed\n"
	    "50 9 L INBOX 5 flags 1 (\\Seen)\n");
	rejects("order",
	    "18 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "20 8 [ rename INBOX m1 () (\\Seen)\n"
	    "21 8 ] done\n");
}

/* A STORE that is cut off and another program, at a message that is there
 * twice: either may have made the first change, if only one the second. */
ATF_TC_WITHOUT_HEAD(either);
ATF_TC_BODY(either, tc)
{
#define TWICE \
	    "12 1 > UID COPY 1 INBOX\n" \
	    "13 9 L INBOX 4 new 3\n" \
	    "13 9 R INBOX 3 4 ()\n" \
	    "14 1 < * 3 EXISTS\n" \
	    "14 1 < OK [COPYUID 7 1 3] COPY completed\n" \
	    "15 1 > UID FETCH 3 (FLAGS)\n" \
	    "16 1 < * 3 FETCH (UID 3 MODSEQ (4) FLAGS () Subject: m1)\n" \
	    "16 1 < OK FETCH completed\n" \
	    "20 8 [ rename INBOX m1 () (\\Seen \\Draft)\n" \
	    "21 8 ] done\n"
#define AGAIN \
	    "25 9 L INBOX 5 flags 1 (\\Seen)\n" \
	    "26 9 L INBOX 6 flags 3 (\\Seen \\Draft)\n"
	accepts(TWICE
	    "22 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 1 )\n"
	    AGAIN);
	/* The one as well as the other is wanted for the second. */
	accepts(TWICE
	    "22 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "23 2 > UID STORE 1 +FLAGS (\\Draft)\n"
	    "25 9 L INBOX 5 flags 1 (\\Seen)\n"
	    "26 9 L INBOX 6 flags 1 (\\Draft)\n"
	    "27 9 L INBOX 7 flags 3 (\\Seen \\Draft)\n"
	    "30 1 )\n"
	    "30 2 )\n");
	/* Nobody else; another message's; too late; already used up. */
	rejects("order", TWICE AGAIN);
	rejects("order", TWICE
	    "22 1 > UID STORE 2 +FLAGS (\\Seen)\n"
	    "30 1 )\n"
	    AGAIN);
	rejects("order", TWICE
	    "28 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 1 )\n"
	    AGAIN);
	rejects("order", TWICE
	    "22 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 1 )\n"
	    AGAIN
	    "31 9 L INBOX 7 flags 1 (\\Seen)\n"
	    "32 9 L INBOX 8 flags 1 (\\Seen)\n");
}

/* Two EXPUNGEs at once may have taken the same: the one that was complete
 * first was sent when another command was complete, whose number is higher. */
ATF_TC_WITHOUT_HEAD(choice);
ATF_TC_BODY(choice, tc)
{
#define EXPUNGES(sent) \
	    "20 1 > UID STORE 1 +FLAGS (\\Deleted)\n" \
	    "21 9 L INBOX 4 flags 1 (\\Deleted)\n" \
	    "22 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Deleted))\n" \
	    "22 1 < OK STORE completed\n" \
	    sent " 1 > EXPUNGE\n" \
	    "31 3 ( INBOX\n" \
	    "32 3 > APPEND INBOX m3\n" \
	    "34 3 < OK [APPENDUID 7 3] APPEND completed\n" \
	    "35 2 > EXPUNGE\n" \
	    "40 9 L INBOX 5 gone 1\n" \
	    "40 9 L INBOX 6 new 3\n" \
	    "41 2 < * 1 EXPUNGE\n" \
	    "41 2 < OK EXPUNGE completed\n" \
	    "42 1 < * 1 EXPUNGE\n" \
	    "42 1 < OK EXPUNGE completed\n"
	accepts(EXPUNGES("30"));
	rejects("order", EXPUNGES("36"));
}

/* A keyword that a message came with, and a condition of before: whether it
 * fails is open, and without a reply nobody was told. */
ATF_TC_WITHOUT_HEAD(cut_conditional);
ATF_TC_BODY(cut_conditional, tc)
{
#define CAME(changed) \
	    "12 1 > UID STORE 1 +FLAGS (k1)\n" \
	    "13 9 L INBOX 4 flags 1 (k1)\n" \
	    "14 1 < OK STORE completed\n" \
	    "15 1 > APPEND INBOX (k1) m3\n" \
	    "16 9 L INBOX 5 new 3\n" \
	    "16 9 R INBOX 3 5 (k1)\n" \
	    "17 1 < * 3 EXISTS\n" \
	    "17 1 < OK [APPENDUID 7 3] APPEND completed\n" \
	    "20 1 > UID STORE 1:3 (UNCHANGEDSINCE 4) -FLAGS (k1)\n" \
	    "21 9 L INBOX 6 flags " changed "\n" \
	    "30 1 )\n"
	accepts(CAME("1 (k1)"));
	accepts(CAME("1 (k1)\n21 9 L INBOX 6 flags 3 (k1)"));
	/* Of the first nothing is open. */
	rejects("order", CAME("3 (k1)"));
}

/* What another program changed is that one of a message's copies. */
ATF_TC_WITHOUT_HEAD(renamed_copy);
ATF_TC_BODY(renamed_copy, tc)
{
#define COPIED(reply, changed) \
	    "12 1 > UID COPY 1 INBOX\n" \
	    "13 9 L INBOX 4 new 3\n" \
	    "13 9 R INBOX 3 4 ()\n" \
	    "14 1 " reply "\n" \
	    "20 8 [ rename INBOX m1 () (\\Seen)\n" \
	    "21 8 ] done\n" \
	    changed \
	    "30 7 Q\n"
	accepts(COPIED("< OK [COPYUID 7 1 3] COPY completed",
	    "22 9 L INBOX 5 flags 3 (\\Seen)\n"));
	accepts(COPIED(")", "22 9 L INBOX 5 flags 3 (\\Seen)\n"));
	/* It is known which message that is: not this one. */
	rejects("order", COPIED("< OK [COPYUID 7 2 3] COPY completed",
	    "22 9 L INBOX 5 flags 3 (\\Seen)\n"));
	rejects("lost", COPIED("< OK [COPYUID 7 2 3] COPY completed", ""));
}

ATF_TC_WITHOUT_HEAD(highest);
ATF_TC_BODY(highest, tc)
{
	/* Falls, between two observers. */
	rejects("highest",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n"
	    "40 2 > STATUS INBOX (HIGHESTMODSEQ)\n"
	    "50 2 < * STATUS INBOX (HIGHESTMODSEQ 3)\n"
	    "50 2 < OK STATUS completed\n");
	/* Runs ahead: what it says is not there for who asks then. */
	rejects("stale",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "30 2 > STATUS INBOX (HIGHESTMODSEQ)\n"
	    "31 2 < * STATUS INBOX (HIGHESTMODSEQ 4)\n"
	    "31 2 < OK STATUS completed\n"
	    "32 2 > UID FETCH 1:* (FLAGS)\n"
	    "33 2 < * 1 FETCH (UID 1 MODSEQ (2) FLAGS ())\n"
	    "33 2 < * 2 FETCH (UID 2 MODSEQ (3) FLAGS ())\n"
	    "33 2 < OK FETCH completed\n"
	    "35 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "40 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "40 1 < OK STORE completed\n");
	rejects("stale",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "30 1 < OK STORE completed\n"
	    "32 2 > UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)\n"
	    "33 2 < OK FETCH completed\n");
	/* An EXPUNGE's own number is in its reply. */
	rejects("order",
	    ENABLE("15", "1")
	    "20 1 > UID STORE 1 +FLAGS (\\Deleted)\n"
	    "25 9 L INBOX 4 flags 1 (\\Deleted)\n"
	    "30 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Deleted))\n"
	    "30 1 < OK STORE completed\n"
	    "40 1 > EXPUNGE\n"
	    "45 9 L INBOX 5 gone 1\n"
	    "50 1 < * VANISHED 1\n"
	    "50 1 < OK [HIGHESTMODSEQ 4] EXPUNGE completed\n");
}

/* Two clients that both hold the message at 2; the second is told that. */
#define RACE(first, changed1, second, changed2, reply) \
	"20 1 > UID STORE 1 (UNCHANGEDSINCE 2) " first "\n" \
	"20 2 > UID STORE 1 (UNCHANGEDSINCE 2) " second "\n" \
	"25 9 L INBOX 4 flags 1 (" changed1 ")\n" \
	changed2 \
	"30 1 < OK STORE completed\n" \
	"30 2 < " reply " STORE completed\n"

ATF_TC_WITHOUT_HEAD(conditional);
ATF_TC_BODY(conditional, tc)
{
	/* The lost update, of all flags and of one. */
	rejects("order", RACE("FLAGS (\\Seen)", "\\Seen", "FLAGS (\\Flagged)",
	    "26 9 L INBOX 5 flags 1 (\\Seen \\Flagged)\n", "OK"));
	accepts(RACE("FLAGS (\\Seen)", "\\Seen", "FLAGS (\\Flagged)", "",
	    "OK [MODIFIED 1]"));
	rejects("order", RACE("+FLAGS (k1)", "k1", "-FLAGS (k1)",
	    "26 9 L INBOX 5 flags 1 (k1)\n", "OK"));
	rejects("order", RACE("+FLAGS (k1)", "k1", "+FLAGS (k1)", "", "OK"));
	accepts(RACE("+FLAGS (k1)", "k1", "+FLAGS (k1)", "",
	    "OK [MODIFIED 1]"));
	/* Another flag is no conflict, and none is to be made of it. */
	accepts(RACE("+FLAGS (k1)", "k1", "+FLAGS (k2)",
	    "26 9 L INBOX 5 flags 1 (k2)\n", "OK"));
	rejects("order", RACE("+FLAGS (k1)", "k1", "+FLAGS (k2)", "",
	    "OK [MODIFIED 1]") "40 1 > NOOP\n41 1 < OK NOOP\n");
	/* But below the flag horizon nobody knows. */
	accepts(RACE("+FLAGS (k1)", "k1", "+FLAGS (k2)", "",
	    "OK [MODIFIED 1]") "27 9 H INBOX 3\n");
	/* Nothing changed since: MODIFIED without need. */
	rejects("order",
	    "20 1 > UID STORE 1 (UNCHANGEDSINCE 2) +FLAGS (\\Seen)\n"
	    "30 1 < OK [MODIFIED 1] STORE completed\n");
	/* 0 fails for system flags, and for keywords that are set. */
	rejects("order",
	    "20 1 > UID STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)\n"
	    "25 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "30 1 < OK STORE completed\n");
	accepts(
	    "20 1 > UID STORE 1 (UNCHANGEDSINCE 0) +FLAGS (k1)\n"
	    "25 9 L INBOX 4 flags 1 (k1)\n"
	    "30 1 < OK STORE completed\n"
	    "40 1 > UID STORE 1 (UNCHANGEDSINCE 0) +FLAGS (k1)\n"
	    "41 1 < OK [MODIFIED 1] STORE completed\n");
	/* All messages of one STORE at once, each by itself. */
	accepts(
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "21 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "22 1 < OK STORE completed\n"
	    "30 2 > STORE 1:2 (UNCHANGEDSINCE 3) FLAGS (\\Draft)\n"
	    "31 9 L INBOX 5 flags 2 (\\Draft)\n"
	    "32 2 < OK [MODIFIED 1] STORE completed\n");
	rejects("order",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "21 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "22 1 < OK STORE completed\n"
	    "30 2 > STORE 1:2 (UNCHANGEDSINCE 3) FLAGS (\\Draft)\n"
	    "32 2 < OK [MODIFIED 1] STORE completed\n");
}

ATF_TC_WITHOUT_HEAD(increments);
ATF_TC_BODY(increments, tc)
{
	/* A number covers a change that was never sent. */
	rejects("client",
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "21 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "22 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "22 1 < OK STORE completed\n"
	    "30 2 > UID STORE 2 +FLAGS (\\Seen)\n"
	    "31 9 L INBOX 5 flags 2 (\\Seen)\n"
	    "32 2 < * 2 FETCH (UID 2 MODSEQ (5) FLAGS (\\Seen))\n"
	    "32 2 < OK STORE completed\n"
	    "40 2 )\n");
	/* Without the tagged reply the client may not keep the number. */
	accepts(
	    "20 1 > UID STORE 1 +FLAGS (\\Seen)\n"
	    "21 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "22 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen))\n"
	    "22 1 < OK STORE completed\n"
	    "30 2 > UID STORE 2 +FLAGS (\\Seen)\n"
	    "31 9 L INBOX 5 flags 2 (\\Seen)\n"
	    "32 2 < * 2 FETCH (UID 2 MODSEQ (5) FLAGS (\\Seen))\n"
	    "40 2 )\n");
	/* A held expunge, and a lower number that says so: or none. */
#define HELD(code) \
	    ENABLE("15", "2") \
	    "20 1 > UID STORE 1 +FLAGS (\\Deleted)\n" \
	    "21 9 L INBOX 4 flags 1 (\\Deleted)\n" \
	    "22 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Deleted))\n" \
	    "22 1 < OK STORE completed\n" \
	    "23 1 > EXPUNGE\n" \
	    "24 9 L INBOX 5 gone 1\n" \
	    "25 1 < * 1 EXPUNGE\n" \
	    "25 1 < OK EXPUNGE completed\n" \
	    "30 2 > STORE 2 +FLAGS (\\Seen)\n" \
	    "31 9 L INBOX 6 flags 2 (\\Seen)\n" \
	    "32 2 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Deleted))\n" \
	    "32 2 < * 2 FETCH (UID 2 MODSEQ (6) FLAGS (\\Seen))\n" \
	    code \
	    "32 2 < OK STORE completed\n" \
	    "40 2 )\n"
	accepts(HELD("32 2 < * OK [HIGHESTMODSEQ 4] Held back\n"));
	rejects("client", HELD(""));
	/* A resynchronisation that leaves an expunge out. */
#define RESYNC(vanished) \
	    "15 2 )\n" \
	    "20 1 > UID STORE 1 +FLAGS (\\Deleted)\n" \
	    "21 9 L INBOX 4 flags 1 (\\Deleted)\n" \
	    "22 1 < * 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Deleted))\n" \
	    "22 1 < OK STORE completed\n" \
	    "23 1 > EXPUNGE\n" \
	    "24 9 L INBOX 5 gone 1\n" \
	    "25 1 < * 1 EXPUNGE\n" \
	    "25 1 < OK EXPUNGE completed\n" \
	    "26 8 [ deliver INBOX m3\n" \
	    "26 8 ] done\n" \
	    "27 9 L INBOX 6 new 3\n" \
	    "30 2 ( INBOX\n" \
	    ENABLE("30", "2") \
	    "31 2 > SELECT INBOX (QRESYNC (7 3))\n" \
	    "32 2 < * 2 EXISTS\n" \
	    "32 2 < * OK [UIDVALIDITY 7] UIDs valid\n" \
	    "32 2 < * OK [HIGHESTMODSEQ 6] Highest\n" \
	    vanished \
	    "32 2 < * 2 FETCH (UID 3 FLAGS () MODSEQ (6))\n" \
	    "32 2 < OK SELECT completed\n" \
	    "40 2 )\n"
	accepts(RESYNC("32 2 < * VANISHED (EARLIER) 1\n"));
	rejects("client", RESYNC(""));
	rejects("client", RESYNC("32 2 < * VANISHED (EARLIER) 1:2\n"));
	/* In the end all have all. */
	rejects("client",
	    "20 8 [ rename INBOX m1 () (\\Seen)\n"
	    "21 8 ] done\n"
	    "22 9 L INBOX 4 flags 1 (\\Seen)\n"
	    "30 7 Q\n"
	    "40 1 > NOOP\n"
	    "41 1 < OK NOOP completed\n"
	    "42 1 > LOGOUT\n");
	/* Flags that never were; a number where it never was. */
	rejects("version",
	    "20 1 > UID FETCH 1 (FLAGS)\n"
	    "21 1 < * 1 FETCH (UID 1 MODSEQ (2) FLAGS (\\Seen))\n");
	rejects("version",
	    "20 1 > UID FETCH 1 (FLAGS)\n"
	    "21 1 < * 1 FETCH (UID 1 MODSEQ (3) FLAGS ())\n");
	/* What may not be sent now. */
	rejects("client", "20 1 > NOOP\n21 1 < * VANISHED 1\n");
	rejects("client", ENABLE("15", "1") "20 1 > NOOP\n"
	    "21 1 < * 1 EXPUNGE\n");
	rejects("client", ENABLE("15", "1") "20 1 > FETCH 1 (FLAGS)\n"
	    "21 1 < * VANISHED 1\n");
	rejects("client", ENABLE("15", "1") "20 1 > NOOP\n"
	    "21 1 < * VANISHED 9\n");
}

ATF_TC_WITHOUT_HEAD(uids);
ATF_TC_BODY(uids, tc)
{
	rejects("uid", "20 9 L INBOX 4 gone 2\n21 9 L INBOX 5 new 2\n");
	rejects("uid", "20 9 L INBOX 4 new 7\n21 9 L INBOX 5 new 6\n");
	rejects("ledger", "20 9 L INBOX 3 flags 1 (\\Seen)\n"
	    "21 9 L INBOX 2 flags 1 (\\Seen)\n");
	rejects("ledger", "20 9 L INBOX 4 gone 1\n21 9 L INBOX 5 gone 1\n");
	/* One UID, two messages. */
	rejects("uid",
	    "20 1 > UID FETCH 1 (FLAGS)\n"
	    "21 1 < * 1 FETCH (UID 1 MODSEQ (2) FLAGS () Subject: m5)\n");
}

/* A second mailbox with one message. */
static const char	 other[] =
    "1 9 L Other 2 new 1\n"
    "0 8 [ deliver Other m9\n"
    "0 8 ] done\n";

ATF_TC_WITHOUT_HEAD(moves);
ATF_TC_BODY(moves, tc)
{
	char			 text[2048];

	/* One MOVE takes it, the other is told; or both have it. */
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "20 1 > UID MOVE 1 Other\n"
	    "20 2 > UID MOVE 1 Other\n"
	    "25 9 L Other 3 new 2\n"
	    "25 9 R Other 2 3 ()\n"
	    "25 9 L INBOX 4 gone 1\n"
	    "30 1 < * OK [COPYUID 8 1 2] Moved\n"
	    "30 1 < * 1 EXPUNGE\n"
	    "30 1 < OK MOVE completed\n"
	    "31 2 < NO [EXPUNGEISSUED] MOVE failed\n");
	accepts(text);
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "20 1 > UID MOVE 1 Other\n"
	    "20 2 > UID MOVE 1 Other\n"
	    "25 9 L Other 3 new 2\n"
	    "25 9 L Other 4 new 3\n"
	    "25 9 L INBOX 4 gone 1\n"
	    "30 1 < * OK [COPYUID 8 1 2] Moved\n"
	    "30 1 < * 1 EXPUNGE\n"
	    "30 1 < OK MOVE completed\n"
	    "31 2 < * OK [COPYUID 8 1 3] Moved\n"
	    "31 2 < * 1 EXPUNGE\n"
	    "31 2 < OK MOVE completed\n");
	rejects("order", text);
	/* Cut off: wholly or not at all. */
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "20 1 > UID MOVE 1 Other\n"
	    "30 1 )\n");
	accepts(text);
	(void)snprintf(text, sizeof(text), "%s%s%s", other,
	    "20 1 > UID MOVE 1 Other\n"
	    "30 1 )\n", "25 9 L INBOX 4 gone 1\n");
	rejects("order", text);
	/* Also where another program may have removed it. */
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "12 8 [ deliver INBOX m3\n"
	    "13 8 ] done\n"
	    "14 9 L INBOX 4 new 3\n"
	    "14 9 R INBOX 3 4 ()\n"
	    "15 8 [ remove INBOX m3\n"
	    "16 8 ] done\n"
	    "20 1 > UID MOVE 3 Other\n"
	    "25 9 L Other 3 new 2\n"
	    "25 9 R Other 2 3 ()\n"
	    "25 9 L INBOX 5 gone 3\n"
	    "30 1 )\n");
	accepts(text);
	/* Also where a delivery may have come that nobody looked at. */
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "12 8 [ deliver Other m8\n"
	    "13 8 ] done\n"
	    "20 1 > UID MOVE 1 Other\n"
	    "25 9 L INBOX 4 gone 1\n"
	    "25 9 L Other 3 new 2\n"
	    "25 9 R Other 2 3 ()\n"
	    "26 9 L Other 4 new 3\n"
	    "26 9 R Other 3 4 ()\n"
	    "30 1 )\n");
	accepts(text);
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	char			 text[2048];

	/* A copy of something else; an APPEND that is answered, and lost. */
	(void)snprintf(text, sizeof(text), "%s%s", other,
	    "20 1 > UID COPY 1 Other\n"
	    "25 9 L Other 3 new 2\n"
	    "25 9 R Other 2 3 (\\Flagged)\n"
	    "30 1 < OK [COPYUID 8 1 2] COPY completed\n");
	rejects("lost", text);
	rejects("order",
	    "20 1 > APPEND INBOX m5\n"
	    "30 1 < OK [APPENDUID 7 3] APPEND completed\n");
	/* Twice. */
	rejects("order",
	    "20 1 > APPEND INBOX m5\n"
	    "25 9 L INBOX 4 new 3\n"
	    "26 9 L INBOX 5 new 4\n"
	    "30 1 < OK [APPENDUID 7 3] APPEND completed\n");
	/* A delivery that never came, and one that came twice. */
	rejects("lost",
	    "20 8 [ deliver INBOX m3\n"
	    "21 8 ] done\n"
	    "30 7 Q\n");
	rejects("order",
	    "20 8 [ deliver INBOX m3\n"
	    "21 8 ] done\n"
	    "22 9 L INBOX 4 new 3\n"
	    "23 9 L INBOX 5 new 4\n"
	    "24 1 > UID FETCH 3:4 (FLAGS)\n"
	    "25 1 < * 4 EXISTS\n"
	    "25 1 < * 3 FETCH (UID 3 MODSEQ (4) FLAGS () Subject: m3)\n"
	    "25 1 < * 4 FETCH (UID 4 MODSEQ (5) FLAGS () Subject: m3)\n"
	    "25 1 < OK FETCH completed\n");
	/* Another program's change that nothing came of. */
	rejects("lost",
	    "20 8 [ rename INBOX m1 () (\\Seen)\n"
	    "21 8 ] done\n"
	    "30 7 Q\n");
}

ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	accepts("30 7 Q\n31 7 F INBOX m1 ()\n31 7 F INBOX m2 ()\n");
	rejects("file", "30 7 Q\n31 7 F INBOX m1 ()\n");
	rejects("file", "30 7 Q\n31 7 F INBOX m1 ()\n"
	    "31 7 F INBOX m2 (\\Seen)\n");
	rejects("file", "30 7 Q\n31 7 F INBOX m1 ()\n31 7 F INBOX m2 ()\n"
	    "31 7 F INBOX m2 ()\n");
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	struct history	 h = { 0 };

	ATF_CHECK_EQ(-1, history_parse(&h, "x 1 > NOOP\n"));
	ATF_CHECK_EQ(-1, history_parse(&h, "1 999 > NOOP\n"));
	ATF_CHECK_EQ(-1, history_parse(&h, "1 1 ? NOOP\n"));
	history_free(&h);
	rejects("history", "20 9 L INBOX x\n");
	rejects("client", "20 1 > NOOP\n21 1 < * VANISHED x\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clean);
	ATF_TP_ADD_TC(tp, one_number);
	ATF_TP_ADD_TC(tp, real_time);
	ATF_TP_ADD_TC(tp, either);
	ATF_TP_ADD_TC(tp, choice);
	ATF_TP_ADD_TC(tp, cut_conditional);
	ATF_TP_ADD_TC(tp, renamed_copy);
	ATF_TP_ADD_TC(tp, highest);
	ATF_TP_ADD_TC(tp, conditional);
	ATF_TP_ADD_TC(tp, increments);
	ATF_TP_ADD_TC(tp, uids);
	ATF_TP_ADD_TC(tp, moves);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, garbage);
	return (atf_no_error());
}
