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

#define WORDS(...)                                                                                 \
	.words = (char *[]){ __VA_ARGS__ },                                                        \
	.words_count = sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)
static struct config_keyword keywords[] = {
	{ KEYWORD_HELP, WORDS("BZ", "HELP", "帮助") },
	{ KEYWORD_STATUS, WORDS("CXJB", "查询举报") },
	{ KEYWORD_STATUS, .needs_receipt = true, WORDS("查询", "查") },
	{ KEYWORD_APPEAL, WORDS("SS", "申诉") },
	{ KEYWORD_SHIELD_ON,
	  WORDS("KTJWPB", "KTGJPB", "开通境外屏蔽", "屏蔽境外来电和短信", "BLOCK ABROAD") },
	{ KEYWORD_SHIELD_ON, REPORT_SCOPE_CALL,
	  WORDS("KTJWLDPB", "KTGJLDPB", "开通境外来电屏蔽", "屏蔽境外来电", "BLOCK CALLS ABROAD") },
	{ KEYWORD_SHIELD_ON, REPORT_SCOPE_SMS,
	  WORDS("KTJWDXPB", "KTGJDXPB", "开通境外短信屏蔽", "屏蔽境外短信", "BLOCK SMS ABROAD") },
	{ KEYWORD_SHIELD_OFF, WORDS("QXJWPB", "QXGJPB", "GBJWPB", "GBGJPB", "取消境外屏蔽",
				    "关闭境外屏蔽", "UNBLOCK ABROAD") },
	{ KEYWORD_SHIELD_OFF, REPORT_SCOPE_CALL,
	  WORDS("QXJWLDPB", "QXGJLDPB", "GBJWLDPB", "GBGJLDPB", "取消境外来电屏蔽",
		"UNBLOCK CALLS ABROAD") },
	{ KEYWORD_SHIELD_OFF, REPORT_SCOPE_SMS,
	  WORDS("QXJWDXPB", "QXGJDXPB", "GBJWDXPB", "GBGJDXPB", "取消境外短信屏蔽",
		"UNBLOCK SMS ABROAD") },
	{ KEYWORD_SHIELD_STATE, WORDS("CXPB", "CXJWPB", "CXGJPB", "查询屏蔽") },
	{ KEYWORD_SHIELD_STATE, REPORT_SCOPE_CALL, WORDS("CXJWLDPB", "CXGJLDPB") },
	{ KEYWORD_SHIELD_STATE, REPORT_SCOPE_SMS, WORDS("CXJWDXPB", "CXGJDXPB") },
	{ KEYWORD_BLOCK_NUMBER, WORDS("LH", "拉黑", "加入黑名单", "BLOCK") },
	{ KEYWORD_ALLOW_NUMBER,
	  WORDS("YX", "允许", "别拦", "不要拦", "取消拉黑", "解除拉黑", "ALLOW", "UNBLOCK") },
	{ KEYWORD_REPORTED_ON, WORDS("KTJBLH", "开通举报拉黑", "举报自动拉黑", "BLOCK REPORTED") },
	{ KEYWORD_REPORTED_OFF,
	  WORDS("QXJBLH", "GBJBLH", "取消举报拉黑", "关闭举报拉黑", "UNBLOCK REPORTED") },
	{ KEYWORD_REPORTED_STATE, WORDS("CXJBLH", "查询举报拉黑", "REPORTED") },
	{ KEYWORD_UNDO, WORDS("撤销", "撤消", "撤回", "UNDO") },
	{ KEYWORD_BLOCKED_LIST, WORDS("CXLJ", "LJJL", "查询拦截记录", "查看拦截记录", "拦截记录",
				      "查询拦截", "查拦截", "屏蔽记录", "BLOCKED") },
	{ KEYWORD_RELEASE, WORDS("FX", "放行", "RELEASE") },
	{ KEYWORD_DIGEST_ON, WORDS("ZB", "KTZB", "每日汇总", "开通每日汇总", "DIGEST ON") },
	{ KEYWORD_DIGEST_OFF, WORDS("QXZB", "取消每日汇总", "关闭每日汇总", "DIGEST OFF") },
	{ KEYWORD_THANKS, WORDS("谢谢", "谢谢你", "谢谢您", "谢谢了", "好的谢谢", "好谢谢", "多谢",
				"感谢", "谢谢啦", "谢啦", "谢了", "多谢了", "感谢您", "非常感谢",
				"收到", "收到谢谢", "知道了", "THANKS", "THANK YOU", "THX") },
	{ KEYWORD_UNSUBSCRIBE, WORDS("TD", "T", "TT", "退订", "退定", "我要退订", "拒收", "回T",
				     "回复T", "回复TD", "STOP", "UNSUBSCRIBE") },
	{ KEYWORD_PLAIN_TEXTS, WORDS("简单", "SIMPLE") },
	{ KEYWORD_STANDARD_TEXTS, WORDS("普通", "STANDARD") },
	{ KEYWORD_MACHINE,
	  WORDS("自动回复", "自动应答", "系统自动发送", "请勿回复", "AUTO REPLY", "AUTOMATIC REPLY",
		"AUTOMATED MESSAGE", "DO NOT REPLY", "OUT OF OFFICE") },
};

