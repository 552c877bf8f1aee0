// SPDX-License-Identifier: AGPL-3.0-or-later
// rule_difference.js - two lists of rules beside each other, and what to do when somebody else changed
// them in between.

import { h } from '../dom.js';
import { t } from '../i18n.js';

// ['- rule', '+ rule']: a rule is the same wherever it stands.
export function diffLists(before, after) {
	return [
		...before.filter((rule) => !after.includes(rule)).map((rule) => `- ${rule}`),
		...after.filter((rule) => !before.includes(rule)).map((rule) => `+ ${rule}`),
	];
}

export function changeList(changes) {
	if (!changes.length) return h('p', { class: 'soft' }, t('rules.same'));
	return h(
		'ol',
		{ class: 'rules' },
		changes.map((line) => h('li', { class: line.startsWith('+') ? 'plus' : 'minus' }, h('span', {}, line))),
	);
}

// A change was refused because another came first.
export function differenceView(changes, { keep, drop }) {
	return h(
		'div',
		{ class: 'problem', role: 'alert', 'data-stale': '' },
		h('p', { class: 'problem-title' }, t('problem.412')),
		h('p', {}, t('rules.stale')),
		changeList(changes),
		h(
			'div',
			{ class: 'buttons' },
			h(
				'button',
				{ type: 'button', class: 'primary', 'data-keep': '', onclick: keep },
				t('rules.keep_mine'),
			),
			h('button', { type: 'button', onclick: drop }, t('rules.take_theirs')),
		),
	);
}
