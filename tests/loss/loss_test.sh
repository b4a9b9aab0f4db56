# What happens to mailboxes when indexd's state is lost, or when folders are
# copied, moved or renamed behind the daemons.

loss_case()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
			atf_set timeout 300
		}
		$1_body()
		{
			. \"\$(atf_get_srcdir)/../common.subr\"
			$1_run
		}
		$1_cleanup()
		{
			. \"\$(atf_get_srcdir)/../common.subr\"
			server_cleanup
		}"
	atf_add_test_case "$1"
}

# say [options]: a dialogue from standard input.
say()
{
	cat >said.dlg
	dlg "$@" "$(server_addr)" said.dlg
}

value()
{
	cat "$1"
}

# 1 to 8 in the mailbox, of which 1, 4, 5 and 8 go; 2 and 3 have flags.
history()
{
	maildir_make Maildir
	deliver_some 8
	server_start
	say <<-'END'
		1 login
		1 > a1 SELECT INBOX
		1 << a1 OK ...
		1 > a2 STORE 1,4:5,8 +FLAGS.SILENT (\Deleted)
		1 << a2 OK ...
		1 > a3 EXPUNGE
		1 << a3 OK ...
		1 > a4 STORE 1 +FLAGS.SILENT (\Flagged $$work)
		1 << a4 OK ...
		1 > a5 STORE 2 +FLAGS.SILENT (\Seen)
		1 << a5 OK ...
		1 > a6 STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)
		1 << * STATUS INBOX (UIDVALIDITY $v HIGHESTMODSEQ $h)
		1 << a6 OK ...
		sh echo $v >v; echo $h >h
		1 > a7 LOGOUT
		1 << a7 OK ...
		1 eof
	END
	wait_for "files and list follow" followed
}

followed()
{
	[ "$(ls Maildir/cur Maildir/new | grep -c test)" -eq 4 ] &&
	    ls Maildir/cur | grep -q ':2,Fa$' &&
	    ls Maildir/cur | grep -q ':2,S$' &&
	    grep -q '^7 :' Maildir/dovecot-uidlist
}

# A client with QRESYNC that has seen all of that comes back: it is told what
# is there and what is not, and has to fetch nothing.
comes_back()
{
	say -D v="$(value v)" -D h="$(value h)" <<-'END'
		1 login
		1 > b1 ENABLE QRESYNC
		1 << b1 OK ...
		1 > b2 SELECT INBOX (QRESYNC ($v $h 1:8))
		1 {~
			* 4 EXISTS
			* OK [UIDVALIDITY $v] ...
			* OK [UIDNEXT $next] ...
			* OK [HIGHESTMODSEQ $new] ...
		}
		1 < * VANISHED (EARLIER) 1,4:5,8
		1 < * 1 FETCH (UID 2 MODSEQ ($m) FLAGS ({{\\Flagged \$work|\$work \\Flagged}}))
		1 < * 2 FETCH (UID 3 MODSEQ ({{[0-9]+}}) FLAGS (\Seen))
		1 < * 3 FETCH (UID 6 MODSEQ ({{[0-9]+}}) FLAGS ())
		1 < * 4 FETCH (UID 7 MODSEQ ({{[0-9]+}}) FLAGS ())
		1 < b2 OK ...
		assert $new > $h
		assert $m > $h
		assert $next >= 9
		1 > b3 UID FETCH 2,7 (BODY.PEEK[HEADER.FIELDS (SUBJECT)])
		1 < * 1 FETCH (UID 2 {{.*Subject: 2.*}})
		1 < * 4 FETCH (UID 7 {{.*Subject: 7.*}})
		1 << b3 OK ...
		1 > b4 STORE 3 +FLAGS.SILENT (\Answered)
		1 < * 3 FETCH (UID 6 MODSEQ ($n))
		1 << b4 OK ...
		assert $n > $new
		1 > b5 LOGOUT
		1 << b5 OK ...
		1 eof
	END
}

state_run()
{
	history
	server_stop
	rm -rf db
	server_start
	comes_back
	server_stop
}

killed_run()
{
	history
	daemon_kill imapd KILL
	daemon_kill indexd KILL
	rm -rf db
	server_start
	# Sessions that had no time to go hold the lease of an indexd that is
	# gone for good.
	"$(top)/indexd/indexctl" -s "$(cat sockdir)/indexd.sock" takeover \
	    "$PWD/Maildir" || atf_fail "no takeover"
	comes_back
	server_stop
}

# The mail is copied to another host, where it has another path and indexd.
host_run()
{
	history
	server_stop
	mkdir there
	cp -a Maildir there/Maildir || atf_fail "cannot copy"
	cp v h there
	cd there || atf_fail "no directory"
	server_start
	comes_back
	server_stop
}

# identity dir: the mailbox id in the folder's identity.
identity()
{
	sed -n '1s/^[^ ]* 1 [0-9]* \([0-9a-f]*\) .*/\1/p' \
	    "$1/highwater-identity"
}

# numbers mailbox: UIDVALIDITY, UIDNEXT and HIGHESTMODSEQ, and the UIDs.
numbers()
{
	python3 - "$(server_port)" "$1" <<-'END'
		import imaplib, sys
		m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		m.login("demo", "demo")
		m.select(sys.argv[2], readonly=True)
		for code in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"):
		    print(code, m.response(code)[1][0].decode())
		print("UIDS", m.uid("SEARCH", "ALL")[1][0].decode())
		m.logout()
	END
}

