// SPDX-License-Identifier: AGPL-3.0-or-later
// reports.js - Reports: searched by number, id, state and time; and one with its timeline.

import { get, part } from '../api.js';
import { append, h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, shortTime, span, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { go, link } from '../router.js';
import { can } from '../session.js';
import { pagedTable, table } from '../table.js';
import { badge, empty, facts, load, pageHead, panel, tabs, words } from '../views.js';
import { appealButton } from './report_appeal.js';
import { referenceOf } from './references.js';
import { decide, decisionButtons, decisionKeys, mayDecide } from './review_decide.js';
import { callerLink, dayPicture, evidence, reading, similar, subscriberLink, timeline } from './report_parts.js';

export const STATES = ['received', 'needs_number', 'pending', 'verified', 'rejected', 'unproved', 'review', 'appealed'];
const CATEGORIES = ['broadband', 'plan_upgrade', 'data_pack', 'points', 'device', 'insurance', 'loan', 'other', 'unknown'];
const PAGE = 50;

export function reportColumns({ subscriber = true, number = true } = {}) {
	return [
		{ title: t('report.id'), cell: ({ id }) => h('a', { href: link('reports', id), class: 'mono' }, id) },
		{ title: t('report.received'), kind: 'time', cell: ({ received }) => shortTime(received) },
		number && { title: t('report.number'), cell: (row) => callerLink(row.number, row.number_ref) },
		subscriber && { title: t('report.subscriber'), cell: (row) => subscriberLink(row.subscriber, row.subscriber_ref) },
		{ title: t('report.category'), cell: ({ category }) => tOr(`category.${category}`, category) },
		{ title: t('report.state'), cell: ({ state }) => badge('report_state', state) },
		{ title: t('report.reasons'), kind: 'text', cell: ({ reasons }) => h('span', { class: 'soft' }, words('reason', reasons)) },
	].filter(Boolean);
}

export function reportTable(path, query, options, ctx) {
	return pagedTable({
		caption: t('report.list'),
		none: t('report.none'),
		hint: t('report.none_hint'),
		columns: reportColumns(options),
		fetch: async (cursor) => {
			const { reports, next } = await get(path, { ...query, limit: PAGE, cursor }, ctx.signal);
			return { rows: reports, next };
		},
	});
}

// A receipt number goes to its report at once; anything else is the number of a telephone.
const REPORT_ID = /^R[0-9A-Z][0-9A-Z -]{6,18}$/i;

const dayStart = (day) => (day ? `${day}T00:00:00+08:00` : '');
const dayEnd = (day) => (day ? new Date(Date.parse(dayStart(day)) + 86400000).toISOString() : '');

function searchForm(query) {
	const options = (family, list) => [['', t('search.any')], ...list.map((one) => [one, t(`${family}.${one}`)])];
	return form({
		className: 'inline',
		submit: t('action.search'),
		fields: [
			field({ name: 'find', label: t('search.find'), value: '', placeholder: t('search.find_hint'), 'data-search': '', inputmode: 'search' }),
			field({ name: 'state', label: t('report.state'), value: query.get('state') ?? '', options: options('report_state', STATES) }),
			field({ name: 'category', label: t('report.category'), value: query.get('category') ?? '', options: options('category', CATEGORIES) }),
			field({ name: 'since', label: t('search.since'), type: 'date', value: query.get('since') ?? '' }),
			field({ name: 'until', label: t('search.until'), type: 'date', value: query.get('until') ?? '' }),
		],
		send: async ({ find, ...rest }) => {
			if (REPORT_ID.test(find)) go('reports', find.replaceAll(/[ -]/g, '').toUpperCase());
			else go('reports', { ...rest, number: find ? await referenceOf(find, 'find') : query.get('number') ?? '' });
		},
	});
}

function showList(root, { query }, ctx) {
	const number = query.get('number');
	const chosen = number && h('p', { class: 'row' }, h('span', {}, t('search.one_number')), h('a', { href: link('reports') }, t('search.all')));
	const fresh = h('button', { type: 'button', hidden: true, 'data-fresh': '', onclick: () => dispatchEvent(new HashChangeEvent('hashchange')) }, t('report.changed'), h('kbd', { 'aria-hidden': 'true' }, 'r'));
	append(root, pageHead(t('nav.reports'), fresh), h('div', { class: 'stack' }, panel(t('search.title'), {}, searchForm(query), chosen),
		reportTable('/v1/reports', { state: query.get('state'), category: query.get('category'), number, since: dayStart(query.get('since')),
			until: dayEnd(query.get('until')) }, {}, ctx)));
	ctx.keys([{ key: 'r', label: 'report.refresh', run: () => fresh.click() }]);
	ctx.on('report', () => {
		fresh.hidden = false;
	});
	if (query.has('find')) root.querySelector('[data-search]').focus();
}

// ---- one ----

function rewardFacts(entry, title) {
	return entry && panel(title, { extra: can('reward') && h('a', { href: link('rewards', entry.id) }, t('action.details')) }, facts([
		[t('reward.state'), badge('reward_state', entry.state)],
		[t('reward.amount'), t('reward.mb', { n: entry.amount_mb })],
		[t('reward.requested'), entry.requested && time(entry.requested)],
		[t('reward.settled'), entry.settled && time(entry.settled)],
		[t('reward.reason'), entry.reason && tOr(`reward_reason.${entry.reason}`, entry.reason)],
	]));
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
			{ title: t('report.what'), kind: 'nowrap', cell: ({ what }) => tOr(`trace.${what.replaceAll(' ', '_')}`, what) },
			{ title: t('report.after'), kind: 'num', cell: ({ after_ms }) => (after_ms < 1000 ? `${count(after_ms)} ms` : span(after_ms / 1000)) },
			{ title: t('report.detail'), kind: 'text', cell: ({ detail }) => detail },
		],
	});
}

