// SPDX-License-Identifier: AGPL-3.0-or-later
// chrome.js - what the login and every page have alike: the mark, the switches of language and theme; and
// the help with all keys.

import { show } from './dialog.js';
import { h, replace, svg } from './dom.js';
import { language, setLanguage, t } from './i18n.js';
import { bindings, goKeys } from './keys.js';
import { nextTheme, theme } from './theme.js';

export function mark() {
	return svg(
		'svg',
		{ viewBox: '0 0 32 32', 'aria-hidden': 'true' },
		svg('rect', { width: 32, height: 32, rx: 7, fill: '#0b5f73' }),
		svg('path', {
			d: 'M16 5l9 3.5v7c0 5.6-3.7 9.6-9 11.5-5.3-1.9-9-5.9-9-11.5v-7z',
			fill: 'none',
			stroke: '#fff',
			'stroke-width': 2.2,
			'stroke-linejoin': 'round',
		}),
		svg('path', { d: 'M11 16h10', stroke: '#fff', 'stroke-width': 2.6, 'stroke-linecap': 'round' }),
	);
}

export function brand() {
	return h(
		'a',
		{ class: 'brand', href: '#/now' },
		mark(),
		h('span', {}, t('brand')),
		h('span', { class: 'soft' }, t('brand.other')),
	);
}

// Of the login page, too.
export function switches(again) {
	return [
		h(
			'button',
			{
				type: 'button',
				class: 'quiet',
				lang: language() === 'zh' ? 'en' : 'zh-CN',
				'data-switch': 'language',
				onclick: () => {
					setLanguage(language() === 'zh' ? 'en' : 'zh');
					again();
				},
			},
			language() === 'zh' ? 'English' : '中文',
		),
		h(
			'button',
			{
				type: 'button',
				class: 'quiet',
				'data-switch': 'theme',
				onclick: (event) => {
					nextTheme();
					replace(event.currentTarget, t(`theme.${theme()}`));
				},
			},
			t(`theme.${theme()}`),
		),
	];
}

export function showHelp() {
	const { page, console: all } = bindings();
	const list = (title, rows) =>
		rows.length > 0 &&
		h(
			'section',
			{},
			h('h3', {}, title),
			h(
				'dl',
				{},
				rows.map(({ keys, label }) => [
					h(
						'dt',
						{},
						keys.map((key, at) => [at ? ' ' : '', h('kbd', {}, key)]),
					),
					h('dd', {}, label),
				]),
			),
		);
	const row = ({ key, label }) => ({ keys: [key === 'Escape' ? 'Esc' : key], label: t(label) });
	show(
		t('keys.help'),
		h(
			'div',
			{ class: 'help' },
			list(
				t('keys.go'),
				goKeys().map(({ key, label }) => ({ keys: ['g', key], label: t(label) })),
			),
			list(t('keys.here'), page.filter(({ label }) => label).map(row)),
			list(t('keys.everywhere'), [
				...all.filter(({ label }) => label).map(row),
				{ keys: ['Enter'], label: t('keys.open') },
				{ keys: ['Ctrl', 'Enter'], label: t('keys.send') },
			]),
		),
		'wide',
	);
}
