# SPDX-License-Identifier: AGPL-3.0-or-later
# console_files.sh FOLDER FILE... - the console's files as a table in C (gateway/console_files.h); what
# is packed goes into FOLDER.
set -eu
packed=$1
shift

echo '#include "gateway/console_files.h"'
number=0
for file; do
	gzip -9nc "$file" >"$packed/$number.gz"
	cat <<END
__asm__(".section .rodata\n"
	".global console_$number, console_${number}_end, console_${number}_packed, console_${number}_packed_end\n"
	"console_$number: .incbin \"$file\"\n" "console_${number}_end: .byte 0\n"
	"console_${number}_packed: .incbin \"$packed/$number.gz\"\n" "console_${number}_packed_end: .byte 0\n"
	".text\n");
extern const char console_$number[], console_${number}_end[], console_${number}_packed[], console_${number}_packed_end[];
END
	number=$((number + 1))
done

echo 'const struct console_file console_files[] = {'
number=0
for file; do
	tag=$(sha256sum "$file" | cut -c1-32)
	cat <<END
	{ "${file#deploy/console}", console_$number, console_${number}_end, console_${number}_packed, console_${number}_packed_end, "\"$tag\"" },
END
	number=$((number + 1))
done
echo '	{ 0 },'
echo '};'
