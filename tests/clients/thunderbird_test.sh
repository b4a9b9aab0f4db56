# Thunderbird: too heavy to be installed for it, or to be started each time;
# tested where it is, with HEAVY_CLIENTS=yes in the environment.

atf_test_case thunderbird cleanup
thunderbird_head()
{
	atf_set descr "Thunderbird lists, flags, copies, searches, sees new"
	atf_set require.user unprivileged
	atf_set require.progs "thunderbird python3"
	atf_set timeout 200
}
thunderbird_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	[ "${HEAVY_CLIENTS:-}" = yes ] || atf_skip "no HEAVY_CLIENTS=yes"
	binary=/usr/lib/thunderbird/thunderbird-bin
	[ -x $binary ] || binary=$(command -v thunderbird)
	maildir_make Maildir
	maildir_make 'Maildir/.Entw&APw-rfe'
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?utf-8?q?K=C3=B6ln?=
		Date: Mon, 2 Mar 2026 11:00:00 +0000
		MIME-Version: 1.0
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Sch=C3=B6nes Wetter
	END
	message third | deliver
	message arriving >letter
	server_start
	export HOME="$PWD" XDG_RUNTIME_DIR="$PWD" MOZ_HEADLESS=1
	if ! timeout 150 python3 "$(atf_get_srcdir)/thunderbird.py" \
	    "$(server_port)" "$binary" >out 2>&1; then
		tail -n 5 thunderbird.log >&2
		cat out >&2
		server_logs
		atf_fail "Thunderbird failed"
	fi
	cat >after.dlg <<-'END'
		1 login
		1 > a EXAMINE INBOX
		1 << a OK ...
		1 > b UID SEARCH FLAGGED
		1 < * SEARCH 1
		1 < b OK ...
		1 > c UID SEARCH SEEN KEYWORD $$label1
		1 < * SEARCH 2
		1 < c OK ...
		1 > d STATUS Entw&APw-rfe (MESSAGES)
		1 < * STATUS Entw&APw-rfe (MESSAGES 3)
		1 < d OK ...
		1 > e STATUS &ZeVnLA- (MESSAGES)
		1 < * STATUS &ZeVnLA- (MESSAGES 0)
		1 < e OK ...
	END
	dlg "$(server_addr)" after.dlg
	server_stop
}
thunderbird_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case thunderbird
}
