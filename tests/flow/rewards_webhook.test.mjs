// SPDX-License-Identifier: AGPL-3.0-or-later
// Requests by webhook, and answers by HTTP.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Authority } from '../lib/certificates.mjs';
import { violations } from '../lib/schema.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { SECRET, WebhookServer, sign } from '../lib/webhook.mjs';
import { flow } from '../lib/world.mjs';

const ACKS = '/v1/rewards/acks';

// A flow with a webhook server, `decide` as in WebhookServer.
function hooked(name, { decide, started = true, rewards = {}, webhook = {}, tls = false, ...settings }, body) {
	const server = new WebhookServer(decide);
	flow(name, {
		...settings,
		config: async (base, folder) => {
			const secretFile = path.join(folder, 'secret');
			fs.writeFileSync(secretFile, `${SECRET}\n`);
			const more = {};
			if (tls) {
				const authority = new Authority(path.join(folder, 'ca'));
				server.tls = authority.issue('rewards');
				server.authority = authority;
				Object.assign(more, { server_ca: authority.file, server_name: 'rewards.example' });
			}
			await server.reserve();
			if (started) await server.start();
			return { rewards: { transport: 'webhook', ...rewards,
				webhook: { url: server.url, secret_file: secretFile, retry_min_ms: 50, retry_max_ms: 200,
					timeout_ms: 5000, ...more, ...webhook } } };
		},
	}, async (world, t) => {
		try {
			await body(world, server, t);
		} finally {
			await server.stop();
		}
	});
}

const post = (world, answers, { signature, ...options } = {}) => {
	const body = typeof answers === 'string' ? answers : JSON.stringify(answers);
	return world.daemon.http(ACKS, { method: 'POST', body,
		headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
			...(signature === null ? {} : { 'X-Mianrao-Signature': signature ?? sign(body, options) }) } });
};

hooked('a request is posted, signed, and its answer is in the response', {
	decide: ({ id }) => ({ status: 200, body: { id, status: 'credited' } }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal(server.requests.length, 1);
	assert.ok(server.requests[0].good, JSON.stringify(server.requests[0]));
	assert.equal(server.requests[0].target, '/credits?from=mianrao');
	assert.equal(await violations('request', [server.requests[0].body]), '');
	const { reward } = await expectState(world, id, 'verified');
	assert.equal(reward.id, server.requests[0].id);
	assert.equal(reward.state, 'credited');
	assert.equal(reward.attempts, 1);
	assert.deepEqual(await world.redis.stream(world.key('rewards')), [], 'nothing on the stream');
	await world.daemon.expectMetric('outbox_depth', 0);
});

hooked('an answer may come later, over HTTP, as often as it likes', {
	decide: () => ({ status: 202 }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const report = await verifiedReport(world, smsc);
	const { id } = await waitFor('the request', () => server.requests[0]);
	await waitFor('the request to count as made', async () =>
		(await expectState(world, report, 'verified')).reward.state === 'requested');
	const results = async (answers) => {
		const { status, body } = await post(world, answers);
		assert.equal(status, 200, body);
		return JSON.parse(body).results.map(({ result }) => result);
	};
	assert.deepEqual(await results({ id, status: 'credited' }), ['settled']);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.deepEqual(await results([
		{ id, status: 'credited', reason: '' }, { id, status: 'failed' }, { id, status: 'reversed' },
		{ id: `W${'0'.repeat(32)}`, status: 'credited' }, { id, status: 'paid' },
	]), ['repeated', 'conflict', 'other_kind', 'unknown', 'no_status']);
	assert.equal((await expectState(world, report, 'verified')).reward.state, 'credited');
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /已到账/.test(text)).length, 1);
	await world.daemon.expectMetric('reward_acks_bad_total', 4);
});

