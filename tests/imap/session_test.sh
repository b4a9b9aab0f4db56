# Commands of any state, login, and the selected mailbox.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case any empty "commands of any state"
	dialogue_case login empty "LOGIN and AUTHENTICATE"
	dialogue_case select three \
	    "checklist 19, 60: SELECT, EXAMINE, CLOSE, UNSELECT"
	dialogue_case idle three "IDLE tells of changes and deliveries"
	dialogue_case pipeline three \
	    "checklist 61: commands in one write keep their order"
	dialogue_case bad three "mistakes are answered and the session goes on"
}
