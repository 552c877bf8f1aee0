/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/reply_words.h"

const char *const reply_templates[REPLY_KIND_COUNT][REPLY_TONGUES] = {
	[REPLY_RECEIVED] = {
		"已收到您对{number}的举报<，编号{id}>。48小时内告诉您核实结果，查进度请发CXJB。",
		"We have your report of {number}<, receipt {id}>. "
		"You will hear the result within 48 hours. To ask earlier, send CXJB.",
	},
	[REPLY_JOINED] = {
		"好的，已补充到您对{number}的举报<，编号{id}>，有结果马上告诉您。",
		"Thank you, added to your report of {number}<, receipt {id}>. "
		"We will tell you the result.",
	},
	[REPLY_DUPLICATE] = {
		"您已举报过{number}<，编号{id}>，正在核实，不用再发，有结果马上告诉您。",
		"You have reported {number} before<, receipt {id}>. It is being checked; "
		"no need to send it again, we will tell you the result.",
	},
	[REPLY_NEEDS_NUMBER] = {
		"请回复要举报的完整号码，通话记录里可以查到。",
		"Please reply with the whole number you want to report; your call list shows it.",
	},
	[REPLY_CHOOSE_NUMBER] = {
		"举报哪个来电？请回序号(如1)或完整号码：{choices}",
		"Which call do you report? Reply with its place in this list (such as 1) or with "
		"the whole number:{choices}",
	},
	[REPLY_NO_SUCH_CHOICE] = {
		"没有这个序号，请<回复{places}，或>回复要举报的完整号码。",
		"The list has no such place. Please reply with< {places}, or with> the whole number "
		"you want to report.",
	},
	[REPLY_VERIFIED] = {
		"您对{number}<({day})>的举报已核实成立：{reason}。流量奖励正在办理，到账会通知您。",
		"Your report of {number}<, {day},> is verified: {reason}. "
		"Your data reward is on its way. Thank you!",
	},
	[REPLY_VERIFIED_CAPPED] = {
		"您对{number}<({day})>的举报已核实成立：{reason}。{outcome}，这次不送流量。谢谢！",
		"Your report of {number}<, {day},> is verified: {reason}. "
		"No data this time: {outcome}. Thank you!",
	},
	[REPLY_REJECTED] = {
		"{number}<({day})>的举报未成立：{reason}。<是否{near}？是请回1。>不服可回“申诉”。",
		"{number}<, {day}>: report not upheld, {reason}. "
		"<Was it {near}? If so, reply 1. >To object, send SS< {id}>.",
	},
	[REPLY_UNPROVED] = {
		"您举报的{number}<({day})>暂未能查实：{reason}。这不是您的错，日后查到会通知您。",
		"Your report of {number}<, {day},> could not be proved: {reason}. "
		"This is not your fault; if records come later we will tell you.",
	},
	[REPLY_REVIEW] = {
		"您举报的{number}<({day})>正由专人核查：{reason}。您不用再做什么，有结果就通知您。",
		"Your report of {number}<, {day},> is with our staff: {reason}. "
		"You need do nothing; we will tell you the result.",
	},
	[REPLY_CREDITED] = {
		"感谢您的举报，奖励的{amount}流量已到账<，编号{id}><，举报号码{number}>。",
		"Thank you: <{amount} of >data for your report< {id}>< of {number}> "
		"has been credited.",
	},
	[REPLY_CREDIT_FAILED] = {
		"抱歉，<举报{id}的>{amount}流量奖励没能到账，我们正在查原因。您可拨10086咨询。",
		"Sorry, the <{amount} of >data for your report< {id}> could not be credited. "
		"We are looking into it. You may call 10086.",
	},
	[REPLY_REWARD_REVERSED] = {
		"举报<{id}的>{amount}流量奖励已收回<：{note}>。如有疑问请拨10086。",
		"The <{amount} of >data for your report< {id}> was taken back<: {note}>. "
		"Questions? Call 10086.",
	},
	[REPLY_STATUS] = {
		"您的举报{id}<，号码{number}><({day})>：{state}。",
		"Your report {id}< of {number}><, {day}>: {state}.",
	},
	[REPLY_STATUS_NONE] = {
		"没有查到您的举报。要举报，请回复来电号码和对方推销的内容。",
		"We know of no report of yours. To make one, reply with the caller's number "
		"and what was offered.",
	},
	[REPLY_APPEALED] = {
		"已收到您的申诉<，编号{id}><，号码{number}>。将由专人重新核查，有结果就通知您。",
		"We have your appeal<, receipt {id}><, number {number}>. Our staff will check "
		"again and tell you the result.",
	},
	[REPLY_APPEAL_REFUSED] = {
		"这次申诉无法受理：没有已办结的举报，或该举报已申诉过一次。有疑问请拨10086。",
		"We cannot take this appeal: there is no closed report, or it was appealed once "
		"already. Questions? Call 10086.",
	},
	[REPLY_BLOCK_STATE] = {
		"现在：境外来电{calls}，境外短信{sms}（含港澳台）。屏蔽请发KTJWPB，取消请发QXJWPB。",
		"Now: calls from abroad {calls}, SMS from abroad {sms} (Hong Kong, Macao, Taiwan "
		"too). To block send KTJWPB, to unblock QXJWPB.",
	},
	[REPLY_HELP] = {
		"举报骚扰推销：回复来电号码和推销内容，也可写时间，核实后送您流量，每次都有答复。"
		"查进度发CXJB，不服结果回“申诉”。屏蔽境外来电和短信发KTJWPB，取消发QXJWPB，查询发CXPB。",
		"To report a nuisance call, reply with its number, what was offered, and when. "
		"If verified you are given data; you always get an answer. Progress: CXJB. "
		"To object: SS and the receipt. Block calls and SMS from abroad: KTJWPB, "
		"unblock: QXJWPB, see: CXPB.",
	},
	[REPLY_CHAT] = {
		"您好，这里受理骚扰推销举报：请回复来电号码和推销内容。帮助发BZ，其他业务请拨10086。",
		"Hello, this number takes reports of nuisance calls: reply with the caller's "
		"number and what was offered. Help: BZ. Other matters: call 10086.",
	},
	[REPLY_EMPTY] = {
		"您的短信里没有文字。要举报，请回复来电号码和对方推销的内容；帮助请发BZ。",
		"Your message was empty. To report a call, reply with its number and what was "
		"offered. Help: BZ.",
	},
	[REPLY_UNSUBSCRIBED] = {
		"好的，不再主动给您发短信；您以后发来的举报和查询，我们仍会答复。",
		"You will get no more texts from us, but we still answer the reports and "
		"questions you send.",
	},
};

