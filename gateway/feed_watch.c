/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/feed_watch.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/feed_source.h"
#include "gateway/iso_time.h"
#include "gateway/log.h"
#include "gateway/watermark.h"

enum feed_alarm { ALARM_LAG, ALARM_CLOCK, ALARM_GAP, ALARM_COUNT };

static const char *const alarm_names[] = {
	[ALARM_LAG] = "lag",
	[ALARM_CLOCK] = "clock",
	[ALARM_GAP] = "gap",
};
static_assert(sizeof(alarm_names) / sizeof(*alarm_names) == ALARM_COUNT, "a name for each alarm");

struct feed_watch {
	struct gateway *gateway;
	bool (*alarms)[ALARM_COUNT]; /* of feed.sources, in their order */
};

/* One that has said nothing is behind since we started, as far as we know. */
static int64_t lag_s(const struct feed_watch *watch, const struct watermark *mark)
{
	int64_t to_ms = mark->known ? mark->to_ms : watch->gateway->started_ms;

	return (clock_now_ms() - to_ms) / 1000;
}

/* Above `limit`; once it is, until it is below nine tenths of it. */
static bool above(int64_t value, uint32_t limit, bool was)
{
	return limit > 0 && value > (was ? (int64_t)limit * 9 / 10 : (int64_t)limit);
}

static bool raised(const struct feed_watch *watch, const struct config_source *source,
		   const struct watermark *mark, enum feed_alarm alarm, bool was)
{
	switch (alarm) {
	case ALARM_LAG:
		return above(lag_s(watch, mark), source->lag_alarm_s, was);
	case ALARM_CLOCK:
		return above(mark->clock.ahead_ms / 1000, source->clock_alarm_s, was);
	case ALARM_GAP:
		return mark->missing_files > 0;
	case ALARM_COUNT:
		break;
	}
	return false;
}

static void tell(const struct feed_watch *watch, const struct watermark *mark,
		 enum feed_alarm alarm, bool now)
{
	static const char *const over[] = {
		[ALARM_LAG] = "is no longer late",
		[ALARM_CLOCK] = "its clock is no longer ahead",
		[ALARM_GAP] = "no files are missing any more",
	};

	if (!now)
		LOGP(LOG_FEED, LOGL_NOTICE, "%s: %s\n", mark->source, over[alarm]);
	else if (alarm == ALARM_LAG)
		LOGP(LOG_FEED, LOGL_ERROR, "%s: %s %" PRId64 " s ago\n", mark->source,
		     mark->known ? "its records are complete only up to" : "nothing came since",
		     lag_s(watch, mark));
	else if (alarm == ALARM_CLOCK)
		LOGP(LOG_FEED, LOGL_ERROR,
		     "%s: its clock is ahead by %" PRId64
		     ".%03d s or more: set it right, or clock_ahead_s\n",
		     mark->source, mark->clock.ahead_ms / 1000, (int)(mark->clock.ahead_ms % 1000));
	else
		LOGP(LOG_FEED, LOGL_ERROR, "%s: %u files are missing, number %" PRId64 " first\n",
		     mark->source, mark->missing_files, mark->first_missing);
}

static const struct watermark *find_mark(const struct feed_watch *watch, const char *source,
					 struct watermark *out)
{
	for (size_t i = 0; i < watermarks_count(watch->gateway->watermarks); i++) {
		*out = watermarks_get(watch->gateway->watermarks, i);
		if (strcmp(out->source, source) == 0)
			return out;
	}
	return NULL;
}

void feed_watch_look(struct feed_watch *watch)
{
	const struct config_feed *feed = &watch->gateway->config->feed;

	for (unsigned i = 0; i < feed->sources_count; i++) {
		struct watermark mark;

		if (!find_mark(watch, feed->sources[i].name, &mark))
			continue;
		for (int alarm = 0; alarm < ALARM_COUNT; alarm++) {
			bool was = watch->alarms[i][alarm];
			bool now = raised(watch, &feed->sources[i], &mark, (enum feed_alarm)alarm,
					  was);

			watch->alarms[i][alarm] = now;
			if (now != was)
				tell(watch, &mark, (enum feed_alarm)alarm, now);
		}
	}
}

struct feed_watch *feed_watch_create(void *ctx, struct gateway *gateway)
{
	struct feed_watch *watch = talloc_zero(ctx, struct feed_watch);
	size_t count = gateway->config->feed.sources_count;

	if (!watch)
		return NULL;
	watch->gateway = gateway;
	watch->alarms = talloc_zero_size(watch, (count + 1) * sizeof(*watch->alarms));
	if (!watch->alarms)
		TALLOC_FREE(watch);
	return watch;
}

/* ---- shown ---- */

/* Which row of the alarms is this source's; NULL: the configuration does not name it. */
static const bool *alarms_of(const struct feed_watch *watch, const char *name)
{
	const struct config_feed *feed = &watch->gateway->config->feed;
	const struct config_source *source = feed_source_find(feed, name);

	return source ? watch->alarms[source - feed->sources] : NULL;
}

static json_t *alarm_list(const bool *alarms)
{
	json_t *list = json_array();

	for (int i = 0; alarms && i < ALARM_COUNT; i++)
		if (alarms[i])
			json_array_append_new(list, json_string(alarm_names[i]));
	return list;
}

