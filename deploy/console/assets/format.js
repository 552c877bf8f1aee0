// SPDX-License-Identifier: AGPL-3.0-or-later
// format.js - times, spans and quantities as people read them, in the language of the page. Times are
// shown in +08:00 like all of the product, whatever the browser's zone is.

import { language, t } from './i18n.js';

const ZONE = 'Asia/Shanghai';

const FORMAT = new Intl.DateTimeFormat('en-GB', {
	timeZone: ZONE,
	year: 'numeric',
	month: '2-digit',
	day: '2-digit',
	hour: '2-digit',
	minute: '2-digit',
	second: '2-digit',
	hourCycle: 'h23',
});

function parts(iso) {
	const at = new Date(iso);
	if (!iso || Number.isNaN(at.getTime())) return null;
	return Object.fromEntries(FORMAT.formatToParts(at).map(({ type, value }) => [type, value]));
}

// 2026-11-25 10:51:10
export function time(iso, { seconds = false } = {}) {
	const p = parts(iso);
	if (!p) return '–';
	return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}${seconds ? `:${p.second}` : ''}`;
}

// 11-25 10:51
export function shortTime(iso) {
	const p = parts(iso);
	return p ? `${p.month}-${p.day} ${p.hour}:${p.minute}` : '–';
}

// 11-25 10:51 – 12:30, and with the second day where it is another.
export function between(from, to) {
	const [first, last] = [shortTime(from), shortTime(to)];
	return `${first} – ${last.startsWith(first.slice(0, 5)) ? last.slice(6) : last}`;
}

export function clock(iso) {
	const p = parts(iso);
	return p ? `${p.hour}:${p.minute}:${p.second}` : '–';
}

export function day(iso) {
	const p = parts(iso);
	return p ? `${p.year}-${p.month}-${p.day}` : '–';
}

// The day now, and so many days before it.
export function today(before = 0) {
	return day(new Date(Date.now() - before * 86400000).toISOString());
}

const STEPS = [
	['d', 86400],
	['h', 3600],
	['min', 60],
	['s', 1],
];

// 2 h 5 min: two steps at most, and only the first when the second is 0.
export function span(seconds) {
	if (seconds === null || seconds === undefined || !Number.isFinite(Number(seconds))) return '–';
	const whole = Math.round(Math.abs(seconds));
	const at = Math.max(
		0,
		STEPS.findIndex(([, size]) => whole >= size),
	);
	const first = whole === 0 ? STEPS.length - 1 : at;
	const [unit, size] = STEPS[first];
	const out = [t(`span.${unit}`, { n: Math.floor(whole / size) })];
	const [below, smaller] = STEPS[first + 1] ?? [];
	const rest = below ? Math.floor((whole % size) / smaller) : 0;
	if (rest > 0) out.push(t(`span.${below}`, { n: rest }));
	return (seconds < 0 && whole > 0 ? '−' : '') + out.join(language() === 'zh' ? '' : ' ');
}

export function count(value, digits = 0) {
	if (value === null || value === undefined || !Number.isFinite(Number(value))) return '–';
	return new Intl.NumberFormat(language() === 'zh' ? 'zh-CN' : 'en-GB', {
		maximumFractionDigits: digits,
		minimumFractionDigits: digits && value < 100 ? digits : 0,
	}).format(value);
}

export function percent(share, whole) {
	return whole > 0 ? `${count((share * 100) / whole)}%` : '–';
}

// Octets as KiB, MiB.
export function octets(value) {
	const units = ['B', 'KiB', 'MiB', 'GiB'];
	let at = 0;
	let size = value;
	while (size >= 1024 && at < units.length - 1) {
		size /= 1024;
		at += 1;
	}
	return `${count(size, at ? 1 : 0)} ${units[at]}`;
}
