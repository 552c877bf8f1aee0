// SPDX-License-Identifier: AGPL-3.0-or-later
// rewards.js - Rewards: the ledger, what is overdue or failed, one entry with its history, and the
// settlement of a day.

import { get, part, post } from '../api.js';
import { askReason, confirmThat } from '../dialog.js';
import { append, h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, shortTime, time, today } from '../format.js';
import { t, tOr } from '../i18n.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { pagedTable, table } from '../table.js';
import { badge, facts, failed, load, pageHead, panel, tabs, toast } from '../views.js';
import { callerLink, subscriberLink } from './report_parts.js';

const WHICH = {
	latest: {},
	overdue: { overdue: true },
	failed: { failed: true },
	requested: { state: 'requested' },
	credited: { state: 'credited' },
	withheld: { state: 'withheld' },
};
const REASON_MAX = 120;

const columns = () => [
	{
		title: t('reward.id'),
		cell: ({ id }) => h('a', { href: link('rewards', id), class: 'mono' }, id.slice(0, 12)),
	},
	{ title: t('reward.created'), kind: 'time', cell: ({ created }) => shortTime(created) },
	{ title: t('reward.type'), cell: ({ type }) => tOr(`reward_type.${type}`, type) },
	{ title: t('reward.state'), cell: ({ state }) => badge('reward_state', state) },
	{ title: t('reward.amount'), kind: 'num', cell: ({ amount_mb }) => t('reward.mb', { n: count(amount_mb) }) },
	{ title: t('report.subscriber'), cell: (row) => subscriberLink(row.subscriber, row.subscriber_ref) },
	{
		title: t('reward.report'),
		cell: ({ report }) => h('a', { href: link('reports', report), class: 'mono' }, report),
	},
	{ title: t('reward.attempts'), kind: 'num', cell: ({ attempts }) => count(attempts) },
	{
		title: t('reward.reason'),
		kind: 'text',
		cell: ({ reason }) => reason && tOr(`reward_reason.${reason}`, reason),
	},
];

// ---- changes ----

async function repeat(id, done) {
	if (
		!(await confirmThat({
			title: t('reward.repeat_title'),
			body: h('p', {}, t('reward.repeat_body')),
			confirm: t('reward.repeat'),
		}))
	)
		return;
	try {
		await post(`/v1/rewards/${part(id)}/repeat`);
		toast(t('reward.repeated'));
		done();
	} catch (problem) {
		failed(problem);
	}
}

async function reverse(id, done) {
	const reason = await askReason({
		title: t('reward.reverse_title'),
		body: h('p', {}, t('reward.reverse_body')),
		presets: [t('reward.reverse_preset1'), t('reward.reverse_preset2')],
		confirm: t('reward.reverse'),
		tone: 'bad',
		bound: REASON_MAX,
	});
	if (reason === null) return;
	try {
		await post(`/v1/rewards/${part(id)}/reverse`, { reason });
		toast(t('reward.reversed'));
		done();
	} catch (problem) {
		failed(problem);
	}
}

function buttons(entry, done) {
	const list = [
		can('reward_repeat') &&
			['requested', 'failed', 'due'].includes(entry.state) &&
			h(
				'button',
				{ type: 'button', 'data-repeat': '', onclick: () => repeat(entry.id, done) },
				t('reward.repeat'),
			),
		can('reward_reverse') &&
			entry.type === 'credit' &&
			entry.state === 'credited' &&
			!entry.reversed_by &&
			h(
				'button',
				{ type: 'button', class: 'danger', 'data-reverse': '', onclick: () => reverse(entry.id, done) },
				t('reward.reverse'),
			),
	].filter(Boolean);
	return list.length > 0 && h('div', { class: 'buttons' }, list);
}

// ---- one entry ----

