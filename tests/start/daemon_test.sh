# The daemons' start, as far as they see to it themselves: the background, pid
# files, who is told that they serve, signals, the form of log lines, -n.

says()
{
	grep -q "$1" imapd.log
}

# In the background they log to syslog: what they say until then is in err.
background()
{
	local status

	"$(top)/$1/$1" -f $1.conf </dev/null >out 2>err
	status=$?
	[ ! -f $1.run ] || cat $1.run >$1.pid
	return $status
}

running()
{
	kill -0 "$(cat "$1")" 2>/dev/null
}

# end name: of one in the background, which is no child of ours.
end()
{
	local pid

	pid=$(cat $1.pid)
	kill -TERM "$pid"
	wait_for "$1 ends" gone "$pid"
	rm -f $1.pid
}

free_port()
{
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

atf_test_case in_background cleanup
in_background_head()
{
	atf_set descr "the first process ends when the daemon serves, or fails"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
in_background_body()
{
	local port dir

	INDEXD_CONF="pidfile \"$PWD/indexd.run\""
	IMAPD_CONF="pidfile \"$PWD/imapd.run\""
	server_config
	maildir_make Maildir
	port=$(free_port)
	sed -i.bak "s/port 0/port $port/" imapd.conf
	background indexd || shows err
	# At once: nothing is waited for.
	indexd_answers || atf_fail "indexd does not answer"
	background imapd || shows err
	echo '1 login' >login.dlg
	dlg "127.0.0.1:$port" login.dlg
	running imapd.run || atf_fail "the pid file is wrong"
	running indexd.run || atf_fail "the pid file is wrong"
	# Another one says which process is in its way.
	atf_check -s exit:1 -e match:"running already pid=$(cat imapd.run)$" \
	    "$(top)/imapd/imapd" -f imapd.conf
	atf_check -s exit:1 -e match:"running already pid=$(cat indexd.run)$" \
	    "$(top)/indexd/indexd" -f indexd.conf
	running imapd.run || atf_fail "the pid file is lost"
	# Without the pid file the address is taken, and the directory.
	sed /pidfile/d imapd.conf >other.conf
	atf_check -s exit:1 -e match:"Address already in use" \
	    "$(top)/imapd/imapd" -f other.conf
	end imapd
	end indexd
	[ ! -e imapd.run ] || atf_fail "imapd left its pid file"
	[ ! -e indexd.run ] || atf_fail "indexd left its pid file"
}
in_background_cleanup()
{
	server_cleanup
}

atf_test_case stale_pidfile cleanup
stale_pidfile_head()
{
	atf_set descr "a dead daemon's pid file is in nobody's way"
	atf_set require.user unprivileged
}
stale_pidfile_body()
{
	IMAPD_CONF="pidfile \"$PWD/imapd.run\""
	server_config
	# It names a process that lives, and is not imapd.
	echo $$ >imapd.run
	imapd_start
	wait_for "the pid file" cmp -s imapd.run imapd.pid
	daemon_kill imapd KILL
	[ -e imapd.run ] || atf_fail "SIGKILL removes no file"
	imapd_start
	wait_for "the pid file" cmp -s imapd.run imapd.pid
	# What somebody else has put there stays.
	rm imapd.run
	echo other >imapd.run
	imapd_stop
	atf_check -o inline:"other\n" cat imapd.run
	# A link is not followed, and a directory is none.
	rm imapd.run
	ln -s elsewhere imapd.run
	atf_check -s exit:1 -e match:"pidlock: " "$(top)/imapd/imapd" -d \
	    -f imapd.conf
	[ ! -e elsewhere ] || atf_fail "the link was followed"
}
stale_pidfile_cleanup()
{
	server_cleanup
}

told()
{
	grep -q "$1" notified
}

atf_test_case notify cleanup
notify_head()
{
	atf_set descr "a service manager is told: ready, reloading, stopping"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
notify_body()
{
	local name manager dir sock

	server_config
	dir=$(cat sockdir)
	for name in imapd indexd; do
		for sock in "$dir/notify.$name" "@hw.$$.$name"; do
			[ "$(uname -s)" = Linux ] || [ "${sock#@}" = "$sock" ] ||
			    continue
			rm -f notified
			python3 "$(atf_get_srcdir)/notified.py" "$sock" &
			manager=$!
			wait_for "a manager" test -e notified
			export NOTIFY_SOCKET="$sock"
			${name}_start
			unset NOTIFY_SOCKET
			wait_for "readiness" told \
			    "^READY=1 MAINPID=$(cat $name.pid)$"
			kill -HUP "$(cat $name.pid)"
			wait_for "reloading" told '^RELOADING=1 MONOTONIC_USEC='
			wait_for "readiness again" sh -c \
			    'test "$(grep -c READY=1 notified)" -eq 2'
			daemon_stop $name
			wait $manager || atf_fail "no STOPPING=1"
			rm -f "$sock"
		done
	done
	# Nonsense in the environment stops nobody.
	export NOTIFY_SOCKET="$PWD/none"
	imapd_start
	imapd_stop
	unset NOTIFY_SOCKET
	says "notify: " || atf_fail "not logged"
}
notify_cleanup()
{
	server_cleanup
}

atf_test_case state cleanup
state_head()
{
	atf_set descr "SIGUSR1: one line about the state; sessions ignore it"
	atf_set require.user unprivileged
}
state_body()
{
	server_start
	cat >state.dlg <<-'END'
		1 login
		2 login
		3 connect
		3 < * OK ...
		sh kill -USR1 $(cat imapd.pid) $(cat indexd.pid)
		sh n=0; until grep -q 'listen: state' imapd.log && grep -q 'indexd: state' indexd.log; do n=$((n+1)); test $n -lt 100 || exit 1; sleep 0.1; done
		1 > a NOOP
		1 < a OK ...
	END
	dlg "$(server_addr)" state.dlg
	says "state connections=3 logged-in=2 unauthenticated=1 users=1 " ||
	    atf_fail "imapd: $(grep state imapd.log)"
	grep -q "state sessions=2 connected=2 .*commits=.*seconds=" indexd.log ||
	    atf_fail "indexd: $(grep state indexd.log)"
	# Whoever asks all processes of a name ends none.
	cat >session.dlg <<-'END'
		1 login
		sh kill -USR1 $(sed -n 's/^imapd.\([0-9]*\).: .*session: start.*/\1/p' imapd.log | tail -n 1)
		1 > a NOOP
		1 < a OK ...
	END
	dlg "$(server_addr)" session.dlg
	server_stop
}
state_cleanup()
{
	server_cleanup
}

atf_test_case relative cleanup
relative_head()
{
	atf_set descr "SIGHUP finds a configuration that was named relatively"
	atf_set require.user unprivileged
}
relative_body()
{
	INDEXD_CONF="pidfile \"$PWD/indexd.run\""
	server_config
	background indexd || shows err
	# In the background its log is syslog's; what it does shows it.
	echo "limit mailboxes 1" >>indexd.conf
	kill -HUP "$(cat indexd.run)"
	maildir_make Maildir
	maildir_make Maildir/.two
	imapd_start
	cat >limit.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b SELECT two
		1 << b NO [LIMIT] ...
	END
	wait_for "the limit" "$(top)/tests/imapdlg/imapdlg" "$(server_addr)" \
	    limit.dlg
	imapd_stop
	end indexd
}
relative_cleanup()
{
	server_cleanup
}

atf_test_case twice
twice_head()
{
	atf_set descr "imapd -n finds an address that is to be listened on twice"
	atf_set require.user unprivileged
}
twice_body()
{
	server_config
	echo 'listen on 127.0.0.1 port 0' >>imapd.conf
	"$(top)/imapd/imapd" -n -f imapd.conf >out 2>err || shows err
	echo 'listen on 127.0.0.1 port 2143' >>imapd.conf
	echo 'listen on 127.0.0.1 port 2143' >>imapd.conf
	! "$(top)/imapd/imapd" -n -f imapd.conf >out 2>err || shows out
	grep -q 'listen: 127.0.0.1 port 2143: twice' err || shows err
}

atf_test_case elsewhere cleanup
elsewhere_head()
{
	atf_set descr "SIGHUP finds files included from other directories, and \
where a link leads now"
	atf_set require.user unprivileged
}
elsewhere_body()
{
	mkdir real old new etc
	INDEXD_CONF="include \"$PWD/etc/limits\""
	server_config
	mv indexd.conf real
	ln -s real/indexd.conf indexd.conf
	: >etc/limits
	indexd_start
	echo "limit mailboxes 1" >etc/limits
	kill -HUP "$(cat indexd.pid)"
	wait_for "the limits" grep -q "limits read again" indexd.log

	cp imapd.conf old
	cp imapd.conf new
	echo "listen on 127.0.0.1 port $(free_port)" >>new/imapd.conf
	ln -sf old/imapd.conf imapd.conf
	maildir_make Maildir
	imapd_start
	ln -sf new/imapd.conf imapd.conf
	kill -HUP "$(cat imapd.pid)"
	wait_for "the configuration" says "configuration read again"
	[ "$(grep -c ' listening ' imapd.log)" -gt 1 ] || shows imapd.log
	server_stop
}
elsewhere_cleanup()
{
	server_cleanup
}

atf_test_case journal
journal_head()
{
	atf_set descr "log lines for journald, launchd and others"
	atf_set require.user unprivileged
}
journal_body()
{
	server_config
	echo 'auth file "/p"' >none.conf
	log()
	{
		env "$@" "$(top)/imapd/imapd" -d -f missing.conf 2>log
		"$(top)/indexd/indexd" -d -f missing.conf 2>log.indexd
	}
	# Someone else's stream: standard error was redirected.
	log JOURNAL_STREAM=1:1
	grep -q '^missing.conf: ' log || shows log
	env JOURNAL_STREAM="$(stat -Lc %d:%i log.indexd)" \
	    "$(top)/indexd/indexd" -d -f missing.conf 2>log.indexd
	grep -q '^<4>missing.conf: ' log.indexd || shows log.indexd
	env XPC_SERVICE_NAME=org.highwater.indexd \
	    "$(top)/indexd/indexd" -d -f missing.conf 2>log.indexd
	grep -Eq '^20[0-9-]{8}T[0-9:]{8}Z indexd\[[0-9]+\]: missing' \
	    log.indexd || shows log.indexd
	env XPC_SERVICE_NAME=0 \
	    "$(top)/indexd/indexd" -d -f missing.conf 2>log.indexd
	grep -Eq '^indexd\[[0-9]+\]: missing' log.indexd ||
	    shows log.indexd
}

atf_test_case check cleanup
check_head()
{
	atf_set descr "-n looks at what the configuration names"
	atf_set require.user unprivileged
}
check_body()
{
	local imapd indexd

	imapd=$(top)/imapd/imapd
	indexd=$(top)/indexd/indexd
	server_config
	atf_check -e match:"^configuration OK$" \
	    -e match:"^warning: indexd is not at its socket .*/indexd.sock" \
	    "$imapd" -n -f imapd.conf
	atf_check -e inline:"configuration OK\n" "$indexd" -n -f indexd.conf
	[ -z "$(ls db)" ] || atf_fail "indexd -n has written"
	maildir_make Maildir
	indexd_start
	atf_check -e inline:"configuration OK\n" "$imapd" -n -f imapd.conf
	indexd_stop

	rm passwd
	echo "pidfile \"$PWD/no/such\"" >>imapd.conf
	atf_check -s exit:1 -e match:"auth file: .*/passwd: No such file" \
	    -e match:"pidfile: .*/no: No such file" \
	    -e not-match:"configuration OK" "$imapd" -n -f imapd.conf
	mkdir passwd
	atf_check -s exit:1 -e match:"passwd is no file" "$imapd" -n \
	    -f imapd.conf
	sed "s,^auth.*,auth exec \"$PWD/none\"," imapd.conf >exec.conf
	atf_check -s exit:1 -e match:"auth exec: .*/none: No such file" \
	    "$imapd" -n -f exec.conf

	chmod 755 db
	atf_check -e match:"warning: directory: .* mode 0700" "$indexd" -n \
	    -f indexd.conf
	rm -r db
	atf_check -e inline:"configuration OK\n" "$indexd" -n -f indexd.conf
	: >db
	atf_check -s exit:1 -e match:"db is no directory" "$indexd" -n \
	    -f indexd.conf
	sed "s,^directory.*,directory \"/\"," indexd.conf >root.conf
	atf_check -s exit:1 -e match:"/ belongs to uid 0, not to uid" \
	    "$indexd" -n -f root.conf
	sed "s,^socket.*,socket \"$PWD/no/sock\"," indexd.conf >sock.conf
	atf_check -s exit:1 -e match:"socket: .*/no: No such file" "$indexd" \
	    -n -f sock.conf
}
check_cleanup()
{
	server_cleanup
}

atf_test_case check_root
check_root_head()
{
	atf_set descr "-n as root: the users that root would become"
	atf_set require.user root
}
check_root_body()
{
	server_config
	echo 'socket "/nonexistent/sock"' >>indexd.conf
	sed -i.bak 's,^directory.*,directory "/etc",' indexd.conf
	if id _indexd >/dev/null 2>&1; then
		atf_check -s exit:1 -e match:"/etc belongs to uid 0" \
		    "$(top)/indexd/indexd" -n -f indexd.conf
	else
		atf_check -s exit:1 -e match:"needs a user \"_indexd\"" \
		    "$(top)/indexd/indexd" -n -f indexd.conf
	fi
	if ! id _imapd >/dev/null 2>&1; then
		atf_check -s exit:1 -e match:"needs a user \"_imapd\"" \
		    "$(top)/imapd/imapd" -n -f imapd.conf
	fi
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case in_background
	atf_add_test_case stale_pidfile
	atf_add_test_case notify
	atf_add_test_case state
	atf_add_test_case relative
	atf_add_test_case elsewhere
	atf_add_test_case twice
	atf_add_test_case journal
	atf_add_test_case check
	atf_add_test_case check_root
}
