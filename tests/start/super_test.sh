# Started by others: inetd, xinetd, tcpserver, daemontools, systemd.  They get
# the files in etc/, with the paths of the test.

# sample file: the file of etc/, as make install would write it for the current
# directory.
sample()
{
	local dir

	dir=$(cat sockdir)
	if [ ! -d sbin ]; then
		mkdir sbin
		ln -s "$(top)/imapd/imapd" "$(top)/indexd/indexd" sbin
	fi
	sed -e "s|/usr/local/sbin/|$PWD/sbin/|g" -e "s|/etc/imapd|$PWD/imapd|g" \
	    -e "s|/etc/indexd|$PWD/indexd|g" -e "s|/var/run/|$dir/|g" \
	    "$(top)/etc/$1"
}

free_port()
{
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Files for imapd -i, and indexd.
begin()
{
	server_config
	sed -i.bak '/^listen/d' imapd.conf
	maildir_make Maildir
	free_port >imapd.port
	echo "listen on 127.0.0.1 port $(server_port)" >>imapd.conf
	indexd_start
}

connects()
{
	cat >connects.dlg <<-'END'
		1 connect
		1 < * OK ...
	END
	"$(top)/tests/imapdlg/imapdlg" "$1" connects.dlg >connects.out 2>&1
}

# super command ...: runs a super-server until stop_super.
super()
{
	"$@" </dev/null >super.log 2>&1 &
	echo $! >super.pid
	wait_for "imapd behind $1" connects "$(server_addr)"
}

# serves: somebody logs in and out.  Then those that are told to end, as a
# service manager tells all processes at once, say so to their clients: one
# that is logged in, and one that is not.
serves()
{
	cat >serves.dlg <<-'END'
		1 login
		1 > a NOOP
		1 < a OK ...
		1 > b LOGOUT
		1 < * BYE ...
		1 < b OK ...
		1 eof
		1 login
		2 connect
		2 < * OK ...
		sh for p in $(pgrep -P $(cat super.pid)); do kill -TERM $(pgrep -P $p) $p || exit 1; done
		1 < * BYE ...
		1 eof
		2 < * BYE ...
		2 eof
	END
	dlg "$(server_addr)" serves.dlg
}

stop_super()
{
	local pid

	pid=$(cat super.pid)
	kill -TERM "$pid"
	wait "$pid"
	wait_for "the super-server ends" gone "$pid"
	rm super.pid
}

end()
{
	[ ! -f super.pid ] || kill -KILL "$(cat super.pid)" 2>/dev/null
	server_cleanup
}

atf_test_case inetd cleanup
inetd_head()
{
	atf_set descr "inetd, by the lines of etc/inetd.conf"
	atf_set require.user unprivileged
	atf_set require.progs "inetd python3 pgrep"
}
inetd_body()
{
	begin
	sample inetd.conf >sample.conf
	atf_check -o match:'^imaps	stream	tcp6	' cat sample.conf
	# The test's user cannot have others, nor ports of the system.
	sed -n "s/^imap	stream	tcp	nowait	root/$(server_addr)	stream	tcp	nowait	$(id -un)/p" \
	    sample.conf >inetd.conf
	super inetd -i inetd.conf
	serves
	stop_super
	indexd_stop
}
inetd_cleanup()
{
	end
}

atf_test_case xinetd cleanup
xinetd_head()
{
	atf_set descr "xinetd, by etc/xinetd.conf"
	atf_set require.user unprivileged
	atf_set require.progs "python3 pgrep"
}
xinetd_body()
{
	local file xinetd

	for file in "$(top)/build/xinetd/usr/sbin/xinetd" /usr/sbin/xinetd \
	    /usr/local/sbin/xinetd /usr/pkg/sbin/xinetd none; do
		[ ! -x "$file" ] || xinetd=$file
	done
	[ -n "${xinetd:-}" ] || atf_skip "no xinetd: see tests/deps.sh"
	begin
	sample xinetd.conf >sample.conf
	grep -q '^service imaps$' sample.conf || atf_fail "no imaps"
	sed -e '/^service imaps/,$d' -e "s/= root/= $(id -un)/" \
	    -e "s/flags.*= IPv6/type = UNLISTED/" \
	    -e "/socket_type/i port = $(server_port)" \
	    -e "/socket_type/i bind = 127.0.0.1" sample.conf >xinetd.conf
	super "$xinetd" -dontfork -filelog "$PWD/xinetd.log" -f xinetd.conf \
	    -pidfile "$PWD/xinetd.pid"
	serves
	stop_super
	indexd_stop
}
xinetd_cleanup()
{
	end
}

atf_test_case tcpserver cleanup
tcpserver_head()
{
	atf_set descr "tcpserver, by etc/daemontools/imapd-tcpserver"
	atf_set require.user unprivileged
	atf_set require.progs "tcpserver python3 pgrep"
}
tcpserver_body()
{
	begin
	sample daemontools/imapd-tcpserver/run |
	    sed "s/ 0 143 / 127.0.0.1 $(server_port) /" >run
	# Whom the environment names is nobody's concern.
	super env TCPREMOTEIP=192.0.2.1 sh run
	serves
	stop_super
	indexd_stop
}
tcpserver_cleanup()
{
	end
}

atf_test_case by_port cleanup
by_port_head()
{
	atf_set descr "-i: the line of the port says what a connection begins with"
	atf_set require.user unprivileged
	atf_set require.progs "tcpserver python3 openssl"
}
by_port_body()
{
	begin
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
	    2>openssl.log || shows openssl.log
	cat >>imapd.conf <<-END
		listen on 127.0.0.1 port 1
		tls certificate "$PWD/cert.pem" key "$PWD/key.pem"
	END
	cat >greets.py <<-'END'
		import socket, ssl, sys
		how, port = sys.argv[1], int(sys.argv[2])
		s = socket.create_connection(("127.0.0.1", port), 20)
		c = ssl.create_default_context(cafile="cert.pem")
		if how == "tls":
		    s = c.wrap_socket(s, server_hostname="localhost")
		line = s.recv(1000)
		assert line.startswith(b"* OK "), line
		assert (b"STARTTLS" in line) == (how == "starttls"), line
	END
	sample daemontools/imapd-tcpserver/run |
	    sed "s/ 0 143 / 127.0.0.1 $(server_port) /" >run
	super sh run
	for how in plain starttls tls; do
		sed -i.bak "s/port $(server_port).*/port $(server_port) $how/; s/ plain$//" imapd.conf
		python3 greets.py $how "$(server_port)" 2>err || shows err
	done
	stop_super
	indexd_stop
}
by_port_cleanup()
{
	end
}

# The services of a directory under supervise and multilog.
atf_test_case daemontools cleanup
daemontools_head()
{
	atf_set descr "daemons under daemontools, by etc/daemontools"
	atf_set require.user unprivileged
	atf_set require.progs "svscan supervise multilog svc python3"
}
daemontools_body()
{
	local name

	begin
	indexd_stop
	for name in indexd imapd; do
		mkdir -p service/$name/log
		sample daemontools/$name/run >service/$name/run
		sample daemontools/$name/log/run >service/$name/log/run
		chmod +x service/$name/run service/$name/log/run
	done
	super svscan service
	wait_for "indexd" indexd_answers
	echo '1 login' >login.dlg
	dlg "$(server_addr)" login.dlg
	wait_for "the log" grep -q "supervisor: login .*user=demo" \
	    service/imapd/log/main/current
	grep -Eq '^@[0-9a-f]{24} imapd\[[0-9]+\]: ' \
	    service/imapd/log/main/current ||
	    shows service/imapd/log/main/current
	cat >down.dlg <<-'END'
		1 login
		sh svc -d service/imapd
		1 < * BYE ...
		1 eof
	END
	dlg "$(server_addr)" down.dlg
	svc -d service/indexd
	wait_for "the end" grep -q "indexd: stopped" \
	    service/indexd/log/main/current
	# Some svscan take the others with them, some do not.
	kill -TERM "$(cat super.pid)"
	wait "$(cat super.pid)"
	rm super.pid
	svc -dx service/imapd service/indexd service/imapd/log \
	    service/indexd/log 2>/dev/null
	wait_for "the end" daemontools_ended
}
daemontools_cleanup()
{
	[ ! -d service ] || svc -kdx service/* service/*/log
	end
}

daemontools_ended()
{
	! svok service/imapd && ! svok service/indexd &&
	    ! svok service/imapd/log && ! svok service/indexd/log
}

atf_test_case sd_accept cleanup
sd_accept_head()
{
	atf_set descr "systemd, a process for each connection: -i"
	atf_set require.user unprivileged
	atf_set require.progs "systemd-socket-activate python3 pgrep"
}
sd_accept_body()
{
	local command how

	begin
	# The unit says how the connection is handed over: as by inetd(8).
	sample systemd/imapd-inetd@.service >unit
	command=$(sed -n 's/^ExecStart=-//p' unit)
	grep -q '^StandardInput=socket$' unit || shows unit
	for how in --inetd --fdname=connection; do
		# shellcheck disable=SC2086
		super systemd-socket-activate -l "$(server_addr)" --accept \
		    $how $command
		serves
		stop_super
	done
	indexd_stop
}
sd_accept_cleanup()
{
	end
}

atf_test_case sd_listen cleanup
sd_listen_head()
{
	atf_set descr "systemd, sockets that listen: started by the first client"
	atf_set require.user unprivileged
	atf_set require.progs "systemd-socket-activate python3 pgrep"
}
sd_listen_body()
{
	local command name line

	begin
	command=$(sample systemd/imapd.service | sed -n 's/^ExecStart=//p')
	name=$(sample systemd/imapd.socket |
	    sed -n 's/^FileDescriptorName=//p')
	for line in "127.0.0.1 port $(server_port)" "socket \"$name\""; do
		sed -i.bak '/^listen/d' imapd.conf
		echo "listen on $line" >>imapd.conf
		# shellcheck disable=SC2086
		super systemd-socket-activate -l "$(server_addr)" \
		    --fdname="$name" $command
		serves
		grep -q 'not used' super.log && shows super.log
		stop_super
		grep -q 'listen: end' super.log || shows super.log
	done
	indexd_stop
}
sd_listen_cleanup()
{
	end
}

atf_test_case sd_indexd cleanup
sd_indexd_head()
{
	atf_set descr "indexd on demand: a login starts it, the socket stays"
	atf_set require.user unprivileged
	atf_set require.progs "systemd-socket-activate python3"
}
sd_indexd_body()
{
	local command sock

	begin
	indexd_stop
	command=$(sample systemd/indexd.service | sed -n 's/^ExecStart=//p')
	sock=$(sample systemd/indexd.socket | sed -n 's/^ListenStream=//p')
	[ "$sock" = "$(cat sockdir)/indexd.sock" ] || atf_fail "$sock"
	: >indexd.log
	# shellcheck disable=SC2086
	systemd-socket-activate -l "$sock" --fdname=indexd $command \
	    </dev/null >indexd.log 2>&1 &
	echo $! >indexd.pid
	wait_for "a socket" test -S "$sock"
	sed -i.bak 's/port [0-9]*/port 0/' imapd.conf
	imapd_start
	grep -q "started" indexd.log && atf_fail "nobody has asked for it yet"
	echo '1 login' >login.dlg
	dlg "$(server_addr)" login.dlg
	grep -q "started" indexd.log || shows indexd.log
	server_stop
	[ -S "$sock" ] || atf_fail "it removed what is not its own"
	rm "$sock"
}
sd_indexd_cleanup()
{
	end
}
atf_test_case sd_rights cleanup
sd_rights_head()
{
	atf_set descr "the capabilities that the units leave are enough"
	atf_set require.user root
	atf_set require.progs "unshare setpriv systemd-socket-activate timeout"
}
# In a name space of mounts where the users are there that are needed.
sd_rights_body()
{
	local dir

	unshare -m true 2>/dev/null || atf_skip "no mounts may be made here"
	dir=$(mktemp -d /tmp/hw.XXXXXX) || atf_fail "no directory"
	echo "$dir" >sockdir
	chmod 755 "$dir"
	cat >inside.sh <<-'END'
		# inside.sh dir top: as root, imapd and indexd by their units.
		cd "$1" || exit 1
		mount --bind passwd.system /etc/passwd || exit 1
		umask 022
		mkdir sbin empty mail mail/Maildir
		mkdir mail/Maildir/cur mail/Maildir/new mail/Maildir/tmp
		chown -R 3003:3003 mail
		chmod -R go= mail
		mkdir db
		chown 3002:3002 db
		chmod 700 db
		# Who may not read a tree in somebody's home can run a copy.
		cp "$2/imapd/imapd" "$2/indexd/indexd" sbin

		# value unit key: as systemd adds them up.
		value()
		{
			sed -n "s/^$2=-*//p" "$1" | tr '\n' ' '
		}

		# rights unit: what setpriv(1) has to do for it.
		rights()
		{
			local caps cap

			caps=-all
			for cap in $(value "$1" CapabilityBoundingSet |
			    tr 'A-Z' 'a-z'); do
				caps=$caps,+${cap#cap_}
			done
			echo "--bounding-set $caps --inh-caps -all"
			[ "$(value "$1" NoNewPrivileges)" = "yes " ] &&
			    echo --no-new-privs
			[ -z "$(value "$1" User)" ] ||
			    echo "--reuid 3002 --regid 3002 --clear-groups"
		}

		systemd-socket-activate -l "$PWD/indexd.sock" \
		    --fdname=indexd setpriv $(rights indexd.service) \
		    $(value indexd.service ExecStart) >indexd.log 2>&1 &
		indexd=$!
		setpriv $(rights imapd.service) \
		    $(value imapd.service ExecStart) >imapd.log 2>&1 &
		imapd=$!
		n=0
		until grep -q listening imapd.log && [ -S indexd.sock ]; do
			n=$((n + 1))
			[ $n -lt 100 ] || break
			sleep 0.1
		done
		chmod 666 indexd.sock
		port=$(sed -n 's/.*listening.*port=//p' imapd.log)
		"$2/tests/imapdlg/imapdlg" -t 20000 "127.0.0.1:$port" rights.dlg || {
			echo "dialogue differs"
			kill -KILL $imapd
		}
		wait $imapd || echo "imapd ended with $?"
		kill -TERM $indexd
		wait $indexd || echo "indexd ended with $?"
		echo end
	END
	{
		cat /etc/passwd
		echo "_imapd:x:3001:3001::$dir/empty:/nonexistent"
		echo "_indexd:x:3002:3002::/nonexistent:/nonexistent"
		echo "demo:x:3003:3003::$dir/mail:/nonexistent"
	} >"$dir/passwd.system"
	for file in imapd.service indexd.service; do
		sed -e "s|/usr/local/sbin/|$dir/sbin/|g" \
		    -e "s|/etc/imapd|$dir/imapd|g" \
		    -e "s|/etc/indexd|$dir/indexd|g" \
		    "$(top)/etc/systemd/$file" >"$dir/$file"
	done
	cat >"$dir/indexd.conf" <<-END
		socket "$dir/indexd.sock"
		directory "$dir/db"
	END
	cat >"$dir/imapd.conf" <<-END
		indexd socket "$dir/indexd.sock"
		listen on 127.0.0.1 port 0
		auth file "$dir/passwd"
	END
	echo "demo:{PLAIN}demo:3003:3003::$dir/mail:/nonexistent" \
	    >"$dir/passwd"
	chmod 600 "$dir/passwd"
	cat >"$dir/rights.dlg" <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo demo
		1 < a OK ...
		1 > b CREATE made
		1 < b OK ...
		2 connect
		2 < * OK ...
		sh kill -TERM $(sed -n 's/^imapd.\([0-9]*\).: listen: listening.*/\1/p' imapd.log)
		1 < * BYE ...
		1 eof
		2 < * BYE ...
		2 eof
	END
	timeout 60 unshare -m sh inside.sh "$dir" "$(top)" >out 2>&1 </dev/null
	cat "$dir/imapd.log" "$dir/indexd.log" >>err 2>/dev/null
	rm -rf "$dir" sockdir
	[ "$(tail -n 1 out)" = end ] && ! grep -E 'differs|ended with' out ||
	    shows out err
	grep -q "indexd: stopped" err || shows err
}
sd_rights_cleanup()
{
	[ ! -f sockdir ] || rm -rf "$(cat sockdir)"
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case inetd
	atf_add_test_case xinetd
	atf_add_test_case tcpserver
	atf_add_test_case by_port
	atf_add_test_case daemontools
	atf_add_test_case sd_accept
	atf_add_test_case sd_listen
	atf_add_test_case sd_indexd
	atf_add_test_case sd_rights
}
