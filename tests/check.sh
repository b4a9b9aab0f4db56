#!/bin/sh
#
# Runs the tests that are built, or those that the arguments name, as in
# "sh tests/check.sh parser tests of one directory" or "imapdlg/imapdlg_test".
# The last line says how many passed, failed and were skipped; it is also
# written to build/summary.  Exits with what kyua-test(1) says.
#
# Most cases must not run as root; root runs them as the user nobody, out of
# a copy if nobody may not read this tree.

set -u

results=$PWD/build/results.db
summary=$PWD/build/summary
mkdir -p build || exit 1
rm -f "$results" "$summary"

set -- -k tests/Kyuafile -r "$results" "$@"
config="-v parallelism=${PARALLELISM:-4}"
copy=
if [ "$(id -u)" -eq 0 ]; then
	config="$config -v unprivileged_user=nobody"
	if ! su -s /bin/sh nobody -c "test -r '$PWD/tests/Kyuafile'" \
	    >/dev/null 2>&1; then
		copy=$(mktemp -d /tmp/highwater.XXXXXX) || exit 1
		trap 'rm -rf "$copy"' EXIT
		trap 'exit 1' HUP INT TERM
		cp -RL Makefile README common imapd indexd tests man etc \
		    "$copy" ||
		    exit 1
		# Programs that are unpacked there: see tests/deps.sh.
		for d in courier xinetd; do
			[ -d build/$d ] || continue
			mkdir -p "$copy/build" &&
			    cp -R build/$d "$copy/build" || exit 1
		done
		chmod -R a+rX "$copy"
		cd "$copy" || exit 1
	fi
fi

# For programs that are built with a sanitizer.
LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export LSAN_OPTIONS

# shellcheck disable=SC2086
kyua --config=none $config test "$@"
status=$?
if [ $status -ne 0 ]; then
	kyua report -r "$results" --verbose \
	    --results-filter=failed,broken 2>/dev/null |
	    sed '/^Environment variables:/,/^===>/{/^===>/!d;}'
fi
kyua report -r "$results" --results-filter=skipped 2>/dev/null |
    sed -n '/^===> Skipped/,/^===> Summary/p' | sed '$d'
kyua report -r "$results" 2>/dev/null | awk '
	$1 == "Test" && $2 == "cases:" {
		total = $3; skipped = $5; broken = $10; failed = $12
		printf "%d passed, %d failed, %d skipped\n",
		    total - skipped - broken - failed, broken + failed, skipped
	}' | tee "$summary"
exit $status
