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

#ifndef IMAPD_THREAD_H
#define IMAPD_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/derive_thread.h"
#include "imapd/mime/sink.h"

/*
 * Threading (RFC 5256 section 3, THREAD), apart from where messages come
 * from: add all messages, thread them one way, write the result.
 *
 * Whatever the references say, the time is O(n log n) for n messages and
 * references in all, the depth of the stack does not depend on them, and the
 * memory is at most 160 octets for each message, and 80 for each id that is
 * referred to and is no message's.
 */
struct thread;

/*
 * Begins with room for so many messages.  Returns it, to be freed with
 * thread_free(), or NULL with errno ENOMEM.
 */
struct thread *thread_new(size_t messages);
void	thread_free(struct thread *);

/*
 * Adds a message, in the order of message numbers: shown is what the client
 * is to see, its number or UID; date stands for the sent date if there is
 * none.  links says that its references are to be looked at: THREAD=REFERENCES.
 * Returns 0, or -1 with errno ENOMEM.
 */
int	thread_add(struct thread *, uint32_t shown, int64_t date,
	    const struct thread_keys *, int links);

/* Threads what was added.  Return 0, or -1 with errno ENOMEM. */
int	thread_by_references(struct thread *);
int	thread_by_subject(struct thread *);

/*
 * Writes the threads as thread-lists, "(2)(3 6 (4 23)(44 7 96))", nothing if
 * there are none.  Returns 0, or -1 with errno from the sink.
 */
int	thread_write(const struct thread *, const struct mime_sink *);

#endif
