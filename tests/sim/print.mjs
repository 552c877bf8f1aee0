// SPDX-License-Identifier: AGPL-3.0-or-later
// print.mjs - for people at a terminal: colours where there are any, columns that fit Chinese.

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : String(text));

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);
export const cyan = paint(36);

// Columns that a text takes: ideographs and full-width forms take two.
export function width(text) {
	let columns = 0;
	for (const c of text) {
		const code = c.codePointAt(0);
		const wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
			(code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
			(code >= 0xfe30 && code <= 0xfe4f) || (code >= 0xff00 && code <= 0xff60) ||
			code >= 0x1f300;
		columns += wide ? 2 : 1;
	}
	return columns;
}

export const pad = (text, columns) => text + ' '.repeat(Math.max(0, columns - width(text)));

// Breaks a text into lines of at most `columns`, at spaces where it has some.
export function wrap(text, columns) {
	const lines = [];
	for (const paragraph of text.split('\n')) {
		let line = '';
		for (const piece of paragraph.match(/[!-~]+ *|[^!-~]/gu) ?? ['']) {
			if (line && width(line + piece.trimEnd()) > columns) {
				lines.push(line.trimEnd());
				line = '';
			}
			line += piece;
		}
		lines.push(line.trimEnd());
	}
	return lines;
}

export const say = (line = '') => process.stdout.write(`${line}\n`);

// A labelled text, wrapped and aligned.
export function sayWrapped(label, text, style = (x) => x, columns = 92) {
	const indent = width(label);
	wrap(text, columns - indent).forEach((line, i) =>
		say((i ? ' '.repeat(indent) : label) + style(line)));
}

export function rule(title, right = '', columns = 92) {
	const tail = right ? ` ${right} ──` : '';
	const line = '─'.repeat(Math.max(3, columns - width(title) - width(tail) - 4));
	say();
	say(`${dim('──')} ${bold(title)} ${dim(line + tail)}`);
}

// Rows of cells under a head; cells that are numbers stand at the right.
export function table(head, rows) {
	const all = [head, ...rows].map((row) => row.map(String));
	const widths = head.map((_, i) => Math.max(...all.map((row) => width(row[i]))));
	const cell = (text, i, numeric) => (numeric
		? ' '.repeat(widths[i] - width(text)) + text : pad(text, widths[i]));
	say(dim(`  ${all[0].map((text, i) => cell(text, i, typeof rows[0]?.[i] === 'number')).join('   ')}`));
	for (const row of rows)
		say(`  ${row.map((value, i) => cell(String(value), i, typeof value === 'number')).join('   ')}`);
}
