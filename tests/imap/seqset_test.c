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
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/uidset.h"
#include "imapd/seqset.h"

static void	check_uids(const char *, uint32_t, const char *);
static int	numbers(const char *, uint32_t, struct uidset *);
static void	check_bad(const char *);

static void
check_uids(const char *text, uint32_t maxuid, const char *want)
{
	struct seqset	set;
	struct uidset	out;
	char		buf[256];
	size_t		pos = 0;

	uidset_init(&out, 0);
	ATF_REQUIRE_EQ_MSG(0, seqset_parse(&set, text, 100), "%s", text);
	ATF_CHECK_EQ(1, seqset_is(text));
	ATF_CHECK_EQ(0, seqset_uids(&set, maxuid, &out));
	(void)uidset_text(&out, &pos, buf, sizeof(buf));
	ATF_CHECK_STREQ_MSG(want, buf, "%s", text);
	seqset_free(&set);
	seqset_free(&set);
	uidset_free(&out);
}

static int
numbers(const char *text, uint32_t exists, struct uidset *out)
{
	struct seqset	set;
	int		ret, save_errno;

	uidset_clear(out);
	ATF_REQUIRE_EQ_MSG(0, seqset_parse(&set, text, 100), "%s", text);
	ret = seqset_numbers(&set, exists, out);
	save_errno = errno;
	seqset_free(&set);
	errno = save_errno;
	return (ret);
}

static void
check_bad(const char *text)
{
	struct seqset	set;

	errno = 0;
	ATF_CHECK_EQ_MSG(-1, seqset_parse(&set, text, 100), "%s", text);
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(0, seqset_is(text));
	ATF_CHECK(set.r == NULL && set.n == 0);
}

ATF_TC_WITHOUT_HEAD(uids);
ATF_TC_BODY(uids, tc)
{
	check_uids("1", 10, "1");
	check_uids("1:3,5", 10, "1:3,5");
	check_uids("5,1:3,2:4", 10, "1:5");
	check_uids("3:1", 10, "1:3");
	check_uids("*", 10, "10");
	check_uids("*:4", 10, "4:10");
	check_uids("*:*", 10, "10");
	check_uids("4294967295", 10, "4294967295");
	/* RFC 3501 §6.4.8: the last message is in it, whatever n is. */
	check_uids("559:*", 10, "10:559");
	check_uids("11:20,*", 10, "10:20");
	check_uids("1:*,7", 0, "7");
	check_uids("*", 0, "");
	check_uids("$", 10, "");
}

ATF_TC_WITHOUT_HEAD(message_numbers);
ATF_TC_BODY(message_numbers, tc)
{
	struct uidset	out;

	uidset_init(&out, 0);
	ATF_CHECK_EQ(0, numbers("1:3,*", 5, &out));
	ATF_CHECK_EQ(4, uidset_count(&out));
	ATF_CHECK_EQ(0, numbers("*:2", 5, &out));
	ATF_CHECK_EQ(4, uidset_count(&out));
	ATF_CHECK_ERRNO(ERANGE, numbers("6", 5, &out) == -1);
	ATF_CHECK_ERRNO(ERANGE, numbers("6:*", 5, &out) == -1);
	ATF_CHECK_ERRNO(ERANGE, numbers("1:6", 5, &out) == -1);
	ATF_CHECK_ERRNO(ERANGE, numbers("*", 0, &out) == -1);
	ATF_CHECK_ERRNO(ERANGE, numbers("1:*", 0, &out) == -1);
	ATF_CHECK_EQ(0, numbers("$", 0, &out));
	uidset_free(&out);
}

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	static const char	*const texts[] = {
		"", "0", "01", "1,", ",1", "1,,2", "1:", ":1", "1:2:3", "1:0",
		"4294967296", "99999999999999999999", "1-2", "1 2", "*1", "**",
		"$,1", "1,$", "$$", "1:$", "+1", "-1", "a", "1a",
	};
	size_t			 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_bad(texts[i]);
}

ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct seqset	set;
	struct uidset	out;

	ATF_CHECK_EQ(0, seqset_parse(&set, "1,3,5", 3));
	uidset_init(&out, 2);
	ATF_CHECK_ERRNO(E2BIG, seqset_uids(&set, 9, &out) == -1);
	uidset_clear(&out);
	ATF_CHECK_ERRNO(E2BIG, seqset_numbers(&set, 9, &out) == -1);
	uidset_free(&out);
	seqset_free(&set);
	ATF_CHECK_ERRNO(E2BIG, seqset_parse(&set, "1,3,5,7", 3) == -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, uids);
	ATF_TP_ADD_TC(tp, message_numbers);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, limit);
	return (atf_no_error());
}
