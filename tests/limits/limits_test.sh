# Limits as clients meet them: many connections, few of them welcome; guesses;
# clients behind a proxy; imapd -i, where indexd counts.

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

# crowd_py: connections that do nothing, from addresses of 127/8.
crowd_py()
{
	cat >crowd.py <<-'END'
		# crowd.py port n from [from ...]: n connections, in turn from
		# these; says "there", and waits for the end of its input.
		import socket, sys
		port, n = int(sys.argv[1]), int(sys.argv[2])
		froms = sys.argv[3:]
		held = []
		for i in range(n):
		    s = socket.socket()
		    s.bind((froms[i % len(froms)], 0))
		    s.settimeout(20)
		    try:
		        s.connect(("127.0.0.1", port))
		    except OSError:
		        pass
		    held.append(s)
		print("there", flush=True)
		sys.stdin.read()
		# What each was told: a greeting, BYE, both, nothing.
		told = {}
		for s in held:
		    s.settimeout(0.01)
		    got = b""
		    try:
		        while True:
		            b = s.recv(4096)
		            if not b:
		                break
		            got += b
		    except OSError:
		        pass
		    what = " ".join(w.decode() for w in (b"OK", b"BYE")
		        if b"* " + w in got) or "nothing"
		    told[what] = told.get(what, 0) + 1
		for what in sorted(told):
		    print(what, told[what], flush=True)
	END
}

crowd_there()
{
	grep -q there crowd.out
}

# crowd n from ...: starts them; crowd_end ends them.
crowd()
{
	crowd_py
	rm -f crowd.in
	mkfifo crowd.in
	python3 crowd.py "$(server_port)" "$@" <crowd.in >crowd.out &
	echo $! >crowd.pid
	exec 8>crowd.in
	wait_for "the crowd" crowd_there
}

crowd_end()
{
	exec 8>&-
	wait "$(cat crowd.pid)" || atf_fail "crowd.py"
	cat crowd.out
}

