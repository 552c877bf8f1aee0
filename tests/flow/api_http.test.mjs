// SPDX-License-Identifier: AGPL-3.0-or-later
// The HTTP API beneath its routes: lost updates, repeats, sessions, framing, events.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import { Api, firstToken, userToken } from '../lib/api.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor, within } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const MARK = { 'X-Mianrao': '1' };

async function open(world) {
	const admin = new Api(world.daemon, { token: firstToken(world) });
	return { admin, operator: admin.as(await userToken(admin, 'olga', 'operator')) };
}

// What comes back for these octets until the other side closes.
function raw(world, octets) {
	const { address, port } = world.daemon.config.http;
	return within('the end of the connection', new Promise((resolve, reject) => {
		const socket = net.connect(port, address, () => socket.write(octets));
		const chunks = [];
		socket.on('data', (data) => chunks.push(data));
		socket.on('error', (error) => (error.code === 'ECONNRESET' ? resolve(Buffer.concat(chunks).toString()) : reject(error)));
		socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
	}), 60000);
}

async function oneWins(api, target, bodies) {
	await api.expect(428, 'PUT', target, { body: bodies[0] });
	const tag = (await api.request('GET', target)).headers.etag;
	assert.match(tag, /^"v\d+"$/);
	const both = await Promise.all(bodies.map((body) => api.request('PUT', target, { body, headers: { 'If-Match': tag } })));
	const [won, lost] = both.map(({ status }) => status).sort();
	// Rules of the operator are tried one set at a time: the other may be told to come later.
	assert.ok(won === 200 && [412, 429].includes(lost), JSON.stringify(both.map(({ text }) => text)));
	await api.expect(412, 'PUT', target, { body: bodies[0], headers: { 'If-Match': tag } });
}

flow('of two who change the same at once one wins', async (world) => {
	const { admin, operator } = await open(world);
	const texts = ['block call from +1\n', 'block call from +7\n'];
	await oneWins(operator, `/v1/subscribers/${SUBSCRIBER}/rules`, texts.map((text) => ({ text })));
	await oneWins(operator, '/v1/operator-rules', texts.map((text) => ({ text, note: 'because' })));
	admin.close();
});

flow('a session is a cookie, and changes by it come from our pages', async (world) => {
	const { admin } = await open(world);
	const begun = await admin.request('POST', '/v1/session', { token: '', body: { token: admin.token } });
	assert.equal(begun.status, 201, begun.text);
	const [cookie] = begun.headers['set-cookie'];
	assert.match(cookie, /^mianrao_session=.+; Path=\/; HttpOnly; SameSite=Strict/);
	const Cookie = cookie.split(';')[0];
	const by = (method, target, headers, body) => admin.request(method, target, { token: '', headers: { Cookie, ...headers }, body });
	const { address, port } = world.daemon.config.http;
	const ours = { ...MARK, Origin: `http://${address}:${port}` };
	const body = { name: 'nora', roles: ['viewer'] };
	assert.equal((await by('GET', '/v1/me')).status, 200);
	assert.equal((await by('POST', '/v1/users', { Origin: ours.Origin }, body)).status, 403);
	assert.equal((await by('POST', '/v1/users', { ...MARK, Origin: 'https://example.com' }, body)).status, 403);
	assert.equal((await by('POST', '/v1/users', ours, body)).status, 201);
	assert.equal((await by('DELETE', '/v1/session', ours)).status, 204);
	assert.equal((await by('GET', '/v1/me')).status, 401);
	admin.close();
});

flow('who tries tokens waits', async (world) => {
	const { admin } = await open(world);
	const begin = (token) => admin.request('POST', '/v1/session', { token: '', body: { token } });
	const wrong = `mrt_${'B'.repeat(43)}`;
	for (let i = 0; i < 10; i++) assert.equal((await begin(wrong)).status, 401);
	assert.equal((await begin(admin.token)).status, 429);
	admin.close();
});

flow('a report of the App that comes again is the same report', async (world) => {
	const { admin, operator } = await open(world);
	const send = (text) => operator.request('POST', '/v1/reports', {
		body: { subscriber: SUBSCRIBER, text }, headers: { 'Idempotency-Key': 'k-1' } });
	const first = await send('01085321234 推销贷款');
	assert.equal(first.status, 201, first.text);
	await world.daemon.kill();
	await world.daemon.start();
	const again = await send('01085321234 推销贷款');
	assert.deepEqual([again.status, again.json], [201, first.json], 'the same answer');
	assert.equal((await send('01085321235 推销贷款')).status, 409);
	admin.close();
});

flow('methods, types and parameters that are not in the document', async (world) => {
	const { admin } = await open(world);
	const head = await admin.request('HEAD', '/v1/me');
	assert.deepEqual([head.status, head.text], [200, '']);
	const other = await admin.request('PATCH', '/v1/me');
	assert.equal(other.status, 405);
	assert.match(other.headers.allow, /GET/);
	assert.match((await admin.request('OPTIONS', '/v1/me')).headers.allow, /GET/);
	const unknown = await admin.request('GET', '/v1/reports?colour=red');
	assert.deepEqual([unknown.status, unknown.json.field], [400, 'colour']);
	const plain = await admin.request('POST', '/v1/users', { text: 'x', headers: { 'Content-Type': 'text/plain' } });
	assert.equal(plain.status, 415);
	admin.close();
});

flow('a request that two readers would cut differently is none', async (world) => {
	const start = 'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
	for (const lines of ['Content-Length: 2\r\nContent-Length: 3\r\n', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'])
		assert.match(await raw(world, `${start}${lines}\r\n{}`), /^HTTP\/1\.1 400 /, lines);
});

flow('who follows events is told, as long as they may', async (world) => {
	const { admin, operator } = await open(world);
	const { address, port } = world.daemon.config.http;
	let text = '';
	const ended = new Promise((resolve, reject) => {
		http.get({ host: address, port, path: '/v1/events', headers: { Authorization: `Bearer ${operator.token}` } }, (response) => {
			assert.equal(response.statusCode, 200);
			response.on('data', (data) => (text += data));
			response.on('close', resolve);
			response.on('error', resolve);
		}).on('error', reject);
	});
	await waitFor('events', () => /event: now\n/.test(text));
	const { tokens } = await admin.get('/v1/users/olga/tokens');
	await admin.expect(200, 'DELETE', `/v1/tokens/${tokens[0].id}`);
	await within('the end of the stream', ended, 20000);
	admin.close();
});
