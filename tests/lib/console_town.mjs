// SPDX-License-Identifier: AGPL-3.0-or-later
// console_town.mjs - a gateway in which something of everything has happened, to be looked at.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { SELLER, expectState, fed, soldTo } from './steps.mjs';
import { waitFor } from './wait.mjs';

export const TOWN = {
	reports: { join_s: 0 },
	rewards: { overdue_s: 1, repeat_s: 3600 },
	blocking: { on_blocked_sms: 'quarantine' },
};
export const ABROAD = '+85298765432';
const person = (n) => `+861380013800${n}`;

function rulesFile(world, text) {
	const file = path.join(world.folder, 'operator.rules');
	fs.writeFileSync(file, text);
	return file;
}

export const setOperatorRules = (world, text, note) =>
	world.daemon.json('rules', 'operator', 'set', rulesFile(world, text), '--note', note);

// One verified and credited, one whose credit was refused, one whose credit nobody answers.
async function verdicts(world, smsc) {
	const refusals = [undefined, 'account closed', false];
	world.rewards.decide = () => refusals.shift();
	await world.rewards.start();
	const ids = [];
	for (const n of [0, 1, 2]) {
		const id = await smsc.text(person(n), `${SELLER}*推销宽带，说可以免费升级千兆`);
		await expectState(world, id, 'verified');
		ids.push(id);
		await waitFor('the request', () => world.rewards.requests.length === n + 1);
	}
	return ids;
}

// What a subscriber blocks, and what was blocked.
async function shield(world, smsc) {
	const hub = await world.hub().connect();
	const after = smsc.to(person(0)).length;
	await smsc.text(person(0), 'KTJWPB');
	await smsc.expect(person(0), /./, { after });
	await waitFor('the shield', async () => (await world.daemon.json('screen', ABROAD, person(0), '--sms', '--international')).blocked);
	await hub.message(ABROAD, person(0), 'hello from abroad');
	await waitFor('the attempt', async () => (await world.daemon.json('blocked', person(0))).blocked.length === 1);
}

export async function settle(world) {
	const smsc = await world.smsc().connect();
	for (const n of [0, 1, 2, 3, 4]) await soldTo(world, person(n), SELLER);
	await world.records.complete();
	await fed(world);
	const [verified, failed, overdue] = await verdicts(world, smsc);
	const review = await smsc.text(person(3), `举报${SELLER}骚扰`);
	const rejected = await smsc.text(person(5), '举报13887654321 推销贷款，昨天上午十点');
	await expectState(world, review, 'review');
	await expectState(world, rejected, 'rejected');
	await shield(world, smsc);
	await setOperatorRules(world, 'block sms from 106\nallow call from 95588\n', '群发端口');
	await setOperatorRules(world, 'block sms from 1068\nallow call from 95588\nlabel call from hmt\n', 'only the ports of campaigns');
	assert.ok(verified && failed && overdue);
	return { smsc, verified, failed, overdue, review, rejected, person };
}
