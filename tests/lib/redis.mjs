// SPDX-License-Identifier: AGPL-3.0-or-later
// redis.mjs - a private redis-server, and a client of a few lines (RESP2).

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { freePort, start } from './process.mjs';
import { Hopeless, waitFor } from './wait.mjs';

function encode(args) {
	const parts = [Buffer.from(`*${args.length}\r\n`)];
	for (const arg of args) {
		const data = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
		parts.push(Buffer.from(`$${data.length}\r\n`), data, Buffer.from('\r\n'));
	}
	return Buffer.concat(parts);
}

// One reply at `at`: [value, next], or undefined while octets are missing.
function decode(data, at) {
	const end = data.indexOf('\r\n', at);
	if (end < 0) return undefined;
	const head = data.toString('utf8', at + 1, end);
	const next = end + 2;
	switch (String.fromCharCode(data[at])) {
	case '+':
		return [head, next];
	case '-':
		return [new Error(head), next];
	case ':':
		return [Number(head), next];
	case '$': {
		const length = Number(head);
		if (length < 0) return [null, next];
		if (data.length < next + length + 2) return undefined;
		return [data.toString('utf8', next, next + length), next + length + 2];
	}
	case '*': {
		if (Number(head) < 0) return [null, next];
		const list = [];
		let position = next;
		for (let i = 0; i < Number(head); i++) {
			const item = decode(data, position);
			if (!item) return undefined;
			list.push(item[0]);
			position = item[1];
		}
		return [list, position];
	}
	default:
		throw new Error('Redis sent something that is no reply');
	}
}

export class RedisClient {
	constructor(port) {
		this.port = port;
		this.waiting = [];
		this.buffer = Buffer.alloc(0);
	}

	connect() {
		return new Promise((resolve, reject) => {
			const socket = net.connect(this.port, '127.0.0.1');
			this.socket = socket;
			socket.setNoDelay(true);
			socket.once('connect', () => resolve(this));
			socket.on('error', reject);
			socket.on('close', () => this.#lost());
			socket.on('data', (data) => this.#take(data));
		});
	}

	#take(data) {
		this.buffer = this.buffer.length ? Buffer.concat([this.buffer, data]) : data;
		let at = 0;
		for (;;) {
			const reply = at < this.buffer.length ? decode(this.buffer, at) : undefined;
			if (!reply) break;
			at = reply[1];
			const { resolve, reject } = this.waiting.shift();
			if (reply[0] instanceof Error) reject(reply[0]);
			else resolve(reply[0]);
		}
		this.buffer = this.buffer.subarray(at);
	}

	#lost() {
		this.buffer = Buffer.alloc(0);
		for (const { reject } of this.waiting.splice(0)) reject(new Error('connection to Redis lost'));
	}

	command(...args) {
		return new Promise((resolve, reject) => {
			if (!this.socket?.writable) {
				reject(new Error('no connection to Redis'));
				return;
			}
			this.waiting.push({ resolve, reject });
			this.socket.write(encode(args));
		});
	}

	close() {
		this.socket?.destroy();
	}
}

// The entries of a stream as [{ id, fields: {...} }].
export function entries(reply) {
	return (reply || []).map(([id, flat]) => {
		const fields = {};
		for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
		return { id, fields };
	});
}

export class RedisServer {
	// `replicaOf`: the port of the server whose replica it is.
	constructor(folder, { appendonly = false, cluster = false, replicaOf } = {}) {
		this.folder = path.join(folder, replicaOf ? 'replica' : 'redis');
		this.appendonly = appendonly;
		this.cluster = cluster;
		this.replicaOf = replicaOf;
		fs.mkdirSync(this.folder, { recursive: true });
	}

	async start() {
		this.port ??= await freePort();
		const keep = this.appendonly ? ['--appendonly', 'yes', '--appendfsync', 'everysec']
			: ['--appendonly', 'no'];
		if (this.cluster) keep.push('--cluster-enabled', 'yes', '--cluster-port', await freePort());
		if (this.replicaOf) keep.push('--replicaof', '127.0.0.1', this.replicaOf, '--repl-diskless-sync-delay', 0);
		this.child = start('redis-server',
			['--port', this.port, '--bind', '127.0.0.1', '--dir', this.folder, '--save', '',
				'--daemonize', 'no', ...keep].map(String),
			{ log: path.join(this.folder, 'redis.log') });
		await waitFor('redis-server to answer', async () => {
			if (!this.child.running())
				throw new Hopeless(`redis-server ended: ${this.child.lines.slice(-3).join(' / ')}`);
			this.client?.close();
			this.client = await new RedisClient(this.port).connect();
			return (await this.client.command('PING')) === 'PONG';
		});
		if (this.cluster) await this.#ownAllSlots();
		return this;
	}

	// A cluster of one: it has all keys, and yet takes those of one slot only in a command.
	async #ownAllSlots() {
		await this.client.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383').catch(() => {}); // it has them
		await waitFor('the cluster', async () => /cluster_state:ok/.test(await this.client.command('CLUSTER', 'INFO')));
	}

	command(...args) {
		return this.client.command(...args);
	}

	async stream(key, from = '-') {
		return entries(await this.command('XRANGE', key, from, '+'));
	}

	xadd(key, fields) {
		return this.command('XADD', key, '*', ...Object.entries(fields).flat());
	}

	// Answers nothing for a while; what was asked meanwhile is answered then.
	pause() {
		this.child.kill('SIGSTOP');
	}

	resume() {
		this.child.kill('SIGCONT');
	}

	async stop(signal = 'SIGTERM') {
		this.client?.close();
		if (this.child?.running()) this.child.kill(signal);
		await this.child?.ended;
	}
}
