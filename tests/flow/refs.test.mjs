// SPDX-License-Identifier: AGPL-3.0-or-later
// References beside masked numbers: they stand for the number wherever one is asked for, and reveal nothing.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { SELLER, SUBSCRIBER, masked, refused, result, verifiedReport } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const REF = /^~[A-Za-z0-9_-]{22}$/;

flow('a reference stands for its number, and who asked by it is not told the number', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const { reports: [row] } = await result(world, 'reports');
	assert.match(row.subscriber_ref, REF);
	assert.match(row.number_ref, REF);
	assert.equal(row.subscriber, masked(SUBSCRIBER));
	const report = await result(world, 'report', { id });
	assert.equal(report.number_ref, row.number_ref, 'the same number has the same reference');
	assert.equal(report.subscriber_ref, row.subscriber_ref);
	const ledger = await result(world, 'rewards');
	assert.equal(ledger.rewards[0].subscriber_ref, row.subscriber_ref);
	assert.equal(ledger.rewards[0].caller_ref, row.number_ref);

	for (const number of [SUBSCRIBER, '138 0013 8000', row.subscriber_ref]) {
		const known = !number.startsWith('~');
		const rules = await result(world, 'rules', { number, op: 'set', text: 'block call from +1' });
		assert.deepEqual(rules.rules, ['block call from +1']);
		assert.equal(rules.subscriber, known ? SUBSCRIBER : masked(SUBSCRIBER));
		assert.equal((await result(world, 'reports', { subscriber: number })).reports[0].id, id);
		assert.deepEqual((await result(world, 'blocked', { number })).blocked, []);
	}
	const screened = await result(world, 'screen', { caller: row.number_ref, called: row.subscriber_ref, why: true });
	assert.equal(screened.caller, masked(`+86${SELLER}`));
	assert.ok(!JSON.stringify(screened).includes(SUBSCRIBER.slice(3)), 'the number is nowhere in the answer');
	const open = await result(world, 'screen', { caller: SELLER, called: SUBSCRIBER });
	assert.equal(open.called, SUBSCRIBER);
	const erased = await result(world, 'erase-calls', { number: row.number_ref });
	assert.equal(erased.number_ref, row.number_ref);

	const log = world.daemon.lines.join('\n');
	assert.ok(!log.includes(SELLER), 'no whole number in the log');
});

flow('what is no reference of this gateway is refused, and its text is not repeated', async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const { reports: [row] } = await result(world, 'reports');
	const changed = `${row.number_ref.slice(0, 10)}${row.number_ref[10] === 'A' ? 'B' : 'A'}${row.number_ref.slice(11)}`;
	const bad = ['~', '~~', changed, `${row.number_ref}A`, row.number_ref.slice(0, -1), `${row.number_ref}==`,
		`~${'A'.repeat(22)}`, `~${Buffer.from('+8613800138000').toString('base64url')}`, '~%', "~' OR '1'='1"];
	for (const ref of bad)
		for (const [command, name] of [['reports', 'number'], ['reports', 'subscriber'], ['rules', 'number'],
			['blocked', 'number'], ['erase-calls', 'number']]) {
			const reply = await refused(world, 'invalid', command, { [name]: ref });
			assert.equal(reply.field, name);
			assert.match(reply.error, /is no reference that this gateway gave/);
		}
	await refused(world, 'invalid', 'screen', { caller: changed, called: SUBSCRIBER });
	await refused(world, 'invalid', 'screen', { caller: SELLER, called: changed });
});

flow('the key outlives a restart, and another gateway with the same file knows the references', async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const { reports: [before] } = await result(world, 'reports');
	const file = path.join(world.daemon.config.state_dir, 'ref.key');
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	await world.daemon.kill();
	await world.daemon.start();
	const { reports: [after] } = await result(world, 'reports');
	assert.equal(after.number_ref, before.number_ref);

	await world.daemon.stop();
	const shared = path.join(world.folder, 'shared.key');
	fs.renameSync(file, shared);
	world.daemon.write({ ...world.daemon.config, ref_key_file: shared });
	await world.daemon.start();
	assert.equal((await result(world, 'reports')).reports[0].number_ref, before.number_ref);
	assert.ok(!fs.existsSync(file));

	// With another key the old reference means nothing.
	await world.daemon.stop();
	fs.writeFileSync(shared, `${'5a'.repeat(32)}\n`);
	await world.daemon.start();
	assert.notEqual((await result(world, 'reports')).reports[0].number_ref, before.number_ref);
	await refused(world, 'invalid', 'reports', { number: before.number_ref });
});
