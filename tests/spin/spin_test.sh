# How sessions read tables while indexd writes, as models in Promela: SPIN
# looks at every state.  Each model must hold, and must not hold any more with
# any one of the defects that it has: then it would not be worth much.
#
# Nothing is sampled or cut off: a search that was not complete has failed.

# search model options ...: the report is in pan.out then.
search()
{
	local model flags collapse

	model=$1
	shift
	flags=-m20000
	collapse=
	# There states are large, and the end of a run is often that the
	# reader tries again.
	if [ "$model" = publish ]; then
		flags="$flags -E"
		collapse=-DCOLLAPSE
	fi
	cp "$(atf_get_srcdir)/$model.pml" .
	spin -a "$@" "$model.pml" >spin.out 2>&1 || {
		cat spin.out >&2
		atf_fail "spin"
	}
	# shellcheck disable=SC2086
	${CC:-cc} -w -DSAFETY $collapse -DMEMLIM=3000 -o pan pan.c ||
	    atf_fail "the verifier does not compile"
	# shellcheck disable=SC2086
	./pan $flags -w22 >pan.out 2>&1
	cat pan.out
}

# holds model options ...: no state that can be reached is wrong.
holds()
{
	search "$@"
	grep -q ', errors: 0$' pan.out || atf_fail "$1 does not hold"
	! grep -q -e 'Search not completed' -e 'too small' -e 'out of memory' \
	    -e 'MEMLIM' pan.out || atf_fail "not all states were seen"
}

# model name case description options ...: a case in which the model holds.
model()
{
	local name case descr

	name=$1
	case=$2
	descr=$3
	shift 3
	cases="$cases $case"
	eval "
		atf_test_case $case
		${case}_head()
		{
			atf_set descr '$name: $descr'
			atf_set require.progs 'spin ${CC:-cc}'
			atf_set timeout 300
		}
		${case}_body()
		{
			holds $name $*
		}"
}

# defect model name what-fails description: a case in which the model, with
# -DBUG_name, must fail, and with just that.
defect()
{
	local case

	case=$1_$(echo "$2" | tr '[:upper:]' '[:lower:]')
	cases="$cases $case"
	eval "
		atf_test_case $case
		${case}_head()
		{
			atf_set descr '$1: found out: $4'
			atf_set require.progs 'spin ${CC:-cc}'
			atf_set timeout 300
		}
		${case}_body()
		{
			search $1 -DBUG_$2
			grep '^pan:1: ' pan.out | tr -d ' ' >found
			grep -q -F -e '$3' found ||
			    atf_fail 'BUG_$2 was not found out, or otherwise'
		}"
}

cases=

# What fails, as pan says it, without the spaces.
torn='violated(a==b)'
moment='violated(v==i)'
tree='violated(((e1%2)==0)&&(expver[a]==(e1/2)))'
notice='violated(((v+1)/2)>=expver[a])'
highest='violated(a>=wrote0[h])'
entry='violated(v==h)'
back='wrote0[batch]>=val['

model publish publish 'what one reader may see, by the memory model of C11'
defect publish NO_ROW_FENCE "$torn" 'no release fence behind an odd row.seq'
defect publish ROW_RELAXED "$torn" 'row.seq made even without release'
defect publish ROW_IN_PLACE "$torn" 'a row written while its seq is even'
defect publish FIRST_RELAXED "$torn" 'row.seq first read without acquire'
defect publish NO_ACQUIRE "$torn" 'no acquire fence before the second look'
defect publish NO_RECHECK "$torn" 'no second look at row.seq'
defect publish NO_PUB_FENCE "$tree" 'no release fence behind odd sequences'
defect publish EXP_RELAXED "$moment" 'exp_seq made odd without release'
defect publish PUB_FIRST "$moment" 'pub_seq made even before exp_seq'
defect publish EXP_LATE "$notice" 'exp_seq made odd after the rows'
defect publish NO_EXP "$notice" 'an expunge without exp_seq'
defect publish NO_UNCHANGED "$tree" 'no second look at exp_seq'
defect publish HIGHEST_FIRST "$highest" 'HIGHESTMODSEQ before the rows'
defect publish LOG_LATE "$entry" 'an entry of the log after nlog'
defect publish PUBLISH_FIRST "$back" 'a publish before the journal has it'
defect publish EVEN_FIRST "$torn" \
    'recovery makes sequences even, then writes rows'
defect publish GROW_INSIDE "$tree" 'a growth that ends a recovery early'

exists='violated(exists=='
verify='violated((place==before)||(count==exists))'
highest='||(died[w]>highest))'

model session session 'drain, place, gone, numbers'
defect session NO_SETTLE "$exists" 'a tree that may be newer than the drain'
defect session SETTLE_FIRST "$exists" 'exp_seq looked at before the tree'
defect session EXP_LATE "$exists" 'exp_seq noted after the drain'
defect session PLACE_LATE "$verify" 'a place read after the drain'
defect session TAKE_NEW "$exists" 'expunges of messages never announced'
defect session TAKE_OLD "$verify" 'expunges that were announced before'
defect session HIGHEST "$highest" \
    'HIGHESTMODSEQ above an expunge that is not announced'

end='violated(((g==newest)&&(place==high[newest]))&&(known==live[newest]))'
verify='||(((gone>>u)&1)==!(((died[u]==0)||(died[u]>place)))))'
flags='||(sent[u]==flags[u]))'
stuck='invalidendstate'

model generation generation 'compaction, two kills, two changes'
model generation generation_long 'compaction, three changes' \
    -DKILLS=0 -DBATCHES=3
defect generation OVER_LATE "$verify" 'superseded looked at after the drain'
defect generation NO_MERGE "$verify" 'live rows not compared'
defect generation PUBLISH_OLD "$verify" 'a publish in a superseded file'
defect generation NO_CATCH_UP "$end" 'rows not copied again'
defect generation DROP_LAST "$flags" 'the last entry of a message dropped'
defect generation MARK_FIRST "$stuck" 'superseded before there is a newer one'
defect generation NO_MARK_AT_START "$end" \
    'an older file that is not marked at the start'
defect generation UNLINK_FIRST "$end" \
    'an older file unlinked before it is marked'

atf_init_test_cases()
{
	local case

	for case in $cases; do
		atf_add_test_case "$case"
	done
}
