# TLS, with openssl(1) as the client.

# cert name subject-alternative-names [option ...]: name.crt and name.key, an
# authority of its own.
cert()
{
	local name san

	name=$1
	san=$2
	shift 2
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$name.key" -out "$name.crt" -days 30 -subj "/CN=$name" \
	    -addext "subjectAltName=$san" "$@" >/dev/null 2>openssl.err ||
	    atf_fail "openssl: $(cat openssl.err)"
	chmod 600 "$name.key"
}

# issue name subject-alternative-names authority extension: the same,
# signed by the authority.
issue()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>openssl.err &&
	    printf 'subjectAltName=%s\n%s\n' "$2" "$4" >"$1.ext" &&
	    openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" \
	    -set_serial 7 -days 30 -out "$1.crt" -extfile "$1.ext" \
	    >/dev/null 2>>openssl.err || atf_fail "openssl: $(cat openssl.err)"
	chmod 600 "$1.key"
}

# start [line ...]: the daemons, with the certificate one unless a line says
# so; the second socket has TLS, the third STARTTLS.
start()
{
	IMAPD_CONF="listen on 127.0.0.1 port 0 tls
listen on 127.0.0.1 port 0 starttls
plaintext auth never"
	case "$*" in
	*"tls certificate"*)
		;;
	*)
		[ -f one.crt ] || cert one DNS:one.example,DNS:localhost
		set -- "tls certificate \"$PWD/one.crt\" key \"$PWD/one.key\"" \
		    "$@"
		;;
	esac
	for line in "$@"; do
		IMAPD_CONF="$IMAPD_CONF
$line"
	done
	server_start
}

# addr n: of the n-th socket.
addr()
{
	echo "127.0.0.1:$(sed -n \
	    's/.*listening .*port=\([0-9][0-9]*\).*/\1/p' imapd.log |
	    sed -n "$1p")"
}

# client [option ...]: says what is on standard input to the TLS port, and
# leaves what it and openssl(1) said in out.
client()
{
	timeout 60 openssl s_client -ign_eof -connect "$(addr 2)" \
	    "$@" >out 2>&1
}

logout()
{
	echo 'a LOGOUT' | client -crlf "$@"
}

# over_tls: the address of the TLS port as imapdlg wants it.  Its end of input
# is that of the connection.
over_tls()
{
	echo "!exec openssl s_client -quiet -no_ign_eof -connect $(addr 2)" \
	    "2>/dev/null"
}

says()
{
	grep -q -- "$1" imapd.log
}

said()
{
	wait_for "the log says: $1" says "$1"
}

out_has()
{
	grep -q -- "$1" out || {
		cat out imapd.log >&2
		atf_fail "not said: $1"
	}
}

talk()
{
	cat >talk.dlg
	dlg "$1" talk.dlg
}

# tls_case name description: a case that is the function name_run.
tls_case()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
			atf_set require.progs openssl
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

versions_run()
{
	start
	logout -tls1_3
	out_has 'TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'
	out_has 'OK LOGOUT'
	logout -tls1_2
	out_has 'TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384'
	out_has 'Secure Renegotiation IS supported'
	out_has 'Compression: NONE'
	logout -tls1_1 -cipher DEFAULT:@SECLEVEL=0 &&
	    atf_fail "TLS 1.1 is spoken"
	said 'handshake failed address=127.0.0.1 reason="the client speaks no'
	# The server's order counts; without forward secrecy, nothing goes.
	logout -tls1_2 \
	    -cipher ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384
	out_has 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384'
	logout -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256 &&
	    atf_fail "a cipher without authenticated encryption"
	said 'reason="the client has no cipher in common'
	server_stop
}

settings_run()
{
	start 'tls minimum 1.3' 'tls ciphers "ECDHE+CHACHA20"'
	logout -tls1_2 && atf_fail "TLS 1.2 is spoken"
	said 'handshake failed'
	logout -tls1_3
	out_has 'OK LOGOUT'
	server_stop
	start 'tls ciphers "ECDHE+CHACHA20"'
	logout -tls1_2
	out_has 'Cipher is ECDHE-ECDSA-CHACHA20-POLY1305'
	server_stop
}

