# Courier's mail is served on, and no client notices.

courier_test()
{
	atf_set descr "$1"
	atf_set require.user unprivileged
	atf_set require.progs "mbsync python3"
	atf_set timeout 300
}

# courier_find: prints where Courier's imapd is; another may have the name.
# It cannot be installed beside Dovecot on Debian, so that deps.sh unpacks it.
courier_find()
{
	local file

	for file in "$(top)/build/courier/usr/bin/imapd" /usr/bin/imapd \
	    /usr/local/libexec/courier-imap/imapd /usr/local/bin/imapd \
	    /usr/pkg/bin/imapd; do
		if [ -x "$file" ] &&
		    "$file" --version 2>&1 </dev/null | grep -q Courier; then
			echo "$file"
			return
		fi
	done
}

# courier_command: prints what serves one connection on its standard input,
# logged in, as Courier's own programs start it.
courier_command()
{
	echo "env AUTHENTICATED=demo MAILDIR='$PWD/Maildir' HOME='$PWD'" \
	    "IMAP_KEYWORDS=1 IMAP_CAPABILITY='IMAP4rev1 UIDPLUS CHILDREN'" \
	    "$courier Maildir 2>>courier.log"
}

# courier_conf how: mbsync's configuration; below INBOX for Courier.
courier_conf()
{
	cat >mbsyncrc <<-END
		Create Both
		Expunge Both
		Sync All
		SyncState *

		IMAPStore far
		$1
		SSLType None

		MaildirStore near
		Path $PWD/near/
		Inbox $PWD/near/INBOX
		SubFolders Verbatim

		Channel inbox
		Far :far:
		Near :near:

		Channel all
		Far :far:
		Near :near:
		Patterns * !INBOX
	END
}

courier_sync()
{
	if ! mbsync -V -c mbsyncrc -a >mbsync.out 2>&1; then
		takeover_logs
		atf_fail "mbsync failed"
	fi
}

# courier_state file: as state, from Courier.
courier_state()
{
	python3 state.py "$(courier_command)" INBOX. >"$1" ||
	    atf_fail "no state"
}

atf_test_case forth cleanup
forth_head()
{
	courier_test "a folder of Courier's: the same UIDs, flags, keywords"
}
forth_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	courier=$(courier_find)
	[ -n "$courier" ] || atf_skip "there is no Courier IMAP server here"
	maildir_make Maildir
	mkdir near
	state_script
	imap_py_to "$(courier_command)" <<-'END'
		for box in ("INBOX.Archive", "INBOX.Archive.2025", "INBOX.Work"):
		    ok(m.create(box))
		for box in ("INBOX", "INBOX.Archive", "INBOX.Work"):
		    ok(m.subscribe(box))
		ok(m.select("INBOX"))
		for i in range(120):
		    put("INBOX", "inbox%d" % i, "\\Seen" if i % 3 else "")
		for i in range(60):
		    put("INBOX.Archive", "archive%d" % i, "\\Flagged")
		for i in range(30):
		    put("INBOX.Work", "work%d" % i)
		for i in range(20):
		    put("INBOX.Archive.2025", "old%d" % i)
		ok(m.select("INBOX"))
		ok(m.uid("STORE", "10:19,100,120", "+FLAGS", "(\\Deleted)"))
		ok(m.expunge())
		ok(m.uid("STORE", "1:30", "+FLAGS", "(later)"))
		ok(m.uid("STORE", "5:60", "+FLAGS", "($Forwarded Work-1)"))
		ok(m.uid("STORE", "7:8", "-FLAGS", "(later)"))
		ok(m.uid("STORE", "50:70", "FLAGS", "(\\Answered other)"))
		ok(m.select("INBOX.Work"))
		ok(m.uid("STORE", "2,4", "+FLAGS", "(\\Draft other)"))
		ok(m.uid("COPY", "1:5", "INBOX.Archive"))
		ok(m.uid("STORE", "30", "+FLAGS", "(\\Deleted)"))
		ok(m.expunge())
	END
	deliver_some 10
	courier_state theirs
	courier_conf "Tunnel \"$(courier_command)\"
		Path INBOX."
	courier_sync
	courier_sync
	near_state before.near
	courier_state again
	same theirs again
	# Nothing was transferred, and nothing is.
	hw_start
	state ours
	same theirs ours
	courier_conf "Host 127.0.0.1
		Port $(cat far.port)
		User demo
		Pass demo
		AuthMechs LOGIN"
	courier_sync
	near_state after.near
	same before.near after.near
	state after.far
	same ours after.far
	# The keywords are in the names by now, the UIDs on the list.
	wait_for 'the keywords' grep -q later Maildir/dovecot-keywords
	wait_for 'the list' grep -q '^3 V' Maildir/.Archive.2025/dovecot-uidlist
	change day
	courier_sync
	state ours
	near_state before.near
	courier_sync
	near_state after.near
	same before.near after.near
	# Dovecot would go on with the same.
	hw_stop
	if [ -n "$(dovecot_bin)" ]; then
		dovecot_start
		state theirs
		same ours theirs
		dovecot_content
		dovecot_stop
	fi
	# Without indexd's tables: the folder has all that it needs.
	rm -rf db
	hw_start
	state again
	# UIDNEXT is where no UID can have been given.
	sed -i.with 's/ UIDNEXT.*//' ours again
	same ours again
	hw_stop
}
forth_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	takeover_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case forth
}
