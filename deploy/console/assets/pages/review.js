// SPDX-License-Identifier: AGPL-3.0-or-later
// review.js - Review: the queue of what policy could not decide, one report with all that speaks for
// and against it, and the decision. Whoever opens a report holds it for a while, so that no two people
// work on the same one.

import { get, part, post, put, remove } from '../api.js';
import { append, h, replace, slot } from '../dom.js';
import { count, span } from '../format.js';
import { t } from '../i18n.js';
import { go, link } from '../router.js';
import { can, who } from '../session.js';
import { badge, empty, failed, load, pageHead, panel, person, toast, words } from '../views.js';
import { decide, decisionButtons, decisionKeys, mayDecide } from './review_decide.js';
import { dayPicture, evidence, reading, similar } from './report_parts.js';

const QUEUE_MAX = 100;

function queueRow(row, current) {
	return h(
		'li',
		{ 'data-item': '' },
		h(
			'a',
			{ href: link('review', row.id), 'aria-current': row.id === current ? 'true' : null },
			h('span', { class: 'mono' }, row.id),
			h(
				'span',
				{ class: row.left_s < 14400 ? 'bad-text' : 'soft' },
				t('review.left', { span: span(row.left_s) }),
			),
			h('span', { class: 'soft wide' }, words('reason', row.why)),
			row.with && h('span', { class: 'soft wide' }, withWhom(row.with)),
		),
	);
}

const withWhom = (name) =>
	person(name) === who().user ? t('review.with_you') : t('review.with', { name: person(name) });

function queueView({ reports, waiting }, current) {
	if (!reports.length) return empty(t('review.empty'), t('review.empty_hint'));
	return [
		h(
			'ul',
			{ class: 'queue-list', 'aria-label': t('review.queue') },
			reports.map((row) => queueRow(row, current)),
		),
		waiting > reports.length &&
			h('p', { class: 'soft' }, t('review.and_more', { n: count(waiting - reports.length) })),
	];
}

// The report as the review gives it, completed by the report's own result.
async function fetchOne(id, ctx) {
	const path = `/v1/reports/${part(id)}`;
	const [taken, report] = await Promise.all([
		can('review', 'take') ? put(`${path}/lease`).catch((problem) => ({ problem })) : null,
		get(path, null, ctx.signal),
	]);
	return { taken, report };
}

function notes({ taken, report }) {
	const problem = taken?.problem;
	return [
		problem && h('p', { class: 'problem', role: 'status' }, problem.detail || t(`problem.${problem.status}`)),
		taken?.decided_before_by &&
			h('p', { class: 'soft' }, t('review.decided_before', { name: person(taken.decided_before_by) })),
		taken?.report?.appealed && h('p', { class: 'soft' }, t('review.appealed')),
		report.state !== 'review' && h('p', { class: 'soft' }, t('review.not_waiting')),
	];
}

function senderLine(taken) {
	const others = Object.entries(taken?.others_of_sender ?? {});
	return h(
		'p',
		{ class: 'soft' },
		others.length ? t('review.sender') : t('review.sender_none'),
		' ',
		others.map(([state, n]) => [badge('report_state', state), ` ${count(n)} `]),
	);
}

function oneView({ taken, report }, ctx, run) {
	const path = `/v1/reports/${part(report.id)}`;
	const [whySlot, daySlot, similarSlot] = [slot(), slot(), slot()];
	load(
		whySlot,
		() => (taken?.why ? Promise.resolve(taken.why) : get(`${path}/why`, null, ctx.signal)),
		evidence,
		{ quiet: [404, 409, 422], none: empty(t('evidence.none')) },
	);
	load(daySlot, () => get(`${path}/day`, null, ctx.signal), dayPicture, {
		quiet: [404, 409, 422],
		none: empty(t('day.none'), t('day.none_hint')),
	});
	load(similarSlot, () => get(`${path}/similar`, { limit: 10 }, ctx.signal), similar);
	const open = report.state === 'review' && !taken?.problem && mayDecide();
	return h(
		'div',
		{ class: 'stack', 'data-report': report.id },
		panel(
			h('span', {}, t('review.report'), ' ', h('span', { class: 'mono' }, report.id)),
			{
				extra: [
					badge('report_state', report.state),
					h('a', { href: link('reports', report.id) }, t('review.whole')),
				],
			},
			...notes({ taken, report }),
			h('blockquote', { class: 'message' }, report.text || t('report.no_text')),
			reading(report),
			senderLine(taken),
			open && decisionButtons(run),
		),
		h(
			'div',
			{ class: 'grid' },
			h('div', { class: 'w6' }, panel(t('evidence.title'), {}, whySlot)),
			h('div', { class: 'w6' }, panel(t('day.title'), {}, daySlot)),
		),
		panel(t('similar.title'), {}, similarSlot),
	);
}

async function takeNext() {
	try {
		const next = await post('/v1/review/next', {});
		const id = next.report?.id;
		if (id) go('review', id);
		else {
			toast(t('review.empty'));
			go('review');
		}
	} catch (problem) {
		failed(problem);
	}
}

function giveBack(id) {
	if (can('review', 'release')) remove(`/v1/reports/${part(id)}/lease`).catch(() => {}); // it ends by itself, too
	go('review');
}

export const reviewPage = {
	key: 'review',
	goKey: 'r',
	visible: () => can('review', 'list'),
	show(root, route, ctx) {
		const [id] = route.parts;
		const waiting = h('span', { class: 'soft' });
		const queue = slot();
		const one = slot({ class: 'slot', 'aria-live': 'off' });
		const state = { open: false };
		const run = async (verdict) => {
			if (await decide(id, verdict)) takeNext();
		};
		const mayTake = can('review', 'next');
		append(
			root,
			pageHead(
				t('nav.review'),
				waiting,
				mayTake &&
					h(
						'button',
						{ type: 'button', class: 'primary', 'data-next': '', onclick: takeNext },
						t('review.next'),
						h('kbd', { 'aria-hidden': 'true' }, 'n'),
					),
			),
			h(
				'div',
				{ class: 'split' },
				h('div', { class: 'queue' }, panel(t('review.queue'), { className: 'bare' }, queue)),
				one,
			),
		);
		const loadQueue = (keep) =>
			load(
				queue,
				() => get('/v1/review', { limit: QUEUE_MAX }, ctx.signal),
				(data) => {
					replace(waiting, t('review.waiting', { n: count(data.waiting ?? data.reports.length) }));
					return queueView(data, id);
				},
				{ keep },
			);
		loadQueue(false);
		if (id)
			load(
				one,
				() => fetchOne(id, ctx),
				(data) => {
					state.open = data.report.state === 'review' && !data.taken?.problem && mayDecide();
					return oneView(data, ctx, run);
				},
			);
		else replace(one, panel(t('review.choose'), {}, empty(t('review.choose_hint'), t('review.choose_keys'))));
		ctx.keys([
			...decisionKeys(run, () => state.open),
			{ key: 'n', label: 'review.next', when: () => mayTake, run: takeNext },
			{ key: 'Escape', label: 'keys.back', when: () => id, run: () => giveBack(id) },
		]);
		ctx.on('review', () => {
			if (!queue.contains(document.activeElement)) loadQueue(true);
		});
	},
};
