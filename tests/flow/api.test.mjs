// SPDX-License-Identifier: AGPL-3.0-or-later
// The HTTP API where one request is not enough: versions, sessions, streams, frames, a kill, TLS.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';

import { Api, firstToken, follow, userToken } from '../lib/api.mjs';
import { Authority } from '../lib/certificates.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor, within } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const RULES = '/v1/subscribers/13800138000/rules';
const admin = (world, more) => new Api(world.daemon, { token: firstToken(world), ...more });
const quick = { config: (base) => ({ http: { ...base.http, requests_per_second: 0 } }) };

flow('of two who change the same version the second is told', quick, async (world) => {
	const api = admin(world);
	const first = await api.request('GET', RULES);
	assert.equal(first.headers.etag, '"v0"');
	const put = (text, tag) => api.request('PUT', RULES, { body: { text }, headers: { 'If-Match': tag } });
	const changed = await put('block call from 00852', '"v0"');
	assert.equal(changed.status, 200, changed.text);
	assert.notEqual(changed.headers.etag, '"v0"');
	const lost = await put('block call from 00853', '"v0"');
	assert.equal(lost.status, 412, lost.text);
	assert.deepEqual((await api.get(RULES)).rules, changed.json.rules);
	const same = await api.request('GET', RULES, { headers: { 'If-None-Match': changed.headers.etag } });
	assert.deepEqual([same.status, same.text], [304, '']);
	// All at once: one of them.
	const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => put(`block call from 0085${n}`, changed.headers.etag)));
	assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412, 412, 412, 412]);
	api.close();
});

flow('a report is taken once, and after a kill it is there', quick, async (world) => {
	const api = admin(world);
	const send = () => api.request('POST', '/v1/reports', { headers: { 'Idempotency-Key': 'k-1' },
		body: { subscriber: SUBSCRIBER, text: '举报 01085321234 推销贷款' } });
	const made = await send();
	assert.equal(made.status, 201, made.text);
	assert.equal(made.headers.location, `/v1/reports/${made.json.id}`);
	await world.daemon.kill();
	await world.daemon.start();
	assert.equal((await api.get(made.headers.location)).id, made.json.id);
	assert.equal((await send()).json.id, made.json.id);
	assert.equal((await api.get('/v1/reports')).reports.length, 1);
	api.close();
});

