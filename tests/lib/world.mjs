// SPDX-License-Identifier: AGPL-3.0-or-later
// world.mjs - everything that one test needs: a folder, a private Redis, the daemon with a
// configuration of its own, and peers; all of it gone at the end, kept when the test failed.

import fs from 'node:fs';
import { test } from 'node:test';

import { PASSWORD, baseConfig } from './config.mjs';
import { Daemon } from './daemon.mjs';
import { Hub, Smsc, SmscServer } from './peers.mjs';
import { freePort, killSince, running, temporaryFolder } from './process.mjs';
import { RedisServer } from './redis.mjs';
import { patience } from './wait.mjs';
import { merge } from './yaml.mjs';
import { CallRecords } from '../sim/records.mjs';
import { Rewards } from '../sim/rewards.mjs';

export class World {
	// `prepare` is called between making the folders and starting the daemon; `environment` of the
	// folder gives what the daemon finds in its own.
	// `audited`: false for a test that changes the store behind the daemon's back.
	static async create({ config = {}, redis = {}, started = true, prepare, environment, audited = true } = {}) {
		const world = new World();
		world.audited = audited;
		world.folder = temporaryFolder();
		world.peers = [];
		const env = environment?.(world.folder);
		try {
			world.redis = await new RedisServer(world.folder, redis).start();
			const base = await baseConfig(world.folder, world.redis.port);
			const over = typeof config === 'function' ? await config(base, world.folder) : config;
			world.daemon = new Daemon(world.folder, merge(base, over), { env });
			fs.mkdirSync(world.daemon.config.state_dir, { recursive: true });
			world.records = new CallRecords(world.redis, { prefix: world.prefix });
			world.rewards = new Rewards(world.redis.port, { prefix: world.prefix });
			await prepare?.(world);
			if (started) await world.daemon.start();
		} catch (error) {
			await world.close(false);
			throw error;
		}
		return world;
	}

	get prefix() {
		return this.daemon.config.redis.prefix;
	}

	key(name) {
		return `${this.prefix}${name}`;
	}

	peer(Kind, systemId, options) {
		const peer = new Kind({ port: this.daemon.smppPort, systemId, password: PASSWORD, ...options });
		this.peers.push(peer);
		return peer;
	}

	smsc(options = {}) {
		return this.peer(Smsc, options.systemId ?? 'centre', options);
	}

	// An SMSC to which the gateway connects, not yet listening.
	smscServer(options = {}) {
		const peer = new SmscServer(options);
		this.peers.push(peer);
		return peer;
	}

	hub(systemId = 'abroad', options = {}) {
		return this.peer(Hub, systemId, options);
	}

	// Events that the gateway published, as objects.
	async events(type) {
		const found = (await this.redis.stream(this.key('events')))
			.map(({ fields }) => JSON.parse(fields.event));
		return type ? found.filter((event) => event.type === type) : found;
	}

	async close(ok) {
		let problem;
		try {
			for (const peer of this.peers) peer.drop();
			this.rewards?.stop();
			if (ok && this.audited && this.daemon.running) {
				await this.daemon.ready();
				await this.daemon.assertBalanced();
			}
			if (ok) await this.daemon.stop();
			else await this.daemon?.kill();
		} catch (error) {
			problem = error;
			await this.daemon?.kill();
		}
		await this.redis?.stop();
		if (ok && !problem) fs.rmSync(this.folder, { recursive: true, force: true });
		else process.stderr.write(`kept for a look: ${this.folder}\n`);
		if (problem) throw problem;
	}
}

// Another gateway, with a name, a socket and ports of its own; nothing but the store and Redis are the first
// one's.
export async function secondGateway(world) {
	const folder = `${world.folder}/second`;
	const config = structuredClone(world.daemon.config);
	config.instance = 'second';
	config.control_socket = `${world.folder}/second.sock`;
	config.smpp.listeners[0].port = await freePort();
	config.http.port = await freePort();
	fs.mkdirSync(folder);
	return new Daemon(folder, config).start();
}

// A test in a world of its own.
export function flow(name, options, body) {
	const [settings, run] = body ? [options, body] : [{}, options];
	const limit = (settings.timeout ?? 90000) * patience;
	test(name, { timeout: limit }, async (t) => {
		const before = running();
		const world = await World.create(settings);
		let ok = false;
		try {
			await run(world, t);
			ok = true;
		} finally {
			await world.close(ok);
			if (!ok) killSince(before); // what a failed test leaves behind would hold up the end of its file
		}
	});
}
