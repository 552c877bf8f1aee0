/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/clock.h"
#include "gateway/iso_time.h"

enum { LINE_MAX_OCTETS = 2048, SELDOM_MS = 1000 };

/* Indexed by enum log_area. libosmocore's category names begin with 'D'; the lines leave it out. */
static const struct log_info_cat categories[] = {
	[LOG_MAIN] = { "DMAIN", "start, configuration, stop", NULL, LOGL_INFO, 1 },
	[LOG_SMPP] = { "DSMPP", "links, binds, PDUs", NULL, LOGL_INFO, 1 },
	[LOG_STORE] = { "DSTORE", "database", NULL, LOGL_INFO, 1 },
	[LOG_REPORT] = { "DREPORT", "reports and their verdicts", NULL, LOGL_INFO, 1 },
	[LOG_FEED] = { "DFEED", "call records", NULL, LOGL_INFO, 1 },
	[LOG_REWARD] = { "DREWARD", "rewards ledger", NULL, LOGL_INFO, 1 },
	[LOG_BLOCK] = { "DBLOCK", "screening and blocking rules", NULL, LOGL_INFO, 1 },
	[LOG_REDIS] = { "DREDIS", "Redis", NULL, LOGL_INFO, 1 },
	[LOG_SIP] = { "DSIP", "SIP screening", NULL, LOGL_INFO, 1 },
	[LOG_HTTP] = { "DHTTP", "HTTP server", NULL, LOGL_INFO, 1 },
	[LOG_CONTROL] = { "DCONTROL", "control socket", NULL, LOGL_INFO, 1 },
};
_Static_assert(sizeof categories / sizeof categories[0] == LOG_AREA_COUNT, "a row for each area");

static const struct log_info info = { .cat = categories, .num_cat = LOG_AREA_COUNT };

static const struct {
	const char *name;
	const char *colour; /* of a terminal */
	int level;
} levels[] = {
	{ "debug", "\033[2m", LOGL_DEBUG },
	{ "info", "", LOGL_INFO },
	{ "notice", "\033[1m", LOGL_NOTICE },
	{ "error", "\033[31m", LOGL_ERROR },
};
enum { LEVEL_COUNT = sizeof levels / sizeof levels[0] };

static int find_level(const char *name)
{
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].level;
	return -EINVAL;
}

/* What a peer sent may be in a line; it must not be able to end it or to steer a terminal. */
static void tame(char *text)
{
	text[strcspn(text, "\r\n")] = 0;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/* One write a line, so that lines of other processes on the same stderr stay apart. */
static void write_line(struct log_target *target, int area, unsigned level, const char *file,
		       int source_line, int cont, const char *format, va_list args)
{
	char text[LINE_MAX_OCTETS];
	char when[ISO_TIME_MAX];
	int64_t now_ms = clock_now_ms();
	int row = 0;

	(void)file;
	(void)source_line;
	(void)cont;
	while (row < LEVEL_COUNT - 1 && (unsigned)levels[row + 1].level <= level)
		row++;
	vsnprintf(text, sizeof text, format, args);
	tame(text);
	iso_time_format(now_ms, when);
	fprintf(stderr, "%s%.19s.%03d%s %-7s %-6s %s%s\n",
		target->use_color ? levels[row].colour : "", when, (int)(now_ms % 1000), when + 19,
		area >= 0 && area < LOG_AREA_COUNT ? categories[area].name + 1 : "LIBRARY",
		levels[row].name, text, target->use_color ? "\033[0m" : "");
}

static struct log_target *find_stderr(void)
{
	return log_target_find(LOG_TGT_TYPE_STDERR, NULL);
}

/* The target's own level cuts below those of the categories, so both are set. */
static void apply_level(struct log_target *target, int level)
{
	log_set_log_level(target, level);
	for (int i = 0; i < LOG_AREA_COUNT; i++)
		log_set_category_filter(target, i, 1, level);
}

int log_setup(void *ctx, const char *level)
{
	int number = find_level(level);
	if (number < 0)
		return number;
	if (log_init(&info, ctx) < 0)
		return -ENOMEM;
	struct log_target *target = log_target_create_stderr();
	if (!target)
		return -ENOMEM;
	target->raw_output = write_line;
	log_set_use_color(target, isatty(STDERR_FILENO));
	log_set_all_filter(target, 1);
	log_add_target(target);
	setvbuf(stderr, NULL, _IOLBF, LINE_MAX_OCTETS * 2);
	apply_level(target, number);
	return 0;
}

int log_change_level(const char *level)
{
	struct log_target *target = find_stderr();
	int number = find_level(level);
	if (number < 0 || !target)
		return -EINVAL;
	apply_level(target, number);
	return 0;
}

bool log_seldom(int64_t *last_ms)
{
	int64_t now_ms = clock_monotonic_ms();

	if (*last_ms && now_ms - *last_ms < SELDOM_MS)
		return false;
	*last_ms = now_ms;
	return true;
}

const char *log_number(char mask[NUMBER_MAX], const char *number)
{
	number_mask(number, mask);
	return mask;
}
