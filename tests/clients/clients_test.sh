# Clients that people use, as they use them.


# url [mailbox]
url()
{
	echo "imap://demo:demo@$(server_addr)/${1:-}"
}

# highest mailbox: prints the mailbox's highest mod-sequence.
highest()
{
	curl -sS -u demo:demo "imap://$(server_addr)/" \
	    -X "STATUS $1 (HIGHESTMODSEQ)" |
	    sed -n 's/.*HIGHESTMODSEQ \([0-9]*\).*/\1/p'
}

atf_test_case curl cleanup
curl_head()
{
	atf_set descr "curl lists, searches, fetches, uploads, stores"
	atf_set require.user unprivileged
	atf_set require.progs curl
}
curl_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	deliver_some 3
	server_start
	atf_check -o match:'^\* LIST \(.*\) "." "?INBOX"?' \
	    curl -sS "$(url)"
	atf_check -o match:'^\* SEARCH 1 2 3' curl -sS "$(url 'INBOX?ALL')"
	atf_check -o match:'^Subject: 2' -o match:'^This is 2' \
	    curl -sS "$(url 'INBOX;MAILINDEX=2')"
	atf_check -o match:'^Subject: 3' -o not-match:'This is' \
	    curl -sS "$(url 'INBOX;UID=3;SECTION=HEADER')"
	message 'from curl' | sed 's/$/\r/' >upload
	atf_check -s exit:0 -e ignore curl -sS -T upload "$(url INBOX)"
	atf_check -o match:'^Subject: from curl' \
	    curl -sS "$(url 'INBOX;MAILINDEX=4')"
	atf_check -o match:'FETCH .*\\Flagged' curl -sS "$(url INBOX)" \
	    -X 'STORE 1 +FLAGS (\Flagged)'
	atf_check -o match:'^\* SEARCH 1' \
	    curl -sS "$(url 'INBOX?FLAGGED')"
	atf_check -s exit:67 -e ignore \
	    curl -sS -u demo:wrong "imap://$(server_addr)/INBOX"
	atf_check -s exit:78 -e ignore -o ignore \
	    curl -sS "$(url 'INBOX;MAILINDEX=99')"
	server_stop
}
curl_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

mbsync_config()
{
	cat >mbsyncrc <<-END
		IMAPAccount hw
		Host 127.0.0.1
		Port $(server_port)
		User demo
		Pass demo
		SSLType None
		AuthMechs LOGIN

		IMAPStore far
		Account hw

		MaildirStore near
		Path $PWD/near/
		Inbox $PWD/near/INBOX
		SubFolders Verbatim

		Channel all
		Far :far:
		Near :near:
		Patterns *
		Create Both
		Expunge Both
		Sync All
		SyncState *
	END
	mkdir -p near
}

near_files()
{
	find near -path '*/cur/*' -o -path '*/new/*' | sed 's/^near.//' | sort
}

# Runs mbsync; it may warn that there is no TLS.
sync_all()
{
	if ! mbsync -c mbsyncrc -a >mbsync.out 2>&1; then
		cat mbsync.out >&2
		server_logs
		atf_fail "mbsync failed"
	fi
}

# Runs mbsync when nothing has changed: nothing may change.
sync_nothing()
{
	highest INBOX >before.far
	near_files >before.near
	sync_all
	highest INBOX >after.far
	near_files >after.near
	atf_check cmp before.far after.far
	atf_check cmp before.near after.near
}

