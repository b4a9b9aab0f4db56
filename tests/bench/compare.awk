# compare.awk recorded now: tables of bench, an earlier one and this one.
# Says which figures have got worse by more than a fifth, by their ratios to
# the other server's, which ran on the same machine at the same time.

# A title is what follows an empty line; figures have three numbers, and may
# have a spread.  One whose name is indented belongs to the one above it.
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
	n = split(substr($0, 38), v, " ")
}
n < 3 || v[1] + 0 <= 0 || v[2] + 0 <= 0 {
	next
}
{
	ratio = v[3] + 0
	if (file == 1)
		recorded[name] = ratio
	else if (name in recorded && ratio < 0.8 * recorded[name]) {
		if (!worse++)
			print "\nWorse than in tests/bench/results:"
		printf "%s: %.2f, was %.2f\n", name, ratio, recorded[name]
	}
}
