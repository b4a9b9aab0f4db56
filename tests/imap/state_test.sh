# What outlives the daemons, and what does not.

# Runs a dialogue from standard input, with options for imapdlg.
say()
{
	cat >said.dlg
	dlg "$@" "$(server_addr)" said.dlg
}

# The values that a dialogue has put into a file.
value()
{
	cat "$1"
}

state_case()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
		}
		$1_body()
		{
			$1_run
		}
		$1_cleanup()
		{
			server_cleanup
		}"
	atf_add_test_case "$1"
}

# 1 to 8, of which 1, 4, 5 and 8 go; 2 is flagged.
some_history()
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
		1 > a4 STORE 1 +FLAGS.SILENT (\Flagged)
		1 << a4 OK ...
		1 > a5 STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)
		1 << * STATUS INBOX (UIDVALIDITY $v HIGHESTMODSEQ $h)
		1 << a5 OK ...
		sh echo $v >v; echo $h >h
		1 > a6 LOGOUT
		1 << a6 OK ...
		1 eof
	END
	# Flags are in the file names, and those that went are gone.
	wait_for "files follow" followed
}

followed()
{
	[ "$(ls Maildir/cur Maildir/new | grep -c test)" -eq 4 ] &&
	    ls Maildir/cur | grep -q ':2,F$'
}