atf_test_case mbsync cleanup
mbsync_head()
{
	atf_set descr "mbsync keeps 1,000 messages the same on both sides"
	atf_set require.user unprivileged
	atf_set require.progs "mbsync curl"
	atf_set timeout 300
}
mbsync_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	maildir_make Maildir/.Archive
	deliver_some 1000
	deliver_some 10 Maildir/.Archive
	server_start
	mbsync_config
	sync_all
	atf_check_equal 1000 "$(near_files | grep -c INBOX/)"
	atf_check_equal 10 "$(near_files | grep -c Archive/)"
	sync_nothing
	# Here: one is read, one deleted, one new, a folder made.
	set -- near/INBOX/new/*,U=1:2, near/INBOX/cur/*,U=1:2,
	for file; do
		[ ! -e "$file" ] || mv "$file" "near/INBOX/cur/${file##*/}S"
	done
	set -- near/INBOX/*/*,U=2:2,*
	mv "$1" "near/INBOX/cur/${1##*/}T"
	message 'made here' >near/INBOX/cur/1700009999.here:2,F
	maildir_make near/Made
	message 'made there' >near/Made/cur/1700009998.here:2,S
	sync_all
	cat >here.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 {~
			* 1000 EXISTS
		}
		1 << a OK ...
		1 > b UID SEARCH SEEN
		1 < * SEARCH 1
		1 < b OK ...
		1 > c UID SEARCH FLAGGED
		1 < * SEARCH 1001
		1 < c OK ...
		1 > d UID FETCH 2 FLAGS
		1 < d OK ...
		1 > e STATUS Made (MESSAGES UNSEEN)
		1 < * STATUS Made ([~ MESSAGES 1 | UNSEEN 0 ~])
		1 < e OK ...
	END
	dlg "$(server_addr)" here.dlg
	sync_nothing
	# There: flags, an expunge, a delivery.
	cat >there.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b UID STORE 10:19 +FLAGS (\Answered)
		1 << b OK ...
		1 > c UID STORE 20:29 +FLAGS.SILENT (\Deleted)
		1 << c OK ...
		1 > d EXPUNGE
		1 << d OK ...
	END
	dlg "$(server_addr)" there.dlg
	deliver_some 5
	sync_all
	atf_check_equal 995 "$(near_files | grep -c INBOX/)"
	atf_check_equal 10 "$(near_files | grep -c 'INBOX/.*:2,.*R')"
	sync_nothing
	server_stop
}
mbsync_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# run_mutt keys [command]: opens INBOX, by the command after others of muttrc,
# and pushes the keys, on a terminal of its own.
run_mutt()
{
	cat >muttrc <<-END
		set imap_condstore=yes header_cache=$PWD/hcache
		set ssl_starttls=no ssl_force_tls=no
		set imap_user=demo imap_pass=demo folder=imap://$(server_addr)/
		set spoolfile=imap://$(server_addr)/INBOX record='' postponed=''
		set delete=yes quit=yes confirmappend=no confirmcreate=no
		set move=no wait_key=no mark_old=no beep=no sleep_time=0
		set from=demo@example.org timeout=1 mail_check=1
		${2:-}
		push "$1"
	END
	cat >terminal.py <<-'END'
		import os, pty, sys
		os.environ["TERM"] = "vt100"
		status = pty.spawn(sys.argv[1:])
		sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
	END
	rm -f .muttdebug0
	if ! timeout 60 python3 terminal.py mutt -n -d 2 -F muttrc </dev/null \
	    >mutt.out 2>&1; then
		tail -n 20 mutt.out >&2
		tail -n 40 .muttdebug0 >&2
		server_logs
		atf_fail "mutt failed"
	fi
}

atf_test_case mutt cleanup
mutt_head()
{
	atf_set descr "mutt with imap_condstore reads, flags, copies, deletes"
	atf_set require.user unprivileged
	atf_set require.progs "mutt python3"
}
mutt_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	maildir_make Maildir/.Archive
	deliver_some 5
	server_start
	run_mutt '<first-entry><flag-message><jump>2<enter><pipe-message>cat >piped<enter><toggle-new><jump>3<enter><copy-message>=Archive<enter><jump>4<enter><delete-message><sync-mailbox><quit>'
	atf_check -o match:'This is 2' cat piped
	cat >first.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 {~
			* 4 EXISTS
		}
		1 << a OK ...
		1 > b UID SEARCH FLAGGED
		1 < * SEARCH 1
		1 < b OK ...
		1 > c UID SEARCH SEEN
		1 < * SEARCH 2
		1 < c OK ...
		1 > d STATUS Archive (MESSAGES)
		1 < * STATUS Archive (MESSAGES 1)
		1 < d OK ...
		1 > e STORE 2 +FLAGS.SILENT (\Answered)
		1 << e OK ...
	END
	dlg "$(server_addr)" first.dlg
	# With what it knows, it asks for what has changed since.
	run_mutt '<limit>~Q<enter><first-entry><pipe-message>cat >answered<enter><quit>'
	atf_check -o match:'This is 2' cat answered
	atf_check -o ignore grep -E 'FETCH .*CHANGEDSINCE' .muttdebug0
	server_stop
}
mutt_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# seen_by_mutt command: writes the subjects of all messages to the file all,
# of those flagged to flagged, of those answered to answered.
seen_by_mutt()
{
	local keys what

	keys=
	for what in all:~A flagged:~F answered:~Q; do
		rm -f ${what%%:*}
		keys="$keys<limit>${what#*:}<enter><tag-pattern>.<enter>"
		keys="$keys<tag-prefix><pipe-message>cat >"
		keys="$keys${what%%:*}<enter><untag-pattern>.<enter>"
	done
	run_mutt "$keys<quit>" "$1"
	for what in all flagged answered; do
		grep '^Subject' $what >$what.subjects
	done
}

