// SPDX-License-Identifier: AGPL-3.0-or-later
// charts.js - small pictures of figures. Each is drawn with SVG attributes and classes, and says in
// words what it shows.

import { svg } from './dom.js';
import { count } from './format.js';

function picture(width, height, label, className, ...children) {
	return svg(
		'svg',
		{
			class: `chart ${className}`,
			viewBox: `0 0 ${width} ${height}`,
			role: 'img',
			'aria-label': label,
			preserveAspectRatio: 'none',
		},
		svg('title', {}, label),
		...children,
	);
}

const round = (value) => Math.round(value * 100) / 100;

// A line of the last values, the newest at the right. `span`: how many would fill it.
export function sparkline(values, label, { span = 120, floor = 1 } = {}) {
	const [width, height, edge] = [240, 44, 2];
	const shown = values.slice(-span);
	const top = Math.max(floor, ...shown);
	const x = (at) => round(width - ((shown.length - 1 - at) * width) / (span - 1));
	const y = (value) => round(height - edge - (value / top) * (height - 2 * edge));
	const points = shown.map((value, at) => `${x(at)},${y(value)}`);
	const first = shown.length ? x(0) : width;
	return picture(
		width,
		height,
		label,
		'spark',
		svg('line', { class: 'base', x1: 0, x2: width, y1: height - edge, y2: height - edge }),
		points.length > 1 &&
			svg('polygon', { class: 'area', points: `${first},${height} ${points.join(' ')} ${width},${height}` }),
		points.length > 1 && svg('polyline', { class: 'line', points: points.join(' ') }),
	);
}

// Columns beside each other: [{ label, parts: [{ value, kind }], mark }], parts stacked from below.
// Labels stand below, thinned out to `every`.
export function columns(list, label, { height = 120, every = 1, width = 480 } = {}) {
	const [left, bottom, top] = [34, 18, 8];
	const most = Math.max(1, ...list.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
	const scale = niceTop(most);
	const inner = height - bottom - top;
	const step = (width - left) / Math.max(1, list.length);
	const y = (value) => round(top + inner - (value / scale) * inner);
	const marks = [];
	list.forEach(({ parts, label: name, mark, title }, at) => {
		let below = 0;
		const x = round(left + at * step + step * 0.14);
		if (mark)
			marks.push(
				svg('rect', {
					class: 'marked',
					x: round(left + at * step),
					y: top - 6,
					width: round(step),
					height: inner + 6,
				}),
			);
		for (const { value, kind } of parts) {
			if (value > 0)
				marks.push(
					svg(
						'rect',
						{
							class: `bar ${kind}`,
							x,
							y: y(below + value),
							width: round(step * 0.72),
							height: round(Math.max(1, y(below) - y(below + value))),
						},
						svg('title', {}, title ?? `${name}: ${count(value)}`),
					),
				);
			below += value;
		}
		if (at % every === 0)
			marks.push(
				svg(
					'text',
					{ class: 'axis', x: round(left + (at + 0.5) * step), y: height - 4, 'text-anchor': 'middle' },
					name,
				),
			);
	});
	const lines = [0, scale / 2, scale].map((value) => [
		svg('line', { class: 'grid', x1: left, x2: width, y1: y(value), y2: y(value) }),
		value > 0 &&
			Number.isInteger(value) &&
			svg('text', { class: 'axis', x: left - 6, y: y(value) + 4, 'text-anchor': 'end' }, count(value)),
	]);
	const drawn = picture(width, height, label, 'columns', ...lines, ...marks);
	drawn.setAttribute('preserveAspectRatio', 'xMinYMid meet');
	return drawn;
}

// 1, 2, 4, 6, 10, 20, 40 ...: halves are whole.
function niceTop(value) {
	for (let size = 1; ; size *= 10)
		for (const step of [2, 4, 6, 10]) if (value <= step * size) return step * size;
}

// A share of a whole as a bar.
export function bar(value, whole, label, kind = '') {
	const width = 120;
	const long = whole > 0 ? Math.min(1, Math.max(0, value / whole)) * width : 0;
	return picture(
		width,
		8,
		label,
		'meter',
		svg('rect', { class: 'meter-back', width, height: 8, rx: 2 }),
		long > 0 &&
			svg('rect', { class: `meter-fill ${kind}`, width: round(Math.max(2, long)), height: 8, rx: 2 }),
	);
}

// Where a score lies between the two thresholds of policy.
export function gauge(score, { low, high, min, max, label }) {
	const [width, height] = [480, 46];
	const from = Math.min(min, score, low);
	const to = Math.max(max, score, high);
	const x = (value) => round(12 + ((value - from) / Math.max(1, to - from)) * (width - 24));
	const zone = (a, b, kind) =>
		svg('rect', { class: `zone ${kind}`, x: x(a), y: 16, width: Math.max(0, round(x(b) - x(a))), height: 10 });
	const tick = (value) => svg('text', { class: 'axis', x: x(value), y: 42, 'text-anchor': 'middle' }, value);
	const drawn = picture(
		width,
		height,
		label,
		'gauge',
		zone(from, low, 'bad'),
		zone(low, high, 'warn'),
		zone(high, to, 'good'),
		tick(low),
		high !== low && tick(high),
		svg('path', { class: 'needle', d: `M${x(score)} 28 l-6 -14 h12 z` }),
		svg('text', { class: 'needle-text', x: x(score), y: 11, 'text-anchor': 'middle' }, score),
	);
	drawn.setAttribute('preserveAspectRatio', 'xMinYMid meet');
	return drawn;
}
