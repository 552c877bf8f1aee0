// SPDX-License-Identifier: AGPL-3.0-or-later
// views.js - the pieces that pages are made of: panels, facts, badges, and what is shown while
// something is on its way, when there is nothing, and when it failed.

import { append, h, replace, svg, uniqueId } from './dom.js';
import { t, tOr } from './i18n.js';

export function icon(path) {
	return svg(
		'svg',
		{ class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
		svg('path', { d: path }),
	);
}

// A part of a page with a heading; `extra` stands beside the heading.
export function panel(title, { extra, className = '' } = {}, ...children) {
	const id = uniqueId('panel');
	return h(
		'section',
		{ class: `panel ${className}`.trim(), 'aria-labelledby': id },
		h(
			'header',
			{ class: 'panel-head' },
			h('h2', { id }, title),
			extra && h('div', { class: 'panel-extra' }, extra),
		),
		h('div', { class: 'panel-body' }, ...children),
	);
}

export function pageHead(title, ...extra) {
	return h(
		'header',
		{ class: 'page-head' },
		h('h1', { tabindex: '-1' }, title),
		h('div', { class: 'page-extra' }, ...extra),
	);
}

// [[label, value, className]]; without a value they are left out.
export function facts(rows, className = '') {
	return h(
		'dl',
		{ class: `facts ${className}`.trim() },
		rows
			.filter((row) => row && row[1] !== undefined && row[1] !== null && row[1] !== '')
			.map(([label, value, kind]) => h('div', { class: kind }, h('dt', {}, label), h('dd', {}, value))),
	);
}

export function tile(label, value, note, kind = '') {
	return h(
		'div',
		{ class: `tile ${kind}`.trim() },
		h('span', { class: 'tile-label' }, label),
		h('span', { class: 'tile-value' }, value),
		note !== undefined && h('span', { class: 'tile-note' }, note),
	);
}

const TONES = {
	verified: 'good',
	credited: 'good',
	allow: 'good',
	bound: 'good',
	intact: 'good',
	BOUND_TRX: 'good',
	rejected: 'bad',
	failed: 'bad',
	deny: 'bad',
	block: 'bad',
	BROKEN: 'bad',
	reversed: 'bad',
	overdue: 'bad',
	down: 'bad',
	review: 'warn',
	appealed: 'warn',
	requested: 'warn',
	due: 'warn',
	label: 'warn',
	withheld: 'warn',
};

// A word of the daemon (a state, a verdict) in the language of the page.
export function badge(family, value) {
	return h(
		'span',
		{ class: `badge ${TONES[value] ?? ''}`.trim(), 'data-value': value },
		tOr(`${family}.${value}`, value),
	);
}

export function words(family, list) {
	return (list ?? []).map((one) => tOr(`${family}.${one}`, one)).join(t('list.comma'));
}

// 'user li' of the history is li.
export const person = (name) => String(name ?? '').replace(/^user /, '');

export const loading = () =>
	h(
		'p',
		{ class: 'loading', role: 'status' },
		h('span', { class: 'spinner', 'aria-hidden': 'true' }),
		t('state.loading'),
	);

export function empty(text, hint) {
	return h('div', { class: 'empty' }, h('p', {}, text), hint && h('p', { class: 'soft' }, hint));
}

function problemTitle(problem) {
	return tOr(`problem.${problem.status}`, problem.title || t('problem.other'));
}

// Unless the words themselves begin with it.
function aboutField({ field, detail }) {
	return field && !detail?.startsWith(`${field}:`) ? t('problem.field', { field }) : '';
}

// What went wrong, with the daemon's own words and the field that it names.
export function problemView(problem, retry) {
	return h(
		'div',
		{ class: 'problem', role: 'alert' },
		h('p', { class: 'problem-title' }, problemTitle(problem)),
		problem.detail && h('p', {}, problem.detail),
		aboutField(problem) && h('p', { class: 'soft' }, aboutField(problem)),
		retry && h('button', { type: 'button', onclick: retry }, t('action.retry')),
	);
}

// Fills `node` with what `fetch` brings: a word while it is on its way, the problem when it fails.
// `quiet`: statuses that mean "there is none", for which `none` is shown.
export async function load(node, fetch, render, { quiet = [], none, keep = false } = {}) {
	if (!keep || !node.childNodes.length) replace(node, loading());
	node.setAttribute('aria-busy', 'true');
	try {
		const data = await fetch();
		replace(node, render(data));
	} catch (problem) {
		if (problem.name === 'AbortError') return;
		if (problem.status === undefined) {
			console.error(problem);
			replace(node, problemView({ status: -1, detail: problem.message }));
		} else if (quiet.includes(problem.status)) {
			replace(node, none ?? empty(problem.detail));
		} else {
			replace(
				node,
				problemView(problem, () => load(node, fetch, render, { quiet, none })),
			);
		}
	} finally {
		node.removeAttribute('aria-busy');
	}
}

// ---- short messages at the edge, read out too ----

export function toast(text, kind = '') {
	const box = document.getElementById('toasts');
	const one = h('div', { class: `toast ${kind}`.trim() }, text);
	append(box, one);
	setTimeout(() => one.remove(), kind === 'bad' ? 9000 : 4500);
}

// Read out, and not shown.
export function announce(text) {
	replace(document.getElementById('announce'), text);
}

export function failed(problem) {
	if (problem.name === 'AbortError') return;
	const text = [problemTitle(problem), problem.detail, aboutField(problem)];
	toast(text.filter(Boolean).join(' · '), 'bad');
}

// Links that choose a part of a page: [{ key, label, href }].
export function tabs(list, current, label) {
	return h(
		'nav',
		{ class: 'tabs', 'aria-label': label },
		list.map((one) =>
			h(
				'a',
				{ href: one.href, 'aria-current': one.key === current ? 'page' : null, 'data-tab': one.key },
				one.label,
			),
		),
	);
}
