// SPDX-License-Identifier: AGPL-3.0-or-later
// i18n.js - words in the language of the page: Chinese or English, kept in this browser.

import { terms as enTerms } from './terms_en.js';
import { terms as zhTerms } from './terms_zh.js';
import { en } from './words_en.js';
import { zh } from './words_zh.js';

const TABLES = { zh: { ...zh, ...zhTerms }, en: { ...en, ...enTerms } };

function preferred() {
	try {
		const kept = localStorage.getItem('mianrao.language');
		if (TABLES[kept]) return kept;
	} catch {
		// a browser that keeps nothing
	}
	return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

let current = preferred();

export const language = () => current;

export function applyLanguage() {
	document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
}

export function setLanguage(next) {
	current = next;
	try {
		localStorage.setItem('mianrao.language', next);
	} catch {
		// it holds for this visit
	}
	applyLanguage();
}

function fill(text, values) {
	return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
}

export function t(key, values) {
	return fill(TABLES[current][key] ?? key, values);
}

// A word that the daemon made, which may be new to this table.
export function tOr(key, other, values) {
	return key in TABLES[current] ? fill(TABLES[current][key], values) : other;
}
