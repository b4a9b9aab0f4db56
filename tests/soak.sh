#!/bin/sh
#
# soak.sh seconds: for that long, one part after the other, each with its
# share of the time; then the whole suite again and again.  Ends at the first
# failure.  Environment: SEED, where the random parts begin; the time, if it
# is not set.
#
# A test that can run long does so for HIGHWATER_SECONDS.

set -u

seconds=$1
seed=${SEED:-$(date +%s)}
end=$(($(date +%s) + seconds))

# part name share case ...: runs these cases, given a share, in hundredths, of
# the time.
part()
{
	name=$1
	HIGHWATER_SECONDS=$((seconds * $2 / 100 + 1))
	export HIGHWATER_SECONDS
	shift 2
	echo "$name: $HIGHWATER_SECONDS seconds, SEED=$seed"
	if ! SEED=$seed sh tests/check.sh "$@"; then
		echo "$name failed; again with: make soak SEED=$seed"
		exit 1
	fi
	unset HIGHWATER_SECONDS
}

part order 50 order/order_test:soak
part readers 10 table/kills_test:kills
part damage 1 damage
part powercut 10 powercut/powercut_test:daemons
part engine-powercut 5 powercut/engine_cut_test:engine
part kills 5 inject/kill_test
part faults 15 inject/fault_test

HIGHWATER_WORKERS=8
HIGHWATER_MESSAGES=10000
export HIGHWATER_WORKERS HIGHWATER_MESSAGES
part queue 5 queue/queue_test:crowd
unset HIGHWATER_WORKERS HIGHWATER_MESSAGES

rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
	rounds=$((rounds + 1))
	echo "round $rounds"
	sh tests/check.sh || exit 1
done
echo "$rounds rounds, no failure"
