/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The value of every key that mianrao.yaml leaves out; deploy/mianrao.yaml shows the same values.
 */
#include "gateway/config_schema.h"

#include <stddef.h>
#include <string.h>

#define COUNT_OF(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

#define LISTENER                                                                                   \
	{                                                                                          \
		.address = "127.0.0.1", .port = 2775, .certificate = "", .key = "",                \
		.client_ca = ""                                                                    \
	}
static struct config_listener listeners[] = { LISTENER };

static char *service_codes[] = { "10086999" };

static char *protected_numbers[] = {
	"110", "119", "120", "122", "12110", "12381", "96110", "10085", "10086", "10086999",
};

static const struct config config_preset = {
	.instance = "mianrao",
	.state_dir = "/var/lib/mianrao",
	.control_socket = "",
	.log_level = "notice",
	.drain_s = 20,
	.smpp = {
		.system_id = "mianrao",
		.listeners = listeners,
		.listeners_count = COUNT_OF(listeners),
		.window_out = 32,
		.init_s = 5,
		.enquire_s = 30,
		.response_s = 15,
		.inactivity_s = 0,
		.max_links = 200,
		.max_links_per_address = 100,
		.lockout_after = 10,
		.lockout_s = 60,
		.lockout_max_s = 3600,
		.concat_wait_s = 120,
		.concat_sets = 10000,
		.concat_sets_per_sender = 8,
		.queue_max = 10000,
	},
	.redis = {
		.address = "127.0.0.1",
		.port = 6379,
		.password_file = "",
		.prefix = "mr:",
		.timeout_ms = 1000,
	},
	.feed = {
		.stream = "cdr",
		.group = "mianrao",
		.batch = 500,
		.retention_days = 10,
		.poll_s = 2,
		.bad_max = 10000,
	},
	.reports = {
		.service_codes = service_codes,
		.service_codes_count = COUNT_OF(service_codes),
		.language = REPLY_ZH,
		.recheck_s = 10,
		.recheck_max_s = 600,
		.reopen_days = 7,
		.dialogue_s = 3600,
		.list_days = 7,
		.list_max = 5,
		.questions = 1,
		.join_s = 60,
		.quiet_hours = "",
		.duplicate_s = 86400,
	},
	.answers = {
		.attempts = 4,
		.retry_s = 300,
		.retry_max_s = 14400,
		.validity_s = 86400,
		.receipt_wait_s = 90000,
		.keep_days = 90,
	},
	.rewards = {
		.transport = REWARD_BY_STREAM,
		.repeat_s = 60,
		.repeat_max_s = 3600,
		.overdue_s = 86400,
		.settlement_delay_s = 600,
		.settlement_keep_days = 400,
		.webhook = {
			.url = "",
			.secret_file = "",
			.server_ca = "",
			.server_name = "",
			.connections = 4,
			.timeout_ms = 10000,
			.retry_min_ms = 1000,
			.retry_max_ms = 300000,
			.clock_skew_s = 300,
		},
	},
	.blocking = {
		.protected_numbers = protected_numbers,
		.protected_numbers_count = COUNT_OF(protected_numbers),
		/* ESME_RX_R_APPN says "rejected" and nothing else: hubs do not repeat it, and
		 * it cannot be taken for a fault of ours as ESME_RSUBMITFAIL could. */
		.blocked_status = 0x66,
		.on_unknown_call = CONFIG_FAIL_ALLOW,
		.on_unknown_sms = CONFIG_FAIL_ALLOW,
		.near_cache_entries = 2000000,
	},
	.sip = {
		.reject = { .status = 603, .phrase = "", .reason = "", .call_info = "" },
		.forged = SIP_FORGED_SCREEN,
		.receive_buffer = 8 << 20,
		.connections = 200,
		.idle_s = 600,
	},
	.http = {
		.enabled = true,
		.address = "127.0.0.1",
		.port = 8775,
	},
};

static const struct config_listener listener_preset = LISTENER;

static const struct config_account account_preset = {
	.window = 64,
	.rate = 0,
	.max_sessions = 4,
	.entry = BLOCK_ENTRY_UNKNOWN,
	.certificate_fingerprint = "",
	.certificate_subject = "",
};

static const struct config_smsc smsc_preset = {
	.balance = SMSC_FAILOVER,
	.tls = false,
	.certificate = "",
	.key = "",
	.server_ca = "",
	.server_name = "",
	.server_fingerprint = "",
	.bind = SMSC_TRANSCEIVER,
	.sessions = 1,
	.password = "",
	.password_file = "",
	.system_type = "",
	.interface_version = 0x34,
	.addr_ton = 0,
	.addr_npi = 0,
	.address_range = "",
	.window = 32,
	.rate = 0,
	.enquire_s = 0,
	.response_s = 0,
	.reconnect_min_ms = 1000,
	.reconnect_max_ms = 60000,
	.outbind = { .system_id = "", .password = "", .password_file = "" },
};

static const struct config_host host_preset = { .port = 2775 };

static const struct config_sip_listener sip_listener_preset = { .address = "127.0.0.1",
								.port = 5060 };

static const struct config_sip_source sip_source_preset = { .trunk_header = "",
							    .roaming_header = "" };

static const struct config_trunk trunk_preset = { .match = NULL };

static const struct config_source source_preset = {
	.disorder_s = 300,
	.entry = CALL_ENTRY_UNKNOWN,
	.directory = "",
	.delimiter = ",",
	.header = true,
	.columns = {
		[CALL_FIELD_CALLER] = "caller",
		[CALL_FIELD_CALLED] = "called",
		[CALL_FIELD_START] = "start",
		[CALL_FIELD_DURATION] = "duration",
		[CALL_FIELD_ANSWERED] = "answered",
		[CALL_FIELD_ENTRY] = "entry",
	},
};

void config_preset_fill(struct config_preset *out)
{
	*out = (struct config_preset){
		.file = { .config = config_preset },
		.listener = listener_preset,
		.account = account_preset,
		.smsc = smsc_preset,
		.host = host_preset,
		.source = source_preset,
		.sip_listener = sip_listener_preset,
		.sip_source = sip_source_preset,
		.trunk = trunk_preset,
		.verdict = { .policy = verdict_policy_default },
		.reward = { .budget_since = "", .policy = reward_policy_default },
		.tier = { .category = REWARD_ANY_CATEGORY },
	};
	iso_time_format(verdict_policy_default.effective_ms, out->verdict_effective);
	iso_time_format(reward_policy_default.effective_ms, out->reward_effective);
	out->verdict.effective = out->verdict_effective;
	out->reward.effective = out->reward_effective;
	out->file.verdict = &out->verdict;
	out->file.verdict_count = 1;
	out->file.reward = &out->reward;
	out->file.reward_count = 1;
}

const void *config_preset_entry(const struct config_preset *preset, const char *path)
{
	const struct {
		const char *path;
		const void *entry;
	} entries[] = {
		{ "smpp.listeners[]", &preset->listener },
		{ "accounts[]", &preset->account },
		{ "smscs[]", &preset->smsc },
		{ "smscs[].hosts[]", &preset->host },
		{ "feed.sources[]", &preset->source },
		{ "sip.listeners[]", &preset->sip_listener },
		{ "sip.sources[]", &preset->sip_source },
		{ "sip.sources[].trunks[]", &preset->trunk },
		{ "verdict_policies[]", &preset->verdict },
		{ "reward_policies[]", &preset->reward },
		{ "reward_policies[].tiers[]", &preset->tier },
	};
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		if (strcmp(entries[i].path, path) == 0)
			return entries[i].entry;
	return NULL;
}
