/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_screen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/screen.h"
#include "gateway/sip_memory.h"
#include "gateway/sip_sources.h"
#include "gateway/tables.h"

struct sip_screen {
	struct gateway *gateway;
	struct sip_sources *sources;
	struct sip_memory *memory;
	uint8_t key[SIP_KEY_SIZE];
};

/* What is done with a call. */
enum outcome { OUTCOME_GO_ON, OUTCOME_LABEL, OUTCOME_REJECT };

/* One request on its way through. */
struct asking {
	struct sip_screen *screen;
	struct sip_source_entry *source;
	const struct sip_request *request;
	struct sip_source from;
	int64_t now_ms; /* monotonic */
};

/* ---- the attempt ---- */

static bool read_user(const struct numbering *plan, const struct sip_party *party,
		      struct number *out)
{
	return party->present && party->user[0] &&
	       number_read(plan, party->user, strlen(party->user), out) == 0;
}

struct caller {
	struct number shown;   /* what the subscriber would see: a number, or "withheld" */
	struct number network; /* what the network says; "" when it says nothing readable */
	enum sip_verstat verstat;
};

static struct caller read_caller(const struct numbering *plan, const struct sip_request *request)
{
	struct caller caller = { .shown = { "withheld" }, .verstat = request->asserted.verstat };

	if (caller.verstat == SIP_VERSTAT_NONE)
		caller.verstat = request->from.verstat;
	if (!read_user(plan, &request->asserted, &caller.network) &&
	    !read_user(plan, &request->from, &caller.network))
		caller.network.text[0] = '\0';
	if (!request->withheld && caller.network.text[0])
		caller.shown = caller.network;
	return caller;
}

/* ---- the answer ---- */

static struct sip_answer answer_of(const struct asking *asking, enum outcome outcome)
{
	const struct config_sip *config = &asking->screen->gateway->live->sip;

	if (outcome == OUTCOME_REJECT)
		return (struct sip_answer){ .status = (int)config->reject.status,
					    .phrase = config->reject.phrase,
					    .reason = config->reject.reason,
					    .call_info = config->reject.call_info };
	return (struct sip_answer){ .status = 302,
				    .contact = asking->request->head->uri,
				    .screening = outcome == OUTCOME_LABEL ? "label" : "allow" };
}

static void log_rejected(const struct block_attempt *attempt, const char *why)
{
	char mask[2][NUMBER_MAX];

	LOGP(LOG_BLOCK, LOGL_INFO, "call %s to %s blocked: %s\n",
	     log_number(mask[0], attempt->caller.text), log_number(mask[1], attempt->called.text),
	     why);
}

static enum outcome decide(const struct asking *asking)
{
	struct gateway *gateway = asking->screen->gateway;
	const struct config *live = gateway->live;
	const struct numbering *plan = live->tables->numbering;
	const struct sip_request *request = asking->request;
	const struct config_sip_source *source = asking->source->config;
	struct caller caller = read_caller(plan, request);
	struct block_attempt attempt = {
		.channel = BLOCK_CALL,
		.caller = caller.shown,
		.entry = sip_source_entry_of(source, request->head),
		.roaming_home = sip_source_roams(source, request->head),
		.now_ms = clock_now_ms(),
	};
	struct screen_answer answer;

	/* Nobody's rules are about a name: the call goes on. */
	if (!read_user(plan, &request->called, &attempt.called)) {
		gateway->metrics.sip_unread_total++;
		return OUTCOME_GO_ON;
	}
	/* Of a hidden number the country still counts. */
	if (attempt.entry == BLOCK_ENTRY_UNKNOWN && number_is_foreign(caller.network.text))
		attempt.entry = BLOCK_ENTRY_INTERNATIONAL;
	if (screen_is_forged(&attempt, &caller.network, caller.verstat == SIP_VERSTAT_FAILED)) {
		gateway->metrics.sip_forged_total++;
		attempt.entry = BLOCK_ENTRY_INTERNATIONAL;
		attempt.roaming_home = false;
		if (live->sip.forged == SIP_FORGED_REJECT) {
			log_rejected(&attempt, "number forged");
			return OUTCOME_REJECT;
		}
	}
	answer = screen_decide(gateway, &attempt);
	if (answer.blocked) {
		log_rejected(&attempt, block_tier_name(answer.decision.tier));
		attempt_desk_note(gateway->attempts, &attempt, &answer, source->name);
		return OUTCOME_REJECT;
	}
	return answer.decision.verdict == BLOCK_LABEL ? OUTCOME_LABEL : OUTCOME_GO_ON;
}

static struct sip_answer answer_invite(const struct asking *asking, uint64_t transaction)
{
	struct sip_screen *screen = asking->screen;
	struct metrics *metrics = &screen->gateway->metrics;
	const struct config_sip_source *source = asking->source->config;
	int known = sip_memory_find(screen->memory, transaction, asking->now_ms);