function oneView(entry, again) {
	return h(
		'div',
		{ class: 'stack', 'data-reward': entry.id },
		panel(
			h('span', { class: 'mono' }, entry.id),
			{ extra: badge('reward_state', entry.state) },
			facts([
				[t('reward.type'), tOr(`reward_type.${entry.type}`, entry.type)],
				[t('reward.amount'), t('reward.mb', { n: count(entry.amount_mb) })],
				[t('report.subscriber'), subscriberLink(entry.subscriber, entry.subscriber_ref)],
				[t('report.number'), callerLink(entry.caller, entry.caller_ref)],
				[t('reward.report'), h('a', { href: link('reports', entry.report), class: 'mono' }, entry.report)],
				[t('reward.created'), time(entry.created)],
				[t('reward.requested'), entry.requested && time(entry.requested)],
				[t('reward.next'), entry.next && time(entry.next)],
				[t('reward.settled'), entry.settled && time(entry.settled)],
				[t('reward.reason'), entry.reason && tOr(`reward_reason.${entry.reason}`, entry.reason)],
				[
					t('reward.reversed_by'),
					entry.reversed_by &&
						h(
							'a',
							{ href: link('rewards', entry.reversed_by), class: 'mono' },
							entry.reversed_by.slice(0, 12),
						),
				],
				[
					t('reward.reverses'),
					entry.reverses &&
						h(
							'a',
							{ href: link('rewards', entry.reverses), class: 'mono' },
							entry.reverses.slice(0, 12),
						),
				],
			]),
			buttons(entry, again),
		),
		panel(
			t('reward.history'),
			{},
			table({
				caption: t('reward.history'),
				rows: entry.history ?? [],
				columns: [
					{ title: t('report.at'), kind: 'time', cell: ({ at }) => time(at, { seconds: true }) },
					{
						title: t('report.what'),
						cell: ({ what }) =>
							tOr(`reward_state.${what}`, tOr(`reward_step.${what.replaceAll(' ', '_')}`, what)),
					},
					{ title: t('reward.reason'), kind: 'text', cell: ({ reason }) => reason },
					{ title: t('rules.by'), cell: ({ by }) => by },
				],
			}),
		),
	);
}

function showOne(root, id, ctx) {
	const node = slot();
	const again = () =>
		load(
			node,
			() => get(`/v1/rewards/${part(id)}`, null, ctx.signal),
			(entry) => oneView(entry, again),
			{ keep: true },
		);
	append(root, pageHead(t('reward.one'), h('a', { href: link('rewards') }, t('reward.all'))), node);
	again();
}

// ---- the settlement of a day ----

function settlementView(data) {
	return facts([
		[t('settlement.day'), data.day],
		[t('settlement.count'), count(data.count)],
		[t('settlement.adjustments'), count(data.adjustments)],
		[t('settlement.sum'), t('reward.mb', { n: count(data.sum_mb) })],
		[t('settlement.credited'), t('reward.mb', { n: count(data.credited_mb) })],
		[t('settlement.reversed'), t('reward.mb', { n: count(data.reversed_mb) })],
		[t('settlement.file'), h('span', { class: 'mono' }, data.file), 'wide'],
		['SHA-256', h('span', { class: 'mono' }, data.sha256), 'wide'],
	]);
}

function settlement() {
	const out = slot({ class: 'slot', 'aria-live': 'polite' });
	return h(
		'div',
		{ class: 'stack' },
		form({
			className: 'inline',
			submit: t('action.show'),
			fields: [
				field({
					name: 'day',
					label: t('settlement.day'),
					type: 'date',
					value: today(1),
					max: today(1),
					required: true,
				}),
			],
			send: async ({ day }) => replace(out, settlementView(await get(`/v1/settlements/${part(day)}`))),
		}),
		out,
	);
}

function showList(root, route, ctx) {
	const views = [...Object.keys(WHICH), ...(can('settlement') ? ['settlement'] : [])];
	const which = views.includes(route.query.get('which')) ? route.query.get('which') : 'latest';
	const content =
		which === 'settlement'
			? panel(t('reward.settlement'), {}, settlement())
			: pagedTable({
					caption: t(`reward.${which}`),
					none: t(which === 'overdue' || which === 'failed' ? 'reward.none_wrong' : 'reward.none'),
					columns: columns(),
					fetch: async (cursor) => {
						const { rewards, next } = await get(
							'/v1/rewards',
							{ ...WHICH[which], limit: 50, cursor },
							ctx.signal,
						);
						return { rows: rewards, next };
					},
				});
	append(
		root,
		pageHead(t('nav.rewards')),
		tabs(
			views.map((name) => ({
				key: name,
				label: t(`reward.${name}`),
				href: link('rewards', { which: name }),
			})),
			which,
			t('reward.views'),
		),
		content,
	);
	ctx.keys(
		views.map((name, at) => ({
			key: String(at + 1),
			label: `reward.${name}`,
			run: () => {
				location.hash = link('rewards', { which: name });
			},
		})),
	);
}

export const rewardsPage = {
	key: 'rewards',
	goKey: 'w',
	visible: () => can('rewards'),
	show(root, route, ctx) {
		if (route.parts[0]) showOne(root, route.parts[0], ctx);
		else showList(root, route, ctx);
	},
};
