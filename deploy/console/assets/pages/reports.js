// SPDX-License-Identifier: AGPL-3.0-or-later
// reports.js - Reports: searched by number, id, state and time.

import { get } from '../api.js';
import { append, h } from '../dom.js';
import { field, form } from '../forms.js';
import { shortTime } from '../format.js';
import { t, tOr } from '../i18n.js';
import { go, link } from '../router.js';
import { can } from '../session.js';
import { pagedTable } from '../table.js';
import { badge, pageHead, panel, words } from '../views.js';
import { referenceOf } from './references.js';
import { showReport } from './report.js';
import { callerLink, subscriberLink } from './report_parts.js';

const STATES = [
	'received',
	'needs_number',
	'pending',
	'verified',
	'rejected',
	'unproved',
	'review',
	'appealed',
];
const CATEGORIES = [
	'broadband',
	'plan_upgrade',
	'data_pack',
	'points',
	'device',
	'insurance',
	'loan',
	'other',
	'unknown',
];
const PAGE = 50;

export function reportColumns({ subscriber = true, number = true } = {}) {
	return [
		{ title: t('report.id'), cell: ({ id }) => h('a', { href: link('reports', id), class: 'mono' }, id) },
		{ title: t('report.received'), kind: 'time', cell: ({ received }) => shortTime(received) },
		number && { title: t('report.number'), cell: (row) => callerLink(row.number, row.number_ref) },
		subscriber && {
			title: t('report.subscriber'),
			cell: (row) => subscriberLink(row.subscriber, row.subscriber_ref),
		},
		{ title: t('report.category'), cell: ({ category }) => tOr(`category.${category}`, category) },
		{ title: t('report.state'), cell: ({ state }) => badge('report_state', state) },
		{
			title: t('report.reasons'),
			kind: 'text',
			cell: ({ reasons }) => h('span', { class: 'soft' }, words('reason', reasons)),
		},
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
			field({
				name: 'find',
				label: t('search.find'),
				value: '',
				placeholder: t('search.find_hint'),
				'data-search': '',
				inputmode: 'search',
			}),
			field({
				name: 'state',
				label: t('report.state'),
				value: query.get('state') ?? '',
				options: options('report_state', STATES),
			}),
			field({
				name: 'category',
				label: t('report.category'),
				value: query.get('category') ?? '',
				options: options('category', CATEGORIES),
			}),
			field({ name: 'since', label: t('search.since'), type: 'date', value: query.get('since') ?? '' }),
			field({ name: 'until', label: t('search.until'), type: 'date', value: query.get('until') ?? '' }),
		],
		send: async ({ find, ...rest }) => {
			if (REPORT_ID.test(find)) go('reports', find.replaceAll(/[ -]/g, '').toUpperCase());
			else
				go('reports', {
					...rest,
					number: find ? await referenceOf(find, 'find') : (query.get('number') ?? ''),
				});
		},
	});
}

function showList(root, { query }, ctx) {
	const number = query.get('number');
	const chosen =
		number &&
		h(
			'p',
			{ class: 'row' },
			h('span', {}, t('search.one_number')),
			h('a', { href: link('reports') }, t('search.all')),
		);
	const fresh = h(
		'button',
		{
			type: 'button',
			hidden: true,
			'data-fresh': '',
			onclick: () => dispatchEvent(new HashChangeEvent('hashchange')),
		},
		t('report.changed'),
		h('kbd', { 'aria-hidden': 'true' }, 'r'),
	);
	append(
		root,
		pageHead(t('nav.reports'), fresh),
		h(
			'div',
			{ class: 'stack' },
			panel(t('search.title'), {}, searchForm(query), chosen),
			reportTable(
				'/v1/reports',
				{
					state: query.get('state'),
					category: query.get('category'),
					number,
					since: dayStart(query.get('since')),
					until: dayEnd(query.get('until')),
				},
				{},
				ctx,
			),
		),
	);
	ctx.keys([{ key: 'r', label: 'report.refresh', run: () => fresh.click() }]);
	ctx.on('report', () => {
		fresh.hidden = false;
	});
	if (query.has('find')) root.querySelector('[data-search]').focus();
}

export const reportsPage = {
	key: 'reports',
	goKey: 'p',
	visible: () => can('reports'),
	show(root, route, ctx) {
		if (route.parts[0]) showReport(root, route.parts[0], route, ctx);
		else showList(root, route, ctx);
	},
};
