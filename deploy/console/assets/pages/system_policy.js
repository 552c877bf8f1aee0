// SPDX-License-Identifier: AGPL-3.0-or-later
// system_policy.js - the policies of verdicts and rewards, and what another would have made of the
// reports of late.

import { get, post } from '../api.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, time } from '../format.js';
import { t } from '../i18n.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, empty, facts, load, panel } from '../views.js';

const EXAMPLE = 'verdict_policies:\n  - effective: 2026-01-01T00:00:00+08:00\n    verify_at: 60\n';

// { a: { b: 1 } } as [['a.b', 1]].
function flatten(object, before = '') {
	return Object.entries(object).flatMap(([name, value]) => {
		if (Array.isArray(value))
			return value.length
				? [
						[
							before + name,
							value
								.map((one) => (typeof one === 'object' ? Object.values(one).join(' · ') : one))
								.join('; '),
						],
					]
				: [];
		return value && typeof value === 'object' ? flatten(value, `${before}${name}.`) : [[before + name, value]];
	});
}

function policies(list) {
	const entries = Object.entries(list ?? {});
	if (!entries.length) return empty(t('policy.none'));
	return entries.map(([effective, { in_force: inForce, hash, ...values }]) =>
		h(
			'details',
			{ open: inForce },
			h(
				'summary',
				{},
				t('policy.from', { time: time(effective) }),
				' ',
				inForce && h('span', { class: 'badge good' }, t('policy.in_force')),
				' ',
				hash && h('span', { class: 'soft mono' }, String(hash).slice(0, 12)),
			),
			facts(
				flatten(values).map(([name, value]) => [
					h('span', { class: 'mono' }, name),
					value === null ? '–' : String(value),
				]),
				'keys',
			),
		),
	);
}

function found(data) {
	const more = data.rewards?.difference_mb;
	return h(
		'div',
		{ class: 'stack', 'data-tried': '' },
		facts([
			[t('policy.judged'), count(data.judged)],
			[t('policy.changed'), count(data.changed)],
			[t('policy.open'), count(data.not_judged_yet)],
			[t('policy.mb'), more !== undefined && `${more > 0 ? '+' : ''}${t('reward.mb', { n: count(more) })}`],
		]),
		table({
			caption: t('policy.changes'),
			visible: true,
			rows: (data.verdicts ?? []).filter(({ from, to }) => from !== to),
			none: t('policy.no_change'),
			columns: [
				{ title: t('policy.was'), cell: ({ from }) => badge('report_state', from) },
				{ title: t('policy.would_be'), cell: ({ to }) => badge('report_state', to) },
				{ title: t('nav.reports'), kind: 'num', cell: ({ reports }) => count(reports) },
			],
		}),
	);
}

function tryForm() {
	const out = slot({ class: 'slot', 'aria-live': 'polite' });
	return h(
		'div',
		{ class: 'stack' },
		form({
			submit: t('policy.try'),
			fields: [
				field({
					name: 'text',
					label: t('policy.text'),
					type: 'textarea',
					rows: 10,
					wide: true,
					class: 'code',
					hint: t('policy.hint'),
					value: EXAMPLE,
				}),
				field({ name: 'days', label: t('policy.days'), type: 'number', value: 7, min: 1, max: 366 }),
			],
			send: async ({ text, days }) =>
				replace(
					out,
					found(await post('/v1/policy/try', { name: 'console', text, days: Number(days), limit: 0 })),
				),
		}),
		out,
	);
}

export function policyView(ctx) {
	const node = slot();
	load(
		node,
		() => get('/v1/policy', null, ctx.signal),
		(data) =>
			h(
				'div',
				{ class: 'grid' },
				h('div', { class: 'w6' }, panel(t('policy.verdicts'), {}, policies(data.verdict_policies))),
				h('div', { class: 'w6' }, panel(t('policy.rewards'), {}, policies(data.reward_policies))),
			),
	);
	return h('div', { class: 'stack' }, node, can('policy', 'try') && panel(t('policy.try_title'), {}, tryForm()));
}
