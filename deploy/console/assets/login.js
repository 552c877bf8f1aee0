// SPDX-License-Identifier: AGPL-3.0-or-later
// login.js - a token opens a session; the token itself is kept nowhere.

import { h, replace } from './dom.js';
import { field, form } from './forms.js';
import { t } from './i18n.js';
import { login } from './session.js';
import { brand, switches } from './chrome.js';

export function showLogin(enter, note) {
	document.title = `${t('login.title')} · ${t('brand')}`;
	const box = form({
		fields: [
			field({
				name: 'token',
				label: t('login.token'),
				type: 'password',
				wide: true,
				hint: t('login.hint'),
				required: true,
			}),
		],
		submit: t('login.enter'),
		send: async ({ token }, element) => {
			await login(token);
			element.reset();
			enter();
		},
	});
	replace(
		document.getElementById('app'),
		h(
			'main',
			{ class: 'login', id: 'main' },
			h(
				'div',
				{ class: 'login-box' },
				brand(),
				h('h1', {}, t('login.title')),
				note && h('p', { class: 'problem', role: 'alert' }, note),
				box,
				h(
					'div',
					{ class: 'login-foot' },
					switches(() => showLogin(enter, note)),
				),
			),
		),
	);
	box.querySelector('input').focus();
}
