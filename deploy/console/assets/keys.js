// SPDX-License-Identifier: AGPL-3.0-or-later
// keys.js - the keyboard. A binding is a key and what it does; those of the page come before those of
// the whole console. 'g' waits for a second key. In a field, only Escape is a command.

const GO_MS = 1500;

const layers = { console: [], page: [] };
let goTargets = [];
let goUntil = 0;
let onGo = () => {};

export const bindings = () => layers;
export const goKeys = () => goTargets;

export function bindConsole(list) {
	layers.console = list;
}

// Of the page that is shown; gone with it.
export function bindPage(list) {
	layers.page = list;
}

// [{ key, label, run }]; `notice` hears when a second key is waited for.
export function bindGo(list, notice) {
	goTargets = list;
	onGo = notice;
}

function inField(target) {
	return target.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
}

function endGo() {
	goUntil = 0;
	onGo(false);
}

function findGo(key) {
	return goTargets.find((one) => one.key === key.toLowerCase());
}

// As without the lock of capitals.
const letter = ({ key, shiftKey }) => (key.length === 1 && !shiftKey ? key.toLowerCase() : key);

function find(key) {
	return [...layers.page, ...layers.console].find((one) => one.key === key && (!one.when || one.when()));
}

function pressed(event) {
	if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
	if (document.querySelector('dialog[open]')) return; // it has keys of its own
	const field = inField(event.target);
	if (field) {
		if (event.key === 'Escape') field.blur();
		return;
	}
	if (goUntil > Date.now()) {
		const target = findGo(event.key);
		endGo();
		if (target) {
			event.preventDefault();
			target.run();
		}
		return;
	}
	if (letter(event) === 'g') {
		goUntil = Date.now() + GO_MS;
		onGo(true);
		setTimeout(() => goUntil && goUntil <= Date.now() && endGo(), GO_MS + 20);
		return;
	}
	const binding = find(letter(event));
	if (!binding) return;
	event.preventDefault();
	binding.run(event);
}

export function startKeys() {
	document.addEventListener('keydown', pressed);
}

// ---- lists: items of the page are elements with data-item, which can be focused ----

const items = (root) => [...root.querySelectorAll('[data-item]')].filter((one) => one.getClientRects().length);

function currentItem(root) {
	return root.contains(document.activeElement) ? document.activeElement.closest('[data-item]') : null;
}

export function moveItem(root, step) {
	const list = items(root);
	const at = list.indexOf(currentItem(root));
	const next =
		list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))];
	if (!next) return;
	focusItem(next);
}

function focusItem(item) {
	(item.querySelector('a[href]') ?? item).focus();
	item.scrollIntoView({ block: 'nearest' });
}
