// SPDX-License-Identifier: AGPL-3.0-or-later
// rewards.mjs - the operator's rewards system: reads credit requests, credits each id once, answers.

import { RedisClient, entries } from '../lib/redis.mjs';

export class Rewards {
	constructor(redisPort, { prefix = 'mr:' } = {}) {
		this.redisPort = redisPort;
		this.requestKey = `${prefix}rewards`;
		this.answerKey = `${prefix}rewards:acks`;
		this.requests = []; // as they came, repeats included
		this.credited = new Map(); // id -> request
		this.refused = new Map(); // id -> reason
		this.reversed = new Map(); // id of the reversal -> request
		// Decides on a new request: undefined credits it, a text refuses it with that reason,
		// false leaves it unanswered.
		this.decide = () => undefined;
	}

	async start() {
		this.running = true;
		this.last = '0';
		this.loop = this.#run();
		return this;
	}

	async #run() {
		while (this.running) {
			try {
				this.client = await new RedisClient(this.redisPort).connect();
				this.writer = await new RedisClient(this.redisPort).connect();
				while (this.running) await this.#read();
			} catch {
				// Redis is away: a system that waits for work waits for Redis too.
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
			this.client?.close();
			this.writer?.close();
		}
	}

	async #read() {
		const reply = await this.client.command('XREAD', 'COUNT', 200, 'BLOCK', 200, 'STREAMS',
			this.requestKey, this.last);
		for (const { id, fields } of entries(reply?.[0]?.[1])) {
			await this.#take(fields);
			this.last = id;
		}
	}

	async #take(request) {
		this.requests.push(request);
		const { id } = request;
		const done = request.type === 'reverse' ? this.reversed : this.credited;
		if (!done.has(id)) {
			// What was refused is decided anew: it was asked for again.
			const verdict = this.decide(request);
			if (verdict === false) return;
			if (verdict) this.refused.set(id, verdict);
			else {
				this.refused.delete(id);
				done.set(id, request);
			}
		}
		await this.answer(id);
	}

	answer(id) {
		const reason = this.refused.get(id);
		const done = this.reversed.has(id) ? 'reversed' : 'credited';
		return this.say({ id, status: reason ? 'failed' : done, reason: reason ?? '' });
	}

	say(fields) {
		return this.writer.command('XADD', this.answerKey, '*', ...Object.entries(fields).flat());
	}

	megabytes() {
		return [...this.credited.values()].reduce((sum, { amount_mb }) => sum + Number(amount_mb), 0);
	}

	stop() {
		this.running = false;
		this.client?.close();
		this.writer?.close();
	}
}
