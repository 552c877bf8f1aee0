// SPDX-License-Identifier: AGPL-3.0-or-later
// system_audit.js - who changed what, before and after; and whether the chain of these entries is whole.

import { get, post } from '../api.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, time } from '../format.js';
import { t } from '../i18n.js';
import { go } from '../router.js';
import { can } from '../session.js';
import { pagedTable } from '../table.js';
import { facts, load, panel } from '../views.js';

function filters(query) {
	return form({
		className: 'inline',
		submit: t('action.search'),
		fields: [
			field({ name: 'actor', label: t('audit.actor'), value: query.get('actor') ?? '', 'data-search': '' }),
			field({ name: 'action', label: t('audit.action'), value: query.get('action') ?? '' }),
			field({ name: 'since', label: t('search.since'), type: 'date', value: query.get('since') ?? '' }),
		],
		send: async (wanted) => go('system', 'audit', wanted),
	});
}

const LONG = 120;

// Its beginning, when there is much.
function longText(text) {
	if (!text || (text.length <= LONG && !text.includes('\n'))) return h('span', { class: 'mono' }, text ?? '');
	const lines = h('pre', {}, text);
	return text.length <= LONG
		? lines
		: h('details', {}, h('summary', { class: 'mono' }, `${text.slice(0, 60)} …`), lines);
}

function chainView({ whole, rows, newest, first_broken: first, broken }) {
	return h(
		'div',
		{ role: 'status', 'data-chain': whole ? 'whole' : 'broken' },
		h(
			'p',
			{ class: whole ? 'good-text' : 'bad-text' },
			t(whole ? 'audit.whole' : 'audit.broken', { rows: count(rows), n: count(broken) }),
		),
		facts([
			[t('audit.newest'), newest && `${newest.id} · ${newest.hash.slice(0, 16)}`],
			[
				t('audit.first_broken'),
				first && `${first.id} · ${time(first.at)} · ${first.action}: ${first.why}`,
				'bad-fact wide',
			],
		]),
	);
}

export function auditView(ctx, route) {
	const { query } = route;
	const chain = slot();
	const since = query.get('since');
	const verify =
		can('audit-verify') &&
		h(
			'button',
			{
				type: 'button',
				'data-verify': '',
				onclick: () => load(chain, () => post('/v1/audit/verify'), chainView),
			},
			t('audit.verify'),
		);
	replace(chain);
	return h(
		'div',
		{ class: 'stack' },
		panel(t('search.title'), { extra: verify }, filters(query), chain),
		pagedTable({
			caption: t('system.audit'),
			none: t('audit.none'),
			fetch: async (cursor) => {
				const data = await get(
					'/v1/audit',
					{
						actor: query.get('actor'),
						action: query.get('action'),
						since: since && `${since}T00:00:00+08:00`,
						limit: 50,
						cursor,
					},
					ctx.signal,
				);
				return { rows: data.rows, next: data.next };
			},
			columns: [
				{ title: t('report.at'), kind: 'time', cell: ({ at }) => time(at, { seconds: true }) },
				{ title: t('audit.actor'), kind: 'nowrap', cell: ({ actor }) => actor },
				{ title: t('audit.action'), kind: 'nowrap', cell: ({ action }) => action },
				{
					title: t('audit.object'),
					kind: 'text',
					cell: ({ object, erased }) =>
						erased ? h('span', { class: 'soft' }, t('audit.erased')) : object,
				},
				{ title: t('audit.before'), kind: 'text', cell: ({ before }) => longText(before) },
				{ title: t('audit.after'), kind: 'text', cell: ({ after }) => longText(after) },
			],
		}),
	);
}