# the kind [file]: one line of that.
the()
{
	sed -n "s/^$1 //p" "$2"
}

# One table alone is gone.
table_run()
{
	maildir_make Maildir/.A
	maildir_make Maildir/.B
	deliver_some 5 Maildir/.A
	deliver_some 3 Maildir/.B
	server_start
	numbers A >a.1
	numbers B >b.1
	server_stop
	find db -name "*$(identity Maildir/.A)*" -exec rm {} +
	server_start
	numbers A >a.2
	numbers B >b.2
	atf_check cmp b.1 b.2
	atf_check_equal "$(the UIDS a.1)" "$(the UIDS a.2)"
	atf_check_equal "$(the UIDVALIDITY a.1)" "$(the UIDVALIDITY a.2)"
	atf_check test "$(the HIGHESTMODSEQ a.2)" -gt \
	    "$(the HIGHESTMODSEQ a.1)"
	server_stop
}

# A folder is copied beside itself, another is renamed.
copied_run()
{
	maildir_make Maildir/.A
	maildir_make Maildir/.C
	deliver_some 5 Maildir/.A
	deliver_some 3 Maildir/.C
	server_start
	numbers A >a.1
	numbers C >c.1
	server_stop
	cp -a Maildir/.A Maildir/.B || atf_fail "cannot copy"
	mv Maildir/.C Maildir/.D
	server_start
	numbers B >b.2
	numbers A >a.2
	numbers D >d.2
	atf_check cmp a.1 a.2
	atf_check cmp c.1 d.2
	atf_check test "$(identity Maildir/.A)" != "$(identity Maildir/.B)"
	atf_check test "$(the UIDVALIDITY b.2)" -gt "$(the UIDVALIDITY a.2)"
	atf_check_equal 5 "$(the UIDS b.2 | wc -w)"
	server_stop
	# Its list is its own, too: without the tables it stays so.
	atf_check -o match:" V$(the UIDVALIDITY b.2) " \
	    head -n 1 Maildir/.B/dovecot-uidlist
	rm -rf db
	server_start
	numbers B >b.3
	numbers A >a.3
	for i in a b; do
		atf_check_equal "$(the UIDS $i.2)" "$(the UIDS $i.3)"
		atf_check_equal "$(the UIDVALIDITY $i.2)" \
		    "$(the UIDVALIDITY $i.3)"
	done
	server_stop
}

# An identity of another mail root leads nowhere.
root_run()
{
	history
	maildir_make other/Maildir
	message 'of the other' | deliver other/Maildir
	echo "other:{PLAIN}other:$(id -u):$(id -g)::$PWD/other:/nonexistent" \
	    >>passwd
	cp Maildir/highwater-identity other/Maildir/
	say -D v="$(value v)" <<-'END'
		1 connect
		1 << * OK ...
		1 > a LOGIN other other
		1 << a OK ...
		1 > b SELECT INBOX
		1 {~
			* 1 EXISTS
		}
		1 << b OK ...
		1 > c FETCH 1 (BODY.PEEK[HEADER.FIELDS (SUBJECT)])
		1 < * 1 FETCH ({{.*Subject: of the other.*}})
		1 << c OK ...
		1 > d STORE 1 +FLAGS (\Deleted)
		1 << d OK ...
		1 > e EXPUNGE
		1 << e OK ...
	END
	say -D v="$(value v)" -D h="$(value h)" <<-'END'
		1 login
		1 > b1 ENABLE QRESYNC
		1 << b1 OK ...
		1 > b2 SELECT INBOX (QRESYNC ($v $h))
		1 {~
			* 4 EXISTS
			* OK [HIGHESTMODSEQ $h] ...
		}
		1 < b2 OK ...
	END
	server_stop
}

atf_test_case mbsync cleanup
mbsync_head()
{
	atf_set descr "mbsync transfers nothing when indexd's state was lost"
	atf_set require.user unprivileged
	atf_set require.progs "mbsync"
	atf_set timeout 300
}
mbsync_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	maildir_make Maildir/.A
	deliver_some 50
	deliver_some 5 Maildir/.A
	server_start
	mkdir near
	mbsync_once
	say <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b STORE 10:19 +FLAGS.SILENT (\Deleted)
		1 << b OK ...
		1 > c CLOSE
		1 << c OK ...
	END
	mbsync_once
	near >near.1
	atf_check_equal 45 "$(grep -c . near.1)"
	server_stop
	rm -rf db
	server_start
	mbsync_once
	near >near.2
	atf_check cmp near.1 near.2
	numbers INBOX >far
	atf_check_equal 40 "$(the UIDS far | wc -w)"
	server_stop
}
mbsync_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

near()
{
	find near -path '*/cur/*' -o -path '*/new/*' | sort
}

mbsync_once()
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
	if ! mbsync -c mbsyncrc -a >mbsync.out 2>&1; then
		cat mbsync.out >&2
		server_logs
		atf_fail "mbsync failed"
	fi
}

atf_init_test_cases()
{
	loss_case state "checklist 5, 6: all of the state of indexd is lost"
	loss_case killed "checklist 5, 6: killed, and the state is lost"
	loss_case host "checklist 5, 6: the mail is copied to another host"
	loss_case table "one table alone is lost"
	loss_case copied "a copied folder gets its own numbers, a renamed one \
keeps them"
	loss_case root "an identity of another mail root leads nowhere"
	atf_add_test_case mbsync
}
