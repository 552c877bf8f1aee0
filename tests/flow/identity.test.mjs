// SPDX-License-Identifier: AGPL-3.0-or-later
// Users, roles and tokens: made, known, changed, revoked; the first admin; what a kill leaves.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const DAY = 86400e3;
const TOKEN = /^mrt_[A-Za-z0-9_-]{43}$/;

const secretFile = (world) => path.join(world.daemon.config.state_dir, 'admin-secret');
const users = (world, ...args) => world.daemon.json('users', ...args);
const tokens = (world, ...args) => world.daemon.json('tokens', ...args);

// 403: known, though not for screening; 401: nobody.
async function known(daemon, token) {
	const { status } = await daemon.http('/v1/screen?caller=1&called=2', { headers: { Authorization: `Bearer ${token}` } });
	assert.ok(status === 401 || status === 403, `status ${status}`);
	return status === 403;
}

async function refused(world, code, pattern, ...args) {
	const answer = await world.daemon.command(...args);
	assert.equal(answer.code, code, answer.err);
	assert.match(answer.err, pattern);
}

flow('the first start makes an admin and a secret in a file, for a day and for one', async (world) => {
	const file = secretFile(world);
	const secret = fs.readFileSync(file, 'utf8').trim();
	assert.match(secret, TOKEN);
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	assert.ok(await known(world.daemon, secret));
	await world.daemon.expectLog(/'admin' was made, its token is in .*\/admin-secret for 24 h/);
	assert.ok(!fs.readFileSync(world.daemon.log, 'utf8').includes(secret), 'the log has no secret');
	const [row] = (await tokens(world)).tokens;
	assert.deepEqual([row.user, row.kind, row.state], ['admin', 'first', 'good']);
	assert.ok(Math.abs(Date.parse(row.expires) - Date.parse(row.created) - DAY) < 1000);

	// Another start makes none.
	await world.daemon.stop();
	await world.daemon.start();
	assert.equal(fs.readFileSync(file, 'utf8').trim(), secret);
	assert.ok(await known(world.daemon, secret));
	await users(world, 'add', 'zhao', 'viewer');
	assert.ok(fs.existsSync(file), 'a viewer is no admin');
	await users(world, 'add', 'li', 'admin');
	await waitFor('the file to be gone', () => !fs.existsSync(file));
	assert.ok(await known(world.daemon, secret), 'whoever read it has it for a day');
	await users(world, 'disable', 'admin');
	assert.ok(!await known(world.daemon, secret));
	await refused(world, 1, /li is the last admin/, 'users', 'remove', 'li');
	await users(world, 'remove', 'admin');
});

flow('the file goes with its token: revoked, or expired while nothing ran', async (world) => {
	const file = secretFile(world);
	await tokens(world, 'revoke', '1');
	await waitFor('the file to be gone', () => !fs.existsSync(file));
	await world.daemon.stop();
	await world.daemon.start();
	assert.ok(!fs.existsSync(file), 'there is a user: the socket helps, and no new secret');

	fs.writeFileSync(file, 'left behind\n');
	await world.daemon.stop();
	await world.daemon.start();
	await waitFor('the file to be gone', () => !fs.existsSync(file));
});

flow('what stands where the secret goes is no way to it', { started: false }, async (world) => {
	const elsewhere = path.join(world.folder, 'elsewhere');
	fs.writeFileSync(elsewhere, 'mine');
	fs.symlinkSync(elsewhere, secretFile(world));
	await world.daemon.start();
	assert.equal(fs.readFileSync(elsewhere, 'utf8'), 'mine');
	assert.ok(fs.lstatSync(secretFile(world)).isFile());
	assert.match(fs.readFileSync(secretFile(world), 'utf8').trim(), TOKEN);
});

