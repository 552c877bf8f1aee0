// SPDX-License-Identifier: AGPL-3.0-or-later
// Files with sequence numbers: gaps hold the watermark, repeats are told from corrections, and both
// are remembered over a restart. 3GPP charging files beside CSV. Sources whose clock is wrong.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { chargingFile, csRecord, imsRecord, withHeader } from '../lib/charging.mjs';
import { SELLER, SUBSCRIBER, expectState } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';
import { localTime } from '../sim/records.mjs';

const MINUTE = 60e3;

const withDrop = (more) => ({
	config: (_, folder) => {
		const directory = path.join(folder, 'drop');
		fs.mkdirSync(directory, { recursive: true });
		return { feed: { poll_s: 1, sources: [{ name: 'harbour', directory, disorder_s: 0, ...more }] } };
	},
});
const NUMBERED = { file_pattern: 'cdr-{seq}.csv' };
const HEAD = 'caller,called,start,duration';
const drop = (world) => world.daemon.config.feed.sources[0].directory;

// Put there as a whole, by renaming.
function put(world, name, content) {
	const file = path.join(drop(world), name);
	fs.writeFileSync(`${file}.tmp`, content);
	fs.renameSync(`${file}.tmp`, file);
}
const csv = (world, number, rows) =>
	put(world, `cdr-${String(number).padStart(6, '0')}.csv`, [HEAD, ...rows, ''].join('\n'));
const row = (at, called = '13800138000') => `${SELLER},${called},${localTime(at)},40`;

const content = (world, ...where) => waitFor(where.join('/'), () => {
	const file = path.join(drop(world), ...where);
	return fs.existsSync(file) && (fs.readFileSync(file, 'utf8') || ' ');
});
const source = async (world) => (await world.daemon.json('feeds')).sources.find((s) => s.source === 'harbour');
const expectSource = (world, what, test) => {
	let seen;
	return waitFor(() => `${what}; it is ${JSON.stringify(seen)}`, async () => {
		seen = await source(world);
		return test(seen) && seen;
	}, { every: 50 });
};
const upTo = (at) => (seen) => seen.to && Math.abs(Date.parse(seen.to) - at) < 1500;

flow('a gap holds the watermark until its file comes, over a restart as well', withDrop(NUMBERED), async (world) => {
	const start = Date.now() - 60 * MINUTE;
	const at = (i) => start + i * MINUTE;
	csv(world, 1, [row(at(1))]);
	await expectSource(world, 'complete up to the first file', upTo(at(1)));
	csv(world, 4, [row(at(4))]);
	csv(world, 5, [row(at(5))]);
	await content(world, 'done', 'cdr-000005.csv');
	let seen = await expectSource(world, 'two files missing', (s) => s.missing === 2);
	assert.equal(seen.first_missing, 2);
	assert.ok(upTo(at(1))(seen), seen.to);
	await waitFor('the alarm', async () => (await source(world)).alarms.includes('gap'));
	await world.daemon.expectLog(/harbour: 2 files are missing, number 2 first/);
	await world.daemon.expectMetric('feed_gap_files{source="harbour"}', 2);
	await world.daemon.expectMetric('feed_alarm{source="harbour",kind="gap"}', 1);
	await world.daemon.stop();
	await world.daemon.start();
	seen = await expectSource(world, 'the same after a restart', (s) => s.missing === 2 && s.to);
	assert.ok(upTo(at(1))(seen), seen.to);
	csv(world, 2, [row(at(2))]);
	await expectSource(world, 'complete up to the second file', upTo(at(2)));
	csv(world, 3, [row(at(3))]);
	await expectSource(world, 'complete up to the last file', (s) => s.missing === 0 && upTo(at(5))(s));
	await waitFor('the end of the alarm', async () => !(await source(world)).alarms.includes('gap'));
	await world.daemon.expectLog(/harbour: no files are missing any more/);
});

