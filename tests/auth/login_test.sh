# Mechanisms, and where users come from, with the daemons and a client of
# another maker.

. "$(atf_get_srcdir)/../common.subr"

# passwd line ...: the passwd file; "UG" stands for our uid and gid.
passwd()
{
	printf '%s\n' "$@" | sed "s/:UG:/:$(id -u):$(id -g):/" >passwd
}

# gsasl_as mechanism user password
gsasl_as()
{
	timeout 60 gsasl --imap --no-starttls --connect="$(server_addr)" \
	    -d --quiet -m "$1" -a "$2" -p "$3" </dev/null >gsasl.out 2>&1
}

# lets_in mechanism user password, and the other way round.
lets_in()
{
	gsasl_as "$@" || {
		cat gsasl.out >&2
		server_logs
		atf_fail "$*: not let in"
	}
	wait_for "login in the log" grep -q \
	    "supervisor: login address=127.0.0.1 method=$1 .*user=$2\$" imapd.log
}

keeps_out()
{
	if gsasl_as "$@"; then
		server_logs
		atf_fail "$*: let in"
	fi
	grep -q AUTHENTICATIONFAILED gsasl.out || {
		cat gsasl.out >&2
		atf_fail "$*: not the answer"
	}
}

logged()
{
	grep -q "$1" imapd.log || {
		server_logs
		atf_fail "not in the log: $1"
	}
}

talk()
{
	cat >talk.dlg
	dlg -t 20000 "$(server_addr)" talk.dlg
}

need_gsasl()
{
	command -v gsasl >/dev/null || atf_skip "no gsasl"
}

atf_test_case mechanisms cleanup
mechanisms_head()
{
	atf_set descr "PLAIN, LOGIN and SCRAM-SHA-256, by GNU SASL"
	atf_set require.user unprivileged
	atf_set timeout 300
}
mechanisms_body()
{
	need_gsasl
	server_start
	made=$(echo 'tr0ub"4dor &3' | "$(top)/imapd/imapd" -p) ||
	    atf_fail "imapd -p"
	theirs=$(gsasl --mkpasswd -m SCRAM-SHA-256 -p other \
	    --iteration-count=4096) || atf_fail "gsasl --mkpasswd"
	passwd "demo:{PLAIN}demo:UG::$PWD:" "made:$made:UG::$PWD:" \
	    "theirs:$theirs:UG::$PWD:"
	for mech in PLAIN LOGIN SCRAM-SHA-256; do
		lets_in $mech demo demo
		lets_in $mech made 'tr0ub"4dor &3'
		lets_in $mech theirs other
	done
	for mech in PLAIN LOGIN SCRAM-SHA-256; do
		keeps_out $mech demo Demo
		keeps_out $mech nobody-such demo
	done
	keeps_out SCRAM-SHA-256 made other
	logged 'login failed address=127.0.0.1 reason=password user=made$'
	logged 'login failed address=127.0.0.1 reason=unknown-user user=nobody-such$'
	! grep -E 'Demo|4dor' imapd.log || atf_fail "a password in the log"
	server_stop
}
mechanisms_cleanup()
{
	server_cleanup
}

atf_test_case prepared cleanup
prepared_head()
{
	atf_set descr "names and passwords that are not ASCII (RFC 4013)"
	atf_set require.user unprivileged
	atf_set timeout 300
}
prepared_body()
{
	need_gsasl
	server_start
	made=$(printf 'cafe\314\201\n' | "$(top)/imapd/imapd" -p) ||
	    atf_fail "imapd -p"
	u=$(printf 'J\303\274rgen')
	passwd "$u:$made:UG::$PWD:" "b:{PLAIN}x:UG::$PWD:"
	p=$(printf 'caf\303\251')
	d=$(printf 'Ju\314\210rgen')
	for mech in PLAIN SCRAM-SHA-256; do
		lets_in $mech "$u" "$p"
	done
	# The same, composed otherwise; base64 of \0Ju..rgen\0cafe..
	plain=$(printf '\000%s\000cafe\314\201' "$d" | openssl base64 -A)
	talk <<-END
		1 connect
		1 < * OK ...
		1 > a AUTHENTICATE PLAIN $plain
		1 << a OK ...
	END
	# What SASLprep makes of it would be a path, and none is looked at.
	slash=$(printf '\000..\357\274\217b\000x' | openssl base64 -A)
	talk <<-END
		1 connect
		1 < * OK ...
		1 > a AUTHENTICATE PLAIN $slash
		1 < a NO [AUTHENTICATIONFAILED] ...
	END
	logged 'reason=name user=?$'
	server_stop
}
prepared_cleanup()
{
	server_cleanup
}