# indexd's state is lost, and the folder's UID list too: the mailbox is the
# same, its numbers and UIDs go on above all given before, and who comes with
# an older one is told of all that is there and all that is not.
lost_run()
{
	some_history
	server_stop
	rm -rf db Maildir/dovecot-uidlist
	server_start
	say -D v=$(value v) -D h=$(value h) <<-'END'
		1 login
		1 > a1 ENABLE QRESYNC
		1 << a1 OK ...
		1 > a2 SELECT INBOX (QRESYNC ($v $h))
		1 {~
			* 4 EXISTS
			* OK [UIDVALIDITY $v] ...
			* OK [UIDNEXT $next] ...
			* OK [HIGHESTMODSEQ $new] ...
		}
		1 < * ${gone:VANISHED \(EARLIER\) [0-9,:]+}
		1 < * 1 FETCH (UID $u1 MODSEQ ($m) FLAGS ({{[^)]*\\Flagged[^)]*}}))
		1 < * 2 FETCH (UID $u2 MODSEQ ({{[0-9]+}}) FLAGS ({{[^)]*}}))
		1 < * 3 FETCH (UID $u3 MODSEQ ({{[0-9]+}}) FLAGS ({{[^)]*}}))
		1 < * 4 FETCH (UID $u4 MODSEQ ({{[0-9]+}}) FLAGS ({{[^)]*}}))
		1 < a2 OK ...
		assert $new > $h
		assert $m > $h
		assert $u1 >= 9
		assert $u4 == $u1+3
		assert $next == $u4+1
		sh test "$gone" = "VANISHED (EARLIER) 1:$((u1 - 1))"
		# Every UID that is named and has no message, below UIDNEXT; no
		# other.
		1 > a3 UID STORE $u2 +FLAGS.SILENT (\Deleted)
		1 << a3 OK ...
		1 > a4 UID EXPUNGE $u2
		1 << a4 OK ...
		1 > a5 SELECT INBOX (QRESYNC ($v $h 2:5,$u1:4294967295))
		1 << * VANISHED (EARLIER) 2:5,$u2
		1 < * 1 FETCH (UID $u1 MODSEQ ...
		1 < * 2 FETCH (UID $u3 MODSEQ ...
		1 < * 3 FETCH (UID $u4 MODSEQ ...
		1 < a5 OK ...
		1 > a6 UID FETCH $u2:* (UID) (CHANGEDSINCE $h VANISHED)
		1 < * VANISHED (EARLIER) $u2
		1 < * 2 FETCH (UID $u3 MODSEQ ...
		1 < * 3 FETCH (UID $u4 MODSEQ ...
		1 < a6 OK ...
		1 > a7 UID FETCH 1 (UID) (CHANGEDSINCE 0 VANISHED)
		1 < * VANISHED (EARLIER) 1
		1 < a7 OK ...
		1 > a8 UID FETCH $u3:$u4 (FLAGS) (CHANGEDSINCE 1 VANISHED)
		1 < * 2 FETCH (UID $u3 ...
		1 < * 3 FETCH (UID $u4 ...
		1 < a8 OK ...
		1 > a9 UID FETCH 1:* (UID) (CHANGEDSINCE $new VANISHED)
		1 < * VANISHED (EARLIER) $u2
		1 < a9 OK ...
	END
	server_stop
}

# Both daemons are killed, and once stopped: nothing goes back, and what was
# expunged since when is not forgotten.
killed_run()
{
	some_history
	daemon_kill indexd KILL
	daemon_kill imapd KILL
	server_start
	say -D v=$(value v) -D h=$(value h) <<-'END'
		1 login
		1 > a1 ENABLE QRESYNC
		1 << a1 OK ...
		1 > a2 SELECT INBOX (QRESYNC ($v $h))
		1 << * OK [HIGHESTMODSEQ $h] ...
		1 < a2 OK ...
		1 > a3 UID STORE 3 +FLAGS.SILENT (\Deleted)
		1 < * 2 FETCH (UID 3 MODSEQ ($m))
		1 < a3 OK ...
		assert $m > $h
		1 > a4 UID EXPUNGE 3
		1 << a4 OK [HIGHESTMODSEQ $h2] ...
		sh echo $h2 >h2
		1 > a5 LOGOUT
		1 << a5 OK ...
		1 eof
	END
	server_stop
	server_start
	say -D v=$(value v) -D h=$(value h) -D h2=$(value h2) <<-'END'
		1 login
		1 > a1 ENABLE QRESYNC
		1 << a1 OK ...
		1 > a2 SELECT INBOX (QRESYNC ($v $h))
		1 << * OK [HIGHESTMODSEQ $h2] ...
		1 < * VANISHED (EARLIER) 3
		1 < a2 OK ...
	END
	server_stop
}

# Another program works while no daemon runs.
down_run()
{
	some_history
	server_stop
	f=$(ls Maildir/cur | grep ':2,F$')
	mv "Maildir/cur/$f" "Maildir/cur/${f}S"
	rm Maildir/cur/*M7P*
	message new | deliver
	server_start
	say -D v=$(value v) -D h=$(value h) <<-'END'
		1 login
		1 > a1 ENABLE QRESYNC
		1 << a1 OK ...
		1 > a2 SELECT INBOX (QRESYNC ($v $h))
		1 << * OK [HIGHESTMODSEQ $new] ...
		1 < * VANISHED (EARLIER) 7
		1 < * 1 FETCH (UID 2 MODSEQ ($m1) FLAGS ({{[^)]*\\Seen[^)]*}}))
		1 < * 4 FETCH (UID 9 MODSEQ ($m2) FLAGS ({{[^)]*}}))
		1 < a2 OK ...
		assert $m1 > $h
		assert $m2 > $h
		assert $new >= $m1
	END
	server_stop
}

# numbered n word: word1 to wordn.
numbered()
{
	awk -v n="$1" -v s="$2" 'BEGIN { for (i = 1; i <= n; i++)
		printf "%s%s%d", (i > 1 ? " " : ""), s, i }'
}

# More keywords than letters: each is a change like others, and outlives both
# daemons.
keywords_run()
{
	maildir_make Maildir
	deliver_some 2
	server_start
	say -D list="$(numbered 40 k)" <<-'END'
		1 login
		1 > a1 SELECT INBOX (CONDSTORE)
		1 {~
			* OK [HIGHESTMODSEQ $h] ...
		}
		1 << a1 OK ...
		1 > a2 STORE 1 FLAGS.SILENT ($list)
		1 << * 1 FETCH ({{(UID 1 )?}}MODSEQ ($m1))
		1 << a2 OK ...
		assert $m1 > $h
		1 > a3 STORE 2 +FLAGS.SILENT (k40)
		1 << * 2 FETCH ({{(UID 2 )?}}MODSEQ ($m2))
		1 << a3 OK ...
		assert $m2 > $m1
		1 > a4 STORE 1 -FLAGS.SILENT (k39)
		1 << * 1 FETCH ({{(UID 1 )?}}MODSEQ ($m3))
		1 << a4 OK ...
		assert $m3 > $m2
		sh echo $m2 >m2; echo $m3 >m3
		1 > a5 LOGOUT
		1 << a5 OK ...
		1 eof
	END
	server_stop
	server_start
	say -D m2=$(value m2) -D m3=$(value m3) <<-'END'
		1 login
		1 > a1 SELECT INBOX (CONDSTORE)
		1 {~
			* OK [HIGHESTMODSEQ $m3] ...
		}
		1 << a1 OK ...
		1 > a2 SEARCH KEYWORD k40
		1 < * SEARCH 1 2
		1 < a2 OK ...
		1 > a3 SEARCH KEYWORD k39
		1 < * SEARCH
		1 < a3 OK ...
		1 > a4 SEARCH KEYWORD k1 KEYWORD k26 KEYWORD k27 KEYWORD k38
		1 < * SEARCH 1
		1 < a4 OK ...
		1 > a5 FETCH 1:2 (MODSEQ)
		1 < * 1 FETCH ({{(UID 1 )?}}MODSEQ ($m3))
		1 < * 2 FETCH ({{(UID 2 )?}}MODSEQ ($m2))
		1 < a5 OK ...
	END
	server_stop
}

# Deliveries in IDLE are seen by a look at new/ alone, or where names are told
# by no listing at all.
idle_run()
{
	local i

	server_config
	maildir_make Maildir
	deliver_some 20
	mv Maildir/new/* Maildir/cur
	indexd_start
	{
		cat <<-'END'
			1 login
			1 > a1 EXAMINE INBOX
			1 << a1 OK ...
			1 > a2 IDLE
			1 << + ...
			sh : >inetd.log
		END
		for i in 1 2 3 4 5 6; do
			echo "sh echo >Maildir/tmp/180000000$i.M1P1.test && mv Maildir/tmp/180000000$i.M1P1.test Maildir/new/"
			echo "1 << * $((20 + i)) EXISTS"
		done
		echo "sh grep 'scan: list' inetd.log >listed || :"
		echo '1 > DONE'
		echo '1 << a2 OK ...'
	} >idle.dlg
	dlg "!exec '$(top)/imapd/imapd' -div -f '$PWD/imapd.conf' 2>>inetd.log" \
	    idle.dlg
	[ "$(uname)" != Linux ] || ! grep . listed ||
	    atf_fail "something was listed"
	! grep cur listed || atf_fail "cur/ was listed"
	indexd_stop
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	state_case lost "checklist 5, 6, 36, 39: state and UID list are lost"
	state_case killed "checklist 5, 37: both daemons are killed"
	state_case down "checklist 65, 67: changes while no daemon runs"
	state_case keywords "checklist 72: more keywords than letters"
	state_case idle "checklist 71: in IDLE a delivery costs no look at cur"
}