static json_t *time_or_null(bool known, int64_t ms)
{
	char text[ISO_TIME_MAX];

	return known ? json_string(iso_time_format(ms, text)) : json_null();
}

static json_t *source_json(const struct feed_watch *watch, const struct watermark *mark)
{
	const struct clock_skew_estimate *clock = &mark->clock;
	bool estimated = clock->samples >= CLOCK_SKEW_MIN;
	json_t *row = json_pack("{ss sI sI}", "source", mark->source, "records",
				(json_int_t)mark->records, "bad", (json_int_t)mark->bad);

	json_object_set_new(row, "from", time_or_null(mark->known, mark->from_ms));
	json_object_set_new(row, "to", time_or_null(mark->known, mark->to_ms));
	json_object_set_new(row, "lag_s",
			    mark->known ? json_integer((json_int_t)lag_s(watch, mark))
					: json_null());
	json_object_set_new(row, "heard", time_or_null(mark->heard_ms > 0, mark->heard_ms));
	json_object_set_new(row, "delay_s",
			    estimated ? json_integer((json_int_t)(clock->delay_ms / 1000))
				      : json_null());
	json_object_set_new(row, "ahead_s",
			    estimated ? json_integer((json_int_t)(clock->ahead_ms / 1000))
				      : json_null());
	json_object_set_new(row, "missing", json_integer(mark->missing_files));
	json_object_set_new(row, "first_missing",
			    mark->missing_files ? json_integer((json_int_t)mark->first_missing)
						: json_null());
	json_object_set_new(row, "repeated", json_integer((json_int_t)mark->repeated_files));
	json_object_set_new(row, "alarms", alarm_list(alarms_of(watch, mark->source)));
	return row;
}

json_t *feed_watch_json(const struct feed_watch *watch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < watermarks_count(watch->gateway->watermarks); i++) {
		struct watermark mark = watermarks_get(watch->gateway->watermarks, i);

		json_array_append_new(list, source_json(watch, &mark));
	}
	return list;
}

/* ---- metrics ---- */

static double records_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return (double)mark->records;
}

static double bad_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return (double)mark->bad;
}

static double lag_value(const struct feed_watch *watch, const struct watermark *mark)
{
	return (double)lag_s(watch, mark);
}

static double delay_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return (double)mark->clock.delay_ms / 1000;
}

static double ahead_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return (double)mark->clock.ahead_ms / 1000;
}

static double missing_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return mark->missing_files;
}

static double repeated_value(const struct feed_watch *watch, const struct watermark *mark)
{
	(void)watch;
	return (double)mark->repeated_files;
}

static const struct {
	const char *name;
	const char *type;
	const char *help;
	double (*value)(const struct feed_watch *watch, const struct watermark *mark);
} rows[] = {
	{ "records_total", "counter", "Records that came", records_value },
	{ "bad_total", "counter", "Records and files set aside as unreadable", bad_value },
	{ "lag_seconds", "gauge", "How long ago the time is up to which records are complete",
	  lag_value },
	{ "delay_seconds", "gauge", "How long after it was written a record comes; the median",
	  delay_value },
	{ "clock_ahead_seconds", "gauge", "By how much the source's clock is shown to be ahead",
	  ahead_value },
	{ "gap_files", "gauge", "Files that did not come", missing_value },
	{ "repeated_files_total", "counter", "Files that came again", repeated_value },
};

static char *append_row(const struct feed_watch *watch, size_t row, char *text)
{
	const struct watermarks *marks = watch->gateway->watermarks;

	text = talloc_asprintf_append_buffer(
		text, "# HELP mianrao_feed_%s %s\n# TYPE mianrao_feed_%s %s\n", rows[row].name,
		rows[row].help, rows[row].name, rows[row].type);
	for (size_t i = 0; text && i < watermarks_count(marks); i++) {
		struct watermark mark = watermarks_get(marks, i);

		text = talloc_asprintf_append_buffer(text, "mianrao_feed_%s{source=\"%s\"} %.15g\n",
						     rows[row].name, mark.source,
						     rows[row].value(watch, &mark));
	}
	return text;
}

static char *append_alarms(const struct feed_watch *watch, char *text)
{
	const struct config_feed *feed = &watch->gateway->config->feed;

	text = talloc_asprintf_append_buffer(
		text, "# HELP mianrao_feed_alarm 1 while something is wrong with the source\n"
		      "# TYPE mianrao_feed_alarm gauge\n");
	for (unsigned i = 0; i < feed->sources_count; i++)
		for (int alarm = 0; text && alarm < ALARM_COUNT; alarm++)
			text = talloc_asprintf_append_buffer(
				text, "mianrao_feed_alarm{source=\"%s\",kind=\"%s\"} %d\n",
				feed->sources[i].name, alarm_names[alarm], watch->alarms[i][alarm]);
	return text;
}

char *feed_watch_format_metrics(const struct feed_watch *watch, char *text)
{
	for (size_t i = 0; text && i < sizeof(rows) / sizeof(*rows); i++)
		text = append_row(watch, i, text);
	return text ? append_alarms(watch, text) : NULL;
}
