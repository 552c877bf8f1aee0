// SPDX-License-Identifier: AGPL-3.0-or-later
// table.mjs - figures for people.

const wide = (text) => [...text].reduce((n, c) => n + (c.codePointAt(0) > 0x2e7f ? 2 : 1), 0);

export function rate(perSecond, unit = '/s') {
	if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(2)} M${unit}`;
	if (perSecond >= 1e4) return `${(perSecond / 1e3).toFixed(1)} k${unit}`;
	return `${perSecond.toFixed(0)} ${unit}`;
}

export const us = (value) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} µs`;
export const ns = (value) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ns`;
export const kib = (octets) => `${(octets / 2 ** 10).toFixed(1)} KiB`;
export const mib = (octets) => `${(octets / 2 ** 20).toFixed(1)} MiB`;
export const ratio = (value, limit) => (value / limit).toFixed(2);

// A title and rows of [what, figure, beside what].
export function table(title, rows) {
	const lines = rows.map(([what, figure, beside = '']) =>
		`  ${what}${' '.repeat(Math.max(1, 44 - wide(what)))}${figure.padStart(14)}   ${beside}`.trimEnd());
	return `${title}\n${lines.join('\n')}\n`;
}
