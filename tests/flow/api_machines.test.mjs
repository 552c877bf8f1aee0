// SPDX-License-Identifier: AGPL-3.0-or-later
// The routes that machines use, from the document: of those who may not, as those who may, and with bodies of
// every kind. They have readers of their own, which say the same of what they do not take.

import assert from 'node:assert/strict';

import { Api, ApiDocument, ROLES, edges, firstToken, userToken, violations } from '../lib/api.mjs';
import { binary, run } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const CLIENT = 'mcdr_00112233445566778899aabbccddeeff';
const SOURCE = 'mcdr_ffeeddccbbaa99887766554433221100';
const MOST = 300 * 1024; // octets: more than any of them takes in one body, but call records

async function hashOf(token) {
	const { out } = await run(binary('mianrao'), ['feeds', 'hash'], { input: `${token}\n` });
	return /"(sha256:[0-9a-f]{64})"/.exec(out)[1];
}

const machines = { config: async (base) => ({
	http: { ...base.http, requests_per_second: 0, clients: [{ name: 'sbc', token_hash: await hashOf(CLIENT), may: ['screen'] }] },
	feed: { sources: [{ name: 'pbx', disorder_s: 3600, token_hash: await hashOf(SOURCE) }] },
}) };

const QUESTION = { channel: 'call', from: '+85291234567', to: SUBSCRIBER };
const RECORD = JSON.stringify({ caller: '13900001111', called: '13800138000', start: 1763778600, duration: 3 });

// Who may ask, and what is good.
const OWN = {
	'GET /v1/screen': { token: CLIENT, query: QUESTION },
	'POST /v1/screen': { token: CLIENT, type: 'application/json', text: JSON.stringify([QUESTION]) },
	'POST /v1/cdrs': { token: SOURCE, type: 'application/x-ndjson', text: `${RECORD}\n` },
	'POST /v1/rewards/acks': { type: 'application/json', text: '{}' }, // signed: rewards_webhook.test.mjs
};

const BODIES = ['', ' ', '{', '[]', '{}', 'null', '1', '"x"', '[[[[[[]]]]]]', '[1,2]', '[{"channel":1}]', '{"id":{"a":[]}}', '\u0000',
	'{"a":1,"a":2}', '['.repeat(5000), `"${'x'.repeat(70000)}"`, '\ufeff{}', `[${'{},'.repeat(1001)}{}]`, 'x'.repeat(MOST)];
const TYPES = [undefined, 'text/plain', 'application/json', 'application/x-ndjson', 'application/json; charset=utf-16', '/', 'x'.repeat(300)];

function ask(api, operation, { token, query, text, type }) {
	const target = query ? `${operation.route}?${new URLSearchParams(query)}` : operation.route;
	const headers = type === undefined ? {} : { 'Content-Type': type };
	return operation.method === 'GET' ? api.request('GET', target, { token: token ?? '' })
		: api.request(operation.method, target, { token: token ?? '', text: text ?? '', headers });
}

function judge(operation, answer, label) {
	assert.ok(answer.status < 500, `${label}: ${answer.status} ${answer.text}`);
	assert.ok(operation.responses[answer.status], `${label}: ${answer.status} is not in the document: ${answer.text}`);
	if (answer.status < 400 || answer.status === 422 && !answer.headers['content-type'].includes('problem')) return;
	assert.equal(answer.headers['content-type'], 'application/problem+json', `${label}: ${answer.text}`);
	assert.ok(answer.json.title && answer.json.detail && answer.json.status === answer.status, label);
}

// Queries with one thing wrong: [what, query, the parameter that is to blame].
function* queries(operation, base) {
	for (const { name, required, schema } of operation.parameters) {
		if (required) yield [`without ${name}`, Object.fromEntries(Object.entries(base).filter(([key]) => key !== name)), name];
		for (const [what, value, passes] of edges(schema))
			yield [`${name} ${what}`, { ...base, [name]: value }, passes ? undefined : name];
	}
	yield ['an unknown parameter', { ...base, nonsense: '1' }, 'nonsense'];
}

flow('routes of machines: every role, and every kind of request', machines, async (world) => {
	const api = new Api(world.daemon, { token: firstToken(world) });
	const document = new ApiDocument(await api.get('/v1/openapi.json'));
	const tokens = { nobody: '', stranger: `mrt_${'A'.repeat(43)}` };
	for (const role of ROLES) tokens[role] = await userToken(api, `the-${role}`, role);
	const operations = document.operations().filter((operation) => operation['x-handler'] === 'elsewhere');
	assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(OWN).sort());
	const answers = [];
	for (const operation of operations) {
		const own = OWN[operation.name];
		for (const [role, token] of Object.entries({ ...tokens, other: own.token === CLIENT ? SOURCE : CLIENT })) {
			const label = `${operation.name} as ${role}`;
			const answer = await ask(api, operation, { ...own, token });
			judge(operation, answer, label);
			// Without a secret nobody can sign.
			assert.ok([401, 403, ...(own.token ? [] : [404])].includes(answer.status), `${label}: ${answer.status} ${answer.text}`);
		}
		if (own.query)
			for (const [what, query, field] of queries(operation, own.query)) {
				const label = `${operation.name}: ${what}`;
				const answer = await ask(api, operation, { ...own, query });
				judge(operation, answer, label);
				if (field) assert.equal(answer.json.field, field, `${label}: ${answer.text}`);
			}
		else
			for (const text of BODIES)
				for (const type of TYPES)
					judge(operation, await ask(api, operation, { ...own, text, type }), `${operation.name}: ${type}: ${text.slice(0, 40)}`);
		if (!own.token) continue;
		const answer = await ask(api, operation, own);
		assert.equal(answer.status, 200, answer.text);
		answers.push({ name: operation.name, schema: operation.responses[200].content['application/json'].schema, body: answer.json });
	}
	assert.equal(await violations(world.folder, document.json, answers), '');
	api.close();
});