flow('users and tokens are made, listed, changed and revoked, all of it audited', async (world) => {
	const li = await users(world, 'add', 'li', 'reviewer,auditor');
	assert.deepEqual([li.name, li.roles, li.disabled], ['li', ['reviewer', 'auditor'], false]);
	const made = await tokens(world, 'create', 'li', '--label', 'night shift', '--days', '3');
	assert.match(made.token, TOKEN);
	assert.deepEqual([made.user, made.kind, made.state, made.label], ['li', 'api', 'good', 'night shift']);
	assert.ok(Math.abs(Date.parse(made.expires) - Date.now() - 3 * DAY) < 60e3);
	const other = await tokens(world, 'create', 'li');
	assert.ok(Math.abs(Date.parse(other.expires) - Date.now() - 90 * DAY) < 60e3, '90 days unless told');
	assert.ok(await known(world.daemon, made.token) && await known(world.daemon, other.token));
	await waitFor('the day of use', async () => (await tokens(world, '--user', 'li')).tokens.every((one) => one.last_used_day));
	const listed = (await tokens(world, 'list', '--user', 'li')).tokens;
	assert.deepEqual(listed.map(({ id }) => id), [other.id, made.id]);
	assert.ok(!JSON.stringify(listed).includes('mrt_'), 'a token is told once');
	assert.deepEqual((await users(world)).users.map(({ name, tokens: count }) => [name, count]), [['admin', 1], ['li', 2]]);

	// A revocation holds when it is answered.
	await tokens(world, 'revoke', String(made.id));
	assert.ok(!await known(world.daemon, made.token) && await known(world.daemon, other.token));
	await users(world, 'disable', 'li');
	assert.ok(!await known(world.daemon, other.token));
	await users(world, 'enable', 'li');
	assert.ok(await known(world.daemon, other.token));
	await users(world, 'set-role', 'li', 'viewer');
	await users(world, 'remove', 'li');
	assert.ok(!await known(world.daemon, other.token));
	await users(world, 'add', 'li', 'admin');
	assert.ok(!await known(world.daemon, other.token), 'another li');

	const audit = await query(world, "SELECT actor,action,object,before,after FROM audit_log WHERE action LIKE 'user_%' OR action LIKE 'token_%' ORDER BY id");
	assert.deepEqual(audit.map(({ action, object }) => `${action} ${object}`), [
		'user_add admin', 'token_create admin token 1', 'user_add li', 'token_create li token 2', 'token_create li token 3',
		'token_revoke li token 2', 'user_disable li', 'user_enable li', 'user_roles li', 'user_remove li', 'user_add li']);
	assert.equal(audit[0].actor, 'first start');
	assert.match(audit[2].actor, /^uid \d+ pid \d+$/);
	assert.deepEqual([audit[8].before, audit[8].after], ['reviewer,auditor', 'viewer']);
	assert.ok(!JSON.stringify(audit).includes(made.token.slice(4)));
	const stored = (await query(world, 'SELECT hash FROM token')).map(({ hash }) => hash);
	assert.ok(stored.every((hash) => /^sha256:[0-9a-f]{64}$/.test(hash)));
});

flow('to the last ms, whatever the clock does', async (world) => {
	const { token, id } = await tokens(world, 'create', 'admin', '--days', '1');
	assert.ok(await known(world.daemon, token));
	// As if it had been made earlier: it ends soon.
	const end = Date.now() + 1500;
	await tamper(world, `UPDATE token SET expires_ms=${end} WHERE id=${id}; UPDATE identity SET version=version+1`);
	await waitFor('its end', async () => !await known(world.daemon, token));
	assert.ok(Date.now() >= end - 1, 'not before its time');
	assert.equal((await tokens(world)).tokens.find((one) => one.id === id).state, 'expired');
	// Made "tomorrow": this clock was set back.
	const { token: late, id: lateId } = await tokens(world, 'create', 'admin');
	await tamper(world, `UPDATE token SET created_ms=${Date.now() + DAY} WHERE id=${lateId}; UPDATE identity SET version=version+1`);
	await waitFor('the book', async () => !await known(world.daemon, late));
	await tamper(world, `UPDATE token SET created_ms=${Date.now() + 60e3} WHERE id=${lateId}; UPDATE identity SET version=version+1`);
	await waitFor('a clock of another gateway, a minute ahead', () => known(world.daemon, late));
});

