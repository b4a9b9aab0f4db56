# Programs that download mail: each message once, as it is, and flags and
# deletions as they say.

# mail: three messages, one with an attachment and names that are not ASCII,
# and a folder.
mail()
{
	maildir_make Maildir
	maildir_make 'Maildir/.Entw&APw-rfe'
	maildir_make Maildir/.Empty
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?=
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Gr=C3=BC=C3=9Fe
		--b
		Content-Type: application/octet-stream
		Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin
		Content-Transfer-Encoding: base64

		AAECAw==
		--b--
	END
	printf 'From: a@example.org\nSubject: 8-bit \344\n\n\344\n' | deliver
	message draft | deliver 'Maildir/.Entw&APw-rfe'
	sort -u Maildir/new/* >sent
}

# same files: together they have the lines of the mail, but for what the
# program adds.
same()
{
	cat "$@" | tr -d '\r' | grep -a -v -E \
	    '^(Received|Return-Path|Delivered-To|X-.*|	.*|  .*):? ' |
	    sort -u >got
	atf_check -s exit:0 comm -23 sent got
}

# counted mailbox what: its STATUS says that.
counted()
{
	atf_check -o match:"$2" curl -sS -u demo:demo \
	    "imap://$(server_addr)/" -X "STATUS $1 (MESSAGES UNSEEN)"
}

run()
{
	timeout 60 "$@" >out 2>&1 && return
	tail -n 40 out >&2
	server_logs
	atf_fail "$1 failed"
}

atf_test_case fetchmail cleanup
fetchmail_head()
{
	atf_set descr "fetchmail takes each message once, and can delete"
	atf_set require.user unprivileged
	atf_set require.progs "fetchmail curl"
}
fetchmail_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	mkdir taken
	cat >mda.sh <<-'END'
		#!/bin/sh
		n=$(ls taken | wc -l)
		cat >taken/$n
	END
	cat >fetchmailrc <<-END
		set no bouncemail
		poll 127.0.0.1 service $(server_port) protocol imap
		    auth password username demo password demo
		    folder INBOX, "Entw&APw-rfe" keep sslproto ""
		    mda "sh mda.sh"
	END
	chmod 600 fetchmailrc
	export HOME="$PWD" FETCHMAILHOME="$PWD"
	run fetchmail --nodetach -f fetchmailrc
	atf_check_equal 4 "$(ls taken | wc -l)"
	same taken/*
	counted INBOX 'MESSAGES 3 UNSEEN 0'
	# Nothing is new: exit status 1.
	atf_check -s exit:1 -o ignore -e ignore \
	    fetchmail --nodetach -f fetchmailrc
	atf_check_equal 4 "$(ls taken | wc -l)"
	sed 's/keep/no keep fetchall/' fetchmailrc >delete.rc
	chmod 600 delete.rc
	run fetchmail --nodetach -f delete.rc
	atf_check_equal 8 "$(ls taken | wc -l)"
	counted INBOX 'MESSAGES 0'
	server_stop
}
fetchmail_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case getmail cleanup
getmail_head()
{
	atf_set descr "getmail knows what it has by UID, and can delete"
	atf_set require.user unprivileged
	atf_set require.progs "getmail curl"
}
getmail_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	maildir_make taken
	mkdir getmail
	cat >getmail/getmailrc <<-END
		[retriever]
		type = SimpleIMAPRetriever
		server = 127.0.0.1
		port = $(server_port)
		username = demo
		password = demo
		mailboxes = ("INBOX", u"Entwürfe", "Empty")
		[destination]
		type = Maildir
		path = $PWD/taken/
		[options]
		read_all = false
		delivered_to = false
		received = false
	END
	run getmail -g getmail
	atf_check_equal 4 "$(ls taken/new | wc -l)"
	same taken/new/*
	run getmail -g getmail
	atf_check_equal 4 "$(ls taken/new | wc -l)"
	message new | deliver
	run getmail -g getmail -d
	atf_check_equal 5 "$(ls taken/new | wc -l)"
	counted INBOX 'MESSAGES 0'
	server_stop
}
getmail_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case fdm cleanup
fdm_head()
{
	atf_set descr "fdm takes messages, and deletes what it has"
	atf_set require.user unprivileged
	atf_set require.progs "fdm curl"
}
fdm_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	cat >fdm.conf <<-END
		set lock-file "$PWD/fdm.lock"
		account "hw" imap server "127.0.0.1" port $(server_port)
		    user "demo" pass "demo" folders { "INBOX" "Entw&APw-rfe" }
		action "keep" maildir "$PWD/taken"
		match all action "keep"
	END
	chmod 600 fdm.conf
	export HOME="$PWD"
	run fdm -k -f fdm.conf fetch
	atf_check_equal 4 "$(ls taken/new | wc -l)"
	same taken/new/*
	run fdm -f fdm.conf fetch
	atf_check_equal 8 "$(ls taken/new | wc -l)"
	counted INBOX 'MESSAGES 0'
	server_stop
}
fdm_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case offlineimap cleanup
offlineimap_head()
{
	atf_set descr "offlineimap keeps both sides the same"
	atf_set require.user unprivileged
	atf_set require.progs "offlineimap curl"
}
offlineimap_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	# It writes names as they are, without quotes.
	maildir_make 'Maildir/.Per%cent'
	maildir_make 'Maildir/.back\slash'
	message odd | deliver 'Maildir/.Per%cent'
	server_start
	cat >offlineimaprc <<-END
		[general]
		accounts = a
		metadata = $PWD/state
		ui = quiet
		[Account a]
		localrepository = here
		remoterepository = there
		utf8foldernames = yes
		[Repository here]
		type = Maildir
		localfolders = $PWD/here
		[Repository there]
		type = IMAP
		remotehost = 127.0.0.1
		remoteport = $(server_port)
		remoteuser = demo
		remotepass = demo
		ssl = no
		starttls = no
	END
	export HOME="$PWD"
	run offlineimap -o -c offlineimaprc
	atf_check_equal 3 "$(ls here/INBOX/new | wc -l)"
	same here/INBOX/new/*
	atf_check_equal 1 "$(ls 'here/Per%cent/new' | wc -l)"
	atf_check_equal 1 "$(ls here/Entwürfe/new | wc -l)"
	# Here: one is read, one is new; there: one is gone.
	set -- here/INBOX/new/*U=1,*
	mv "$1" "here/INBOX/cur/${1##*/}S"
	message 'made here' >here/Entwürfe/new/1700000100.here
	cat >there.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b STORE 2 +FLAGS.SILENT (\Deleted)
		1 << b OK ...
		1 > c EXPUNGE
		1 << c OK ...
	END
	dlg "$(server_addr)" there.dlg
	run offlineimap -o -c offlineimaprc
	atf_check_equal 1 "$(ls here/INBOX/new | wc -l)"
	atf_check_equal 1 "$(ls here/INBOX/cur | grep -c ':2,S$')"
	counted INBOX 'MESSAGES 2 UNSEEN 1'
	counted 'Entw&APw-rfe' 'MESSAGES 2 '
	server_stop
}
offlineimap_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case fetchmail
	atf_add_test_case getmail
	atf_add_test_case fdm
	atf_add_test_case offlineimap
}
