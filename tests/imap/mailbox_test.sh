# Mailboxes: making, naming, listing them.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case folders three "CREATE, DELETE, RENAME, STATUS"
	dialogue_case list three "LIST, LSUB, SUBSCRIBE, NAMESPACE, CHILDREN"
	dialogue_case extended three "LIST-EXTENDED, LIST-STATUS"
}
