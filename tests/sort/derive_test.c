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
#include <stdlib.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_sort.h"
#include "imapd/derive_thread.h"
#include "imapd/mime/message.h"

/* What SORT and THREAD derive from messages. */

static void	get_sort(const char *, struct mime_buf *, struct sort_keys *);
static void	get_thread(const char *, struct mime_buf *,
		    struct thread_keys *);
static void	check_date(const char *, int, long long);
static void	check_text(const char *, enum sort_text, const char *);
static int	same(struct thread_hash, const char *);

static void
get_sort(const char *text, struct mime_buf *buf, struct sort_keys *keys)
{
	struct mime_message	*m;

	mime_buf_reset(buf);
	ATF_REQUIRE((m = mime_open_memory(text, strlen(text))) != NULL);
	ATF_REQUIRE_EQ(0, derive_sort(m, buf));
	ATF_REQUIRE_EQ(0, sort_keys_read(keys, buf->data, buf->len));
	mime_close(m);
}

static void
get_thread(const char *text, struct mime_buf *buf, struct thread_keys *keys)
{
	struct mime_message	*m;

	mime_buf_reset(buf);
	ATF_REQUIRE((m = mime_open_memory(text, strlen(text))) != NULL);
	ATF_REQUIRE_EQ(0, derive_thread(m, buf));
	ATF_REQUIRE_EQ(0, thread_keys_read(keys, buf->data, buf->len));
	mime_close(m);
}

static void
check_date(const char *date, int dated, long long want)
{
	struct mime_buf		buf = { 0 };
	struct sort_keys	keys;
	char			text[256];

	(void)snprintf(text, sizeof(text), "Date: %s\r\n\r\n", date);
	get_sort(text, &buf, &keys);
	ATF_CHECK_EQ_MSG(dated, keys.dated, "%s", date);
	ATF_CHECK_EQ_MSG(want, keys.date, "%s: %lld", date,
	    (long long)keys.date);
	mime_buf_free(&buf);
}

/* RFC 5256 section 2.2. */
ATF_TC_WITHOUT_HEAD(dates);
ATF_TC_BODY(dates, tc)
{
	(void)tc;
	check_date("31 Dec 2000 16:01:33 -0800", 1, 978307293);
	check_date("1 Jan 2001 00:01:33 +0000", 1, 978307293);
	/* An invalid zone, time; neither a date. */
	check_date("1 Jan 2001 00:01:33 bogus", 1, 978307293);
	check_date("1 Jan 2001 00:01:33", 1, 978307293);
	check_date("1 Jan 2001 25:01:33 bogus", 1, 978307200);
	check_date("1 Jan 2001", 1, 978307200);
	check_date("3 Mar 2005 24:00:00 +0000", 1, 1109808000);
	check_date("8 Mar 2005,12:25:58 +0000", 1, 1110240000);
	check_date("29 May 2019 06:09:22 PM EDT", 1, 1559110162);
	check_date("", 0, 0);
	check_date("yesterday", 0, 0);
	check_date("31 Feb 2001 00:01:33 +0000", 0, 0);
	check_date("1 Jan 1969 00:00:00 +0000", 1, -31536000);
}

static void
check_text(const char *header, enum sort_text which, const char *want)
{
	struct mime_buf		buf = { 0 };
	struct sort_keys	keys;

	get_sort(header, &buf, &keys);
	ATF_CHECK_MSG(keys.len[which] == strlen(want) &&
	    memcmp(keys.text[which], want, strlen(want)) == 0,
	    "\"%s\" gives \"%.*s\", not \"%s\"", header, (int)keys.len[which],
	    keys.text[which], want);
	mime_buf_free(&buf);
}

ATF_TC_WITHOUT_HEAD(subjects);
ATF_TC_BODY(subjects, tc)
{
	(void)tc;
	check_text("Subject: Re: Lunch\r\n\r\n", SORT_TEXT_SUBJECT, "LUNCH");
	check_text("Subject: Re:\r\n\tLunch \r\n now\r\n\r\n",
	    SORT_TEXT_SUBJECT, "LUNCH NOW");
	check_text("Subject: a \r\n\tb\r\n\r\n", SORT_TEXT_SUBJECT, "A B");
	check_text("Subject: =?utf-8?Q?Re=3A_[x]_caf=C3=A9?=\r\n\r\n",
	    SORT_TEXT_SUBJECT, "CAFE\xcc\x81");
	check_text("Subject: =?utf-8?Q?a=00b?=\r\n\r\n", SORT_TEXT_SUBJECT,
	    "AB");
	check_text("\r\n", SORT_TEXT_SUBJECT, "");
}

