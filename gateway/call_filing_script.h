/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_filing_script.h - what is done in Redis to file a call record, in its language.
 *
 * file()   adds a packed record (rules/call_record.h) to its run unless the same call is there: the
 *          same caller (8 octets) within a second (the low 17 bits of the next 3). A fuller record
 *          of the same call (longer talk, in the low 20 bits of the last 3 octets) takes the place
 *          of the poorer one, but for its second: that is part of the key under which the call is
 *          rewarded once. The facts in the 4 bits before the talk are those of both. A run has a
 *          bound, so that a number that everybody calls costs no more than that. Returns what the
 *          record adds: a call, an answered one, seconds; in any order two records of a call add
 *          the same.
 * count()  adds this to how the caller calls (rules/caller_day.h): as a list of people while they
 *          are few, or as a HyperLogLog, and to the hour, when they are more.
 * An expiry is set with a new field only: no field comes without one.
 */
#pragma once

/* aligned() is where a text stands in a run from an octet on, at the beginning of one of its
 * pieces. */
#define CALL_FILING_HEAD                                                                           \
	"local call, byte, sub, char = redis.call, string.byte, string.sub, string.char\n"         \
	"local pack, unpacked, least, floor = struct.pack, struct.unpack, math.min, math.floor\n"  \
	"local find = string.find\n"                                                               \
	"local function aligned(run, text, from, size, first)\n"                                   \
	"  local at = find(run, text, from, true)\n"                                               \
	"  while at and (at - first) % size ~= 0 do at = find(run, text, at + 1, true) end\n"      \
	"  return at\n"                                                                            \
	"end\n"

#define CALL_FILING_FILE                                                                           \
	"local function second(r, i)\n"                                                            \
	"  local a, b, c = byte(r, i + 8, i + 10)\n"                                               \
	"  return (a % 2) * 65536 + b * 256 + c\n"                                                 \
	"end\n"                                                                                    \
	"local function talk(r, i)\n"                                                              \
	"  local a, b, c = byte(r, i + 11, i + 13)\n"                                              \
	"  return (a % 16) * 65536 + b * 256 + c\n"                                                \
	"end\n"                                                                                    \
	"local function answered(r, i)\n"                                                          \
	"  return floor(byte(r, i + 8) / 8) % 2\n"                                                 \
	"end\n"                                                                                    \
	"local function merged(run, i, new)\n"                                                     \
	"  local old, head = byte(run, i + 8), byte(new, 9)\n"                                     \
	"  local facts, more = byte(run, i + 11), byte(new, 12)\n"                                 \
	"  local best, tail = head, new\n"                                                         \
	"  if talk(new, 1) <= talk(run, i) then best, tail = old, sub(run, i, i + 13) end\n"       \
	"  local both = bit.bor(facts - facts % 16, more - more % 16)\n"                           \
	"  return sub(new, 1, 8) .. char(best - best % 2 + old % 2) .. sub(run, i + 9, i + 10)\n"  \
	"    .. char(both + byte(tail, 12) % 16) .. sub(tail, 13, 14)\n"                           \
	"end\n"                                                                                    \
	"local function file(key, field, new, expiry, max)\n"                                      \
	"  local run = call('HGET', key, field)\n"                                                 \
	"  if not run then\n"                                                                      \
	"    call('HSET', key, field, new)\n"                                                      \
	"    call('PEXPIREAT', key, expiry)\n"                                                     \
	"    return 1, answered(new, 1), talk(new, 1)\n"                                           \
	"  end\n"                                                                                  \
	"  local caller, at = sub(new, 1, 8), second(new, 1)\n"                                    \
	"  local i = aligned(run, caller, 1, 14, 1)\n"                                             \
	"  while i do\n"                                                                           \
	"    if math.abs(second(run, i) - at) <= 1 then\n"                                         \
	"      local fuller = merged(run, i, new)\n"                                               \
	"      if fuller ~= sub(run, i, i + 13) then\n"                                            \
	"        call('HSET', key, field, sub(run, 1, i - 1) .. fuller .. sub(run, i + 14))\n"     \
	"      end\n"                                                                              \
	"      return 0, answered(fuller, 1) - answered(run, i), talk(fuller, 1) - talk(run, i)\n" \
	"    end\n"                                                                                \
	"    i = aligned(run, caller, i + 1, 14, 1)\n"                                             \
	"  end\n"                                                                                  \
	"  if #run >= 14 * max then return 0, 0, 0 end\n"                                          \
	"  call('HSET', key, field, run .. new)\n"                                                 \
	"  return 1, answered(new, 1), talk(new, 1)\n"                                             \
	"end\n"

