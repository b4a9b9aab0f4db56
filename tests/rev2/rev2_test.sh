# IMAP4rev2 (RFC 9051), UTF8=ACCEPT (RFC 6855), and the ways of clients.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case native three "ENABLE IMAP4rev2 first, then all that differs"
	dialogue_case neither three "what a client that enables nothing sees"
	dialogue_case names empty "UTF8=ACCEPT: mailbox names in UTF-8"
	dialogue_case global empty "message/global within messages"
	dialogue_case oddities three "known oddities of clients"
}