const VIEWS = {
	timeline: (report, node) => replace(node, panel(t('report.timeline'), {}, timeline(report))),
	evidence: (report, node, ctx) => {
		const [why, day] = [slot(), slot()];
		replace(node, h('div', { class: 'grid' }, h('div', { class: 'w6' }, panel(t('evidence.title'), {}, why)), h('div', { class: 'w6' }, panel(t('day.title'), {}, day))));
		load(why, () => get(`/v1/reports/${part(report.id)}/why`, null, ctx.signal), evidence, { quiet: [404, 409, 422], none: empty(t('evidence.none')) });
		load(day, () => get(`/v1/reports/${part(report.id)}/day`, null, ctx.signal), dayPicture,
			{ quiet: [404, 409, 422], none: empty(t('day.none'), t('day.none_hint')) });
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

function showOne(root, id, route, ctx) {
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
		return h('div', { class: 'stack', 'data-report': report.id, 'data-state': report.state },
			panel(h('span', {}, t('report.said')), { extra: [badge('report_state', report.state), h('span', {}, words('reason', report.reasons))] },
				h('blockquote', { class: 'message' }, report.text || t('report.no_text')), reading(report),
				report.chain === 'BROKEN' && h('p', { class: 'bad-text', role: 'alert' }, t('report.chain_broken')),
				buttonRow(state.open && decisionButtons(run), appealButton(report, again))),
			rewardFacts(report.reward, t('report.reward')), rewardFacts(report.reversal, t('report.reversal')),
			h('div', {}, tabs(Object.keys(VIEWS).map((name) => ({ key: name, label: t(`report.${name}`), href: href(name) })), view, t('report.views')), below));
	}

	append(root, pageHead(h('span', {}, t('report.one'), ' ', h('span', { class: 'mono' }, id)), h('a', { href: link('reports') }, t('report.all'))), node);
	ctx.keys([
		...decisionKeys(run, () => state.open),
		...Object.keys(VIEWS).map((name, at) => ({ key: String(at + 1), label: `report.${name}`, run: () => { location.hash = href(name); } })),
	]);
	ctx.on('report', (change) => {
		if (change.id === id && !document.querySelector('dialog[open]')) again();
	});
	again();
}

export const reportsPage = {
	key: 'reports',
	goKey: 'p',
	visible: () => can('reports'),
	show(root, route, ctx) {
		if (route.parts[0]) showOne(root, route.parts[0], route, ctx);
		else showList(root, route, ctx);
	},
};
