# The listener and the supervisor: options, limits, signals, failed logins.
# Most cases do without indexd.

says()
{
	grep -q "$1" imapd.log
}

# talk: runs the dialogue on standard input.
talk()
{
	cat >talk.dlg
	dlg "$(server_addr)" talk.dlg
}

# A connection is served as soon as the listener knows the end of the last.
greets()
{
	cat >greets.dlg <<-'END'
		1 connect
		1 < * OK ...
	END
	"$(top)/tests/imapdlg/imapdlg" "$(server_addr)" greets.dlg
}

atf_test_case options
options_head()
{
	atf_set descr "-n, -D, -f and what is no option"
}
options_body()
{
	server_config
	atf_check -e match:"^configuration OK$" "$(top)/imapd/imapd" \
	    -n -f imapd.conf
	cat >bad.conf <<-'END'
		auth file "/p"
		listen on 127.0.0.1 port $port
		plaintext auth plaintxt
	END
	atf_check -s exit:1 -e save:err "$(top)/imapd/imapd" -n -f bad.conf
	atf_check -o inline:'bad.conf:2: macro "port" is not defined
bad.conf:3: unknown word "plaintxt"
' cat err
	sed -e 's/plaintxt/$how/' -e "s,/p\",$PWD/passwd\"," bad.conf >good.conf
	atf_check -e match:"^configuration OK$" "$(top)/imapd/imapd" \
	    -n -f good.conf -D port=0 -D how=always
	atf_check -s exit:1 -e inline:"-D how: not macro=value\n" \
	    "$(top)/imapd/imapd" -n -D how -f imapd.conf
	atf_check -s exit:1 -e inline:"none: No such file or directory\n" \
	    "$(top)/imapd/imapd" -n -f none
	atf_check -s exit:1 -e match:usage: "$(top)/imapd/imapd" -x
	atf_check -s exit:1 -e match:usage: "$(top)/imapd/imapd" -n more
	# No listen line is needed for one connection.
	echo "auth file \"$PWD/passwd\"" >inetd.conf
	atf_check -s exit:1 -e match:listen "$(top)/imapd/imapd" -n -f inetd.conf
	atf_check -e ignore "$(top)/imapd/imapd" -in -f inetd.conf
}

atf_test_case limit_connections cleanup
limit_connections_head()
{
	atf_set descr "one too many gets BYE, and the next one is served"
	atf_set require.user unprivileged
}
limit_connections_body()
{
	IMAPD_CONF="limit connections 2"
	server_config
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		2 connect
		2 < * OK ...
		3 connect
		3 < * BYE [UNAVAILABLE] ...
		3 eof
		1 > a NOOP
		1 < a OK ...
	END
	says "limit connections 2 is reached" || atf_fail "not logged"
	wait_for "room" greets
	imapd_stop
}
limit_connections_cleanup()
{
	server_cleanup
}

atf_test_case limit_per_user cleanup
limit_per_user_head()
{
	atf_set descr "a user with as many sessions as allowed gets no more"
	atf_set require.user unprivileged
}
limit_per_user_body()
{
	IMAPD_CONF="limit per-user 2"
	server_start
	talk <<-'END'
		1 login
		2 login
		3 connect
		3 < * OK ...
		3 > a LOGIN $user $password
		3 < a NO [LIMIT] ...
		1 > b NOOP
		1 < b OK ...
	END
	says "limit per-user 2 address=127.0.0.1 user=demo" ||
	    atf_fail "not logged"
	# Their end makes room again.
	echo '1 login' >login.dlg
	wait_for "room" "$(top)/tests/imapdlg/imapdlg" "$(server_addr)" \
	    login.dlg
	server_stop
}
limit_per_user_cleanup()
{
	server_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	atf_set descr "SIGHUP: all of the new configuration or all of the old"
	atf_set require.user unprivileged
}
reload_body()
{
	server_config
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK [... AUTH=PLAIN ...] ...
	END
	cp imapd.conf old.conf
	echo 'plaintext auth never' >>imapd.conf
	cp imapd.conf new.conf
	echo 'nonsense' >>imapd.conf
	kill -HUP "$(cat imapd.pid)"
	wait_for "the error" says "the old configuration stays"
	says 'unknown word "nonsense"' || atf_fail "the error is not logged"
	talk <<-'END'
		1 connect
		1 < * OK [... AUTH=PLAIN ...] ...
	END
	cp new.conf imapd.conf
	kill -HUP "$(cat imapd.pid)"
	wait_for "the new configuration" says "configuration read again"
	talk <<-'END'
		1 connect
		1 < * OK [... LOGINDISABLED ...] ...
		1 > a LOGIN demo {4}
		1 < a NO [PRIVACYREQUIRED] ...
	END
	imapd_stop
}
reload_cleanup()
{
	server_cleanup
}

