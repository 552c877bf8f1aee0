/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao trace` and `mianrao pcap`: what passes on a link, as lines or as a capture file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "smpp/smpp_pcap.h"

enum { FLOWS_MAX = 1024, HOST_MAX = 64, FIRST_PORT = 40000 };

/* ---- arguments ---- */

static bool take_seconds(json_t *request, const char *text)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	return !errno && end != text && !*end && value > 0 &&
	       json_object_set_new(request, "seconds", json_integer(value)) == 0;
}

/* The request of LINK [FILE] [--seconds N] [--OPEN]; NULL: usage. */
static json_t *read_arguments(int argc, char **argv, const char *open, const char **file)
{
	json_t *request = json_pack("{s:s}", "command", "trace");
	const char *names[2] = { NULL, NULL };
	size_t wanted = file ? 2 : 1, given = 0;
	bool good = request != NULL;
	for (int i = 1; good && i < argc; i++) {
		if (strcmp(argv[i], "--seconds") == 0)
			good = ++i < argc && take_seconds(request, argv[i]);
		else if (strncmp(argv[i], "--", 2) == 0)
			good = strcmp(argv[i] + 2, open) == 0 &&
			       json_object_set_new(request, open, json_true()) == 0;
		else if ((good = given < wanted))
			names[given++] = argv[i];
	}
	good = good && given == wanted &&
	       json_object_set_new(request, "link", json_string(names[0])) == 0;
	if (good && file)
		*file = names[1];
	if (good)
		return request;
	json_decref(request);
	return NULL;
}

static const char *text_of(const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));
	return text ? text : "";
}

/* ---- lines ---- */

static void format_time(int64_t at_us, char out[32])
{
	time_t seconds = (time_t)(at_us / 1000000) + 8 * 3600; /* the wall clock of the operator */
	struct tm tm;
	char day[24];
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof day, "%H:%M:%S", &tm);
	snprintf(out, 32, "%s.%03d", day, (int)(at_us / 1000 % 1000));
}

static void show_pdu(FILE *out, const json_t *event)
{
	char at[32];
	char *line = cli_clean(text_of(event, "pdu"));
	char *link = cli_clean(*text_of(event, "link") ? text_of(event, "link")
						       : text_of(event, "peer"));
	format_time(json_integer_value(json_object_get(event, "at_us")), at);
	fprintf(out, "%s %s/%" JSON_INTEGER_FORMAT " %s %s\n", at, link ? link : "?",
		json_integer_value(json_object_get(event, "session")),
		json_is_true(json_object_get(event, "sent")) ? ">" : "<", line ? line : "?");
	free(line);
	free(link);
}

static bool on_line(void *user, const json_t *event)
{
	const struct cli *cli = user;
	const json_t *lost = json_object_get(event, "lost");
	if (cli->json) {
		json_dumpf(event, cli->out, JSON_COMPACT);
		fputc('\n', cli->out);
	} else if (lost) {
		fprintf(cli->out, "-- %" JSON_INTEGER_FORMAT " PDUs lost: this reads too slowly\n",
			json_integer_value(lost));
	} else if (json_object_get(event, "pdu")) {
		show_pdu(cli->out, event);
	} else {
		fprintf(cli->errors, "tracing %s; > is ours, < the peer's\n",
			text_of(event, "tracing"));
	}
	return fflush(cli->out) == 0;
}

enum cli_exit cli_trace(const struct cli *cli, int argc, char **argv)
{
	json_t *request = read_arguments(argc, argv, "text", NULL);
	json_t *result = NULL;
	if (!request) {
		fputs("usage: mianrao trace LINK [--seconds N] [--text]\n", cli->errors);
		return CLI_USAGE;
	}
	enum cli_exit code = cli_ask_stream(cli, request, on_line, (void *)cli, &result);
	if (code == CLI_OK && cli->json)
		on_line((void *)cli, result);
	json_decref(result);
	return code;
}

/* ---- a capture ---- */

struct flow {
	json_int_t session;
	struct smpp_pcap_flow pcap;
};

struct capture {
	const struct cli *cli;
	FILE *file;
	struct flow *flows;
	size_t count;
};

/* "127.0.0.1:4000", "[::1]:4000". */
static bool read_end(const char *text, struct smpp_pcap_end *out)
{
	char host[HOST_MAX];
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[';
	size_t len = colon ? (size_t)(colon - text) : 0;
	if (len < 3 || len >= sizeof host)
		return false;
	memcpy(host, text + v6, len - 2 * v6);
	host[len - 2 * v6] = 0;
	return smpp_pcap_end_set(out, host, (uint16_t)strtoul(colon + 1, NULL, 10)) == 0;
}

/* Our own address is not told; decoders know SMPP by the port of the SMSC's end. */
static bool begin_flow(struct flow *flow, const json_t *event)
{
	bool server = json_is_true(json_object_get(event, "server"));
	struct smpp_pcap_end ours, peer;
	flow->session = json_integer_value(json_object_get(event, "session"));
	if (!read_end(text_of(event, "peer"), &peer) ||
	    smpp_pcap_end_set(&ours, peer.v6 ? "2001:db8::1" : "192.0.2.1",
			      server ? SMPP_PCAP_PORT
				     : (uint16_t)(FIRST_PORT + flow->session % 20000)) < 0)
		return false;
	if (!server)
		peer.port = SMPP_PCAP_PORT;
	smpp_pcap_flow_init(&flow->pcap, &ours, &peer);
	return true;
}

static struct flow *flow_of(struct capture *capture, const json_t *event)
{
	json_int_t session = json_integer_value(json_object_get(event, "session"));
	for (size_t i = 0; i < capture->count; i++)
		if (capture->flows[i].session == session)
			return &capture->flows[i];
	if (capture->count == FLOWS_MAX)
		return NULL;
	struct flow *more = realloc(capture->flows, (capture->count + 1) * sizeof *more);
	if (!more)
		return NULL;
	capture->flows = more;
	return begin_flow(&more[capture->count], event) ? &more[capture->count++] : NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* malloc'ed; NULL: no hexadecimal octets. */
static uint8_t *read_hex(const char *text, size_t *len)
{
	*len = strlen(text) / 2;
	uint8_t *out = malloc(*len + 1);
	for (size_t i = 0; out && i < *len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0) {
			free(out);
			return NULL;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
	return out;
}

static int write_record(FILE *file, struct flow *flow, const json_t *event, const uint8_t *data,
			size_t len)
{
	size_t cap = smpp_pcap_size(len);
	uint8_t *record = malloc(cap);
	if (!record)
		return -ENOMEM;
	ssize_t used = smpp_pcap_record(
		&flow->pcap,
		json_is_true(json_object_get(event, "sent")) ? SMPP_PCAP_SENT : SMPP_PCAP_RECEIVED,
		json_integer_value(json_object_get(event, "at_us")), data, len, record, cap);
	bool written = used >= 0 && fwrite(record, 1, (size_t)used, file) == (size_t)used;
	free(record);
	if (used < 0)
		return (int)used;
	return written && fflush(file) == 0 ? 0 : -errno;
}

static bool on_octets(void *user, const json_t *event)
{
	struct capture *capture = user;
	const json_t *lost = json_object_get(event, "lost");
	if (lost)
		fprintf(capture->cli->errors, "mianrao: %" JSON_INTEGER_FORMAT " PDUs lost\n",
			json_integer_value(lost));
	if (json_object_get(event, "tracing"))
		fprintf(capture->cli->errors, "capturing %s\n", text_of(event, "tracing"));
	if (!json_object_get(event, "octets"))
		return true;
	size_t len;
	uint8_t *data = read_hex(text_of(event, "octets"), &len);
	struct flow *flow = data ? flow_of(capture, event) : NULL;
	int rc = flow ? write_record(capture->file, flow, event, data, len) : -ENOMEM;
	free(data);
	if (rc < 0)
		fprintf(capture->cli->errors, "mianrao: the capture cannot be written: %s\n",
			strerror(-rc));
	return rc == 0;
}

/* Whoever may read the file reads numbers and texts in it. */
static FILE *open_capture(const char *path)
{
	uint8_t header[SMPP_PCAP_FILE_HEADER];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return NULL;
	smpp_pcap_file_header(header);
	if (fwrite(header, sizeof header, 1, file) == 1 && fflush(file) == 0)
		return file;
	fclose(file);
	return NULL;
}

enum cli_exit cli_pcap(const struct cli *cli, int argc, char **argv)
{
	const char *path = NULL;
	json_t *request = read_arguments(argc, argv, "full", &path);
	struct capture capture = { .cli = cli };
	json_t *result = NULL;
	if (!request || json_object_set_new(request, "octets", json_true())) {
		fputs("usage: mianrao pcap LINK FILE [--seconds N] [--full]\n", cli->errors);
		json_decref(request);
		return CLI_USAGE;
	}
	capture.file = open_capture(path);
	if (!capture.file) {
		fprintf(cli->errors, "mianrao: %s: %s\n", path, strerror(errno));
		json_decref(request);
		return CLI_REFUSED;
	}
	enum cli_exit code = cli_ask_stream(cli, request, on_octets, &capture, &result);
	if (fclose(capture.file) && code == CLI_OK) {
		fprintf(cli->errors, "mianrao: %s: %s\n", path, strerror(errno));
		code = CLI_REFUSED;
	}
	free(capture.flows);
	if (code == CLI_OK)
		cli_print(cli, result, cli_show);
	json_decref(result);
	return code;
}
