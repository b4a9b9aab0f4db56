# COMPRESS=DEFLATE (RFC 4978) as a client has it.

packed()
{
	if ! timeout 100 python3 "$(atf_get_srcdir)/packed.py" \
	    "$(server_port)" "$@"; then
		server_logs
		atf_fail "$1"
	fi
}

# case_of name text [setup]: a case that is one function of packed.py.
case_of()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
			atf_set require.progs python3
		}
		$1_body()
		{
			. \"\$(atf_get_srcdir)/../common.subr\"
			maildir_make Maildir
			${3:-:}
			server_start
			packed $1
			${4:-:}
			server_stop
		}
		$1_cleanup()
		{
			. \"\$(atf_get_srcdir)/../common.subr\"
			server_cleanup
		}"
}

# The lines of each session's end are there once all are gone.
logged()
{
	wait_for "the line '$1'" grep -q "$1" imapd.log
}

not_logged()
{
	atf_check -s exit:1 grep -q "$1" imapd.log
}

# Messages whose bodies have nothing in common with themselves.
noisy()
{
	python3 - <<-'END' | deliver
		import hashlib
		print("From: a@example.org\nSubject: noise\n")
		for i in range(200):
		    print(hashlib.sha512(b"%d" % i).hexdigest())
	END
	cp Maildir/new/* copy.msg
	deliver <copy.msg
}

case_of negotiate \
    "offered after login, accepted once, ended with the stream" \
    "deliver_some 3" "logged 'session: end .*ratio='"
case_of append "literals of megabytes, both ways" : \
    "logged 'session: end .* wire-in=[0-9]* wire-out=[0-9]* ratio=[1-9]'"
case_of idle "what IDLE tells is flushed at once, after a rest too" \
    "deliver_some 1"
case_of ahead "what is sent with the command is compressed already"
case_of injected "what was sent in plain after the command is not run" : \
    "logged 'compress: what the client sends is broken'; \
    atf_check test ! -e Maildir/.injected"
case_of bomb "much from little is a line that is too long" : \
    "logged 'session: end .* in=[4-9][0-9]\{6\} '"
case_of apart "no length of a body tells what another says" noisy
case_of silent_end "a client that ends its stream has gone" : \
    "logged 'session: end'; not_logged 'compress: '"

atf_test_case tls cleanup
tls_head()
{
	atf_set descr "COMPRESS over TLS: compressed first, and both end in order"
	atf_set require.user unprivileged
	atf_set require.progs "python3 openssl"
}
tls_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	maildir_make Maildir
	deliver_some 3
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -days 30 -subj /CN=localhost -keyout one.key -out one.crt \
	    2>/dev/null || atf_fail "no certificate"
	IMAPD_CONF="tls certificate \"$PWD/one.crt\" key \"$PWD/one.key\"
	    listen on 127.0.0.1 port 0 tls"
	server_start
	sed -n 's/.*listening .*port=\([0-9]*\).*/\1/p' imapd.log | tail -n 1 \
	    >imapd.port
	packed negotiate tls
	packed idle tls
	packed append tls
	packed silent_end tls
	logged 'session: end .*ratio=[1-9]'
	server_stop
}
tls_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case tls
	atf_add_test_case negotiate
	atf_add_test_case append
	atf_add_test_case idle
	atf_add_test_case ahead
	atf_add_test_case injected
	atf_add_test_case bomb
	atf_add_test_case apart
	atf_add_test_case silent_end
}
