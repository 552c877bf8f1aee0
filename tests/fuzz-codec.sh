#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# fuzz-codec.sh RUNS JOBS - so many executions of the codec's fuzz target, shared out among JOBS
# processes that share a corpus. Says how many ran; fails when one of them found something.
set -u
cd "$(dirname "$0")/.." || exit 1
runs=$1 jobs=$2
logs=build/check corpus=build/fuzz/corpus/fuzz_smpp_pdu
mkdir -p "$logs" "$corpus"
rm -f "$logs"/fuzz-codec-*.log

for ((i = 0; i < jobs; i++)); do
	build/fuzz/bin/fuzz_smpp_pdu -runs=$((runs / jobs + (i < runs % jobs))) -reload=60 -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="$logs/fuzz_smpp_pdu-" -print_final_stats=1 \
		"$corpus" tests/fuzz/seeds/smpp_pdu >"$logs/fuzz-codec-$i.log" 2>&1 </dev/null &
	pids[i]=$!
done

failed=0
for ((i = 0; i < jobs; i++)); do
	wait "${pids[i]}" && continue
	failed=1
	tail -n 40 "$logs/fuzz-codec-$i.log" >&2
done
sed -n 's/^stat::number_of_executed_units: *//p' "$logs"/fuzz-codec-*.log |
	awk -v failed=$failed '{ n += $1 }
		END { print n + 0, "executions of the codec,", failed ? "with a finding" : "all clean" }'
exit $failed
