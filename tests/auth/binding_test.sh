# Logging in by what TLS knows: SCRAM-SHA-256-PLUS, and EXTERNAL.

. "$(atf_get_srcdir)/../common.subr"

# A certificate of our own, for the server, and as its authority for clients'.
certificates()
{
	cat >openssl.cnf <<-'END'
		[req]
		distinguished_name = name
		[name]
		[ca]
		basicConstraints = critical, CA:true
		subjectAltName = IP:127.0.0.1, DNS:localhost
		[user]
		basicConstraints = CA:false
	END
	{
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		    -nodes -keyout key.pem -out cert.pem -days 30 \
		    -subj /CN=localhost -config openssl.cnf -extensions ca
		for user in demo stranger; do
			openssl req -newkey ec \
			    -pkeyopt ec_paramgen_curve:P-256 -nodes \
			    -keyout $user.key -out $user.csr -subj /CN=$user \
			    -config openssl.cnf
			openssl x509 -req -in $user.csr -CA cert.pem \
			    -CAkey key.pem -CAcreateserial -days 30 \
			    -out $user.pem -extfile openssl.cnf -extensions user
		done
	} >openssl.log 2>&1 || {
		cat openssl.log >&2
		atf_fail "openssl"
	}
	chmod 600 key.pem
}

# start_tls: the daemons, with TLS after STARTTLS.
start_tls()
{
	certificates
	server_config
	sed 's/^listen on .*/& starttls/' imapd.conf >imapd.new
	cat >>imapd.new <<-END
		tls certificate "$PWD/cert.pem" key "$PWD/key.pem"
		tls client ca "$PWD/cert.pem"
	END
	mv imapd.new imapd.conf
	maildir_make Maildir
	made=$(echo pencil | "$(top)/imapd/imapd" -p) || atf_fail "imapd -p"
	echo "ada:$made:$(id -u):$(id -g)::$PWD:" >>passwd
	indexd_start
	imapd_start
}

logged()
{
	grep -q "$1" imapd.log || {
		server_logs
		atf_fail "not in the log: $1"
	}
}

atf_test_case exporter cleanup
exporter_head()
{
	atf_set descr "SCRAM-SHA-256-PLUS with tls-exporter, by GNU SASL"
	atf_set require.user unprivileged
	atf_set require.progs openssl
	atf_set timeout 120
}
exporter_body()
{
	command -v gsasl >/dev/null || atf_skip "no gsasl"
	start_tls
	for who in "demo demo" "ada pencil"; do
		timeout 60 gsasl --imap --starttls --connect="$(server_addr)" \
		    -d --x509-ca-file= -m SCRAM-SHA-256-PLUS \
		    -a "${who% *}" -p "${who#* }" </dev/null >gsasl.out 2>&1 || {
			cat gsasl.out >&2
			server_logs
			atf_fail "$who: not let in"
		}
		wait_for "the log" grep -q \
		    "method=SCRAM-SHA-256-PLUS .*user=${who% *}$" imapd.log
	done
	server_stop
}
exporter_cleanup()
{
	server_cleanup
}

