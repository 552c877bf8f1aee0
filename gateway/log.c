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
#include "gateway/json_out.h"
#include "rules/report_id.h"

/* Each octet of a message may become six in JSON. */
enum { LINE_MAX_OCTETS = 2048, JSON_MAX_OCTETS = 6 * LINE_MAX_OCTETS + 256, SELDOM_MS = 1000 };

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

struct line {
	char when[ISO_TIME_MAX + sizeof(".000")];
	const char *area;
	int row; /* of the level */
	char text[LINE_MAX_OCTETS];
};

static void make_line(struct line *line, int area, unsigned level, const char *format, va_list args)
{
	int64_t now_ms = clock_now_ms();
	char when[ISO_TIME_MAX];

	line->row = 0;
	while (line->row < LEVEL_COUNT - 1 && (unsigned)levels[line->row + 1].level <= level)
		line->row++;
	line->area = area >= 0 && area < LOG_AREA_COUNT ? categories[area].name + 1 : "LIBRARY";
	vsnprintf(line->text, sizeof line->text, format, args);
	tame(line->text);
	iso_time_format(now_ms, when);
	snprintf(line->when, sizeof line->when, "%.19s.%03u%.6s", when, (unsigned)(now_ms % 1000),
		 when + 19);
}

/* One write a line, so that lines of other processes on the same stderr stay apart. */
static void write_text(struct log_target *target, int area, unsigned level, const char *file,
		       int source_line, int cont, const char *format, va_list args)
{
	struct line line;

	(void)file;
	(void)source_line;
	(void)cont;
	make_line(&line, area, level, format, args);
	fprintf(stderr, "%s%s %-7s %-6s %s%s\n", target->use_color ? levels[line.row].colour : "",
		line.when, line.area, levels[line.row].name, line.text,
		target->use_color ? "\033[0m" : "");
}

/* Lines about a report begin with its number. */
static bool about_report(const char *text, char id[REPORT_ID_MAX])
{
	size_t len = strcspn(text, " :,");
	int64_t row;

	if (len >= REPORT_ID_MAX || report_id_parse(text, len, &row) < 0)
		return false;
	memcpy(id, text, len);
	id[len] = 0;
	return true;
}

static void write_json(struct log_target *target, int area, unsigned level, const char *file,
		       int source_line, int cont, const char *format, va_list args)
{
	char object[JSON_MAX_OCTETS];
	char report[REPORT_ID_MAX];
	struct json_out out;
	struct line line;

	(void)target;
	(void)file;
	(void)source_line;
	(void)cont;
	make_line(&line, area, level, format, args);
	json_out_begin(&out, object, sizeof object);
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "time", line.when);
	json_out_text(&out, "level", levels[line.row].name);
	json_out_text(&out, "area", line.area);
	if (about_report(line.text, report))
		json_out_text(&out, "report", report);
	json_out_text(&out, "message", line.text);
	json_out_close(&out, '}');
	if (json_out_end(&out) == 0)
		fprintf(stderr, "%s\n", object);
}

static const struct {
	const char *name;
	void (*write)(struct log_target *target, int area, unsigned level, const char *file,
		      int source_line, int cont, const char *format, va_list args);
} formats[] = { { "text", write_text }, { "json", write_json } };
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

static int find_format(const char *name)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return i;
	return -EINVAL;
}

bool log_level_known(const char *level)
{
	return find_level(level) >= 0;
}

bool log_format_known(const char *format)
{
	return find_format(format) >= 0;
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

int log_setup(void *ctx, const char *level, const char *format)
{
	if (!log_level_known(level) || !log_format_known(format))
		return -EINVAL;
	if (log_init(&info, ctx) < 0)
		return -ENOMEM;
	struct log_target *target = log_target_create_stderr();
	if (!target)
		return -ENOMEM;
	log_set_use_color(target, isatty(STDERR_FILENO));
	log_set_all_filter(target, 1);
	log_add_target(target);
	setvbuf(stderr, NULL, _IOLBF, JSON_MAX_OCTETS + 1);
	return log_change(level, format);
}

int log_change(const char *level, const char *format)
{
	struct log_target *target = find_stderr();
	int number = find_level(level);
	int row = find_format(format);
	if (number < 0 || row < 0 || !target)
		return -EINVAL;
	target->raw_output = formats[row].write;
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
