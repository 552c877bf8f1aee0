// SPDX-License-Identifier: AGPL-3.0-or-later
// The audit: who did what, listed; and whatever somebody does to it with the database in hand, named.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { run } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const TRIGGERS = ['audit_new', 'audit_kept', 'audit_stays', 'audit_text_new', 'audit_text_kept', 'audit_text_stays'];

const database = (world) => path.join(world.daemon.config.state_dir, 'mianrao.db');
const headFile = (world) => path.join(world.daemon.config.state_dir, 'audit-head');
const head = (world) => (fs.existsSync(headFile(world)) ? Number(fs.readFileSync(headFile(world), 'utf8').split(' ')[0]) : 0);
const newest = async (world) => (await query(world, 'SELECT MAX(id) id FROM audit'))[0].id;

async function someRows(world) {
	for (let i = 0; i < 6; i++) await world.daemon.json('rules', `1380013800${i}`, 'add', 'block call from +1');
	await waitFor('the file to tell of the newest', async () => head(world) === await newest(world));
}

// The answer, also when it is no good news.
async function verify(world) {
	const { code, out, err } = await world.daemon.command('--json', 'audit', 'verify');
	assert.ok(out, err);
	return { code, ...JSON.parse(out) };
}

async function sqlite(world, sql, { drop = true } = {}) {
	const drops = drop ? TRIGGERS.map((name) => `DROP TRIGGER ${name};`).join('') : '';
	return run('sqlite3', ['-bail', '-cmd', '.timeout 10000', database(world), `${drops}${sql}`]);
}

flow('what nobody touched is whole, and its newest row is told outside of the database', async (world) => {
	await someRows(world);
	const whole = await verify(world);
	assert.deepEqual([whole.code, whole.whole, whole.broken, whole.first_broken], [0, true, 0, null]);
	assert.deepEqual(whole.newest, whole.head);
	assert.equal(whole.rows, await newest(world));
	const line = await world.daemon.expectLog(/audit: newest row \d+ hash [0-9a-f]{64}/);
	assert.ok(line);
	const people = await world.daemon.command('audit', 'verify');
	assert.equal(people.code, 0);
	assert.match(people.out, /whole\s+(yes|true)/);
	for (const sql of ["UPDATE audit SET actor='x'", 'DELETE FROM audit', "UPDATE audit_text SET after='x'", 'DELETE FROM audit_text'])
		assert.match((await sqlite(world, sql, { drop: false })).err, /of the audit is never/);
	// What was committed last is told when the daemon ends, too.
	await world.daemon.json('rules', SUBSCRIBER, 'add', 'block call from +44');
	await world.daemon.stop();
	assert.equal(head(world), await newest(world));
	await world.daemon.start();
	assert.equal((await verify(world)).code, 0);
});

flow('each thing that can be done to it is named', { audited: false, timeout: 240000 }, async (world) => {
	await someRows(world);
	await world.daemon.stop();
	const last = await newest(world);
	const kept = path.join(world.folder, 'kept');
	fs.cpSync(world.daemon.config.state_dir, kept, { recursive: true });
	const row = last - 3;
	for (const [name, sql, id, why] of [
		['changed', `UPDATE audit_text SET after='' WHERE id=${row}`, row, /not what was written/],
		['another who', `UPDATE audit SET actor='uid 7 pid 7' WHERE id=${row}`, row, /not what was written/],
		['deleted', `DELETE FROM audit WHERE id=${row}; DELETE FROM audit_text WHERE id=${row}`, row + 1, /rows before it are missing/],
		['inserted', `INSERT INTO audit SELECT ${last + 1},at_ms,actor,action,hash,form FROM audit WHERE id=${last}; INSERT INTO audit_text SELECT ${last + 1},salt,object,before,after,NULL FROM audit_text WHERE id=${last}`, last + 1, /not what was written/],
		['reordered', ['audit', 'audit_text'].map((table) => `UPDATE ${table} SET id=-1 WHERE id=${row}; UPDATE ${table} SET id=${row} WHERE id=${row + 1}; UPDATE ${table} SET id=${row + 1} WHERE id=-1;`).join(''), row, /not what was written/],
		['truncated', `DELETE FROM audit WHERE id>=${row}; DELETE FROM audit_text WHERE id>=${row}`, last, /audit-head tells, and is not there/],
	]) {
		const { code, err } = await sqlite(world, sql);
		assert.equal(code, 0, `${name}: ${err}`);
		await world.daemon.start();
		const found = await verify(world);
		assert.deepEqual([found.code, found.whole, found.first_broken.id], [1, false, id], name);
		assert.match(found.first_broken.why, why, name);
		if (name === 'truncated') {
			assert.deepEqual([found.first_broken.at, found.head.id, found.newest.id], [null, last, row - 1]);
			await world.daemon.expectLog(/audit-head tells of row \d+ of the audit, the store does not/);
			// New rows do not hide it, and the evidence stays.
			await world.daemon.json('rules', SUBSCRIBER, 'add', 'block call from +44');
			assert.equal(head(world), last);
			assert.match((await verify(world)).first_broken.why, /rows before it are missing/);
		} else {
			assert.equal(found.first_broken.action, 'rules');
			assert.match(found.first_broken.at, /^\d{4}-/);
		}
		await world.daemon.stop();
		fs.rmSync(world.daemon.config.state_dir, { recursive: true });
		fs.cpSync(kept, world.daemon.config.state_dir, { recursive: true });
	}
	await world.daemon.start();
	assert.equal((await verify(world)).code, 0, 'the copy is whole');
	fs.writeFileSync(headFile(world), 'nothing\n');
	assert.match((await verify(world)).first_broken.why, /says nothing/);
	fs.rmSync(headFile(world));
	await waitFor('another file', () => head(world) > 0);
	assert.equal((await verify(world)).code, 0);
});