names_run()
{
	cert one DNS:one.example
	cert two 'DNS:two.example,DNS:*.three.example'
	start "tls certificate \"$PWD/one.crt\" key \"$PWD/one.key\"" \
	    "tls certificate \"$PWD/two.crt\" key \"$PWD/two.key\""
	for name in two.example a.three.example TWO.example; do
		logout -servername $name
		out_has 'subject=CN *= *two'
		out_has 'OK LOGOUT'
	done
	for name in one.example a.b.three.example three.example else.example; do
		logout -servername $name
		out_has 'subject=CN *= *one'
		logout -servername $name -tls1_2
		out_has 'subject=CN *= *one'
	done
	logout -noservername
	out_has 'subject=CN *= *one'
	server_stop
}

chain_run()
{
	cert root DNS:root.example
	issue middle DNS:middle.example root 'basicConstraints=CA:TRUE'
	issue leaf DNS:one.example middle 'basicConstraints=CA:FALSE'
	cat leaf.crt middle.crt >chain.crt
	start "tls certificate \"$PWD/chain.crt\" key \"$PWD/leaf.key\""
	logout -CAfile root.crt -verify_return_error -verify_hostname \
	    one.example
	out_has 'Verify return code: 0 (ok)'
	out_has 'OK LOGOUT'
	# A client that does not trust it says so.
	cert other DNS:other.example
	logout -CAfile other.crt -verify_return_error &&
	    atf_fail "verified"
	said 'reason="the client does not trust our certificate'
	server_stop
}

resumed()
{
	logout -sess_in session "$@"
	out_has 'OK LOGOUT'
	grep -q '^Reused' out
}

resumption_run()
{
	start
	for version in -tls1_3 -tls1_2; do
		logout $version -sess_out session
		resumed $version || atf_fail "not resumed: $version"
		# A reload costs nobody the session.
		kill -HUP "$(cat imapd.pid)"
		said 'configuration read again'
		resumed $version || atf_fail "not after a reload: $version"
		imapd_stop
		imapd_start
		resumed $version && atf_fail "with the keys of another daemon"
	done
	# With another certificate it begins anew.
	logout -sess_out session
	resumed || atf_fail "not resumed"
	cert one DNS:one.example
	kill -HUP "$(cat imapd.pid)"
	said 'configuration read again'
	resumed && atf_fail "with another certificate"
	server_stop
}

reload_run()
{
	start
	mkfifo in
	timeout 60 openssl s_client -quiet -connect "$(addr 2)" <in >old 2>&1 &
	client=$!
	exec 3>in
	printf 'a LOGIN demo demo\r\n' >&3
	wait_for "login" grep -q '^a OK' old
	cp one.crt before.crt
	cp one.key before.key
	cert one DNS:one.example -subj /CN=new
	# A key that is not the certificate's, and the old ones stay.
	cp before.key one.key
	kill -HUP "$(cat imapd.pid)"
	said 'the old configuration stays'
	logout
	out_has 'subject=CN *= *one'
	cert one DNS:one.example -subj /CN=new
	kill -HUP "$(cat imapd.pid)"
	said 'configuration read again'
	logout
	out_has 'subject=CN *= *new'
	printf 'b NOOP\r\nc LOGOUT\r\n' >&3
	wait_for "the old session goes on" grep -q '^c OK' old
	exec 3>&-
	wait $client
	server_stop
}

starttls_run()
{
	start
	talk "$(addr 3)" <<-'END'
		1 connect
		1 ! ...AUTH=PLAIN...
		1 < * OK [CAPABILITY IMAP4rev1 ... STARTTLS LOGINDISABLED...] ...
		1 > a CAPABILITY
		1 < * CAPABILITY IMAP4rev1 ... STARTTLS LOGINDISABLED...
		1 < a OK ...
		1 > b LOGIN demo demo
		1 < b NO [PRIVACYREQUIRED] ...
		1 > c AUTHENTICATE PLAIN AGRlbW8AZGVtbw==
		1 < c NO [PRIVACYREQUIRED] ...
		1 > d STARTTLS now
		1 < d BAD ...
		1 > e STARTTLS
		1 < e OK ...
		1 > f NOOP
		1 eof
	END
	said 'reason="the client speaks no TLS: plain text came"'
	# Not offered on the plain socket, nor after it was done.
	talk "$(addr 1)" <<-'END'
		1 connect
		1 ! ...STARTTLS...
		1 < * OK [CAPABILITY IMAP4rev1 ... LOGINDISABLED...] ...
		1 !
		1 > a STARTTLS
		1 < a BAD ...
	END
	talk "$(over_tls)" <<-'END'
		1 connect
		1 ! ...STARTTLS...
		1 < * OK [CAPABILITY IMAP4rev1 ... AUTH=PLAIN...] ...
		1 !
		1 > a STARTTLS
		1 < a BAD ...
		1 > b LOGIN demo demo
		1 < b OK ...
	END
	talk "!exec openssl s_client -quiet -verify_quiet -starttls imap \
	    -connect $(addr 3) 2>/dev/null" <<-'END'
		1 connect
		1 > a CAPABILITY
		1 ! ...STARTTLS...
		1 ! ...LOGINDISABLED...
		1 < * CAPABILITY ... AUTH=PLAIN...
		1 !
		1 < a OK ...
		1 > b STARTTLS
		1 < b BAD ...
		1 > c LOGIN demo demo
		1 < c OK ...
	END
	said 'login address=127.0.0.1 method=LOGIN tls="TLSv1.3 TLS_AES_256'
	server_stop
}

