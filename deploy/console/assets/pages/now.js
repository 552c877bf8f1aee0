// SPDX-License-Identifier: AGPL-3.0-or-later
// now.js - Now: what passes through the gateway at this moment, and what waits.

import { get } from '../api.js';
import { columns, sparkline } from '../charts.js';
import { append, h, replace, slot } from '../dom.js';
import { clock, count, octets, percent, span } from '../format.js';
import { t, tOr } from '../i18n.js';
import { latest, samples } from '../live.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, empty, facts, load, loading, pageHead, panel, tile } from '../views.js';

const RATES = ['messages_in', 'messages_out', 'screened', 'calls'];
const LAG_WARN_S = 900;
const LAG_BAD_S = 7200;

// A tile is made once and brought up to date in place: whoever has the focus in it keeps it.
function rateTile(name) {
	const label = t(`now.${name}`);
	const figure = h('span', {}, '–');
	const chart = slot();
	const value = h(
		'span',
		{ class: 'tile-value' },
		figure,
		h('span', { class: 'tile-note' }, ` ${t('now.per_second')}`),
	);
	const element = h(
		'div',
		{ class: 'tile w3', 'data-rate': name },
		h('span', { class: 'tile-label' }, label),
		value,
		chart,
	);
	const update = (now) => {
		const values = samples().map(({ rates }) => rates?.[name] ?? 0);
		const top = count(Math.max(0, ...values), 1);
		if (now) replace(figure, count(now.rates?.[name] ?? 0, 1));
		replace(chart, sparkline(values, t('now.spark', { what: label, now: count(values.at(-1) ?? 0, 1), top })));
	};
	return { element, update };
}

const WAITING = [
	{ name: 'open_reports', to: ['reports'], may: () => can('reports') },
	{ name: 'review_waiting', to: ['review'], may: () => can('review', 'list'), tone: 'warn' },
	{ name: 'outbox', may: () => false },
	{ name: 'rewards_overdue', to: ['rewards', { which: 'overdue' }], may: () => can('rewards'), tone: 'bad' },
];

function waitingTile({ name, to, may, tone }) {
	const figure = may() ? h('a', { href: link(...to) }, '–') : h('span', {}, '–');
	const element = tile(t(`now.${name}`), figure);
	const update = (now) => {
		if (!now) return;
		if (figure.textContent !== count(now[name])) replace(figure, count(now[name]));
		if (tone) element.classList.toggle(tone, now[name] > 0);
	};
	return { element, update };
}

function ageKind(hours) {
	if (hours >= 48) return 'bad';
	return hours >= 40 ? 'warn' : '';
}

function ages({ open }) {
	if (!open?.total) return empty(t('now.no_open'), t('now.no_open_hint'));
	const list = open.by_age.map(({ from_h, to_h, count: n }) => ({
		label: to_h ? `${from_h}–${to_h}` : `≥${from_h}`,
		parts: [{ value: n, kind: ageKind(from_h) }],
	}));
	return [
		columns(list, t('now.ages_picture', { total: count(open.total), oldest: span(open.oldest_s) }), {
			height: 150,
			width: 560,
		}),
		facts([
			[t('now.oldest'), span(open.oldest_s)],
			[t('now.due_in_4h'), count(open.due_in_4h), open.due_in_4h > 0 ? 'warn-fact' : ''],
		]),
	];
}

function days({ days: list }) {
	if (!list?.length) return empty(t('state.none'));
	const parts = ['verified', 'rejected', 'unproved'];
	const kinds = { verified: 'good', rejected: 'bad', unproved: 'e' };
	const chart = columns(
		list.map(({ day, received, by_state: states = {} }) => {
			const ended = parts.reduce((sum, name) => sum + (states[name] ?? 0), 0);
			return {
				label: day.slice(5),
				parts: [
					...parts.map((name) => ({ value: states[name] ?? 0, kind: kinds[name] })),
					{ value: Math.max(0, received - ended), kind: 'c' },
				],
			};
		}),
		t('now.days_picture', { n: list.length }),
		{ height: 150, width: 560 },
	);
	const inTime = list.reduce((sum, one) => sum + one.answered_in_time, 0);
	const late = list.reduce((sum, one) => sum + one.answered_late, 0);
	return [
		chart,
		h(
			'p',
			{ class: 'legend', 'aria-hidden': 'true' },
			parts.map((name) => h('span', { class: kinds[name] }, t(`report_state.${name}`))),
			h('span', { class: 'c' }, t('now.still_open')),
		),
		facts([
			[t('now.answered_in_time'), `${count(inTime)} · ${percent(inTime, inTime + late)}`],
			[t('now.answered_late'), count(late)],
		]),
	];
}

