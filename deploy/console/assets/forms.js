// SPDX-License-Identifier: AGPL-3.0-or-later
// forms.js - fields with their labels, and a form that says at the field what the daemon said of it.

import { h, replace, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { problemView } from './views.js';

function control({ name, type = 'text', value = '', options, rows, ...more }) {
	const id = uniqueId(name);
	if (options)
		return h(
			'select',
			{ id, name, ...more },
			options.map(([key, label]) =>
				h('option', { value: key, selected: String(key) === String(value) }, label),
			),
		);
	if (type === 'textarea') {
		const area = h('textarea', { id, name, rows: rows ?? 4, spellcheck: 'false', ...more });
		area.value = value;
		return area;
	}
	if (type === 'checkbox') return h('input', { id, name, type, checked: Boolean(value), ...more });
	return h('input', { id, name, type, value, autocomplete: 'off', spellcheck: 'false', ...more });
}

export function field({ label, hint, wide, ...settings }) {
	const input = control(settings);
	const fault = h('span', { class: 'field-fault', id: `${input.id}-fault`, role: 'alert' });
	input.setAttribute('aria-describedby', hint ? `${input.id}-hint ${fault.id}` : fault.id);
	const text = h('label', { for: input.id }, label);
	return h(
		'div',
		{
			class: `field${wide ? ' wide' : ''}${settings.type === 'checkbox' ? ' check' : ''}`,
			'data-field': settings.name,
		},
		settings.type === 'checkbox' ? [input, text] : [text, input],
		hint && h('span', { class: 'hint', id: `${input.id}-hint` }, hint),
		fault,
	);
}

export function values(form) {
	return Object.fromEntries(
		[...form.elements]
			.filter(({ name }) => name)
			.map((one) => [one.name, one.type === 'checkbox' ? one.checked : one.value.trim()]),
	);
}

function clearFaults(form) {
	for (const fault of form.querySelectorAll('.field-fault')) replace(fault);
	for (const one of form.querySelectorAll('[aria-invalid]')) one.removeAttribute('aria-invalid');
}

// True when the field is one of the form's: the words stand there then, and the focus is on it.
function markFault(form, problem) {
	const holders = [...form.querySelectorAll('[data-field]')];
	const named = holders.find((one) => one.dataset.field === problem.field);
	// Of a form with one field, what is wrong is that one's: a line of the rules in it, perhaps.
	const holder = named ?? (problem.status === 422 && holders.length === 1 ? holders[0] : null);
	if (!holder) return false;
	const input = holder.querySelector('input, select, textarea');
	input.setAttribute('aria-invalid', 'true');
	const words = problem.detail || problem.title;
	replace(holder.querySelector('.field-fault'), words.replace(/^\w+: /, ''));
	input.focus();
	return true;
}

// `send(values)` does it; what it throws is shown at its field, or below the form. Ctrl+Enter sends.
export function form({ fields, submit, send, className = '', extra }) {
	const below = h('div', { class: 'form-problem' });
	const button = h('button', { type: 'submit', class: 'primary' }, submit ?? t('action.send'));
	const element = h(
		'form',
		{
			class: `form ${className}`.trim(),
			novalidate: true,
			onsubmit: async (event) => {
				event.preventDefault();
				clearFaults(element);
				replace(below);
				button.disabled = true;
				try {
					await send(values(element), element);
				} catch (problem) {
					if (problem.status === undefined) throw problem;
					if (!markFault(element, problem)) replace(below, problemView(problem));
				} finally {
					button.disabled = false;
				}
			},
			onkeydown: (event) => {
				if (event.key !== 'Enter' || !event.ctrlKey) return;
				event.preventDefault();
				element.requestSubmit();
			},
		},
		...fields,
		h('div', { class: 'buttons' }, button, extra),
		below,
	);
	return element;
}
