// SPDX-License-Identifier: AGPL-3.0-or-later
// Call records by stream and by files: nothing imperfect is dropped without a trace, nothing good
// beside it is lost, and what comes twice counts once.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { SELLER, SUBSCRIBER, expectState, fed } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';
import { localTime } from '../sim/records.mjs';

const BAD_ENTRIES = [
	{ name: 'no caller', fields: { source: 'msc', called: '13800138000', start: '2026-01-01T00:00:00+08:00' }, error: /caller/ },
	{ name: 'a caller that is no number', fields: { source: 'msc', caller: '12;34', called: '13800138000', start: '2026-01-01T00:00:00+08:00' }, error: /caller.*12;34/ },
	{ name: 'no called number', fields: { source: 'msc', caller: SELLER, start: '2026-01-01T00:00:00+08:00' }, error: /called/ },
	{ name: 'a month 13', fields: { source: 'msc', caller: SELLER, called: '13800138000', start: '2026-13-01T00:00:00+08:00' }, error: /start.*2026-13-01/ },
	{ name: 'a negative duration', fields: { source: 'msc', caller: SELLER, called: '13800138000', start: '2026-01-01T00:00:00+08:00', duration: '-5' }, error: /duration.*-5/ },
	{ name: 'a strange entry', fields: { source: 'msc', caller: SELLER, called: '13800138000', start: '2026-01-01T00:00:00+08:00', entry: 'moon' }, error: /entry.*moon/ },
	{ name: 'answered maybe', fields: { source: 'msc', caller: SELLER, called: '13800138000', start: '2026-01-01T00:00:00+08:00', answered: 'maybe' }, error: /answered.*maybe/ },
	{ name: 'a watermark that is no time', fields: { source: 'msc', watermark: 'soon' }, error: /watermark: no time/ },
	{ name: 'nothing of it', fields: { colour: 'blue' }, error: /./ },
];

flow('bad stream entries are set aside with the reason, good ones between them count', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	for (const { fields } of BAD_ENTRIES) {
		await world.redis.xadd(world.key('cdr'), fields);
		await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 300e3 });
	}
	const bad = await waitFor('the bad entries', async () => {
		const all = await world.redis.stream(world.key('cdr:bad'));
		return all.length >= BAD_ENTRIES.length && all;
	});
	assert.equal(bad.length, BAD_ENTRIES.length);
	BAD_ENTRIES.forEach(({ name, fields, error }, i) => {
		assert.match(bad[i].fields.error, error, name);
		for (const [field, value] of Object.entries(fields)) assert.equal(bad[i].fields[field], value, name);
	});
	await world.daemon.expectMetric('cdrs_bad_total', BAD_ENTRIES.length);
	const pending = await waitFor('all entries to be acknowledged', async () => {
		const [count] = await world.redis.command('XPENDING', world.key('cdr'), 'mianrao');
		return count === 0 && 'none';
	});
	assert.equal(pending, 'none');
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
});

flow('a record that comes twice is one call', async (world) => {
	const smsc = await world.smsc().connect();
	const start = Date.now() - 300e3;
	await world.records.campaign(SELLER, 60);
	for (let i = 0; i < 5; i++) await world.records.call(SELLER, SUBSCRIBER, { start });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'verified');
	assert.match(JSON.stringify(found.events), /"?calls"?[^0-9]*1\b/);
});

const source = (folder, more = {}) => {
	const directory = path.join(folder, 'drop');
	fs.mkdirSync(directory, { recursive: true });
	return { name: 'harbour', directory, disorder_s: 3600, delimiter: ';', header: true,
		columns: { caller: 'A', called: 'B', start: 'begin', duration: 'seconds', answered: '', entry: 'trunk' },
		...more };
};
const withDrop = (more) => ({
	config: (_, folder) => ({ feed: { poll_s: 1, sources: [source(folder, more)] } }),
});
const HEAD = 'A;B;begin;seconds;trunk';
const row = (caller, called, ago = 300e3) => `${caller};${called};${localTime(Date.now() - ago)};40;own`;

function harbour(world) {
	const { directory } = world.daemon.config.feed.sources[0];
	return world.records.sibling('harbour', { directory });
}

const inFolder = (records, folder, name) => waitFor(`${folder}/${name}`, () => {
	const file = path.join(records.directory, folder, name);
	return fs.existsSync(file) && (fs.readFileSync(file, 'utf8') || ' ');
});

flow('a file\'s records count, and the file goes to done/', withDrop(), async (world) => {
	const smsc = await world.smsc().connect();
	const records = harbour(world);
	const seller = Array.from({ length: 60 }, (_, i) => row(SELLER, String(13900000000 + i), 3600e3));
	const name = records.drop([HEAD, ...seller, row(SELLER, '13800138000'),
		`#watermark;${new Date(Date.now() + 5000).toISOString()};${new Date(Date.now() - 60 * 86400e3).toISOString()}`]);
	await inFolder(records, 'done', name);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
	await world.daemon.expectMetric('cdrs_total', 61);
});

