# compare.awk recorded now: tables of bench, an earlier one and this one.
# Says which figures have got worse by more than a fifth, by their ratios to
# the other server's, which ran on the same machine at the same time.

# A title is what follows an empty line; figures have three numbers.  One whose
# name is indented belongs to the one above it.
FNR == 1 {
	file++
}
/^$/ {
	heading = 1
	next
}
heading {
	heading = 0
	title = $0
	sub(/  .*/, "", title)
	next
}
{
	name = substr($0, 1, 37)
	sub(/ *$/, "", name)
	if (name !~ /^ /)
		above = name
	else
		name = above name
	name = title ": " name
}
NF < 4 || $NF + 0 <= 0 || $(NF - 1) + 0 <= 0 || $(NF - 2) + 0 <= 0 {
	next
}
{
	if (file == 1)
		recorded[name] = $NF
	else if (name in recorded && $NF < 0.8 * recorded[name]) {
		if (!worse++)
			print "\nWorse than in tests/bench/results:"
		printf "%s: %.2f, was %.2f\n", name, $NF, recorded[name]
	}
}
