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

atf_test_case version1 cleanup
version1_head()
{
	atf_set descr "a list as Dovecot 1.0 wrote it; Dovecot then goes on"
	atf_set require.user unprivileged
	atf_set require.progs "doveadm python3"
	atf_set timeout 120
}
version1_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	maildir_make Maildir
	state_script
	message one >Maildir/cur/1700000001.M1P1.host:2,S
	message two >Maildir/cur/1700000002.M2P1.host:2,Fb
	message three >Maildir/cur/1700000003.M3P1.host
	message four >Maildir/new/1700000004.M4P1.host
	printf '%s\n' '1 1234567 40' '3 1700000001.M1P1.host' \
	    '8 1700000007.M7P1.host' '20 1700000002.M2P1.host' \
	    '30 1700000003.M3P1.host' >Maildir/dovecot-uidlist
	printf '%s\n' '0 first' '1 second' >Maildir/dovecot-keywords
	hw_start
	state ours
	cat >want <<-'END'
		INBOX UIDVALIDITY 1234567 UIDNEXT 41
		INBOX 3 \Seen
		INBOX 20 \Flagged second
		INBOX 30
		INBOX 40

	END
	sed 's/ [0-9a-f]\{8\}$//' ours >got
	same want got
	# A session writes to it when its client has gone, at the latest.
	wait_for 'the list' grep -q '^40 :17' Maildir/dovecot-uidlist
	atf_check -o match:'^3 V1234567 N41 G' cat Maildir/dovecot-uidlist
	hw_stop
	dovecot_start
	state theirs
	same ours theirs
	dovecot_content
	dovecot_stop
}
version1_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	. "$(atf_get_srcdir)/takeover.subr"
	takeover_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case version1
	atf_add_test_case forth
	atf_add_test_case back
}
