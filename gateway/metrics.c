/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <talloc.h>

struct row {
	const char *name;
	const char *help;
	const char *type;
	size_t offset;
};

#define COUNTER(name, help) { #name, help, "counter", offsetof(struct metrics, name) },
#define GAUGE(name, help) { #name, help, "gauge", offsetof(struct metrics, name) },
static const struct row rows[] = { METRICS_COUNTERS(COUNTER) METRICS_GAUGES(GAUGE) };

_Static_assert(sizeof rows / sizeof rows[0] * sizeof(uint64_t) == sizeof(struct metrics),
	       "every member is shown");

static uint64_t value_of(const struct metrics *metrics, const struct row *row)
{
	return *(const uint64_t *)(const void *)((const char *)metrics + row->offset);
}

void metrics_each(const struct metrics *metrics, metrics_visit_cb *visit, void *user)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		visit(user, rows[i].name, value_of(metrics, &rows[i]));
}

char *metrics_format(void *ctx, const struct metrics *metrics)
{
	char *text = talloc_strdup(ctx, "");
	for (size_t i = 0; text && i < sizeof rows / sizeof rows[0]; i++)
		text = talloc_asprintf_append_buffer(
			text,
			"# HELP mianrao_%s %s\n# TYPE mianrao_%s %s\nmianrao_%s %" PRIu64 "\n",
			rows[i].name, rows[i].help, rows[i].name, rows[i].type, rows[i].name,
			value_of(metrics, &rows[i]));
	return text;
}