static char *protected_numbers[] = {
	"110", "119", "120", "122", "12110", "12381", "96110", "10085", "10086", "10086999",
};

static const struct config config_preset = {
	.instance = "mianrao",
	.state_dir = "/var/lib/mianrao",
	.control_socket = "",
	.control_group = "",
	.ref_key_file = "",
	.log_level = "notice",
	.log_format = "text",
	.language_dir = "",
	.numbering_dir = "",
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
		.hub_receipt_days = 7,
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
		.stream_max = 1000000,
	},
	.reports = {
		.service_codes = service_codes,
		.service_codes_count = COUNT_OF(service_codes),
		.replies = "",
		.language = REPLY_ZH,
		.style = REPLY_STANDARD,
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
		.promise_s = 48 * 3600,
		.warn_before_s = 4 * 3600,
		.review_lease_s = 900,
		.flood_s = 600,
		.flood_answers = 20,
		.chat_answers_day = 3,
	},
	.keywords = keywords,
	.keywords_count = COUNT_OF(keywords),
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
		.snapshot_s = 900,
		.attempts_days = 7,
		.attempts_max = 50,
		.quarantine_max = 50,
		.release_allows = true,
		.block_reported = REPORTED_IF_WISHED,
		.digest_hour = 9,
		.traffic_samples = 20000,
		.traffic_hours = 24,
		.guard_percent = 5,
		.guard_least = 20,
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
		.requests_per_second = 100,
		.tls = false,
		.certificate = "",
		.key = "",
	},
	.privacy.retention = {
		.messages_days = 180,
		.reports_days = 730,
		.rewards_days = 3650,
		.dialogues_days = 30,
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

static const struct config_keyword keyword_preset = { .scope = REPORT_SCOPE_BOTH };
/* Lists that are left out are empty. */
static const struct config_http_client http_client_preset = { .may_count = 0 };
static const struct config_control_user control_user_preset = { .roles_count = 0 };

static const struct config_sip_listener sip_listener_preset = { .address = "127.0.0.1",
								.port = 5060 };

static const struct config_sip_source sip_source_preset = { .trunk_header = "",
							    .roaming_header = "" };

static const struct config_trunk trunk_preset = { .match = NULL };

static const struct config_source source_preset = {
	.disorder_s = 300,
	.entry = CALL_ENTRY_UNKNOWN,
	.utc_offset = "+08:00",
	.lag_alarm_s = 3600,
	.clock_alarm_s = 60,
	.gap_wait_s = 3600,
	.token_hash = "",
	.directory = "",
	.format = FEED_CSV,
	.file_pattern = "",
	.delimiter = ",",
	.header = true,
	.columns = {
		[CALL_FIELD_CALLER] = "caller",
		[CALL_FIELD_CALLED] = "called",
		[CALL_FIELD_START] = "start",
		[CALL_FIELD_DURATION] = "duration",
		[CALL_FIELD_ANSWERED] = "answered",
		[CALL_FIELD_ENTRY] = "entry",
		[CALL_FIELD_ASSERTED] = "asserted",
		[CALL_FIELD_TRUNK] = "trunk",
		[CALL_FIELD_WRITTEN] = "written",
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
		{ "keywords[]", &keyword_preset },
		{ "control_users[]", &control_user_preset },
		{ "http.clients[]", &http_client_preset },
		{ "feed.sources[].trunks[]", &preset->feed_trunk },
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
