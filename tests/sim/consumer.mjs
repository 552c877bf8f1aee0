// SPDX-License-Identifier: AGPL-3.0-or-later
// consumer.mjs - the rewards system that is killed again and again: the reference consumer of deploy/
// where there is one, else the one of this folder, or any other:
//
//   SIM_CONSUMER="command"  runs it; {port} is that of Redis, {ledger} a file of its own
//   SIM_LEDGER="command"    prints the id of each credit that it has given, one a line

import fs from 'node:fs';
import path from 'node:path';

import { project, run, start } from '../lib/process.mjs';

const here = (name) => path.join(project, 'tests/sim', name);
const REFERENCE = path.join(project, 'deploy/rewards-consumer/consumer.py');

const OURS = { run: `exec node ${here('rewards_process.mjs')} {port} {ledger}`, ledger: `cut -d' ' -f1 {ledger}` };
const THEIRS = {
	run: `exec /usr/bin/python3 ${REFERENCE} --redis 127.0.0.1:{port} --db {ledger}`,
	ledger: `sqlite3 {ledger} "SELECT id FROM entry WHERE type='credit'"`,
};

export class Consumer {
	constructor(folder, redisPort) {
		const commands = process.env.SIM_CONSUMER
			? { run: process.env.SIM_CONSUMER, ledger: process.env.SIM_LEDGER }
			: fs.existsSync(REFERENCE) ? THEIRS : OURS;
		this.values = { port: redisPort, ledger: path.join(folder, 'ledger') };
		this.commands = commands;
		this.log = path.join(folder, 'consumer.log');
		this.kills = 0;
	}

	#fill(command) {
		return command.replace(/\{(\w+)\}/g, (_, name) => this.values[name]);
	}

	start() {
		this.child = start('sh', ['-c', this.#fill(this.commands.run)], { log: this.log, env: process.env });
		return this;
	}

	async kill() {
		this.kills++;
		this.child.kill('SIGKILL');
		await this.child.ended;
	}

	// The ids of all credits, each as often as it was given.
	async credits() {
		const { code, out, err } = await run('sh', ['-c', this.#fill(this.commands.ledger)], { timeout: 120000 });
		if (code !== 0) throw new Error(`the ledger cannot be read: ${err}`);
		return out.split('\n').filter(Boolean);
	}
}