/* RFC 5256 section 3: the addr-mailbox; RFC 5957 section 3: what is shown. */
ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	(void)tc;
	check_text("From: Ada <a.l@x>, Bob <b@x>\r\n\r\n", SORT_TEXT_FROM,
	    "A.L");
	check_text("From: Ada <a.l@x>, Bob <b@x>\r\n\r\n",
	    SORT_TEXT_DISPLAYFROM, "ADA");
	check_text("To:\r\nTo: a.l@x\r\n\r\n", SORT_TEXT_TO, "A.L");
	check_text("To: a.l@x\r\n\r\n", SORT_TEXT_DISPLAYTO, "A.L@X");
	check_text("To: =?utf-8?Q?=C3=84da?= <a@x>\r\n\r\n",
	    SORT_TEXT_DISPLAYTO, "A\xcc\x88" "DA");
	check_text("To: =?utf-8?Q?" "?= <a@x>\r\n\r\n", SORT_TEXT_DISPLAYTO,
	    "A@X");
	check_text("To: \"Quo\\\"ted\\\\\" <a@x>\r\n\r\n",
	    SORT_TEXT_DISPLAYTO, "QUO\"TED\\");
	check_text("To: Friends: Ada <a@x>;\r\n\r\n", SORT_TEXT_TO,
	    "FRIENDS");
	check_text("To: Friends: Ada <a@x>;\r\n\r\n", SORT_TEXT_DISPLAYTO,
	    "FRIENDS");
	check_text("Cc: A <c@x>\r\n\r\n", SORT_TEXT_CC, "C");
	check_text("Cc: \xc3\xa4@x\r\n\r\n", SORT_TEXT_CC, "A\xcc\x88");
	check_text("\r\n", SORT_TEXT_DISPLAYFROM, "");
	check_text("From:\r\n\r\n", SORT_TEXT_FROM, "");
}

/* What is longer than a record's text may be is cut. */
ATF_TC_WITHOUT_HEAD(long_texts);
ATF_TC_BODY(long_texts, tc)
{
	struct mime_buf		buf = { 0 };
	struct sort_keys	keys;
	char			*text;
	int			i, size = 400000;

	(void)tc;
	ATF_REQUIRE((text = malloc((size_t)size)) != NULL);
	memset(text, 'a', (size_t)size);
	memcpy(text, "Subject: ", 9);
	for (i = 900; i < size - 10; i += 900)
		memcpy(text + i, "\r\n ", 3);
	memcpy(text + 180000, "\r\nFrom: ", 8);
	memcpy(text + size - 5, "\r\n\r\n", 5);
	get_sort(text, &buf, &keys);
	ATF_CHECK_EQ(SORT_TEXT_MAX, keys.len[SORT_TEXT_SUBJECT]);
	ATF_CHECK_EQ(SORT_TEXT_MAX, keys.len[SORT_TEXT_DISPLAYFROM]);
	mime_buf_free(&buf);
	free(text);
}

static int
same(struct thread_hash hash, const char *id)
{
	struct thread_hash	want = thread_hash(id, strlen(id));

	return (hash.h[0] == want.h[0] && hash.h[1] == want.h[1]);
}

