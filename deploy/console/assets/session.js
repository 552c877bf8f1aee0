// SPDX-License-Identifier: AGPL-3.0-or-later
// session.js - who is there, and what they may do.

import { request } from './api.js';

let me = null;

export const who = () => me;

// Whether this person has an ability: a command, and one of its operations when it has several.
export function can(command, op) {
	return Boolean(me?.abilities.has(op ? `${command} ${op}` : command));
}

// Whether a session was begun in this browser. The cookie is not to be seen from here, and to ask
// without one is an error.
function noted(begun) {
	try {
		if (begun === undefined) return localStorage.getItem('mianrao.session') === 'begun';
		if (begun) localStorage.setItem('mianrao.session', 'begun');
		else localStorage.removeItem('mianrao.session');
	} catch {
		// a browser that keeps nothing: then one signs in at each visit
	}
	return begun ?? false;
}

async function ask() {
	const { data } = await request('GET', '/v1/me', { quiet: true });
	me = { user: data.user ?? data.actor, roles: data.roles, token: data.token, abilities: new Set(data.may) };
	return me;
}

// The person behind the cookie; null when there is none.
export async function resume() {
	if (!noted()) return null;
	try {
		return await ask();
	} catch (problem) {
		if (problem.status !== 401) throw problem;
		forget();
		return null;
	}
}

export async function login(token) {
	await request('POST', '/v1/session', { body: { token }, quiet: true });
	noted(true);
	return ask();
}

// The session is over, here at least.
export function forget() {
	me = null;
	noted(false);
}

export async function logout() {
	await request('DELETE', '/v1/session', { quiet: true }).catch(() => {}); // it ends by itself, too
	forget();
}