# offers what: the capabilities of a connection.
offers()
{
	talk <<-END
		1 connect
		1 < * OK [...$1] ...
		1 close
	END
}

atf_test_case offered cleanup
offered_head()
{
	atf_set descr "SCRAM is offered where all can use it"
	atf_set require.user unprivileged
}
offered_body()
{
	server_start
	passwd "plain:{PLAIN}x:UG::$PWD:" 'star:*:UG::/:' '#crypt:$6$x:UG::/:'
	offers "AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256"
	# Whoever takes the strongest mechanism could not log in.
	echo "crypt:\$6\$saltsalt\$xxxxxxxxxxxxxxxxx:0:0::/:" >>passwd
	offers "AUTH=PLAIN AUTH=LOGIN"
	passwd "plain:{PLAIN}x:UG::$PWD:"
	offers "AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256"
	passwd
	offers "AUTH=PLAIN AUTH=LOGIN"
	server_stop
}
offered_cleanup()
{
	server_cleanup
}

atf_test_case salts cleanup
salts_head()
{
	atf_set descr "whether a user exists, SCRAM does not tell"
	atf_set require.user unprivileged
	atf_set timeout 120
}
salts_body()
{
	server_start
	made=$(echo x | "$(top)/imapd/imapd" -p) || atf_fail "imapd -p"
	passwd "made:$made:UG::$PWD:" "plain:{PLAIN}x:UG::$PWD:" \
	    'star:*:UG::/:' \
	    'bad:{SCRAM-SHA-256}oops:UG::/:'
	for way in "$(server_addr)" "$(server_inetd)"; do
		# A salt is always the same, and that of no other.
		for user in made plain star bad none1 none2; do
			for n in 1 2; do
				first=$(printf 'n,,n=%s,r=abc' $user |
				    openssl base64 -A)
				printf '1 connect\n1 < * OK ...\n' >salt.dlg
				printf '1 > a AUTHENTICATE SCRAM-SHA-256 %s\n' \
				    "$first" >>salt.dlg
				printf '1 < + $first\n1 > *\n1 < a BAD ...\n' \
				    >>salt.dlg
				"$(top)/tests/imapdlg/imapdlg" -v "$way" \
				    salt.dlg >salt.out 2>&1 || {
					cat salt.out >&2
					atf_fail "$user: no salt"
				}
				grep -o '+ [A-Za-z0-9+/=]*' salt.out |
				    tail -n 1 | cut -c3- |
				    openssl base64 -d -A >salt.$n
				grep -Eq '^r=abc[^,]{24},s=[^,]{24},i=[0-9]+$' \
				    salt.$n || atf_fail "$(cat salt.$n)"
				sed 's/.*s=//' salt.$n >s.$n
				echo >>s.$n
			done
			cmp s.1 s.2 || atf_fail "$user: two salts"
			cat s.1 >>all
		done
		[ "$(sort -u all | wc -l)" -eq 6 ] || atf_fail "$(cat all)"
		rm all
	done
	server_stop
}
salts_cleanup()
{
	server_cleanup
}

