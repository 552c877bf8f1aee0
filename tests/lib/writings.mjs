// SPDX-License-Identifier: AGPL-3.0-or-later
// writings.mjs - telephone numbers at random, the manners in which people write them, and sentences to
// write them in. All by tests/data/README.md "Reading digits" and "Canonical form".

const digits = (draw, count) => Array.from({ length: count }, () => draw(10)).join('');
const pick = (draw, list) => list[draw(list.length)];

// ---- numbers: canonical, and as groups of digits that belong together ----

const AREAS_7 = ['310', '335', '421', '473', '538', '564', '592', '631', '710', '738', '750', '838', '859', '873', '911', '953', '971', '991'];
const AREAS_8 = ['10', '20', '21', '22', '23', '24', '25', '27', '28', '29', '311', '371', '411', '451', '512', '532', '551', '571', '591',
	'731', '755', '769', '791', '871', '898'];

function mobile(draw) {
	const number = `1${3 + draw(7)}${digits(draw, 9)}`;
	const grouping = pick(draw, [[3, 4, 4], [3, 4, 4], [3, 8], [4, 4, 3], [7, 4], [3, 3, 3, 2], [2, 3, 3, 3]]);
	return { canonical: `+86${number}`, groups: cut(number, grouping), prefixes: ['', '', '', '0', '86', '17951', '12593'] };
}

function fixed(draw) {
	const eight = draw(2) === 0;
	const area = pick(draw, eight ? AREAS_8 : AREAS_7);
	const local = `${2 + draw(7)}${digits(draw, eight ? 7 : 6)}`;
	const groups = draw(2) ? [`0${area}`, local] : [`0${area}`, ...cut(local, eight ? [4, 4] : [3, 4])];
	return { canonical: `+86${area}${local}`, groups, prefixes: [''] };
}

function shared(draw) {
	const number = `${pick(draw, ['400', '800'])}${1 + draw(9)}${digits(draw, 6)}`;
	return { canonical: number, groups: cut(number, pick(draw, [[3, 3, 4], [3, 4, 3], [4, 3, 3], [10]])), prefixes: [''] };
}

function code(draw) {
	const number = pick(draw, [() => `95${digits(draw, 3)}`, () => `9501${digits(draw, 4)}`, () => `96${digits(draw, 3)}`,
		() => '10085', () => '10086', () => '10010', () => `1010${digits(draw, 4)}`])();
	return { canonical: number, groups: [number], prefixes: [''] };
}

function port(draw) {
	const number = `106${pick(draw, [5, 8, 9])}${digits(draw, 6 + draw(6))}`;
	return { canonical: number, groups: draw(2) ? [number] : cut(number, [4, 4, number.length - 8]), prefixes: [''] };
}

const FOREIGN = [['1', '202', '5550'], ['44', '20', '794601'], ['852', '5123', ''], ['853', '6612', ''], ['886', '2', '27120'],
	['81', '3', '512301'], ['65', '6123', ''], ['60', '3', '21230'], ['61', '2', '550101'], ['39', '06', '123401'], ['880', '17', '123456'], ['7', '495', '12301']];

function foreign(draw) {
	const [country, area, middle] = pick(draw, FOREIGN);
	const rest = `${middle}${digits(draw, middle ? 2 : 4)}`;
	const short = country === '1' ? `${rest}${draw(10)}` : rest;
	return { canonical: `+${country}${area}${short}`, groups: [`${pick(draw, ['+', '00'])}${country}`, area, short], prefixes: [''] };
}

function cut(text, sizes) {
	let at = 0;
	return sizes.map((size) => text.slice(at, at += size)).filter(Boolean);
}

// A group that is a whole number by itself divides (README "Splitting digits"): none of those here.
const wholeAlone = (group) => /^(9[56]\d{3,11}|1[0-2]\d{3,}|1[3-9]\d{9}|[48]00\d{7}|179\d\d|11\d{3}|00[1-9]\d{5,})$/.test(group);

const KINDS = { mobile, fixed, shared, code, port, foreign };

export function drawNumber(draw, kind) {
	for (;;) {
		const number = KINDS[kind](draw);
		if (number.canonical === '96110') continue; // an authority is not complained of
		if (number.groups.some((group) => /^20[0-2]\d[01]\d[0-3]\d$/.test(group))) continue; // a date
		if (number.groups.length === 1 || !number.groups.some(wholeAlone)) return number;
	}
}

// ---- digits ----

const from = (first) => (digit) => String.fromCodePoint(first + digit);
const table = (text) => { const list = [...text]; return (digit) => list[digit]; };

