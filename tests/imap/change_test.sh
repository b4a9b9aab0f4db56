# Changing messages: STORE, EXPUNGE, COPY, MOVE, APPEND.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case store three \
	    "checklist 7, 56: STORE and keywords"
	dialogue_case expunge three "EXPUNGE and UID EXPUNGE"
	dialogue_case copy three "COPY and MOVE"
	dialogue_case append empty "APPEND of one message and of several"
}
