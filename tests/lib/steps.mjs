// SPDX-License-Identifier: AGPL-3.0-or-later
// steps.mjs - what many flow tests do in the same way.

import assert from 'node:assert/strict';

import { waitFor } from './wait.mjs';

export const SUBSCRIBER = '+8613800138000';
export const SELLER = '13712345678';
export const REPORT_ID = /R[0-9A-HJKMNP-TV-Z]{7}/;

// A seller with a wide fan-out who called the subscriber some minutes ago, and a feed that is well.
export async function soldTo(world, subscriber = SUBSCRIBER, seller = SELLER, call = {}) {
	if (!world.sellers?.has(seller)) {
		world.sellers = (world.sellers ?? new Set()).add(seller);
		await world.records.campaign(seller, 60);
	}
	const start = call.start ?? Date.now() - 5 * 60e3;
	await world.records.call(seller, subscriber, { duration: 40, ...call, start });
	return start;
}

// Sends each text and wants the answer that follows it to match; all from one sender.
export async function converse(smsc, turns, options = {}) {
	const from = options.from ?? SUBSCRIBER;
	for (const [text, match] of turns) {
		const after = smsc.to(from).length;
		await smsc.text(from, text, options);
		const answer = await smsc.expect(from, /./, { after });
		assert.match(answer.text, match, text);
	}
}

// A number as the gateway shows it to those who may not know it whole.
export function masked(number) {
	return number.replace(/^\+86/, '').replace(/^(\d{3})\d{4}(\d{4})$/, '$1****$2');
}

export function report(world, id) {
	return world.daemon.json('report', id);
}

export function expectState(world, id, state, options) {
	let seen;
	return waitFor(() => `report ${id} to be ${state}; it is ${seen}`, async () => {
		const found = await report(world, id);
		seen = found.state;
		return seen === state && found;
	}, { every: 60, ...options });
}

// All that was written to the stream is in the index.
export const fed = (world) => waitFor('the feed to be read to its end', async () => {
	const [group] = await world.redis.command('XINFO', 'GROUPS', world.key('cdr'));
	return group[group.indexOf('lag') + 1] === 0 && group[group.indexOf('pending') + 1] === 0;
}, { every: 50 });

// A report that is verified and credited, seen from the handset; gives its id.
export async function verifiedReport(world, smsc, subscriber = SUBSCRIBER, seller = SELLER) {
	await soldTo(world, subscriber, seller);
	await world.records.complete();
	await fed(world); // else a call is missing from what the feed has called complete
	const after = smsc.to(subscriber).length;
	const id = await smsc.text(subscriber, `${seller}*推销宽带`);
	assert.match(id, REPORT_ID);
	await smsc.expect(subscriber, new RegExp(id), { after });
	await smsc.expect(subscriber, /核实成立/, { after });
	return id;
}

// What a command of the control socket answers; and that one is refused with that code.
export async function result(world, command, args) {
	const reply = await world.daemon.ask(command, args);
	assert.ok(reply.ok, `${command}: ${reply.error}`);
	return reply.result;
}

export async function refused(world, code, command, args) {
	const reply = await world.daemon.ask(command, args);
	assert.equal(reply.ok, false, `${command} ${JSON.stringify(args)}`);
	assert.equal(reply.code, code, reply.error);
	return reply;
}
