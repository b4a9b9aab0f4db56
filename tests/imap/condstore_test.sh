# CONDSTORE: RFC 7162 section 3.1.

ten()
{
	deliver_some 10
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case modseq three \
	    "checklist 1, 4, 7, 8, 54: each change has a number of its own"
	dialogue_case enabling three \
	    "checklist 12, 13, 14, 16, 51: what turns CONDSTORE on"
	dialogue_case enabled ten \
	    "checklist 14, 15, 16, 18, 21, 43, 45, 46: what is on stays on"
	dialogue_case raised three \
	    "checklist 1, 3, 8, 9, 29, 50: numbers rise, nothing lowers them"
	dialogue_case changedsince three \
	    "checklist 32, 54, 62, 64: CHANGEDSINCE and SEARCH MODSEQ"
	dialogue_case unchangedsince three \
	    "checklist 55: UNCHANGEDSINCE and MODIFIED"
	dialogue_case perflag three \
	    "checklist 57, checklist 59: conflicts are those of the flags named"
	dialogue_case refused ten \
	    "checklist 34, 55, 56, 58, 60, 61: STORE refused for some messages"
	dialogue_case beyond three "CHANGEDSINCE above the highest"
	dialogue_case readers three \
	    "checklist 51: others learn of each change once"
	dialogue_case qresync three \
	    "checklist 19, 22, 23, 24, 25, 26, 27, 30, 31: QRESYNC in SELECT"
	dialogue_case vanished three \
	    "checklist 17, 30, 31, 33, 35, 42, 43, 44, 46, 48, 49, 50: VANISHED"
}
