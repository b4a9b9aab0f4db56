# Clients at a terminal, with the keys that a person would type.

# mail: INBOX with three messages, one with an attachment; two folders.
mail()
{
	maildir_make Maildir
	maildir_make 'Maildir/.Entw&APw-rfe'
	maildir_make Maildir/.Archive
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?utf-8?q?K=C3=B6ln?=
		Date: Mon, 2 Mar 2026 11:00:00 +0000
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Sch=C3=B6nes Wetter
		--b
		Content-Type: application/octet-stream
		Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin
		Content-Transfer-Encoding: base64

		AAECAw==
		--b--
	END
	message third | deliver
}

# terminal command ...: with the script in the file keys.
terminal()
{
	export HOME="$PWD" XDG_CONFIG_HOME="$PWD/config"
	if ! timeout 100 python3 "$(atf_get_srcdir)/terminal.py" keys "$@" \
	    >out 2>&1; then
		cat out >&2
		server_logs
		atf_fail "$1 failed"
	fi
}

# is mailbox text: a search in the mailbox finds this.
is()
{
	cat >is.dlg <<-END
		1 login
		1 > a EXAMINE "$1"
		1 << a OK ...
		1 > b UID SEARCH $2
		1 < * SEARCH${3:+ $3}
		1 < b OK ...
	END
	dlg "$(server_addr)" is.dlg
}

atf_test_case neomutt cleanup
neomutt_head()
{
	atf_set descr "neomutt with QRESYNC reads, copies, deletes, sees new mail"
	atf_set require.user unprivileged
	atf_set require.progs "neomutt python3"
}
neomutt_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	cat >neomuttrc <<-END
		set imap_condstore=yes imap_qresync=yes imap_idle=yes
		set header_cache=$PWD/hcache ssl_starttls=no ssl_force_tls=no
		set imap_user=demo imap_pass=demo folder=imap://$(server_addr)/
		set spoolfile=+INBOX record='' postponed=+Entwürfe
		set delete=yes quit=yes confirmappend=no move=no wait_key=no
		set sleep_time=0 beep=no timeout=1 mail_check=1 mark_old=no
		set from=demo@example.org sort=mailbox-order
	END
	cat >keys <<-'END'
		? third
		! 2\r\r
		? Wetter
		! v
		? ä.bin
		! qq
		? third
		! C
		? Copy
		! \x15=Entw\xc3\xbcrfe\r
		? essage [23]
		! 3\rd$
		? deleted
		! l~B sch\xc3\xb6nes\r\x0c
		? Köln
		! lall\r\x0c
		? first
		! !mv letter Maildir/new/1700000100.arriving\r
		? arriving
		! q
	END
	message arriving >letter
	terminal neomutt -n -F neomuttrc -d 2 -l debug
	is 'Entw&APw-rfe' ALL 1
	is INBOX ALL '1 2 4'
	is INBOX SEEN '2'
	atf_check -o ignore grep -E 'ENABLE .*QRESYNC' debug*
	atf_check -s exit:1 grep -a -E '< a[0-9]+ (BAD|NO) ' debug*
	server_stop
}
neomutt_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case aerc cleanup
aerc_head()
{
	atf_set descr "aerc lists, reads, searches, copies, moves, makes folders"
	atf_set require.user unprivileged
	atf_set require.progs "aerc python3"
}
aerc_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	mkdir -p config/aerc
	cat >config/aerc/accounts.conf <<-END
		[hw]
		source = imap+insecure://demo:demo@$(server_addr)
		default = INBOX
		from = Demo <demo@example.org>
		check-mail = 0
	END
	cat >config/aerc/aerc.conf <<-END
		[general]
		unsafe-accounts-conf = true
		log-file = $PWD/aerc.log
		log-level = trace
		[viewer]
		pager = cat
		[filters]
		text/plain = cat
	END
	chmod 600 config/aerc/*
	cat >keys <<-'END'
		? Köln
		! :select 1\r:view\r
		? Wetter
		! :close\r:select 1\r:flag\r
		$ ls Maildir/cur | grep -q :2,FS
		! :cp Entw\xc3\xbcrfe\r
		$ ls Maildir/.Entw*/cur | grep -q :2,FS
		! :search -b sch\xc3\xb6nes\r
		! :select 0\r:mv Archive\r
		$ ls Maildir/.Archive/cur | grep -q .
		! :mkdir Neu.\xe6\x97\xa5\xe6\x9c\xac\r
		$ test -d Maildir/.Neu.*
		! :quit\r
	END
	terminal aerc
	is 'Entw&APw-rfe' FLAGGED 1
	is Archive ALL 1
	is INBOX ALL '1 2'
	is 'Neu.&ZeVnLA-' ALL
	server_stop
}
aerc_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case alpine cleanup
alpine_head()
{
	atf_set descr "alpine lists, reads, saves to a folder, expunges"
	atf_set require.user unprivileged
	atf_set require.progs "alpine python3"
}
alpine_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mail
	server_start
	where="{127.0.0.1:$(server_port)/notls/user=demo}"
	cat >pinerc <<-END
		personal-name=Demo
		user-domain=example.org
		inbox-path=${where}INBOX
		folder-collections=Mail ${where}[]
		feature-list=enable-aggregate-command-set,
			quell-folder-internal-msg
		last-version-used=9.99
		character-set=UTF-8
	END
	cat >keys <<-'END'
		? PASSWORD
		! demo\r
		? (Preserve|opened)
		! n
		? opened
		! i
		? third
		! j
		? umber
		! 2\r
		! v
		? Wetter
		! >
		? ä.bin
		! <<
		? third
		! j
		? umber
		! 1\rs
		? olders?
		! \x15Archive\r
		? DONE|opied
		! x
		? Expunge 1
		! y
		? of 2
		! q
		? uit
		! y
	END
	terminal alpine -p pinerc
	is Archive ALL 1
	is INBOX ALL '2 3'
	server_stop
}
alpine_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case neomutt
	atf_add_test_case aerc
	atf_add_test_case alpine
}