flow('what cannot be is refused, and says why', async (world) => {
	await users(world, 'add', 'li', 'viewer');
	for (const [code, pattern, ...args] of [
		[1, /name: there is a user 'li'/, 'users', 'add', 'li', 'viewer'],
		[1, /name: wants 1 to 31/, 'users', 'add', 'Li Wei', 'viewer'],
		[1, /name: wants 1 to 31/, 'users', 'add', 'x'.repeat(32), 'viewer'],
		[1, /roles: wants some of/, 'users', 'add', 'wang', 'emperor'],
		[1, /roles: wants some of/, 'users', 'set-role', 'li', ''],
		[1, /name: there is no user 'wang'/, 'users', 'remove', 'wang'],
		[1, /last admin/, 'users', 'disable', 'admin'],
		[1, /last admin/, 'users', 'set-role', 'admin', 'viewer'],
		[1, /last admin/, 'users', 'remove', 'admin'],
		[1, /already/, 'users', 'enable', 'li'],
		[1, /user: there is no user 'wang'/, 'tokens', 'create', 'wang'],
		[1, /days: not from 1 to 366/, 'tokens', 'create', 'li', '--days', '367'],
		[1, /days: not from 1 to 366/, 'tokens', 'create', 'li', '--days', '0'],
		[1, /label: is longer/, 'tokens', 'create', 'li', '--label', 'x'.repeat(64)],
		[1, /label: has a character/, 'tokens', 'create', 'li', '--label', 'a\nb'],
		[1, /id: there is no token 77/, 'tokens', 'revoke', '77'],
		[2, /usage/, 'tokens', 'revoke', 'x'],
		[2, /usage/, 'tokens', 'create'],
		[2, /usage/, 'users', 'add', 'li'],
		[2, /usage/, 'users', 'burn', 'li'],
		[2, /usage/, 'users', 'add', 'a', 'viewer', 'x'],
		[2, /usage/, 'tokens', 'list', '--days', '3'],
	]) await refused(world, code, pattern, ...args);
	const me = await world.daemon.json('whoami');
	assert.match(me.actor, /^uid \d+ pid \d+$/);
	assert.deepEqual(me.roles, ['admin']);
	assert.ok(me.may.includes('users add') && me.may.includes('reveal') && me.user === undefined);
});

flow('a token that was printed works after a kill, and none is lost halfway', async (world) => {
	await users(world, 'add', 'li', 'operator');
	for (let round = 0; round < 4; round++) {
		const printed = [];
		let going = true;
		const making = (async () => {
			while (going) {
				const { code, out } = await world.daemon.command('--json', 'tokens', 'create', 'li');
				if (code === 0) printed.push(JSON.parse(out));
			}
		})();
		await waitFor('some tokens', () => printed.length >= 2 + round);
		await world.daemon.kill();
		going = false;
		await making;
		await world.daemon.start();
		for (const { token } of printed) assert.ok(await known(world.daemon, token));
		const rows = await query(world, "SELECT COUNT(*) count FROM token WHERE user='li' AND revoked_ms IS NULL");
		const audited = await query(world, "SELECT COUNT(*) count FROM audit_log WHERE action='token_create' AND object LIKE 'li %'");
		assert.deepEqual(rows, audited, 'each is audited, also what nobody was told any more');
	}
});

flow('a kill at the first start leaves a secret that works, or makes another', { started: false }, async (world) => {
	for (let round = 0; round < 6; round++) {
		world.daemon.launch();
		await waitFor('a secret', () => fs.existsSync(secretFile(world)), { every: 1, timeout: 20000 });
		await world.daemon.kill();
		await world.daemon.start();
		const secret = fs.readFileSync(secretFile(world), 'utf8').trim();
		assert.match(secret, TOKEN);
		assert.ok(await known(world.daemon, secret));
		await world.daemon.stop();
		for (const file of fs.readdirSync(world.daemon.config.state_dir))
			if (/^mianrao\.db|^admin-secret/.test(file)) fs.rmSync(path.join(world.daemon.config.state_dir, file));
	}
	await world.daemon.start();
});
