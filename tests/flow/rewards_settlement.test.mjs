// SPDX-License-Identifier: AGPL-3.0-or-later
// The ledger day by day: settlement files, and the comparison with the rewards system's account.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { violations } from '../lib/schema.mjs';
import { SELLER, fed, soldTo } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const DAY = 86400e3;
const dayOf = (ms) => new Date(ms + 8 * 3600e3).toISOString().slice(0, 10);
const OPEN = { config: { rewards: { settlement_delay_s: 0 } } };

const folder = (world) => path.join(world.daemon.config.state_dir, 'settlement');
const files = (world) => (fs.existsSync(folder(world)) ? fs.readdirSync(folder(world)).sort() : [])
	.filter((name) => !name.startsWith('.')); // one that is being written
const readDay = (world, day) => fs.readFileSync(path.join(folder(world), `${day}.ndjson`), 'utf8');
const objects = (text) => text.trim().split('\n').map((line) => JSON.parse(line));

const person = (i) => `+861380014${1000 + i}`;

// What a test calls today has to be one day to its end.
const dayHasTimeLeft = () => waitFor('the day to have a minute left or to be a new one',
	() => (Date.now() + 8 * 3600e3) % DAY < DAY - 60e3, { timeout: 70000 });

// So many credited reports, the last of which is left open.
async function credits(world, count) {
	await dayHasTimeLeft();
	const smsc = await world.smsc().connect();
	const last = person(count - 1);
	world.rewards.decide = ({ subscriber }) => (subscriber === last ? false : undefined);
	await world.rewards.start();
	for (let i = 0; i < count; i++) await soldTo(world, person(i));
	await world.records.complete();
	await fed(world);
	for (let i = 0; i < count; i++) await smsc.text(person(i), `${SELLER}*推销宽带`);
	await world.daemon.expectMetric('rewards_credited_total', count - 1);
	await waitFor('the last request', () => world.rewards.requests.length === count);
	await world.daemon.expectMetric('outbox_depth', 0);
}

// As if all of it had happened so many days ago. The keys of calls stay as they are.
async function age(world, days) {
	await world.daemon.stop();
	await tamper(world, `UPDATE reward SET created_ms=created_ms-${days * DAY},changed_ms=changed_ms-${days * DAY},
		settled_ms=settled_ms-${days * DAY}`);
	await world.daemon.start();
}

flow('a day that is over becomes a file that adds up, and what changes later is an adjustment', OPEN, async (world) => {
	await credits(world, 4);
	const now = Date.now();
	await age(world, 2);
	const day = dayOf(now - 2 * DAY);
	const yesterday = dayOf(now - DAY);
	await waitFor('the files of both days', () => files(world).length >= 2, { timeout: 30000 });
	assert.ok(files(world).every((name) => /^\d{4}-\d\d-\d\d\.ndjson$/.test(name)), String(files(world)));
	assert.ok(!files(world).includes(`${dayOf(now)}.ndjson`), 'today is not over');

	const text = readDay(world, day);
	const [header, ...rest] = objects(text);
	const trailer = rest.pop();
	assert.equal(await violations('settlement', objects(text)), '');
	assert.equal(header.settlement, day);
	assert.deepEqual(rest.map(({ state }) => state).sort(), ['credited', 'credited', 'credited', 'requested']);
	assert.equal(trailer.count, 4);
	assert.equal(trailer.credited_mb, 3 * 1024);
	assert.equal(trailer.sum_mb, 4 * 1024);
	const before = text.slice(0, text.trimEnd().lastIndexOf('\n') + 1);
	assert.equal(trailer.sha256, createHash('sha256').update(before).digest('hex'));
	assert.equal(objects(readDay(world, yesterday)).at(-1).count, 0);

	const shown = await world.daemon.json('rewards', 'settlement', day);
	assert.equal(shown.sha256, trailer.sha256);
	assert.equal(shown.written_now, false);

	// The open one is credited today; today is over tomorrow.
	const open = rest.find(({ state }) => state === 'requested');
	await world.redis.xadd(world.key('rewards:acks'), { id: open.id, status: 'credited' });
	await world.daemon.expectMetric('rewards_credited_total', 1);
	await age(world, 1);
	await tamper(world, `UPDATE reward SET created_ms=created_ms+${DAY} WHERE id='${open.id}'`);
	fs.rmSync(path.join(folder(world), `${yesterday}.ndjson`));
	const again = await world.daemon.json('rewards', 'settlement', yesterday);
	assert.equal(again.written_now, true);
	assert.deepEqual([again.count, again.adjustments, again.credited_mb], [1, 1, 1024]);
	const [, adjusted] = objects(readDay(world, yesterday));
	assert.equal(adjusted.id, open.id);
	assert.equal(adjusted.adjustment, true);
	assert.equal(adjusted.state, 'credited');
});

flow('days that were missed are written, old files go, and a changed one is told', {
	config: { rewards: { settlement_delay_s: 0, settlement_keep_days: 3 } },
}, async (world) => {
	await credits(world, 2);
	const now = Date.now();
	fs.mkdirSync(folder(world), { recursive: true });
	fs.writeFileSync(path.join(folder(world), '2020-01-01.ndjson'), '');
	await age(world, 10);
	await waitFor('the days that are kept', () => files(world).length === 3, { timeout: 30000 });
	const expected = [3, 2, 1].map((days) => `${dayOf(now - days * DAY)}.ndjson`);
	await waitFor(() => `${expected}; there are ${files(world)}`, () => String(files(world)) === String(expected));
	const file = path.join(folder(world), expected[0]);
	fs.appendFileSync(file, '{}\n');
	const { code, err } = await world.daemon.command('rewards', 'settlement', expected[0].slice(0, 10));
	assert.equal(code, 1);
	assert.match(err, /not what was written/);
});

