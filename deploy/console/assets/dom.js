// SPDX-License-Identifier: AGPL-3.0-or-later
// dom.js - elements out of values. All that is shown passes here, and becomes text nodes and plain
// attributes: nothing that was stored can become markup, a script or an address.

const SVG = 'http://www.w3.org/2000/svg';
const REFUSED = new Set(['style', 'src', 'srcdoc', 'srcset', 'action', 'formaction']);

function set(node, name, value) {
	if (value === undefined || value === null || value === false) return;
	if (name.startsWith('on')) {
		if (typeof value !== 'function') throw new TypeError(`${name}: wants a function`);
		node.addEventListener(name.slice(2), value);
		return;
	}
	if (REFUSED.has(name)) throw new TypeError(`${name}: is not set here`);
	if (name === 'href' && !String(value).startsWith('#')) throw new TypeError('href: leads outside');
	node.setAttribute(name, value === true ? '' : String(value));
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
	append(node, ...children);
	return node;
}

// Lists are flattened; nothing, false and '' are left out.
export function append(node, ...children) {
	for (const child of children.flat(Infinity)) {
		if (child === undefined || child === null || child === false || child === '') continue;
		node.append(child instanceof Node ? child : document.createTextNode(String(child)));
	}
	return node;
}

export function h(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function replace(node, ...children) {
	node.replaceChildren();
	return append(node, ...children);
}

// A child that may come later, or be something else later.
export function slot(attributes, ...children) {
	return h('div', { class: 'slot', ...attributes }, ...children);
}

let count = 0;
export function uniqueId(prefix) {
	count += 1;
	return `${prefix}-${count}`;
}