hooked('answers over HTTP that are not signed, too old or no answers are refused', {
	decide: () => ({ status: 202 }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const report = await verifiedReport(world, smsc);
	const { id } = await waitFor('the request', () => server.requests[0]);
	const good = { id, status: 'credited' };
	const now = Math.floor(Date.now() / 1000);
	const table = [
		['no signature', good, { signature: null }, 401],
		['another secret', good, { secret: 'another secret of forty characters, alas' }, 401],
		['a signature of another body', good, { signature: sign('{}') }, 401],
		['too old', good, { time: now - 1000 }, 401],
		['from the future', good, { time: now + 1000 }, 401],
		['no JSON', '{"id":', {}, 400],
		['a list of nothing', [], {}, 400],
		['a text', '"credited"', {}, 400],
		['an answer without an id', { status: 'credited' }, {}, 400],
		['one that is no object beside a good one', [good, 7], {}, 400],
		['too many', Array.from({ length: 501 }, () => good), {}, 400],
		['too much', [{ ...good, reason: 'x'.repeat(70000) }], {}, 413],
	];
	for (const [name, answers, options, status] of table)
		assert.equal((await post(world, answers, options)).status, status, name);
	assert.equal((await world.daemon.http(ACKS)).status, 405, 'GET');
	assert.notEqual((await expectState(world, report, 'verified')).reward.state, 'credited');
	assert.equal((await post(world, good)).status, 200, 'and then it is taken');
	await smsc.expect(SUBSCRIBER, /已到账/);
});

hooked('after a refusal for good the reward is failed with its reason, and never credited by itself', {
	decide: (_, times) => (times === 1 ? { status: 422, body: { reason: 'no such subscriber' } }
		: { status: 200, body: { status: 'credited' } }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const report = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /没能到账/);
	const { reward } = await expectState(world, report, 'verified');
	assert.equal(reward.state, 'failed');
	assert.equal(reward.reason, 'HTTP 422: no such subscriber');
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.equal(server.requests.length, 1);
	await world.daemon.json('rewards', 'repeat', report);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal(server.requests.length, 2);
	assert.equal(server.requests[1].id, server.requests[0].id);
});

const BUSY = [
	{ status: 503 },
	{ status: 429, headers: { 'Retry-After': '1' } },
	{ status: 408 },
	{ status: 301, headers: { Location: 'http://127.0.0.1:1/' } },
	null, // the connection is cut
];
hooked('a server that is busy, moved or broken gets the request again until it takes it', {
	decide: ({ id }, times, response) => {
		const answer = times <= BUSY.length ? BUSY[times - 1] : { status: 200, body: { id, status: 'credited' } };
		if (answer === null) response.socket.destroy();
		return answer;
	},
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/, { timeout: 20000 });
	assert.equal(server.requests.length, BUSY.length + 1);
	assert.ok(server.requests.every(({ good }) => good));
	assert.equal(new Set(server.requests.map(({ id }) => id)).size, 1);
	await world.daemon.expectMetric('webhook_failures_total', BUSY.length);
});

hooked('a server that answers drop by drop is given up at the deadline', {
	decide: ({ id }, times, response) => {
		if (times > 1) return { status: 200, body: { id, status: 'credited' } };
		response.writeHead(200, { 'Content-Length': '100000' });
		const drop = setInterval(() => response.write('x'), 50);
		response.on('close', () => clearInterval(drop));
		return null;
	},
	webhook: { timeout_ms: 700 },
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal(server.requests.length, 2);
	await world.daemon.expectMetric('webhook_failures_total', 1);
});

hooked('a response that is no answer is only a receipt', {
	decide: ({ id }, times) => [{ status: 200, body: 'thank you' }, { status: 200, body: { status: 'wonderful' } },
		{ status: 200, body: { id: `W${'1'.repeat(32)}`, status: 'credited' } },
		{ status: 200, body: { id, status: 'credited' } }][times - 1],
	rewards: { repeat_s: 1, repeat_max_s: 1 },
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const report = await verifiedReport(world, smsc);
	await waitFor('three requests', () => server.requests.length >= 3);
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /到账，|已到账/.test(text)).length, 0);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal((await expectState(world, report, 'verified')).reward.state, 'credited');
});

hooked('requests wait for a server that is away, and no more than `connections` are open at a time', {
	started: false,
	webhook: { connections: 3 },
	decide: async ({ id }) => {
		await new Promise((resolve) => setImmediate(resolve));
		return { status: 200, body: { id, status: 'credited' } };
	},
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	const people = Array.from({ length: 40 }, (_, i) => `+861380013${8500 + i}`);
	for (const person of people) await soldTo(world, person);
	await world.records.complete();
	await fed(world);
	await Promise.all(people.map((person) => smsc.text(person, `${SELLER}*推销宽带`)));
	await world.daemon.expectMetric('reports_verified_total', people.length);
	await world.daemon.expectMetric('webhook_failures_total', (value) => value > 3);
	await server.start();
	await world.daemon.expectMetric('rewards_credited_total', people.length);
	assert.ok(server.most <= 3, `${server.most} at a time`);
	assert.equal(new Set(server.requests.map(({ id }) => id)).size, people.length);
	await world.daemon.expectMetric('outbox_depth', 0);
});

