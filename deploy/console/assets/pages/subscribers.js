// SPDX-License-Identifier: AGPL-3.0-or-later
// subscribers.js - Subscriber: what one person blocks, what was blocked, what they reported, and why a
// call or text to them was let through or not.

import { get, part, post } from '../api.js';
import { append, h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, shortTime } from '../format.js';
import { t, tOr } from '../i18n.js';
import { numberView } from '../number.js';
import { go, link } from '../router.js';
import { can } from '../session.js';
import { pagedTable, table } from '../table.js';
import { badge, empty, facts, failed, load, pageHead, panel, tabs, toast } from '../views.js';
import { callerLink } from './report_parts.js';
import { reportTable } from './reports.js';
import { referenceOf } from './references.js';
import { rulesEditor } from './subscriber_rules.js';

function findForm() {
	return form({
		className: 'inline',
		submit: t('action.open'),
		fields: [
			field({
				name: 'subscriber',
				label: t('subscriber.find'),
				placeholder: t('subscriber.find_hint'),
				'data-search': '',
				required: true,
			}),
		],
		send: async ({ subscriber }) => go('subscribers', await referenceOf(subscriber, 'subscriber')),
	});
}

function summary(one) {
	const states = Object.entries(one.reports?.by_state ?? {});
	return panel(
		h('span', {}, t('subscriber.one'), ' ', numberView(one.subscriber, one.subscriber_ref)),
		{},
		facts([
			[t('subscriber.calls'), t(one.calls_blocked ? 'subscriber.blocked_abroad' : 'subscriber.not_blocked')],
			[t('subscriber.sms'), t(one.sms_blocked ? 'subscriber.blocked_abroad' : 'subscriber.not_blocked')],
			[
				t('subscriber.rules'),
				t('subscriber.rules_value', { n: count(one.rules_count), version: one.rules_version }),
			],
			[t('subscriber.blocked_7d'), count(one.blocked_7d)],
			[
				t('subscriber.reports'),
				states.length ? states.map(([state, n]) => [badge('report_state', state), ` ${count(n)} `]) : '0',
			],
			[
				t('subscriber.rewards'),
				one.rewards &&
					t('caller.rewards_value', { n: count(one.rewards.count), mb: count(one.rewards.mb) }),
			],
		]),
	);
}

// ---- what was blocked ----

function releaseButton(row) {
	if (row.released)
		return h('span', { class: 'soft' }, t('blocked.released', { time: shortTime(row.released) }));
	if (row.channel !== 'sms' || !row.kept || !can('release')) return '';
	const button = h(
		'button',
		{
			type: 'button',
			'data-release': row.id,
			onclick: async () => {
				button.disabled = true;
				try {
					await post(`/v1/blocked/${part(row.id)}/release`);
					toast(t('blocked.on_its_way'));
					button.replaceWith(h('span', { class: 'soft' }, t('blocked.on_its_way')));
				} catch (problem) {
					button.disabled = false;
					failed(problem);
				}
			},
		},
		t('blocked.release'),
	);
	return button;
}

function blockedTable(ref, ctx) {
	return pagedTable({
		caption: t('subscriber.blocked'),
		none: t('blocked.none'),
		hint: t('blocked.none_hint'),
		fetch: async (cursor) => {
			const { blocked, next } = await get(
				`/v1/subscribers/${part(ref)}/blocked`,
				{ limit: 50, cursor },
				ctx.signal,
			);
			return { rows: blocked, next };
		},
		columns: [
			{ title: t('blocked.last'), kind: 'time', cell: ({ last }) => shortTime(last) },
			{ title: t('blocked.sender'), cell: (row) => callerLink(row.sender, row.sender_ref) },
			{ title: t('blocked.channel'), cell: ({ channel }) => t(`rule_channel.${channel}`) },
			{ title: t('blocked.count'), kind: 'num', cell: (row) => count(row.count) },
			{ title: t('blocked.rule'), kind: 'text', cell: ({ rule }) => h('span', { class: 'mono' }, rule) },
			{ title: t('blocked.tier'), cell: ({ tier }) => tOr(`tier.${tier}`, tier) },
			{ title: '', cell: releaseButton },
		],
	});
}

// ---- a decision explained ----