export const STYLES = {
	plain: String,
	fullwidth: from(0xff10),
	circled: table('⓪①②③④⑤⑥⑦⑧⑨'),
	dark: table('⓿❶❷❸❹❺❻❼❽❾'),
	bracketed: (digit) => (digit ? String.fromCodePoint(0x2473 + digit) : '0'),
	superscript: table('⁰¹²³⁴⁵⁶⁷⁸⁹'),
	subscript: from(0x2080),
	bold: from(0x1d7ce),
	double: from(0x1d7d8),
	mono: from(0x1d7f6),
	keycap: (digit) => `${digit}\ufe0f\u20e3`,
	chinese: table('零一二三四五六七八九'),
	spoken: table('〇幺二三四五六七八九'),
	formal: table('零壹贰叁肆伍陆柒捌玖'),
};

const SIGNS = ['+'];

function writeGroup(group, style) {
	return [...group].map((c) => (SIGNS.includes(c) ? c : STYLES[style](Number(c)))).join('');
}

// Some of the ones and noughts as letters: inside the digits, and few of them.
function withLetters(draw, text, most) {
	let letters = 0;
	return [...text].map((c, i) => {
		if (i === 0 || i === text.length - 1 || !'01'.includes(c) || letters >= most || draw(2)) return c;
		letters++;
		return c === '0' ? pick(draw, ['o', 'O']) : pick(draw, ['l', 'I', 'i', '|']);
	}).join('');
}

const HIDDEN = ['\u200b', '\u200d', '\ufeff', '\u00ad', '\u202d', '\u2060', '\u200f'];
const SEPARATORS = ['', ' ', '-', '.', '·', '_', '/', ',', '、', '\u00a0', '\u3000', '\u2009', '—', '－', '\n', ' - '];

// How a number may be written, by name: the text.
export const MANNERS = {
	style: (draw, n, style) => n.groups.map((group) => writeGroup(group, style)).join(''),
	separated: (draw, n, style) => n.groups.map((group) => writeGroup(group, style)).join(pick(draw, SEPARATORS)),
	// A lone numeral behind digits may be a word, and is none of them: the last two are digits.
	mixed: (draw, n) => [...n.groups.join('')].map((c, i, all) => writeGroup(c, pick(draw, i + 2 < all.length
		? ['plain', 'fullwidth', 'chinese', 'spoken', 'formal', 'bold'] : ['plain', 'fullwidth', 'bold']))).join(''),
	letters: (draw, n) => withLetters(draw, n.groups.join(''), n.groups.join('').length > 7 ? 4 : 2),
	hidden: (draw, n) => [...n.groups.join('')].map((c) => (draw(3) ? c : c + pick(draw, HIDDEN))).join(''),
	spaced: (draw, n) => n.groups.join('').match(/\+?\d/g).join(pick(draw, [' ', '-', '.'])),
	prefixed: (draw, n) => { const prefix = pick(draw, n.prefixes); return `${prefix}${prefix ? pick(draw, ['', ' ', '-']) : ''}${n.groups.join('')}`; },
};

// ---- sentences ----

export const SENTENCES = [
	'#', '#打电话推销宽带', '刚接到#的骚扰电话', '我要举报#', '举报：#，卖保险的', '昨天晚上#打来，问我要不要换套餐', '又是#！烦死了，天天打',
	'今天上午十点二十分#来电推销流量', '#这个号码半夜打电话推销贷款，说利息低', '有个#打电话，叫我花98元办卡', '#骚扰电话', '投诉 # 强行推销',
	'总接到（#）打来的推销电话', '来电号码#，自称营业厅，推销30GB流量包', '\n#\n推销手机', '手机被#打了两次，都是推销', '今天9:20 # 推销彩铃',
	'電話#推銷寬頻，煩死了', '# called me yesterday selling insurance', 'report # spam call', 'Nuisance call from # at 3 pm', '“#”打来推销的', '[#]推销宽带',
	'号码：#。内容：推销电视', '#\t推销', '3月5日，#打来说积分要清零', '8月12号下午四点多#打电话卖房', '#*推销升级套餐',
];

export function drawCase(draw) {
	const kind = pick(draw, Object.keys(KINDS));
	const manner = pick(draw, Object.keys(MANNERS));
	const style = pick(draw, Object.keys(STYLES));
	const number = drawNumber(draw, kind);
	const sentence = pick(draw, SENTENCES);
	const written = MANNERS[manner](draw, number, style);
	return { kind, manner, style, canonical: number.canonical, written, text: sentence.replace('#', () => written) };
}
