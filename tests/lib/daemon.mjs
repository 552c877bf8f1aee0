// SPDX-License-Identifier: AGPL-3.0-or-later
// daemon.mjs - mianraod as a child process, and the ways to look into it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import { binary, run, start } from './process.mjs';
import { Hopeless, waitFor, within } from './wait.mjs';
import { toYaml } from './yaml.mjs';

const SANITIZER = /AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehaviorSanitizer/;

// What `mianrao accounts hash` gives for a password. Hashing is slow on purpose: once a password.
const hashes = new Map();
export function hashPassword(password) {
	if (!hashes.has(password))
		hashes.set(password, run(binary('mianrao'), ['accounts', 'hash'], { input: `${password}\n` })
			.then(({ code, out, err }) => {
				assert.equal(code, 0, `mianrao accounts hash: ${err}`);
				return out.trim();
			}));
	return hashes.get(password);
}

export class Daemon {
	// `env`: more for its environment.
	constructor(folder, config, { env } = {}) {
		this.folder = folder;
		this.env = env;
		this.config = config;
		this.file = path.join(folder, 'mianrao.yaml');
		this.log = path.join(folder, 'mianraod.log');
		this.starts = 0;
		this.write();
	}

	write(config = this.config) {
		this.config = config;
		fs.writeFileSync(this.file, toYaml(config));
	}

	get socket() {
		return this.config.control_socket || path.join(this.config.state_dir, 'control.sock');
	}

	get smppPort() {
		return this.config.smpp.listeners[0].port;
	}

	get lines() {
		return this.child?.lines ?? [];
	}

	launch() {
		this.starts++;
		this.child = start(binary('mianraod'), ['-c', this.file], {
			log: this.log,
			env: {
				...process.env,
				ASAN_OPTIONS: `abort_on_error=0:exitcode=99${this.env?.LD_PRELOAD ? ':verify_asan_link_order=0' : ''}`,
				TZ: 'UTC',
				...this.env,
			},
		});
		return this;
	}

	async start() {
		this.launch();
		await this.ready();
		return this;
	}

	async ready(timeout = 20000) {
		await waitFor('mianraod to be ready', () => {
			if (this.lines.some((line) => /\bready\b/.test(line))) return true;
			if (!this.child.running()) {
				const last = this.lines.slice(-8).join('\n');
				throw new Hopeless(`mianraod ended before it was ready:\n${last}`);
			}
			return false;
		}, { timeout, every: 5 });
	}

	get running() {
		return Boolean(this.child?.running());
	}

	// SIGTERM; the daemon must drain, end with 0 and have nothing to say about memory.
	async stop({ timeout = 20000 } = {}) {
		if (!this.child) return;
		if (this.running) this.child.kill('SIGTERM');
		const { code, signal } = await within('the end of mianraod', this.child.ended, timeout);
		this.assertClean();
		assert.equal(signal, null, `mianraod was ended by ${signal}`);
		assert.equal(code, 0, `mianraod ended with ${code}`);
	}

	async kill() {
		if (this.running) this.child.kill('SIGKILL');
		await this.child?.ended;
	}

	reload() {
		this.child.kill('SIGHUP');
	}

	assertClean() {
		const text = fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8') : '';
		const at = text.search(SANITIZER);
		assert.ok(at < 0, `a sanitizer complained:\n${text.slice(Math.max(0, at - 200), at + 4000)}`);
	}

	expectLog(match, { timeout = 10000, from = 0 } = {}) {
		return waitFor(`a log line like ${match}`,
			() => this.lines.slice(from).find((line) => match.test(line)), { timeout });
	}

	// `mianrao ...` as a person would run it.
	command(...args) {
		return run(binary('mianrao'), ['--socket', this.socket, ...args]);
	}

	// `mianrao --json ...` as a script would.
	async json(...args) {
		const { code, out, err } = await run(binary('mianrao'),
			['--socket', this.socket, '--json', ...args]);
		assert.equal(code, 0, `mianrao --json ${args.join(' ')}: ${err || out}`);
		return JSON.parse(out);
	}

	// A request as the control socket takes it, and the whole reply.
	ask(command, args = {}) {
		const answer = new Promise((resolve, reject) => {
			let text = '';
			const socket = net.connect(this.socket,
				() => socket.write(`${JSON.stringify({ command, ...args })}\n`));
			socket.on('data', (data) => {
				text += data;
				for (const line of text.split('\n').slice(0, -1).map((one) => JSON.parse(one))) {
					if (line.event) continue;
					socket.destroy();
					resolve(line);
				}
			});
			socket.on('error', reject);
			socket.on('close', () => reject(new Error(`${command}: no answer`)));
		});
		return within(command, answer, 60000);
	}

	// `mianrao audit` without the program, which takes longer than its answer: every test ends so.
	audit() {
		const answer = new Promise((resolve, reject) => {
			let text = '';
			const socket = net.connect(this.socket, () => socket.write('{"command":"audit"}\n'));
			socket.on('data', (data) => {
				text += data;
				for (const line of text.split('\n').slice(0, -1).map((one) => JSON.parse(one))) {
					if (line.event) continue; // how far it is
					socket.destroy();
					if (line.ok) resolve(line.result);
					else reject(new Error(`audit: ${line.error}`));
				}
			});
			socket.on('error', reject);
			socket.on('close', () => reject(new Error('audit: no answer')));
		});
		return within('mianrao audit', answer, 60000);
	}

	async assertBalanced() {
		const { balanced, lines, wrong } = await this.audit();
		const differing = lines.filter(({ ok }) => !ok)
			.map(({ name, left, right }) => `${name}: ${left}, ${right}`);
		assert.ok(balanced, `mianrao audit: ${differing.join('; ')}; ${wrong.join(' ')}`);
	}

	http(target, { method = 'GET', headers = {}, body } = {}) {
		const { address, port } = this.config.http;
		const answer = new Promise((resolve, reject) => {
			const request = http.request({ host: address, port, path: target, method, headers,
				agent: false }, (response) => {
				const chunks = [];
				response.on('data', (data) => chunks.push(data));
				response.on('end', () => resolve({
					status: response.statusCode,
					headers: response.headers,
					body: Buffer.concat(chunks).toString('utf8'),
				}));
			});
			request.on('error', reject);
			request.end(body);
		});
		return within(`${method} ${target}`, answer, 15000);
	}

	// The metrics as { name: number }, without the prefix.
	async metrics() {
		const { status, body } = await this.http('/metrics');
		assert.equal(status, 200);
		const values = {};
		for (const line of body.split('\n')) {
			const found = /^mianrao_(\w+)(\{[^}]*\})? ([-+0-9.eE]+|NaN)$/.exec(line);
			if (found) values[found[1] + (found[2] ?? '')] = Number(found[3]);
		}
		return values;
	}

	expectMetric(name, test, { timeout = 15000 } = {}) {
		let seen;
		const fits = typeof test === 'function' ? test : (value) => value === test;
		return waitFor(() => `metric ${name} ${test}; it is ${seen}`, async () => {
			seen = (await this.metrics())[name];
			return fits(seen);
		}, { timeout, every: 40 });
	}
}