/* 63 octets: 14 people. */
#define CALL_FILING_COUNT                                                                          \
	"local none = string.rep(char(0), 48)\n"                                                   \
	"local function many(day, calls, answers, seconds, at, more)\n"                            \
	"  local i = 15 + 2 * at\n"                                                                \
	"  local high, low = byte(day, i, i + 1)\n"                                                \
	"  local n = least(high * 256 + low + more, 65535)\n"                                      \
	"  return pack('>I4I4I6', calls, answers, seconds) .. sub(day, 15, i - 1)\n"               \
	"    .. char(floor(n / 256), n % 256) .. sub(day, i + 2)\n"                                \
	"end\n"                                                                                    \
	"local function count(key, people, field, person, expiry, at, calls, answers, seconds)\n"  \
	"  local day = call('HGET', key, field)\n"                                                 \
	"  if not day then\n"                                                                      \
	"    call('HSET', key, field, pack('>I2I2I3', calls, answers,\n"                           \
	"      least(seconds, 16777215)) .. person)\n"                                             \
	"    call('PEXPIREAT', key, expiry)\n"                                                     \
	"    return\n"                                                                             \
	"  end\n"                                                                                  \
	"  local few = #day ~= 62 and #day ~= 14\n"                                                \
	"  local c, a, s = unpacked(few and '>I2I2I3' or '>I4I4I6', day)\n"                        \
	"  c, a, s = c + calls, a + answers, s + seconds\n"                                        \
	"  local known = few and aligned(day, person, 8, 4, 8)\n"                                  \
	"  if few and (known or #day < 63) then\n"                                                 \
	"    call('HSET', key, field, pack('>I2I2I3', least(c, 65535), least(a, 65535),\n"         \
	"      least(s, 16777215)) .. sub(day, 8) .. (known and '' or person))\n"                  \
	"    return\n"                                                                             \
	"  end\n"                                                                                  \
	"  if few then\n"                                                                          \
	"    local all = {}\n"                                                                     \
	"    for i = 8, #day, 4 do all[#all + 1] = sub(day, i, i + 3) end\n"                       \
	"    call('PFADD', people, unpack(all))\n"                                                 \
	"    call('PEXPIREAT', people, expiry)\n"                                                  \
	"  end\n"                                                                                  \
	"  call('PFADD', people, person)\n"                                                        \
	"  if #day ~= 62 then day = sub(day, 1, 14) .. none end\n"                                 \
	"  call('HSET', key, field, many(day, c, a, s, at, calls))\n"                              \
	"end\n"

/* KEYS: calls. ARGV: bound of the run, field, record, expiry. */
static const char call_filing_file_script[] = CALL_FILING_HEAD CALL_FILING_FILE
	"local c, a, s = file(KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[1])\n"
	"return {c, a, s}\n";

/* KEYS: callers, caller. ARGV: field, person, expiry, hour; calls, answered and seconds to add. */
static const char call_filing_count_script[] = CALL_FILING_HEAD CALL_FILING_COUNT
	"count(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]),\n"
	"  tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]))\n"
	"return 1\n";

/* KEYS: calls of each record, and callers and caller when it is counted. ARGV: bound of the run;
 * field, record, expiry, person ('' when it is not counted), the caller's field of each. Returns a
 * character for each: whether it is a new call. */
static const char call_filing_whole_script[] = CALL_FILING_HEAD CALL_FILING_FILE CALL_FILING_COUNT
	"local max, key, added = ARGV[1], 1, {}\n"
	"for i = 2, #ARGV, 5 do\n"
	"  local c, a, s = file(KEYS[key], ARGV[i], ARGV[i + 1], ARGV[i + 2], max)\n"
	"  added[#added + 1] = c\n"
	"  key = key + 1\n"
	"  if ARGV[i + 3] ~= '' then\n"
	"    local at = floor(second(ARGV[i + 1], 1) / 3600)\n"
	"    count(KEYS[key], KEYS[key + 1], ARGV[i + 4], ARGV[i + 3], ARGV[i + 2], at, c, a, s)\n"
	"    key = key + 2\n"
	"  end\n"
	"end\n"
	"return table.concat(added)\n";
