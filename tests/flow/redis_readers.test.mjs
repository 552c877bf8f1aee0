// SPDX-License-Identifier: AGPL-3.0-or-later
// Those who read the rules in Redis themselves: the page that tells them how, and its program.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { run, start } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const FOLDER = path.resolve(import.meta.dirname, '../../deploy/redis');
const page = fs.readFileSync(path.join(FOLDER, 'README.md'), 'utf8');
const OTHER = '+8613800138001';

const change = async (world, subscriber, ...args) => {
	const { code, err } = await world.daemon.command('rules', subscriber, ...args);
	assert.equal(code, 0, err);
};

flow('the commands of the page show the rules', async (world) => {
	await change(world, SUBSCRIBER, 'add', 'block call,sms from international');
	await waitFor('the rules', () => world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`)));
	const [, commands] = /```sh\n(.*?)```/s.exec(page);
	const here = commands.replaceAll('redis-cli', `redis-cli -p ${world.redis.port}`).replaceAll('mr:', world.prefix);
	const { out, code } = await run('sh', ['-ec', here]);
	assert.equal(code, 0);
	const [epoch, rule] = out.split('\n');
	assert.equal(epoch, await world.redis.command('GET', world.key('rules:epoch')));
	assert.equal(rule, 'block call,sms from international');
});

flow('the steps of the page are those of the decisions', async (world) => {
	const tiers = [...page.matchAll(/^\| [1-5–] \| .* \| (.*) \|$/gm)].flatMap(([, names]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
	const seen = new Set();
	const why = async (...args) => seen.add((await world.daemon.json('screen', ...args)).tier);
	await change(world, SUBSCRIBER, 'add', 'allow call from +1');
	await change(world, SUBSCRIBER, 'add', 'block call from 13912345678');
	await change(world, SUBSCRIBER, 'add', 'block call from international');
	const rules = path.join(world.folder, 'operator.rules');
	fs.writeFileSync(rules, 'allow call from 13912340000\nblock call from 13912341111\nlabel call from withheld\n');
	const set = await world.daemon.command('rules', 'operator', 'set', rules, '--note', 'for the page', '--force');
	assert.equal(set.code, 0, set.err);
	for (const caller of ['110', '+12025550123', '13912345678', '13912340000', '13912341111', '+442079460111', 'withheld', '13899990000'])
		await why(caller, SUBSCRIBER);
	assert.deepEqual([...seen].sort(), tiers.sort());
});

flow('follow.py is told of every change, over a flush and a restart of Redis', { redis: { appendonly: true } }, async (world) => {
	await change(world, SUBSCRIBER, 'add', 'block call from international');
	await waitFor('the rules', () => world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`)));
	const follower = start('/usr/bin/python3', [path.join(FOLDER, 'follow.py'), '--port', world.redis.port, '--prefix', world.prefix, SUBSCRIBER, OTHER].map(String));
	const told = (line) => waitFor(() => `${line} in ${follower.lines.slice(-4)}`, () => follower.lines.at(-1) === line || follower.lines.includes(line));
	try {
		await told(`${SUBSCRIBER}: block call from international`);
		await told(`${OTHER}: no rules`);
		await change(world, OTHER, 'add', 'label sms from 106');
		await told(`${OTHER}: label sms from 106`);
		const before = follower.lines.length;
		const epoch = await world.redis.command('GET', world.key('rules:epoch'));
		await world.redis.command('FLUSHALL');
		await waitFor('another epoch', async () => ![null, epoch].includes(await world.redis.command('GET', world.key('rules:epoch'))));
		await change(world, OTHER, 'add', 'block sms from alphanumeric');
		await told(`${OTHER}: label sms from 106; block sms from alphanumeric`);
		assert.ok(!follower.lines.slice(before).some((line) => line.endsWith('no rules')), 'never half-filled');
		await world.redis.stop();
		await world.redis.start();
		await change(world, OTHER, 'remove', 'label sms from 106');
		await told(`${OTHER}: block sms from alphanumeric`);
	} finally {
		follower.kill('SIGKILL');
		await follower.ended;
	}
});
