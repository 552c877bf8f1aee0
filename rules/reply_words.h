/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply_words.h - the words of the replies, apart from their filling: what an editor changes.
 *
 * Does:    holds the templates and the words for reasons, outcomes and states in both languages.
 *          {name} stands for a value; <...> is left out when a value in it is empty.
 * Bounds:  a Chinese text fits one SMS of 70 UCS-2 characters at its longest values, an English
 *          one 160 characters of the GSM alphabet; tests/unit/test_reply.c names the exceptions.
 * Threads: pure; all of it is constant.
 */
#pragma once

#include "rules/reply.h"

enum { REPLY_TONGUES = REPLY_BOTH }; /* languages with words of their own: Chinese, English */

extern const char *const reply_templates[REPLY_KIND_COUNT][REPLY_TONGUES];
extern const char *const reply_reason_words[VERDICT_REASON_COUNT][REPLY_TONGUES];
extern const char *const reply_outcome_words[REWARD_OUTCOME_COUNT][REPLY_TONGUES];
extern const char *const reply_state_words[REPORT_STATE_COUNT][REPLY_TONGUES];
/* Not blocked, blocked. */
extern const char *const reply_switch_words[2][REPLY_TONGUES];
/* Today, yesterday. */
extern const char *const reply_day_words[2][REPLY_TONGUES];
/* Of what was blocked: nothing, calls, SMS, both; by enum blocked_channel bits. */
extern const char *const reply_channel_words[4][REPLY_TONGUES];
/* The same in a list, where room is scarce. */
extern const char *const reply_channel_marks[4][REPLY_TONGUES];
/* In the place of a caller who hides. */
extern const char *const reply_withheld[REPLY_TONGUES];
/* In the place of a number that is not known. */
extern const char *const reply_no_number[REPLY_TONGUES];
