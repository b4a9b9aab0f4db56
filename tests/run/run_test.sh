# make run, but for its building.

atf_test_case sample cleanup
sample_head()
{
	atf_set descr "the sample is served, and nothing stays behind"
	atf_set require.user unprivileged
	atf_set require.progs curl
}
sample_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	run_start ''
	atf_check -o match:'MESSAGES 5[0-9]' curl -sS -u demo:demo \
	    "imap://127.0.0.1:$port/" -X 'STATUS INBOX (MESSAGES)'
	atf_check -o match:'Entw&APw-rfe' curl -sS -u demo:demo \
	    "imap://127.0.0.1:$port/"
	# The line that is printed.
	line=$(sed -n "s/^ *curl -u/curl -sS -u/p" run.out)
	atf_check -o match:'^Subject: ' -x "$line"
	dir=$(sed -n 's/^The mail is in \(.*\)\/Maildir\.$/\1/p' run.out)
	test -d "$dir" || atf_fail "no directory $dir"
	# A second one is told that the port is taken.
	(cd "$(top)" && PORT=$port MAILDIR='' sh tests/run.sh) >second 2>&1 &&
	    atf_fail "two on one port"
	atf_check -o match:"port $port already" cat second
	run_stop
	test ! -e "$dir" || atf_fail "$dir is still there"
}
sample_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	run_cleanup
}

atf_test_case own cleanup
own_head()
{
	atf_set descr "MAILDIR= serves one's own mail, which stays"
	atf_set require.user unprivileged
	atf_set require.progs curl
}
own_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Mine
	deliver_some 2 Mine
	HOME=$PWD
	export HOME
	for round in 1 2; do
		run_start "$PWD/Mine"
		atf_check -o match:'^\* SEARCH 1 2' curl -sS -u demo:demo \
		    "imap://127.0.0.1:$port/INBOX?ALL"
		run_stop
	done
	test "$(ls Mine/cur Mine/new | grep -c test)" -eq 2 ||
	    atf_fail "mail is missing"
	for what in /nonexistent "$PWD/run.out"; do
		(cd "$(top)" && PORT=$port MAILDIR=$what sh tests/run.sh) \
		    >no 2>&1 && atf_fail "served $what"
		atf_check -o match:'no such directory' cat no
	done
}
own_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	run_cleanup
}

run_answers()
{
	grep -q '^Ctrl-C' run.out || gone "$(cat run.pid)"
}

# run_start maildir: sets port.
run_start()
{
	port=$("$(top)/tests/imapdlg/imapdlg" -P)
	: >run.out
	(cd "$(top)" && MAILDIR=$1 PORT=$port exec sh tests/run.sh) \
	    >run.out 2>&1 </dev/null &
	echo $! >run.pid
	wait_for "run.sh serves" run_answers
	if gone "$(cat run.pid)"; then
		cat run.out >&2
		atf_fail "run.sh ended"
	fi
}

# A shell in the background ignores INT, as POSIX has it, so TERM stands for
# Ctrl-C.
run_stop()
{
	pid=$(cat run.pid)
	kill -TERM "$pid"
	wait "$pid"
	status=$?
	[ $status -eq 0 ] || {
		cat run.out >&2
		atf_fail "run.sh ended with $status"
	}
	rm run.pid
	echo '1 connect' >probe.dlg
	"$(top)/tests/imapdlg/imapdlg" "127.0.0.1:$port" probe.dlg \
	    2>/dev/null && atf_fail "something still serves port $port"
	return 0
}

run_cleanup()
{
	if [ -f run.pid ]; then
		kill -TERM "$(cat run.pid)" 2>/dev/null
		wait_for "run.sh ends" gone "$(cat run.pid)"
	fi
	return 0
}

atf_test_case not_root
not_root_head()
{
	atf_set descr "who may not install is told what root has to run"
	atf_set require.user unprivileged
}
not_root_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mkdir bin
	for tool in sh id ls uname; do
		ln -s "$(command -v $tool)" bin/$tool
	done
	printf '#!/bin/sh\necho "$@" >>%s/called\nexit 1\n' "$PWD" >bin/apt-get
	chmod 755 bin/apt-get
	atf_check -s exit:1 -o match:'gcc: compiles' \
	    -e match:'^    apt-get install .* gcc' \
	    env PATH="$PWD/bin" sh "$(top)/tests/deps.sh" build
	test ! -e called || atf_fail "called apt-get: $(cat called)"
}

atf_init_test_cases()
{
	atf_add_test_case sample
	atf_add_test_case own
	atf_add_test_case not_root
}