hooked('a request survives kill -9 and is posted again under its id', {
	decide: ({ id }, times) => (times === 1 ? null : { status: 200, body: { id, status: 'credited' } }),
	webhook: { timeout_ms: 60000 },
}, async (world, server) => {
	const smsc = await world.smsc().keep();
	await verifiedReport(world, smsc);
	await waitFor('the request', () => server.requests.length === 1);
	await world.daemon.kill();
	world.daemon.launch();
	await smsc.expect(SUBSCRIBER, /已到账/, { timeout: 30000 });
	assert.equal(server.requests.length, 2);
	assert.equal(server.requests[1].id, server.requests[0].id);
});

hooked('https: the server has to be the one that is meant', {
	tls: true,
	decide: ({ id }) => ({ status: 200, body: { id, status: 'credited' } }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal(server.requests.length, 1);
	assert.ok(server.requests[0].good);
	assert.match(server.requests[0].headers.host, /^rewards\.example:\d+$/);
	// From now on a certificate of another authority, and one with another name.
	const person = '+8613800138001';
	const stranger = new Authority(path.join(world.folder, 'stranger'));
	for (const credentials of [stranger.issue('rewards'), server.authority.issue('other')]) {
		server.server.setSecureContext(credentials);
		const before = (await world.daemon.metrics()).webhook_failures_total;
		if (before === 0) {
			await soldTo(world, person);
			await world.records.complete();
			await smsc.text(person, `${SELLER}*推销宽带`);
		}
		await world.daemon.expectMetric('webhook_failures_total', (value) => value > before + 1);
		assert.equal(server.requests.length, 1, 'nothing was said to it');
	}
	server.server.setSecureContext(server.authority.issue('rewards'));
	await smsc.expect(person, /已到账/);
});

hooked('a new secret is taken with SIGHUP, and the old one still answers', {
	decide: () => ({ status: 202 }),
}, async (world, server) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const { id } = await waitFor('the request', () => server.requests[0]);
	const fresh = 'a new secret that nobody knows, forty chars';
	fs.writeFileSync(world.daemon.config.rewards.webhook.secret_file, `${fresh}\n${SECRET}\n`);
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/);
	assert.equal((await post(world, { id, status: 'credited' }, { secret: fresh })).status, 200);
	assert.equal((await post(world, { id, status: 'credited' })).status, 200);
	const person = '+8613800138001';
	await soldTo(world, person);
	await world.records.complete();
	await smsc.text(person, `${SELLER}*推销宽带`);
	const { headers, body } = await waitFor('another request', () => server.requests[1]);
	const time = /^t=(\d+),/.exec(headers['x-mianrao-signature'])[1];
	assert.equal(headers['x-mianrao-signature'], sign(JSON.stringify(body), { secret: fresh, time }));
});

hooked('requests that wait for the stream go by the webhook once that is the transport', {
	started: false,
	decide: ({ id }) => ({ status: 200, body: { id, status: 'credited' } }),
}, async (world, server) => {
	// First with the stream, and without Redis to take the request.
	await world.daemon.stop();
	const { config } = world.daemon;
	world.daemon.write({ ...config, rewards: { ...config.rewards, transport: 'stream' } });
	await world.daemon.start();
	const smsc = await world.smsc().keep();
	await soldTo(world);
	await world.records.complete();
	await fed(world);
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	const published = (await world.redis.stream(world.key('rewards'))).length;
	await world.daemon.stop();
	world.daemon.write(config);
	await server.start();
	await world.daemon.start();
	if (published === 0) await smsc.expect(SUBSCRIBER, /已到账/);
	else {
		// It had gone out already: an operator asks again, by the new way.
		await waitFor('a repeat by the webhook', async () => {
			await world.daemon.command('rewards', 'repeat', '--overdue');
			const [{ id }] = (await world.daemon.json('rewards')).rewards;
			await world.daemon.command('rewards', 'repeat', id);
			return server.requests.length > 0;
		});
		await smsc.expect(SUBSCRIBER, /已到账/);
	}
	assert.ok(server.requests[0].good);
});

flow('without a secret nobody can answer over HTTP', async (world) => {
	assert.equal((await post(world, { id: 'W', status: 'credited' })).status, 404);
});
