#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# lint.sh - what can be seen without running: prints TAP. Other lint-*.sh beside it are run as well.
set -u
cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -I."
packages=$(pkg-config --cflags libosmocore talloc libevent hiredis libcyaml jansson sqlite3 nettle 2>/dev/null)
work=build/check/lint
mkdir -p "$work"
number=0

# verdict NAME PROBLEMS: ok when there are none.
verdict() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		sed 's/^/  # /' <<<"$2"
	fi
}

headers_alone() {
	local header
	for header in rules/*.h blocklist/*.h smpp/*.h gateway/*.h; do
		# shellcheck disable=SC2086
		echo "#include \"$header\"" | $CC $flags -Werror $packages -fsyntax-only -x c - 2>&1 |
			sed "s|^|$header: |" | head -3
	done
}

# No symbol of the outside world may be needed by the pure folders.
pure_link() {
	local outside='socket|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|select|e?poll.*|'
	outside+='time|gettimeofday|clock_gettime|clock|localtime(_r)?|timer_.*|sleep|usleep|nanosleep|'
	outside+='f?open(at|64)?|fdopen|f?read|f?write|getenv|system|fork|exec.*|rand|srand|random|s?printf|'
	outside+='event_.*|evbuffer_.*|bufferevent_.*|redis.*|sqlite3_.*|pthread_.*|osmo_.*timer.*|'
	outside+='logp2?|osmo_vlogp'
	local folder source problems
	for folder in rules blocklist; do
		for source in "$folder"/*.c; do
			# shellcheck disable=SC2086
			$CC $flags $packages -O1 -c -o "$work/$(basename "$source" .c).o" "$source" 2>&1 | head -3
			problems=$(nm -u "$work/$(basename "$source" .c).o" 2>/dev/null |
				awk '{ sub(/@.*/, "", $2); print $2 }' | grep -xE "$outside" | tr '\n' ' ')
			[ -z "$problems" ] || echo "$source needs: $problems"
		done
	done
}

links_alone() {
	local objects
	objects=$(for source in rules/*.c; do echo "$work/$(basename "$source" .c).o"; done)
	# shellcheck disable=SC2086
	$CC -r -o "$work/rules.o" $objects 2>&1
	undefined_of rules/ "$work/rules.o"
	objects="$objects $(for source in blocklist/*.c; do echo "$work/$(basename "$source" .c).o"; done)"
	# shellcheck disable=SC2086
	$CC -r -o "$work/pure.o" $objects 2>&1
	undefined_of "rules/ and blocklist/" "$work/pure.o"
}

# What is still undefined may come from libc, talloc, nettle's hashes and libunistring only, or be a
# file of deploy/ (rules/embedded.h).
undefined_of() {
	echo 'int main(void) { return 0; }' >"$work/main.c"
	# shellcheck disable=SC2046
	$CC -o "$work/alone" "$work/main.c" "$2" $(pkg-config --libs talloc nettle) -lunistring -lm 2>&1 |
		grep -E 'undefined reference' | grep -v '`embedded_' | sed "s|^|$1: |" | head -5
}

one_way() {
	grep -nE '#include +"(gateway|smpp|blocklist)/' rules/*.[ch]
	grep -nE '#include +"(gateway|smpp)/' blocklist/*.[ch]
	grep -nE '#include +"rules/' blocklist/*.[ch] | grep -v '"rules/number.h"'
	grep -nE '#include +"' smpp/*.[ch] smpp/example/*.[ch] | grep -v '"smpp/'
	grep -nE '#include +<(event2|hiredis|sqlite3|sys/socket|time\.h|stdio_ext)' rules/*.[ch] blocklist/*.[ch]
	grep -lE '#include +<event2/' smpp/*.[ch] | grep -vE '^smpp/smpp_(link(_io|_priv)?|listener)\.[ch]$'
}

licence_first() {
	local file
	for file in {gateway,smpp,smpp/example,rules,blocklist,tests/unit,tests/interop,tests/fuzz,tests/bench}/*.[ch] \
		tests/{lib,sim,flow,interop,faults}/*.mjs tests/*.mjs tests/interop/*.{pl,py} tests/*.sh tests/*.mk Makefile; do
		[ -e "$file" ] || continue
		head -2 "$file" | grep -q 'SPDX-License-Identifier: AGPL-3.0-or-later' || echo "$file"
	done
}

formatted() {
	command -v clang-format >/dev/null || return 0
	clang-format --dry-run -Werror {gateway,smpp,smpp/example,rules,blocklist,tests/unit,tests/interop,tests/fuzz}/*.[ch] 2>&1 |
		grep -E 'error:' | cut -d: -f1 | sort | uniq -c
}

left_open() {
	grep -nE '\b(TODO|FIXME|XXX|HACK)\b' {gateway,smpp,rules,blocklist}/*.[ch] tests/{lib,sim,flow,interop,faults}/*.mjs
}

on_the_map() {
	local source
	for source in {gateway,smpp,rules,blocklist}/*.[ch]; do
		grep -qF "$(basename "${source%.[ch]}")" ARCHITECTURE.md || echo "$source"
	done
}

scripts_parse() {
	local file
	for file in tests/*.sh .ci/run; do bash -n "$file" 2>&1; done
	for file in tests/*.mjs tests/{lib,sim,flow,interop,faults,bench}/*.mjs; do node --check "$file" 2>&1 | head -5; done
}

shopt -s nullglob
verdict 'each header compiles alone' "$(headers_alone)"
verdict 'rules/ and blocklist/ use no socket, clock, file, event or log' "$(pure_link)"
verdict 'rules/ and blocklist/ link alone' "$(links_alone)"
verdict 'includes go one way' "$(one_way)"
verdict 'each source begins with its licence' "$(licence_first)"
verdict 'C is formatted (make format)' "$(formatted)"
verdict 'nothing is left open' "$(left_open)"
verdict 'ARCHITECTURE.md names each source' "$(on_the_map)"
verdict 'scripts parse' "$(scripts_parse)"
for script in tests/lint[-_]*.sh; do
	output=$(bash "$script" 2>&1 </dev/null)
	if [ $? -eq 0 ]; then
		verdict "$script" ''
	else
		verdict "$script" "${output:-it failed without a word}"
	fi
done