atf_test_case per_address cleanup
per_address_head()
{
	atf_set descr "an address has as many connections as it may"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
per_address_body()
{
	IMAPD_CONF="limit per-address 5"
	server_start
	crowd 8 127.0.0.9
	talk <<-'END'
		1 login
		1 > a NOOP
		1 < a OK ...
	END
	says "limit per-address 5 is near: address=127.0.0.9 now=4" ||
	    atf_fail "no warning"
	says "limit per-address 5 is reached address=127.0.0.9" ||
	    atf_fail "not logged"
	crowd_end
	grep -q '^BYE 3$' crowd.out || atf_fail "who was turned away?"
	grep -q '^OK 5$' crowd.out || atf_fail "who was welcome?"
	server_stop
}
per_address_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case near cleanup
near_head()
{
	atf_set descr "a warning before limits are met"
	atf_set require.user unprivileged
}
near_body()
{
	IMAPD_CONF="limit connections 5
limit per-user 5
limit unauthenticated 10"
	server_start
	talk <<-'END'
		1 login
		2 login
		3 login
	END
	says near && atf_fail "three of five are not near"
	talk <<-'END'
		1 login
		2 login
		3 login
		4 login
	END
	says "listen: limit connections 5 is near: now=4" ||
	    atf_fail "connections"
	says "listen: limit per-user 5 is near: now=4 user=demo" ||
	    atf_fail "per-user"
	server_stop
}
near_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case flood cleanup
flood_head()
{
	atf_set descr "hundreds of connections that do nothing: sessions go on and others log in"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
flood_body()
{
	local i session

	IMAPD_CONF="limit unauthenticated 40
limit per-address 1000"
	server_start
	cat >session.dlg <<-'END'
		1 login
		sh touch in
		sh while ! test -e flooded; do sleep 0.1; done
		1 > a SELECT INBOX
		1 < * ...
		1 << a OK ...
		1 > b NOOP
		1 < b OK ...
	END
	dlg "$(server_addr)" session.dlg &
	session=$!
	wait_for "a session" test -e in
	crowd 400 127.0.0.9 127.0.0.10
	for i in 1 2 3 4 5; do
		talk <<-'END'
			1 login
			1 > a NOOP
			1 < a OK ...
		END
	done
	touch flooded
	wait $session || atf_fail "the session did not go on"
	says "limit unauthenticated 40 is near: now=32" || atf_fail "no warning"
	says "limit unauthenticated 40 is reached" || atf_fail "not logged"
	crowd_end
	server_stop
}
flood_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case spread cleanup
spread_head()
{
	atf_set descr "a flood in which each connection is of another address"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
spread_body()
{
	local i froms

	IMAPD_CONF="limit unauthenticated 30"
	server_start
	froms=
	for i in $(seq 1 120); do
		froms="$froms 127.0.1.$i"
	done
	crowd 120 $froms
	# As soon as the oldest of them has had its moment.
	echo '1 login' >login.dlg
	wait_for "a login" "$(top)/tests/imapdlg/imapdlg" "$(server_addr)" \
	    login.dlg
	crowd_end
	grep -q '^BYE 9[0-9]$' crowd.out || atf_fail "who was turned away?"
	server_stop
}
spread_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# seconds: of the clock, for how long an answer takes.
seconds()
{
	date +%s
}

atf_test_case guesses cleanup
guesses_head()
{
	atf_set descr "failures of an address are remembered, and make answers later"
	atf_set require.user unprivileged
}
guesses_body()
{
	local began

	server_start
	cat >guess.dlg <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO [AUTHENTICATIONFAILED] ...
	END
	began=$(seconds)
	dlg "$(server_addr)" guess.dlg
	dlg "$(server_addr)" guess.dlg
	dlg "$(server_addr)" guess.dlg
	# 2, 3 and 4 seconds.
	[ $(($(seconds) - began)) -ge 8 ] || atf_fail "answered too early"
	# Who knows the password does not wait 5 seconds for that.
	began=$(seconds)
	talk <<-'END'
		1 login
	END
	[ $(($(seconds) - began)) -le 4 ] || atf_fail "a good login waits"
	[ "$(grep -c 'supervisor: login failed address=127.0.0.1 reason=' \
	    imapd.log)" -eq 3 ] || atf_fail "not logged"
	server_stop
}
guesses_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case inetd_guesses cleanup
inetd_guesses_head()
{
	atf_set descr "imapd -i: indexd remembers failures of an address"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
inetd_guesses_body()
{
	local began

	inetd_start
	cat >guess.dlg <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO [AUTHENTICATIONFAILED] ...
		1 > b LOGOUT
		1 << b OK ...
	END
	began=$(seconds)
	dlg "$(server_addr)" guess.dlg
	dlg "$(server_addr)" guess.dlg
	dlg "$(server_addr)" guess.dlg
	# 2, 3 and 4 seconds.
	[ $(($(seconds) - began)) -ge 8 ] || atf_fail "answered too early"
	# An indexd that starts anew knows nothing, and that one is asked: it
	# says 2 seconds, and not 5.
	daemon_kill indexd KILL
	indexd_start
	began=$(seconds)
	dlg "$(server_addr)" guess.dlg
	[ $(($(seconds) - began)) -le 4 ] || atf_fail "answered too late"
	# Without one, the connection's own failures count.
	daemon_kill indexd KILL
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO [AUTHENTICATIONFAILED] ...
	END
	grep -q "gate: indexd counts nothing for address=127.0.0.1" \
	    inetd.log || atf_fail "not logged"
	inetd_stop
}
inetd_guesses_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# inetd_start: imapd -i behind something that accepts connections, as
# inetd(8) does, and indexd.
inetd_start()
{
	server_config
	[ -d Maildir ] || maildir_make Maildir
	indexd_start
	cat >inetd.py <<-'END'
		import os, socket, subprocess, sys, signal
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen(64)
		open("imapd.port.new", "w").write("%d\n" % s.getsockname()[1])
		os.rename("imapd.port.new", "imapd.port")
		log = open("inetd.log", "a")
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		while True:
		    c, _ = s.accept()
		    subprocess.Popen([sys.argv[1], "-di", "-f", "imapd.conf"],
		        stdin=c, stdout=c, stderr=log)
		    c.close()
	END
	rm -f imapd.port
	python3 inetd.py "$(top)/imapd/imapd" &
	echo $! >imapd.pid
	wait_for "the super-server" test -e imapd.port
}

inetd_stop()
{
	kill "$(cat imapd.pid)"
	rm -f imapd.pid
	[ ! -e indexd.pid ] || daemon_kill indexd TERM
}

atf_test_case inetd_limits cleanup
inetd_limits_head()
{
	atf_set descr "imapd -i: limits per user and per address"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
inetd_limits_body()
{
	IMAPD_CONF="limit per-user 2
limit per-address 5"
	inetd_start
	talk <<-'END'
		1 login
		2 login
		3 connect
		3 < * OK ...
		3 > a LOGIN $user $password
		3 < a NO [LIMIT] ...
		4 connect
		4 < * OK ...
		5 connect
		5 < * OK ...
		6 connect
		6 < * BYE [UNAVAILABLE] ...
		6 eof
		1 > a NOOP
		1 < a OK ...
	END
	grep -q "limit per-user 2 address=127.0.0.1 user=demo" inetd.log ||
	    atf_fail "per-user is not logged"
	grep -q "limit per-address 5 is reached address=127.0.0.1" inetd.log ||
	    atf_fail "per-address is not logged"
	grep -q "limit per-address 5 is near: address=127.0.0.1 now=4" \
	    indexd.log || atf_fail "no warning"
	# Their end makes room.
	echo '1 login' >login.dlg
	wait_for "room" "$(top)/tests/imapdlg/imapdlg" "$(server_addr)" \
	    login.dlg
	inetd_stop
}
inetd_limits_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# proxy_config from: the listen line takes headers from there.
proxy_config()
{
	server_config
	sed "s,^\(listen on .*\),\1 proxy from $1," imapd.conf >new.conf &&
	    mv new.conf imapd.conf || atf_fail "imapd.conf"
}

atf_test_case proxy cleanup
proxy_head()
{
	atf_set descr "PROXY headers: the client's address counts and is logged"
	atf_set require.user unprivileged
}
proxy_body()
{
	IMAPD_CONF="limit per-address 2
plaintext auth always"
	proxy_config 127.0.0.0/8
	maildir_make Maildir
	indexd_start
	imapd_start
	cat >proxied.dlg <<-'END'
		1 connect
		1 > PROXY TCP4 192.0.2.1 192.0.2.2 1025 143
		1 < * OK ...
		1 > a LOGIN $user $password
		1 << a OK ...
		2 connect
		2 > PROXY TCP6 2001:db8::1 2001:db8::2 1025 143
		2 < * OK ...
		2 > a LOGIN $user wrong
		2 < a NO ...
		3 connect
		3 > PROXY TCP4 192.0.2.1 192.0.2.2 1026 143
		3 < * OK ...
		4 connect
		4 > PROXY TCP4 192.0.2.1 192.0.2.2 1027 143
		4 << * BYE [UNAVAILABLE] ...
		4 eof
		5 connect
		5 > PROXY UNKNOWN
		5 < * OK ...
		5 > a LOGIN $user $password
		5 << a OK ...
		1 > b NOOP
		1 < b OK ...
	END
	dlg "$(server_addr)" proxied.dlg
	says "connect address=192.0.2.1 proxy=127.0.0.1" || atf_fail "connect"
	says "login address=192.0.2.1 method=LOGIN .*user=demo" ||
	    atf_fail "login"
	says "login failed address=2001:db8::1 reason=password user=demo" ||
	    atf_fail "failed"
	says "limit per-address 2 is reached address=192.0.2.1" ||
	    atf_fail "limit"
	says "connect address=127.0.0.1 proxy=127.0.0.1" || atf_fail "unknown"
	server_stop
}
proxy_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case proxy_tls cleanup
proxy_tls_head()
{
	atf_set descr "a PROXY header before TLS; who is turned away there gets no clear text"
	atf_set require.user unprivileged
	atf_set require.progs "python3 openssl"
}
proxy_tls_body()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout key.pem -out cert.pem -days 3 -subj /CN=localhost \
	    2>/dev/null || atf_fail "no certificate"
	IMAPD_CONF="limit connections 1
tls certificate \"$PWD/cert.pem\" key \"$PWD/key.pem\""
	proxy_config "127.0.0.1"
	sed "s,port 0,port 0 tls," imapd.conf >new.conf &&
	    mv new.conf imapd.conf || atf_fail "imapd.conf"
	imapd_start
	cat >tls.py <<-'END'
		import socket, ssl, sys
		port = int(sys.argv[1])
		s = socket.create_connection(("127.0.0.1", port))
		s.settimeout(20)
		c = ssl.create_default_context()
		c.check_hostname = False
		c.verify_mode = ssl.CERT_NONE
		s.sendall(b"PROXY TCP6 2001:db8::7 2001:db8::8 5 993\r\n")
		t = c.wrap_socket(s)
		assert t.recv(4096).startswith(b"* OK ")
		t.sendall(b"a NOOP\r\n")
		assert t.recv(4096).startswith(b"a OK ")
		# One too many.
		u = socket.create_connection(("127.0.0.1", port))
		u.settimeout(20)
		assert u.recv(4096) == b""
	END
	python3 tls.py "$(server_port)" || atf_fail "tls.py"
	says "connect address=2001:db8::7 proxy=127.0.0.1" ||
	    atf_fail "connect"
	says "limit connections 1 is reached" || atf_fail "limit"
	imapd_stop
}
proxy_tls_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case proxy_inetd cleanup
proxy_inetd_head()
{
	atf_set descr "PROXY headers with imapd -i, by the line of the port"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
proxy_inetd_body()
{
	IMAPD_CONF="limit per-address 1
plaintext auth always"
	inetd_start
	sed "s,port 0,port $(server_port) proxy from 127.0.0.1," imapd.conf \
	    >new.conf && mv new.conf imapd.conf || atf_fail "imapd.conf"
	cat >proxied.dlg <<-'END'
		1 connect
		1 > PROXY TCP4 192.0.2.1 192.0.2.2 1025 143
		1 < * OK ...
		1 > a LOGIN $user $password
		1 << a OK ...
		2 connect
		2 > PROXY TCP4 192.0.2.3 192.0.2.2 1025 143
		2 < * OK ...
		3 connect
		3 > PROXY TCP4 192.0.2.1 192.0.2.2 1026 143
		3 << * BYE [UNAVAILABLE] ...
		3 eof
	END
	dlg "$(server_addr)" proxied.dlg
	grep -q "connect address=192.0.2.1 proxy=127.0.0.1" inetd.log ||
	    atf_fail "connect"
	grep -q "limit per-address 1 is reached address=192.0.2.1" \
	    inetd.log || atf_fail "limit"
	inetd_stop
}
proxy_inetd_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case proxy_wrong cleanup
proxy_wrong_head()
{
	atf_set descr "no header, a wrong one, one from a stranger; what is local"
	atf_set require.user unprivileged
}
proxy_wrong_body()
{
	proxy_config 127.0.0.1
	imapd_start
	talk <<-'END'
		1 connect
		1 > a LOGIN demo demo
		1 eof
		2 connect
		2 > PROXY TCP4 192.0.2.1 192.0.2.2 1025 143 more
		2 eof
		# No password in clear text: the client is not of this host.
		3 connect
		3 > PROXY TCP4 127.0.0.1 127.0.0.1 1025 143
		3 < * OK [... LOGINDISABLED...] ...
		3 > a LOGIN demo demo
		3 < a NO [PRIVACYREQUIRED] ...
		4 connect
		4 > PROXY UNKNOWN
		4 < * OK [... LOGINDISABLED...] ...
	END
	[ "$(grep -c 'PROXY header: not a PROXY header' imapd.log)" -eq 2 ] ||
	    atf_fail "not logged"
	imapd_stop
	# To others it is no command, and changes nothing.
	proxy_config 192.0.2.0/24
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > PROXY TCP4 192.0.2.1 192.0.2.2 1025 143
		1 < PROXY BAD ...
	END
	says 192.0.2.1 && atf_fail "a stranger's word counts"
	imapd_stop
}
proxy_wrong_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case slow cleanup
slow_head()
{
	atf_set descr "one octet now and then before login: closed in time, others are served"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
slow_body()
{
	IMAPD_CONF="timeout login 3"
	server_start
	cat >slow.py <<-'END'
		# Sends an octet a half second until it is told to go.
		import socket, sys, time
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.settimeout(0.5)
		got = b""
		began = time.time()
		while time.time() - began < 20:
		    try:
		        s.send(b"a")
		        b = s.recv(4096)
		        if not b:
		            break
		        got += b
		    except socket.timeout:
		        pass
		    except OSError:
		        break
		took = time.time() - began
		sys.exit(not (b"* BYE" in got and 2 < took < 10))
	END
	python3 slow.py "$(server_port)" &
	talk <<-'END'
		1 login
		1 > a NOOP
		1 < a OK ...
	END
	wait $! || atf_fail "not closed in time"
	server_stop
}
slow_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case memory cleanup
memory_head()
{
	atf_set descr "what needs more memory than a session may have is refused, there alone"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
memory_body()
{
	not_sanitized
	IMAPD_CONF="limit memory 16m"
	server_config
	maildir_make Maildir
	# To compare it with its table takes some hundred bytes a message.
	python3 - <<-'END'
		for i in range(50000):
		    name = "%d.M%dP1." % (1700000000 + i, i) + "x" * 200
		    open("Maildir/new/" + name, "w").close()
	END
	maildir_make Maildir/.Small
	message small | deliver Maildir/.Small
	indexd_start
	imapd_start
	talk <<-'END'
		2 login
		1 login
		1 > a SELECT INBOX
		1 << a NO [LIMIT] ...
		1 > b SELECT Small
		1 << b OK ...
		2 > a SELECT Small
		2 << a OK ...
		3 login
		3 > a SELECT Small
		3 << a OK ...
		2 > b NOOP
		2 < b OK ...
	END
	says "memory is used up: limit memory 16777216" ||
	    atf_fail "not logged"
	server_stop
}
memory_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case deaf cleanup
deaf_head()
{
	atf_set descr "clients that never read what they ask for: the others are served"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
deaf_body()
{
	server_config
	maildir_make Maildir
	message big "$(printf '%070000d' 0)" | deliver
	indexd_start
	imapd_start
	cat >deaf.py <<-'END'
		# Logs in and asks for much, again and again, and reads nothing.
		import socket, sys
		held = []
		for i in range(20):
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		    s.connect(("127.0.0.1", int(sys.argv[1])))
		    s.settimeout(5)
		    s.sendall(b"a LOGIN demo demo\r\nb SELECT INBOX\r\n" +
		        b"c FETCH 1 BODY.PEEK[]\r\n" * 200)
		    held.append(s)
		open("there", "w").close()
		sys.stdin.read()
	END
	rm -f crowd.in
	mkfifo crowd.in
	python3 deaf.py "$(server_port)" <crowd.in &
	echo $! >crowd.pid
	exec 8>crowd.in
	wait_for "deaf clients" test -e there
	talk <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b FETCH 1 BODY.PEEK[HEADER]
		1 << b OK ...
	END
	exec 8>&-
	wait "$(cat crowd.pid)" || atf_fail "deaf.py"
	server_stop
}
deaf_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case id cleanup
id_head()
{
	atf_set descr "ID before and after login: RFC 2971's limits, and nothing forged in the log"
	atf_set require.user unprivileged
}
id_body()
{
	local i pairs

	server_start
	pairs=
	for i in $(seq 1 30); do
		pairs="$pairs \"f$i\" NIL"
	done
	cat >id.dlg <<-END
		1 connect
		1 < * OK ...
		1 > a ID ("name" "a\\" user=root x=\\"" "no word=1" "b")
		1 < * ID ("name" "Highwater")
		1 < a OK ...
		1 > b ID (${pairs# })
		1 < * ID ...
		1 < b OK ...
		1 > c ID (${pairs# } "one" "more")
		1 < c BAD ...
		1 > d ID ("a234567890123456789012345678901" "b")
		1 < d BAD ...
		1 > e ID ("name")
		1 < e BAD ...
		1 > f ID ("name" ("x"))
		1 < f BAD ...
		1 > g ID NIL
		1 < * ID ...
		1 < g OK ...
		1 > h LOGIN demo demo
		1 << h OK ...
		1 > i ID ("version" "1\\"2" "os" NIL)
		1 < * ID ("name" "Highwater")
		1 < i OK ...
		1 > j ID (${pairs# } "one" "more")
		1 < j BAD ...
		1 > k ID ("name" {19}
		1 < + ...
		1 > 
		1 > session: forged
		1 > )
		1 < * ID ...
		1 < k OK ...
	END
	dlg "$(server_addr)" id.dlg
	says "front: client id name=\"a' user=root x='\" no.word.1=\"b\"$" ||
	    atf_fail "before login"
	[ "$(grep -c 'front: client id' imapd.log)" -eq 1 ] ||
	    atf_fail "more than once before login"
	says "session: client id version=\"1'2\"$" || atf_fail "in the session"
	says '^session: forged' && atf_fail "a line is forged"
	says 'session: client id name="??session: forged??"$' ||
	    atf_fail "line ends"
	server_stop
}
id_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case of_indexd cleanup
of_indexd_head()
{
	atf_set descr "a limit of indexd.conf at the login is told as one"
	atf_set require.user unprivileged
}
of_indexd_body()
{
	INDEXD_CONF="limit connections 1" server_start
	talk <<-'END'
		1 login
		2 connect
		2 < * OK ...
		2 > a LOGIN demo demo
		2 < a NO [LIMIT] ...
	END
	says 'bind refused .*limit connections 1 is reached' ||
	    atf_fail "no reason in the log"
	says 'login refused: a limit of indexd.conf.* user=demo$' ||
	    atf_fail "no line about the login"
	server_stop
}
of_indexd_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case of_indexd
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case per_address
	atf_add_test_case near
	atf_add_test_case flood
	atf_add_test_case spread
	atf_add_test_case guesses
	atf_add_test_case inetd_guesses
	atf_add_test_case inetd_limits
	atf_add_test_case proxy
	atf_add_test_case proxy_tls
	atf_add_test_case proxy_inetd
	atf_add_test_case proxy_wrong
	atf_add_test_case slow
	atf_add_test_case id
	atf_add_test_case memory
	atf_add_test_case deaf
}