function explanation(data) {
	return h(
		'div',
		{ class: 'stack', 'data-explained': data.verdict },
		facts([
			[t('explain.verdict'), badge('verdict', data.verdict)],
			[t('explain.tier'), tOr(`tier.${data.tier}`, data.tier)],
			[t('explain.rule'), data.rule && h('span', { class: 'mono' }, data.rule)],
			[t('explain.source'), tOr(`explain.${data.source}`, data.source)],
			[t('explain.international'), t(data.international ? 'yes' : 'no')],
			[t('explain.versions'), data.versions && t('explain.versions_value', data.versions)],
		]),
		table({
			caption: t('explain.steps'),
			visible: true,
			rows: data.steps ?? [],
			columns: [
				{
					title: t('explain.owner'),
					cell: ({ owner, rules_for }) =>
						`${tOr(`owner.${owner}`, owner)} · ${tOr(`rules_for.${rules_for}`, rules_for)}`,
				},
				{
					title: t('explain.rule'),
					kind: 'text',
					cell: ({ rule }) =>
						rule
							? h('span', { class: 'mono' }, rule)
							: h('span', { class: 'soft' }, t('explain.none')),
				},
				{ title: t('explain.verdict'), cell: ({ verdict }) => (verdict ? badge('verdict', verdict) : '') },
				{ title: t('explain.decides'), cell: ({ decides }) => (decides ? '◆' : '') },
			],
		}),
	);
}

function explainView(ref) {
	const out = slot({ class: 'slot', 'aria-live': 'polite' });
	return h(
		'div',
		{ class: 'stack' },
		form({
			className: 'inline',
			submit: t('explain.ask'),
			fields: [
				field({
					name: 'caller',
					label: t('explain.caller'),
					placeholder: t('explain.caller_hint'),
					required: true,
				}),
				field({
					name: 'channel',
					label: t('blocked.channel'),
					options: [
						['call', t('rule_channel.call')],
						['sms', t('rule_channel.sms')],
					],
				}),
				field({ name: 'at', label: t('explain.at'), type: 'datetime-local' }),
				field({ name: 'international', label: t('explain.abroad'), type: 'checkbox' }),
			],
			send: async ({ caller, channel, at, international }) => {
				const body = { caller, called: ref, sms: channel === 'sms', international };
				if (at) body.at = `${at}:00+08:00`;
				replace(out, explanation(await post('/v1/screen/explain', body)));
			},
		}),
		out,
	);
}

const VIEWS = {
	rules: {
		title: 'subscriber.rules',
		may: () => can('rules', 'show'),
		draw: (ref, ctx) => rulesEditor(ref, ctx),
	},
	blocked: { title: 'subscriber.blocked', may: () => can('blocked'), draw: blockedTable },
	reports: {
		title: 'subscriber.reports',
		may: () => can('reports'),
		draw: (ref, ctx) => reportTable(`/v1/subscribers/${part(ref)}/reports`, {}, { subscriber: false }, ctx),
	},
	explain: { title: 'subscriber.explain_tab', may: () => can('screen'), draw: explainView },
};

function showOne(root, ref, route, ctx) {
	const names = Object.keys(VIEWS).filter((name) => VIEWS[name].may());
	const view = names.includes(route.query.get('view')) ? route.query.get('view') : names[0];
	const head = slot();
	const href = (name) => link('subscribers', ref, { view: name });
	append(
		root,
		pageHead(t('nav.subscribers'), h('a', { href: link('subscribers') }, t('subscriber.other'))),
		h(
			'div',
			{ class: 'stack' },
			head,
			h(
				'div',
				{},
				tabs(
					names.map((name) => ({ key: name, label: t(VIEWS[name].title), href: href(name) })),
					view,
					t('subscriber.views'),
				),
				view && panel(t(VIEWS[view].title), {}, VIEWS[view].draw(ref, ctx)),
			),
		),
	);
	load(head, () => get(`/v1/subscribers/${part(ref)}`, null, ctx.signal), summary, {
		quiet: [404],
		none: empty(t('subscriber.unknown')),
	});
	ctx.keys(
		names.map((name, at) => ({
			key: String(at + 1),
			label: VIEWS[name].title,
			run: () => {
				location.hash = href(name);
			},
		})),
	);
}

export const subscribersPage = {
	key: 'subscribers',
	goKey: 's',
	visible: () => can('subscriber'),
	show(root, route, ctx) {
		if (route.parts[0]) {
			showOne(root, route.parts[0], route, ctx);
			return;
		}
		append(
			root,
			pageHead(t('nav.subscribers')),
			panel(t('search.title'), {}, findForm(), h('p', { class: 'soft' }, t('subscriber.explain'))),
		);
		root.querySelector('[data-search]').focus();
	},
};
