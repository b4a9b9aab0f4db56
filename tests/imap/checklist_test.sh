# The table in tests/checklist says which test shows which behaviour; so do
# the descriptions of these tests.

NUMBERS=73

# Prints "number program:case" for each test of the table, "number no" where
# there is a reason for none.
the_table()
{
	awk '
	/^[0-9]+\. / { n = $1 + 0; print n, "is"; next }
	/^\tno: ./ { print n, "no"; next }
	/^\t/ { print n, $1; if (NF != 1) print n, "words" }
	' "$1"
}

# description file case: prints the text of its description.
description()
{
	awk -v name="$2" '
	# In shell: a line, or two, of the case, or its head.
	/_case [a-z_0-9]+ / || /^[a-z_0-9]+_head\(\)/ {
		on = $2 == name || $0 ~ "^" name "_head\\(\\)"
	}
	# In C: its head.
	/^ATF_TC_HEAD\(/ { on = index($0, "ATF_TC_HEAD(" name ",") == 1 }
	/^}/ { on = 0 }
	on
	' "$1"
}

# Whether the text on standard input has "checklist ..., number, ...:".
has()
{
	awk -v n="$1" '
	{ text = text " " $0 }
	END {
		gsub(/"[ \t]*"/, "", text)
		if (!match(text, /checklist [0-9, checklist]*:/))
			exit 1
		k = split(substr(text, RSTART, RLENGTH), word, /[^0-9]+/)
		for (i = 1; i <= k; i++)
			if (word[i] == n)
				exit 0
		exit 1
	}'
}

# The table has each number, each with a test or a reason.
numbers()
{
	awk -v last=$NUMBERS '
	$2 == "is" {
		if ($1 != ++n) {
			print "number " n " is not there"
			exit 1
		}
		next
	}
	$2 == "words" { print "a line of " $1 " is not understood"; exit 1 }
	{ shown[$1] = 1 }
	END {
		if (n != last) {
			print n " numbers, not " last
			exit 1
		}
		for (i = 1; i <= last; i++)
			if (!shown[i]) {
				print i ": no test, no reason"
				exit 1
			}
	}'
}

# Each test of the table on standard input, in the tree below a directory.
shown()
{
	local dir n test file bad

	dir=$1
	bad=0
	while read -r n test; do
		case $test in
		is|no|words)
			continue
			;;
		esac
		for file in "$dir/${test%:*}.c" "$dir/${test%:*}.sh"; do
			[ ! -f "$file" ] || break
		done
		if [ ! -f "$file" ]; then
			echo "$n: there is no $test"
			bad=1
		elif ! description "$file" "${test#*:}" | has "$n"; then
			echo "$n: $test does not say it"
			bad=1
		fi
	done
	return $bad
}

atf_test_case table
table_head()
{
	atf_set descr "each behaviour has a test that says so"
}
table_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	the_table "$(top)/tests/checklist" >rows
	numbers <rows || atf_fail "the table has gaps"
	shown "$(top)/tests" <rows || atf_fail "tests do not say what they show"
}

# A table that is wrong is found out.
atf_test_case wrong
wrong_head()
{
	atf_set descr "a gap, a missing test and a silent one are found"
}
wrong_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	the_table "$(top)/tests/checklist" >rows
	! grep -v '^12 is' rows | numbers || atf_fail "a gap"
	! grep -v '^73 [a-z]*/' rows | numbers || atf_fail "no test"
	! head -n 20 rows | numbers || atf_fail "an end"
	! echo '1 imap/nonesuch_test:modseq' | shown "$(top)/tests" ||
	    atf_fail "no such program"
	! echo '1 imap/condstore_test:nonesuch' | shown "$(top)/tests" ||
	    atf_fail "no such case"
	! echo '2 imap/condstore_test:modseq' | shown "$(top)/tests" ||
	    atf_fail "another number, shell"
	! echo '7 cut/cut_test:qresync' | shown "$(top)/tests" ||
	    atf_fail "another number, C"
}

atf_init_test_cases()
{
	atf_add_test_case table
	atf_add_test_case wrong
}
