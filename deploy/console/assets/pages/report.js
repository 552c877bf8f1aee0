// SPDX-License-Identifier: AGPL-3.0-or-later
// report.js - one report: what was said and read, its reward, its timeline, evidence and trace.

import { get, part } from '../api.js';
import { append, h, replace, slot } from '../dom.js';
import { count, span, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, empty, facts, load, pageHead, panel, tabs, words } from '../views.js';
import { appealButton } from './report_appeal.js';
import { decide, decisionButtons, decisionKeys, mayDecide } from './review_decide.js';
import { dayPicture, evidence, reading, similar, timeline } from './report_parts.js';

function rewardFacts(entry, title) {
	return (
		entry &&
		panel(
			title,
			{ extra: can('reward') && h('a', { href: link('rewards', entry.id) }, t('action.details')) },
			facts([
				[t('reward.state'), badge('reward_state', entry.state)],
				[t('reward.amount'), t('reward.mb', { n: entry.amount_mb })],
				[t('reward.requested'), entry.requested && time(entry.requested)],
				[t('reward.settled'), entry.settled && time(entry.settled)],
				[t('reward.reason'), entry.reason && tOr(`reward_reason.${entry.reason}`, entry.reason)],
			]),
		)
	);
}

function buttonRow(...buttons) {
	return buttons.some(Boolean) && h('div', { class: 'buttons' }, buttons);
}

function traceView({ trace }) {
	return table({
		caption: t('report.trace'),
		rows: trace ?? [],
		columns: [
			{ title: t('report.at'), kind: 'time', cell: (row) => time(row.at, { seconds: true }) },
			{
				title: t('report.what'),
				kind: 'nowrap',
				cell: ({ what }) => tOr(`trace.${what.replaceAll(' ', '_')}`, what),
			},
			{
				title: t('report.after'),
				kind: 'num',
				cell: ({ after_ms }) => (after_ms < 1000 ? `${count(after_ms)} ms` : span(after_ms / 1000)),
			},
			{ title: t('report.detail'), kind: 'text', cell: ({ detail }) => detail },
		],
	});
}

const VIEWS = {
	timeline: (report, node) => replace(node, panel(t('report.timeline'), {}, timeline(report))),
	evidence: (report, node, ctx) => {
		const [why, day] = [slot(), slot()];
		replace(
			node,
			h(
				'div',
				{ class: 'grid' },
				h('div', { class: 'w6' }, panel(t('evidence.title'), {}, why)),
				h('div', { class: 'w6' }, panel(t('day.title'), {}, day)),
			),
		);
		load(why, () => get(`/v1/reports/${part(report.id)}/why`, null, ctx.signal), evidence, {
			quiet: [404, 409, 422],
			none: empty(t('evidence.none')),
		});
		load(day, () => get(`/v1/reports/${part(report.id)}/day`, null, ctx.signal), dayPicture, {
			quiet: [404, 409, 422],
			none: empty(t('day.none'), t('day.none_hint')),
		});
	},
	similar: (report, node, ctx) => {
		const inner = slot();
		replace(node, panel(t('similar.title'), {}, inner));
		load(inner, () => get(`/v1/reports/${part(report.id)}/similar`, { limit: 20 }, ctx.signal), similar);
	},
	trace: (report, node, ctx) => {
		const inner = slot();
		replace(node, panel(t('report.trace'), {}, inner));
		load(inner, () => get(`/v1/reports/${part(report.id)}/trace`, null, ctx.signal), traceView);
	},
};

export function showReport(root, id, route, ctx) {
	const view = VIEWS[route.query.get('view')] ? route.query.get('view') : 'timeline';
	const node = slot();
	const state = { open: false };
	const again = () => load(node, () => get(`/v1/reports/${part(id)}`, null, ctx.signal), render, { keep: true });
	const run = async (verdict) => {
		if (await decide(id, verdict)) again();
	};
	const href = (name) => link('reports', id, { view: name });

	function render(report) {
		state.open = report.state === 'review' && mayDecide();
		const below = slot();
		VIEWS[view](report, below, ctx);
		return h(
			'div',
			{ class: 'stack', 'data-report': report.id, 'data-state': report.state },
			panel(
				h('span', {}, t('report.said')),
				{ extra: [badge('report_state', report.state), h('span', {}, words('reason', report.reasons))] },
				h('blockquote', { class: 'message' }, report.text || t('report.no_text')),
				reading(report),
				report.chain === 'BROKEN' &&
					h('p', { class: 'bad-text', role: 'alert' }, t('report.chain_broken')),
				buttonRow(state.open && decisionButtons(run), appealButton(report, again)),
			),
			rewardFacts(report.reward, t('report.reward')),
			rewardFacts(report.reversal, t('report.reversal')),
			h(
				'div',
				{},
				tabs(
					Object.keys(VIEWS).map((name) => ({
						key: name,
						label: t(`report.${name}`),
						href: href(name),
					})),
					view,
					t('report.views'),
				),
				below,
			),
		);
	}

	append(
		root,
		pageHead(
			h('span', {}, t('report.one'), ' ', h('span', { class: 'mono' }, id)),
			h('a', { href: link('reports') }, t('report.all')),
		),
		node,
	);
	ctx.keys([
		...decisionKeys(run, () => state.open),
		...Object.keys(VIEWS).map((name, at) => ({
			key: String(at + 1),
			label: `report.${name}`,
			run: () => {
				location.hash = href(name);
			},
		})),
	]);
	ctx.on('report', (change) => {
		if (change.id === id && !document.querySelector('dialog[open]')) again();
	});
	again();
}
