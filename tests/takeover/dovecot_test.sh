# Dovecot's mail is served on, and Dovecot serves ours on, and no client
# notices.

about()
{
	atf_set descr "$1"
	atf_set require.user unprivileged
	atf_set require.progs "doveadm mbsync interimap python3"
	atf_set timeout 600
}

atf_test_case forth cleanup
forth_head()
{
	about "a folder of Dovecot's: the same UIDs, flags, keywords; then back"
}
forth_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	maildir_make Maildir
	takeover_setup
	dovecot_start
	fill
	look
	sync_both
	sync_nothing
	state theirs
	dovecot_stop
	hw_start
	state ours
	same theirs ours
	sync_nothing
	# A day with Highwater.
	change day
	sync_both
	sync_nothing
	state ours
	hw_stop
	dovecot_start
	state theirs
	same ours theirs
	sync_nothing
	dovecot_content
	# A week with Dovecot.
	dovecot_ahead
	change monday
	sync_both
	sync_nothing
	doveadm force-resync -u demo '*' || atf_fail "no force-resync"
	change tuesday
	sync_both
	sync_nothing
	state theirs
	dovecot_stop
	hw_start
	state ours
	same theirs ours
	sync_nothing
	change sunday
	sync_both
	sync_nothing
	hw_stop
	# Dovecot loses its indexes, and makes its list anew.  Its
	# mod-sequences begin again: interimap misses what it does then.
	dovecot_start
	find Maildir -name 'dovecot.index*' -exec rm {} +
	change friday
	rm Maildir/.Work/dovecot.index*
	doveadm force-resync -u demo Work || atf_fail "no force-resync"
	change saturday
	sync_both
	state theirs
	dovecot_stop
	hw_start
	state ours
	same theirs ours
	sync_near
	same_copy
	sync_nothing
	hw_stop
	takeover_done
}
forth_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	takeover_cleanup
}

atf_test_case back cleanup
back_head()
{
	about "a folder of ours, served by Dovecot: the same"
}
back_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	maildir_make Maildir
	takeover_setup
	hw_start
	fill
	look
	sync_both
	sync_nothing
	state ours
	hw_stop
	dovecot_start
	state theirs
	same ours theirs
	sync_nothing
	dovecot_content
	change day
	sync_both
	sync_nothing
	state theirs
	dovecot_stop
	hw_start
	state ours
	same theirs ours
	sync_nothing
	hw_stop
	takeover_done
}
back_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	takeover_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case forth
	atf_add_test_case back
}
