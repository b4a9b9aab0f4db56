# Mailboxes and what is told of them, beyond RFC 3501.

atf_test_case slash cleanup
slash_head()
{
	atf_set descr '"/" as separator, names from imapd.conf'
	atf_set require.user unprivileged
}
slash_body()
{
	IMAPD_CONF='separator "/"
		special use sent "Gesendet" "Post/Gesendet"
		special use trash none
		special use junk "Unerwünscht"'
	dialogue slash empty
}
slash_cleanup()
{
	server_cleanup
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case special empty "SPECIAL-USE, CREATE-SPECIAL-USE"
	dialogue_case status three "STATUS: sizes, ids, nothing that was"
	dialogue_case quota empty "QUOTA: maildirsize"
	dialogue_case tree three "CREATE, RENAME, DELETE of trees of mailboxes"
	atf_add_test_case slash
	dialogue_case scripts empty "names in all scripts"
}
