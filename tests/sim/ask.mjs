// SPDX-License-Identifier: AGPL-3.0-or-later
// ask.mjs - one question to the town that `make run` keeps awake.

import net from 'node:net';
import path from 'node:path';

import { project } from '../lib/process.mjs';

export const TOWN_SOCKET = path.join(project, 'build/town.sock');

export function ask(action, values) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(TOWN_SOCKET);
		let got = '';
		socket.on('error', () => reject(new Error('nobody is awake: start `make run` first')));
		socket.on('data', (data) => {
			got += data;
		});
		socket.on('end', () => {
			const answer = JSON.parse(got);
			if (answer.error) reject(new Error(answer.error));
			else resolve(answer);
		});
		socket.write(`${JSON.stringify({ action, ...values })}\n`);
	});
}

// Runs a command of a few arguments: prints its usage, or the one line that went wrong.
export async function command(usage, needed, body) {
	const args = process.argv.slice(2);
	if (args.length < needed) {
		process.stderr.write(`usage: node ${path.relative(process.cwd(), process.argv[1])} ${usage}\n`);
		process.exitCode = 2;
		return;
	}
	try {
		await body(...args);
	} catch (error) {
		process.stderr.write(`${error.message}\n`);
		process.exitCode = 1;
	}
}
