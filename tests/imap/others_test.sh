# What other programs do to the Maildir, and what they see of us.

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case others three "deliveries, renames and removals are seen"
	dialogue_case names three "flags reach the file names"
}
