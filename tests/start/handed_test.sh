# Descriptors that were open when the daemons began: by name, by address, those
# that are of no use, and what is said where one is missing.

says()
{
	grep -q "$1" imapd.log
}

# hand name spec ... : starts a daemon with these sockets.
hand()
{
	local name

	name=$1
	shift
	rm -f hand.ports
	: >$name.log
	python3 "$(atf_get_srcdir)/hand.py" "$@" -- "$(top)/$name/$name" -d \
	    -f $name.conf </dev/null >$name.log 2>&1 &
	echo $! >$name.pid
}

# The port of the nth socket.
port_of()
{
	sed -n "${1}p" hand.ports
}

# handed spec ...: imapd with them, until it listens.
handed()
{
	hand imapd "$@"
	wait_for "imapd listens" imapd_listens
	[ -s imapd.port ] || says "listening" || {
		server_logs
		atf_fail "imapd ended"
	}
}

# refused text spec ...: imapd does not start, and says this.
refused()
{
	local text

	text=$1
	shift
	hand imapd "$@"
	wait "$(cat imapd.pid)" && atf_fail "it started"
	rm imapd.pid
	says "$text" || {
		server_logs
		atf_fail "it does not say: $text"
	}
}

# conf line ...: these listen lines.
conf()
{
	sed -i.bak '/^listen/d' imapd.conf
	for line; do
		echo "listen on $line" >>imapd.conf
	done
}

greets()
{
	cat >greets.dlg <<-'END'
		1 connect
		1 < * OK ...
	END
	dlg "$1" greets.dlg
}

