// SPDX-License-Identifier: AGPL-3.0-or-later
// town.mjs - a small town on one machine: Redis, mianraod, the short message centre, two hubs, two
// switches that write call records (one to the stream, one to files) and the rewards system.

import fs from 'node:fs';
import path from 'node:path';

import { PASSWORD, baseConfig } from '../lib/config.mjs';
import { Daemon } from '../lib/daemon.mjs';
import { Hub, Smsc } from '../lib/peers.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { RedisServer } from '../lib/redis.mjs';
import { waitFor } from '../lib/wait.mjs';
import { merge } from '../lib/yaml.mjs';
import { CallRecords, localTime } from './records.mjs';
import { Rewards } from './rewards.mjs';

const HOUR = 3600e3;

// The second switch: files, columns under names of its own.
const harbourSource = (directory) => ({
	name: 'harbour',
	directory,
	disorder_s: 3600,
	delimiter: ';',
	header: true,
	columns: { caller: 'A', called: 'B', start: 'begin', duration: 'seconds', answered: '', entry: 'trunk' },
});

export class Harbour {
	constructor(records) {
		this.records = records;
	}

	// A file with the calls given and, unless told otherwise, "complete until now".
	deliver(calls = [], { complete = Date.now() } = {}) {
		const lines = ['A;B;begin;seconds;trunk'];
		for (const { caller, called, start, duration = 35, entry = 'own' } of calls)
			lines.push([caller, called, localTime(start), duration, entry].join(';'));
		if (complete)
			lines.push(['#watermark', new Date(complete).toISOString(),
				new Date(complete - 60 * 24 * HOUR).toISOString()].join(';'));
		return this.records.drop(lines);
	}

	// The gateway has read that file.
	taken(name) {
		return waitFor(`${name} to be read`, () => fs.existsSync(path.join(this.records.directory, 'done', name)));
	}

	// A file a second, as long as the switch is well.
	alive() {
		this.rest();
		this.deliver();
		this.timer = setInterval(() => this.deliver(), 700).unref();
		this.timer.unref();
	}

	rest() {
		clearInterval(this.timer);
	}
}

export async function openTown({ config = {} } = {}) {
	const town = { folder: temporaryFolder('linjiang') };
	const drop = path.join(town.folder, 'harbour');
	fs.mkdirSync(drop);
	town.redis = await new RedisServer(town.folder, { appendonly: true }).start();
	const base = await baseConfig(town.folder, town.redis.port);
	town.config = merge(merge(base, {
		instance: 'linjiang',
		log_level: 'info',
		feed: { poll_s: 1, sources: [{ name: 'msc', disorder_s: 3600 }, harbourSource(drop)] },
		reports: { language: 'both' },
	}), config);
	fs.mkdirSync(town.config.state_dir, { recursive: true });
	town.daemon = await new Daemon(town.folder, town.config).start();
	town.centre = await peer(town, Smsc, 'centre').keep();
	town.abroad = await peer(town, Hub, 'abroad').keep();
	town.national = await peer(town, Hub, 'national').keep();
	town.records = new CallRecords(town.redis);
	town.stopBeat = town.records.alive(200);
	town.harbour = new Harbour(town.records.sibling('harbour', { directory: drop }));
	town.harbour.alive();
	town.rewards = await new Rewards(town.redis.port).start();
	return town;
}

function peer(town, Kind, systemId) {
	return new Kind({ port: town.daemon.smppPort, systemId, password: PASSWORD });
}

export async function closeTown(town, { keep = false } = {}) {
	town.stopBeat?.();
	town.harbour?.rest();
	for (const one of [town.centre, town.abroad, town.national]) await one?.close();
	town.rewards?.stop();
	await town.daemon?.stop();
	await town.redis?.stop();
	if (!keep) fs.rmSync(town.folder, { recursive: true, force: true });
}

export const streamEvents = async (town) =>
	(await town.redis.stream(`${town.config.redis.prefix}events`))
		.map(({ fields }) => JSON.parse(fields.event));
