// SPDX-License-Identifier: AGPL-3.0-or-later
// rules_edit.js - the operator's rules rewritten: a text, its dry run, and then the change with a note.

import { get, post, put, request } from '../api.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { t } from '../i18n.js';
import { can } from '../session.js';
import { panel, toast } from '../views.js';
import { differenceView } from './rule_difference.js';

const FORCEABLE = 'refused unless forced: too much traffic';

// `base`: what is edited, with its ETag; `done`: shows the rules in force again.
export function editView(base, { path, tryView, done }) {
	const [out, stale] = [slot({ class: 'slot stack', 'aria-live': 'polite' }), slot()];
	let tried = null; // the text of the last dry run

	const text = field({
		name: 'text',
		label: t('rules.text'),
		type: 'textarea',
		rows: Math.min(24, Math.max(8, base.data.rules.length + 3)),
		value: base.data.rules.join('\n'),
		class: 'code',
		wide: true,
		hint: t('rules.hint'),
	});
	const tryForm = form({
		submit: t('try.run'),
		extra: h('button', { type: 'button', onclick: done }, t('action.cancel')),
		fields: [text],
		send: async (wanted) => {
			const result = await post(`${path}/try`, { text: wanted.text });
			tried = wanted.text;
			replace(
				out,
				panel(t('try.title'), {}, tryView(result)),
				can('rules-operator', 'set') && panel(t('rules.put'), {}, putForm(result)),
			);
			out.querySelector('input[name=note]')?.focus();
		},
	});

	// Another came first: what it changed, and then once more on top of it.
	async function showStale(again) {
		const [newest, changes] = await Promise.all([
			request('GET', path),
			get(`${path}/diff`, { from: base.data.version }),
		]);
		replace(
			stale,
			differenceView(changes.changes, {
				keep: () => {
					base = newest;
					replace(stale);
					again();
				},
				drop: done,
			}),
		);
	}

	function putForm(result) {
		const needsForce = result.guard === FORCEABLE;
		const made = form({
			submit: t('rules.put_now'),
			fields: [
				field({
					name: 'note',
					label: t('rules.why'),
					hint: t('rules.why_hint'),
					wide: true,
					maxlength: 200,
				}),
				needsForce
					? field({ name: 'force', label: t('rules.force'), type: 'checkbox', wide: true })
					: null,
			].filter(Boolean),
			send: async ({ note, force }) => {
				const body = { text: tried, note };
				if (force) body.force = true;
				try {
					await put(path, body, base.etag);
				} catch (problem) {
					if (problem.status !== 412) throw problem;
					await showStale(() => made.requestSubmit());
					return;
				}
				toast(t('rules.saved'));
				done();
			},
		});
		return made;
	}

	return h('div', { class: 'stack' }, tryForm, out, stale);
}
