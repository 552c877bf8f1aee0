/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cli_progress.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_MS = 200, BAR_MAX = 30, BAR_MIN = 5, BAR_EDGES = 3 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cli_progress_begin(struct cli_progress *progress, const struct cli *cli, const char *doing)
{
	progress->out = isatty(fileno(cli->errors)) ? cli->errors : NULL;
	progress->doing = doing;
	progress->began_ms = now_ms();
	progress->shown_ms = 0;
}

int64_t cli_progress_ms(const struct cli_progress *progress)
{
	return now_ms() - progress->began_ms;
}

/* "1,234,567" */
static void grouped(uint64_t value, char out[28])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
	char *to = out;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

static void draw_bar(char *out, unsigned percent, int width)
{
	int full = (int)percent * width / 100;

	out[0] = '[';
	memset(out + 1, ' ', (size_t)width);
	memset(out + 1, '=', (size_t)full);
	if (full < width)
		out[1 + full] = '>';
	memcpy(out + 1 + width, "] ", 3);
}

void cli_progress_line(char out[CLI_PROGRESS_MAX], const struct cli_progress *progress,
		       uint64_t done, uint64_t whole, uint64_t count, const char *counted,
		       int64_t took_ms, int columns)
{
	char percent_text[16] = "", left_text[40] = "", bar[BAR_MAX + BAR_EDGES + 1] = "";
	char count_text[28], rate_text[28], tail[176];
	unsigned percent = whole ? (unsigned)(done >= whole ? 100 : done * 100 / whole) : 0;
	int room;

	grouped(count, count_text);
	grouped(took_ms > 0 ? count * 1000 / (uint64_t)took_ms : 0, rate_text);
	if (whole)
		snprintf(percent_text, sizeof percent_text, "%3u %%  ", percent);
	if (percent > 0 && took_ms >= 1000)
		snprintf(left_text, sizeof left_text, ", %" PRIu64 " s left",
			 (uint64_t)took_ms * (100 - percent) / percent / 1000);
	snprintf(tail, sizeof tail, "%s%s %.40s, %s/s%s", percent_text, count_text, counted,
		 rate_text, left_text);
	/* The last column stays free: some terminals wrap there. */
	room = columns ? columns - 1 - (int)strlen(progress->doing) - 1 - (int)strlen(tail)
		       : BAR_MAX + BAR_EDGES;
	room = room > BAR_MAX + BAR_EDGES ? BAR_MAX : room - BAR_EDGES;
	if (whole && room >= BAR_MIN)
		draw_bar(bar, percent, room);
	snprintf(out, CLI_PROGRESS_MAX, "%.40s %s%s", progress->doing, bar, tail);
	if (columns > 0 && columns < CLI_PROGRESS_MAX)
		out[columns - 1] = '\0';
}

void cli_progress_show(struct cli_progress *progress, uint64_t done, uint64_t whole, uint64_t count,
		       const char *counted)
{
	char line[CLI_PROGRESS_MAX];
	int64_t now = now_ms();

	if (!progress->out || now - progress->shown_ms < SHOW_MS)
		return;
	progress->shown_ms = now;
	cli_progress_line(line, progress, done, whole, count, counted, now - progress->began_ms,
			  cli_columns(progress->out));
	fprintf(progress->out, "\r\033[K%s", line);
	fflush(progress->out);
}

void cli_progress_clear(struct cli_progress *progress)
{
	if (progress->out && progress->shown_ms)
		fputs("\r\033[K", progress->out);
	progress->shown_ms = 0;
}

/* ---- what takes long ---- */

static bool show_event(void *user, const json_t *event)
{
	struct cli_progress *progress = user;
	const json_t *percent = json_object_get(event, "percent");
	const char *waits_for = json_string_value(json_object_get(event, "waits_for"));
	char counted[96] = "";
	json_int_t count = 0;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)event, name, value)
	{
		if (!json_is_integer(value) || value == percent)
			continue;
		count = json_integer_value(value);
		snprintf(counted, sizeof counted, "%.30s%s%.60s", name,
			 waits_for ? ", waits for " : "", waits_for ? waits_for : "");
		break;
	}
	cli_progress_show(progress, (uint64_t)json_integer_value(percent), percent ? 100 : 0,
			  (uint64_t)count, counted);
	return true;
}

enum cli_exit cli_ask_long(const struct cli *cli, json_t *request, const char *doing,
			   json_t **result)
{
	struct cli_progress progress;
	enum cli_exit code;

	cli_progress_begin(&progress, cli, doing);
	code = cli_ask_stream(cli, request, show_event, &progress, result);
	cli_progress_clear(&progress);
	return code;
}
