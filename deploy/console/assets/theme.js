// SPDX-License-Identifier: AGPL-3.0-or-later
// theme.js - light, dark, or as the system says; kept in this browser.

const ORDER = ['system', 'light', 'dark'];

function stored() {
	try {
		return localStorage.getItem('mianrao.theme');
	} catch {
		return null; // a browser that keeps nothing
	}
}

let current = ORDER.includes(stored()) ? stored() : 'system';

export const theme = () => current;

export function applyTheme() {
	if (current === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = current;
}

export function nextTheme() {
	current = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length];
	try {
		localStorage.setItem('mianrao.theme', current);
	} catch {
		// it holds for this visit
	}
	applyTheme();
}
