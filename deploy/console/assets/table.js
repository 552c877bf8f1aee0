// SPDX-License-Identifier: AGPL-3.0-or-later
// table.js - tables of what the daemon lists: a caption, headings with their scope, rows that j, k and
// Enter walk; and those that come page by page.

import { append, h } from './dom.js';
import { empty, failed, load } from './views.js';
import { t } from './i18n.js';

// What is wider than its place is scrolled by the keyboard, too; the rest is no stop for Tab.
const widths = new ResizeObserver((changes) => {
	for (const { target } of changes) {
		if (target.scrollWidth > target.clientWidth + 1) target.setAttribute('tabindex', '0');
		else target.removeAttribute('tabindex');
	}
});

// columns: [{ title, cell(row), kind }]; the first cell of a row is its heading. A row whose first cell
// holds a link is opened by it.
function rowElement(columns, row) {
	const cells = columns.map(({ cell, kind }, at) =>
		h(at === 0 ? 'th' : 'td', { class: kind, scope: at === 0 ? 'row' : null }, cell(row)),
	);
	const hasLink = cells[0].querySelector('a[href]');
	return h('tr', { 'data-item': '', tabindex: hasLink ? null : '-1' }, ...cells);
}

function frame(caption, columns, visible) {
	const body = h('tbody', {});
	const table = h(
		'table',
		{},
		h('caption', { class: visible ? '' : 'unseen' }, caption),
		h(
			'thead',
			{},
			h(
				'tr',
				{},
				columns.map(({ title, kind }) => h('th', { scope: 'col', class: kind }, title)),
			),
		),
		body,
	);
	const element = h('div', { class: 'table-frame', role: 'group', 'aria-label': caption }, table);
	widths.observe(element);
	return { body, element };
}

export function table({ caption, columns, rows, none, hint, visible = false }) {
	if (!rows.length) return empty(none ?? t('state.none'), hint);
	const { body, element } = frame(caption, columns, visible);
	append(
		body,
		rows.map((row) => rowElement(columns, row)),
	);
	return element;
}

// fetch(cursor) → { rows, next }. Further pages are added below when they are asked for.
export function pagedTable({ caption, columns, fetch, none, hint }) {
	const node = h('div', { class: 'slot', 'data-paged': '' });
	let body;

	function more(next) {
		if (!next) return null;
		const button = h(
			'button',
			{
				type: 'button',
				class: 'more',
				'data-more': '',
				onclick: async () => {
					button.disabled = true;
					try {
						const page = await fetch(next);
						const added = page.rows.map((row) => rowElement(columns, row));
						append(body, added);
						button.replaceWith(more(page.next) ?? '');
						(added[0]?.querySelector('a[href]') ?? added[0])?.focus();
					} catch (problem) {
						button.disabled = false;
						failed(problem);
					}
				},
			},
			t('action.more'),
		);
		return button;
	}

	load(
		node,
		() => fetch(null),
		({ rows, next }) => {
			if (!rows.length) return empty(none ?? t('state.none'), hint);
			const made = frame(caption, columns, false);
			body = made.body;
			append(
				body,
				rows.map((row) => rowElement(columns, row)),
			);
			return [made.element, more(next)];
		},
	);
	return node;
}