flow('a session is a cookie that no other site can use, and it ends', quick, async (world) => {
	const api = admin(world);
	const token = await userToken(api, 'li', 'operator');
	const own = `http://${world.daemon.config.http.address}:${world.daemon.config.http.port}`;
	const begun = await api.request('POST', '/v1/session', { token: '', body: { token } });
	assert.equal(begun.status, 201, begun.text);
	assert.deepEqual([begun.json.user, begun.json.roles, begun.json.token], ['li', ['operator'], undefined]);
	const [set] = begun.headers['set-cookie'];
	assert.match(set, /^mianrao_session=mrt_[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
	const Cookie = set.split(';')[0];
	const ask = async (method, headers, target = RULES) => (await api.request(method, target, {
		token: '', headers: { Cookie, ...headers }, ...(method === 'POST' && { body: { rule: 'block call from 00852' } }) })).status;
	assert.equal(await ask('GET', {}), 200);
	assert.equal(await ask('POST', {}), 403);
	assert.equal(await ask('POST', { 'X-Mianrao': '1' }), 403);
	assert.equal(await ask('POST', { 'X-Mianrao': '1', Origin: 'http://elsewhere' }), 403);
	assert.equal(await ask('POST', { Origin: own }), 403);
	assert.equal(await ask('POST', { 'X-Mianrao': '1', Origin: own }), 200);
	assert.equal(await ask('DELETE', { 'X-Mianrao': '1', Origin: own }, '/v1/session'), 204);
	assert.equal(await ask('GET', {}), 401);
	// The token itself is no cookie, and whoever guesses waits.
	assert.equal((await api.request('GET', '/v1/me', { token: '', headers: { Cookie: `mianrao_session=${token}` } })).status, 401);
	const guess = () => api.request('POST', '/v1/session', { token: '', body: { token: 'mrt_x' } });
	for (let i = 0; i < 10; i++) assert.equal((await guess()).status, 401);
	assert.equal((await guess()).status, 429);
	api.close();
});

flow('a stream tells what happens, and ends with its token', quick, async (world) => {
	const api = admin(world);
	const token = await userToken(api, 'wang', 'viewer');
	const events = follow(api, token);
	await waitFor('the first second', () => events.some(({ type }) => type === 'now'));
	const { data } = events.find(({ type }) => type === 'now');
	assert.deepEqual(Object.keys(data.rates), ['messages_in', 'messages_out', 'screened', 'calls']);
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '举报 01085321234 推销贷款');
	await waitFor('the report', () => events.some(({ type, data: { state } }) => type === 'report' && state === 'pending'));
	await api.expect(200, 'PATCH', '/v1/users/wang', { body: { disabled: true } });
	await waitFor('its end', () => events.closed);
	const many = Array.from({ length: 17 }, () => follow(api));
	await waitFor('one too many', () => many.filter(({ status }) => status === 429).length === 1);
	for (const one of many) one.request.destroy();
	api.close();
});

// Octets as they are; what came until the server ended the connection.
function raw(world, text) {
	const { address, port } = world.daemon.config.http;
	return within('the end of the connection', new Promise((resolve) => {
		let got = '';
		const socket = net.connect(port, address, () => socket.write(text));
		socket.on('data', (data) => { got += data; });
		socket.on('error', () => {});
		socket.on('close', () => resolve(got));
	}), 30000);
}

flow('frames that two readers could see differently end the connection', quick, async (world) => {
	const hidden = 'GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n';
	for (const [name, head] of [
		['a body of a GET', `GET /v1/me HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n`],
		['two lengths', `POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n`],
		['two codings', 'POST /v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n'],
		['chunks of a DELETE', 'DELETE /v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'],
		['no host', 'GET /v1/me HTTP/1.1\r\n\r\n'],
	]) {
		const answer = await raw(world, head + hidden);
		// 413 is evhttp's, for chunks that are none.
		assert.match(answer, /^HTTP\/1\.1 4(00|13) /, name);
		assert.equal(answer.split('HTTP/1.1 ').length, 2, `${name}: one answer`);
	}
	// Octets that trickle do not stop the clock.
	const { address, port } = world.daemon.config.http;
	const socket = net.connect(port, address, () => socket.write('GET /v1/me HTTP/1.1\r\n'));
	const drip = setInterval(() => socket.write('A'), 500);
	socket.on('error', () => {});
	await within('the end of patience', new Promise((resolve) => { socket.on('close', resolve); }), 20000);
	clearInterval(drip);
});

flow('over TLS the cookie is for TLS alone, and a new certificate comes with SIGHUP', { config: (base, folder) => {
	const { certificate, keyFile: key } = new Authority(`${folder}/tls`).issue('gateway');
	return { http: { ...base.http, tls: true, certificate, key } };
} }, async (world) => {
	const authority = `${world.folder}/tls/authority.pem`;
	const tls = { ca: fs.readFileSync(authority) };
	const api = admin(world, { tls });
	assert.equal((await api.get('/v1/me')).user, 'admin');
	const begun = await api.request('POST', '/v1/session', { token: '', body: { token: firstToken(world) } });
	assert.equal(begun.status, 201, begun.text);
	assert.match(begun.headers['set-cookie'][0], /; Secure$/);
	assert.match(begun.headers['strict-transport-security'], /^max-age=\d+$/);
	assert.doesNotMatch(await raw(world, 'GET /v1/me HTTP/1.1\r\nHost: a\r\n\r\n'), /HTTP/, 'nothing is said in plain');
	api.close();

	new Authority(`${world.folder}/tls`, 'other').issue('gateway');
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/);
	await assert.rejects(admin(world, { tls }).get('/v1/me'), /self-signed|unable to verify|signature/);
	const other = admin(world, { tls: { ca: fs.readFileSync(`${world.folder}/tls/other.pem`) } });
	assert.equal((await other.get('/v1/me')).user, 'admin');
	other.close();
});