atf_test_case by_name cleanup
by_name_head()
{
	atf_set descr "sockets by their names, also several of one name"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
by_name_body()
{
	local dir

	server_config
	dir=$(cat sockdir)
	conf 'socket "one"' 'socket "two"'
	handed one=tcp:127.0.0.1 two=unix:"$dir/two" one=tcp:127.0.0.1
	greets "127.0.0.1:$(port_of 1)"
	greets "127.0.0.1:$(port_of 3)"
	greets "$dir/two"
	says "address=127.0.0.1 port=$(port_of 3) socket=one" ||
	    atf_fail "not logged"
	says "not used" && atf_fail "all of them are used"
	imapd_stop
	[ -S "$dir/two" ] || atf_fail "it removed what is not its own"
	rm "$dir/two"
}
by_name_cleanup()
{
	server_cleanup
}

atf_test_case by_address cleanup
by_address_head()
{
	atf_set descr "a socket that is bound to a line's address is used for it"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
by_address_body()
{
	local port

	server_config
	hand imapd x=tcp:127.0.0.1
	# Only now the port is known: the first try fails, or serves another.
	wait_for "a port" test -s hand.ports
	port=$(port_of 1)
	wait_for "imapd listens" imapd_listens
	says "named \"x\", was handed over and is not used" ||
	    atf_fail "not logged"
	imapd_stop
	conf "127.0.0.1 port $port"
	handed x=tcp:127.0.0.1,"$port"
	greets "127.0.0.1:$port"
	says "not used" && atf_fail "it is used"
	# It is kept, and so is what it opened itself.
	echo 'limit per-user 7' >>imapd.conf
	kill -HUP "$(cat imapd.pid)"
	wait_for "the new configuration" says "configuration read again"
	greets "127.0.0.1:$port"
	imapd_stop
}
by_address_cleanup()
{
	server_cleanup
}

atf_test_case dual cleanup
dual_head()
{
	atf_set descr "a socket of :: that takes IPv4 too is enough for \"*\""
	atf_set require.user unprivileged
	atf_set require.progs python3
}
dual_body()
{
	local port

	server_config
	python3 -c 'import socket; s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 0)); print(s.getsockname()[1])' >port 2>/dev/null ||
	    atf_skip "no IPv6 here"
	port=$(cat port)
	conf "* port $port"
	handed x=dual:::,"$port"
	says "not used" && atf_fail "it is used"
	greets "127.0.0.1:$port"
	kill -HUP "$(cat imapd.pid)"
	wait_for "the new configuration" says "configuration read again"
	greets "127.0.0.1:$port"
	if python3 -c 'import socket, sys
s = socket.create_connection(("::1", int(sys.argv[1])))
sys.exit(s.recv(4) != b"* OK")' "$port"; then
		says "connect address=::1$" || atf_fail "not its address"
	fi
	# The client's address is that of IPv4.
	says "connect address=127.0.0.1$" || atf_fail "not its address"
	imapd_stop
}
dual_cleanup()
{
	server_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	atf_set descr "SIGHUP keeps named sockets, and cannot find new ones"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
reload_body()
{
	server_config
	conf 'socket "one"' 'socket "two"'
	handed one=tcp:127.0.0.1 two=tcp:127.0.0.1
	conf 'socket "two"' 'socket "one"' 'socket "three"'
	kill -HUP "$(cat imapd.pid)"
	wait_for "the error" says "the old configuration stays"
	says 'no socket "three" was handed over' || atf_fail "not logged"
	greets "127.0.0.1:$(port_of 1)"
	conf 'socket "two"'
	kill -HUP "$(cat imapd.pid)"
	wait_for "the new configuration" says "configuration read again"
	greets "127.0.0.1:$(port_of 2)"
	cat >closed.dlg <<-'END'
		1 connect
	END
	"$(top)/tests/imapdlg/imapdlg" "127.0.0.1:$(port_of 1)" closed.dlg &&
	    atf_fail "the other is still open"
	imapd_stop
}
reload_cleanup()
{
	server_cleanup
}

atf_test_case missing cleanup
missing_head()
{
	atf_set descr "what cannot be used, and why: an error that tells"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
missing_body()
{
	server_config
	conf 'socket "imap"'
	refused 'no socket "imap" was handed over: name it so' x=tcp:127.0.0.1
	refused 'Accept=yes needs imapd -i' imap=pair:x
	export HAND_PID=1
	refused "LISTEN_PID is not the number of this process" \
	    imap=tcp:127.0.0.1
	unset HAND_PID
	export HAND_FDS=5
	refused "LISTEN_FDS counts a descriptor that is not open" \
	    imap=tcp:127.0.0.1
	export HAND_FDS=65
	refused "LISTEN_FDS is no number" imap=tcp:127.0.0.1
	export HAND_FDS=x
	refused "LISTEN_FDS is no number" imap=tcp:127.0.0.1
	unset HAND_FDS
	export HAND_NAMES=imap
	refused "LISTEN_FDNAMES has too few names" imap=tcp:127.0.0.1 \
	    x=tcp:127.0.0.1
	HAND_NAMES=$(printf '%300s' x)
	refused "LISTEN_FDNAMES has a name that is too long" imap=tcp:127.0.0.1
	unset HAND_NAMES
	# For one connection: a socket that listens is none.
	python3 "$(atf_get_srcdir)/hand.py" x=tcp:127.0.0.1 -- \
	    "$(top)/imapd/imapd" -di -f imapd.conf 2>err && atf_fail "served"
	grep -q "needs Accept=yes" err || shows err
}
missing_cleanup()
{
	server_cleanup
}

atf_test_case inherited cleanup
inherited_head()
{
	atf_set descr "what is handed over gets to no session"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
inherited_body()
{
	server_config
	maildir_make Maildir
	indexd_start
	conf 'socket "one"'
	handed one=tcp:127.0.0.1
	# Nobody listens any more, though a session goes on.
	cat >alone.dlg <<-'END'
		1 login
		sh kill -KILL $(cat imapd.pid); rm imapd.pid
		1 > a NOOP
		1 < a OK ...
		sh ! python3 -c 'import socket; socket.create_connection(("127.0.0.1", int(open("hand.ports").read())))' 2>refused
		sh grep ConnectionRefused refused
		1 > b NOOP
		1 < b OK ...
	END
	dlg "127.0.0.1:$(port_of 1)" alone.dlg
	indexd_stop
}
inherited_cleanup()
{
	server_cleanup
}

atf_test_case indexd_socket cleanup
indexd_socket_head()
{
	atf_set descr "indexd at a socket that was handed over, and stays"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
indexd_socket_body()
{
	local dir

	server_config
	maildir_make Maildir
	dir=$(cat sockdir)
	hand indexd indexd=unix:"$dir/indexd.sock"
	wait_for "indexd answers" indexd_answers
	imapd_start
	echo '1 login' >login.dlg
	dlg "$(server_addr)" login.dlg
	server_stop
	[ -S "$dir/indexd.sock" ] || atf_fail "it removed what is not its own"
	rm "$dir/indexd.sock"
	# Where nobody would look for it.
	hand indexd indexd=unix:"$dir/other.sock"
	wait "$(cat indexd.pid)" && atf_fail "it started"
	rm indexd.pid
	grep -q "that was handed over is not $dir/indexd.sock" indexd.log ||
	    shows indexd.log
	hand indexd indexd=tcp:127.0.0.1
	wait "$(cat indexd.pid)" && atf_fail "it started"
	rm indexd.pid
	# One too many is closed.
	rm -f "$dir/other.sock"
	hand indexd indexd=unix:"$dir/indexd.sock" other=unix:"$dir/other.sock"
	# A socket that was handed over takes connections before indexd runs.
	wait_for "indexd says so" \
	    grep -q 'named "other", was handed over and is not used' indexd.log
	indexd_stop
	rm -f "$dir"/*.sock
}
indexd_socket_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case by_name
	atf_add_test_case by_address
	atf_add_test_case dual
	atf_add_test_case reload
	atf_add_test_case missing
	atf_add_test_case inherited
	atf_add_test_case indexd_socket
}
