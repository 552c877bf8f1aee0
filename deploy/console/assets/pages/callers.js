// SPDX-License-Identifier: AGPL-3.0-or-later
// callers.js - Callers: who is reported most; and one of them: whom it called, day by day, and who
// reported it.

import { get, part } from '../api.js';
import { columns } from '../charts.js';
import { append, h, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, percent, shortTime, span, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { numberView } from '../number.js';
import { go, link } from '../router.js';
import { can } from '../session.js';
import { pagedTable, table } from '../table.js';
import { badge, empty, facts, load, pageHead, panel } from '../views.js';
import { referenceOf } from './references.js';
import { reportTable } from './reports.js';

const DAYS = [1, 7, 30, 90];
const ORDERS = ['reports', 'people'];

function findForm() {
	return form({
		className: 'inline',
		submit: t('action.open'),
		fields: [
			field({
				name: 'caller',
				label: t('caller.find'),
				placeholder: t('caller.find_hint'),
				'data-search': '',
				required: true,
			}),
		],
		send: async ({ caller }) => go('callers', await referenceOf(caller, 'caller')),
	});
}

function choices(query) {
	const days = query.get('days') ?? '7';
	const order = query.get('order') ?? 'reports';
	return form({
		className: 'inline',
		submit: t('action.show'),
		fields: [
			field({
				name: 'days',
				label: t('caller.span'),
				value: days,
				options: DAYS.map((n) => [n, t('caller.last_days', { n })]),
			}),
			field({
				name: 'order',
				label: t('caller.order'),
				value: order,
				options: ORDERS.map((one) => [one, t(`caller.by_${one}`)]),
			}),
		],
		send: async (wanted) => go('callers', wanted),
	});
}

function showList(root, { query }, ctx) {
	const days = query.get('days') ?? 7;
	const order = query.get('order') ?? 'reports';
	append(
		root,
		pageHead(t('nav.callers')),
		h(
			'div',
			{ class: 'stack' },
			panel(t('search.title'), {}, h('div', { class: 'row' }, findForm(), choices(query))),
			pagedTable({
				caption: t('caller.list'),
				none: t('caller.none'),
				hint: t('caller.none_hint'),
				fetch: async (cursor) => {
					const { callers, next } = await get(
						'/v1/callers',
						{ days, order, limit: 50, cursor },
						ctx.signal,
					);
					return { rows: callers, next };
				},
				columns: [
					{
						title: t('report.number'),
						cell: (row) =>
							numberView(row.number, row.number_ref, {
								href: can('caller') ? link('callers', row.number_ref) : undefined,
							}),
					},
					{ title: t('caller.reports'), kind: 'num', cell: (row) => count(row.reports) },
					{ title: t('caller.verified'), kind: 'num', cell: (row) => count(row.verified) },
					{ title: t('caller.people'), kind: 'num', cell: (row) => count(row.people) },
					{
						title: t('caller.fan_out'),
						kind: 'num',
						cell: (row) => (row.fan_out === null ? '–' : count(row.fan_out.people ?? row.fan_out)),
					},
					{ title: t('caller.first'), kind: 'time', cell: (row) => shortTime(row.first) },
					{ title: t('caller.last'), kind: 'time', cell: (row) => shortTime(row.last) },
				],
			}),
		),
	);
}

// ---- one ----

const KINDS = ['official', 'international', 'confirmed'];

function kindLine(caller) {
	const kinds = KINDS.filter((kind) => caller[kind]).map((kind) => t(`caller.${kind}`));
	if (caller.class) kinds.unshift(tOr(`class.${caller.class}`, caller.class));
	return kinds.join(t('list.comma'));
}

function picture(days) {
	const every = Math.max(1, Math.ceil(days.length / 10));
	const list = days.map(({ day, attempts, answered, people_called: people }) => ({
		label: day.slice(5),
		title: t('caller.day_title', { day, attempts: count(attempts), people: count(people) }),
		parts: [
			{ value: answered ?? 0, kind: 'good' },
			{ value: Math.max(0, (attempts ?? 0) - (answered ?? 0)), kind: 'e' },
		],
	}));
	return [
		columns(list, t('caller.calls_picture', { n: days.length }), { every, height: 140 }),
		h(
			'p',
			{ class: 'legend', 'aria-hidden': 'true' },
			h('span', { class: 'good' }, t('day.answered')),
			h('span', { class: 'e' }, t('day.unanswered')),
		),
	];
}

function reportPicture(days) {
	const every = Math.max(1, Math.ceil(days.length / 10));
	const list = days.map(({ day, reports, verified }) => ({
		label: day.slice(5),
		parts: [
			{ value: verified ?? 0, kind: 'd' },
			{ value: Math.max(0, (reports ?? 0) - (verified ?? 0)), kind: 'c' },
		],
	}));
	return [
		columns(list, t('caller.reports_picture', { n: days.length }), { every, height: 140 }),
		h(
			'p',
			{ class: 'legend', 'aria-hidden': 'true' },
			h('span', { class: 'd' }, t('caller.verified')),
			h('span', { class: 'c' }, t('caller.others')),
		),
	];
}

function dayTable(days) {
	return table({
		caption: t('caller.days'),
		rows: [...days].reverse().filter((one) => one.attempts || one.reports),
		none: t('day.none'),
		columns: [
			{ title: t('caller.day'), cell: ({ day }) => day },
			{ title: t('caller.fan_out'), kind: 'num', cell: (one) => count(one.people_called) },
			{ title: t('caller.attempts'), kind: 'num', cell: (one) => count(one.attempts) },
			{ title: t('day.share'), kind: 'num', cell: (one) => percent(one.answered, one.attempts) },
			{
				title: t('day.mean'),
				kind: 'num',
				cell: (one) => (one.answered ? span(one.seconds / one.answered) : '–'),
			},
			{ title: t('caller.reports'), kind: 'num', cell: (one) => count(one.reports) },
		],
	});
}

function oneView(caller) {
	const states = Object.entries(caller.reports?.by_state ?? {});
	return h(
		'div',
		{ class: 'stack' },
		panel(
			h('span', {}, t('caller.one'), ' ', numberView(caller.number, caller.number_ref)),
			{ extra: kindLine(caller) },
			facts([
				[
					t('caller.reports'),
					states.length
						? states.map(([state, n]) => [badge('report_state', state), ` ${count(n)} `])
						: '0',
				],
				[t('caller.people'), count(caller.reports?.reporters ?? 0)],
				[
					t('caller.rewards'),
					caller.rewards &&
						t('caller.rewards_value', {
							n: count(caller.rewards.count),
							mb: count(caller.rewards.mb),
						}),
				],
				[t('caller.first'), caller.first && time(caller.first)],
				[t('caller.last'), caller.last && time(caller.last)],
			]),
			caller.call_index === 'unavailable' && h('p', { class: 'warn-text' }, t('caller.no_index')),
		),
		h(
			'div',
			{ class: 'grid' },
			h('div', { class: 'w6' }, panel(t('caller.calls_by_day'), {}, picture(caller.days ?? []))),
			h('div', { class: 'w6' }, panel(t('caller.reports_by_day'), {}, reportPicture(caller.days ?? []))),
		),
		h(
			'details',
			{ class: 'panel', 'data-days': '' },
			h('summary', {}, t('caller.days')),
			dayTable(caller.days ?? []),
		),
	);
}

function showOne(root, ref, ctx) {
	const node = slot();
	append(
		root,
		pageHead(t('nav.callers'), h('a', { href: link('callers') }, t('caller.all'))),
		h(
			'div',
			{ class: 'stack' },
			node,
			can('reports') &&
				panel(
					t('caller.who'),
					{},
					reportTable(`/v1/callers/${part(ref)}/reports`, {}, { number: false }, ctx),
				),
		),
	);
	load(node, () => get(`/v1/callers/${part(ref)}`, { days: 30 }, ctx.signal), oneView, {
		quiet: [404],
		none: empty(t('caller.unknown'), t('caller.unknown_hint')),
	});
}

export const callersPage = {
	key: 'callers',
	goKey: 'c',
	visible: () => can('callers'),
	show(root, route, ctx) {
		if (route.parts[0]) showOne(root, route.parts[0], ctx);
		else showList(root, route, ctx);
	},
};
