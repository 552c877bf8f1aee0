// SPDX-License-Identifier: AGPL-3.0-or-later
// GET and POST /v1/screen: decisions for whoever asks over HTTP, by the rules that hubs and SIP get.

import assert from 'node:assert/strict';

import { binary, run } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const TOKEN = 'mcdr_00112233445566778899aabbccddeeff';
const FEED = 'mcdr_ffeeddccbbaa99887766554433221100';
const ABROAD = '+85298765432';

async function hashOf(token) {
	const { code, out, err } = await run(binary('mianrao'), ['feeds', 'hash'], { input: `${token}\n` });
	assert.equal(code, 0, err);
	return /"(sha256:[0-9a-f]{64})"/.exec(out)[1];
}

const asked = (more = {}) => ({ config: async (base) => ({
	http: { ...base.http, clients: [{ name: 'gateway-1', token_hash: await hashOf(TOKEN), may: ['screen'] }] },
	feed: { sources: [{ name: 'pbx', disorder_s: 3600, token_hash: await hashOf(FEED) }] },
	...more,
}) });

async function get(world, query, { token = TOKEN, method = 'GET' } = {}) {
	const { status, headers, body } = await world.daemon.http(
		`/v1/screen${query === undefined ? '' : `?${new URLSearchParams(query)}`}`,
		{ method, headers: token ? { Authorization: `Bearer ${token}` } : {} });
	return { status, headers, body, json: body.startsWith('{') ? JSON.parse(body) : undefined };
}

async function post(world, body, { token = TOKEN, type = 'application/json' } = {}) {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const answer = await world.daemon.http('/v1/screen', { method: 'POST', body: text, headers: {
		...(type ? { 'Content-Type': type } : {}), Authorization: `Bearer ${token}`,
		'Content-Length': Buffer.byteLength(text) } });
	return { ...answer, json: /^[[{].*[\]}]$/.test(answer.body) ? JSON.parse(answer.body) : undefined };
}

async function shield(world) {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, 'KTJWPB');
	await smsc.expect(SUBSCRIBER, /已屏蔽/);
	return smsc;
}

// query, decision, and what else the answer says
const QUESTIONS = [
	[{ from: ABROAD }, 'block', { rule: 'block call,sms from international', tier: 'subscriber_class', international: true }],
	[{ from: '0085298765432', channel: 'sms' }, 'block', { from: ABROAD, channel: 'sms' }],
	[{ from: '+852-9876-5432', entry: 'international' }, 'block', {}],
	[{ from: '139 1234 5678' }, 'allow', { from: '+8613912345678', tier: 'none', rule: null, version: null }],
	[{ from: '13912345678', entry: 'international' }, 'block', { forged: true }],
	[{ from: '13912345678', entry: 'international', roaming: 'true' }, 'allow', { forged: false }],
	[{ from: '13912345678', verstat: 'TN-Validation-Failed' }, 'block', { forged: true }],
	[{ from: '13912345678', verstat: 'TN-Validation-Passed' }, 'allow', { forged: false }],
	[{ from: 'withheld', entry: 'international' }, 'block', { from: 'withheld' }],
	[{ from: 'withheld' }, 'allow', {}],
	[{ from: 'SHOP', channel: 'sms', entry: 'international' }, 'block', { from: 'SHOP' }],
	[{ from: '110', entry: 'international' }, 'allow', { tier: 'protected', rule: 'allow call,sms from =110' }],
	[{ from: '+85212345678', to: '13700001111' }, 'label', { label: '+8521', rule: 'label call from +8521', tier: 'operator_allowed' }],
];
flow('a question has the answer that a hub or a proxy would get',
	asked({ blocking: { operator_rules: ['label call from +8521'] } }), async (world) => {
		await shield(world);
		for (const [query, decision, more] of QUESTIONS) {
			const { status, headers, json } = await get(world, { channel: 'call', to: '13800138000', ...query });
			const name = JSON.stringify(query);
			assert.equal(status, 200, name);
			assert.equal(headers['content-type'], 'application/json');
			assert.equal(json.decision, decision, name);
			assert.equal(json.by_failure_policy, false);
			for (const [key, value] of Object.entries(more)) assert.equal(json[key], value, `${name}: ${key}`);
		}
		const { json } = await get(world, { channel: 'call', from: ABROAD, to: SUBSCRIBER, why: 1 });
		assert.match(json.version, /^[0-9a-f]{8}$/);
		assert.deepEqual(json.why, { entry: 'unknown', roaming: false, reported: false,
			rules_known: true, subscriber_rules: 1, operator_rules: 1 });
		// What nobody escaped: a '+' in a query is a blank.
		const raw = await world.daemon.http(`/v1/screen?channel=call&from=${ABROAD}&to=+8613800138000`,
			{ headers: { Authorization: `Bearer ${TOKEN}` } });
		assert.equal(JSON.parse(raw.body).from, ABROAD);
	});

