// SPDX-License-Identifier: AGPL-3.0-or-later
// yaml.mjs - writes plain objects as block YAML: one key a line, so that line numbers mean something.

const scalar = (value) => (typeof value === 'string' ? JSON.stringify(value) : String(value));
const isPlain = (value) => value === null || typeof value !== 'object';

function emit(value, indent) {
	const pad = '  '.repeat(indent);
	if (Array.isArray(value))
		return value.map((item) => {
			if (isPlain(item)) return `${pad}- ${scalar(item)}\n`;
			return `${pad}- ${emit(item, indent + 1).trimStart()}`;
		}).join('');
	return Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => {
		if (isPlain(item)) return `${pad}${key}: ${scalar(item)}\n`;
		if (Array.isArray(item) && item.length === 0) return `${pad}${key}: []\n`;
		return `${pad}${key}:\n${emit(item, indent + 1)}`;
	}).join('');
}

export const toYaml = (value) => emit(value, 0);

// `over` on top of `base`; lists are replaced, objects merged, undefined removes.
export function merge(base, over) {
	if (over === null || typeof over !== 'object' || Array.isArray(over)) return over;
	const out = { ...base };
	for (const [key, value] of Object.entries(over)) {
		const both = value && base?.[key] && typeof value === 'object' && !Array.isArray(value) &&
			typeof base[key] === 'object' && !Array.isArray(base[key]);
		out[key] = both ? merge(base[key], value) : value;
	}
	return out;
}
