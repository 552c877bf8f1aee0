/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/trace.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_store.h"
#include "gateway/config_check.h"
#include "gateway/log.h"
#include "gateway/peer.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"
#include "smpp/smpp_mask.h"
#include "smpp/smpp_trace.h"

enum { TRACES_MAX = 8, LINE_MAX = 4096, SECONDS_MAX = 86400, NAME_MAX_OCTETS = 64 };

struct trace {
	struct llist_head list; /* the desk's, while it runs */
	struct trace_desk *desk;
	struct control_request *request;
	char link[NAME_MAX_OCTETS];
	bool octets; /* a capture, rather than lines */
	bool open;   /* with texts, or as it is */
	int64_t seconds;
	int64_t until_ms;
	uint64_t told;
	uint64_t lost;
	uint64_t lost_untold;
};

struct trace_desk {
	struct gateway *gateway;
	struct llist_head traces;
	size_t count; /* those that wait for the audit, too */
	struct event *tick;
};

/* ---- which sessions ---- */

static bool names_address(const char *wanted, const char *address)
{
	const char *port = strrchr(address, ':');
	size_t host = port ? (size_t)(port - address) : 0;

	if (strcmp(wanted, address) == 0)
		return true;
	if (address[0] == '[' && host > 2) { /* "[::1]:2775" is "::1" */
		address++;
		host -= 2;
	}
	return strlen(wanted) == host && memcmp(wanted, address, host) == 0;
}

/* "centre" is "centre#1" as well. */
static bool names_link(const char *wanted, const char *name)
{
	size_t len = strlen(wanted);

	return len > 0 && strncmp(wanted, name, len) == 0 &&
	       (name[len] == '\0' || name[len] == '#');
}

static bool is_bind(uint32_t command)
{
	return command == SMPP_BIND_RECEIVER || command == SMPP_BIND_TRANSMITTER ||
	       command == SMPP_BIND_TRANSCEIVER;
}

/* A session is known by its bind from then on only; the bind itself is looked into. */
static bool names_bind(const char *wanted, const uint8_t *data, size_t len)
{
	struct smpp_pdu pdu;

	return smpp_pdu_decode(data, len, &pdu, NULL) == 0 && is_bind(pdu.command_id) &&
	       pdu.system_id.len == strlen(wanted) &&
	       memcmp(pdu.system_id.data, wanted, pdu.system_id.len) == 0;
}

static bool fits(const char *wanted, struct peer *peer, const uint8_t *data, size_t len)
{
	struct smpp_session *session = peer_session(peer);

	return names_link(wanted, peer_account(peer)) ||
	       names_address(wanted, peer_address(peer)) ||
	       (session && strcmp(wanted, smpp_session_system_id(session)) == 0) ||
	       (peer_account(peer)[0] == '\0' && names_bind(wanted, data, len));
}

/* A name that can hardly ever fit is a slip of the hand. */
static bool can_fit(const struct gateway *gateway, const char *wanted)
{
	struct peer *peer = NULL;

	if (config_is_address(wanted))
		return true;
	for (unsigned i = 0; i < gateway->live->accounts_count; i++)
		if (strcmp(wanted, gateway->live->accounts[i].system_id) == 0)
			return true;
	for (unsigned i = 0; i < gateway->live->smscs_count; i++)
		if (names_link(gateway->live->smscs[i].name, wanted))
			return true;
	while ((peer = peer_set_next(gateway->peers, peer)))
		if (fits(wanted, peer, NULL, 0))
			return true;
	return false;
}

