// SPDX-License-Identifier: AGPL-3.0-or-later
// kamailio.mjs - Kamailio as Debian packages it, with the configuration of deploy/kamailio, and sipp as
// callers and called.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { run, start } from './process.mjs';
import { invite, parse } from './sip.mjs';
import { Hopeless, waitFor } from './wait.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const CONFIG = path.join(here, '../../deploy/kamailio/kamailio.cfg');
const SCENARIOS = path.join(here, '../interop/sipp');

export async function freeUdpPort() {
	const socket = dgram.createSocket('udp4');
	await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
	const { port } = socket.address();
	await new Promise((resolve) => socket.close(resolve));
	return port;
}

// Asks with OPTIONS until it answers.
async function answers(child, port) {
	const socket = dgram.createSocket('udp4');
	let answered = false;
	socket.on('message', (octets) => { answered = parse(octets.toString('latin1')).status > 0; });
	await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
	const { port: own } = socket.address();
	try {
		await waitFor('Kamailio to answer', () => {
			if (!child.running()) throw new Hopeless(`Kamailio ended:\n${child.lines.slice(-8).join('\n')}`);
			const options = invite({ to: 'ping', over: { CSeq: '1 OPTIONS', 'Max-Forwards': '0', Via: `SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKping${Date.now()}` } })
				.replace(/^INVITE/, 'OPTIONS');
			socket.send(Buffer.from(options), port, '127.0.0.1');
			return answered;
		}, { every: 100 });
	} finally {
		socket.close();
	}
}

export class Kamailio {
	// Everything that comes is asked about at `mianrao` and goes on to `nextHop`, both ports.
	constructor(folder, { mianrao, nextHop, trunk = 'NGW-1', screenMs = 200 }) {
		Object.assign(this, { folder: path.join(folder, 'kamailio'), mianrao, nextHop, trunk, screenMs });
	}

	async start() {
		fs.mkdirSync(this.folder, { recursive: true });
		this.port = await freeUdpPort();
		const define = (name, value) => ['-A', `${name}=${value}`];
		this.child = start('kamailio', ['-DD', '-E', '-f', CONFIG, '-Y', this.folder, '-m', '64', '-M', '8',
			...define('LISTEN', `udp:127.0.0.1:${this.port}`),
			...define('MIANRAO', `"sip:127.0.0.1:${this.mianrao}"`),
			...define('NEXT_HOP', `"sip:127.0.0.1:${this.nextHop}"`),
			...define('TRUNK', this.trunk),
			...define('SCREEN_MS', String(this.screenMs)),
		], { log: path.join(this.folder, 'kamailio.log') });
		await answers(this.child, this.port);
		return this;
	}

	drop() {
		this.child?.kill('SIGTERM');
	}
}

// The called, as long as the test runs: answers ("phone"), or rings until the caller gives up ("ringing").
export async function phone(folder, scenario = 'phone') {
	const port = await freeUdpPort();
	const child = start('sipp', ['-sf', path.join(SCENARIOS, `${scenario}.xml`), '-i', '127.0.0.1', '-p', String(port),
		'-nostdin', '-skip_rlimit', '-max_socket', '100'], { log: path.join(folder, 'phone.log'), cwd: folder, env: { ...process.env, TERM: 'dumb' } });
	return { port, child, drop: () => child.kill('SIGKILL') };
}

// Runs a scenario `calls` times; what sipp counted as gone well or not.
export async function callers(folder, scenario, port, { from, to, calls = 1, rate = 50, limit = 200, timeout = 60 }) {
	const { code, out, err } = await run('sipp', ['-sf', path.join(SCENARIOS, `${scenario}.xml`), '-i', '127.0.0.1',
		'-p', String(await freeUdpPort()), '-s', to, '-key', 'from', from, '-m', String(calls), '-r', String(rate),
		'-l', String(limit), '-nostdin', '-skip_rlimit', '-trace_err', '-timeout', `${timeout}s`, '-timeout_error',
		`127.0.0.1:${port}`], { cwd: folder, timeout: (timeout + 20) * 1000, env: { ...process.env, TERM: 'dumb' } });
	const count = (name) => Number(out.match(new RegExp(`${name}\\s*\\|\\s*\\d+\\s*\\|\\s*(\\d+)`))?.[1] ?? NaN);
	assert.ok([0, 1].includes(code), `sipp ended with ${code}: ${err.slice(-800)}`);
	return { good: count('Successful call'), bad: count('Failed call') };
}
