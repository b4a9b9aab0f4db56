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

#include "tests/agents/race.h"

/*
 * What people have at their mail, as they use it, while sessions have the
 * mailbox open: see race.h for what is checked.
 */
#define AGENT(name, seed, progs, descr, script)				\
ATF_TC(name);								\
ATF_TC_HEAD(name, tc)							\
{									\
	atf_tc_set_md_var(tc, "descr", "%s", descr);			\
	atf_tc_set_md_var(tc, "require.progs", "%s", progs);		\
	atf_tc_set_md_var(tc, "timeout", "180");			\
}									\
ATF_TC_BODY(name, tc)							\
{									\
	struct race r;							\
									\
	race_start(&r, tc, seed);					\
	race_run(&r, script);						\
	race_agree(&r);							\
	ATF_CHECK(race_count(&r) > 0);					\
	race_stop(&r);							\
}

AGENT(shell, 11, "/bin/sh", "checklist 65, 66: cp, mv, ln and rm race with "
    "sessions",
    "i=0\n"
    "mkdir -p Maildir/.Other/cur Maildir/.Other/new Maildir/.Other/tmp\n"
    "while [ $i -lt 1500 ]; do\n"
    "	i=$((i + 1))\n"
    "	n=17000$((10000 + i)).M${i}P$$.sh\n"
    "	case $((i % 12)) in\n"
    /* Deliveries, in all ways. */
    "	0)	message s$i >Maildir/tmp/$n; mv Maildir/tmp/$n Maildir/new ;;\n"
    "	1)	message s$i >Maildir/tmp/$n\n"
    "		mv Maildir/tmp/$n Maildir/cur/$n:2,FS ;;\n"
    "	2)	message s$i >Maildir/tmp/$n\n"
    "		ln Maildir/tmp/$n Maildir/new/$n; rm Maildir/tmp/$n ;;\n"
    "	3)	message s$i >Maildir/tmp/$n\n"
    "		mv Maildir/tmp/$n Maildir/cur/$n ;;\n"
    "	4)	message s$i >Maildir/tmp/$n\n"
    "		s=$(wc -c <Maildir/tmp/$n); l=$(wc -l <Maildir/tmp/$n)\n"
    "		mv Maildir/tmp/$n Maildir/new/$n,S=$s,W=$((s + l)) ;;\n"
    /* A copy is another message. */
    "	5)	f=$(some Maildir $i)\n"
    "		[ -z \"$f\" ] || cp \"$f\" Maildir/tmp/$n 2>/dev/null &&\n"
    "		    mv Maildir/tmp/$n Maildir/new/$n 2>/dev/null ;;\n"
    /* Flags. */
    "	6|7|8)	f=$(some Maildir $((i * 7)))\n"
    "		b=${f%%:2,*}; l=${f#\"$b\"}; l=${l#:2,}\n"
    "		case $i$l in\n"
    "		*F*)	l=$(printf %s \"$l\" | tr -d F) ;;\n"
    "		*S*)	l=F$l ;;\n"
    "		*)	l=${l}S ;;\n"
    "		esac\n"
    "		[ -z \"$f\" ] || mv -n \"$f\" \"$b:2,$l\" 2>/dev/null ;;\n"
    /* Away, and back from elsewhere. */
    "	9)	f=$(some Maildir $((i * 5)))\n"
    "		[ -z \"$f\" ] || mv \"$f\" Maildir/.Other/cur 2>/dev/null ;;\n"
    "	10)	f=$(some Maildir/.Other $i)\n"
    "		[ -z \"$f\" ] || mv \"$f\" Maildir/cur ;;\n"
    "	11)	f=$(some Maildir $((i * 3)))\n"
    "		[ -z \"$f\" ] || rm -f \"$f\" ;;\n"
    "	esac\n"
    "done\n"
    "exit 0\n")

AGENT(mblaze, 12, "mdeliver mflag mrefile minc mlist", "mblaze delivers, "
    "flags, incorporates and refiles",
    "export HOME=$PWD\n"
    "i=0\n"
    "mkdir -p Maildir/.Other/cur Maildir/.Other/new Maildir/.Other/tmp\n"
    "while [ $i -lt 270 ]; do\n"
    "	i=$((i + 1))\n"
    "	case $((i % 9)) in\n"
    "	0|1)	message b$i | mdeliver Maildir || exit 1 ;;\n"
    "	2)	message b$i | mdeliver -c -X F Maildir || exit 1 ;;\n"
    "	3)	minc -q Maildir >/dev/null 2>&1 ;;\n"
    "	4)	f=$(some Maildir $i); [ -z \"$f\" ] ||\n"
    "		    mflag -S -R \"$f\" >/dev/null 2>&1 ;;\n"
    "	5)	f=$(some Maildir $i); [ -z \"$f\" ] ||\n"
    "		    mflag -F -s \"$f\" >/dev/null 2>&1 ;;\n"
    "	6)	mlist Maildir/cur | head -n 3 | mflag -f >/dev/null 2>&1 ;;\n"
    "	7)	f=$(some Maildir $i); [ -z \"$f\" ] ||\n"
    "		    mrefile -k \"$f\" Maildir/.Other >/dev/null 2>&1 ;;\n"
    "	8)	f=$(some Maildir/.Other $i); [ -z \"$f\" ] ||\n"
    "		    mrefile \"$f\" Maildir >/dev/null 2>&1 ;;\n"
    "	esac\n"
    "done\n"
    "exit 0\n")

