# SEARCH: its results, what is saved of them, its keys, its end.

# letter subject [line ...]: in cur; letter n is of the nth of March 2026.
letter()
{
	n=$((n + 1))
	letter=Maildir/cur/$((1700000000 + n)).M${n}P1.test:2,
	{
		printf 'From: Ada <ada@example.org>\nTo: demo@example.org\n'
		printf 'Subject: %s\nDate: %d Mar 2026 10:00:00 +0000\n' \
		    "$1" $n
		printf 'Message-ID: <%d@example.org>\n\n' $n
		shift
		printf '%s\n' "${@:-Body.}"
	} >"$letter"
	touch -t "$(printf '202603%02d1200' $n)" "$letter"
}

eight()
{
	local i

	n=0
	for i in tea tea milk tea milk tea milk tea; do
		letter "$i"
	done
}

scripts()
{
	n=0
	letter '=?UTF-8?Q?Caf=C3=A9?=' 'plain caf'
	letter '=?ISO-8859-1?Q?CAF=C9?=' 'x'
	letter 'Cafe'
	letter '=?UTF-8?B?0JzQvtGB0LrQstCw?='
	letter '=?KOI8-R?Q?=ED=EF=F3=EB=F7=E1?='
	letter '=?UTF-8?Q?=EF=AC=81ne?= =?UTF-8?Q?_print?='
	letter '=?UTF-8?Q?broken=FF?= =?x-nosuch?Q?abc=C3=A9?= =?UTF-8?Q?x'
	letter '=?UTF-8?Q?Stra=C3=9Fe?='
	printf 'Subject: one\nSubject: two\nFrom: x@example.org\n%s' \
	    "$(printf 'Cc: a\nCc: b\nX-Many: c\n  d\n\n\n')" \
	    >Maildir/cur/1700000100.M9P1.test:2,
	printf 'no header at all\n' >Maildir/cur/1700000101.M10P1.test:2,
}

atf_test_case hangup cleanup
hangup_head()
{
	atf_set descr 'a search ends when its client has gone'
	atf_set require.user unprivileged
	atf_set require.progs python3
}
hangup_body()
{
	server_config
	maildir_make Maildir
	message huge >Maildir/cur/1700000001.M1P1.test:2,
	awk 'BEGIN {
		for (i = 0; i < 1000000; i++)
			print "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn"
	}' >lines
	for i in 1 2 3; do
		cat lines
	done >>Maildir/cur/1700000001.M1P1.test:2,
	server_start
	python3 "$(atf_get_srcdir)/hangup.py" "$(server_port)" imapd.log ||
	    shows imapd.log
	# It is gone before the file is read a hundred times over.
	wait_for "the session's end" grep -q 'session: end' imapd.log
	server_stop
}
hangup_cleanup()
{
	server_cleanup
}

atf_test_case unread cleanup
unread_head()
{
	atf_set descr 'why messages could not be searched'
	atf_set require.user unprivileged
}
unread_body()
{
	server_config
	maildir_make Maildir
	eight
	cat >known.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b LOGOUT
		1 << b OK ...
	END
	cat >unread.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b SEARCH BODY body
		1 < * SEARCH 1 2 4 5 6 7 8
		1 < b NO [NOPERM] Some messages can't be read: No permission
	END
	server_start
	dlg "$(server_addr)" known.dlg
	chmod 0 Maildir/cur/*.M3P1.test*
	dlg "$(server_addr)" unread.dlg
	server_stop
}
unread_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case return eight "RETURN: MIN, MAX, ALL, COUNT, MODSEQ"
	dialogue_case saved eight "RETURN (SAVE) and what \$ stands for"
	dialogue_case partial eight "PARTIAL of SEARCH and of UID FETCH"
	dialogue_case keys eight "keys beyond those of RFC 3501"
	dialogue_case scripts scripts "letters of all scripts, charsets"
	dialogue_case native eight "IMAP4rev2 and UTF8=ACCEPT"
	atf_add_test_case hangup
	atf_add_test_case unread
}
