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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_sort.h"
#include "imapd/derive_thread.h"
#include "imapd/mime/message.h"
#include "imapd/mime/subject.h"
#include "imapd/sort.h"

/*
 * The first bytes say a sort program; the rest is a message, and a subject,
 * and a record of the cache.  What is derived reads as what it is; a base
 * subject has itself as its base.
 */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check_message(const char *, size_t,
		    const struct sort_program *);
static void	check_record(const char *, size_t,
		    const struct sort_program *);
static void	check_subject(const char *, size_t);

static void
check_subject(const char *text, size_t len)
{
	const char	*base, *again;
	char		*copy;
	size_t		 baselen, againlen;
	int		 reply;

	if ((copy = malloc(len + 1)) == NULL)
		abort();
	memcpy(copy, text, len);
	mime_subject_base(copy, len, &base, &baselen, &reply);
	if (base < copy || baselen > len ||
	    (size_t)(base - copy) > len - baselen)
		abort();
	mime_subject_base(copy + (base - copy), baselen, &again, &againlen,
	    &reply);
	if (again != base || againlen != baselen || reply)
		abort();
	free(copy);
}

/* Sorts what a record says before and after a message without anything. */
static void
check_record(const char *data, size_t len, const struct sort_program *program)
{
	struct sort_message	 m, none;
	struct sort		 sort;
	struct thread_keys	 keys;
	char			 id[THREADID_SIZE];
	uint32_t		*order;
	size_t			 i;

	memset(&none, 0, sizeof(none));
	memset(&m, 0, sizeof(m));
	(void)sort_keys_read(&m.keys, data, len);
	if (sort_init(&sort, program, 3) == -1 ||
	    sort_add(&sort, &m, 1) == -1 || sort_add(&sort, &none, 2) == -1 ||
	    sort_add(&sort, &m, 3) == -1 ||
	    (order = sort_order(&sort)) == NULL)
		abort();
	for (i = 0; order[i] != 1; i++)
		continue;
	/* The two that are equal are neighbours, and in their order. */
	if (i < 2 && order[i + 1] != 3 && program->n > 0 &&
	    !(order[0] == 1 && order[1] == 2))
		abort();
	free(order);
	sort_free(&sort);
	if (thread_keys_read(&keys, data, len) == 0) {
		for (i = 0; i < keys.nrefs; i++)
			(void)thread_ref(&keys, i);
	}
	(void)thread_id(data, len, id);
}

static void
check_message(const char *text, size_t len, const struct sort_program *program)
{
	struct mime_message	*m;
	struct mime_buf		 buf = { 0 };
	struct sort_keys	 keys;
	struct thread_keys	 refs;

	if ((m = mime_open_memory(text, len)) == NULL ||
	    derive_sort(m, &buf) == -1 ||
	    sort_keys_read(&keys, buf.data, buf.len) == -1)
		abort();
	check_record(buf.data, buf.len, program);
	mime_buf_reset(&buf);
	if (derive_thread(m, &buf) == -1 ||
	    thread_keys_read(&refs, buf.data, buf.len) == -1)
		abort();
	check_record(buf.data, buf.len, program);
	mime_buf_free(&buf);
	mime_close(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sort_program	 program;
	const char		*text = (const char *)data + 2;
	unsigned int		 i, first;

	if (len < 3)
		return (0);
	len -= 2;
	memset(&program, 0, sizeof(program));
	program.n = 1 + data[0] % SORT_CRITERIA;
	first = data[0] / SORT_CRITERIA;
	for (i = 0; i < program.n; i++) {
		program.step[i].criterion = (enum sort_criterion)
		    ((first + i) % SORT_CRITERIA);
		program.step[i].reverse = data[1] >> i % 8 & 1;
	}
	check_subject(text, len);
	check_record(text, len, &program);
	check_message(text, len, &program);
	return (0);
}