flow('a bad line is kept with its number and reason, the lines beside it count', withDrop(), async (world) => {
	const records = harbour(world);
	const lines = [HEAD, row(SELLER, '13800138000'), `${SELLER};13800138000;2026-02-30 10:00:00;40;own`,
		row(SELLER, '13800138001'), 'one;column', `${SELLER};not a number;${localTime(Date.now())};40;own`,
		row(SELLER, '13800138002')];
	const name = records.drop(lines);
	const bad = await inFolder(records, 'bad', name);
	await inFolder(records, 'done', name);
	const told = bad.trim().split('\n');
	assert.equal(told.length, 3, bad);
	assert.match(told[0], /^line 3: start: .*2026-02-30.*: 13712345678;13800138000;2026-02-30 10:00:00;40;own$/);
	assert.match(told[1], /^line 5: .*: one;column$/);
	assert.match(told[2], /^line 6: called: .*not a number/);
	await world.daemon.expectMetric('cdrs_total', 3);
	await world.daemon.expectMetric('cdrs_bad_total', 3);
});

const WHOLE_BAD = [
	{ name: 'no-good-line.csv', lines: [HEAD, 'a;b;c;d;e', 'f;g;h;i;j'] },
	{ name: 'other-header.csv', lines: ['caller,called', `${SELLER},13800138000`] },
	{ name: 'binary.csv', lines: `\u0000\u0001\u0002${'\ufffd'.repeat(3000)}` },
];
flow('a file without one good line goes to bad/ as a whole', withDrop(), async (world) => {
	const records = harbour(world);
	for (const { name, lines } of WHOLE_BAD) records.drop(lines, name);
	for (const { name } of WHOLE_BAD) {
		await inFolder(records, 'bad', `${name}.orig`);
		assert.ok(!fs.existsSync(path.join(records.directory, 'done', name)), name);
		assert.ok(!fs.existsSync(path.join(records.directory, name)), name);
	}
	await world.daemon.expectMetric('cdrs_total', 0);
});

flow('a file under its temporary name is left alone until it is renamed', withDrop(), async (world) => {
	const records = harbour(world);
	const half = path.join(records.directory, 'half.csv.tmp');
	fs.writeFileSync(half, `${HEAD}\n${row(SELLER, '13800138000')}\n`);
	const name = records.drop([HEAD, row(SELLER, '13800138001')], 'whole.csv');
	await inFolder(records, 'done', name);
	assert.ok(fs.existsSync(half));
	fs.renameSync(half, path.join(records.directory, 'half.csv'));
	await inFolder(records, 'done', 'half.csv');
	await world.daemon.expectMetric('cdrs_total', 2);
});

flow('columns may be counted where there is no header',
	withDrop({ header: false, delimiter: ',', columns: { caller: '2', called: '1', start: '3', duration: '', answered: '', entry: '' } }), async (world) => {
		const records = harbour(world);
		const name = records.drop([`13800138000,${SELLER},${Date.now() - 300e3}`]);
		await inFolder(records, 'done', name);
		await world.daemon.expectMetric('cdrs_total', 1);
	});

flow('a file that comes again changes nothing', withDrop(), async (world) => {
	const smsc = await world.smsc().connect();
	const records = harbour(world);
	const lines = [HEAD, ...Array.from({ length: 60 }, (_, i) => row(SELLER, String(13900000000 + i), 3600e3)),
		row(SELLER, '13800138000'),
		`#watermark;${new Date(Date.now() + 8000).toISOString()};${new Date(Date.now() - 60 * 86400e3).toISOString()}`];
	for (const name of ['one.csv', 'two.csv']) {
		records.drop(lines, name);
		await inFolder(records, 'done', name);
	}
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'verified');
	assert.match(JSON.stringify(found.events), /"?calls"?[^0-9]*1\b/);
});

flow('entries that were read but not acknowledged before a crash are taken up again', async (world) => {
	const smsc = await world.smsc().connect();
	await world.daemon.kill();
	// As if another run had read them and died.
	await world.records.campaign(SELLER, 60);
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 300e3 });
	await world.redis.command('XGROUP', 'CREATE', world.key('cdr'), 'mianrao', '0', 'MKSTREAM').catch(() => {});
	await world.redis.command('XREADGROUP', 'GROUP', 'mianrao', 'test', 'COUNT', '1000', 'STREAMS',
		world.key('cdr'), '>');
	await world.daemon.start();
	await smsc.connect();
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
});

flow('of a source with watermarks of its own, records say nothing of what is complete', {
	config: { feed: { sources: [{ name: 'msc', disorder_s: 0 }] } },
}, async (world) => {
	const mark = Date.now() - 3600e3;
	const told = () => world.redis.command('HGET', world.key('watermarks'), 'msc:to');
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 60e3 });
	await fed(world);
	assert.equal(await told(), null);
	await world.records.watermark(mark);
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 30e3 });
	await fed(world);
	await waitFor('the watermark', async () => Number(await told()) === mark);
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 20e3 });
	await fed(world);
	assert.equal(Number(await told()), mark);
});