// An account of the rewards system's, as CSV.
const csv = (rows) => ['id,status,amount_mb', ...rows.map((row) => row.join(','))].join('\n') + '\n';

async function reconcile(world, text, ...args) {
	const file = path.join(world.folder, 'account');
	fs.writeFileSync(file, text);
	const { code, out, err } = await world.daemon.command('--json', 'rewards', 'reconcile', file, ...args);
	return { code, err, ...(out ? JSON.parse(out) : {}) };
}

const named = ({ differences }) => differences.map(({ what, id, line }) => [what, id, line]);

flow('the rewards system\'s account is compared both ways, and each difference is named', async (world) => {
	await credits(world, 6);
	const today = dayOf(Date.now());
	const rows = (await query(world, 'SELECT id,state,amount_mb FROM reward ORDER BY id'))
		.map(({ id, state, amount_mb: mb }) => [id, state === 2 ? 'credited' : 'requested', mb]);
	const done = rows.filter(([, state]) => state === 'credited');
	const [open] = rows.filter(([, state]) => state !== 'credited');

	const same = await reconcile(world, csv(done), '--day', today);
	assert.equal(same.code, 0, JSON.stringify(same));
	assert.equal(same.balanced, true);
	assert.equal(same.matched, 5);
	assert.equal(same.here_mb, 5 * 1024);
	assert.equal(same.there_mb, 5 * 1024);

	const stranger = `W${'0'.repeat(32)}`;
	const wrong = await reconcile(world, csv([
		done[0],
		[done[1][0], 'credited', 2048],
		[done[2][0], 'failed', 1024],
		done[3],
		done[3],
		[open[0], 'credited', 1024],
		[stranger, 'credited', 1024],
		['nonsense', 'credited', 1024],
		[done[0][0], 'paid', 1024],
	]), '--day', today);
	assert.equal(wrong.code, 1);
	assert.deepEqual(named(wrong).sort(), [
		['amount differs', done[1][0], 3],
		['duplicate', done[3][0], 6],
		['missing here', stranger, 8],
		['missing there', done[4][0], null],
		['state differs', done[2][0], 4],
		['state differs', open[0], 7],
	].sort());
	assert.deepEqual(wrong.errors.map(({ line }) => line), [9, 10]);
	assert.match(wrong.errors[0].error, /id: 'nonsense'/);

	// What is said of a day is not missed on another; ids are known whatever their day.
	const other = await reconcile(world, csv(done), '--day', dayOf(Date.now() - 3 * DAY));
	assert.equal(other.code, 0, JSON.stringify(other));
	const none = await reconcile(world, csv([]), '--day', dayOf(Date.now() - 3 * DAY));
	assert.equal(none.code, 0);
	assert.equal((await reconcile(world, csv([]), '--day', today)).differences.length, 5);

	// As JSON Lines, as a table for people, and without a day.
	const lines = done.map(([id, state, mb]) => JSON.stringify({ id, state, amount_mb: mb })).join('\n');
	assert.equal((await reconcile(world, `{"settlement":"${today}"}\n${lines}\n`)).code, 0);
	assert.equal((await reconcile(world, lines)).code, 2);
	assert.equal((await reconcile(world, 'who,what\n1,2\n', '--day', today)).code, 1);
	const { code, out } = await world.daemon.command('rewards', 'reconcile', path.join(world.folder, 'account'),
		'--day', today);
	assert.equal(code, 1);
	assert.match(out, /missing there/);
	assert.equal((await world.daemon.command('rewards', 'reconcile', '/nowhere')).code, 1);
});

flow('our own file of a day agrees with our ledger', OPEN, async (world) => {
	await credits(world, 3);
	const now = Date.now();
	await age(world, 1);
	const day = dayOf(now - DAY);
	await waitFor('the file', () => files(world).includes(`${day}.ndjson`), { timeout: 30000 });
	const own = await reconcile(world, readDay(world, day));
	assert.equal(own.code, 0, JSON.stringify(own));
	assert.equal(own.matched, 3);
	const changed = await reconcile(world, readDay(world, day).replace('"amount_mb":1024', '"amount_mb":1025'));
	assert.equal(changed.code, 1);
	assert.equal(changed.errors.length, 1, 'its trailer no longer fits');
	assert.deepEqual(changed.differences.map(({ what }) => what), ['amount differs']);
});

flow('more than a page of entries is compared to its end', { timeout: 120000 }, async (world) => {
	await dayHasTimeLeft();
	const smsc = await world.smsc().connect();
	await smsc.text('+8613800138000', 'CXJB'); // a message, so that there is something
	await world.daemon.stop();
	const now = Date.now();
	await tamper(world, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1300)
		INSERT INTO reward(id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,attempts,changed_ms,returned)
		SELECT printf('W%032x',i),1000000+i,'+8613800138000','+8613712345678',i*1000,1,2,'',${now},1,${now}+i%3,0 FROM n`);
	await world.daemon.start();
	const day = dayOf(now);
	const ids = Array.from({ length: 1300 }, (_, i) => `W${(i + 1).toString(16).padStart(32, '0')}`);
	const rows = ids.map((id) => [id, 'credited', 1]);
	const same = await reconcile(world, csv(rows), '--day', day);
	assert.equal(same.code, 0, JSON.stringify(same).slice(0, 300));
	assert.equal(same.matched, 1300);
	const elsewhere = await reconcile(world, csv(rows), '--day', dayOf(now - 2 * DAY));
	assert.equal(elsewhere.matched, 1300);
	assert.equal((await reconcile(world, csv(rows.slice(1)), '--day', day)).differences[0].id, ids[0]);
	await tamper(world, 'DELETE FROM reward WHERE report_id>=1000000');
});
