/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/text_trap.h"

#include <string.h>

#include "rules/numbering.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_alnum(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c);
}

static bool one_of(char16_t c, const char16_t *set)
{
	for (; *set; set++) {
		if (*set == c)
			return true;
	}
	return false;
}

static bool at_any(const struct text *text, size_t at, const char16_t *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_at(text, at, words[i]))
			return true;
	}
	return false;
}

static bool before_any(const struct text *text, size_t end, const char16_t *const *words,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_before(text, end, words[i]))
			return true;
	}
	return false;
}

/* --- web addresses --- */

static const char16_t *const domains[] = { u"com",  u"cn",   u"net",  u"org",	 u"top",  u"cc",
					   u"vip",  u"xyz",  u"info", u"me",	 u"io",	  u"co",
					   u"tv",   u"ly",   u"app",  u"shop",	 u"site", u"club",
					   u"link", u"hk",   u"tw",   u"ru",	 u"uk",	  u"ink",
					   u"biz",  u"mobi", u"pro",  u"online", u"tk",	  u"la" };

enum { ADDRESS_BACK_MAX = 64 };

static bool is_domain_end(const struct text *text, size_t dot)
{
	size_t end = dot + 1;
	while (end < text->len && text_is_latin(text->unit[end]))
		end++;
	if (end < text->len && (text_is_digit(text->unit[end]) || text->unit[end] == '@'))
		return false;
	for (size_t i = 0; i < COUNT(domains); i++) {
		if (text_word_len(domains[i]) == end - dot - 1 &&
		    text_at(text, dot + 1, domains[i]))
			return true;
	}
	return false;
}

static size_t address_end(const struct text *text, size_t at)
{
	while (at < text->len &&
	       (is_alnum(text->unit[at]) || one_of(text->unit[at], u"./?=&_%#~:+-")))
		at++;
	return at;
}

static size_t address_start(const struct text *text, size_t dot)
{
	size_t from = dot;
	while (from > 0 && dot - from < ADDRESS_BACK_MAX &&
	       (is_alnum(text->unit[from - 1]) || one_of(text->unit[from - 1], u"./:_-")))
		from--;
	if (from == 0 || text->unit[from - 1] != '@')
		return from;
	/* The user before the @ of a sip: address is a telephone number. */
	size_t user = from - 1;
	while (user > 0 && from - user < ADDRESS_BACK_MAX &&
	       (is_alnum(text->unit[user - 1]) || one_of(text->unit[user - 1], u"._+:-")))
		user--;
	if (text_at(text, user, u"sip:") || text_at(text, user, u"sips:") ||
	    text_at(text, user, u"tel:"))
		return from - 1;
	return user;
}

size_t trap_take_urls(struct text *text)
{
	size_t count = 0;
	for (size_t i = 0; i < text->len; i++) {
		size_t from;
		if (text_at(text, i, u"://") || (text->unit[i] == 'w' && text_at(text, i, u"www.")))
			from = i;
		else if (text->unit[i] == '.' && i > 0 && is_alnum(text->unit[i - 1]) &&
			 is_domain_end(text, i))
			from = address_start(text, i);
		else
			continue;
		size_t end = address_end(text, i);
		text_take(text, from, end);
		i = end;
		count++;
	}
	return count;
}

/* --- labels --- */

static const char16_t *const labels[] = {
	u"验证码", u"校验码", u"动态码",   u"密码",	u"口令",    u"取件码",	 u"提取码",
	u"邀请码", u"兑换码", u"工号",	   u"员工",	u"编号",    u"客服代表", u"坐席",
	u"客服号", u"客服工", u"客服",	   u"qq",	u"扣扣",    u"企鹅",	 u"微信",
	u"微信号", u"微信id", u"wx",	   u"vx",	u"v",	    u"wechat",	 u"weixin",
	u"威信",   u"加v",    u"钉钉",	   u"支付宝",	u"抖音",    u"抖音号",	 u"订单",
	u"订单号", u"单号",   u"运单",	   u"快递",	u"包裹",    u"身份证",	 u"证件",
	u"银行卡", u"卡号",   u"账号",	   u"帐号",	u"账户",    u"尾号",	 u"尾数",
	u"imei",   u"串号",   u"序列号",   u"合同",	u"保单",    u"保单号",	 u"合同号",
	u"客户号", u"户号",   u"流水号",   u"流水",	u"积分",    u"车牌",	 u"邮编",
	u"案号",   u"受理号", u"受理单号", u"受理编号", u"工单",    u"工单号",	 u"回执",
	u"回执号", u"凭证号", u"代码",	   u"股票代码", u"房号",    u"机器码",	 u"id",
	u"发票号", u"证号",   u"群",	   u"群号",	u"会员号",  u"order",	 u"code",
	u"otp",	   u"pin",    u"parcel",   u"tracking", u"account", u"card",	 u"套餐",
	u"余额",   u"资费",   u"月租",	   u"价格",	u"原价",    u"现价",	 u"只要",
	u"仅需",   u"每月",
};