/* RFC 5256 section 3, REFERENCES. */
ATF_TC_WITHOUT_HEAD(references);
ATF_TC_BODY(references, tc)
{
	struct mime_buf		buf = { 0 };
	struct thread_keys	keys;

	(void)tc;
	get_thread("Message-ID: <\"a\"@x>\r\nSubject: Re: a\r\n"
	    "References: <b@x> <c@x>\r\n <d@x>\r\nIn-Reply-To: <e@x>\r\n\r\n",
	    &buf, &keys);
	ATF_CHECK_EQ(THREAD_ID | THREAD_SUBJECT | THREAD_REPLY, keys.flags);
	ATF_CHECK(same(keys.id, "a@x"));
	ATF_CHECK(same(keys.subject, "A"));
	ATF_REQUIRE_EQ(3, keys.nrefs);
	ATF_CHECK(same(thread_ref(&keys, 0), "b@x"));
	ATF_CHECK(same(thread_ref(&keys, 2), "d@x"));
	get_thread("Message-ID: none\r\nReferences: none <either>\r\n"
	    "In-Reply-To: your <e@x> of <f@x>\r\n\r\n", &buf, &keys);
	ATF_CHECK_EQ(0, keys.flags);
	ATF_REQUIRE_EQ(1, keys.nrefs);
	ATF_CHECK(same(thread_ref(&keys, 0), "e@x"));
	get_thread("Date: 1 Jan 1970 00:00:01 +0000\r\n"
	    "In-Reply-To: you\r\n\r\n", &buf, &keys);
	ATF_CHECK_EQ(THREAD_DATED, keys.flags);
	ATF_CHECK_EQ(1, keys.date);
	ATF_CHECK_EQ(0, keys.nrefs);
	ATF_CHECK_EQ(-1, thread_keys_read(&keys, buf.data, buf.len - 1));
	mime_buf_free(&buf);
}

/* Of too many the first and the last ones. */
ATF_TC_WITHOUT_HEAD(many_references);
ATF_TC_BODY(many_references, tc)
{
	static const int	counts[] = {
		1, 2, THREAD_REFS_MAX - 1, THREAD_REFS_MAX,
		THREAD_REFS_MAX + 1, 2 * THREAD_REFS_MAX, 5000
	};
	struct mime_buf		buf = { 0 };
	struct thread_keys	keys;
	static char		text[100000];
	char			id[16];
	size_t			i, j, len;
	int			n, first;

	(void)tc;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		len = (size_t)snprintf(text, sizeof(text), "References:");
		for (n = 0; n < counts[i]; n++)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, "\r\n <%d@x>", n);
		(void)snprintf(text + len, sizeof(text) - len, "\r\n\r\n");
		get_thread(text, &buf, &keys);
		ATF_CHECK_EQ(counts[i] < THREAD_REFS_MAX ? counts[i] :
		    THREAD_REFS_MAX, (int)keys.nrefs);
		ATF_CHECK(same(thread_ref(&keys, 0), "0@x"));
		first = counts[i] - (int)keys.nrefs;
		for (j = 1; j < keys.nrefs; j++) {
			(void)snprintf(id, sizeof(id), "%d@x",
			    first + (int)j);
			ATF_CHECK(same(thread_ref(&keys, j), id));
		}
	}
	mime_buf_free(&buf);
}

/* RFC 8474 section 5.2. */
ATF_TC_WITHOUT_HEAD(thread_ids);
ATF_TC_BODY(thread_ids, tc)
{
	static const char *const same_thread[] = {
		"Message-ID: <a@x>\r\n\r\n",
		"Message-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\n\r\n",
		"Message-ID: <c@x>\r\nReferences: <\"a\"@x> <b@x>\r\n\r\n"
	};
	struct mime_buf		buf = { 0 };
	struct thread_keys	keys;
	char			id[THREADID_SIZE];
	size_t			i;

	(void)tc;
	for (i = 0; i < 3; i++) {
		get_thread(same_thread[i], &buf, &keys);
		ATF_REQUIRE(thread_id(buf.data, buf.len, id) != NULL);
		/* It is in caches, and with clients: it may never change. */
		ATF_CHECK_STREQ("Tee6cbe4c79b5062b49ce307e9581a23c", id);
	}
	get_thread("Subject: x\r\n\r\n", &buf, &keys);
	ATF_CHECK_EQ(NULL, thread_id(buf.data, buf.len, id));
	ATF_CHECK_EQ(NULL, thread_id(buf.data, 5, id));
	mime_buf_free(&buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dates);
	ATF_TP_ADD_TC(tp, subjects);
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, long_texts);
	ATF_TP_ADD_TC(tp, references);
	ATF_TP_ADD_TC(tp, many_references);
	ATF_TP_ADD_TC(tp, thread_ids);
	return (atf_no_error());
}