flow('a kill leaves a file that tells of a row that is there', async (world) => {
	for (let round = 0; round < 4; round++) {
		let going = true;
		const writing = (async () => {
			for (let i = 0; going; i++) await world.daemon.command('rules', SUBSCRIBER, 'set', '/dev/null').catch(() => {});
		})();
		const adding = (async () => {
			for (let i = 0; going; i++) await world.daemon.command('rules', SUBSCRIBER, 'add', `block call from +${100 + i}`).catch(() => {});
		})();
		const before = head(world);
		await waitFor('the file to go on', () => head(world) > before);
		await world.daemon.kill();
		going = false;
		await Promise.all([writing, adding]);
		await world.daemon.start();
		assert.deepEqual([(await verify(world)).code, head(world) > 0], [0, true]);
	}
});

flow('who did what, page by page, with numbers only for those who ask for them', async (world) => {
	await world.daemon.json('users', 'add', 'li', 'auditor');
	for (let i = 0; i < 5; i++) await world.daemon.json('rules', `1380013800${i}`, 'add', 'block call from +85298765432');
	const list = (...args) => world.daemon.json('audit', 'list', ...args);
	const all = (await list()).rows;
	assert.ok(all.length >= 8 && all[0].id > all[1].id);
	const [rule] = all;
	assert.deepEqual([rule.action, rule.object, rule.before, rule.erased], ['rules', '138****8004', '', false]);
	assert.match(rule.after, /\+852\*\*\*\*5432/);
	const [open] = (await list('--limit', '1', '--reveal')).rows;
	assert.deepEqual([open.object, open.after], ['+8613800138004', 'block call from +85298765432\n']);

	const pages = [];
	let cursor;
	do {
		const page = await list('--limit', '2', ...(cursor ? ['--cursor', String(cursor)] : []));
		assert.ok(page.rows.length <= 2);
		pages.push(...page.rows);
		cursor = page.next;
	} while (cursor);
	assert.deepEqual(pages, all);

	assert.deepEqual((await list('--action', 'user_add')).rows.map(({ object }) => object), ['li', 'admin']);
	assert.deepEqual((await list('--actor', 'first start')).rows.map(({ action }) => action), ['token_create', 'user_add']);
	assert.equal((await list('--actor', 'uid ', '--action', 'rules')).rows.length, 5);
	assert.equal((await list('--until', '2020-01-01T00:00:00+08:00')).rows.length, 0);
	assert.equal((await list('--since', new Date(Date.now() - 3600e3).toISOString())).rows.length, all.length);
	for (const [pattern, ...args] of [
		[/limit: not from 1 to 1000/, '--limit', '0'], [/limit: not/, '--limit', '1001'], [/cursor: /, '--cursor', '-1'],
		[/since: is no time/, '--since', 'yesterday'], [/action: wants/, '--action', 'x'.repeat(300)]]) {
		const { code, err } = await world.daemon.command('audit', 'list', ...args);
		assert.equal(code, 1);
		assert.match(err, pattern);
	}
	assert.equal((await world.daemon.command('audit', 'burn')).code, 2);
	assert.equal((await world.daemon.command('audit', 'list', '--limit', 'x')).code, 2);
});
