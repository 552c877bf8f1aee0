// SPDX-License-Identifier: AGPL-3.0-or-later
// report_parts.js - what is shown of one report, on its own page and in the review.

import { bar, columns, gauge } from '../charts.js';
import { h } from '../dom.js';
import { between, clock, count, percent, shortTime, span, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { numberView } from '../number.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, empty, facts, person, words } from '../views.js';

export const callerLink = (masked, ref) =>
	numberView(masked, ref, { href: ref && can('caller') ? link('callers', ref) : undefined });
export const subscriberLink = (masked, ref) =>
	numberView(masked, ref, { href: ref && can('subscriber') ? link('subscribers', ref) : undefined });

// What the text was read as.
export function reading(report) {
	const window = report.call_time;
	return facts([
		[t('report.number'), callerLink(report.number, report.number_ref)],
		[t('report.subscriber'), subscriberLink(report.subscriber, report.subscriber_ref)],
		[t('report.intent'), report.intent && tOr(`intent.${report.intent}`, report.intent)],
		[t('report.category'), report.category && tOr(`category.${report.category}`, report.category)],
		[t('report.call_time'), window ? between(window.from, window.to) : t('report.no_time')],
		[t('report.received'), time(report.received)],
		[t('report.deadline'), report.deadline && time(report.deadline)],
		[t('report.call_start'), report.call_start && time(report.call_start)],
	]);
}

function callFact(call) {
	if (!call) return '–';
	if (typeof call === 'string') return tOr(`call.${call}`, call);
	const parts = [
		time(call.start, { seconds: true }),
		tOr(`entry.${call.entry}`, call.entry),
		call.answered ? t('evidence.talked', { span: span(call.duration_s) }) : t('evidence.not_answered'),
	];
	if (call.asserted_differs) parts.push(t('evidence.asserted_differs'));
	if (call.calls_in_window > 1) parts.push(t('evidence.in_window', { n: call.calls_in_window }));
	return parts.join(' · ');
}

function evidenceFacts(evidence) {
	const fan = evidence.fanout ?? {};
	return facts([
		[t('evidence.call'), callFact(evidence.call), 'wide'],
		[
			t('evidence.fanout'),
			t('evidence.fanout_value', { people: count(fan.distinct_people), attempts: count(fan.attempts) }),
		],
		[t('evidence.answered'), percent(fan.answered, fan.attempts)],
		[t('evidence.mean'), fan.answered ? span(fan.talk_s / fan.answered) : '–'],
		[t('evidence.reporters'), count(evidence.other_reporters)],
		[t('evidence.calls_back'), count(evidence.calls_back)],
		[
			t('evidence.near'),
			(evidence.near ?? []).length
				? evidence.near.map((one) => h('span', { class: 'digits' }, `${one} `))
				: null,
		],
	]);
}

// Policy's own points, rule by rule, and where their sum lies.
export function evidence(why) {
	const limits = why.thresholds ?? {};
	const score = why.stored?.score ?? 0;
	const most = Math.max(1, ...why.rules.map(({ points }) => Math.abs(points)));
	return [
		evidenceFacts(why.evidence),
		h('h3', {}, t('evidence.points')),
		table({
			caption: t('evidence.points'),
			rows: why.rules,
			columns: [
				{ title: t('evidence.rule'), cell: ({ rule }) => tOr(`reason.${rule}`, rule) },
				{
					title: t('evidence.score'),
					kind: 'num',
					cell: ({ points }) => (points > 0 ? `+${points}` : points),
				},
				{
					title: '',
					cell: ({ points }) =>
						bar(
							Math.abs(points),
							most,
							t('evidence.points_of', { n: points }),
							points < 0 ? 'bad' : '',
						),
				},
			],
		}),
		h(
			'h3',
			{},
			t('evidence.weighed', {
				score,
				verdict: tOr(`report_state.${why.stored?.verdict}`, why.stored?.verdict ?? ''),
			}),
		),
		gauge(score, {
			low: limits.review_at ?? 0,
			high: limits.verify_at ?? 0,
			min: 0,
			max: Math.max(100, limits.verify_at ?? 0),
			label: t('evidence.gauge', { score, low: limits.review_at, high: limits.verify_at }),
		}),
		!why.same && h('p', { class: 'bad-text' }, t('evidence.differs')),
		(why.otherwise ?? []).length > 0 &&
			h(
				'div',
				{},
				h('h3', {}, t('evidence.otherwise')),
				h(
					'ul',
					{ class: 'bullets' },
					why.otherwise.map((one) =>
						h(
							'li',
							{},
							tOr(`report_state.${one.then}`, one.then),
							' ← ',
							h('span', {}, tOr(`otherwise.${one.if}`, one.if)),
						),
					),
				),
			),
	];
}

const callBars = (attempts, answered) => [
	{ value: answered, kind: 'good' },
	{ value: Math.max(0, attempts - answered), kind: 'e' },
];

function hourColumns({ hours, call_start: start }) {
	const marked = start ? Number(clock(start).slice(0, 2)) : -1;
	return hours.map(({ hour, attempts }) => ({
		label: String(hour).padStart(2, '0'),
		mark: hour === marked,
		title: t('day.hour', { hour, attempts: count(attempts) }),
		parts: [{ value: attempts, kind: 'e' }],
	}));
}

function dayColumns({ days, day }) {
	return days.map((one) => ({
		label: one.day.slice(5),
		mark: one.day === day,
		title: t('caller.day_title', {
			day: one.day,
			attempts: count(one.attempts),
			people: count(one.people),
		}),
		parts: callBars(one.attempts, one.answered),
	}));
}

// Hour by hour when the number called so many that its hours are counted, and the day among those before it.
function dayColumnsOf(picture) {
	const days = { list: dayColumns(picture), every: 1, height: 130, title: 'day.picture' };
	if (!picture.hours) return [days];
	return [
		{ list: hourColumns(picture), every: 3, height: 130, title: 'day.hours' },
		{ ...days, height: 80 },
	];
}

// How the number called others that day, and where the reported call lies in it.
export function dayPicture(picture) {
	const { calls, to_subscriber: mine = [] } = picture;
	if (!calls?.total) return empty(t('day.none'), t('day.none_hint'));
	const told = { day: picture.day, total: count(calls.total), people: count(calls.people) };
	const drawn = dayColumnsOf(picture);
	return [
		...drawn.map(({ list, every, height, title }) => columns(list, t(title, told), { every, height })),
		h(
			'p',
			{ class: 'legend', 'aria-hidden': 'true' },
			h('span', { class: 'good' }, t('day.answered')),
			h('span', { class: 'e' }, t('day.unanswered')),
			drawn.some(({ list }) => list.some(({ mark }) => mark)) && h('span', { class: 'f' }, t('day.reported')),
		),
		picture.hours && h('p', { class: 'hint' }, t('day.hours_hint')),
		facts([
			[t('day.day'), picture.day],
			[t('day.calls'), count(calls.total)],
			[t('day.people'), count(calls.people)],
			[t('day.share'), percent(calls.answered, calls.total)],
			[t('day.mean'), calls.mean_seconds === null ? '–' : span(calls.mean_seconds)],
		]),
		mine.length > 0 &&
			table({
				caption: t('day.to_subscriber'),
				visible: true,
				rows: mine,
				columns: [
					{ title: t('day.at'), cell: ({ at }) => shortTime(at) },
					{
						title: t('day.lasted'),
						kind: 'num',
						cell: ({ seconds, answered }) => (answered ? span(seconds) : t('evidence.not_answered')),
					},
					{ title: t('day.trunk'), cell: ({ entry }) => tOr(`entry.${entry}`, entry ?? '–') },
					{ title: '', cell: (call) => call.asserted_differs && t('evidence.asserted_differs') },
				],
			}),
	];
}

const reportColumns = (rows) =>
	[
		{ title: t('report.id'), cell: ({ id }) => h('a', { href: link('reports', id), class: 'mono' }, id) },
		{ title: t('report.received'), kind: 'time', cell: ({ received }) => shortTime(received) },
		{ title: t('report.state'), cell: ({ state }) => badge('report_state', state) },
		{ title: t('report.category'), cell: ({ category }) => tOr(`category.${category}`, category) },
		rows.some(({ text }) => text) && { title: t('report.text'), kind: 'text', cell: ({ text }) => text },
	].filter(Boolean);

export function similar(data) {
	const part = (title, group, none) => [
		h('h3', {}, title),
		table({ caption: title, rows: group?.reports ?? [], none, columns: reportColumns(group?.reports ?? []) }),
	];
	const { same_number: number, same_words: texts } = data;
	return [
		...part(
			t('similar.number', { n: count(number?.count ?? 0), people: count(number?.people ?? 0) }),
			number,
			t('similar.no_number'),
		),
		...part(t('similar.words', { n: count(texts?.count ?? 0) }), texts, t('similar.no_words')),
	];
}

// Everything that happened to it, oldest first: what came, what we said, how its state changed.
export function timeline(report) {
	const list = [
		...(report.messages ?? []).map((one) => ({ at: one.at, kind: one.direction, one })),
		...(report.events ?? []).map((one) => ({ at: one.at, kind: 'event', one })),
	].sort((a, b) => new Date(a.at) - new Date(b.at));
	if (!list.length) return empty(t('state.none'));
	const known = new Set((report.messages ?? []).map(({ text }) => text));
	return h(
		'ol',
		{ class: 'timeline' },
		list.map(({ at, kind, one }) =>
			h(
				'li',
				{ class: kind },
				h('time', { datetime: at }, time(at, { seconds: true }).slice(5)),
				kind === 'event' ? eventLine(one, known) : messageLine(one),
			),
		),
	);
}

// `known`: texts that stand there already as what the subscriber sent.
function eventLine(event, known) {
	const detail = typeof event.detail === 'string' ? event.detail : event.detail?.reason;
	const by = typeof event.detail === 'object' ? event.detail?.by : null;
	return h(
		'div',
		{},
		h(
			'div',
			{ class: 'row' },
			badge('report_state', event.to),
			h('span', { class: 'soft' }, words('reason', event.reasons)),
			by && h('span', {}, t('timeline.by', { name: person(by) })),
		),
		detail && !known.has(detail) && h('p', { class: 'said' }, detail),
	);
}

function messageLine(message) {
	const state =
		message.direction === 'in' ? t('timeline.came') : tOr(`text_state.${message.state}`, message.state ?? '');
	return h(
		'div',
		{},
		h('div', { class: 'soft' }, message.direction === 'in' ? state : t('timeline.ours', { state })),
		h('p', { class: 'said' }, message.text),
	);
}
