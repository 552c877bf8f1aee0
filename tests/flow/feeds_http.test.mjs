// SPDX-License-Identifier: AGPL-3.0-or-later
// POST /v1/cdrs: what was answered with 2xx is in the stream; good lines beside bad ones count; a
// token speaks for its own source and for nobody else.

import assert from 'node:assert/strict';
import net from 'node:net';

import { dayOf } from '../lib/day.mjs';
import { binary, run } from '../lib/process.mjs';
import { SELLER, SUBSCRIBER, expectState, fed } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const TOKENS = { pbx: 'mcdr_0123456789abcdef0123456789abcdef', hub: 'mcdr_fedcba9876543210fedcba9876543210' };

async function hashOf(token) {
	const { code, out, err } = await run(binary('mianrao'), ['feeds', 'hash'], { input: `${token}\n` });
	assert.equal(code, 0, err);
	return /^token_hash: "(sha256:[0-9a-f]{64})"$/.exec(out.trim())[1];
}

const withTokens = (feed = {}) => ({
	config: async () => ({ feed: { ...feed, sources: [
		{ name: 'pbx', disorder_s: 3600, token_hash: await hashOf(TOKENS.pbx),
			trunks: [{ match: 'IGW-*', entry: 'international' }] },
		{ name: 'hub', disorder_s: 3600, token_hash: await hashOf(TOKENS.hub) },
	] } }),
});

const record = (more = {}) => ({ caller: SELLER, called: '13800138000',
	start: new Date(Date.now() - 300e3).toISOString(), duration: 40, ...more });
const ndjson = (...lines) => `${lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n')}\n`;

function post(world, body, { token = TOKENS.pbx, type = 'application/x-ndjson', headers = {} } = {}) {
	return world.daemon.http('/v1/cdrs', { method: 'POST', body,
		headers: { ...(type ? { 'Content-Type': type } : {}), ...(token ? { Authorization: `Bearer ${token}` } : {}),
			'Content-Length': Buffer.byteLength(body), ...headers } });
}

const length = (world) => world.redis.command('XLEN', world.key('cdr'));

flow('records that were posted are in the stream when the answer comes, and count', withTokens(), async (world) => {
	const smsc = await world.smsc().connect();
	const campaign = Array.from({ length: 60 }, (_, i) => record({ called: String(13900000000 + i), duration: 0 }));
	const { status, body } = await post(world, ndjson(...campaign, record(),
		{ watermark: new Date(Date.now() + 5000).toISOString(), complete_from: '2020-01-01T00:00:00Z' }));
	assert.equal(status, 200);
	assert.deepEqual(JSON.parse(body), { accepted: 62, rejected_count: 0, rejected: [] });
	assert.equal(await length(world), 62);
	const other = await post(world, ndjson({ watermark: Date.now() + 5000, complete_from: '2020-01-01T00:00:00Z' }), { token: TOKENS.hub });
	assert.equal(other.status, 200, other.body);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
	const feeds = (await world.daemon.json('feeds')).sources;
	assert.deepEqual(feeds.map(({ source, records }) => [source, records]), [['pbx', 61], ['hub', 0]]);
});

const BAD_LINES = [
	['{"caller":"13712345678"', /no JSON/],
	['[1]', /no object/],
	['"text"', /no JSON: .* expected$/],
	['{"called":"13800138000","start":1763778600}', /caller: is missing/],
	['{"caller":"12;34","called":"13800138000","start":1763778600}', /caller: '12;34' is no number/],
	['{"caller":{},"called":"13800138000","start":1763778600}', /caller: is neither text nor number/],
	['{"caller":"13712345678","called":"13800138000","start":"2026-02-30T00:00:00Z"}', /start: .*is no time/],
	['{"caller":"13712345678","called":"13800138000","start":1763778600,"duration":-5}', /duration/],
	['{"caller":"13712345678","called":"13800138000","start":1763778600,"caller":"1"}', /no JSON: duplicate/],
	['{"source":"hub","caller":"13712345678","called":"13800138000","start":1763778600}', /source: is not the one of the token/],
	['{"watermark":"soon"}', /watermark: no time/],
	[`{"caller":"${'1'.repeat(9000)}"}`, /longer than 8191 octets/],
	['{"caller":"1371234\\u00005678","called":"13800138000","start":1763778600}', /no JSON/],
];

