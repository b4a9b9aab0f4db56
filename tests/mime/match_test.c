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

#include "imapd/mime/match.h"
#include "imapd/mime/search.h"
#include "given.h"

#define LEN	3000

/* Characters that are case-mapped to each other, to several, to none. */
static const char *const chars[] = {
	"a", "A", "b", "B", " ", "\n", "\r", "k", "\xe2\x84\xaa", "e",
	"\xc3\xa9", "\xcc\x81", "\xc3\x9f", "s", "\xe4\xb8\xad",
	"\xf0\x9f\x98\x80", "\xc4\xb3", "i", "j"
};

struct text {
	char	 buf[4 * LEN + 1];
	size_t	 len;
};

/* So many characters, of the first kinds. */
static void
mix(struct text *t, size_t n, size_t kinds, uint64_t *seed)
{
	const char	*c;

	for (t->len = 0; n > 0; n--) {
		c = chars[given_roll(seed, kinds)];
		memcpy(t->buf + t->len, c, strlen(c));
		t->len += strlen(c);
	}
}

/* All is case-mapped without its CRs, and looked through at every place. */
static int
plain(const struct text *t, const struct text *needle)
{
	const struct text	*from[2] = { t, needle };
	struct mime_buf		 map[2] = { { 0 }, { 0 } };
	struct mime_needle	*mapped;
	char			 buf[4 * LEN];
	size_t			 i, j, n;
	int			 found = 0;

	for (i = 0; i < 2; i++) {
		for (j = n = 0; j < from[i]->len; j++)
			if (from[i]->buf[j] != '\r')
				buf[n++] = from[i]->buf[j];
		ATF_REQUIRE_EQ(0, mime_casemap(buf, n, &map[i]));
	}
	for (i = 0; !found && i + map[1].len <= map[0].len; i++)
		found = map[1].len == 0 || memcmp(map[0].data + i,
		    map[1].data, map[1].len) == 0;
	n = needle->len;
	ATF_REQUIRE((mapped = mime_needle_new(needle->buf, n)) != NULL);
	ATF_REQUIRE_EQ(found, mime_match_mapped(mapped, map[0].data == NULL ?
	    "" : map[0].data, map[0].len));
	mime_needle_free(mapped);
	mime_buf_free(&map[0]);
	mime_buf_free(&map[1]);
	return (found);
}

/* The text is fed in pieces of up to so many octets. */
static int
match(const struct text *t, const struct text *needle, size_t most,
    uint64_t *seed)
{
	struct mime_needle	*n = mime_needle_new(needle->buf,
				    needle->len);
	struct mime_match	 m;
	struct mime_sink	 sink;
	size_t			 i, step;
	int			 ret;

	ATF_REQUIRE(n != NULL);
	mime_match_init(&m, n);
	sink = mime_match_sink(&m);
	for (i = 0; i < t->len && !m.found; i += step) {
		step = 1 + given_roll(seed, most);
		step = step < t->len - i ? step : t->len - i;
		ret = mime_sink_write(&sink, t->buf + i, step);
		ATF_REQUIRE_EQ(m.found ? -1 : 0, ret);
	}
	mime_needle_free(n);
	return (m.found);
}

ATF_TC_WITHOUT_HEAD(any_text);
ATF_TC_BODY(any_text, tc)
{
	static struct text	 t, needle;
	static const size_t	 kinds[] = { 2, 4, 7, 8, 12, 19 };
	uint64_t		 seed = 1;
	size_t			 i, k, cut;
	int			 want, hits = 0;

	(void)tc;
	for (i = 0; i < 20000; i++) {
		k = kinds[i % 6];
		mix(&t, given_roll(&seed, i % 50 == 0 ? LEN : 100), k, &seed);
		mix(&needle, given_roll(&seed, i % 7 == 0 ? 300 : 9), k,
		    &seed);
		/* Some that are there, from one character to another. */
		if (i % 3 == 0 && t.len > 4) {
			for (cut = given_roll(&seed, t.len); cut > 0 &&
			    (t.buf[cut] & 0xc0) == 0x80; cut--)
				continue;
			for (needle.len = given_roll(&seed, t.len - cut);
			    (t.buf[cut + needle.len] & 0xc0) == 0x80;
			    needle.len--)
				continue;
			memcpy(needle.buf, t.buf + cut, needle.len);
		}
		want = plain(&t, &needle);
		hits += want;
		ATF_REQUIRE_EQ_MSG(want, match(&t, &needle, t.len + 1,
		    &seed), "whole: %zu", i);
		ATF_REQUIRE_EQ_MSG(want, match(&t, &needle, 9, &seed),
		    "in pieces: %zu", i);
	}
	ATF_CHECK(hits > 5000 && hits < 15000);
}

/* What is the same in all places but one takes no longer. */
ATF_TC(linear);
ATF_TC_HEAD(linear, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(linear, tc)
{
	char			*text = given_copies("a", 1 << 20);
	char			*like = given_copies("a", MIME_NEEDLE_MAX);
	struct mime_needle	*needle;
	struct mime_match	 m;
	struct mime_sink	 sink;
	int			 i, n;

	(void)tc;
	for (i = 0; i < 2; i++) {
		like[i == 0 ? 0 : 100] = 'b';
		ATF_REQUIRE((needle = mime_needle_new(like,
		    i == 0 ? MIME_NEEDLE_MAX : 101)) != NULL);
		mime_match_init(&m, needle);
		sink = mime_match_sink(&m);
		for (n = 0; n < 100; n++)
			ATF_REQUIRE_EQ(0, mime_sink_write(&sink, text,
			    1 << 20));
		mime_needle_free(needle);
		like[0] = 'a';
	}
	free(text);
	free(like);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, any_text);
	ATF_TP_ADD_TC(tp, linear);
	return (atf_no_error());
}
