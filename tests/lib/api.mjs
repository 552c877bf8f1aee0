// SPDX-License-Identifier: AGPL-3.0-or-later
// api.mjs - the HTTP API as a client sees it, and requests made of its document.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

import { project, run } from './process.mjs';
import { within } from './wait.mjs';

export const ROLES = ['viewer', 'reviewer', 'operator', 'admin', 'auditor'];

// The token that the first start of the daemon leaves for whoever may read its folder.
export const firstToken = (world) =>
	fs.readFileSync(path.join(world.daemon.config.state_dir, 'admin-secret'), 'utf8').trim();

export class Api {
	constructor(daemon, { token, cookie, tls } = {}) {
		Object.assign(this, { daemon, token, cookie, tls });
		this.agent = new (tls ? https : http).Agent({ keepAlive: true, maxSockets: 6, ...tls });
	}

	as(token) {
		const other = Object.create(this);
		other.token = token;
		return other;
	}

	close() {
		this.agent.destroy();
	}

	options(method, target, { headers = {}, text, token = this.token } = {}) {
		const { address, port } = this.daemon.config.http;
		return { host: address, port, path: target, method, agent: this.agent, headers: {
			...(token ? { Authorization: `Bearer ${token}` } : {}),
			...(text !== undefined ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}),
			...headers } };
	}

	// `body` goes as JSON, `text` as it is.
	async request(method, target, { body, ...more } = {}) {
		const text = body === undefined ? more.text : JSON.stringify(body);
		// A connection that the server ended while it idled is no answer: evhttp's keep-alive may race.
		for (let attempt = 0; ; attempt++)
			try {
				return await this.once(method, target, { ...more, text });
			} catch (error) {
				if (attempt === 2 || !['ECONNRESET', 'EPIPE'].includes(error.code) || !error.reused) throw error;
			}
	}

	once(method, target, more) {
		const answer = new Promise((resolve, reject) => {
			const request = (this.tls ? https : http).request(this.options(method, target, more), (response) => {
				const chunks = [];
				response.on('data', (data) => chunks.push(data));
				response.on('error', reject);
				response.on('end', () => {
					const text = Buffer.concat(chunks).toString('utf8');
					const json = /json/.test(response.headers['content-type'] ?? '') && text ? JSON.parse(text) : undefined;
					resolve({ status: response.statusCode, headers: response.headers, text, json });
				});
			});
			request.on('error', (error) => reject(Object.assign(error, { reused: request.reusedSocket })));
			request.end(more.text);
		});
		return within(`${method} ${target}`, answer, 20000);
	}

	// The answer's body; `status` is what it has to be.
	async expect(status, method, target, options) {
		const answer = await this.request(method, target, options);
		assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
		return answer.json;
	}

	get(target) {
		return this.expect(200, 'GET', target);
	}
}

// A user with these roles, and a token for them.
export async function userToken(api, name, ...roles) {
	await api.expect(201, 'POST', '/v1/users', { body: { name, roles } });
	return (await api.expect(201, 'POST', `/v1/users/${name}/tokens`, { body: { label: 'test' } })).token;
}

// ---- the document ----

export class ApiDocument {
	constructor(json) {
		this.json = json;
	}

	// What a reference refers to, all the way down.
	follow(value) {
		if (Array.isArray(value)) return value.map((one) => this.follow(one));
		if (!value || typeof value !== 'object') return value;
		if (value.$ref)
			return this.follow(value.$ref.slice(2).split('/').reduce((node, name) => node[name], this.json));
		return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.follow(one)]));
	}

	// Each operation with what it says of itself.
	operations() {
		return Object.entries(this.json.paths).flatMap(([route, item]) =>
			Object.entries(item).map(([method, raw]) => {
				const operation = this.follow(raw);
				return {
					...operation,
					name: `${method.toUpperCase()} ${route}`,
					method: method.toUpperCase(),
					route,
					parameters: operation.parameters ?? [],
					schema: operation.requestBody?.content['application/json']?.schema,
					success: Number(Object.keys(operation.responses).find((code) => code[0] === '2')),
				};
			}));
	}
}