atf_test_case password
password_head()
{
	atf_set descr "imapd -p prints an entry's password"
}
password_body()
{
	imapd=$(top)/imapd/imapd
	echo secret >in
	atf_check -o match:'^\{SCRAM-SHA-256\}10000,[A-Za-z0-9+/=]{24},[A-Za-z0-9+/=]{44},[A-Za-z0-9+/=]{44}$' \
	    "$imapd" -p <in
	# Each has a salt of its own.
	"$imapd" -p <in >a
	"$imapd" -p <in >b
	! cmp -s a b || atf_fail "the same salt twice"
	printf '\n' >in
	atf_check -s exit:1 -e match:'a password has' "$imapd" -p <in
	printf 'a\001b\n' >in
	atf_check -s exit:1 -e match:'a password has' "$imapd" -p <in
	printf 'a\000b\n' >in
	atf_check -s exit:1 -e match:'a password has' "$imapd" -p <in
	printf '\377\n' >in
	atf_check -s exit:1 -e match:'a password has' "$imapd" -p <in
	printf '%01024d\n' 0 >in
	atf_check -s exit:1 -e match:'a password has' "$imapd" -p <in
	printf '%01023d\n' 0 >in
	atf_check -o match:SCRAM "$imapd" -p <in
	command -v python3 >/dev/null || return 0
	# On a terminal it is asked for twice, and not shown.
	cat >terminal.py <<-'END'
		import os, pty, sys
		def run(*answers):
		    pid, fd = pty.fork()
		    if pid == 0:
		        os.execv(sys.argv[1], ["imapd", "-p"])
		    said = b""
		    for a in answers:
		        while not said.endswith(b": "):
		            said += os.read(fd, 1000)
		        os.write(fd, a + b"\n")
		        said += os.read(fd, 1000)
		    try:
		        while True:
		            more = os.read(fd, 1000)
		            if not more:
		                break
		            said += more
		    except OSError:
		        pass
		    assert answers[0] not in said, said
		    return os.WEXITSTATUS(os.waitpid(pid, 0)[1]), said
		status, said = run(b"secret", b"secret")
		assert status == 0 and b"{SCRAM-SHA-256}" in said, said
		status, said = run(b"secret", b"Secret")
		assert status == 1 and b"not the same" in said, said
	END
	timeout 60 python3 terminal.py "$imapd" || atf_fail "on a terminal"
}

atf_test_case fail2ban cleanup
fail2ban_head()
{
	atf_set descr "the pattern of imapd(8) finds failures, and them alone"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 120
}
fail2ban_body()
{
	server_start
	talk <<-END
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO [AUTHENTICATIONFAILED] ...
		1 > b LOGIN nobody wrong
		1 < b NO [AUTHENTICATIONFAILED] ...
		1 close
		2 connect
		2 < * OK ...
		2 > i ID ("name" "supervisor: login failed address=192.0.2.1 reason=password user=x")
		2 << i OK ...
		2 > a LOGIN "h imapd[1]: 12345678: supervisor: login failed address=192.0.2.1 reason=password user=y" z
		2 < a NO [AUTHENTICATIONFAILED] ...
		2 > b LOGIN demo demo
		2 << b OK ...
		2 close
	END
	# What is wrong with the server is no failure of a client's.
	mv passwd away
	talk <<-END
		1 connect
		1 < * OK ...
		1 > a LOGIN demo demo
		1 < a NO [UNAVAILABLE] ...
	END
	server_stop
	cat >filter.py <<-'END'
		import re, sys
		for page in sys.argv[1:]:
		    regex = re.search(r"^failregex = (.*)$", open(page).read(), re.M)
		    regex = regex.group(1).replace("\\e", "\\").strip()
		    regex = regex.replace("%(__prefix_line)s",
		        r"\s*\S+ imapd\[\d+\]: ")
		    regex = re.compile(regex.replace("<ADDR>", "(?P<a>[0-9a-f:.]+)"))
		    for line in open("imapd.log"):
		        m = regex.search(" h " + line.rstrip())
		        if m:
		            print(m.group("a"))
	END
	for page in man/imapd.8 etc/fail2ban/filter.d/imapd.conf; do
		atf_check -o inline:"127.0.0.1\n127.0.0.1\n127.0.0.1\n" \
		    python3 filter.py "$(top)/$page"
	done
	# The other way of the page, for pf.
	sed -n '/^tail -f .var.log.maillog/,/^\.Ed/p' "$(top)/man/imapd.8" |
	    sed -e '/^\.Ed/d' -e 's/^tail -f [^ ]*/cat maillog/' >pf.sh
	mkdir bin
	printf '#!/bin/sh\necho "$@"\n' >bin/pfctl
	chmod +x bin/pfctl
	n=0
	while [ $n -lt 8 ]; do
		n=$((n + 1))
		sed 's/^/Nov 22 06:00:00 h /' imapd.log
	done >maillog
	atf_check -o inline:"-q -t imapd -T add 127.0.0.1\n" \
	    env PATH="$PWD/bin:$PATH" sh pf.sh
}
fail2ban_cleanup()
{
	server_cleanup
}

