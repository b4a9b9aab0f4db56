# SEARCH.

# letter day subject from [flags]: in cur, dated by its file too.
letter()
{
	n=$((${n:-0} + 1))
	letter=Maildir/cur/$((1700000000 + n)).M${n}P1.test:2,$4
	{
		printf 'From: %s\nTo: demo@example.org\n' "$3"
		printf 'Subject: %s\n' "$2"
		printf 'Date: %s Mar 2026 23:30:00 -0500\n' "$1"
		printf 'X-Number: %d\n\nBody of letter %d.\n' $n $n
		[ $n -ne 3 ] || awk 'BEGIN {
			for (i = 0; i < 200; i++) print "more" }'
	} >"$letter"
	touch -t "2026030$((n + 1))1200" "$letter"
}

five()
{
	n=0
	letter 1 'Tea and biscuits' 'Ada <ada@example.org>' S
	letter 2 '=?UTF-8?Q?Caf=C3=A9?=' 'bob@example.org' FS
	letter 3 'TEA again' 'carol@example.org' R
	letter 4 'nothing' '=?UTF-8?B?SsO8cmdlbg==?= <j@example.org>' D
	letter 5 'last' 'ada@example.org' T
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case search five "all keys"
}
