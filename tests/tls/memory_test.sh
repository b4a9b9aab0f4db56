# What the processes of a connection have in their memory, on Linux, with the
# daemon whose processes may be looked into.

# scanner: writes scan.py, which finds secrets in processes.
scanner()
{
	cat >scan.py <<-'END'
		import base64, os, re, socket, ssl, subprocess, sys, time

		PASSWORD = b"correct.horse.battery"

		def number(der, at):
		    """The ASN.1 element at that place: its content, and its end."""
		    n = der[at + 1]
		    at += 2
		    if n & 0x80:
		        k = n & 0x7f
		        n = int.from_bytes(der[at:at + k], "big")
		        at += k
		    return der[at:at + n], at + n

		def secrets(path):
		    """Pieces of a key, as text, as it is written, as it is used."""
		    pem = open(path, "rb").read().split(b"\n")
		    found = {"PEM": [l for l in pem if len(l) == 64]}
		    kind = ["ec"] if path.startswith("ec") else ["rsa", "-traditional"]
		    der = subprocess.run(["openssl"] + kind + ["-in", path, "-outform",
		        "DER"], capture_output=True).stdout
		    body, _ = number(der, 0)
		    parts, at = [], 0
		    while at < len(body):
		        tag = body[at]
		        part, at = number(body, at)
		        if tag in (2, 4):
		            parts.append(part.lstrip(b"\0"))
		    # version, key; or version, n, e, d, p, q, dp, dq, qinv
		    parts = parts[1:] if len(parts) == 2 else parts[3:]
		    for order, name in ((1, "number"), (-1, "number, reversed")):
		        found[name] = [p[::order][i:i + 16] for p in parts
		            for i in range(0, len(p) - 15, 16)]
		    assert all(found.values())
		    return found

		def scan(pid, wanted):
		    """Memory may go while it is read, as a relay comes to rest."""
		    for _ in range(20):
		        try:
		            return scan_once(pid, wanted)
		        except OSError:
		            time.sleep(0.1)
		    return scan_once(pid, wanted)

		def scan_once(pid, wanted):
		    """Which of the secrets are in the memory of the process."""
		    have = set()
		    total = 0
		    mem = open("/proc/%d/mem" % pid, "rb", 0)
		    for line in open("/proc/%d/maps" % pid):
		        m = re.match(r"([0-9a-f]+)-([0-9a-f]+) r.*", line)
		        if not m or "[v" in line:
		            continue
		        low, high = int(m.group(1), 16), int(m.group(2), 16)
		        mem.seek(low)
		        data = mem.read(high - low)
		        total += len(data)
		        for name, pieces in wanted.items():
		            if any(p in data for p in pieces):
		                have.add(name)
		    assert total > 100000
		    return have

		def children(pid):
		    path = "/proc/%d/task/%d/children" % (pid, pid)
		    return [int(p) for p in open(path).read().split()]

		def child(pid, old=()):
		    for _ in range(1000):
		        new = [p for p in children(pid) if p not in old]
		        if new:
		            return new[-1]
		        time.sleep(0.01)
		    sys.exit("no child")

		def read_line(s):
		    line = b""
		    while not line.endswith(b"\n"):
		        c = s.recv(1)
		        if not c:
		            sys.exit("closed after %r" % line)
		        line += c
		    return line

		def check(what, pid, wanted, found=False):
		    have = scan(pid, wanted)
		    print(what, "has", sorted(have))
		    if found:
		        bad = not {"PEM", "number, reversed"} & have
		    else:
		        bad = have
		    if bad:
		        sys.exit("%s has %s" % (what, sorted(have)))

		def connect(server, port, key):
		    """A client's socket, and its supervisor."""
		    if port:
		        old = children(server)
		        s = socket.create_connection(("127.0.0.1", port), 60)
		        return s, child(server, old)
		    s, other = socket.socketpair()
		    p = subprocess.Popen([imapd, "-di", "-f", "imapd.conf"], stdin=other,
		        stdout=other, stderr=open("inetd.log", "ab"))
		    other.close()
		    return s, p.pid

		def one(key, server, port, name, user):
		    keys = secrets(key)
		    wanted = dict(keys)
		    wanted["password"] = [PASSWORD]
		    wanted["password in base64"] = [base64.b64encode(PASSWORD)[:-4]]
		    entry = open("passwd", "rb").read().split(b":")[1]
		    wanted["hash"] = [entry[-40:]]
		    s, supervisor = connect(server, port, key)
		    s.settimeout(60)
		    read_line(s)
		    front = child(supervisor)
		    # With no handshake behind it, it needs the key: what follows can fail.
		    check("front before TLS", front, keys, True)
		    check("supervisor", supervisor, wanted)
		    s.sendall(b"a STARTTLS\r\n")
		    read_line(s)
		    context = ssl.create_default_context(cafile=key[:-4] + ".crt")
		    t = context.wrap_socket(s, server_hostname=name)
		    t.sendall(b"b NOOP\r\n")
		    read_line(t)
		    check("front after the handshake", front, keys)
		    t.sendall(b"c LOGIN " + user + b" " + PASSWORD + b"\r\n")
		    if b"c OK" not in read_line(t):
		        sys.exit("no login")
		    t.sendall(b"d SELECT INBOX\r\n")
		    while not read_line(t).startswith(b"d OK"):
		        pass
		    check("session", supervisor, wanted)
		    check("relay", front, wanted)
		    t.sendall(b"e LOGOUT\r\n")
		    read_line(t)

		imapd, server, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		for key, name in (("ec.key", "ec.example"), ("rsa.key", "rsa.example")):
		    print(key)
		    one(key, server, port, name, b"demo")
		print("checked by the supervisor itself")
		one("ec.key", server, port, "ec.example", b"plain")
	END
}

