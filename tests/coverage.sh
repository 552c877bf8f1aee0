#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# coverage.sh - lines of each source that the tests of the coverage build ran, least first.
set -u
cd "$(dirname "$0")/.." || exit 1
find build/coverage/{rules,blocklist,smpp,gateway} -name '*.gcda' 2>/dev/null | while read -r data; do
	gcov -n -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -F"[':% ]+" '
	/^File/ { file = $2 }
	/^Lines executed/ && file ~ /^(rules|blocklist|smpp|gateway)\/[^\/]*\.c$/ {
		hit[file] = $3 * $5 / 100; lines[file] = $5; file = ""
	}
	END {
		for (f in lines) { printf "%6.1f %%  %5d lines  %s\n", 100 * hit[f] / lines[f], lines[f], f
			h += hit[f]; n += lines[f] }
		if (n) printf "%6.1f %%  %5d lines  in all\n", 100 * h / n, n
	}' | sort -n