atf_test_case mutt_qresync cleanup
mutt_qresync_head()
{
	atf_set descr "mutt with imap_qresync sees what changed while away"
	atf_set require.user unprivileged
	atf_set require.progs "mutt python3"
	atf_set timeout 120
}
mutt_qresync_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	deliver_some 50
	server_start
	cat >before.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b UID STORE 1 FLAGS.SILENT (\Flagged)
		1 << b OK ...
		1 > c UID STORE 2 FLAGS.SILENT (\Answered)
		1 << c OK ...
	END
	dlg "$(server_addr)" before.dlg
	seen_by_mutt 'set imap_qresync'
	atf_check_equal 50 "$(grep -c . all.subjects)"
	cat >away.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b UID STORE 3,50 +FLAGS.SILENT (\Flagged)
		1 << b OK ...
		1 > c UID STORE 1,4 FLAGS.SILENT (\Answered)
		1 << c OK ...
		1 > d UID STORE 5,10:19 +FLAGS.SILENT (\Deleted)
		1 << d OK ...
		1 > e EXPUNGE
		1 << e OK ...
	END
	dlg "$(server_addr)" away.dlg
	message new | deliver
	seen_by_mutt 'set imap_qresync'
	atf_check -o ignore grep -E \
	    'UID FETCH 1:50 \(FLAGS\) \(CHANGEDSINCE [0-9]+ VANISHED\)' \
	    .muttdebug0
	atf_check -o ignore grep -F 'VANISHED (EARLIER) 5,10:19' .muttdebug0
	# Four changed and one is new: no more was fetched.
	atf_check -o inline:'1\n3\n4\n50\n51\n' sh -c \
	    "sed -n 's/.*< [*] [0-9]* FETCH (UID \([0-9]*\) .*FLAGS.*/\1/p' \
	    .muttdebug0 | sort -nu"
	atf_check_equal 40 "$(grep -c . all.subjects)"
	atf_check -s exit:1 grep -E '^Subject: (5|1[0-9])$' all.subjects
	atf_check -o ignore grep '^Subject: new' all.subjects
	atf_check -o inline:'Subject: 3\nSubject: 50\n' cat flagged.subjects
	atf_check -o inline:'Subject: 1\nSubject: 2\nSubject: 4\n' cat answered.subjects
	# Without what it kept it sees the same.
	mkdir resync
	mv *.subjects resync
	rm -rf hcache
	seen_by_mutt 'set imap_qresync'
	for file in *.subjects; do
		atf_check cmp resync/$file $file
	done
	server_stop
}
mutt_qresync_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case imaplib cleanup
imaplib_head()
{
	atf_set descr "Python's imaplib"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
imaplib_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	deliver_some 3
	server_start
	cat >client.py <<-'END'
		import imaplib, sys, time

		def ok(answer):
		    assert answer[0] == "OK", answer
		    return answer[1]

		m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		assert "IMAP4REV1" in m.capabilities
		try:
		    m.login("demo", "wrong")
		    sys.exit("logged in with a wrong password")
		except imaplib.IMAP4.error:
		    pass
		ok(m.login("demo", "demo"))
		assert ok(m.select("INBOX")) == [b"3"]
		ok(m.create("Python"))
		assert any(b"Python" in l for l in ok(m.list()))
		assert ok(m.search(None, "ALL")) == [b"1 2 3"]
		data = ok(m.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
		texts = [d[1] for d in data if isinstance(d, tuple)]
		assert texts == [b"Subject: %d\r\n\r\n" % i for i in (1, 2, 3)], texts
		assert b"\\Flagged" in ok(m.store("2", "+FLAGS", r"(\Flagged)"))[0]
		ok(m.copy("2", "Python"))
		ok(m.append("Python", r"(\Seen)", imaplib.Time2Internaldate(
		    time.time()), b"Subject: from Python\r\n\r\ntext\r\n"))
		data = ok(m.status("Python", "(MESSAGES UNSEEN)"))
		assert b"MESSAGES 2" in data[0] and b"UNSEEN 1" in data[0], data
		ok(m.uid("STORE", "3", "+FLAGS", r"(\Deleted)"))
		assert ok(m.expunge()) == [b"3"]
		ok(m.noop())
		ok(m.rename("Python", "Snake"))
		ok(m.subscribe("Snake"))
		assert any(b"Snake" in l for l in ok(m.lsub()))
		ok(m.unsubscribe("Snake"))
		ok(m.delete("Snake"))
		ok(m.namespace())
		ok(m.close())
		assert m.logout()[0] == "BYE"

		m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		ok(m.authenticate("PLAIN", lambda _: b"\0demo\0demo"))
		ok(m.enable("CONDSTORE"))
		assert ok(m.select("INBOX", readonly=True)) == [b"2"]
		data = ok(m.uid("FETCH", "1:*", "(FLAGS MODSEQ)"))
		assert len(data) == 2 and b"MODSEQ (" in data[0], data
		m.logout()
	END
	if ! python3 client.py "$(server_port)"; then
		server_logs
		atf_fail "imaplib failed"
	fi
	server_stop
}
imaplib_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case curl
	atf_add_test_case mbsync
	atf_add_test_case mutt
	atf_add_test_case mutt_qresync
	atf_add_test_case imaplib
}
