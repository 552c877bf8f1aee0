// SPDX-License-Identifier: AGPL-3.0-or-later
// rules.js - Rules: the operator's own. Changed only after a dry run over the traffic of late, each
// change a version that one can go back to.

import { get, request } from '../api.js';
import { append, h, replace, slot } from '../dom.js';
import { count, shortTime, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { numberView } from '../number.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { pagedTable, table } from '../table.js';
import { badge, empty, facts, failed, load, pageHead, panel, person, toast } from '../views.js';
import { askReason } from '../dialog.js';
import { changeList } from './rule_difference.js';
import { editView } from './rules_edit.js';

const PATH = '/v1/operator-rules';

function ruleList(rules) {
	if (!rules.length) return empty(t('rules.none'));
	return h(
		'ol',
		{ class: 'rules' },
		rules.map((rule) => h('li', {}, h('span', {}, rule))),
	);
}

function current(base, edit) {
	const { data } = base;
	return [
		facts([
			[t('rules.version_short'), data.version],
			[t('rules.since'), data.at && time(data.at)],
			[t('rules.by'), person(data.by)],
			[t('rules.note'), data.note],
			[t('rules.source'), tOr(`rules_source.${data.source}`, data.source)],
			[
				t('rules.here'),
				data.in_force_here !== data.version
					? t('rules.not_here', { version: data.in_force_here })
					: t('yes'),
			],
		]),
		ruleList(data.rules),
		can('rules-operator', 'try') &&
			h(
				'div',
				{ class: 'buttons' },
				h(
					'button',
					{ type: 'button', class: 'primary', 'data-edit': '', onclick: () => edit(base) },
					t('rules.edit_try'),
					h('kbd', { 'aria-hidden': 'true' }, 'e'),
				),
			),
	];
}

// What a dry run found out.
export function tryView(data) {
	return h(
		'div',
		{ class: 'stack', 'data-guard': data.guard },
		facts([
			[t('try.guard'), tOr(`guard.${data.guard}`, data.guard)],
			[t('try.rules'), count(data.rules)],
			[t('try.since'), data.traffic_since && time(data.traffic_since)],
			[
				t('try.recorded'),
				data.recorded_blocks &&
					t('try.recorded_value', {
						n: count(data.recorded_blocks.attempts),
						let_through: count(data.recorded_blocks.let_through),
					}),
			],
		]),
		table({
			caption: t('try.traffic'),
			visible: true,
			rows: data.traffic ?? [],
			columns: [
				{ title: t('blocked.channel'), cell: ({ channel }) => tOr(`rule_channel.${channel}`, channel) },
				{ title: t('try.attempts'), kind: 'num', cell: (row) => count(row.attempts) },
				{ title: t('try.before'), kind: 'num', cell: (row) => count(row.blocked_before) },
				{ title: t('try.after'), kind: 'num', cell: (row) => count(row.blocked_after) },
				{
					title: t('try.more'),
					kind: 'num',
					cell: (row) =>
						`${count(row.more)}${row.more_percent === null ? '' : ` (${row.more_percent}%)`}`,
				},
				{ title: t('try.guard'), cell: (row) => tOr(`guard.${row.guard}`, row.guard) },
			],
		}),
		(data.protected ?? []).length > 0 &&
			table({
				caption: t('try.protected'),
				visible: true,
				rows: data.protected,
				columns: [
					{ title: t('report.number'), cell: ({ number }) => number },
					{
						title: t('blocked.rule'),
						kind: 'text',
						cell: ({ rule }) => h('span', { class: 'mono' }, rule),
					},
				],
			}),
		(data.examples ?? []).length > 0 &&
			table({
				caption: t('try.examples'),
				visible: true,
				rows: data.examples,
				columns: [
					{ title: t('report.at'), cell: ({ at }) => shortTime(at) },
					{ title: t('explain.caller'), cell: (row) => numberView(row.caller, row.caller_ref) },
					{ title: t('explain.called'), cell: (row) => numberView(row.called, row.called_ref) },
					{ title: t('try.was'), cell: ({ before }) => badge('verdict', before) },
					{ title: t('try.would_be'), cell: ({ after }) => badge('verdict', after) },
					{
						title: t('blocked.rule'),
						kind: 'text',
						cell: ({ rule }) => h('span', { class: 'mono' }, rule),
					},
				],
			}),
	);
}

async function goBack(version, base, again) {
	const note = await askReason({
		title: t('rules.back_title', { version }),
		body: h('p', {}, t('rules.back_body')),
		presets: [t('rules.back_preset1'), t('rules.back_preset2')],
		confirm: t('rules.back_confirm'),
		bound: 200,
	});
	if (note === null) return;
	try {
		await request('POST', `${PATH}/rollback`, { body: { version, note }, etag: base?.etag });
		toast(t('rules.saved'));
	} catch (problem) {
		failed(problem);
	}
	again();
}

function versions(state, again, ctx) {
	return pagedTable({
		caption: t('rules.versions'),
		none: t('state.none'),
		fetch: async (cursor) => {
			const { versions: rows, next } = await get(`${PATH}/versions`, { limit: 20, cursor }, ctx.signal);
			return { rows, next };
		},
		columns: [
			{
				title: t('rules.version_short'),
				cell: ({ version }) => h('a', { href: link('rules', version) }, version),
			},
			{ title: t('report.at'), kind: 'time', cell: ({ at }) => shortTime(at) },
			{ title: t('rules.by'), cell: ({ by }) => person(by) },
			{ title: t('rules.note'), kind: 'text', cell: ({ note }) => note },
			{ title: t('rules.count'), kind: 'num', cell: ({ rules }) => count(rules) },
			{
				title: '',
				cell: ({ version }) =>
					can('rules-operator', 'rollback') &&
					state.base &&
					version !== state.base.data.version &&
					h(
						'button',
						{ type: 'button', onclick: () => goBack(version, state.base, again) },
						t('rules.back'),
					),
			},
		],
	});
}

function showVersion(root, version, ctx) {
	const [node, changes] = [slot(), slot()];
	append(
		root,
		pageHead(t('rules.version', { version }), h('a', { href: link('rules') }, t('rules.in_force'))),
		h(
			'div',
			{ class: 'grid' },
			h('div', { class: 'w6' }, panel(t('rules.version', { version }), {}, node)),
			h('div', { class: 'w6' }, panel(t('rules.against'), {}, changes)),
		),
	);
	load(
		node,
		() => get(PATH, { version }, ctx.signal),
		(data) => [
			facts([
				[t('report.at'), data.at && time(data.at)],
				[t('rules.by'), person(data.by)],
				[t('rules.note'), data.note],
			]),
			ruleList(data.rules),
		],
	);
	load(
		changes,
		() => get(`${PATH}/diff`, { from: version }, ctx.signal),
		(data) => changeList(data.changes),
	);
}

export const rulesPage = {
	key: 'rules',
	goKey: 'o',
	visible: () => can('rules-operator', 'show'),
	show(root, route, ctx) {
		if (route.parts[0]) {
			showVersion(root, route.parts[0], ctx);
			return;
		}
		const [now, list] = [slot(), slot()];
		const state = { base: null };
		const edit = (base) => replace(now, editView(base, { path: PATH, tryView, done: again }));
		const again = async () => {
			await load(
				now,
				() => request('GET', PATH, { signal: ctx.signal }),
				(base) => {
					state.base = base;
					return current(base, edit);
				},
			);
			replace(list, versions(state, again, ctx));
		};
		append(
			root,
			pageHead(t('nav.rules')),
			h(
				'div',
				{ class: 'stack' },
				panel(t('rules.in_force'), {}, now),
				panel(t('rules.versions'), {}, list),
			),
		);
		ctx.keys([
			{
				key: 'e',
				label: 'rules.edit_try',
				when: () => state.base && can('rules-operator', 'try'),
				run: () => edit(state.base),
			},
		]);
		again();
	},
};