	if (known >= 0) {
		metrics->sip_copies_total++;
		return answer_of(asking, (enum outcome)known);
	}
	if (!bucket_take(&asking->source->bucket, source->rate, asking->now_ms)) {
		metrics->sip_throttled_total++;
		return (struct sip_answer){ .status = 503, .extra = "Retry-After: 1\r\n" };
	}
	enum outcome outcome = decide(asking);
	sip_memory_keep(screen->memory, transaction, (int)outcome, asking->now_ms);
	return answer_of(asking, outcome);
}

#define ALLOW "Allow: INVITE, ACK, CANCEL, OPTIONS\r\n"

/* Header lines that belong to a refusal. */
static const char *refusal_lines(const struct sip_request *request, char *room, size_t cap)
{
	switch (request->status) {
	case 405:
	case 501:
		return ALLOW;
	case 415:
		return "Accept: application/sdp\r\n";
	case 420:
		snprintf(room, cap, "Unsupported: %s\r\n", request->unsupported);
		return room;
	default:
		return NULL;
	}
}

/* What nobody waits for an answer to. */
static bool is_silent(const struct sip_request *request)
{
	return request->method == SIP_ACK || request->method == SIP_CANCEL;
}

static void write_reply(const struct asking *asking, uint64_t transaction,
			const struct sip_answer *answer, struct sip_reply *reply)
{
	ssize_t n = sip_response_write(asking->request, transaction, &asking->from, answer,
				       reply->octets, reply->cap);

	reply->len = n > 0 ? (size_t)n : 0;
	reply->port = asking->request->via.rport ? asking->from.port : asking->request->via.port;
}

static void answer_request(const struct asking *asking, struct sip_reply *reply)
{
	const struct sip_request *request = asking->request;
	struct metrics *metrics = &asking->screen->gateway->metrics;
	uint64_t transaction = sip_transaction(asking->screen->key, request);
	struct sip_answer answer = { .status = 200, .extra = ALLOW "Accept: application/sdp\r\n" };
	char lines[SIP_OPTIONS_MAX + 32];

	metrics->sip_requests_total++;
	if (is_silent(request))
		return;
	if (request->status) {
		metrics->sip_refused_total++;
		answer = (struct sip_answer){ .status = request->status };
		answer.extra = refusal_lines(request, lines, sizeof(lines));
		LOGP(LOG_SIP, LOGL_INFO, "request from %s: %d, %s\n", asking->from.address,
		     request->status, request->why);
	} else if (request->method == SIP_INVITE) {
		answer = answer_invite(asking, transaction);
	}
	write_reply(asking, transaction, &answer, reply);
}

/* ---- in and out ---- */

static void source_of(const struct sockaddr *address, struct sip_source *out)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, out->address, sizeof(out->address));
		out->port = ntohs(v4->sin_port);
		return;
	}
	out->port = ntohs(v6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out->address, sizeof(out->address));
	else
		inet_ntop(AF_INET6, &v6->sin6_addr, out->address, sizeof(out->address));
}

bool sip_screen_knows(struct sip_screen *screen, const struct sockaddr *address)
{
	return sip_sources_find(screen->sources, address) != NULL;
}

int sip_screen_answer(struct sip_screen *screen, const struct sip_message *message,
		      struct sip_reply *reply)
{
	struct metrics *metrics = &screen->gateway->metrics;
	struct sip_request request;
	struct sip_head head;
	struct asking asking = { .screen = screen,
				 .source = sip_sources_find(screen->sources, message->from),
				 .request = &request,
				 .now_ms = clock_monotonic_ms() };
	int rc;

	reply->len = 0;
	reply->used = message->len;
	reply->broken = false;
	if (!asking.source) {
		metrics->sip_dropped_total++;
		reply->broken = true;
		return 0;
	}
	rc = sip_head_read(message->octets, message->len, message->framing, &head);
	if (rc == -EAGAIN)
		return rc;
	if (rc == 0)
		reply->used = head.octets.len + head.body_len;
	reply->broken = rc < 0 || head.status == 400;
	if (rc < 0 || sip_request_read(&head, &request) < 0) {
		metrics->sip_dropped_total++;
		return 0;
	}
	source_of(message->from, &asking.from);
	answer_request(&asking, reply);
	return 0;
}

int sip_screen_reload(struct sip_screen *screen)
{
	struct sip_sources *sources =
		sip_sources_create(screen, &screen->gateway->live->sip, clock_monotonic_ms());

	if (!sources)
		return -ENOMEM;
	talloc_free(screen->sources);
	screen->sources = sources;
	return 0;
}

struct sip_screen *sip_screen_create(void *ctx, struct gateway *gateway)
{
	struct sip_screen *screen = talloc_zero(ctx, struct sip_screen);

	if (!screen)
		return NULL;
	screen->gateway = gateway;
	screen->memory = sip_memory_create(screen);
	screen->sources = sip_sources_create(screen, &gateway->live->sip, clock_monotonic_ms());
	if (screen->memory && screen->sources && sip_request_init() == 0 &&
	    getrandom(screen->key, sizeof(screen->key), 0) == (ssize_t)sizeof(screen->key))
		return screen;
	talloc_free(screen);
	return NULL;
}
