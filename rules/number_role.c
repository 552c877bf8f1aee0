/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_role.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FILL_MAX = 4 };

static const char16_t *const owners[] = {
	u"我",	   u"俺",     u"额",	 u"咱",	    u"本人",   u"自己",	  u"我妈",   u"我爸",
	u"我老公", u"我老婆", u"我爷爷", u"我奶奶", u"我孩子", u"我儿子", u"我女儿", u"我父亲",
	u"我母亲", u"我家",   u"老公",	 u"老婆",   u"我爱人", u"家里",	  u"我姥姥", u"我姐",
	u"我哥",   u"我弟",   u"我妹",	 u"我岳父", u"我岳母", u"我婆婆", u"我公公", u"老妈",
	u"老爸",   u"老伴",   u"我孙子", u"我外婆", u"我同事", u"我朋友", u"我们",   u"我老妈",
	u"我老爸", u"我自己", u"我本人", u"我家人", u"我老伴", u"我媳妇", u"我丈夫", u"我妻子",
	u"我爹",   u"我娘",   u"侬",	 u"阿拉",   u"妈妈",   u"爸爸",	  u"爷爷",   u"奶奶",
	u"母亲",   u"父亲",   u"你",	 u"本",	    u"用户",   u"我哋",
};
static const char16_t *const things[] = { u"手机号码", u"手机号",   u"电话号码", u"移动号码",
					  u"移动号",   u"手机",	    u"电话",	 u"号码",
					  u"号",       u"卡",	    u"座机",	 u"固话",
					  u"这个号",   u"这个号码", u"新号",	 u"新号码",
					  u"办公电话", u"联系电话", u"联系方式", u"本机" };
