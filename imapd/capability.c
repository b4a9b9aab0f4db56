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

#include <inttypes.h>
#include <stdio.h>

#include "imapd/capability.h"

const char *
capability_front(char *buf, size_t size, const struct capability_offer *o)
{
	(void)snprintf(buf, size, "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR "
	    "ID ENABLE"
	    "%s%s%s%s%s", o->starttls ? " STARTTLS" : "",
	    o->password ? " AUTH=PLAIN AUTH=LOGIN" : " LOGINDISABLED",
	    o->scram ? " AUTH=SCRAM-SHA-256" : "",
	    o->plus ? " AUTH=SCRAM-SHA-256-PLUS" : "",
	    o->external ? " AUTH=EXTERNAL" : "");
	return (buf);
}

const char *
capability_session(char *buf, size_t size, uint64_t message_max,
    int compressed)
{
	(void)snprintf(buf, size, "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE "
	    "UTF8=ACCEPT IDLE "
	    "NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS UNSELECT UIDPLUS "
	    "MOVE MULTIAPPEND CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN "
	    "SAVEDATE PARTIAL BINARY PREVIEW REPLACE OBJECTID "
	    "SORT SORT=DISPLAY "
	    "ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES "
	    "SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE "
	    "QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE "
	    "APPENDLIMIT=%" PRIu64
	    "%s", message_max, compressed ? "" : " COMPRESS=DEFLATE");
	return (buf);
}
