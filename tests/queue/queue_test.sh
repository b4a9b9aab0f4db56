# The queue of the EXAMPLES in imapd.8, with its worker as it stands there.


# The worker: between two comments in the manual page.
worker()
{
	sed -n '/^\.\\" begin worker/,/^\.\\" end worker/p' \
	    "$(top)/man/imapd.8" | sed '1d;$d;s/\\e/\\/g' >worker.py
	atf_check test -s worker.py
}

queue_start()
{
	local box

	for box in '' /.Queue /.Done /.Failed; do
		maildir_make Maildir$box
	done
	worker
	server_start
}

# HIGHWATER_WORKERS, HIGHWATER_MESSAGES and SEED say how many, and which.
atf_test_case crowd cleanup
crowd_head()
{
	atf_set descr "each message is claimed by one worker, whoever is killed"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 3600
}
crowd_body()
{
	local pid status

	. "$(atf_get_srcdir)/../common.subr"
	queue_start
	python3 "$(atf_get_srcdir)/load.py" "$(server_port)" \
	    "${SEED:-1}" "${HIGHWATER_WORKERS:-4}" \
	    "${HIGHWATER_MESSAGES:-300}" >load.out 2>load.err &
	pid=$!
	echo $pid >load.pid
	# indexd is killed too, as often as it has done something.
	while ! gone $pid; do
		sleep 1
		daemon_kill indexd KILL
		indexd_start
	done
	wait $pid
	status=$?
	cat load.out
	if [ $status -ne 0 ]; then
		tail -n 40 load.err >&2
		server_logs
		atf_fail "see what load.py says"
	fi
	server_stop
}
crowd_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	[ ! -f load.pid ] || kill "$(cat load.pid)" 2>/dev/null
	server_cleanup
}

# start_worker name: its pid is then in name.pid.
start_worker()
{
	IMAP_HOST=127.0.0.1 IMAP_PORT=$(server_port) IMAP_USER=demo \
	    IMAP_PASSWORD=demo python3 worker.py "$1" \
	    sed -n "s/^Subject: /$1 /p" >>work.log 2>$1.err &
	echo $! >$1.pid
}

worked()
{
	[ "$(wc -l <work.log)" -ge "$1" ]
}

claimed()
{
	"$(top)/tests/imapdlg/imapdlg" "$(server_addr)" claimed.dlg 2>/dev/null
}

atf_test_case claims cleanup
claims_head()
{
	atf_set descr "a worker finds its claims again; others' when released"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
claims_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	queue_start
	deliver_some 4 Maildir/.Queue
	# w1 claims 1 and 2 and does not read the answer to the second; w9,
	# which never comes back, claims 3.  Nobody else can claim them.
	cat >gone.dlg <<-'END'
		1 login
		1 > a SELECT Queue
		1 << a OK ...
		1 > b UID STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($$Claimed w1)
		1 << b OK STORE ...
		9 login
		9 > a SELECT Queue
		9 << a OK ...
		9 > b UID STORE 3 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($$Claimed w9)
		9 << b OK ...
		2 login
		2 > a SELECT Queue
		2 << a OK ...
		2 > b UID STORE 1:3 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($$Claimed w2)
		2 << b OK [MODIFIED 1,3] ...
		2 > c UID STORE 2 -FLAGS.SILENT ($$Claimed w2)
		2 << c OK ...
		1 > c UID STORE 2 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($$Claimed w1)
	END
	dlg "$(server_addr)" gone.dlg
	cat >claimed.dlg <<-'END'
		1 login
		1 > a EXAMINE Queue
		1 << a OK ...
		1 > b UID SEARCH KEYWORD w1
		1 < * SEARCH 1 2
	END
	wait_for "both claims of w1" claimed
	: >work.log
	start_worker w2
	wait_for "w2 does what is free" worked 1
	start_worker w1
	wait_for "w1 does what it claimed" worked 3
	tr -d '\r' <work.log | sort >work
	atf_check -o inline:'w1 1\nw1 2\nw2 4\n' cat work
	# In IDLE they see what is new, and what is released.
	message 5 | deliver Maildir/.Queue
	wait_for "somebody does what is new" worked 4
	cat >release.dlg <<-'END'
		1 login
		1 > a SELECT Queue
		1 << a OK ...
		1 > b UID SEARCH KEYWORD w9
		1 < * SEARCH 3
		1 << b OK ...
		1 > c UID STORE 3 -FLAGS ($$Claimed w9)
		1 << c OK ...
	END
	dlg "$(server_addr)" release.dlg
	wait_for "somebody does what is released" worked 5
	tr -d '\r' <work.log >work
	atf_check -o match:'^w[12] 3$' -o match:'^w[12] 5$' cat work
	kill "$(cat w1.pid)" "$(cat w2.pid)"
	wait "$(cat w1.pid)" "$(cat w2.pid)"
	atf_check cat w1.err w2.err
	server_stop
}
claims_cleanup()
{
	local pid

	. "$(atf_get_srcdir)/../common.subr"
	for pid in w1.pid w2.pid; do
		[ ! -f $pid ] || kill "$(cat $pid)" 2>/dev/null
	done
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case claims
	atf_add_test_case crowd
}