static const char16_t *const own_before[] = {
	u"本机",
	u"机主",
	u"被叫",
	u"受话",
	u"本号",
	u"联系我",
	u"联系我打",
	u"请联系我",
	u"回我",
	u"打我",
	u"请打",
	u"可以打",
	u"可打",
	u"给我回",
	u"回复我",
	u"接听号码",
	u"接收号码",
	u"被叫号码",
	u"本机号码",
	u"受害人",
	u"my number is",
	u"my own number is",
	u"my own number",
	u"my number",
	u"my phone",
	u"my phone number is",
	u"my phone is",
	u"reach me at",
	u"call me at",
	u"call me on",
	u"contact me at",
	u"call me back at",
	u"to my",
	u"我是",
	u"俺是",
	u"我的",
	u"我方",
	u"用户",
	u"举报人",
	u"投诉人",
	u"反映人",
	u"联系人",
	u"被叫方",
	u"被打",
	u"call me back on",
	u"my number:",
	u"reach me on",
	u"contact me on",
	u"my cell",
	u"from my",
	u"我妈的",
	u"我爸的",
	u"接听",
	u"受话号码",
	u"被叫为",
	u"联系本人",
	u"请回",
	u"请回电",
	u"请回电话",
	u"请打给",
	u"我是用",
	u"回电话给我",
	u"my mobile is",
	u"my mobile",
	u"my line",
	u"callee",
	u"called party",
};
static const char16_t *const own_after[] = {
	u"(我",	       u"(本机",      u"(自己",	 u"(本人",   u"是我的",	  u"是我号",   u"是我本人",
	u"是我手机",   u"是我电话",   u"为本机", u"(机主",   u"是本机",	  u"是我自己", u"的机主",
	u"的用户",     u"机主",	      u"是我妈", u"是我爸",  u"(被叫",	  u"接到",     u"收到",
	u"的手机接到", u"的手机收到", u"(我的",	 u"是俺的",  u"是俺",	  u"是额",     u"用户",
	u"这个是我",   u"才是我",     u"is my",	 u"is mine", u"(me",	  u"(my",      u"是侬",
	u"(俺",	       u"(我妈",      u"(我爸",	 u"这是我",  u"今天收到", u"今天接到", u"昨天收到",
	u"昨天接到",   u"系我",
};
static const char16_t *const claims[] = {
	u"自称",
	u"自称是",
	u"冒充",
	u"假冒",
	u"说是",
	u"说他是",
	u"说她是",
	u"她是",
	u"他是",
	u"号称",
	u"谎称",
	u"假装",
	u"装作",
	u"伪装成",
	u"伪装",
	u"冒用",
	u"说自己是",
	u"自称为",
	u"装成",
	u"假装是",
	u"自称你们",
	u"说是你们",
	u"自称系",
	u"冒充是",
	u"假扮",
	u"扮成",
	u"声称",
	u"声称是",
	u"自我介绍是",
	u"打着",
	u"以",
	u"借",
	u"仿冒",
	u"显示为",
	u"说我是",
	u"讲自己是",
	u"claims to be",
	u"claiming to be",
	u"pretending to be",
	u"pretends to be",
	u"says he is",
	u"says she is",
	u"said he was",
	u"posing as",
	u"说是移动",
	u"自称移动",
	u"冒充移动",
	u"自称中国移动",
	u"冒充中国移动",
	u"说是中国移动",
	u"冒充你们",
	u"说他们是",
	u"他们是",
	u"他说是",
	u"她说是",
	u"说系",
	u"话系",
	u"讲系",
	u"話自己系",
	u"话自己系",
	u"claimed to be",
	u"pretended to be",
	u"impersonating",
	u"as if from",
	u"称是",
	u"称",
	u"叫自己",
	u"说咱是",
	u"说是咱",
	u"自称来自",
	u"说来自",
	u"显示是",
	u"伪造",
	u"伪造成",
	u"like",
	u"很像",
	u"像",
	u"类似",
	u"模仿",
	u"山寨",
	u"假",
	u"假的",
	u"自称我是",
};
static const char16_t *const denials[] = {
	u"不是",     u"并非",	u"并不是",   u"不系",	u"唔系",   u"非",     u"不为",
	u"not",	     u"is not", u"isn't",    u"wasn't", u"不属于", u"又不是", u"可不是",
	u"根本不是", u"绝不是", u"不等于",   u"而非",	u"而不是", u"除",     u"不",
	u"不该是",   u"不应是", u"不应该是", u"勿是"
};
static const char16_t *const called_for[] = {
	u"打",	   u"拨",	u"拨打",       u"打了",	  u"打过",    u"向",	    u"找",
	u"联系",   u"咨询",	u"问",	       u"问了",	  u"致电",    u"打给",	    u"到",
	u"在",	   u"给",	u"跟",	       u"通过",	  u"转",      u"发到",	    u"发给",
	u"发送到", u"发至",	u"编辑短信到", u"回复",	  u"你们",    u"咱们",	    u"官方",
	u"官方号", u"官方号码", u"客服",       u"热线",	  u"回",      u"上",	    u"查了",
	u"to",	   u"call",	u"called",     u"via",	  u"contact", u"contacted", u"举报到",
	u"投诉到", u"我打",	u"我拨",       u"我打了", u"请",      u"告到",	    u"报",
	u"报了",   u"和你们",	u"移动客服",   u"移动",	  u"只有",    u"只认",	    u"知道",
	u"求助",   u"联系了",	u"反映到",     u"经",	  u"登录",    u"拨了",	    u"告诉",
	u"去",	   u"我问",	u"ask",	       u"asked",  u"with",    u"对",	    u"即",
	u"短信到", u"内容到",	u"致",	       u"我给",	  u"查询",    u"核实",	    u"于",
	u"再打",   u"打电话给", u"打电话到",   u"才是",	  u"给你们",  u"给你们的",  u"必须是",
	u"应是",   u"只能是",	u"关注",       u"经过",	  u"dial",    u"dialed",    u"tell",
};
/* The number did something to the subscriber, whatever word for dialling stands before it. */
static const char16_t *const suffered[] = {
	u"接到", u"收到",	   u"接了",	      u"接", u"被", u"有个", u"遭", u"看到",
	u"来了", u"received from", u"got a call from"
};
/* Reported before: of a text that names another number, that one is complained of. */
static const char16_t *const earlier[] = { u"举报过", u"举报的",     u"投诉过",	  u"投诉的",
					   u"反映过", u"反映的",     u"举报了",	  u"投诉了",
					   u"检举过", u"检举的",     u"举报过的", u"报过",
					   u"报过的", u"i reported", u"拉黑了",	  u"拉黑过",
					   u"拉黑的" };
/* Authorities are complained of only when they are said to have called. */
static const char16_t *const authority_calls[] = { u"打来",   u"又打",	 u"老打",  u"给我打",
						   u"推销",   u"骚扰",	 u"发",	   u"来电",
						   u"打电话", u"一直打", u"天天打" };