/* A price or allowance is short; a number that follows its label is a telephone number. */
static const char16_t *const amount_labels[] = { u"套餐", u"余额", u"资费", u"月租", u"价格",
						 u"原价", u"现价", u"只要", u"仅需", u"每月",
						 u"积分", u"快递", u"客服", u"代码", u"包裹",
						 u"编号", u"v",	   u"群",   u"员工", u"合同" };

enum { LABEL_FILL_MAX = 6 };

static const char16_t *const same_number[] = { u"同号", u"同手机", u"同步", u"同电话" };

/* Steps over one filler before `at`; returns `at` when there is none. */
static size_t step_back(const struct text *text, size_t at)
{
	/* "the last six digits", in digits or words */
	if (at >= 3 && text->unit[at - 1] == u'位' && text->unit[at - 3] == u'后')
		return at - 3;
	if (at > 0 && one_of(text->unit[at - 1], u" :.#=是为\"(号码叫[,/后"))
		return at - 1;
	return at;
}

/* The label that ends before `at` or before fillers there; its end, or 0. */
static size_t label_before(const struct text *text, size_t at)
{
	for (size_t steps = 0; at > 0 && steps <= LABEL_FILL_MAX; steps++) {
		if (before_any(text, at, same_number, COUNT(same_number)))
			return 0;
		if (before_any(text, at, labels, COUNT(labels)))
			return at;
		size_t next = step_back(text, at);
		if (next == at)
			return 0;
		at = next;
	}
	return 0;
}

static size_t token_end(const struct text *text, size_t at)
{
	while (at < text->len && (is_alnum(text->unit[at]) || text->unit[at] == '_'))
		at++;
	return at;
}

static size_t digits_end(const struct text *text, size_t at)
{
	while (at < text->len && text_is_digit(text->unit[at]))
		at++;
	return at;
}

/* Card and order numbers come in groups; a group with a date or clock sign behind is none. */
static size_t groups_end(const struct text *text, size_t at)
{
	for (;;) {
		size_t next = at + 1, end;
		if (at >= text->len || (text->unit[at] != ' ' && text->unit[at] != '-'))
			return at;
		end = digits_end(text, next);
		if (end - next < 3 || end - next > 8 ||
		    (end < text->len && one_of(text->unit[end], u"月日号点时:分年/-.")))
			return at;
		at = end;
	}
}

static bool is_phone(const struct text *text, size_t from, size_t to)
{
	char digits[16];
	struct number number;
	if (to - from >= sizeof(digits))
		return false;
	for (size_t i = from; i < to; i++)
		digits[i - from] = (char)text->unit[i];
	return numbering_read(false, digits, to - from, &number) == 0;
}

static void take_if_labelled(struct text *text, size_t at)
{
	size_t start = at;
	while (start > 0 && (text_is_latin(text->unit[start - 1]) || text->unit[start - 1] == '_'))
		start--;
	size_t end = digits_end(text, at);
	/* The label may be the letters right before the digits, or stand before all of them. */
	size_t label = label_before(text, at);
	if (!label)
		label = label_before(text, start);
	if (!label || (before_any(text, label, amount_labels, COUNT(amount_labels)) &&
		       is_phone(text, at, end)))
		return;
	text_take(text, start, groups_end(text, token_end(text, at)));
}

void trap_take_labelled(struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (!text_is_digit(text->unit[i]))
			continue;
		if (!(text->mark[i] & TEXT_TAKEN))
			take_if_labelled(text, i);
		i = digits_end(text, i);
	}
}

/* --- amounts --- */

