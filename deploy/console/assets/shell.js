// SPDX-License-Identifier: AGPL-3.0-or-later
// shell.js - what stands around every page: the ways to the others, the state of the connection, the
// language and the theme; and the change from one page to the next.

import { bus } from './api.js';
import { brand, showHelp, switches } from './chrome.js';
import { append, h, replace } from './dom.js';
import { t } from './i18n.js';
import { bindConsole, bindGo, bindPage, moveItem } from './keys.js';
import { latest, linkState, retryNow } from './live.js';
import { uncoverNearest } from './number.js';
import { currentRoute, go, link } from './router.js';
import { who } from './session.js';
import { announce, empty, pageHead } from './views.js';

let pages = [];
let leave = () => {};
let parts = null;
let onLogout = () => {};
let trail = []; // fragments of this visit, so that Escape does not lead out of the console

function navigation() {
	return h(
		'nav',
		{ class: 'side', 'aria-label': t('nav.label') },
		h(
			'ul',
			{},
			pages.map((page) =>
				h(
					'li',
					{},
					h(
						'a',
						{ href: link(page.key), 'data-page': page.key },
						h('span', { class: 'nav-label' }, t(`nav.${page.key}`)),
						page.key === 'review' && h('span', { class: 'count', 'data-waiting': '', hidden: true }),
						h('kbd', { 'aria-hidden': 'true' }, page.goKey),
					),
				),
			),
		),
	);
}

function topBar() {
	const me = who();
	const state = h(
		'span',
		{ class: 'live', 'data-state': linkState(), role: 'status' },
		t(`link.${linkState()}`),
	);
	const waiting = h('span', { class: 'waiting-key', hidden: true }, t('keys.waiting'));
	parts.state = state;
	parts.waiting = waiting;
	return h(
		'header',
		{ class: 'top' },
		brand(),
		state,
		waiting,
		h('span', { class: 'top-space' }),
		h(
			'button',
			{ type: 'button', class: 'quiet', 'data-help': '', onclick: showHelp },
			h('kbd', {}, '?'),
			t('keys.help'),
		),
		switches(draw),
		h(
			'span',
			{ class: 'soft', 'data-user': '' },
			`${me.user} · ${me.roles.map((role) => t(`role.${role}`)).join(t('list.comma'))}`,
		),
		h(
			'button',
			{ type: 'button', class: 'quiet', 'data-logout': '', onclick: () => onLogout() },
			t('action.logout'),
		),
	);
}

function showWaiting() {
	const waiting = latest()?.review_waiting;
	const box = parts.nav.querySelector('[data-waiting]');
	if (!box) return;
	box.hidden = !waiting;
	if (waiting && box.textContent !== String(waiting)) {
		replace(box, waiting);
		box.setAttribute('aria-label', t('review.waiting', { n: waiting }));
		announce(t('review.waiting', { n: waiting }));
	}
}

function showLink() {
	parts.state.dataset.state = linkState();
	replace(parts.state, t(`link.${linkState()}`));
	parts.banner.hidden = linkState() !== 'lost';
}

// What a page is given: everything that it binds or listens to ends when it is left.
function context(root) {
	const controller = new AbortController();
	const { signal } = controller;
	leave = () => controller.abort();
	return {
		root,
		signal,
		keys: (list) => bindPage(list),
		on: (name, run) => bus.addEventListener(name, ({ detail }) => run(detail), { signal }),
		every: (ms, run) => {
			const timer = setInterval(() => document.hidden || run(), ms);
			signal.addEventListener('abort', () => clearInterval(timer));
		},
		leaving: (run) => signal.addEventListener('abort', run),
	};
}

function noteStep(hash) {
	if (trail.at(-1) === hash) return;
	if (trail.at(-2) === hash) trail.pop();
	else trail = [...trail.slice(-99), hash];
}

export function goBack() {
	if (trail.length > 1) history.back();
	else if (pages.length) go(pages[0].key);
}

function openPage() {
	if (!parts) return;
	const route = currentRoute();
	const page = pages.find(({ key }) => key === route.page);
	if (!route.page && pages.length) {
		location.replace(link(pages[0].key));
		return;
	}
	noteStep(location.hash);
	leave();
	bindPage([]);
	for (const one of parts.nav.querySelectorAll('a')) {
		if (one.dataset.page === route.page) one.setAttribute('aria-current', 'page');
		else one.removeAttribute('aria-current');
	}
	document.title = `${page ? t(`nav.${page.key}`) : t('state.no_page')} · ${t('brand')}`;
	replace(parts.main);
	if (page) page.show(parts.main, route, context(parts.main));
	else append(parts.main, pageHead(t('state.no_page')), empty(t('state.no_page'), t('state.no_page_hint')));
	if (!parts.main.contains(document.activeElement))
		parts.main.querySelector('h1')?.focus({ preventScroll: true });
	if (!route.query.has('at')) scrollTo(0, 0);
}

function draw() {
	parts = {};
	const main = h('main', { id: 'main', tabindex: '-1' });
	const banner = h(
		'div',
		{ class: 'banner', role: 'alert', hidden: true },
		h('span', {}, t('link.banner')),
		h('button', { type: 'button', onclick: retryNow }, t('action.retry')),
	);
	Object.assign(parts, { main, banner, nav: navigation() });
	const top = topBar();
	replace(
		document.getElementById('app'),
		h(
			'a',
			{
				class: 'skip',
				href: '#/',
				onclick: (event) => {
					event.preventDefault();
					main.focus();
				},
			},
			t('nav.skip'),
		),
		h('div', { class: 'frame' }, h('div', { class: 'head' }, top, banner), parts.nav, main),
	);
	showLink();
	showWaiting();
	openPage();
}

export function closeShell() {
	leave();
	parts = null;
	bindPage([]);
	bindConsole([]);
	bindGo([], () => {});
}

// `all`: the pages in their order; only those that this person may see are shown.
export function openShell(all, logout) {
	pages = all.filter((page) => page.visible());
	trail = [];
	onLogout = logout;
	bindGo(
		pages.map((page) => ({ key: page.goKey, label: `nav.${page.key}`, run: () => go(page.key) })),
		(on) => parts && (parts.waiting.hidden = !on),
	);
	bindConsole([
		{ key: 'j', label: 'keys.down', run: () => moveItem(parts.main, 1) },
		{ key: 'k', label: 'keys.up', run: () => moveItem(parts.main, -1) },
		{ key: 'o', label: 'keys.uncover', run: () => uncoverNearest(parts.main) },
		{
			key: '/',
			label: 'keys.search',
			run: () => {
				const field = parts.main.querySelector('[data-search]');
				if (field) field.focus();
				else go('reports', { find: '1' });
			},
		},
		{ key: 'm', label: 'keys.more', run: () => parts.main.querySelector('[data-more]')?.click() },
		{ key: 'Escape', label: 'keys.back', run: goBack },
		{ key: '?', label: 'keys.help', run: showHelp },
	]);
	draw();
}

export function startShell() {
	addEventListener('hashchange', openPage);
	bus.addEventListener('link', () => parts && showLink());
	bus.addEventListener('now', () => parts && showWaiting());
}