flow('"no such call" is not said while a file is missing, and a late file verifies the report', withDrop(NUMBERED), async (world) => {
	const smsc = await world.smsc().connect();
	const now = Date.now();
	const sold = Array.from({ length: 60 }, (_, i) => row(now - 30 * MINUTE, String(13900000000 + i)));
	csv(world, 10, [...sold, `#watermark,${new Date(now - 20 * MINUTE).toISOString()},2020-01-01T00:00:00Z`]);
	csv(world, 12, [`#watermark,${new Date(now + MINUTE).toISOString()}`]);
	await content(world, 'done', 'cdr-000012.csv');
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const before = await expectState(world, id, 'pending');
	const after = await waitFor('another look at it', async () => {
		const found = await world.daemon.json('report', id);
		return found.next_look !== before.next_look && found;
	});
	assert.equal(after.state, 'pending');
	csv(world, 11, [row(now - 10 * MINUTE)]);
	await expectState(world, id, 'verified');
});

flow('a gap that has waited long enough is passed, with an alarm', withDrop({ ...NUMBERED, gap_wait_s: 2 }), async (world) => {
	const start = Date.now() - 60 * MINUTE;
	csv(world, 1, [row(start)]);
	csv(world, 3, [row(start + 2 * MINUTE)]);
	await expectSource(world, 'complete beyond the gap', (s) => s.missing === 1 && upTo(start + 2 * MINUTE)(s));
	await world.daemon.expectLog(/harbour: 1 files did not come, number 2 first: not waited for any more/);
	await world.daemon.expectMetric('feed_alarm{source="harbour",kind="gap"}', 1);
});

flow('when Redis is emptied while a gap is open, files whose records are lost are not claimed', withDrop(NUMBERED), async (world) => {
	const start = Math.floor(Date.now() / 1000) * 1000 - 60 * MINUTE;
	csv(world, 1, [row(start)]);
	csv(world, 3, [row(start + 2 * MINUTE)]);
	await expectSource(world, 'one file missing', (s) => s.missing === 1);
	await world.redis.command('FLUSHALL');
	await expectSource(world, 'nothing known', (s) => s.to === null);
	csv(world, 2, [row(start + MINUTE)]);
	await expectSource(world, 'complete of nothing yet', (s) => s.missing === 0 && upTo(start + 2 * MINUTE)(s) && s.from === s.to);
	csv(world, 4, [row(start + 3 * MINUTE)]);
	const seen = await expectSource(world, 'complete from the lost ones on', upTo(start + 3 * MINUTE));
	assert.equal(Math.round((Date.parse(seen.from) - start) / 1000), Math.round(2 * MINUTE / 1000));
});

flow('a file that comes again is set aside, another content under its number is refused', withDrop(NUMBERED), async (world) => {
	const at = Date.now() - 60 * MINUTE;
	csv(world, 1, [row(at)]);
	await content(world, 'done', 'cdr-000001.csv');
	csv(world, 1, [row(at)]);
	await content(world, 'done', 'cdr-000001.csv.repeat');
	await world.daemon.kill();
	await world.daemon.start();
	csv(world, 1, [row(at)]);
	await content(world, 'done', 'cdr-000001.csv.repeat.1');
	await world.daemon.expectMetric('feed_repeated_files_total{source="harbour"}', 1);
	csv(world, 1, [row(at + MINUTE)]);
	assert.match(await content(world, 'bad', 'cdr-000001.csv'), /^file: number 1 came before with other content, as cdr-000001.csv: $/m);
	await content(world, 'bad', 'cdr-000001.csv.orig');
	await world.daemon.expectMetric('cdrs_total', 0); // of this run
	const { restarted } = await world.daemon.json('feeds', 'restart', 'harbour');
	assert.equal(restarted, 'harbour');
	csv(world, 1, [row(at + MINUTE)]);
	await content(world, 'done', 'cdr-000001.csv.1');
	await world.daemon.expectMetric('cdrs_total', 1);
	const { code, err } = await world.daemon.command('feeds', 'restart', 'nobody');
	assert.equal(code, 1);
	assert.match(err, /'nobody' is no source with a drop directory/);
});

