# CONDSTORE: RFC 7162 section 3.1.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case modseq three "each change has a number of its own"
	dialogue_case enabling three "what turns CONDSTORE on"
	dialogue_case changedsince three "CHANGEDSINCE and SEARCH MODSEQ"
	dialogue_case unchangedsince three "UNCHANGEDSINCE and MODIFIED"
	dialogue_case perflag three \
	    "checklist 57, checklist 59: conflicts are those of the flags named"
	dialogue_case beyond three "CHANGEDSINCE above the highest"
	dialogue_case readers three "others learn of each change once"
	dialogue_case qresync three "QRESYNC in SELECT and EXAMINE"
	dialogue_case vanished three "VANISHED in all its places"
}
