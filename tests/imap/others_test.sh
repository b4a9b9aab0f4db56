# What other programs do to the Maildir, and what they see of us.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case others three \
	    "checklist 8, 65: deliveries, renames and removals are seen"
	dialogue_case agents three \
	    "checklist 10, 65, 67, 68, 69: other programs, in numbers"
	dialogue_case names three "flags reach the file names"
	dialogue_case parked empty "what is selected again is what it is now"
	atf_add_test_case listings
}

# What imapd has listed so far.
listings()
{
	cat inetd.log 2>/dev/null | grep -c 'scan: list'
}

# A session that selects INBOX twice and changes nothing.
select_twice()
{
	cat >twice.dlg <<-END
		1 login
		1 > a1 SELECT INBOX
		1 << a1 OK ...
		1 > a2 SELECT INBOX
		1 << a2 OK ...
		1 > a3 LOGOUT
		1 << a3 OK ...
		1 eof
	END
	dlg "!exec '$(top)/imapd/imapd' -div -f '$PWD/imapd.conf' 2>>inetd.log" \
	    twice.dlg
}

nothing_listed()
{
	: >inetd.log
	select_twice
	[ "$(listings)" -eq 0 ]
}

atf_test_case listings cleanup
listings_head()
{
	atf_set descr "a mailbox that has not changed is not listed"
	atf_set require.user unprivileged
}
listings_body()
{
	server_config
	maildir_make Maildir
	three
	indexd_start
	select_twice
	[ "$(listings)" -gt 0 ] || atf_fail "nothing was listed at first"
	wait_for "no listing any more" nothing_listed
	message 4 | deliver
	: >inetd.log
	select_twice
	[ "$(listings)" -gt 0 ] || atf_fail "a change was not looked at"
	wait_for "no listing any more" nothing_listed
	indexd_stop
}
listings_cleanup()
{
	server_cleanup
}
