// SPDX-License-Identifier: AGPL-3.0-or-later
// redis_relay.mjs - stands between the gateway and Redis and makes trouble: slow answers, answers
// that are nonsense, another server behind it.

import net from 'node:net';

import { freePort } from './process.mjs';

export class RedisRelay {
	constructor(target) {
		this.target = target; // the port of the server; what connects from now on is taken there
		this.delay = 0; // ms that every answer is late
		// What is sent instead of the server's answers: a function of their octets, or undefined.
		this.nonsense = undefined;
		this.sockets = new Set();
	}

	async listen() {
		this.port = await freePort({ lasting: true });
		this.server = net.createServer((client) => this.#join(client));
		await new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(this.port, '127.0.0.1', resolve);
		});
		return this;
	}

	#join(client) {
		const server = net.connect(this.target, '127.0.0.1');
		const end = () => {
			for (const socket of [client, server]) {
				this.sockets.delete(socket);
				socket.destroy();
			}
		};
		for (const socket of [client, server]) {
			this.sockets.add(socket);
			socket.setNoDelay(true);
			socket.on('error', end);
			socket.on('close', end);
		}
		client.on('data', (data) => server.write(data));
		server.on('data', (data) => {
			const answer = this.nonsense ? this.nonsense(data) : data;
			const send = () => client.writable && answer.length > 0 && client.write(answer);
			if (this.delay) setTimeout(send, this.delay);
			else send();
		});
	}

	// Cuts what is connected; new connections are taken as before.
	cut() {
		for (const socket of this.sockets) socket.destroy();
	}

	async close() {
		this.cut();
		await new Promise((resolve) => this.server.close(resolve));
	}
}
