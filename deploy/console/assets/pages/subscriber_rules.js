// SPDX-License-Identifier: AGPL-3.0-or-later
// subscriber_rules.js - one subscriber's rules: shown, one added or removed, or all rewritten. A change
// says which version it was made from; when somebody came first, what they changed is shown.

import { part, put, remove, request } from '../api.js';
import { confirmThat } from '../dialog.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { t } from '../i18n.js';
import { can } from '../session.js';
import { empty, failed, load, toast } from '../views.js';
import { diffLists, differenceView } from './rule_difference.js';

const path = (ref) => `/v1/subscribers/${part(ref)}/rules`;

function lines(data, etag, again, ref) {
	const may = can('rules', 'remove');
	return h(
		'ol',
		{ class: 'rules' },
		data.rules.map((rule) =>
			h(
				'li',
				{ 'data-item': '', tabindex: '-1' },
				h('span', {}, rule),
				may &&
					h(
						'button',
						{
							type: 'button',
							class: 'quiet danger',
							'aria-label': t('rules.remove_one', { rule }),
							onclick: async () => {
								if (
									!(await confirmThat({
										title: t('rules.remove_title'),
										body: h('p', { class: 'mono' }, rule),
										confirm: t('action.remove'),
										tone: 'bad',
									}))
								)
									return;
								try {
									await remove(path(ref), { rule }, etag);
									toast(t('rules.saved'));
								} catch (problem) {
									failed(problem);
								}
								again();
							},
						},
						t('action.remove'),
					),
			),
		),
	);
}

function adder(ref, again) {
	return form({
		className: 'inline',
		submit: t('action.add'),
		fields: [
			field({
				name: 'rule',
				label: t('rules.add'),
				placeholder: 'block call,sms from international',
				class: 'code',
				wide: true,
			}),
		],
		send: async ({ rule }, element) => {
			await request('POST', path(ref), { body: { rule } });
			element.reset();
			toast(t('rules.saved'));
			again();
		},
	});
}

// All of them as a text. `base`: what they were read as, with its ETag.
function editor(ref, base, again) {
	const stale = slot();
	const made = form({
		submit: t('rules.save'),
		extra: h('button', { type: 'button', onclick: again }, t('action.cancel')),
		fields: [
			field({
				name: 'text',
				label: t('rules.text'),
				type: 'textarea',
				rows: Math.max(6, base.data.rules.length + 2),
				value: base.data.rules.join('\n'),
				class: 'code',
				wide: true,
				hint: t('rules.hint'),
			}),
		],
		send: async ({ text }) => {
			try {
				await put(path(ref), { text }, base.etag);
			} catch (problem) {
				if (problem.status !== 412) throw problem;
				const newest = await request('GET', path(ref));
				replace(
					stale,
					differenceView(diffLists(base.data.rules, newest.data.rules), {
						keep: () => {
							base = newest;
							replace(stale);
							made.requestSubmit();
						},
						drop: again,
					}),
				);
				return;
			}
			toast(t('rules.saved'));
			again();
		},
	});
	return h('div', { class: 'stack' }, made, stale);
}

export function rulesEditor(ref, ctx) {
	const node = slot();
	const again = () =>
		load(
			node,
			() => request('GET', path(ref), { signal: ctx.signal }),
			(base) => {
				const edit =
					can('rules', 'set') &&
					h(
						'button',
						{
							type: 'button',
							'data-edit': '',
							onclick: () => replace(node, editor(ref, base, again)),
						},
						t('rules.edit'),
					);
				return h(
					'div',
					{ class: 'stack' },
					base.data.rules.length ? lines(base.data, base.etag, again, ref) : empty(t('rules.none')),
					h('p', { class: 'soft' }, t('rules.version', { version: base.data.version })),
					can('rules', 'add') && adder(ref, again),
					edit && h('div', {}, edit),
				);
			},
			{ keep: true },
		);
	again();
	return node;
}
