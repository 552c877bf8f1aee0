#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# run-tests.sh [SUITE...] - runs the suites, prints a line for each and then one line for all:
# "N passed, M failed". Each suite's output is in build/check/<suite>.log.
set -u
cd "$(dirname "$0")/.." || exit 1
export FLAVOUR=${FLAVOUR:-asan}
# A test that hangs fails; one on a busy machine does not.
export CK_FORK=yes CK_DEFAULT_TIMEOUT=120 LC_ALL=C.UTF-8
MAKE=${MAKE:-make}
JOBS=${JOBS:-$(nproc)}
FUZZ_SECONDS=${FUZZ_SECONDS:-6}
FUZZ_RUNS=${FUZZ_RUNS:-1000000}
logs=build/check
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# count SUITE PASSED FAILED SKIPPED SECONDS
count() {
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
	local line
	line=$(printf '%-8s %d passed, %d failed' "$1:" "$2" "$3")
	[ "$4" -eq 0 ] || line="$line, $4 skipped"
	echo "$line  ($5 s)"
}

# The last lines of a log, for the reader of a failure.
show() {
	{
		echo "--- $1"
		tail -n "${2:-40}" "$1"
		echo "---"
	} >&2
}

suite_build() {
	local bad=0 good=0 target
	for target in "FLAVOUR=$FLAVOUR all unit-bin lift-bin interop-bin" "FLAVOUR=fuzz fuzz-bin"; do
		# shellcheck disable=SC2086 # words for make
		if MAKEFLAGS= $MAKE --no-print-directory -j"$JOBS" $target >"$logs/build.log" 2>&1 </dev/null; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
			show "$logs/build.log"
		fi
	done
	echo "$good $bad 0"
}

# beside COMMAND ARGUMENT...: COMMAND with each argument, JOBS of them at a time.
beside() {
	local command=$1 argument
	shift
	for argument in "$@"; do
		while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n; done
		"$command" "$argument" &
	done
	wait
}

check_log() { echo "$logs/$(echo "$1" | tr / -).log"; }

# A Check program; its exit status is the last line of its log.
check_one() {
	local out
	out=$(check_log "$1")
	timeout 300 "build/$FLAVOUR/$1" >"$out" 2>&1 </dev/null
	echo "exit status $?" >>"$out"
}

# run_check FOLDER PATTERN: the Check programs in a folder of the build, by the names of their sources.
run_check() {
	local ok=0 bad=0 out checks failures errors source
	local programs=()
	for source in tests/unit/$2; do programs+=("$1/$(basename "$source" .c)"); done
	beside check_one "${programs[@]}"
	for program in "${programs[@]}"; do
		out=$(check_log "$program")
		read -r checks failures errors < <(sed -nE \
			's/^[0-9]+%: Checks: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+).*/\1 \2 \3/p' \
			"$out" | awk '{ c += $1; f += $2; e += $3 } END { print c + 0, f + 0, e + 0 }')
		local wrong=$((failures + errors))
		ok=$((ok + checks - wrong))
		# A program that ended badly, or ran nothing, has failed even if no check did.
		if [ "$wrong" -eq 0 ] && { ! grep -q '^exit status 0$' "$out" || [ "$checks" -eq 0 ]; }; then
			wrong=1
		fi
		[ "$wrong" -eq 0 ] || show "$out" 30
		bad=$((bad + wrong))
	done
	echo "$ok $bad 0"
}

suite_unit() { run_check unit 'test_*.c'; }
# smpp/ as a library of its own: make smpp-lib.
suite_lift() { run_check lift/unit 'test_smpp_*.c'; }

# How long a libFuzzer target runs: those of SMPP, which reads what strangers send, for FUZZ_RUNS
# executions; the others, and all when FUZZ_RUNS is -1, for FUZZ_SECONDS.
fuzz_bound() {
	case $1 in
	fuzz_smpp_*) [ "$FUZZ_RUNS" -lt 0 ] || { echo "-runs=$FUZZ_RUNS" && return; } ;;
	esac
	echo "-max_total_time=$FUZZ_SECONDS"
}

# Longer inputs find nothing more there, and cost: a message is 140 octets. Weighing the corpus of
# texts anew after each input takes longer than the input.
fuzz_length() {
	case $1 in
	fuzz_smpp_text) echo -max_len=141 -entropic=0 ;;
	fuzz_smpp_session | fuzz_smpp_concat) echo -max_len=512 ;;
	esac
}