// Of answers [{ schema, body }] against the document's schemas, by a validator that is not ours: what
// is wrong, a line each.
export async function violations(folder, document, answers) {
	const file = path.join(folder, 'openapi.json');
	fs.writeFileSync(file, JSON.stringify(document));
	const input = answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
	const { code, out, err } = await run('/usr/bin/python3', [path.join(project, 'tests/lib/openapi.py'), file], { input });
	return code === 0 ? out.trim() : `openapi.py ended with ${code}: ${err}`;
}

// ---- requests made of an operation ----

const text = (length) => 'x'.repeat(Math.max(0, length));

// A value that is as the schema wants it.
export function good(schema) {
	if (schema.example !== undefined) return schema.example;
	if (schema.enum) return schema.enum[0];
	const type = [schema.type].flat()[0];
	if (type === 'integer') return schema.minimum ?? 1;
	if (type === 'boolean') return true;
	if (type === 'array') return [good(schema.items)];
	if (type === 'object')
		return Object.fromEntries(Object.entries(schema.properties ?? {})
			.filter(([name], i) => schema.required?.includes(name) || i < (schema.minProperties ?? 0)).map(([name, one]) => [name, good(one)]));
	return text(schema.minLength ?? 1);
}

// Values at the edges: [what, value, whether it may pass].
export function edges(schema) {
	const found = [];
	const add = (what, value, passes) => found.push([what, value, passes]);
	if (schema.minimum !== undefined) {
		add('least', schema.minimum, true);
		add('below least', schema.minimum - 1, false);
	}
	if (schema.maximum !== undefined) {
		add('most', schema.maximum, true);
		if (schema.maximum < Number.MAX_SAFE_INTEGER) add('above most', schema.maximum + 1, false);
	}
	if (schema.enum && schema.type === 'string') add('no word of the list', 'nonsense', false);
	if (schema.minLength !== undefined) {
		if (!schema.pattern && !schema.format) add('shortest', text(schema.minLength), true);
		if (schema.minLength > 0) add('too short', text(schema.minLength - 1), false);
	}
	if (schema.maxLength !== undefined) {
		if (!schema.pattern && !schema.format) add('longest', '字'.repeat(schema.maxLength), true);
		add('too long', text(schema.maxLength + 1), false);
	}
	if (schema.pattern) add('of another form', '\u0001\u007f', false);
	if (schema.format) add('of another format', 'yesterday', false);
	if (schema.maxItems !== undefined) add('too many', Array(schema.maxItems + 1).fill(good(schema.items)), false);
	if (schema.minItems) add('too few', [], false);
	return found;
}

// Values of other types than a member of a body has.
export function strangers(schema) {
	const types = [schema.type].flat();
	return [['text', 'x', 'string'], ['number', 1.5, 'number'], ['truth', true, 'boolean'], ['null', null, 'null'],
		['list', [1], 'array'], ['object', { a: 1 }, 'object']]
		.filter(([, , type]) => !types.includes(type)).map(([what, value]) => [what, value]);
}

// A stream, with the events that have come.
export function follow(api, token) {
	const events = [];
	const request = http.request({ ...api.options('GET', '/v1/events', { token }), agent: false }, (response) => {
		let text = '';
		response.setEncoding('utf8');
		response.on('data', (data) => {
			const parts = (text += data).split('\n\n');
			text = parts.pop();
			for (const part of parts) {
				const found = /^event: (\w+)\ndata: (.*)$/m.exec(part);
				if (found) events.push({ type: found[1], data: JSON.parse(found[2]) });
			}
		});
		response.on('close', () => { events.closed = true; });
		response.on('error', () => {});
		events.status = response.statusCode;
	});
	request.on('error', () => { events.closed = true; });
	request.end();
	events.request = request;
	return events;
}
