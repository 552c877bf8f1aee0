// SPDX-License-Identifier: AGPL-3.0-or-later
// system_audit.js - who changed what, before and after; and whether the chain of these entries is whole.

import { get, post } from '../api.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { go } from '../router.js';
import { can } from '../session.js';
import { pagedTable } from '../table.js';
import { facts, load, panel } from '../views.js';

const shown = (value) => (value && typeof value === 'object' ? JSON.stringify(value) : value ?? '');

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

function chainView(data) {
	const whole = data.intact ?? data.ok ?? data.chain === 'intact';
	return h('div', { role: 'status', 'data-chain': whole ? 'intact' : 'broken' }, h('p', { class: whole ? 'good-text' : 'bad-text' }, t(whole ? 'audit.intact' : 'audit.broken')),
		facts(Object.entries(data).filter(([, value]) => ['string', 'number'].includes(typeof value)).map(([name, value]) => [tOr(`audit.${name}`, name), typeof value === 'number' ? count(value) : value])));
}

export function auditView(ctx, route) {
	const { query } = route;
	const chain = slot();
	const since = query.get('since');
	const verify = can('audit-verify') && h('button', { type: 'button', 'data-verify': '', onclick: () => load(chain, () => post('/v1/audit/verify'), chainView) }, t('audit.verify'));
	replace(chain);
	return h('div', { class: 'stack' }, panel(t('search.title'), { extra: verify }, filters(query), chain), pagedTable({
		caption: t('system.audit'),
		none: t('audit.none'),
		fetch: async (cursor) => {
			const data = await get('/v1/audit', { actor: query.get('actor'), action: query.get('action'), since: since && `${since}T00:00:00+08:00`, limit: 50, cursor }, ctx.signal);
			return { rows: data.audit ?? data.entries, next: data.next };
		},
		columns: [
			{ title: t('report.at'), kind: 'time', cell: ({ at }) => time(at, { seconds: true }) },
			{ title: t('audit.actor'), kind: 'nowrap', cell: ({ actor }) => actor },
			{ title: t('audit.action'), kind: 'nowrap', cell: ({ action }) => action },
			{ title: t('audit.object'), kind: 'text', cell: ({ object }) => shown(object) },
			{ title: t('audit.before'), kind: 'text', cell: ({ before }) => h('span', { class: 'mono' }, shown(before)) },
			{ title: t('audit.after'), kind: 'text', cell: ({ after }) => h('span', { class: 'mono' }, shown(after)) },
		],
	}));
}