/* ---- telling ---- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static json_t *hex_json(const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = talloc_array(NULL, char, 2 * len + 1);
	json_t *json;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	json = json_stringn_nocheck(text, 2 * len);
	talloc_free(text);
	return json;
}

static json_t *octets_json(const struct trace *trace, const uint8_t *data, size_t len)
{
	uint8_t *copy;
	json_t *json;

	if (trace->open)
		return hex_json(data, len);
	copy = talloc_memdup(NULL, data, len);
	if (!copy)
		return NULL;
	smpp_mask(copy, len);
	json = hex_json(copy, len);
	talloc_free(copy);
	return json;
}

static json_t *line_json(const struct trace *trace, const uint8_t *data, size_t len)
{
	struct smpp_trace_options options = { .show_text = trace->open };
	char line[LINE_MAX];

	return json_stringn(line, smpp_trace_line(data, len, &options, line, sizeof(line)));
}

static void push(struct trace *trace, json_t *event)
{
	if (event && control_push(trace->request, event) == 0) {
		trace->told++;
		return;
	}
	trace->lost++;
	trace->lost_untold++;
}

static void tell_lost(struct trace *trace)
{
	json_t *event = json_pack("{sI}", "lost", (json_int_t)trace->lost_untold);

	if (event && control_push(trace->request, event) == 0)
		trace->lost_untold = 0;
}

static void tell(struct trace *trace, const struct peer *peer, bool sent, const uint8_t *data,
		 size_t len)
{
	const char *name = peer_account(peer);

	if (trace->lost_untold)
		tell_lost(trace);
	if (trace->lost_untold) { /* it still does not read: no work for what would be lost */
		push(trace, NULL);
		return;
	}
	push(trace, json_pack("{sI sI ss ss sb sb so*}", "at_us", (json_int_t)now_us(), "session",
			      (json_int_t)peer_number(peer), "link", name, "peer",
			      peer_address(peer), "server", peer_side(peer) == PEER_SERVER, "sent",
			      sent, trace->octets ? "octets" : "pdu",
			      trace->octets ? octets_json(trace, data, len)
					    : line_json(trace, data, len)));
}

static void on_octets(void *user, struct peer *peer, bool sent, const uint8_t *data, size_t len)
{
	struct trace_desk *desk = user;
	struct trace *trace;

	llist_for_each_entry(trace, &desk->traces, list)
		if (fits(trace->link, peer, data, len))
			tell(trace, peer, sent, data, len);
}

/* ---- beginning and end ---- */

static void trace_free(struct trace *trace)
{
	trace->desk->count--;
	talloc_free(trace);
}