flow('bad lines are named, good lines between them count', withTokens(), async (world) => {
	const lines = BAD_LINES.flatMap(([line], i) => [line, record({ called: String(13800138000 + i) })]);
	const { status, body } = await post(world, `\n${ndjson(...lines)}\r\n  \n`);
	assert.equal(status, 200);
	const { accepted, rejected_count: count, rejected } = JSON.parse(body);
	assert.equal(accepted, BAD_LINES.length);
	assert.equal(count, BAD_LINES.length);
	rejected.forEach(({ line, error }, i) => {
		assert.equal(line, 2 + 2 * i, error);
		assert.match(error, BAD_LINES[i][1]);
	});
	assert.equal(await length(world), BAD_LINES.length);
	await world.daemon.expectMetric('cdrs_total', BAD_LINES.length);
	await world.daemon.expectMetric('cdrs_bad_total', BAD_LINES.length);
	await world.daemon.expectMetric('feed_bad_total{source="pbx"}', BAD_LINES.length);
	const none = await post(world, ndjson(BAD_LINES[0][0]));
	assert.equal(none.status, 422);
	assert.equal(none.headers['content-type'], 'application/problem+json');
	assert.equal(JSON.parse(none.body).rejected[0].line, 1);
});

flow('a number written four ways, in every kind of value, is one call', withTokens(), async (world) => {
	const start = Math.floor(Date.now() / 1000) - 300;
	const ways = [
		record({ called: '13800138000', start }),
		record({ called: '+86 138 0013 8000', caller: `tel:+86-${SELLER}`, start: `${start}.000` }),
		record({ called: 'sip:+8613800138000@ims.example;user=phone', caller: `0086${SELLER}`, start: start * 1000 }),
		record({ called: '008613800138000', caller: `"Sales" <sip:${SELLER}@pbx.example>`, start: new Date(start * 1000).toISOString() }),
		record({ called: 8613800138000, caller: Number(SELLER), start: start + 0.25, duration: 40.7, answered: true }),
	];
	const { status, body } = await post(world, ndjson(...ways));
	assert.equal(status, 200);
	assert.equal(JSON.parse(body).accepted, ways.length, body);
	await fed(world);
	await world.daemon.expectMetric('cdrs_total', 1);
});

flow('two records of one call are one: the longer talk, and the facts of both', withTokens(), async (world) => {
	const start = Math.floor(Date.now() / 1000) - 300;
	const ways = [
		record({ start, duration: 10, asserted: '+8613600001111' }),
		record({ start: start + 1, duration: 40 }),
		record({ start, duration: 10, asserted: `+86${SELLER}`, trunk: 'IGW-1' }),
	];
	for (const way of ways) assert.equal((await post(world, ndjson(way))).status, 200);
	await fed(world);
	const day = dayOf(start * 1000);
	const [size, head, ...tail] = await world.redis.command('EVAL',
		"local r = redis.call('HGET', KEYS[1], '00') return {#r, string.byte(r, 9, 9), string.byte(r, 12, 14)}", 1,
		world.key(`calls:{+86138001380}:${day}`));
	assert.equal(size, 14);
	assert.equal(head >> 3 & 1, 1, 'answered');
	assert.deepEqual(tail, [0x10, 0, 40]);
});

const REFUSED = [
	{ name: 'no token', options: { token: null }, status: 401 },
	{ name: 'an unknown token', options: { token: 'mcdr_00000000000000000000000000000000' }, status: 401 },
	{ name: 'a token with more behind it', options: { token: `${TOKENS.pbx}0` }, status: 401 },
	{ name: 'another scheme', options: { token: null, headers: { Authorization: `Basic ${TOKENS.pbx}` } }, status: 401 },
	{ name: 'another type', options: { type: 'application/json' }, status: 415 },
	{ name: 'no type', options: { type: null }, status: 415 },
	{ name: 'nothing in it', body: '\n \n', status: 400 },
	{ name: 'too many lines', body: '{}\n'.repeat(10002), status: 413 },
];

flow('what may not be posted is refused with a problem that says why', withTokens(), async (world) => {
	for (const { name, options, body = ndjson(record()), status } of REFUSED) {
		const answer = await post(world, body, options);
		assert.equal(answer.status, status, name);
		assert.equal(answer.headers['content-type'], 'application/problem+json', name);
		const problem = JSON.parse(answer.body);
		assert.equal(problem.status, status, name);
		assert.ok(problem.detail && problem.title && problem.type, name);
		assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined, name);
	}
	const huge = await post(world, 'x'.repeat(1024 * 1024 + 1)).catch((error) => error);
	assert.ok(huge.status === 413 || huge.code === 'ECONNRESET' || huge.code === 'EPIPE', JSON.stringify(huge));
	const get = await world.daemon.http('/v1/cdrs');
	assert.equal(get.status, 405);
	assert.equal(get.headers.allow, 'POST');
	assert.equal((await world.daemon.http('/healthz', { method: 'POST', body: 'x' })).status, 405);
	assert.equal(await length(world), 0);
});