AGENT(procmail, 13, "procmail", "procmail delivers",
    "printf 'DEFAULT=%s/Maildir/\\nLOGFILE=%s/procmail.log\\n' \"$PWD\" "
    "\"$PWD\" >rc\n"
    "printf ':0\\n* ^Subject: p.*5\\n%s/Maildir/\\n' \"$PWD\" >>rc\n"
    "i=0\n"
    "while [ $i -lt 200 ]; do\n"
    "	i=$((i + 1))\n"
    "	message p$i | procmail -m \"$PWD/rc\" || exit 1\n"
    "done\n"
    "exit 0\n")

AGENT(maildrop, 14, "maildrop", "maildrop delivers",
    "export HOME=$PWD\n"
    "printf 'to \"%s/Maildir\"\\n' \"$PWD\" >filter; chmod 600 filter\n"
    "i=0\n"
    "while [ $i -lt 200 ]; do\n"
    "	i=$((i + 1))\n"
    "	message m$i | maildrop filter || exit 1\n"
    "done\n"
    "exit 0\n")

AGENT(fdm, 15, "fdm", "fdm delivers, of another folder and from its input",
    "umask 077; export HOME=$PWD\n"
    "mkdir -p from/cur from/new from/tmp\n"
    "cat >fdm.conf <<-END\n"
    "	set lock-file \"$PWD/fdm.lock\"\n"
    "	account \"in\" stdin\n"
    "	account \"from\" maildir \"$PWD/from\"\n"
    "	action \"keep\" maildir \"$PWD/Maildir\"\n"
    "	match all action \"keep\"\n"
    "END\n"
    "i=0\n"
    "while [ $i -lt 40 ]; do\n"
    "	i=$((i + 1))\n"
    "	message f$i >from/new/17000$((10000 + i)).f$i\n"
    "	message i$i | fdm -f fdm.conf -a in fetch || exit 1\n"
    "	[ $((i % 8)) -ne 0 ] || fdm -f fdm.conf -a from fetch || exit 1\n"
    "done\n"
    "exit 0\n")

AGENT(mutt, 16, "mutt python3", "mutt has the folder open itself: it reads, "
    "flags, tags, saves, deletes and undeletes",
    "export HOME=$PWD TERM=vt100\n"
    "cat >terminal.py <<-END\n"
    "	import os, pty, sys\n"
    "	s = pty.spawn(sys.argv[1:])\n"
    "	sys.exit(os.WEXITSTATUS(s) if os.WIFEXITED(s) else 1)\n"
    "END\n"
    "cat >muttrc <<-END\n"
    "	set mbox_type=Maildir folder=$PWD spoolfile=$PWD/Maildir record=''\n"
    "	set postponed='' delete=yes quit=yes confirmappend=no move=no\n"
    "	set confirmcreate=no wait_key=no beep=no sleep_time=0 sort=date\n"
    "	set mark_old=yes check_new=yes timeout=1 mail_check=0 pager_stop\n"
    "	set from=demo@example.org crypt_use_gpgme=no header_cache=''\n"
    "	set maildir_trash=no quit=yes\n"
    "END\n"
    "run() {\n"
    "	timeout 10 python3 terminal.py mutt -n -F muttrc -f Maildir "
    "-e \"push '$1'\" </dev/null >>mutt.out 2>&1 &&\n"
    "	    echo ended >>mutt.runs\n"
    "}\n"
    "i=0\n"
    "while [ $i -lt 100 ]; do\n"
    "	i=$((i + 1)); n=17000$((10000 + i)).mutt$i\n"
    "	message t$i >Maildir/tmp/$n; mv Maildir/tmp/$n Maildir/new\n"
    "	case $((i % 20)) in\n"
    "	10)	run '<first-entry><flag-message><next-entry><display-message>"
    "<exit><next-entry><set-flag>r<sync-mailbox><quit><quit><exit>' ;;\n"
    "	15)	run '<last-entry><delete-message><previous-entry>"
    "<previous-entry><copy-message>=Maildir<enter><sync-mailbox>"
    "<tag-pattern>~F<enter><tag-prefix><clear-flag>!<quit><quit><exit>' ;;\n"
    "	0)	run '<first-entry><delete-message><next-entry>"
    "<undelete-message><save-message>=Kept<enter><quit><quit><exit>' ;;\n"
    "	esac\n"
    "done\n"
    /* It refuses to leave where too much is changed under it. */
    "[ $(wc -l <mutt.runs) -ge 10 ]\n")

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shell);
	ATF_TP_ADD_TC(tp, mblaze);
	ATF_TP_ADD_TC(tp, procmail);
	ATF_TP_ADD_TC(tp, maildrop);
	ATF_TP_ADD_TC(tp, fdm);
	ATF_TP_ADD_TC(tp, mutt);
	return (atf_no_error());
}
