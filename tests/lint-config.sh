#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Every key of the schema is in deploy/mianrao.yaml, as a default or in an example, and every key
# there is one of the schema. With a daemon as argument, the file also loads, and equals the
# built-in defaults.
#   tests/lint-config.sh [build/release/mianraod]
set -eu
cd "$(dirname "$0")/.."

schema=gateway/config_schema.c
manual=deploy/mianrao.yaml
status=0

keys=$(sed -nE 's/^\t(TEXT|TEXT_REQUIRED|UINT|INT|BOOL|MAPPING|WORD|LIST|LIST_COUNTED|COLUMN)\("([a-z_]+)".*/\2/p' \
	"$schema" | sort -u)
[ -n "$keys" ] || { echo "$schema: no key found" >&2; exit 1; }
written=$(sed -nE 's/^#?[ -]*([a-z_]+):( .*)?$/\1/p' "$manual" | sort -u)

for key in $keys; do
	echo "$written" | grep -qx "$key" || { echo "$manual: no key '$key'" >&2; status=1; }
done
for key in $written; do
	echo "$keys" | grep -qx "$key" || { echo "$manual: '$key' is no key" >&2; status=1; }
done

if [ $# -gt 0 ]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	"$1" --dump-config > "$scratch/defaults"
	"$1" --config "$manual" --dump-config > "$scratch/manual"
	diff -u "$scratch/defaults" "$scratch/manual" >&2 ||
		{ echo "$manual: differs from the defaults" >&2; status=1; }
fi
[ $status -ne 0 ] || echo "lint-config: $(echo "$keys" | wc -l) keys"
exit $status