// One request as it is on the wire; gives what came back.
function raw(world, text) {
	return new Promise((resolve, reject) => {
		const chunks = [];
		const socket = net.connect(world.daemon.config.http.port, '127.0.0.1', () => socket.write(text));
		socket.on('data', (data) => chunks.push(data));
		socket.on('error', reject);
		socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
	});
}

flow('a request that two readers could frame differently adds nothing', withTokens(), async (world) => {
	const body = ndjson(record());
	const head = `POST /v1/cdrs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKENS.pbx}\r\nContent-Type: application/x-ndjson\r\n`;
	const twice = `Content-Length: ${body.length}\r\n`;
	assert.match(await raw(world, `${head}${twice}${twice}\r\n${body}`), /^HTTP\/1.1 400 /);
	assert.match(await raw(world, `${head}${twice}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), /^HTTP\/1.1 400 /);
	assert.equal(await length(world), 0);
	assert.match(await raw(world, `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), /^HTTP\/1.1 200 /);
	assert.equal(await length(world), 1);
});

flow('while Redis is away nothing is taken, and afterwards the same request is', withTokens(), async (world) => {
	await world.redis.stop();
	await world.daemon.expectMetric('redis_connected', 0);
	const refused = await post(world, ndjson(record()));
	assert.equal(refused.status, 503);
	assert.equal(refused.headers['retry-after'], '1');
	await world.redis.start();
	await world.daemon.expectMetric('redis_connected', 1);
	assert.equal((await post(world, ndjson(record()))).status, 200);
	await world.daemon.expectMetric('cdrs_total', 1);
});

flow('while too much waits to be read nothing more is taken', {
	...withTokens({ stream_max: 20 }),
	started: false,
}, async (world) => {
	const key = world.key('cdr');
	await world.redis.command('XGROUP', 'CREATE', key, 'mianrao', '0', 'MKSTREAM');
	// Another consumer of the group has them and does not acknowledge.
	for (let i = 0; i < 10; i++) await world.records.sibling('pbx').call(SELLER, String(13900000000 + i));
	const held = await world.redis.command('XREADGROUP', 'GROUP', 'mianrao', 'elsewhere', 'COUNT', '100', 'STREAMS', key, '>');
	assert.equal(held[0][1].length, 10);
	await world.daemon.start();
	const refused = await post(world, ndjson(record()));
	assert.equal(refused.status, 429);
	assert.match(JSON.parse(refused.body).detail, /wait to be read/);
	await world.redis.command('XACK', key, 'mianrao', ...held[0][1].map(([id]) => id));
	assert.equal((await post(world, ndjson(record()))).status, 200);
});

flow('what was read is trimmed from the stream, what waits is not', withTokens({ stream_max: 200 }), async (world) => {
	for (let i = 0; i < 12; i++) {
		const lines = Array.from({ length: 50 }, (_, k) => record({ called: String(13900000000 + i * 50 + k) }));
		await waitFor('the records to be taken', async () => (await post(world, ndjson(...lines))).status === 200);
	}
	await world.daemon.expectMetric('cdrs_total', 600);
	assert.ok(await length(world) < 600, String(await length(world)));
});

flow('a sender that goes away before its answer does no harm', withTokens(), async (world) => {
	const lines = Array.from({ length: 3000 }, (_, i) => record({ called: String(13900000000 + i) }));
	const body = ndjson(...lines);
	const socket = net.connect(world.daemon.config.http.port, '127.0.0.1');
	await new Promise((resolve) => socket.on('connect', resolve));
	socket.on('error', () => {});
	await new Promise((resolve) => socket.write(`POST /v1/cdrs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKENS.pbx}\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\n\r\n${body}`, resolve));
	socket.destroy();
	assert.equal((await post(world, ndjson(record()))).status, 200);
	const { status, body: answer } = await post(world, body); // again, as its sender would
	assert.equal(status, 200);
	assert.equal(JSON.parse(answer).accepted, 3000);
	await fed(world);
	await world.daemon.expectMetric('cdrs_total', 3001);
});

flow('a new token holds after SIGHUP, the old one no longer', withTokens(), async (world) => {
	const from = world.daemon.lines.length;
	const config = structuredClone(world.daemon.config);
	config.feed.sources[0].token_hash = await hashOf('mcdr_99999999999999999999999999999999');
	world.daemon.write(config);
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/, { from });
	assert.equal((await post(world, ndjson(record()))).status, 401);
	assert.equal((await post(world, ndjson(record()), { token: 'mcdr_99999999999999999999999999999999' })).status, 200);
	assert.equal((await post(world, ndjson(record()), { token: TOKENS.hub })).status, 200);
});
