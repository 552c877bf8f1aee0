// SPDX-License-Identifier: AGPL-3.0-or-later
// load.mjs - subscribers who report, one after another, each once, and a centre that behaves as
// centres do: what was not answered, or refused for now, is sent again.

import { Lost, STATUS } from './peers.mjs';
import { SELLER } from './steps.mjs';
import { waitFor } from './wait.mjs';

const LATER = new Set([STATUS.ESME_RTHROTTLED, STATUS.ESME_RMSGQFUL, STATUS.ESME_RSYSERR]);
const turn = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

export class Load {
	constructor(world, smsc, { workers = 8, most = Infinity, text = () => `${SELLER}*推销宽带`, calls = true, pace = 0 } = {}) {
		Object.assign(this, { world, smsc, workers, most, text, calls, pace });
		this.started = 0;
		this.acknowledged = new Map(); // subscriber -> message id
		this.attempts = 0;
		this.refusals = 0;
		this.running = true;
		world.peers.push(this);
	}

	start() {
		this.done = Promise.all(Array.from({ length: this.workers }, () => this.#work()));
		return this;
	}

	async #work() {
		while (this.running) {
			if (this.started >= this.most) {
				this.exhausted = true;
				await turn(20);
				continue;
			}
			if (this.pace) await turn(this.pace);
			await this.#one(`+86139${String(10000000 + this.started++)}`);
		}
	}

	async #one(subscriber) {
		if (this.calls)
			await this.world.records.call(SELLER, subscriber, { start: Date.now() - 120e3 });
		for (;;) {
			try {
				this.attempts++;
				const [pdu] = await this.smsc.send(subscriber, this.text(this.started));
				if (pdu.command_status === 0) {
					this.acknowledged.set(subscriber, pdu.message_id);
					return;
				}
				if (!LATER.has(pdu.command_status))
					throw new Error(`status ${pdu.command_status} for ${subscriber}`);
				this.refusals++;
			} catch (error) {
				if (!(error instanceof Lost)) throw error;
			}
			if (this.dropped) return;
			await turn();
		}
	}

	// The end of the world, whatever is under way: that of a test that failed.
	drop() {
		this.running = false;
		this.dropped = true;
	}

	async stop() {
		this.running = false;
		await this.done;
	}

	// Everyone who was acknowledged has had these texts on the handset.
	async everyoneTold(match, { timeout = 60000 } = {}) {
		const left = new Set(this.acknowledged.keys());
		let next = 0;
		await waitFor(() => `${left.size} of ${this.acknowledged.size} to be told ${match}, such as ` +
			`${[...left].slice(0, 3).join(' ')}`, () => {
			for (; next < this.smsc.messages.length; next++)
				if (match.test(this.smsc.messages[next].text)) left.delete(this.smsc.messages[next].to);
			return left.size === 0;
		}, { timeout, every: 50 });
	}
}
