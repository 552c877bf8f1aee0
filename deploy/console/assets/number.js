// SPDX-License-Identifier: AGPL-3.0-or-later
// number.js - telephone numbers: masked, until a person with the right says why they want to see one.
// The daemon notes that down. It is shown for half a minute, here only, and then masked again.

import { post } from './api.js';
import { h, replace } from './dom.js';
import { askReason } from './dialog.js';
import { t } from './i18n.js';
import { can } from './session.js';
import { failed, icon } from './views.js';

const SHOWN_MS = 30000;
const EYE =
	'M8 3C4.4 3 1.7 5.6.6 8c1.1 2.4 3.8 5 7.4 5s6.3-2.6 7.4-5C14.3 5.6 11.6 3 8 3zm0 8.2A3.2 3.2 0 1 1 8 4.8a3.2 3.2 0 0 1 0 6.4zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z';

async function uncover(holder, text, masked, ref) {
	const reason = await askReason({
		title: t('reveal.title'),
		body: h('p', {}, t('reveal.body', { number: masked })),
		presets: [t('reveal.preset1'), t('reveal.preset2'), t('reveal.preset3'), t('reveal.preset4')],
		confirm: t('reveal.confirm'),
		bound: 200,
	});
	if (reason === null) return;
	try {
		const { number } = await post('/v1/reveal', { ref, reason });
		holder.classList.add('uncovered');
		replace(text, number);
		setTimeout(() => {
			holder.classList.remove('uncovered');
			replace(text, masked);
		}, SHOWN_MS);
	} catch (problem) {
		failed(problem);
	}
}

// `href`: where the number leads. Without a reference, or the right, there is nothing to uncover.
export function numberView(masked, ref, { href } = {}) {
	if (!masked) return h('span', { class: 'soft' }, '–');
	const text = h('span', { class: 'digits' }, masked);
	const holder = h('span', { class: 'number' }, href ? h('a', { href }, text) : text);
	if (ref && can('reveal'))
		holder.append(
			h(
				'button',
				{
					type: 'button',
					class: 'eye',
					'data-uncover': '',
					'aria-label': t('reveal.button', { number: masked }),
					title: t('reveal.button', { number: masked }),
					onclick: () => uncover(holder, text, masked, ref),
				},
				icon(EYE),
			),
		);
	return holder;
}

// `o`: the number of the row that has the focus, or the first of the page.
export function uncoverNearest(root) {
	const row = document.activeElement?.closest('[data-item]');
	(row?.querySelector('[data-uncover]') ?? root.querySelector('[data-uncover]'))?.click();
}
