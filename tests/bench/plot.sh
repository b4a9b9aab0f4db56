#!/bin/sh
#
# plot.sh table directory: draws a table of bench in the directory: how many
# times better Highwater is (ratio.svg, ratio.png), and how figures that were
# taken at several sizes of mailbox grow with it (growth.svg, growth.png).

set -u

table=$1
dir=$2
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# data: all figures with a ratio; size.n: by size, one figure each; sizes:
# their names.  Of a figure "STORE, 10k" the size is 10000.
awk -v tmp="$tmp" '
	/^$/ {
		heading = 1
		next
	}
	heading {
		heading = 0
		less = $0 !~ /more is better/
		title = $0
		sub(/[,:]?  .*/, "", title)
		next
	}
	NF < 3 {
		next
	}
	{
		name = substr($0, 1, 37)
		sub(/ *$/, "", name)
		sub(/^ */, "", name)
		n = split(substr($0, 38), v, " ")
	}
	n >= 3 && v[3] > 0 {
		printf "%d\t%s\t\"%s\"\n", ++rows, v[3], name >(tmp "/ratio")
	}
	less && n >= 2 && match(name, /, [0-9,]+k$/) {
		size = substr(name, RSTART + 2, RLENGTH - 3)
		gsub(/,/, "", size)
		what = substr(name, 1, RSTART - 1)
		if (!(what in number)) {
			number[what] = ++figures
			names[figures] = what
		}
		i = number[what]
		points[i]++
		lines[i] = lines[i] sprintf("%d\t%s\t%s\n", size * 1000,
		    v[1] == "-" ? "nan" : v[1], v[2] == "-" ? "nan" : v[2])
	}
	END {
		for (i = 1; i <= figures; i++) {
			if (points[i] < 3)
				continue
			printf "%s", lines[i] >(tmp "/size." ++drawn)
			print names[i] >(tmp "/sizes")
		}
	}' "$table" || exit 1

if [ ! -s "$tmp/ratio" ]; then
	echo "plot.sh: $table: no figure with a ratio" >&2
	exit 1
fi
rows=$(wc -l <"$tmp/ratio")

# terminal format height
terminal()
{
	case $1 in
	svg)	echo "set terminal svg size 900,$2 dynamic background 'white'" ;;
	png)	echo "set terminal png size 900,$2" ;;
	esac
}

ratios()
{
	terminal "$1" $((rows * 18 + 120))
	cat <<-END
		set output '$dir/ratio.$1'
		set title 'Highwater beside Dovecot: times as fast, or as small'
		set logscale x
		set xrange [0.5:]
		set yrange [$rows + 1:0]
		set grid xtics
		set lmargin 42
		set style fill solid 0.7
		set boxwidth 0.6
		unset key
		set arrow from 1, graph 0 to 1, graph 1 nohead
		plot '$tmp/ratio' using (0.5):1:(0.5):2:(\$1 - 0.35):(\$1 + 0.35):ytic(3) \\
		    with boxxyerror linecolor rgb '#336699'
	END
}

growth()
{
	terminal "$1" $(((drawn + 1) / 2 * 280 + 40))
	cat <<-END
		set output '$dir/growth.$1'
		set multiplot layout $(((drawn + 1) / 2)),2 \\
		    title 'ms, by messages in the mailbox'
		set logscale xy
		set format x '%.0s%c'
		set grid
		set key left top
		set style data linespoints
	END
	n=0
	while read -r name; do
		n=$((n + 1))
		cat <<-END
			set title '$name'
			plot '$tmp/size.$n' using 1:2 title 'Highwater', \\
			    '' using 1:3 title 'Dovecot'
		END
	done <"$tmp/sizes"
	echo 'unset multiplot'
}

for format in svg png; do
	ratios $format | gnuplot || exit 1
	if [ -s "$tmp/sizes" ]; then
		drawn=$(wc -l <"$tmp/sizes")
		growth $format | gnuplot || exit 1
	fi
done
ls "$dir"/*.svg "$dir"/*.png
