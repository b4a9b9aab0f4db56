# Mail that was made to cost: what is asked of it is answered in the least
# memory that a session can be given.

# hostile_py: makes a folder of it in Maildir.
hostile_py()
{
	cat >hostile.py <<-'END'
		# hostile.py folder
		import os, sys
		M = 1 << 20
		made = 0
		def put(folder, *parts, zeros=0):
		    global made
		    if folder != sys.argv[1]:
		        return
		    made += 1
		    for sub in ("cur", "new", "tmp"):
		        os.makedirs("Maildir/.%s/%s" % (folder, sub),
		            exist_ok=True)
		    name = "Maildir/.%s/cur/%d.M%dP1.h:2,S" % (folder,
		        1700000000 + made, made)
		    with open(name, "wb") as f:
		        for part in parts:
		            f.write(part)
		        # A file has them without the room for them.
		        f.truncate(f.tell() + zeros)
		H = b"From: a@b\nSubject: s\nMIME-Version: 1.0\n"
		T = b"Content-Type: %s\n"
		E = b"Content-Transfer-Encoding: %s\n\n"
		P = T % b"text/plain; charset=iso-8859-1"
		for how in (b"8bit", b"base64", b"quoted-printable"):
		    put("Lines", H, P, E % how, zeros=100 * M)
		put("Lines", zeros=100 * M)
		X = H + T % b"multipart/mixed; boundary=b" + b"\n"
		put("Parts", X, (b"--b\n" + P + b"\nx\n") * 10000)
		put("Parts", X, (b"--b\n" + T % (b"a/b; n=" + b"n" * 900) +
		    b"\nx\n") * 10000)
		put("Parts", X, (b"--b\n" + T % b"message/rfc822" + b"\n") *
		    5000)
		put("Parts", H, T % b"multipart/digest; boundary=b", b"\n",
		    b"--b\n\nSubject: s\n\nx\n" * 10000)
		put("Levels", H, *[T % b"multipart/mixed; boundary=b%d" % i +
		    b"\n--b%d\n" % i for i in range(1000)])
		put("Levels", H, (T % b"message/rfc822" + b"\n") * 1000)
		for name, text in (
		    (b"Subject", b"=?utf-8?q?=C3=A9?= "), (b"Subject", b"Re: "),
		    (b"To", b"\"q\" <a@b>, "), (b"Cc", b"(((("),
		    (b"References", b"<a@b> "), (b"Date", b"(1"),
		    (b"Content-Type", b"a/b; n=v; "), (b"Subject", b"x\n "),
		    (b"X", b"y")):
		    put("Headers", H, name, b": ", text * (M // len(text)),
		        b"\n\nx\n")
		put("Headers", b"To: a@b\n" * (M // 8), b"\nx\n")
		for i in range(5000):
		    put("Tiny", b"Subject: %d\nReferences: <%d@x>\n\nx\n" %
		        (i % 97, i // 9))
	END
}

# ask_py: asks for everything of a folder, each time in a new session.
ask_py()
{
	cat >ask.py <<-'END'
		# ask.py port folder
		import socket, sys
		asked = ["FETCH 1:* (" + i + ")" for i in ("ENVELOPE", "BODY",
		    "BODYSTRUCTURE", "RFC822.SIZE", "BODY.PEEK[]",
		    "BODY.PEEK[HEADER.FIELDS (Subject To References)]",
		    "BODY.PEEK[1.1.1]", "PREVIEW", "EMAILID THREADID",
		    "BINARY.SIZE[1]")]
		asked += ["SEARCH " + k + " \"zz top\"" for k in ("SUBJECT",
		    "TO", "TEXT", "BODY", "HEADER References", "HEADER X")]
		asked += ["SEARCH TEXT zz", "SEARCH SENTSINCE 1-Jan-2020",
		    "SORT (SUBJECT FROM TO DATE) UTF-8 ALL",
		    "THREAD REFERENCES UTF-8 ALL",
		    "THREAD ORDEREDSUBJECT UTF-8 ALL"]
		def command(s, text):
		    s.sendall(b"t " + text.encode() + b"\r\n")
		    tail = b""
		    while True:
		        got = s.recv(1 << 20)
		        tail = (tail + got)[-1000:]
		        last = tail.rsplit(b"\r\n", 2)[-2:]
		        if not got or (last[-1] == b"" and
		            last[0].startswith(b"t ")):
		            return last[0].decode("latin-1")
		for question in asked:
		    s = socket.create_connection(("127.0.0.1", sys.argv[1]))
		    s.settimeout(120)
		    s.recv(1000)
		    command(s, "LOGIN demo demo")
		    for text in ("SELECT " + sys.argv[2], question):
		        last = command(s, text)
		        if not last.startswith("t OK"):
		            print(text + ": " + last)
		    s.close()
	END
}

hostile()
{
	not_sanitized
	IMAPD_CONF="limit memory 16m"
	server_config
	maildir_make Maildir
	hostile_py
	python3 hostile.py "$1" || atf_fail "not made"
	ask_py
	indexd_start
	imapd_start
	atf_check python3 ask.py "$(server_port)" "$1"
	server_stop
}

atf_test_case lines cleanup
lines_head()
{
	atf_set descr "lines of 100 MB, in the least memory"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 600
}
lines_body()
{
	hostile Lines
}
lines_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case parts cleanup
parts_head()
{
	atf_set descr "10,000 parts, in the least memory"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 600
}
parts_body()
{
	hostile Parts
}
parts_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case levels cleanup
levels_head()
{
	atf_set descr "1,000 levels, in the least memory"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 600
}
levels_body()
{
	hostile Levels
}
levels_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case headers cleanup
headers_head()
{
	atf_set descr "headers of a million octets, in the least memory"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 600
}
headers_body()
{
	hostile Headers
}
headers_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case tiny cleanup
tiny_head()
{
	atf_set descr "messages of a few octets, in the least memory"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 600
}
tiny_body()
{
	hostile Tiny
}
tiny_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case lines
	atf_add_test_case parts
	atf_add_test_case levels
	atf_add_test_case headers
	atf_add_test_case tiny
}