static const char16_t *const units[] = {
	u"元",	 u"块",	   u"美元",   u"毛",	  u"角",   u"g",   u"m",       u"k",   u"t",
	u"gb",	 u"mb",	   u"kb",     u"兆",	  u"%",	   u"折",  u"分",      u"秒",  u"小时",
	u"个",	 u"次",	   u"遍",     u"条",	  u"万",   u"千",  u"百",      u"套",  u"张",
	u"位",	 u"岁",	   u"级",     u"寸",	  u"天",   u"年",  u"周",      u"倍",  u"折",
	u"楼",	 u"室",	   u"单元",   u"栋",	  u"人",   u"期",  u"份",      u"点",  u"通",
	u"回",	 u"声",	   u"平",     u"米",	  u"公里", u"斤",  u"瓶",      u"箱",  u"月",
	u"日",	 u"多",	   u"来",     u"rmb",	  u"yuan", u"usd", u"minutes", u"min", u"times",
	u"days", u"years", u"months", u"percent",
};

/* A run of five or six digits may be a service code; only these units outweigh that. */
static const char16_t *const strong_units[] = {
	u"元",	 u"块",	  u"兆",   u"gb",   u"mb",   u"万",
	u"积分", u"分能", u"分可", u"分兑", u"分换", u"分,"
};

enum { AMOUNT_MAX = 6, CODE_MIN = 5 };

/* One of several groups of digits: part of a number, unless a price says otherwise. */
static bool is_group(const struct text *text, size_t from)
{
	return from >= 2 && one_of(text->unit[from - 1], u" -.") &&
	       text_is_digit(text->unit[from - 2]) && !(text->mark[from - 2] & TEXT_TAKEN);
}

static bool is_amount(const struct text *text, size_t from, size_t to)
{
	size_t unit = to;
	if (to - from > AMOUNT_MAX)
		return false;
	if (from > 0 && one_of(text->unit[from - 1], u"¥$€£"))
		return true;
	if (unit < text->len && text->unit[unit] == ' ')
		unit++;
	if ((to - from >= CODE_MIN && is_phone(text, from, to)) ||
	    (to - from >= 3 && (unit > to || is_group(text, from))))
		return at_any(text, unit, strong_units, COUNT(strong_units));
	if (from > 0 && text->unit[from - 1] == u'第')
		return true;
	if (!at_any(text, unit, units, COUNT(units)))
		return false;
	/* "10 minutes" is one, "10 mobile" is none. */
	size_t end = unit;
	while (end < text->len && text_is_latin(text->unit[end]))
		end++;
	return end - unit <= 2 || at_any(text, unit, units + COUNT(units) - 9, 9);
}

void trap_take_amounts(struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (!text_is_digit(text->unit[i]))
			continue;
		size_t end = digits_end(text, i);
		if (!(text->mark[i] & TEXT_TAKEN) && is_amount(text, i, end))
			text_take(text, i, end);
		i = end;
	}
}

/* --- receipts --- */

enum { RECEIPT_SHORT = 8, RECEIPT_LONG = 15 };

/* Collects letters and digits from `at`, over single spaces; returns where it ended. */
static size_t collect(const struct text *text, size_t at, bool spaces, char *out, size_t *len)
{
	*len = 0;
	while (at < text->len) {
		char16_t c = text->unit[at];
		if (is_alnum(c)) {
			if (*len == RECEIPT_LONG + 1)
				break;
			out[(*len)++] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
		} else if (!spaces || (c != ' ' && c != '-') || at + 1 >= text->len ||
			   !is_alnum(text->unit[at + 1]) || *len >= RECEIPT_SHORT) {
			break;
		}
		at++;
	}
	return at;
}

static bool is_receipt(const char *text, size_t len)
{
	size_t digits = 0;
	for (size_t i = 1; i < len; i++)
		digits += text[i] >= '0' && text[i] <= '9';
	return (len == RECEIPT_SHORT && digits > 0) || (len == RECEIPT_LONG && digits == len - 1);
}

bool trap_take_receipt(struct text *text, char receipt[REPORT_RECEIPT_MAX])
{
	char found[RECEIPT_LONG + 1];
	size_t len;

	receipt[0] = '\0';
	for (size_t i = 0; i < text->len; i++) {
		if (text->unit[i] != 'r' || (i > 0 && is_alnum(text->unit[i - 1])) ||
		    (text->mark[i] & TEXT_TAKEN))
			continue;
		size_t end = collect(text, i, false, found, &len);
		if (!is_receipt(found, len))
			end = collect(text, i, true, found, &len);
		if (!is_receipt(found, len))
			continue;
		text_take(text, i, end);
		if (!receipt[0]) {
			memcpy(receipt, found, len);
			receipt[len] = '\0';
		}
		i = end;
	}
	return receipt[0] != '\0';
}
