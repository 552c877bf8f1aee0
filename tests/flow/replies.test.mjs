// SPDX-License-Identifier: AGPL-3.0-or-later
// The words of our texts: read from a directory, changed by SIGHUP, and never half taken.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { binary, run } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const BUILT_IN = fileURLToPath(new URL('../../deploy/replies/', import.meta.url));

// A directory of its own for the texts, with the lines of `changes` in zh.txt replaced.
function write(folder, changes) {
	const directory = path.join(folder, 'replies');
	fs.mkdirSync(directory, { recursive: true });
	fs.copyFileSync(path.join(BUILT_IN, 'en.txt'), path.join(directory, 'en.txt'));
	const lines = fs.readFileSync(path.join(BUILT_IN, 'zh.txt'), 'utf8').split('\n').map((line) => {
		const key = Object.keys(changes).find((name) => line.startsWith(`${name}:`));
		return key ? changes[key] : line;
	});
	fs.writeFileSync(path.join(directory, 'zh.txt'), lines.join('\n'));
	return directory;
}

const mine = (base, folder) => ({ reports: { replies: write(folder, { thanks: 'thanks: 您太客气了！', help: 'help: 帮助一' }) } });

async function reload(world) {
	const from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/configuration (reloaded|not taken)/, { from });
	return world.daemon.lines.slice(from).find((line) => /configuration (reloaded|not taken)/.test(line));
}

flow('texts come from the configured directory, and SIGHUP has them read anew', { config: mine }, async (world) => {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '帮助');
	await smsc.expect(SUBSCRIBER, /^帮助一$/);
	write(world.folder, { help: 'help: 帮助二' });
	assert.match(await reload(world), /reloaded/);
	await smsc.text(SUBSCRIBER, '帮助');
	await smsc.expect(SUBSCRIBER, /^帮助二$/);
});

flow('a bad file refuses the reload as a whole, with file and line', { config: mine }, async (world) => {
	const smsc = await world.smsc().connect();
	write(world.folder, { help: 'help: 帮助二', rejected: 'rejected: {number}<({day})>不成立' });
	const at = fs.readFileSync(path.join(world.folder, 'replies/zh.txt'), 'utf8').split('\n')
		.findIndex((line) => line.startsWith('rejected:')) + 1;
	const refused = await reload(world);
	assert.match(refused, new RegExp(`not taken: .*reports\\.replies: .*zh\\.txt:${at}: this text must name {reason}`));
	await smsc.text(SUBSCRIBER, '帮助');
	await smsc.expect(SUBSCRIBER, /^帮助一$/);
	fs.rmSync(path.join(world.folder, 'replies/en.txt'));
	assert.match(await reload(world), /not taken: .*en\.txt: No such file/);
});

flow('many signals at one time end with the last words', { config: mine }, async (world) => {
	const smsc = await world.smsc().connect();
	for (let i = 0; i < 20; i++) {
		write(world.folder, { help: `help: 第${i}次` });
		world.daemon.reload();
	}
	await reload(world);
	await waitFor('the last texts to be taken', async () => {
		smsc.forget();
		await smsc.text(SUBSCRIBER, '帮助');
		return (await smsc.expect(SUBSCRIBER, /^第\d+次$/)).text === '第19次';
	});
});

flow('short and plain words by configuration', { config: { reports: { style: 'plain' } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '帮助');
	await smsc.expect(SUBSCRIBER, /^有人打电话推销？/);
	await smsc.text(SUBSCRIBER, 'CXPB');
	await smsc.expect(SUBSCRIBER, /^现在：国外和港澳台来电未屏蔽，短信未屏蔽/);
});

flow('--check-config looks into the texts', { config: mine }, async (world) => {
	const check = () => run(binary('mianraod'), ['--check-config', '-c', world.daemon.file]);
	assert.match((await check()).out, /good/);
	write(world.folder, { help: 'help: {number}' });
	const { code, err } = await check();
	assert.equal(code, 1);
	assert.match(err, /zh\.txt:\d+: this text has no {number}/);
});