static const char16_t *const contact_before[] = {
	u"让我打",    u"叫我打",   u"要我打",	u"让打",     u"请拨",	    u"请拨打",
	u"让我拨打",  u"让我回拨", u"回拨",	u"致电",     u"叫我拨",	    u"叫我回",
	u"让我回",    u"让我联系", u"叫我联系", u"请致电",   u"详询",	    u"回电",
	u"客服电话",  u"热线",	   u"咨询电话", u"让我加",   u"叫我加",	    u"联系电话",
	u"call back", u"to call",  u"me call",	u"留的电话", u"里面的电话", u"里面电话",
	u"内容里",    u"叫打",	   u"让我拨",	u"要我拨",   u"要我联系",   u"要我回",
	u"叫我回拨",  u"留电话",   u"留了电话", u"留号码",   u"里头的电话", u"附电话",
	u"联系",      u"拨打",	   u"电话是",	u"写着",     u"咨询",	    u"里面写的",
	u"请联系",    u"末尾留了", u"留有电话", u"中留的",   u"里留的",	    u"里的电话",
};
static const char16_t *const corrections[] = {
	u"发错",      u"写错",	 u"打错",   u"输错",	 u"说错",	u"弄错",  u"错了",
	u"更正",      u"应该是", u"应是",   u"应为",	 u"改为",	u"改成",  u"正确的",
	u"正确号码",  u"搞错",	 u"报错",   u"按错",	 u"记错",	u"sorry", u"correction",
	u"should be", u"wrong",	 u"i mean", u"actually", u"更改为",	u"才对",  u"作废",
	u"不算",      u"改正",	 u"重发",   u"打漏",	 u"以这个为准", u"为准",  u"写反",
	u"看错",      u"填错",	 u"纠正",   u"订正",	 u"抄错",	u"漏了",  u"少写"
};
static const char16_t *const calls_after[] = {
	u"打",	     u"又",	u"老",	       u"总",	  u"天天",   u"给我",	u"来电",
	u"推",	     u"发",	u"让",	       u"叫",	  u"卖",     u"骚扰",	u"也",
	u"都",	     u"一直",	u"今天",       u"昨",	  u"前天",   u"上午",	u"下午",
	u"刚",	     u"早上",	u"晚上",       u"中午",	  u"要",     u"说",	u"这个号",
	u"这号",     u"营销",	u"销售",       u"向我",	  u"对我",   u"called", u"call",
	u"calls",    u"keeps",	u"is calling", u"sent",	  u"sells",  u"the",	u"客服打",
	u"的客服打", u"打来",	u"不停",       u"每天",	  u"经常",   u"广告",	u"介绍",
	u"催",	     u"问",	u"拨",	       u"给俺",	  u"连",     u"再",	u"好烦",
	u"烦",	     u"的推销", u"的营销",     u"的电话", u"的骚扰", u"短信",	u"电话",
	u"号",	     u"on",	u"at",	       u"人工",	  u"办",     u"劝",	u"自己",
	u"为什么",   u"为啥",	u"怎么",       u"咋",	  u"凭什么", u"半夜",	u"周",
	u"送",	     u"啱",	u"频繁",       u"给额",	  u"成日",   u"日日",	u"客服又",
	u"客服给",   u"客服老", u"客服推",     u"客服天", u"客服今", u"客服昨", u"客服一",
	u"的客服",   u"净",	u"忽悠",       u"强",	  u"升",     u"换",	u"本",
	u"今",	     u"上周",	u"这个",       u"(",	  u"#",
};
/* Authorities whom people call for help, and our own service code. */
static const char *const authorities[] = { "12315", "12300", "12321", "12345", "12381", "12377",
					   "12318", "12110", "96110", "12378", "12363", "12386",
					   "12348", "12337", "12389", "12328", "12381" };
static const char own_service[] = "10086999";

static bool one_of(char16_t c, const char16_t *set)
{
	for (; *set; set++) {
		if (*set == c)
			return true;
	}
	return false;
}

static bool any_before(const struct text *text, size_t end, const char16_t *const *words,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_before(text, end, words[i]))
			return true;
	}
	return false;
}

static bool any_at(const struct text *text, size_t at, const char16_t *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_at(text, at, words[i]))
			return true;
	}
	return false;
}

static size_t skip_back(const struct text *text, size_t at, const char16_t *set)
{
	for (int i = 0; i < FILL_MAX && at > 0 && one_of(text->unit[at - 1], set); i++)
		at--;
	return at;
}

static size_t skip_forward(const struct text *text, size_t at, const char16_t *set)
{
	while (at < text->len && one_of(text->unit[at], set))
		at++;
	return at;
}

/* "My number", "mother's phone": an owner, perhaps 的, and a thing, right before `end`. */
static bool is_owned(const struct text *text, size_t end, bool alone)
{
	for (size_t i = 0; i < COUNT(things); i++) {
		if (!text_before(text, end, things[i]))
			continue;
		size_t at = end - text_word_len(things[i]);
		at = skip_back(text, at, u"的");
		for (size_t k = 0; k < COUNT(owners); k++) {
			if (!text_before(text, at, owners[k]))
				continue;
			/* "keeps calling my phone": what follows may be the caller. */
			size_t before = at - text_word_len(owners[k]);
			return !alone || before == 0 ||
			       !one_of(text->unit[before - 1], u"打给拨呼");
		}
	}
	return false;
}