make_key()
{
	local name

	name=$1
	shift
	openssl req -x509 "$@" -nodes -keyout "$name.key" -out "$name.crt" \
	    -days 30 -subj "/CN=$name" \
	    -addext "subjectAltName=DNS:$name.example" \
	    >/dev/null 2>openssl.err || atf_fail "openssl: $(cat openssl.err)"
	chmod 600 "$name.key"
}

begin()
{
	[ "$(uname -s)" = Linux ] || atf_skip "needs /proc/PID/mem"
	HIGHWATER_TRACE=1
	export HIGHWATER_TRACE
	make_key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
	make_key rsa -newkey rsa:2048
	IMAPD_CONF="listen on 127.0.0.1 port 0 starttls
tls certificate \"$PWD/ec.crt\" key \"$PWD/ec.key\"
tls certificate \"$PWD/rsa.crt\" key \"$PWD/rsa.key\""
	server_config
	hash=$(openssl passwd -6 correct.horse.battery) || atf_fail openssl
	cat >passwd <<-END
		demo:$hash:$(id -u):$(id -g)::$PWD:/
		plain:{PLAIN}correct.horse.battery:$(id -u):$(id -g)::$PWD:/
	END
	maildir_make Maildir
	indexd_start
	scanner
	imapd=$(top)/tests/inject/imapd
}

look()
{
	python3 scan.py "$imapd" "$@" >out 2>&1 || {
		cat out imapd.log inetd.log >&2 2>/dev/null
		atf_fail "a secret where it should not be"
	}
	cat out
}

atf_test_case daemon cleanup
daemon_head()
{
	atf_set descr "no process but the listener and a front at its" \
	    "handshake has keys; no session has passwords or hashes"
	atf_set require.user unprivileged
	atf_set require.progs openssl python3
}
daemon_body()
{
	not_sanitized
	begin
	"$imapd" -d -f imapd.conf </dev/null >imapd.log 2>&1 &
	echo $! >imapd.pid
	wait_for "imapd listens" imapd_listens
	look "$(cat imapd.pid)" \
	    "$(sed -n 's/.*listening .*port=//p' imapd.log | sed -n 2p)"
	server_stop
}
daemon_cleanup()
{
	server_cleanup
}

atf_test_case inetd cleanup
inetd_head()
{
	atf_set descr "the same of imapd -i, which reads the keys itself"
	atf_set require.user unprivileged
	atf_set require.progs openssl python3
}
inetd_body()
{
	not_sanitized
	begin
	look 0 0
	indexd_stop
}
inetd_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case daemon
	atf_add_test_case inetd
}