# A client that can bind to the certificate, and can lie.
client()
{
	cat >client.py <<-'END'
		import base64, hashlib, hmac, socket, ssl, sys
		# client.py port mechanism flag binding user password [certificate]
		port, mech, flag, binding, user, password = sys.argv[1:7]
		def b64(b):
		    return base64.b64encode(b).decode()
		sock = socket.create_connection(("127.0.0.1", int(port)), 60)
		f = sock.makefile("rb")
		f.readline()
		sock.sendall(b"s STARTTLS\r\n")
		if not f.readline().startswith(b"s OK"):
		    sys.exit("STARTTLS")
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
		context.load_verify_locations("cert.pem")
		context.check_hostname = False
		if len(sys.argv) > 7:
		    context.load_cert_chain(sys.argv[7] + ".pem", sys.argv[7] + ".key")
		sock = context.wrap_socket(sock)
		f = sock.makefile("rb")
		def say(s):
		    sock.sendall(s.encode() + b"\r\n")
		    while True:
		        line = f.readline().decode().rstrip("\r\n")
		        if not line.startswith("* "):
		            return line
		def end(line):
		    print(line.split(None, 1)[1])
		    sys.exit(0)
		def ask(s):
		    line = say(s)
		    if not line.startswith("+"):
		        end(line)
		    return base64.b64decode(line[2:]).decode()
		if mech == "EXTERNAL":
		    end(say("a AUTHENTICATE EXTERNAL " + (b64(user.encode()) or "=")))
		data = b""
		if binding == "certificate":
		    data = hashlib.sha256(sock.getpeercert(True)).digest()
		elif binding == "other":
		    data = b"x" * 32
		gs2 = flag + ",,"
		bare = "n=%s,r=clientnonce" % user
		first = ask("a AUTHENTICATE %s %s" % (mech, b64((gs2 + bare).encode())))
		fields = dict(x.split("=", 1) for x in first.split(","))
		key = hashlib.pbkdf2_hmac("sha256", password.encode(),
		    base64.b64decode(fields["s"]), int(fields["i"]))
		def mac(key, data):
		    return hmac.new(key, data, "sha256").digest()
		ckey = mac(key, b"Client Key")
		final = "c=%s,r=%s" % (b64(gs2.encode() + data), fields["r"])
		about = ",".join((bare, first, final)).encode()
		sig = mac(hashlib.sha256(ckey).digest(), about)
		proof = bytes(x ^ y for x, y in zip(ckey, sig))
		last = ask(b64((final + ",p=" + b64(proof)).encode()))
		if last != "v=" + b64(mac(mac(key, b"Server Key"), about)):
		    sys.exit("the server does not know the password")
		end(say(""))
	END
}

# answers pattern argument ...: what the client is told in the end.
answers()
{
	local pattern

	pattern=$1
	shift
	timeout 60 python3 client.py "$(server_port)" "$@" >out 2>err || {
		cat err >&2
		server_logs
		atf_fail "$*: the client fails"
	}
	grep -Eq "^$pattern" out || atf_fail "$*: $(cat out)"
}

atf_test_case endpoint cleanup
endpoint_head()
{
	atf_set descr "tls-server-end-point, other bindings, and downgrades"
	atf_set require.user unprivileged
	atf_set require.progs openssl python3
	atf_set timeout 300
}
endpoint_body()
{
	start_tls
	client
	plus=SCRAM-SHA-256-PLUS
	point=p=tls-server-end-point
	no='NO \[AUTHENTICATIONFAILED\] Wrong user or password$'
	answers OK $plus $point certificate ada pencil
	answers OK $plus $point certificate demo demo
	answers "$no" $plus $point certificate ada pencils
	answers "$no" $plus $point other ada pencil
	answers "$no" $plus $point none ada pencil
	answers "$no" $plus p=tls-unique other ada pencil
	answers "$no" $plus n none ada pencil
	logged 'reason=password user=ada$'
	logged 'reason=channel-binding user=ada$'
	# Without: well, but not if the client believes that it must.
	answers OK SCRAM-SHA-256 n none ada pencil
	answers "$no" SCRAM-SHA-256 y none ada pencil
	answers "$no" SCRAM-SHA-256 $point certificate ada pencil
	server_stop
}
endpoint_cleanup()
{
	server_cleanup
}

atf_test_case external cleanup
external_head()
{
	atf_set descr "EXTERNAL, as the user of the certificate and no other"
	atf_set require.user unprivileged
	atf_set require.progs openssl python3
	atf_set timeout 120
}
external_body()
{
	start_tls
	client
	answers OK EXTERNAL - - '' '' demo
	answers OK EXTERNAL - - demo '' demo
	answers 'NO \[AUTHORIZATIONFAILED\]' EXTERNAL - - ada '' demo
	answers 'NO \[AUTHENTICATIONFAILED\]' EXTERNAL - - '' '' stranger
	answers 'NO \[CANNOT\]' EXTERNAL - - demo ''
	logged 'method=EXTERNAL .*user=demo$'
	logged 'reason=unknown-user user=stranger$'
	server_stop
}
external_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case exporter
	atf_add_test_case endpoint
	atf_add_test_case external
}