injection_run()
{
	start
	talk "$(addr 3)" <<-'END'
		1 connect
		1 < * OK ...
		1 >> a STARTTLS\r\nb LOGIN demo demo\r\n
		1 ! b ...
		1 < * BYE ...
		1 eof
	END
	said 'commands sent along with STARTTLS: dropped address=127.0.0.1'
	server_stop
}

plain_text_run()
{
	start
	talk "$(addr 2)" <<-'END'
		1 connect
		1 > a LOGIN demo demo
		1 eof
	END
	said 'address=127.0.0.1 reason="the client speaks no TLS'
	says 'method=' && atf_fail "logged in"
	server_stop
}

slow_run()
{
	start 'timeout login 1s'
	talk "$(addr 2)" <<-'END'
		1 connect
		1 eof
	END
	said 'handshake failed address=127.0.0.1 reason="it took too long"'
	talk "$(addr 3)" <<-'END'
		1 connect
		1 < * OK ...
		1 > a STARTTLS
		1 < a OK ...
		1 eof
	END
	server_stop
}

client_cert_run()
{
	cert ca DNS:ca.example
	cert stranger email:demo@example.org -addext \
	    extendedKeyUsage=clientAuth
	issue user email:demo@example.org ca extendedKeyUsage=clientAuth
	issue demo DNS:demo.example ca extendedKeyUsage=clientAuth
	start "tls client ca \"$PWD/ca.crt\""
	logout -cert user.crt -key user.key
	out_has 'AUTH=EXTERNAL'
	logout -cert user.crt -key user.key -tls1_2
	out_has 'AUTH=EXTERNAL'
	# The same when it is resumed.
	logout -cert user.crt -key user.key -sess_out session
	resumed || atf_fail "not resumed"
	out_has 'AUTH=EXTERNAL'
	logout
	out_has 'OK LOGOUT'
	grep 'AUTH=EXTERNAL' out && atf_fail "without a certificate"
	logout -cert stranger.crt -key stranger.key
	grep 'OK LOGOUT' out && atf_fail "a stranger's certificate"
	said "reason=\"the client's certificate is none that we trust: self"
	printf 'a AUTHENTICATE EXTERNAL =\r\nb LOGOUT\r\n' |
	    client -cert demo.crt -key demo.key
	out_has '^a OK'
	said 'method=EXTERNAL tls='
	server_stop
	start "tls client ca \"$PWD/ca.crt\" required"
	logout -cert user.crt -key user.key
	out_has 'OK LOGOUT'
	logout
	grep 'OK LOGOUT' out && atf_fail "without a certificate"
	said 'reason="the client shows no certificate'
	server_stop
}

# refused text: -n says that, and what it is about is an error.
refused()
{
	"$(top)/imapd/imapd" -n -f imapd.conf >out 2>&1 &&
	    atf_fail "no error: $1"
	out_has "$1"
}

