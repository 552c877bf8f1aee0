// SPDX-License-Identifier: AGPL-3.0-or-later
// system.js - System: links, sources of call records, accounts, policy, audit, users and their tokens.

import { get, part, post } from '../api.js';
import { confirmThat } from '../dialog.js';
import { append, h, slot } from '../dom.js';
import { count, shortTime, span, time } from '../format.js';
import { t, tOr } from '../i18n.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, failed, load, pageHead, panel, tabs, toast } from '../views.js';
import { auditView } from './system_audit.js';
import { policyView } from './system_policy.js';
import { usersView } from './system_users.js';

// ---- links ----

function linkTable({ links }) {
	return table({
		caption: t('system.links'),
		none: t('now.no_links'),
		hint: t('now.no_links_hint'),
		rows: links,
		columns: [
			{ title: t('link_row.link'), cell: (row) => row.link },
			{ title: t('link_row.system_id'), cell: (row) => row.system_id },
			{ title: t('link_row.peer'), cell: (row) => h('span', { class: 'mono' }, row.peer) },
			{ title: t('link_row.role'), cell: (row) => tOr(`account_role.${row.role}`, row.role) },
			{ title: t('link_row.state'), cell: (row) => badge('link_state', row.state) },
			{ title: t('link_row.rate_in'), kind: 'num', cell: (row) => count(row.rate_in, 1) },
			{ title: t('link_row.rate_out'), kind: 'num', cell: (row) => count(row.rate_out, 1) },
			{ title: t('link_row.messages_in'), kind: 'num', cell: (row) => count(row.messages_in) },
			{ title: t('link_row.messages_out'), kind: 'num', cell: (row) => count(row.messages_out) },
			{
				title: t('link_row.window'),
				kind: 'num',
				cell: (row) => `${row.window_out}/${row.window_out_size}`,
			},
			{ title: t('link_row.since'), kind: 'time', cell: (row) => row.since && shortTime(row.since) },
			{ title: t('link_row.last_error'), kind: 'text', cell: (row) => row.last_error },
		],
	});
}

// A table that comes anew every few seconds, unless somebody is in it.
function refreshed(path, render, seconds) {
	return (ctx) => {
		const node = slot();
		const again = (keep) => load(node, () => get(path, null, ctx.signal), render, { keep });
		ctx.every(seconds * 1000, () => node.contains(document.activeElement) || again(true));
		again(false);
		return node;
	};
}

// ---- sources of call records ----

function restartButton(source) {
	if (!can('feeds', 'restart')) return '';
	return h(
		'button',
		{
			type: 'button',
			onclick: async () => {
				if (
					!(await confirmThat({
						title: t('feed.restart_title', { source }),
						body: h('p', {}, t('feed.restart_body')),
						confirm: t('feed.restart'),
					}))
				)
					return;
				try {
					await post(`/v1/feeds/${part(source)}/restart`);
					toast(t('feed.restarted'));
				} catch (problem) {
					failed(problem);
				}
			},
		},
		t('feed.restart'),
	);
}

function feedTable({ sources }) {
	return table({
		caption: t('system.feeds'),
		none: t('now.no_feeds'),
		hint: t('now.no_feeds_hint'),
		rows: sources,
		columns: [
			{ title: t('feed.source'), cell: (row) => row.source },
			{
				title: t('feed.lag'),
				kind: 'num',
				cell: (row) => (row.lag_s === null ? t('feed.unheard') : span(Math.max(0, row.lag_s))),
			},
			{ title: t('feed.to'), kind: 'time', cell: (row) => row.to && time(row.to) },
			{ title: t('feed.heard'), kind: 'time', cell: (row) => row.heard && shortTime(row.heard) },
			{ title: t('feed.records'), kind: 'num', cell: (row) => count(row.records) },
			{ title: t('feed.bad'), kind: 'num', cell: (row) => count(row.bad) },
			{ title: t('feed.missing'), kind: 'num', cell: (row) => count(row.missing) },
			{
				title: t('feed.ahead'),
				kind: 'num',
				cell: (row) => (row.ahead_s === null ? '–' : span(row.ahead_s)),
			},
			{
				title: t('feed.alarms'),
				cell: (row) =>
					row.alarms.map((one) => h('span', { class: 'badge bad' }, tOr(`feed_alarm.${one}`, one))),
			},
			{ title: '', cell: (row) => restartButton(row.source) },
		],
	});
}

// ---- accounts ----

function accountTable({ accounts }) {
	return table({
		caption: t('system.accounts'),
		none: t('account.none'),
		hint: t('account.none_hint'),
		rows: accounts,
		columns: [
			{ title: t('link_row.system_id'), cell: (row) => row.system_id },
			{ title: t('link_row.role'), cell: (row) => tOr(`account_role.${row.role}`, row.role) },
			{ title: t('account.first'), kind: 'time', cell: (row) => row.first_bind && time(row.first_bind) },
			{ title: t('account.last'), kind: 'time', cell: (row) => row.last_bind && time(row.last_bind) },
			{ title: t('account.binds'), kind: 'num', cell: (row) => count(row.binds) },
		],
	});
}

const VIEWS = {
	links: { may: () => can('links'), draw: refreshed('/v1/links', linkTable, 3) },
	feeds: { may: () => can('feeds'), draw: refreshed('/v1/feeds', feedTable, 10) },
	accounts: { may: () => can('accounts'), draw: refreshed('/v1/accounts', accountTable, 30) },
	policy: { may: () => can('policy', 'show'), draw: policyView },
	audit: { may: () => can('audit-list'), draw: auditView },
	users: { may: () => can('users', 'list'), draw: usersView },
};

const visibleViews = () => Object.keys(VIEWS).filter((name) => VIEWS[name].may());

export const systemPage = {
	key: 'system',
	goKey: 'y',
	visible: () => visibleViews().length > 0,
	show(root, route, ctx) {
		const names = visibleViews();
		const view = names.includes(route.parts[0]) ? route.parts[0] : names[0];
		const content = VIEWS[view].draw(ctx, route);
		append(
			root,
			pageHead(t('nav.system')),
			tabs(
				names.map((name) => ({ key: name, label: t(`system.${name}`), href: link('system', name) })),
				view,
				t('system.views'),
			),
			['policy', 'users', 'audit'].includes(view) ? content : panel(t(`system.${view}`), {}, content),
		);
		ctx.keys(
			names.map((name, at) => ({
				key: String(at + 1),
				label: `system.${name}`,
				run: () => {
					location.hash = link('system', name);
				},
			})),
		);
	},
};
