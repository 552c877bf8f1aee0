// SPDX-License-Identifier: AGPL-3.0-or-later
// dialog.js - questions that a person answers before something is done. The browser's own <dialog>
// keeps the focus inside and gives it back.

import { append, h, uniqueId } from './dom.js';
import { t } from './i18n.js';

function open(title, content, { className = '', onclose } = {}) {
	const id = uniqueId('dialog');
	const dialog = h('dialog', { class: className, 'aria-labelledby': id }, h('h2', { id }, title), content);
	dialog.addEventListener('close', () => {
		dialog.remove();
		onclose?.();
	});
	append(document.body, dialog);
	dialog.showModal();
	return dialog;
}

function presetButton(text, at, choose) {
	return h(
		'button',
		{ type: 'button', class: 'preset', 'data-preset': at + 1, onclick: () => choose(text) },
		h('kbd', {}, at + 1),
		h('span', {}, text),
	);
}

// A reason: by the number of a preset, or in own words. Resolves to the text, or to null.
// `bound`: how long it may be, in octets.
export function askReason({ title, body, presets = [], confirm, tone = '', bound = 399 }) {
	return new Promise((resolve) => {
		let answer = null;
		const field = h('textarea', { id: uniqueId('reason'), rows: '2', 'aria-describedby': 'reason-bound' });
		const note = h('p', { id: 'reason-bound', class: 'soft', role: 'status' }, t('dialog.reason_hint'));
		const choose = (text) => {
			const length = new TextEncoder().encode(text.trim()).length;
			if (!length || length > bound) {
				note.replaceChildren(t(length ? 'dialog.reason_long' : 'dialog.reason_missing', { n: bound }));
				note.className = 'bad-text';
				field.setAttribute('aria-invalid', 'true');
				field.focus();
				return;
			}
			answer = text.trim();
			dialog.close();
		};
		const list = h(
			'div',
			{ class: 'presets' },
			presets.map((text, at) => presetButton(text, at, choose)),
		);
		const content = h(
			'form',
			{
				method: 'dialog',
				onsubmit: (event) => {
					event.preventDefault();
					choose(field.value);
				},
			},
			body,
			list,
			h('label', { for: field.id }, t('dialog.own_words')),
			field,
			note,
			h(
				'div',
				{ class: 'buttons' },
				h('button', { type: 'submit', class: `primary ${tone}` }, confirm ?? t('action.confirm')),
				h('button', { type: 'button', onclick: () => dialog.close() }, t('action.cancel')),
			),
		);
		const dialog = open(title, content, { onclose: () => resolve(answer) });
		dialog.addEventListener('keydown', (event) => {
			const inText = event.target === field;
			if (inText && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
				event.preventDefault();
				choose(field.value);
			}
			const preset =
				!inText && !event.ctrlKey && !event.metaKey && !event.altKey && presets[Number(event.key) - 1];
			if (preset) {
				event.preventDefault();
				choose(preset);
			}
		});
		(list.querySelector('button') ?? field).focus();
	});
}

// Yes or no.
export function confirmThat({ title, body, confirm, tone = '' }) {
	return new Promise((resolve) => {
		let answer = false;
		const yes = h(
			'button',
			{
				type: 'button',
				class: `primary ${tone}`,
				onclick: () => {
					answer = true;
					dialog.close();
				},
			},
			confirm ?? t('action.confirm'),
		);
		const dialog = open(
			title,
			h(
				'div',
				{},
				body,
				h(
					'div',
					{ class: 'buttons' },
					yes,
					h('button', { type: 'button', onclick: () => dialog.close() }, t('action.cancel')),
				),
			),
			{ onclose: () => resolve(answer) },
		);
		yes.focus();
	});
}

// Something to read; closed by Escape or its button.
export function show(title, content, className) {
	const dialog = open(
		title,
		[
			content,
			h(
				'div',
				{ class: 'buttons' },
				h(
					'button',
					{ type: 'button', class: 'primary', autofocus: true, onclick: () => dialog.close() },
					t('action.close'),
				),
			),
		],
		{ className },
	);
	dialog.addEventListener('keydown', (event) => {
		if (event.key === '?') dialog.close();
	});
	return dialog;
}
