// SPDX-License-Identifier: AGPL-3.0-or-later
// live.js - the daemon's server-sent events, handed on by `bus`: 'now', 'report', 'review', and 'link'
// when the connection comes or goes. The last minutes of 'now' are kept for the charts.

import { bus, request } from './api.js';

const EVENTS = ['now', 'report', 'review'];
const KEPT = 150;
const HIDDEN_MS = 20000; // a page that nobody sees gives its connection back: browsers have six
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

let source = null;
let timer = 0;
let failures = 0;
let state = 'off';
let wanted = false; // when it is seen again
const history = [];

export const samples = () => history;
export const latest = () => history.at(-1) ?? null;
export const linkState = () => state;

function become(next) {
	if (state === next) return;
	state = next;
	bus.dispatchEvent(new CustomEvent('link', { detail: next }));
}

function take(name, text) {
	let detail;
	try {
		detail = JSON.parse(text);
	} catch {
		return;
	}
	if (name === 'now') {
		history.push(detail);
		if (history.length > KEPT) history.shift();
	}
	bus.dispatchEvent(new CustomEvent(name, { detail }));
}

// A stream that ends may be a session that ended: who asks is told so (api.js).
function retry() {
	source?.close();
	source = null;
	become('lost');
	request('GET', '/v1/me').catch(() => {});
	if (state === 'off') return;
	const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
	failures += 1;
	clearTimeout(timer);
	timer = setTimeout(open, wait);
}

function open() {
	source = new EventSource('/v1/events');
	source.addEventListener('open', () => {
		failures = 0;
		become('live');
	});
	source.addEventListener('error', retry);
	for (const name of EVENTS) source.addEventListener(name, (event) => take(name, event.data));
}

export function startLive() {
	if (source || timer) return;
	open();
}

export function stopLive() {
	wanted = false;
	rest();
}

function rest() {
	clearTimeout(timer);
	timer = 0;
	source?.close();
	source = null;
	become('off');
}

function sleep() {
	if (state === 'off') return;
	rest();
	wanted = true;
}

// Hidden pages rest, and go on when they are seen again.
let resting = 0;
document.addEventListener('visibilitychange', () => {
	clearTimeout(resting);
	if (document.hidden) resting = setTimeout(sleep, HIDDEN_MS);
	else if (wanted) {
		wanted = false;
		startLive();
	}
});

export function retryNow() {
	if (state !== 'lost') return;
	clearTimeout(timer);
	failures = 0;
	open();
}