function feeds(list) {
	return table({
		caption: t('now.feeds'),
		none: t('now.no_feeds'),
		hint: t('now.no_feeds_hint'),
		rows: list,
		columns: [
			{ title: t('feed.source'), cell: ({ source }) => source },
			{
				title: t('feed.lag'),
				kind: 'num',
				cell: ({ lag_s }) =>
					h(
						'span',
						{ class: lagKind(lag_s) },
						lag_s === null || lag_s === undefined ? t('feed.unheard') : span(Math.max(0, lag_s)),
					),
			},
		],
	});
}

function lagKind(lag) {
	if (lag === null || lag === undefined) return 'soft';
	if (lag >= LAG_BAD_S) return 'bad-text';
	return lag >= LAG_WARN_S ? 'warn-text' : '';
}

function links(list) {
	return table({
		caption: t('now.links'),
		none: t('now.no_links'),
		hint: t('now.no_links_hint'),
		rows: list,
		columns: [
			{ title: t('link_row.link'), cell: ({ link: name, system_id }) => system_id || name },
			{ title: t('link_row.state'), cell: ({ state }) => badge('link_state', state) },
		],
	});
}

function health(status) {
	return facts([
		[t('now.instance'), status.instance],
		[t('now.version'), status.version],
		[t('now.uptime'), span(status.uptime_s)],
		[t('now.ready'), t(status.ready ? 'yes' : 'no'), status.ready ? '' : 'bad-fact'],
		[
			t('now.redis'),
			t(status.redis?.connected ? 'now.connected' : 'now.away'),
			status.redis?.connected ? '' : 'bad-fact',
		],
		[
			t('now.near_cache'),
			status.near_cache &&
				`${count(status.near_cache.entries)} · ${octets(status.near_cache.octets)}${status.near_cache.complete ? '' : ` · ${t('now.filling')}`}`,
		],
		[t('now.store_queue'), count(status.store?.queue)],
		[
			t('now.outbox_by_channel'),
			Object.entries(status.outbox ?? {})
				.map(([name, n]) => `${tOr(`channel.${name}`, name)} ${count(n)}`)
				.join(' · ') || '0',
		],
	]);
}

export const nowPage = {
	key: 'now',
	goKey: 'n',
	visible: () => can('status'),
	show(root, route, ctx) {
		const at = h('span', { class: 'soft' });
		const tiles = [...RATES.map(rateTile), ...WAITING.map(waitingTile)];
		const rates = h(
			'div',
			{ class: 'grid' },
			tiles.slice(0, RATES.length).map(({ element }) => element),
		);
		const waiting = h(
			'div',
			{ class: 'tiles', 'data-live': 'waiting' },
			tiles.slice(RATES.length).map(({ element }) => element),
		);
		const [ageSlot, daySlot, feedSlot, linkSlot, statusSlot] = [
			slot(),
			slot(),
			slot({ class: 'slot' }, loading()),
			slot({ class: 'slot' }, loading()),
			slot(),
		];
		append(
			root,
			pageHead(t('nav.now'), at),
			h(
				'div',
				{ class: 'stack' },
				rates,
				waiting,
				h(
					'div',
					{ class: 'grid' },
					can('statistics') && h('div', { class: 'w6' }, panel(t('now.ages'), {}, ageSlot)),
					can('statistics') && h('div', { class: 'w6' }, panel(t('now.days'), {}, daySlot)),
					h(
						'div',
						{ class: 'w4' },
						panel(
							t('now.feeds'),
							{
								extra:
									can('feeds') && h('a', { href: link('system', 'feeds') }, t('action.details')),
							},
							feedSlot,
						),
					),
					h(
						'div',
						{ class: 'w4' },
						panel(
							t('now.links'),
							{
								extra:
									can('links') && h('a', { href: link('system', 'links') }, t('action.details')),
							},
							linkSlot,
						),
					),
					h('div', { class: 'w4' }, panel(t('now.health'), {}, statusSlot)),
				),
			),
		);

		const draw = () => {
			const now = latest();
			replace(at, now ? t('now.at', { time: clock(now.at) }) : t('now.waiting'));
			for (const one of tiles) one.update(now);
			if (!now) return;
			if (!feedSlot.contains(document.activeElement)) replace(feedSlot, feeds(now.feeds ?? []));
			if (!linkSlot.contains(document.activeElement)) replace(linkSlot, links(now.links ?? []));
		};
		const slow = (keep) => {
			load(statusSlot, () => get('/v1/status', null, ctx.signal), health, { keep });
			if (!can('statistics')) return;
			const asked = get('/v1/statistics', { days: 7 }, ctx.signal);
			load(ageSlot, () => asked, ages, { keep });
			load(daySlot, () => asked, days, { keep });
		};
		ctx.on('now', draw);
		ctx.every(15000, () => slow(true));
		draw();
		slow(false);
	},
};
