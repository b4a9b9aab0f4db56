# IMAP4rev2 (RFC 9051), UTF8=ACCEPT (RFC 6855), and the ways of clients.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case native three "ENABLE IMAP4rev2 first, then all that differs"
	dialogue_case neither three "what a client that enables nothing sees"
	dialogue_case names empty "UTF8=ACCEPT: mailbox names in UTF-8"
	dialogue_case global empty "message/global within messages"
	dialogue_case oddities three "known oddities of clients"
	atf_add_test_case lines
	atf_add_test_case users
}

# Thunderbird for Android sends up to 8172 octets; RFC 7162 section 4 asks for
# 8192.  Before login that is all there is.
atf_test_case lines cleanup
lines_head()
{
	atf_set descr "lines of 8192 octets, before login and after"
	atf_set require.user unprivileged
}
lines_body()
{
	server_start
	{
		printf '1 connect\n1 < * OK ...\n'
		# With CRLF: 8172, 8192, 8193 and much more.
		printf '1 > a1 NOOP%8163s\n1 < a1 OK ...\n' ''
		printf '1 > a2 NOOP%8183s\n1 < a2 OK ...\n' ''
		printf '1 > a3 NOOP%8184s\n1 < a3 BAD ...\n' ''
		printf '1 > a4 NOOP%60000s\n1 < a4 BAD ...\n' ''
		printf '1 > a5 LOGIN demo demo\n1 < a5 OK ...\n'
		printf '1 > b1 NOOP%8163s\n1 < b1 OK ...\n' ''
		printf '1 > b2 NOOP%8183s\n1 < b2 OK ...\n' ''
		printf '1 > b3 NOOP%60000s\n1 < b3 OK ...\n' ''
		printf '1 > b4 NOOP%140000s\n1 < b4 BAD ...\n' ''
		printf '1 > b5 NOOP\n1 < b5 OK ...\n'
	} >lines.dlg
	dlg "$(server_addr)" lines.dlg
	dlg "$(server_inetd)" lines.dlg
	server_stop
}
lines_cleanup()
{
	server_cleanup
}

# RFC 9051 section 9 has UTF-8 in LOGIN's strings, RFC 6855 section 5 in
# AUTHENTICATE alone.
atf_test_case users cleanup
users_head()
{
	atf_set descr "names and passwords of users in UTF-8"
	atf_set require.user unprivileged
}
users_body()
{
	server_start
	echo "jürgen:{PLAIN}größe:$(id -u):$(id -g)::$PWD:/nonexistent" \
	    >>passwd
	cat >users.dlg <<-'END'
		1 connect
		1 < * OK ...
		1 >> a1 LOGIN "j\xfcrgen" "gr\xf6\xdfe"\r\n
		1 < a1 BAD ...
		1 > a2 LOGIN "jürgen" "gross"
		1 < a2 NO [AUTHENTICATIONFAILED] ...
		1 > a3 LOGIN jürgen größe
		1 < a3 BAD ...
		1 > a4 LOGIN "jürgen" "größe"
		1 < a4 OK ...
		2 connect
		2 < * OK ...
		2 > b1 LOGIN {lit:jürgen} {lit+:größe}
		2 < b1 OK ...
		3 connect
		3 < * OK ...
		3 > c1 AUTHENTICATE PLAIN AGrDvHJnZW4AZ3LDtsOfZQ==
		3 < c1 OK ...
	END
	dlg "$(server_addr)" users.dlg
	server_stop
}
users_cleanup()
{
	server_cleanup
}