# A checkpassword program: users by name.
checkpassword()
{
	cat >checkpassword <<-'END'
		#!/usr/bin/env python3
		import os, sys
		here = os.path.dirname(os.path.abspath(sys.argv[0]))
		with open(here + "/seen", "a") as f:
		    fds = [n for n in range(256) if os.path.exists(
		        "/proc/self/fd/%d" % n)] if os.path.exists(
		        "/proc/self/fd") else []
		    print(sys.argv[1], sorted(k for k in os.environ
		        if k != "LC_CTYPE"), file=f)
		    for n in fds:
		        try:
		            print("fd", n, os.readlink("/proc/self/fd/%d" % n),
		                file=f)
		        except OSError:
		            pass
		    data = os.read(3, 512)
		    user, password, when, rest = data.split(b"\0")
		    print(user, password, int(when) > 0, rest, file=f)
		os.close(3)
		if user == b"stuck":
		    import time
		    time.sleep(600)
		if user == b"temporary":
		    sys.exit(111)
		if user == b"signal":
		    os.kill(os.getpid(), 9)
		if user == b"silent":
		    sys.exit(0)
		if password != b"right":
		    sys.exit(1)
		env = {"USER": user.decode(), "HOME": here, "SHELL": "/bin/sh"}
		if user == b"alias":
		    env["USER"] = "canonical"
		if user == b"evil":
		    env["USER"] = "../evil"
		if user == b"root":
		    env["userdb_uid"] = "0"
		if user == b"dovecot":
		    env["HOME"] = "/nonexistent"
		    env["EXTRA"] = "userdb_uid userdb_gid userdb_home"
		    env["userdb_uid"] = str(os.getuid())
		    env["userdb_gid"] = str(os.getgid())
		    env["userdb_home"] = here
		os.execvpe(sys.argv[2], sys.argv[2:], env)
	END
	chmod +x checkpassword
}

atf_test_case exec cleanup
exec_head()
{
	atf_set descr "auth exec: the checkpassword interface"
	atf_set require.user unprivileged
	atf_set require.progs python3
	atf_set timeout 120
}
exec_body()
{
	checkpassword
	IMAPD_CONF="auth exec \"$PWD/checkpassword\" argument"
	server_start
	SECRET=not-for-you
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > a AUTHENTICATE SCRAM-SHA-256
		1 < a NO [CANNOT] ...
		1 > b LOGIN ada right
		1 << b OK ...
		1 close
		2 connect
		2 < * OK ...
		2 > a LOGIN dovecot right
		2 << a OK ...
		2 close
		3 connect
		3 < * OK ...
		3 > a LOGIN alias right
		3 << a OK ...
		3 close
		4 connect
		4 < * OK ...
		4 > a LOGIN ada wrong
		4 < a NO [AUTHENTICATIONFAILED] Wrong user or password
		4 > b LOGIN evil right
		4 < b NO [AUTHENTICATIONFAILED] Wrong user or password
		4 > c LOGIN root right
		4 < c NO [AUTHENTICATIONFAILED] Wrong user or password
		4 close
		5 connect
		5 < * OK ...
		5 > a LOGIN temporary right
		5 < a NO [UNAVAILABLE] ...
		5 > b LOGIN signal right
		5 < b NO [UNAVAILABLE] ...
		5 > c LOGIN silent right
		5 < c NO [UNAVAILABLE] ...
	END
	logged 'login address=127.0.0.1 method=LOGIN .*user=ada$'
	logged 'login address=127.0.0.1 method=LOGIN .*user=canonical$'
	logged 'login failed address=127.0.0.1 reason=password user=ada$'
	logged 'reason=entry user=evil$'
	logged 'reason=entry user=root$'
	logged 'checkpassword exited with 111$'
	logged 'checkpassword ended by signal 9$'
	logged 'checkpassword did not run the program it was given$'
	! grep -i wrong imapd.log || atf_fail "a password in the log"
	# It sees what it is to see, and nothing else of ours.
	head -n 8 seen
	atf_check -o match:"^argument \['PATH', 'PROTO', 'SERVICE', 'TCPREMOTEIP'\]$" \
	    head -n 1 seen
	atf_check -o match:"^b'ada' b'right' True b''" grep "^b'" seen
	grep '^fd ' seen | grep -v -e '^fd [01] /dev/null' -e '^fd 2 ' -e '^fd [34] pipe' \
	    -e '/seen$' -e '/proc/' && atf_fail "a descriptor of ours"
	server_stop
}
exec_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case mechanisms
	atf_add_test_case prepared
	atf_add_test_case offered
	atf_add_test_case salts
	atf_add_test_case password
	atf_add_test_case fail2ban
	atf_add_test_case exec
}
