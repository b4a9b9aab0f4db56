# What fuzzing started from and what it has found, without the fuzzer.

atf_test_case corpus
corpus_head()
{
	atf_set descr "each fuzz target takes the files of its corpus"
}
corpus_body()
{
	n=0
	for target in "$(atf_get_srcdir)"/*_replay; do
		name=${target##*/}
		dir=$(atf_get_srcdir)/corpus/${name%_replay}
		[ -d "$dir" ] || continue
		n=$((n + 1))
		"$target" "$dir" >out 2>&1 || {
			tail -n 40 out >&2
			atf_fail "$name failed, on the last file it names"
		}
	done
	[ $n -gt 0 ] || atf_fail "no corpus"
}

atf_init_test_cases()
{
	atf_add_test_case corpus
}
