/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One report for a reviewer, on one screen. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "-";
}

static void put_clean(FILE *out, const char *text)
{
	char *clean = cli_clean(text);

	fputs(clean ? clean : "?", out);
	free(clean);
}

static void put_list(FILE *out, const json_t *list)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		fputs(i ? ", " : "", out);
		put_clean(out, json_is_string(item) ? json_string_value(item) : "?");
	}
	fputc('\n', out);
}

static void put_span(FILE *out, int64_t s)
{
	const char *sign = s < 0 ? "-" : "";
	int64_t minutes = (s < 0 ? -s : s) / 60;

	fprintf(out, "%s%" PRId64 " h %02" PRId64 " min", sign, minutes / 60, minutes % 60);
}

static void show_head(FILE *out, const json_t *result)
{
	const json_t *report = json_object_get(result, "report");

	fprintf(out, "\n%s  %s reports ", text_of(report, "id"), text_of(report, "subscriber"));
	put_clean(out, text_of(report, "number"));
	fprintf(out, " (%s)%s\n", text_of(report, "category"),
		json_is_true(json_object_get(report, "appealed")) ? ", appealed" : "");
	fputs("  left      ", out);
	put_span(out, json_integer_value(json_object_get(report, "left_s")));
	fprintf(out, " of %s\n  text      ", text_of(result, "received"));
	put_clean(out, text_of(result, "text"));
	fputs("\n  here for  ", out);
	put_list(out, json_object_get(report, "why"));
}

/* Points alone never reject an SMS, and it takes the higher of two thresholds to verify one. */
static void put_thresholds(FILE *out, const json_t *why)
{
	const json_t *at = json_object_get(why, "thresholds");
	json_int_t call = json_integer_value(json_object_get(at, "verify_at"));
	json_int_t sms = json_integer_value(json_object_get(at, "verify_sms_at"));

	if (strcmp(text_of(json_object_get(why, "evidence"), "intent"), "report_call") != 0)
		fprintf(out, "an SMS: verified from %" JSON_INTEGER_FORMAT "\n",
			sms > call ? sms : call);
	else
		fprintf(out,
			"verified from %" JSON_INTEGER_FORMAT
			", rejected below %" JSON_INTEGER_FORMAT "\n",
			call, json_integer_value(json_object_get(at, "review_at")));
}

static void show_rules(FILE *out, const json_t *why)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(why, "rules"), i, rule)
	{
		fprintf(out, "  %+5" JSON_INTEGER_FORMAT "     %-16s ",
			json_integer_value(json_object_get(rule, "points")), text_of(rule, "rule"));
		put_clean(out, text_of(rule, "evidence"));
		fputc('\n', out);
	}
	fprintf(out, "  %+5" JSON_INTEGER_FORMAT "     in all; ",
		json_integer_value(json_object_get(json_object_get(why, "stored"), "score")));
	put_thresholds(out, why);
}

static void show_call(FILE *out, const json_t *why)
{
	const json_t *call = json_object_get(json_object_get(why, "evidence"), "call");

	if (!json_is_object(call)) {
		fprintf(out, "  call      %s\n",
			json_is_string(call) ? json_string_value(call) : "-");
		return;
	}
	fprintf(out,
		"  call      %s, %s network, %s, %" JSON_INTEGER_FORMAT " s; %" JSON_INTEGER_FORMAT
		" in all\n",
		text_of(call, "start"), text_of(call, "entry"),
		json_is_true(json_object_get(call, "answered")) ? "answered" : "not answered",
		json_integer_value(json_object_get(call, "duration_s")),
		json_integer_value(json_object_get(call, "calls_in_window")));
}

static void show_others(FILE *out, const json_t *result)
{
	const json_t *similar = json_object_get(result, "similar");
	const json_t *sender = json_object_get(result, "others_of_sender");
	const char *state;
	json_t *row, *count;
	size_t i;

	fprintf(out, "  others    %zu reports of the number\n", json_array_size(similar));
	json_array_foreach(similar, i, row)
	{
		fprintf(out, "            %s %s %-9s ", text_of(row, "received"),
			text_of(row, "subscriber"), text_of(row, "state"));
		put_clean(out, text_of(row, "text"));
		fputc('\n', out);
	}
	fputs("  sender    ", out);
	if (json_object_size(sender) == 0)
		fputs("no other report", out);
	json_object_foreach((json_t *)sender, state, count)
		fprintf(out, "%s %" JSON_INTEGER_FORMAT "  ", state, json_integer_value(count));
	fputc('\n', out);
}

void cli_show_review(FILE *out, const json_t *result)
{
	const json_t *why = json_object_get(result, "why");

	if (!json_is_object(json_object_get(result, "report"))) {
		fputs("nothing waits for you\n", out);
		return;
	}
	show_head(out, result);
	if (json_object_get(result, "decided_before_by"))
		fprintf(out, "  decided   before, by %s\n", text_of(result, "decided_before_by"));
	if (why) {
		show_call(out, why);
		show_rules(out, why);
	}
	show_others(out, result);
}