check_run()
{
	cert one DNS:one.example
	cert two DNS:two.example
	start "tls certificate \"$PWD/one.crt\" key \"$PWD/one.key\""
	atf_check -e ignore "$(top)/imapd/imapd" -n -f imapd.conf
	chmod 644 one.key
	refused 'one.key: others can read or change this key: chmod 600'
	chmod 640 one.key
	atf_check -e ignore "$(top)/imapd/imapd" -n -f imapd.conf
	chmod 600 one.key
	mv one.key away
	refused 'one.key: No such file'
	cp two.key one.key
	refused 'one.key: not the key of the certificate in .*one.crt'
	echo none >one.key
	refused 'one.key: no key in PEM'
	openssl ec -in away -aes128 -passout pass:secret -out one.key \
	    2>/dev/null || atf_fail "openssl"
	refused 'one.key: the key is encrypted'
	mv away one.key
	mv one.crt away
	refused 'one.crt: No such file'
	cp one.key one.crt
	refused 'one.crt: no certificate in PEM'
	openssl req -x509 -key one.key -out one.crt -days 3 -subj /CN=one \
	    2>/dev/null
	"$(top)/imapd/imapd" -n -f imapd.conf >out 2>&1 ||
	    atf_fail "a warning is no error"
	out_has 'one.crt: the certificate expires in less than 14 days'
	mv away one.crt
	echo 'tls ciphers "NONE-SUCH"' >>imapd.conf
	refused 'tls ciphers "NONE-SUCH": none that is known'
	server_stop
}

shutdown_run()
{
	start
	mkfifo in
	timeout 60 openssl s_client -quiet -connect "$(addr 2)" <in >out 2>&1 &
	client=$!
	exec 3>in
	printf 'a LOGIN demo demo\r\n' >&3
	wait_for "login" grep -q '^a OK' out
	imapd_stop
	wait_for "BYE" grep -q 'BYE \[UNAVAILABLE\] Server is shutting' out
	exec 3>&-
	wait $client
	indexd_stop
}

dialogues_run()
{
	local file

	for file in any select store pipeline idle; do
		rm -rf Maildir db delivered
		maildir_make Maildir
		deliver_some 3
		start
		echo "$file"
		dlg -t 30000 "$(over_tls)" "$(top)/tests/imap/$file.dlg"
		server_stop
	done
}

# Python talks over a socket pair.
inetd_run()
{
	cert one DNS:one.example
	start
	cat >client.py <<-'END'
		import socket, ssl, subprocess, sys
		context = ssl.create_default_context(cafile="one.crt")
		context.maximum_version = int(sys.argv[2])
		def one(session):
		    s, other = socket.socketpair()
		    subprocess.Popen([sys.argv[1], "-di", "-f", "imapd.conf"],
		        stdin=other, stdout=other)
		    other.close()
		    s.settimeout(60)
		    s.recv(1000)
		    s.sendall(b"a STARTTLS\r\n")
		    s.recv(1000)
		    t = context.wrap_socket(s, server_hostname="one.example",
		        session=session)
		    t.sendall(b"b LOGIN demo demo\r\n")
		    assert t.recv(1000).startswith(b"b OK")
		    return t
		first = one(None)
		assert not first.session.has_ticket
		assert not one(first.session).session_reused
	END
	# TLS 1.2 and 1.3, as they are numbered on the wire.
	for version in 771 772; do
		atf_check -e ignore python3 client.py "$(top)/imapd/imapd" \
		    $version
	done
	server_stop
}

curl_run()
{
	start
	deliver_some 3
	atf_check -o match:'INBOX' curl -s -k --max-time 60 -u demo:demo \
	    "imaps://$(addr 2)/"
	atf_check -o match:'Subject: 2' curl -s -k --max-time 60 -u demo:demo \
	    --ssl-reqd "imap://$(addr 3)/INBOX;UID=2"
	server_stop
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	tls_case versions "TLS 1.2 and 1.3, not 1.1; sound ciphers"
	tls_case settings "the oldest version and the ciphers are set"
	tls_case names "the certificate is the one for the name asked for"
	tls_case chain "what is between the certificate and the root is sent"
	tls_case resumption "sessions are resumed, also after a reload"
	tls_case reload "SIGHUP changes certificates, sessions go on"
	tls_case starttls "STARTTLS, and no passwords before"
	tls_case injection "what comes along with STARTTLS is not obeyed"
	tls_case plain_text "plain text to the TLS port is told in the log"
	tls_case slow "a handshake takes no longer than a login may"
	tls_case client_cert "a client certificate, and AUTH=EXTERNAL"
	tls_case check "imapd -n checks certificates and keys"
	tls_case shutdown "SIGTERM: the BYE reaches the client"
	tls_case dialogues "dialogues of other tests, over TLS"
	tls_case inetd "imapd -i: STARTTLS, and no session is resumed"
	tls_case curl "curl, by either way"
}
