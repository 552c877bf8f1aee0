#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# collect.sh CDR_DIR DROP_DIR - hands FreeSWITCH's call records to a drop directory of Mianrao, in
# files with sequence numbers (file_pattern: "fs-{seq}.csv"). From cron, every minute:
#     fs_cli -x 'cdr_csv rotate' && collect.sh /var/log/freeswitch/cdr-csv /var/spool/mianrao/fs
# Both directories on one file system: a file appears there whole, or not at all. The number is kept
# in DROP_DIR/.next; a file that was numbered and not moved gets the same number again.
set -eu

from=$1
to=$2
next=$to/.next
number=$(cat "$next" 2>/dev/null || echo 1)

for file in "$from"/Master.csv.*; do
	[ -e "$file" ] || continue
	name=$(printf 'fs-%08d.csv' "$number")
	# Complete up to the rotation, as far as calls have ended by then; see README.md.
	mv "$file" "$to/$name"
	number=$((number + 1))
	echo "$number" > "$next.tmp"
	mv "$next.tmp" "$next"
done