static bool is_own(const struct text *text, const struct number_found *f, bool alone)
{
	size_t near = skip_back(text, f->from, u" :(\"=");
	size_t before = skip_back(text, near, u"是为 ");
	size_t after = skip_forward(text, f->to, u" ");
	return is_owned(text, before, alone) ||
	       any_before(text, before, own_before, COUNT(own_before)) ||
	       any_before(text, near, own_before, COUNT(own_before)) ||
	       any_at(text, after, own_after, COUNT(own_after));
}

static bool is_authority(const char *number)
{
	for (size_t i = 0; i < COUNT(authorities); i++) {
		if (strcmp(number, authorities[i]) == 0)
			return true;
	}
	return false;
}

static bool calls(const struct text *text, size_t end)
{
	size_t after = skip_forward(text, end, u" *,:#-");
	return any_at(text, after, calls_after, COUNT(calls_after));
}

/* The text tells that the number itself called, and not only that somebody spoke of it. */
static bool is_code_caller(const struct text *text, const struct number_found *f, bool alone)
{
	size_t before = skip_back(text, f->from, u" :(\"\n");
	if (before == 0)
		return !any_at(text, f->to,
			       (const char16_t *const[]){ u"才", u"是官方", u"说没", u"是唯一" },
			       4);
	if (any_before(text, before, suffered, COUNT(suffered)) && calls(text, f->to))
		return true;
	if (any_before(text, before, claims, COUNT(claims)) ||
	    any_before(text, before, denials, COUNT(denials)) ||
	    any_before(text, before, called_for, COUNT(called_for)))
		return false;
	if (any_at(text, f->to,
		   (const char16_t *const[]){ u"才是", u"是官方", u"官方", u"说没", u"的名义",
					      u"核实", u"查", u"名义", u"那边说", u"投诉", u"举报",
					      u"反映", u"说不", u"为名", u"说不是" },
		   15))
		return false;
	return alone || calls(text, f->to);
}

/* A word of correction stands between the end of one number and the start of the next. */
static bool corrected(const struct text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (any_at(text, i, corrections, COUNT(corrections)))
			return true;
	}
	return false;
}

static bool is_denied(const struct text *text, const struct number_found *f, bool alone)
{
	size_t before = skip_back(text, f->from, u" :\"");
	if (!any_before(text, before, denials, COUNT(denials)))
		return false;
	/* "Is it not ...?" and "nothing but ..." deny nothing. */
	return !text_before(text, before, u"是不是") && !text_before(text, before, u"除了") &&
	       !alone;
}

static enum number_role role_of(const struct text *text, const struct numbers_found *found,
				size_t i)
{
	const struct number_found *f = &found->list[i];
	bool alone = found->count == 1;
	bool code = f->class == NUMBER_OPERATOR || f->class == NUMBER_SERVICE;
	size_t before = skip_back(text, f->from, u" :(\"是");

	if (strcmp(f->number.text, own_service) == 0)
		return ROLE_MENTIONED;
	if (is_authority(f->number.text)) {
		bool bare = f->from == 0 && f->to == text->len;
		bool caller = f->from == 0 && any_at(text, skip_forward(text, f->to, u" *,:"),
						     authority_calls, COUNT(authority_calls));
		return bare || caller ? ROLE_CALLER : ROLE_MENTIONED;
	}
	if (code)
		return is_code_caller(text, f, alone) ? ROLE_CALLER : ROLE_MENTIONED;
	if (is_own(text, f, alone))
		return ROLE_OWN;
	if (is_denied(text, f, alone))
		return ROLE_MENTIONED;
	if (!alone &&
	    any_before(text, skip_back(text, f->from, u" :是号码那个"), earlier, COUNT(earlier)))
		return ROLE_MENTIONED;
	if (i + 1 < found->count && corrected(text, f->to, found->list[i + 1].from))
		return ROLE_MENTIONED;
	if (any_before(text, before, contact_before, COUNT(contact_before)))
		return ROLE_CONTACT;
	return ROLE_CALLER;
}

void number_roles(const struct text *text, const struct numbers_found *found,
		  enum number_role roles[NUMBER_FOUND_MAX])
{
	bool any = false;
	for (size_t i = 0; i < found->count; i++) {
		roles[i] = role_of(text, found, i);
		any |= roles[i] == ROLE_CALLER;
	}
	/* A contact is complained of when there is no sender. */
	for (size_t i = 0; i < found->count; i++) {
		if (!any && roles[i] == ROLE_CONTACT)
			roles[i] = ROLE_CALLER;
	}
}
