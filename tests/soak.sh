#!/bin/sh
#
# soak.sh seconds: runs the whole suite again and again for that long, and
# ends at the first failure.

set -u

end=$(($(date +%s) + $1))
rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
	rounds=$((rounds + 1))
	echo "round $rounds"
	sh tests/check.sh || exit 1
done
echo "$rounds rounds, no failure"
