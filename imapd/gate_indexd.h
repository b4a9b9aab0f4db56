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

#ifndef IMAPD_GATE_INDEXD_H
#define IMAPD_GATE_INDEXD_H

#include "imapd/gate.h"

/*
 * With imapd -i indexd counts: through a connection of the gate's own, which
 * is one of the address as long as it stands.  What cannot be asked is
 * GATE_BROKEN, and logged; a broken connection is made anew.
 */
enum gate_answer	 gate_indexd_arrive(struct gate *);
enum gate_answer	 gate_indexd_failed(struct gate *,
			    unsigned int *delay);

#endif
