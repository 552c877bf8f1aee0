// SPDX-License-Identifier: AGPL-3.0-or-later
// sayings.mjs - how people write a report: the number in one of many writings, the time if they say
// it, and what was sold if they say it.

import { STYLES } from '../lib/writings.mjs';

const SELLING = ['#*推销宽带', '@#打电话推销宽带', '举报：@#，卖保险的', '@有个#打电话，叫我花98元办卡', '投诉 # @强行推销流量',
	'@来电号码#，自称营业厅，推销30GB流量包', '@#推銷寬頻，煩死了', '@#这个号码打电话推销贷款，说利息低', '[#]@推销宽带',
	'# called me selling insurance'];
const PLAIN = ['举报#', '@#骚扰电话', 'report # spam call', '我要举报@#', '@又是#！烦死了，天天打', '@#打电话骚扰我',
	'Nuisance call from #'];

const HOUR = 3600e3;

// As the called see it and would dial it.
export const dialled = (number) => number.replace(/^\+86(?=1[3-9]\d{9}$)/, '').replace(/^\+86/, '0');

function writeNumber(chance, number) {
	const plain = dialled(number);
	const style = chance.pick(['plain', 'plain', 'plain', 'fullwidth', 'chinese', 'spoken', 'bold', 'grouped', 'country']);
	if (style === 'country' && /^\+86/.test(number)) return number;
	if (style === 'grouped' && /^1\d{10}$/.test(plain))
		return [plain.slice(0, 3), plain.slice(3, 7), plain.slice(7)].join(chance.pick([' ', '-']));
	if (!STYLES[style] || plain.startsWith('+')) return plain;
	return [...plain].map((digit) => STYLES[style](Number(digit))).join('');
}

// The minute of a time, and its day unless that is clear.
function writeTime(chance, at, now) {
	const local = new Date(at + 8 * HOUR);
	const day = Math.floor((at + 8 * HOUR) / (24 * HOUR));
	const today = Math.floor((now + 8 * HOUR) / (24 * HOUR));
	const hour = local.getUTCHours();
	const minute = local.getUTCMinutes();
	const date = `${local.getUTCMonth() + 1}月${local.getUTCDate()}日`;
	const word = { 0: '今天', 1: '昨天' }[today - day] ?? date;
	// In the evening "10点" is as well ten at night.
	return `${chance.pick([word, date])}${hour < 12 ? '上午' : ''}${hour}点${String(minute).padStart(2, '0')}分`;
}

// `at`: the time that is told, or undefined.
export function saying(chance, { number, words, at, now }) {
	const told = at !== undefined;
	const sentences = (words ? SELLING : PLAIN).filter((sentence) => !told || sentence.includes('@'));
	return chance.pick(sentences).replace('@', told ? `${writeTime(chance, at, now)} ` : '')
		.replace('#', () => writeNumber(chance, number));
}
