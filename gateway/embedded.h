/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* embedded.h - files of deploy/ that are in the programs as they are, for when none is configured.
 *
 * Does:    deploy/replies/zh.txt is embedded_replies_zh_txt, EMBEDDED_LEN() octets and a NUL. The
 *          Makefile's EMBEDDED names the files.
 * Owns:    constants. Threads: any.
 */
#pragma once

#define EMBEDDED(name) extern const char embedded_##name[], embedded_##name##_end[]
#define EMBEDDED_LEN(name) ((size_t)(embedded_##name##_end - embedded_##name))

EMBEDDED(replies_en_txt);
EMBEDDED(replies_zh_txt);
