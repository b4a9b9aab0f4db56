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