# One target, from its seeds. What it finds is kept in its corpus.
fuzz_one() {
	local name=$1 log=$logs/$1.log
	local corpus=build/fuzz/corpus/$name seeds=tests/fuzz/seeds/${name#fuzz_}
	mkdir -p "$corpus"
	[ -d "$seeds" ] || seeds=
	# shellcheck disable=SC2046,SC2086 # words
	timeout 3900 "build/fuzz/bin/$name" $(fuzz_bound "$name") $(fuzz_length "$name") -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="$logs/$name-" -print_final_stats=1 "$corpus" $seeds \
		>"$log" 2>&1 </dev/null
	echo "exit status $?" >>"$log"
}

# Beside each other, the long ones of SMPP first; then a line for each with what it did in fuzz.log.
suite_fuzz() {
	local ok=0 bad=0 name
	# shellcheck disable=SC2046 # words
	beside fuzz_one $(basename -s .c $(ls -r tests/fuzz/fuzz_*.c))
	: >"$logs/fuzz.log"
	for name in tests/fuzz/fuzz_*.c; do
		name=$(basename "$name" .c)
		if grep -q '^exit status 0$' "$logs/$name.log"; then
			ok=$((ok + 1))
			sed -n "s/^Done \(.*\)/$name: \1/p" "$logs/$name.log" >>"$logs/fuzz.log"
		else
			bad=$((bad + 1))
			show "$logs/$name.log"
		fi
	done
	echo "$ok $bad 0"
}

# Counts in the TAP output of a file.
tap() {
	awk '/^ *ok /{ if ($0 ~ /# SKIP/) s++; else p++ } /^ *not ok /{ f++ }
		END { print p + 0, f + 0, s + 0 }' "$1"
}

suite_lint() {
	bash tests/lint.sh >"$logs/lint.log" 2>&1 </dev/null
	local result
	result=$(tap "$logs/lint.log")
	[ "$(echo "$result" | cut -d' ' -f2)" -eq 0 ] || grep -A12 '^not ok' "$logs/lint.log" >&2
	echo "$result"
}

node_log() { echo "$logs/$(basename "$(dirname "$1")")-$(basename "$1" .test.mjs).log"; }

# A file of Node's own test runner, for NODE_LIMIT seconds at most.
node_one() {
	local out
	out=$(node_log "$1")
	timeout -k 10 "$NODE_LIMIT" node --test --test-reporter=tap "$1" >"$out" 2>&1 </dev/null
	echo "exit status $?" >>"$out"
}

# run_node SUITE SECONDS RUNNER: the files of a suite, beside each other or one by one.
run_node() {
	local ok=0 bad=0 skip=0 file
	NODE_LIMIT=$2 $3 node_one tests/"$1"/*.test.mjs
	for file in tests/"$1"/*.test.mjs; do
		local out p f c s
		out=$(node_log "$file")
		p=$(sed -n 's/^# pass //p' "$out" | tail -1) f=$(sed -n 's/^# fail //p' "$out" | tail -1)
		c=$(sed -n 's/^# cancelled //p' "$out" | tail -1) s=$(sed -n 's/^# skipped //p' "$out" | tail -1)
		local wrong=$((${f:-0} + ${c:-0}))
		if [ "$wrong" -eq 0 ] && ! grep -q '^exit status 0$' "$out"; then wrong=1; fi
		if [ -z "$p" ]; then wrong=$((wrong > 0 ? wrong : 1)); fi
		[ "$wrong" -eq 0 ] || { grep -A25 '^ *not ok' "$out" || tail -n 40 "$out"; } >&2
		[ "${s:-0}" -eq 0 ] || sed -nE 's/^ *ok [0-9]+ - (.*) # SKIP/skipped: \1:/p' "$out" >&2
		ok=$((ok + ${p:-0})) bad=$((bad + wrong)) skip=$((skip + ${s:-0}))
	done
	echo "$ok $bad $skip"
}

one_by_one() { JOBS=1 beside "$@"; }

# They wait more than they work: for peers, clocks and syncs.
suite_flow() { run_node flow 300 beside; }
suite_interop() { run_node interop 300 beside; }
# What is killed, filled or starved has the machine to itself.
suite_faults() { run_node faults 600 one_by_one; }
# The town: verdicts beside faults of the feeds, and rewards beside everything.
suite_sim() { run_node sim 600 one_by_one; }

[ $# -gt 0 ] || set -- build unit lift lint fuzz flow interop faults sim
for suite in "$@"; do
	began=$SECONDS
	read -r ok bad skip <<<"$("suite_$suite")"
	count "$suite" "${ok:-0}" "${bad:-1}" "${skip:-0}" $((SECONDS - began))
	if [ "$suite" = build ] && [ "${bad:-1}" -ne 0 ]; then break; fi
done

line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
