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

#include <sys/stat.h>

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"
#include "tests/lib/mirror.h"

/*
 * Two clients change one flag with .SILENT at the same time, one sets it, the
 * other takes it away.  Whoever was first is told of the other's change, and
 * must not take the mod-sequence that comes with that for its own.
 */
#define SESSIONS	2
#define TIMES		400

ATF_TC(silent);
ATF_TC_HEAD(silent, tc)
{
	atf_tc_set_md_var(tc, "descr", "STORE .SILENT by two at once: both know "
	    "which flags there are (RFC 7162 section 3.1.3)");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(silent, tc)
{
	static const char *const text[SESSIONS][2] = {
		{ "UID STORE 1 +FLAGS.SILENT (\\Flagged)",
		    "UID STORE 1 (UNCHANGEDSINCE 1000000) "
		    "+FLAGS.SILENT (\\Flagged)" },
		{ "UID STORE 1 -FLAGS.SILENT (\\Flagged)",
		    "UID STORE 1 (UNCHANGEDSINCE 1000000) "
		    "-FLAGS.SILENT (\\Flagged)" }
	};
	struct daemons	 d;
	struct imap	*im[SESSIONS];
	struct mirror	 m[SESSIONS];
	const char	*command;
	unsigned int	 i, k;

	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	for (i = 0; i < SESSIONS; i++) {
		im[i] = imap_open(&d);
		mirror_init(&m[i]);
		imap_command(im[i], "ENABLE QRESYNC");
		if (i == 0)
			imap_command(im[i], "APPEND INBOX {12+}\r\n"
			    "Subject: x\r\n");
		mirror_send(&m[i], "SELECT INBOX (CONDSTORE)");
		imap_command(im[i], "SELECT INBOX (CONDSTORE)");
		mirror_feed(&m[i], im[i]->in, im[i]->len);
		mirror_send(&m[i], "FETCH 1:* (UID FLAGS)");
		imap_command(im[i], "FETCH 1:* (UID FLAGS)");
		mirror_feed(&m[i], im[i]->in, im[i]->len);
	}
	for (k = 0; k < TIMES; k++) {
		for (i = 0; i < SESSIONS; i++) {
			command = text[i][k / 2 % 2];
			mirror_send(&m[i], command);
			imap_send(im[i], command, strlen(command));
		}
		for (i = 0; i < SESSIONS; i++) {
			ATF_REQUIRE_EQ(IMAP_OK, imap_reply(im[i]));
			mirror_feed(&m[i], im[i]->in, im[i]->len);
		}
		for (i = 0; i < SESSIONS; i++) {
			mirror_send(&m[i], "NOOP");
			imap_command(im[i], "NOOP");
			mirror_feed(&m[i], im[i]->in, im[i]->len);
		}
		if (m[0].msg[0].flags != m[1].msg[0].flags ||
		    m[0].msg[0].modseq != m[1].msg[0].modseq)
			atf_tc_fail("time %u: flags %#x at MODSEQ %" PRIu64
			    ", and %#x at %" PRIu64, k, m[0].msg[0].flags,
			    m[0].msg[0].modseq, m[1].msg[0].flags,
			    m[1].msg[0].modseq);
	}
	for (i = 0; i < SESSIONS; i++) {
		imap_close(im[i]);
		mirror_free(&m[i]);
	}
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, silent);
	return (atf_no_error());
}
