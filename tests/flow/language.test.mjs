// SPDX-License-Identifier: AGPL-3.0-or-later
// New words and number prefixes are files: a running gateway learns them by SIGHUP, and refuses bad ones.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { binary, run } from '../lib/process.mjs';
import { REPORT_ID, SUBSCRIBER, report } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const NEW_NUMBER = '12312345678';
const NEW_WORD = '量子快线';

// Directories of tables in the world's folder, empty at first.
const directories = {
	config: (base, folder) => {
		for (const name of ['language', 'numbering']) fs.mkdirSync(path.join(folder, name));
		return { language_dir: path.join(folder, 'language'), numbering_dir: path.join(folder, 'numbering') };
	},
};

const put = (world, name, lines) => fs.writeFileSync(path.join(world.folder, name), `${lines.join('\n')}\n`);

// SIGHUP, and what the log says of it.
async function reload(world) {
	const from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/configuration (reloaded|not taken)/, { from });
	return world.daemon.lines.slice(from);
}

const taken = (lines) => lines.some((line) => /configuration reloaded/.test(line));

// Texts a report and gives what the gateway made of it.
async function reported(world, smsc, subscriber, text) {
	const id = await smsc.text(subscriber, text);
	assert.match(id, REPORT_ID);
	return report(world, id);
}

flow('a running gateway learns a mobile prefix and a product word', directories, async (world) => {
	const smsc = await world.smsc().connect();
	const before = await reported(world, smsc, '+8613800138001', `${NEW_NUMBER}推销${NEW_WORD}`);
	assert.equal(before.state, 'needs_number');
	assert.equal(before.category, 'unknown');

	put(world, 'language/words.local.tsv', ['# a product of this year', `${NEW_WORD}\tbroadband`]);
	put(world, 'numbering/mobile.local.tsv', ['123\t11']);
	assert.ok(taken(await reload(world)));
	const after = await reported(world, smsc, '+8613800138002', `${NEW_NUMBER}推销${NEW_WORD}`);
	assert.equal(after.state, 'pending');
	assert.equal(after.category, 'broadband');
	assert.equal(after.number, '123****5678');

	// A subscriber of the new prefix may text, too.
	const own = await reported(world, smsc, `+86${NEW_NUMBER}`, '13712345678推销宽带');
	assert.equal(own.state, 'pending');

	fs.rmSync(path.join(world.folder, 'language/words.local.tsv'));
	fs.rmSync(path.join(world.folder, 'numbering/mobile.local.tsv'));
	assert.ok(taken(await reload(world)));
	const again = await reported(world, smsc, '+8613800138003', `${NEW_NUMBER}推销${NEW_WORD}`);
	assert.equal(again.state, 'needs_number');
	// What was read by the old plan is still what it was.
	assert.equal((await report(world, after.id)).number, '123****5678');
});

flow('a bad file refuses the reload as a whole, and every fault is named', directories, async (world) => {
	const smsc = await world.smsc().connect();
	put(world, 'language/words.local.tsv', [`${NEW_WORD}\tbroadband`]);
	assert.ok(taken(await reload(world)));

	put(world, 'language/words.local.tsv', [`${NEW_WORD}\tloan`, '', '量子慢线\tbroadbend']);
	put(world, 'language/word.tsv', ['a name that no table has']);
	put(world, 'numbering/mobile.local.tsv', ['123\t11', '23\t11']);
	const lines = await reload(world);
	assert.ok(!taken(lines));
	for (const fault of [/not taken: \S*language\/words\.local\.tsv:3: .*broadbend/,
		/not taken: \S*language\/word\.tsv: there is no such table/,
		/not taken: \S*numbering\/mobile\.local\.tsv:2: /])
		assert.ok(lines.some((line) => fault.test(line)), `${fault} in\n${lines.join('\n')}`);
	const read = await reported(world, smsc, SUBSCRIBER, `13712345678推销${NEW_WORD}`);
	assert.equal(read.category, 'broadband');
	const unread = await reported(world, smsc, '+8613800138004', `${NEW_NUMBER}推销${NEW_WORD}`);
	assert.equal(unread.state, 'needs_number');

	const check = await run(binary('mianraod'), ['-c', world.daemon.file, '--check-config']);
	assert.notEqual(check.code, 0);
	assert.match(check.err, /words\.local\.tsv:3: /);
});

flow('texts that are under way when the tables change are read and answered', directories, async (world) => {
	const smsc = await world.smsc().connect();
	const BATCHES = 8;
	const BATCH = 40;
	let count = 0;
	for (let batch = 0; batch < BATCHES; batch++) {
		// A batch is well below the window: what is refused is not refused for that.
		const answers = Array.from({ length: BATCH }, () => {
			const number = String(count++).padStart(4, '0');
			return smsc.send(`+861390000${number}`, `1371234${number}推销${NEW_WORD}`);
		});
		put(world, 'language/words.local.tsv', [`${NEW_WORD}\t${batch % 2 ? 'loan' : 'broadband'}`]);
		assert.ok(taken(await reload(world)));
		for (const pdu of (await Promise.all(answers)).flat()) assert.equal(pdu.command_status, 0);
	}
	await world.daemon.expectMetric('reports_open', count, { timeout: 60000 });
});

test('mianrao parse tries tables without a daemon', async (t) => {
	const folder = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? '/tmp'), 'mianrao-tables-'));
	t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
	const input = `${JSON.stringify({ id: 1, text: `${NEW_NUMBER}推销${NEW_WORD}`, received: '2026-01-02T10:00:00+08:00' })}\n`;
	const parse = (...args) => run(binary('mianrao'), ['parse', ...args], { input });

	fs.writeFileSync(path.join(folder, 'words.local.tsv'), `${NEW_WORD}\tbroadband\n`);
	const explained = await parse('--language', folder, '--explain');
	assert.equal(explained.code, 0, explained.err);
	assert.match(explained.out, new RegExp(`"${NEW_WORD}".*broadband`));
	assert.ok(!new RegExp(`"${NEW_WORD}".*broadband`).test((await parse('--explain')).out));
	fs.renameSync(path.join(folder, 'words.local.tsv'), path.join(folder, 'mobile.local.tsv'));
	assert.match((await parse('--language', folder)).err, /mobile\.local\.tsv: there is no such table/);
	fs.writeFileSync(path.join(folder, 'mobile.local.tsv'), '123\t11\n');
	assert.deepEqual(JSON.parse((await parse('--numbering', folder)).out).numbers, [`+86${NEW_NUMBER}`]);
	// The tables of the project, as files, say what the built-in ones say.
	const project = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../deploy');
	const files = await parse('--language', path.join(project, 'language'), '--numbering', path.join(project, 'numbering'));
	assert.equal(files.out, (await parse()).out);
	for (const wrong of [['--language'], ['--language', path.join(folder, 'none')], ['--nonsense']])
		assert.notEqual((await parse(...wrong)).code, 0);
});
