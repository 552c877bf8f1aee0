// SPDX-License-Identifier: AGPL-3.0-or-later
// Every route of the document as every role: with values that are good, missing, unknown, of another
// type, and at their edges. Never a 5xx; whoever has no right is told so whatever they send; a fault
// is a problem that names the field; what is answered is as the document says.

import assert from 'node:assert/strict';

import { Api, ApiDocument, ROLES, edges, firstToken, good, strangers, userToken, violations } from '../lib/api.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const PARALLEL = 6;
// What the checker of schemas says, and no command.
const CHECKER = /: (wants an? |is missing|is none of|is (shorter|longer) than|is not (from|of the form)|is not known here|has (more|fewer))/;

// Real things in the place of examples, so that a good request is one.
const realOf = (report) => ({ id: { '/v1/reports': report, '/v1/rewards': report } });

function encode(name, value) {
	return `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
}

// A request: values by place and name; `undefined` leaves one out.
function build(operation, { path = {}, query = {}, header = {}, body }) {
	const target = operation.route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
	const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
	return {
		target: target + (pairs.length ? `?${pairs.map(([name, value]) => encode(name, value)).join('&')}` : ''),
		headers: Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined)),
		body,
	};
}

const shown = (parameter, value) => (parameter.name === 'If-Match' ? `"v${value}"` : String(value));

function goodRequest(operation, real) {
	const request = { path: {}, query: {}, header: {} };
	for (const parameter of operation.parameters) {
		if (parameter.in === 'query' && !parameter.required) continue;
		const known = real[parameter.name]?.[Object.keys(real[parameter.name] ?? {}).find((at) => operation.route.startsWith(at))];
		request[parameter.in][parameter.name] = parameter.in === 'header'
			? shown(parameter, good(parameter.schema)) : known ?? good(parameter.schema);
	}
	if (operation.schema) request.body = good(operation.schema);
	return request;
}

const withValue = (request, place, name, value) => ({ ...request, [place]: { ...request[place], [name]: value } });

// [what, request, status of whoever may (undefined: any but a fault of the schema), field]
function* variants(operation, base) {
	yield ['unknown parameter', withValue(base, 'query', 'nonsense', '1'), [400], 'nonsense'];
	for (const parameter of operation.parameters) {
		const { name, in: place, schema, required } = parameter;
		if (required && place !== 'path')
			yield [`without ${name}`, withValue(base, place, name, undefined), [name === 'If-Match' ? 428 : 422], name];
		if (name === 'If-Match') {
			yield ['a weak tag', withValue(base, place, name, 'W/"v1"'), [400], name];
			yield ['every version', withValue(base, place, name, '*'), [428], name];
			continue;
		}
		if (schema.type !== 'string')
			yield [`${name} is no ${schema.type}`, withValue(base, place, name, 'nonsense'), [422], name];
		for (const [what, value, passes] of edges(schema)) {
			if ((place === 'path' && value === '') || place === 'header' && /[^ -~]/.test(value)) continue;
			yield [`${name} ${what}`, withValue(base, place, name, value), passes ? undefined : [422], name];
		}
	}
	if (!operation.schema) {
		if (operation.method === 'POST' || operation.method === 'PUT')
			yield ['a body', { ...base, body: { nonsense: 1 } }, [400], undefined];
		return;
	}
	if (operation.requestBody.required) yield ['without a body', { ...base, body: undefined }, [400], undefined];
	yield ['a list for a body', { ...base, body: [] }, [422], undefined];
	if (operation.schema.maxProperties !== 1)
		yield ['unknown member', withValue(base, 'body', 'nonsense', 1), [422], 'nonsense'];
	for (const [name, schema] of Object.entries(operation.schema.properties)) {
		const alone = operation.schema.maxProperties === 1 ? { ...base, body: {} } : base;
		if (operation.schema.required?.includes(name))
			yield [`without ${name}`, withValue(base, 'body', name, undefined), [422], name];
		for (const [what, value] of strangers(schema))
			yield [`${name} is ${what}`, withValue(alone, 'body', name, value), [422], name];
		for (const [what, value, passes] of edges(schema))
			yield [`${name} ${what}`, withValue(alone, 'body', name, value), passes ? undefined : [422], name];
	}
}

function checkProblem(answer, label) {
	assert.equal(answer.headers['content-type'], 'application/problem+json', label);
	assert.equal(answer.json.status, answer.status, label);
	assert.ok(answer.json.title && answer.json.detail && answer.json.type, label);
}

class Judge {
	constructor(api, tokens) {
		Object.assign(this, { api, tokens, answers: [], count: 0 });
	}

	async ask(operation, request, token) {
		const { target, headers, body } = build(operation, request);
		this.count++;
		return this.api.request(operation.method, target, { headers, body, token });
	}

	// What was said of a request, by whom.
	async judge(operation, [what, request, expected, field], role) {
		const label = `${operation.name} as ${role}: ${what}`;
		const answer = await this.ask(operation, request, this.tokens[role]);
		assert.ok(answer.status < 500, `${label}: ${answer.status} ${answer.text}`);
		if (answer.status >= 400) checkProblem(answer, label);
		if (role === 'nobody' || role === 'stranger') {
			assert.equal(answer.status, 401, label);
			assert.equal(answer.headers['www-authenticate'], 'Bearer', label);
			return;
		}
		if (!operation['x-roles'].includes(role)) {
			assert.equal(answer.status, 403, `${label}: ${answer.text}`);
			assert.match(answer.json.detail, new RegExp(operation['x-command'].command), label);
			return;
		}
		this.judgeAllowed(operation, label, answer, expected, field);
	}

	judgeAllowed(operation, label, answer, expected, field) {
		assert.notEqual(answer.status, 401, label);
		assert.notEqual(answer.status, 403, `${label}: ${answer.text}`);
		assert.ok(operation.responses[answer.status], `${label}: ${answer.status} is not in the document: ${answer.text}`);
		if (expected) {
			assert.ok(expected.includes(answer.status), `${label}: ${answer.status} ${answer.text}`);
			assert.equal(answer.json.field, field, `${label}: ${answer.text}`);
		} else if (answer.status === 422 || answer.status === 400) {
			assert.doesNotMatch(answer.json.detail, CHECKER, label);
		}
		const schema = operation.responses[answer.status].content?.['application/json']?.schema;
		if (answer.status < 300 && schema) this.answers.push({ name: label, schema, body: answer.json });
	}
}

async function inParallel(jobs, run) {
	const next = jobs.values();
	await Promise.all(Array.from({ length: PARALLEL }, async () => {
		for (const job of next) await run(job);
	}));
}

async function prepare(world) {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '举报 01085321234 推销贷款');
	await smsc.text(SUBSCRIBER, 'KTJWPB');
	const api = new Api(world.daemon, { token: firstToken(world) });
	const { reports: [report] } = await waitFor('the report', async () => {
		const list = await api.get('/v1/reports');
		return list.reports.length > 0 && list;
	});
	const tokens = { nobody: '', stranger: `mrt_${'A'.repeat(43)}` };
	for (const role of ROLES) tokens[role] = await userToken(api, `the-${role}`, role);
	return { api, tokens, real: realOf(report.id) };
}

const commandsOf = (document) => document.operations().filter((operation) => operation['x-command']);

flow('every route, role and kind of request', { timeout: 240000 }, async (world) => {
	const { api, tokens, real } = await prepare(world);
	const document = new ApiDocument(await api.get('/v1/openapi.json'));
	const judge = new Judge(api, tokens);
	const jobs = commandsOf(document).flatMap((operation) => {
		const base = goodRequest(operation, real);
		const all = [...variants(operation, base)];
		// First what changes nothing; what is good comes last.
		return [...all, ['as it should be', base]].flatMap((variant) =>
			Object.keys(tokens).map((role) => ({ operation, variant, role })));
	});
	assert.ok(jobs.length > 3000, `${jobs.length} requests`);
	const faults = [];
	await inParallel(jobs, ({ operation, variant, role }) =>
		judge.judge(operation, variant, role).catch((error) => faults.push(error.message)));
	assert.deepEqual(faults, []);
	const raw = document.json;
	assert.equal(await violations(world.folder, raw, judge.answers.map(({ name, schema, body }) =>
		({ name, schema, body }))), '');
	const answered = new Set(judge.answers.map(({ name }) => name.split(' as ')[0]));
	process.stdout.write(`# ${judge.count} requests, ${judge.answers.length} answers by schema, ${answered.size} routes\n`);
	api.close();
});