static void stop(struct trace *trace)
{
	struct trace_desk *desk = trace->desk;

	llist_del(&trace->list);
	control_answer(trace->request,
		       json_pack("{ss sI sI}", "link", trace->link, "pdus", (json_int_t)trace->told,
				 "lost", (json_int_t)trace->lost));
	trace_free(trace);
	if (llist_empty(&desk->traces)) {
		peer_set_listen(desk->gateway->peers, NULL, NULL);
		event_del(desk->tick);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct trace_desk *desk = arg;
	int64_t now_ms = clock_monotonic_ms();
	struct trace *trace, *next;

	(void)fd;
	(void)what;
	llist_for_each_entry_safe(trace, next, &desk->traces, list) {
		if (trace->lost_untold)
			tell_lost(trace);
		if (now_ms >= trace->until_ms || !control_is_wanted(trace->request))
			stop(trace);
	}
}

static void start(struct trace *trace)
{
	const struct timeval every = { 0, 200 * 1000 };
	struct trace_desk *desk = trace->desk;

	trace->until_ms = clock_monotonic_ms() + trace->seconds * 1000;
	if (llist_empty(&desk->traces)) {
		peer_set_listen(desk->gateway->peers, on_octets, desk);
		event_add(desk->tick, &every);
	}
	llist_add_tail(&trace->list, &desk->traces);
	control_push(trace->request, json_pack("{ss}", "tracing", trace->link));
}

/* ---- the audit ---- */

struct audit_op {
	struct store_op op; /* first */
	struct trace *trace;
	char actor[CONTROL_ACTOR_MAX];
	char link[NAME_MAX_OCTETS];
	const char *action;
	int64_t now_ms;
};

static int run_audit(struct db *db, struct store_op *op)
{
	struct audit_op *audit = (struct audit_op *)op;

	return audit_put(db, audit->now_ms, audit->actor, audit->action, audit->link, "", "");
}

static void audit_done(struct store_op *op)
{
	struct audit_op *audit = (struct audit_op *)op;
	struct trace *trace = audit->trace;

	if (op->rc < 0) {
		control_fail_code(trace->request, CONTROL_UNAVAILABLE, "store: %s",
				  strerror(-op->rc));
		trace_free(trace);
	} else {
		LOGP(LOG_CONTROL, LOGL_NOTICE, "%s: %s of %s\n", audit->actor, audit->action,
		     audit->link);
		start(trace);
	}
	talloc_free(audit);
}

static void start_audited(struct trace *trace)
{
	struct audit_op *audit = talloc_zero(NULL, struct audit_op);

	if (!audit) {
		control_fail_code(trace->request, CONTROL_UNAVAILABLE, "out of memory");
		trace_free(trace);
		return;
	}
	audit->op.run = run_audit;
	audit->op.done = audit_done;
	audit->trace = trace;
	audit->action = trace->octets ? "pcap --full" : "trace --text";
	audit->now_ms = clock_now_ms();
	control_actor(trace->request, audit->actor);
	memcpy(audit->link, trace->link, sizeof(audit->link));
	store_submit(trace->desk->gateway->store, &audit->op);
}

/* ---- the command ---- */

static bool flag(const json_t *args, const char *name)
{
	return json_is_true(json_object_get(args, name));
}

static const char *refusal(const struct gateway *gateway, const char *link, int64_t seconds)
{
	if (!link || !link[0] || strlen(link) >= NAME_MAX_OCTETS || !can_fit(gateway, link))
		return "link: no account, SMSC, session or address of this name";
	if (seconds < 1 || seconds > SECONDS_MAX)
		return "seconds: wants 1 to 86400";
	if (gateway->draining)
		return "shutting down";
	return gateway->traces->count >= TRACES_MAX ? "eight traces are under way" : NULL;
}

void command_trace(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *link = json_string_value(json_object_get(args, "link"));
	const json_t *given = json_object_get(args, "seconds");
	int64_t seconds = given ? json_integer_value(given) : SECONDS_MAX;
	const char *why = refusal(gateway, link, seconds);
	struct trace *trace = why ? NULL : talloc_zero(gateway->traces, struct trace);

	if (!trace) {
		control_fail(request, "%s", why ? why : "out of memory");
		return;
	}
	trace->desk = gateway->traces;
	trace->request = request;
	trace->seconds = seconds;
	trace->octets = flag(args, "octets");
	trace->open = flag(args, trace->octets ? "full" : "text");
	memcpy(trace->link, link, strlen(link));
	trace->desk->count++;
	if (trace->open)
		start_audited(trace);
	else
		start(trace);
}

/* At the end of the daemon: what is asked of it is answered; peers and clients may be gone. */
static int desk_destroy(struct trace_desk *desk)
{
	struct trace *trace;

	llist_for_each_entry(trace, &desk->traces, list)
		control_fail_code(trace->request, CONTROL_UNAVAILABLE, "shutting down");
	if (desk->tick)
		event_free(desk->tick);
	return 0;
}

struct trace_desk *trace_desk_create(void *ctx, struct gateway *gateway)
{
	struct trace_desk *desk = talloc_zero(ctx, struct trace_desk);

	if (!desk)
		return NULL;
	talloc_set_destructor(desk, desk_destroy);
	desk->gateway = gateway;
	INIT_LLIST_HEAD(&desk->traces);
	desk->tick = event_new(gateway->base, -1, EV_PERSIST, on_tick, desk);
	if (!desk->tick)
		TALLOC_FREE(desk);
	return desk;
}