const char *const reply_reason_words[VERDICT_REASON_COUNT][REPLY_TONGUES] = {
	[VERDICT_CALL_FOUND] = { "通话记录有此来电", "our records show the call" },
	[VERDICT_NO_SUCH_CALL] = { "通话记录无此来电", "our records show no such call" },
	[VERDICT_FEED_INCOMPLETE] = { "通话记录还没到齐", "call records are incomplete" },
	[VERDICT_CLOCK_RAN_OUT] = { "期限内没能查清", "time ran out" },
	[VERDICT_OFFICIAL_NUMBER] = { "这是我们的官方号码", "it is our official number" },
	[VERDICT_PARTNER_NUMBER] = { "这是登记的合作号码", "it is a registered partner" },
	[VERDICT_FORGED_NUMBER] = { "境外来电冒用此号", "it was forged from abroad" },
	[VERDICT_NOT_ANSWERED] = { "这次来电没有接通", "the call was not answered" },
	[VERDICT_WIDE_FANOUT] = { "此号大量拨打他人", "it calls very many people" },
	[VERDICT_OTHER_REPORTERS] = { "多人举报此号", "others reported it too" },
	[VERDICT_SALES_WORDS] = { "推销内容写得明确", "you told what was offered" },
	[VERDICT_ACQUAINTANCE] = { "您与此号互有通话", "you two call each other" },
	[VERDICT_WEAK_EVIDENCE] = { "证据不足以认定推销", "nothing shows selling" },
	[VERDICT_SMS_NOT_CHECKABLE] = { "短信没有记录可查", "SMS leave no call record" },
	[VERDICT_NO_NUMBER] = { "没有收到要举报的号码", "no number came" },
};

const char *const reply_outcome_words[REWARD_OUTCOME_COUNT][REPLY_TONGUES] = {
	[REWARD_DUE] = { "奖励办理中", "it is on its way" },
	[REWARD_CAP_DAY] = { "今日奖励已满", "today's limit is reached" },
	[REWARD_CAP_MONTH] = { "本月奖励已满", "this month's limit is reached" },
	[REWARD_CAP_YEAR] = { "今年奖励已满", "this year's limit is reached" },
	[REWARD_CAP_CALLER] = { "此号奖励已满", "this number's limit is reached" },
	[REWARD_NOT_AMONG_FIRST] = { "已有他人先报", "others were first" },
	[REWARD_BUDGET_SPENT] = { "活动奖励已发完", "all rewards are given out" },
	[REWARD_NO_POLICY] = { "现无奖励活动", "no rewards are offered now" },
	[REWARD_NOT_OFFERED] = { "此类举报无奖励", "this kind earns none" },
	[REWARD_CALL_REWARDED] = { "这次来电已奖励", "this call has its reward" },
};

const char *const reply_state_words[REPORT_STATE_COUNT][REPLY_TONGUES] = {
	[REPORT_STATE_RECEIVED] = { "已收到，等待核实", "received" },
	[REPORT_STATE_NEEDS_NUMBER] = { "等您补充来电号码", "we wait for the number from you" },
	[REPORT_STATE_PENDING] = { "正在核实", "being checked" },
	[REPORT_STATE_VERIFIED] = { "已核实成立", "verified" },
	[REPORT_STATE_REJECTED] = { "未成立", "not upheld" },
	[REPORT_STATE_UNPROVED] = { "暂未能查实", "could not be proved" },
	[REPORT_STATE_REVIEW] = { "专人核查中", "with our staff" },
	[REPORT_STATE_APPEALED] = { "申诉已收到，等待重新核查", "appealed, to be checked again" },
};

const char *const reply_switch_words[2][REPLY_TONGUES] = {
	{ "未屏蔽", "not blocked" },
	{ "已屏蔽", "blocked" },
};

const char *const reply_day_words[2][REPLY_TONGUES] = {
	{ "今天", "today" },
	{ "昨天", "yesterday" },
};

const char *const reply_no_number[REPLY_TONGUES] = { "该号码", "the number" };
