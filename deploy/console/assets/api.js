// SPDX-License-Identifier: AGPL-3.0-or-later
// api.js - requests to /v1 of the daemon that served this page. What fails is a Problem: the problem
// details of the answer (RFC 9457), or 'offline' when there was none.

export const bus = new EventTarget();
const PATIENCE_MS = 30000;

export class Problem extends Error {
	constructor(status, details = {}) {
		super(details.detail || details.title || `HTTP ${status}`);
		this.status = status; // 0: no answer
		this.title = details.title ?? '';
		this.detail = details.detail ?? '';
		this.field = details.field ?? '';
	}
}

function tell(name, detail) {
	bus.dispatchEvent(new CustomEvent(name, { detail }));
}

function address(path, query) {
	const params = new URLSearchParams();
	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
	const text = params.toString();
	return text ? `${path}?${text}` : path;
}

async function fetchOnce(method, path, { query, body, etag, signal }) {
	const headers = { accept: 'application/json' };
	if (method !== 'GET') headers['x-mianrao'] = '1'; // another site's page cannot say this
	if (body !== undefined) headers['content-type'] = 'application/json';
	if (etag) headers['if-match'] = etag;
	const timeout = AbortSignal.timeout(PATIENCE_MS);
	try {
		return await fetch(address(path, query), {
			method,
			headers,
			body: body === undefined ? undefined : JSON.stringify(body),
			cache: 'no-store',
			credentials: 'same-origin',
			redirect: 'error',
			signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
		});
	} catch (error) {
		if (signal?.aborted) throw error;
		tell('offline');
		throw new Problem(0, { title: 'offline' });
	}
}

async function readBody(response) {
	const text = await response.text();
	if (!text) return null;
	try {
		return JSON.parse(text);
	} catch {
		return { detail: text.slice(0, 400) };
	}
}

// { data, etag, status }
export async function request(method, path, options = {}) {
	const response = await fetchOnce(method, path, options);
	const data = await readBody(response);
	tell('online');
	if (response.ok) return { data, etag: response.headers.get('etag'), status: response.status };
	const problem = new Problem(response.status, data && typeof data === 'object' ? data : {});
	if (response.status === 401 && path !== '/v1/session' && !options.quiet) tell('expired');
	throw problem;
}

export const get = async (path, query, signal) => (await request('GET', path, { query, signal })).data;
export const post = async (path, body) => (await request('POST', path, { body })).data;
export const put = async (path, body, etag) => (await request('PUT', path, { body, etag })).data;
export const patch = async (path, body, etag) => (await request('PATCH', path, { body, etag })).data;
export const remove = async (path, query, etag) => (await request('DELETE', path, { query, etag })).data;

// A part of a path: numbers stand there only as references.
export const part = (text) => encodeURIComponent(text);