const REFUSED = [
	[{ query: { from: ABROAD, to: SUBSCRIBER } }, 400, 'channel', /missing/],
	[{ query: { channel: 'call', from: 'x;y', to: SUBSCRIBER } }, 400, 'from', /not a telephone number/],
	[{ query: { channel: 'call', from: ABROAD, to: '12' } }, 400, 'to', /'12' is not a telephone number/],
	[{ query: { channel: 'call', from: ABROAD, to: SUBSCRIBER, trunk: 'x' } }, 400, 'trunk', /no field/],
	[{ query: undefined }, 400, 'channel', /missing/],
	[{ query: {}, token: '' }, 401, undefined, /no known token/],
	[{ query: {}, token: `${TOKEN}0` }, 401, undefined, /no known token/],
	[{ query: {}, token: FEED }, 403, undefined, /may not screen/],
];
flow('what cannot be answered is a problem that names the field', asked(), async (world) => {
	for (const [{ query, token }, code, field, detail] of REFUSED) {
		const { status, headers, json } = await get(world, query, { token });
		assert.equal(status, code, JSON.stringify(query));
		assert.equal(headers['content-type'], 'application/problem+json');
		assert.equal(json.status, code);
		assert.equal(json.field, field);
		assert.match(json.detail, detail);
		assert.equal(headers['www-authenticate'], code === 401 ? 'Bearer' : undefined);
	}
	const put = await get(world, {}, { method: 'DELETE' });
	assert.equal(put.status, 405);
	assert.equal(put.headers.allow, 'GET, POST');
	// And this token brings no call records.
	const cdrs = await world.daemon.http('/v1/cdrs', { method: 'POST', body: '{}', headers: {
		Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/x-ndjson', 'Content-Length': 2 } });
	assert.equal(cdrs.status, 403);
});

const ask = (from, more = {}) => ({ channel: 'call', from, to: SUBSCRIBER, ...more });
flow('a batch has all its answers in order, faults in their places', asked(), async (world) => {
	await shield(world);
	const questions = [ask(ABROAD), ask('nobody'), 7, ask('13912345678'), ask(8613912345678, { channel: 'sms' })];
	const { status, json } = await post(world, questions);
	assert.equal(status, 200);
	assert.deepEqual(json.map((one) => one.decision ?? `${one.status} ${one.field ?? '-'}`),
		['block', '422 from', '422 -', 'allow', 'allow']);
	const lines = await post(world, `\n${JSON.stringify(ask(ABROAD))}\n{"channel":\n\n${JSON.stringify(ask('13912345678'))}`,
		{ type: 'application/x-ndjson; charset=utf-8' });
	assert.equal(lines.headers['content-type'], 'application/x-ndjson');
	assert.deepEqual(lines.body.trim().split('\n').map((line) => JSON.parse(line)).map((one) => one.decision ?? one.status),
		['block', 400, 'allow']);
	const many = await post(world, Array.from({ length: 500 }, (_, i) => ask(`+8529876${1000 + i}`, { enforce: false })));
	assert.equal(many.json.length, 500);
	assert.ok(many.json.every(({ from, decision }, i) => from === `+8529876${1000 + i}` && decision === 'block'));
});

const BAD_BATCHES = [
	['[', 'application/json', 400, /no JSON \(line 1, column 1\)/],
	['[]', 'application/json', 400, /no question/],
	['{}', 'application/json', 400, /no array/],
	['', 'application/x-ndjson', 400, /no question/],
	[JSON.stringify(Array(501).fill(1)), 'application/json', 400, /501 questions are more than 500/],
	['[1]', 'text/plain', 415, /neither application\/json nor/],
	['[1]', '', 415, /neither application\/json nor/],
	[`["${'x'.repeat(256 * 1024)}"]`, 'application/json', 413, /longer than 256 KiB/],
	['['.repeat(100000), 'application/json', 400, /no JSON/],
];
flow('a batch that is none is refused as a whole', asked(), async (world) => {
	for (const [body, type, code, detail] of BAD_BATCHES) {
		const { status, json } = await post(world, body, { type });
		assert.equal(status, code, body.slice(0, 40));
		assert.match(json.detail, detail);
	}
	assert.equal((await get(world, ask('13912345678'))).json.decision, 'allow');
});

flow('what is blocked is noted and can be released, unless it was only asked', asked(), async (world) => {
	const smsc = await shield(world);
	await get(world, ask(ABROAD, { enforce: 'false' }));
	assert.equal((await world.daemon.metrics()).screened_total, 0);
	await get(world, ask(ABROAD, { channel: 'sms' }));
	await post(world, [ask('+12125550123'), ask('13912345678')]);
	await world.daemon.expectMetric('attempts_stored_total', 2);
	const metrics = await world.daemon.metrics();
	assert.equal(metrics.screened_total, 3);
	assert.equal(metrics.screened_blocked_total, 2);
	assert.equal(metrics.http_screen_requests_total, 3);
	const { blocked } = await world.daemon.json('blocked', SUBSCRIBER);
	assert.deepEqual(blocked.map(({ account }) => account), ['gateway-1', 'gateway-1']);
	await smsc.text(SUBSCRIBER, '放行+12125550123');
	await smsc.expect(SUBSCRIBER, /已放行/);
	await waitFor('the release', async () => (await get(world, ask('+12125550123'))).json.decision === 'allow');
});

flow('without Redis answers come all the same, and the failure policy is told', {
	...asked({ blocking: { on_unknown_call: 'block' } }),
}, async (world) => {
	await shield(world);
	await world.redis.stop();
	const { json } = await get(world, ask(ABROAD));
	assert.equal(json.decision, 'block');
	assert.equal(json.by_failure_policy, false);
});

flow('a token that a reload takes away opens nothing any more', asked(), async (world) => {
	assert.equal((await get(world, ask('13912345678'))).status, 200);
	world.daemon.write({ ...world.daemon.config, http: { ...world.daemon.config.http, clients: [] } });
	world.daemon.reload();
	await waitFor('the token to go', async () => (await get(world, ask('13912345678'))).status === 401);
});