atf_test_case reload_address cleanup
reload_address_head()
{
	atf_set descr "an address that cannot be had keeps all of the old"
	atf_set require.user unprivileged
}
reload_address_body()
{
	server_config
	imapd_start
	# 192.0.2.1 is no host's (RFC 5737).
	echo 'listen on 192.0.2.1 port 0' >>imapd.conf
	echo 'plaintext auth never' >>imapd.conf
	kill -HUP "$(cat imapd.pid)"
	wait_for "the error" says "the old configuration stays"
	talk <<-'END'
		1 connect
		1 < * OK [... AUTH=PLAIN ...] ...
	END
	imapd_stop
}
reload_address_cleanup()
{
	server_cleanup
}

atf_test_case stop cleanup
stop_head()
{
	atf_set descr "SIGTERM: clients hear of it, exit status 0"
	atf_set require.user unprivileged
}
stop_body()
{
	server_config
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		sh kill -TERM $(cat imapd.pid)
		1 < * BYE [UNAVAILABLE] ...
		1 eof
	END
	wait "$(cat imapd.pid)" || atf_fail "exit status $?"
	rm imapd.pid
	says "listen: end" || atf_fail "no end in the log"
}
stop_cleanup()
{
	server_cleanup
}

atf_test_case no_indexd cleanup
no_indexd_head()
{
	atf_set descr "without indexd nobody logs in, and the log says why"
	atf_set require.user unprivileged
}
no_indexd_body()
{
	server_config
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN $user $password
		1 < a NO [UNAVAILABLE] ...
		1 > b NOOP
		1 < b OK ...
	END
	says "no session without indexd" || atf_fail "not logged"
	imapd_stop
}
no_indexd_cleanup()
{
	server_cleanup
}

indexd_broke()
{
	[ -e broke ]
}

atf_test_case indexd_restarts cleanup
indexd_restarts_head()
{
	atf_set descr "a login waits for an indexd that broke off and restarts"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
indexd_restarts_body()
{
	local pid

	server_start
	daemon_kill indexd KILL
	rm -f "$(cat sockdir)/indexd.sock"
	cat >broken.py <<-'END'
		# Ends as indexd does when it is killed: in the middle.
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(1)
		c = s.accept()[0]
		c.recv(1)
		os.unlink(sys.argv[1])
		c.close()
		open("broke", "w")
	END
	python3 broken.py "$(cat sockdir)/indexd.sock" &
	wait_for "a socket" test -S "$(cat sockdir)/indexd.sock"
	echo '1 login' >login.dlg
	dlg "$(server_addr)" login.dlg &
	pid=$!
	wait_for "an end" indexd_broke
	indexd_start
	wait $pid || atf_fail "the login failed"
	server_stop
}
indexd_restarts_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case failures cleanup
failures_head()
{
	atf_set descr "failed logins: same words, reasons in the log, an end"
	atf_set require.user unprivileged
}
failures_body()
{
	server_config
	echo 'scram:{SCRAM-SHA-256}x:::::' >>passwd
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO [AUTHENTICATIONFAILED] Wrong user or password
		1 > b LOGIN ../demo demo
		1 < b NO [AUTHENTICATIONFAILED] Wrong user or password
		1 > c LOGIN nobody-such demo
		1 < c NO [AUTHENTICATIONFAILED] Wrong user or password
		1 > d LOGIN scram x
		1 < d NO [AUTHENTICATIONFAILED] Wrong user or password
		1 < * BYE ...
		1 eof
	END
	for r in "password user=demo" "name user=?" \
	    "unknown-user user=nobody-such" "entry user=scram"; do
		says "login failed address=127.0.0.1 reason=$r" ||
		    atf_fail "not logged: $r"
	done
	says "passwd:2: {SCRAM-SHA-256} is not followed by" ||
	    atf_fail "no reason for the entry"
	imapd_stop
}
failures_cleanup()
{
	server_cleanup
}

atf_test_case inetd
inetd_head()
{
	atf_set descr "-i on a pair of pipes and on a socket"
	atf_set require.user unprivileged
}
inetd_body()
{
	server_config
	printf 'a NOOP\r\nb LOGOUT\r\n' |
	    "$(top)/imapd/imapd" -di -f imapd.conf >out 2>err || atf_fail "$?"
	atf_check -o match:'^a OK ' -o match:'^b OK ' cat out
	cat >inetd.dlg <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGOUT
		1 < * BYE ...
		1 < a OK ...
		1 eof
	END
	dlg "$(server_inetd)" inetd.dlg
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case options
	atf_add_test_case limit_connections
	atf_add_test_case limit_per_user
	atf_add_test_case reload
	atf_add_test_case reload_address
	atf_add_test_case stop
	atf_add_test_case no_indexd
	atf_add_test_case indexd_restarts
	atf_add_test_case failures
	atf_add_test_case inetd
}
