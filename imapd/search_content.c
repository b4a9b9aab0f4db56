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

#include <errno.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_search.h"
#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/mime/message.h"
#include "imapd/mime/search.h"
#include "imapd/search.h"
#include "imapd/threadid.h"
#include "imapd/view.h"
#include "imapd/wait.h"

/* What asks for the content of messages. */

static int	client_gone(void *);
static int	compare_date(const struct search_key *, uint32_t);
static int	get(struct candidate *, enum cache_kind, const char **,
		    size_t *);
static int	match_header(struct candidate *, const struct search_key *);
static int	match_id(struct candidate *, const struct search_key *);
static int	match_in_fields(struct candidate *,
		    const struct search_key *);
static int	match_sent(struct candidate *, const struct search_key *);
static int	match_in_file(struct candidate *, const struct search_key *);

/* A big message need not be read to its end for nobody. */
static int
client_gone(void *arg)
{
	return (!session_still_there(arg));
}

/*
 * It may be open still, or have been opened anew by derive_get(): only
 * message_open() knows.
 */
int
search_open(struct candidate *c)
{
	struct mime_message	*mime;

	if ((mime = message_open(c->s, c->m)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	if (mime != c->mime)
		++*c->opened;
	c->mime = mime;
	mime_set_cancel(mime, client_gone, c->s);
	return (1);
}

/* Others that use the message do not want to be cut short. */
void
search_close(struct candidate *c)
{
	mime_set_cancel(c->mime, NULL, NULL);
}

/* What is kept, or derived: as derive_get(), but 2 if the file must do. */
static int
get(struct candidate *c, enum cache_kind kind, const char **data,
    size_t *len)
{
	int	ret;

	ret = derive_get(c->s, c->m, kind, data, len, c->opened);
	return (ret == -1 && errno == EMSGSIZE ? 2 : ret);
}

static int
match_in_file(struct candidate *c, const struct search_key *k)
{
	struct mime_date	date;
	int			ret;

	if ((ret = search_open(c)) != 1)
		return (ret);
	if (k->type == SEARCH_BODY || k->type == SEARCH_TEXT)
		mime_read_ahead(c->mime);
	switch (k->type) {
	case SEARCH_HEADER:
		ret = mime_search_header(c->mime, k->text, k->needle);
		break;
	case SEARCH_BODY:
		ret = mime_search_body(c->mime, k->needle);
		break;
	case SEARCH_TEXT:
		ret = mime_search_text(c->mime, k->needle);
		break;
	default:
		if ((ret = mime_sent_date(c->mime, &date)) == 1)
			ret = compare_date(k, search_day(&date));
		break;
	}
	search_close(c);
	/* No answer at all is to be had from half a message. */
	if (mime_error(c->mime) != 0 && ret == 0) {
		errno = mime_error(c->mime);
		ret = -1;
	}
	return (ret);
}

/* Time and zone do not count (RFC 3501 section 6.4.4). */
static int
compare_date(const struct search_key *k, uint32_t day)
{
	uint32_t	other = search_day(&k->date);

	switch (k->type) {
	case SEARCH_SENTBEFORE:
		return (day < other);
	case SEARCH_SENTON:
		return (day == other);
	default:
		return (day >= other);
	}
}

static int
match_sent(struct candidate *c, const struct search_key *k)
{
	const char	*data;
	uint32_t	 day;
	size_t		 len;
	int		 ret;

	if ((ret = get(c, CACHE_DATES, &data, &len)) == 1) {
		if (len == sizeof(day)) {
			memcpy(&day, data, sizeof(day));
			return (day != 0 && compare_date(k, day));
		}
		ret = 2;
	}
	return (ret == 2 ? match_in_file(c, k) : ret);
}

/* In the fields that are kept, if it is one of them. */
static int
match_in_fields(struct candidate *c, const struct search_key *k)
{
	const char	*data;
	uint64_t	 set;
	size_t		 len, namelen = strlen(k->text);
	int		 ret;

	if ((ret = get(c, CACHE_FIELDS, &data, &len)) != 1)
		return (ret == 2 ? match_in_file(c, k) : ret);
	if (len < sizeof(set))
		return (match_in_file(c, k));
	memcpy(&set, data, sizeof(set));
	if ((set & derive_field_bit(k->text, namelen)) == 0)
		return (0);
	if (!derive_field(k->text, namelen))
		return (match_in_file(c, k));
	return (mime_search_fields(data + sizeof(set), len - sizeof(set),
	    k->text, k->needle));
}

static int
match_header(struct candidate *c, const struct search_key *k)
{
	const char	*data;
	size_t		 len;
	int		 ret;

	if (k->letter == 0)
		return (match_in_fields(c, k));
	ret = get(c, k->letter == SEARCH_SUBJECT ? CACHE_SUBJECT :
	    CACHE_ADDRESSES, &data, &len);
	if (ret == 1) {
		ret = search_texts(data, len, k->letter, k->needle);
		if (ret != -1)
			return (ret);
		ret = 2;
	}
	return (ret == 2 ? match_in_file(c, k) : ret);
}

/* RFC 8474 section 6: exactly that. */
static int
match_id(struct candidate *c, const struct search_key *k)
{
	char		 buf[THREADID_MAX];
	const char	*data = buf;
	size_t		 len;
	int		 ret;

	if (k->type == SEARCH_THREADID) {
		if ((ret = threadid_get(c->s, c->m, buf, c->opened)) == 1)
			len = strlen(buf);
	} else
		ret = derive_get(c->s, c->m, CACHE_EMAILID, &data, &len,
		    c->opened);
	if (ret != 1)
		return (ret);
	return (len == strlen(k->text) && memcmp(data, k->text, len) == 0);
}

int
search_content(struct candidate *c, const struct search_key *k)
{
	switch (k->type) {
	case SEARCH_HEADER:
		return (match_header(c, k));
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
		return (match_sent(c, k));
	case SEARCH_EMAILID:
	case SEARCH_THREADID:
		return (match_id(c, k));
	default:
		return (match_in_file(c, k));
	}
}