const call = (more) => ({ served: '+8613800138000', calling: `+86${SELLER}`, seizure: Date.now() - 10 * MINUTE,
	answer: Date.now() - 10 * MINUTE, release: Date.now() - 9 * MINUTE, duration: 60, ...more });

flow('charging files count: good records beside bad ones, gaps by the number in the header', {
	...withDrop({ format: 'ts32297', disorder_s: 0, trunks: [{ match: 'IGW-*', entry: 'international' }] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const sold = Array.from({ length: 60 }, (_, i) => csRecord('mtc', call({ served: `+86139${String(i).padStart(8, '0')}` })));
	const broken = csRecord('mtc', call()).subarray(0, 30);
	const records = [...sold, broken, csRecord('mtc', call()), Buffer.from([0xa6, 0]), // an SMS record
		csRecord('mtc', { served: '+8613800138000', calling: '1', duration: 0 })];
	const octets = (list) => list.reduce((sum, r) => sum + 5 + r.length, 0);
	put(world, 'MSC_-_000041.cdr', chargingFile(records, { sequence: 41 }));
	const bad = (await content(world, 'bad', 'MSC_-_000041.cdr')).trim().split('\n');
	assert.equal(bad.length, 2, bad.join('\n'));
	const header = chargingFile([], {}).length;
	assert.equal(bad[0], `record 61 at octet ${header + octets(sold) + 5 + 2}: broken BER: ${broken.toString('hex')}`);
	assert.match(bad[1], /^record 64 at octet \d+: caller: '1' is no number: a1[0-9a-f]+$/);
	await content(world, 'done', 'MSC_-_000041.cdr');
	await world.daemon.expectMetric('cdrs_total', 61);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const later = Date.now() + 5000; // past the report: all that may weigh its call is there
	put(world, 'MSC_-_000042.cdr', chargingFile([csRecord('mtc', call({ served: '+8613900000000', seizure: later, answer: later, release: later }))], { sequence: 42 }));
	await expectState(world, id, 'verified');
	put(world, 'MSC_-_000044.cdr', chargingFile([csRecord('mtc', call({ trunk: 'IGW-1', called: undefined }))], { sequence: 44 }));
	await expectSource(world, 'number 43 missing', (s) => s.missing === 1 && s.first_missing === 43);
});

flow('a home number from abroad in a charging file is known as forged, and what the network asserted is told', {
	...withDrop({ format: 'ts32297', trunks: [{ match: 'IGW-*', entry: 'international' }] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const at = Date.now() - 10 * MINUTE;
	put(world, 'IMS_1.cdr', chargingFile([imsRecord('mmtel', { role: 1, calling: ['tel:+442079460111'],
		from: `<sip:+86${SELLER}@ims.example>;tag=1`, called: 'tel:+8613800138000', trunk: 'IGW-4', request: at, start: at + 5000, end: at + 35000 })],
	{ sequence: 1 }));
	await content(world, 'done', 'IMS_1.cdr');
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'verified');
	assert.match(JSON.stringify(found), /forged_number/);
	assert.match(JSON.stringify(found), /"asserted_differs":true/);
});

const WHOLE_BAD = [
	{ name: 'short.cdr', file: Buffer.alloc(20), told: /^file: it ends within its header/ },
	{ name: 'lying.cdr', file: Buffer.concat([Buffer.alloc(4), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(60)]), told: /^file: the header's length cannot be/ },
	{ name: 'cut.cdr', file: chargingFile([csRecord('mtc', call()), csRecord('mtc', call())], { sequence: 3 }).subarray(0, 70), told: /^file: its header tells of \d+ octets, there are 70: \nrecord 1 at octet 54: is longer than the file/ },
	{ name: 'other.cdr', file: chargingFile([{ ready: true, octets: withHeader(csRecord('mtc', call()), { format: 2 }) }], { sequence: 4 }), told: /^record 1 at octet 54: is not in BER/ },
];
flow('charging files without one good record go to bad/ as a whole', withDrop({ format: 'ts32297' }), async (world) => {
	for (const { name, file } of WHOLE_BAD) put(world, name, file);
	for (const { name, told } of WHOLE_BAD) {
		await content(world, 'bad', `${name}.orig`);
		assert.match(await content(world, 'bad', name), told, name);
	}
	await world.daemon.expectMetric('cdrs_total', 0);
});

flow('a clock that is ahead is noticed, and holds the watermark back', {
	config: { feed: { sources: [{ name: 'msc', disorder_s: 0, clock_alarm_s: 30 }] } },
}, async (world) => {
	const ahead = 60e3;
	// Written when it came, by a clock that is a minute ahead.
	for (let i = 0; i < 8; i++) {
		await world.redis.xadd(world.key('cdr'), { source: 'msc', caller: SELLER, called: String(13900000000 + i),
			start: Math.floor(Date.now() + ahead - 5000), duration: 5, written: Math.floor(Date.now() + ahead) });
		await world.daemon.expectMetric('cdrs_total', i + 1);
	}
	const seen = await waitFor('the estimate', async () => {
		const [msc] = (await world.daemon.json('feeds')).sources;
		return msc.ahead_s >= 55 && msc.alarms.includes('clock') && msc;
	});
	assert.ok(seen.ahead_s <= 60, String(seen.ahead_s));
	await world.daemon.expectLog(/msc: its clock is ahead by (5\d|60)\.\d+ s or more/);
	await world.daemon.expectMetric('feed_alarm{source="msc",kind="clock"}', 1);
	await world.daemon.expectMetric('feed_clock_ahead_seconds{source="msc"}', (value) => value > 55 && value <= 60);
	// It says that all is there up to now, by its own clock: that is a minute ago, and a report of now waits.
	const smsc = await world.smsc().connect();
	await world.records.watermark(Date.now() + 30e3, Date.now() - 60 * 86400e3);
	const id = await smsc.text(SUBSCRIBER, `13655556666*推销宽带`);
	await expectState(world, id, 'pending');
	await world.records.watermark(Date.now() + ahead + 10e3);
	await expectState(world, id, 'rejected');
});

flow('a clock that is known to be wrong is set right', {
	config: { feed: { sources: [{ name: 'msc', disorder_s: 1, clock_ahead_s: -120, utc_offset: '+05:30' }] } },
}, async (world) => {
	// Two minutes behind, in the time of Kolkata.
	const at = Math.floor(Date.now() / 1000) * 1000 - 10 * MINUTE;
	const told = new Date(at - 2 * MINUTE + 330 * MINUTE).toISOString().slice(0, 19).replace('T', ' ');
	await world.redis.xadd(world.key('cdr'), { source: 'msc', caller: SELLER, called: '13800138000', start: told, duration: 9 });
	await world.daemon.expectMetric('cdrs_total', 1);
	const [msc] = (await world.daemon.json('feeds')).sources;
	assert.equal(Date.parse(msc.to), at - 1000);
});

flow('a source that falls silent raises an alarm, and ends it when it speaks again', {
	config: { feed: { sources: [{ name: 'msc', disorder_s: 0, lag_alarm_s: 2 }] } },
}, async (world) => {
	await world.daemon.expectMetric('feed_alarm{source="msc",kind="lag"}', 1);
	await world.daemon.expectLog(/msc: nothing came since \d+ s ago/);
	await world.records.complete(Date.now() + 3600e3);
	await world.daemon.expectMetric('feed_alarm{source="msc",kind="lag"}', 0);
	await world.daemon.expectLog(/msc: is no longer late/);
});
