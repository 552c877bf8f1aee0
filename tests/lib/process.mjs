// SPDX-License-Identifier: AGPL-3.0-or-later
// process.mjs - child processes that never outlive the test, free ports, temporary folders.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { within } from './wait.mjs';

const children = new Set();
const unmounts = new Set();

function killAll() {
	for (const child of children) child.kill('SIGKILL');
	for (const undo of unmounts) undo();
}

process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => {
		killAll();
		process.exit(130);
	});

// What is running now; and an end to what was started since and still runs.
export const running = () => new Set(children);
export function killSince(before) {
	for (const child of children) if (!before.has(child)) child.kill('SIGKILL');
}

// Something to undo when the process ends in whatever way (a mount).
export function atExit(undo) {
	unmounts.add(undo);
	return () => unmounts.delete(undo);
}

// Starts a program; what it prints goes to `log` (a file) and is kept in `child.lines`.
export function start(command, args, { log, cwd, env, onLine } = {}) {
	const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	const file = log ? fs.openSync(log, 'a') : undefined;
	let rest = '';
	child.lines = [];
	children.add(child);
	const take = (data) => {
		if (file !== undefined && !child.logClosed) fs.writeSync(file, data);
		const pieces = (rest + data.toString('utf8')).split('\n');
		rest = pieces.pop();
		for (const line of pieces) {
			child.lines.push(line);
			onLine?.(line);
		}
		if (child.lines.length > 20000) child.lines.splice(0, 10000);
	};
	child.stdout.on('data', take);
	child.stderr.on('data', take);
	child.ended = new Promise((resolve) => {
		child.on('error', (error) => {
			children.delete(child);
			resolve({ code: -1, signal: null, error });
		});
		child.on('close', (code, signal) => {
			children.delete(child);
			if (rest) child.lines.push(rest);
			if (file !== undefined) {
				child.logClosed = true;
				fs.closeSync(file);
			}
			resolve({ code, signal });
		});
	});
	child.running = () => children.has(child);
	return child;
}

// Runs a program to its end: { code, signal, out, err }.
export function run(command, args, { input, timeout = 30000, env, cwd } = {}) {
	const child = spawn(command, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
	const out = [];
	const err = [];
	children.add(child);
	child.stdout.on('data', (data) => out.push(data));
	child.stderr.on('data', (data) => err.push(data));
	child.stdin.on('error', () => {}); // it may end without reading
	child.stdin.end(input ?? '');
	const ended = new Promise((resolve, reject) => {
		child.on('error', (error) => {
			children.delete(child);
			reject(error);
		});
		child.on('close', (code, signal) => {
			children.delete(child);
			resolve({
				code,
				signal,
				out: Buffer.concat(out).toString('utf8'),
				err: Buffer.concat(err).toString('utf8'),
			});
		});
	});
	return within(`${path.basename(command)} ${args.join(' ')}`, ended, timeout).catch((error) => {
		child.kill('SIGKILL');
		throw error;
	});
}

const taken = new Set();

// A port below the kernel's ephemeral range: a client that connects while the server is away can
// then never be given the server's own port, nor connect to itself. `lasting`: of a range of its own,
// for a server that is away now and then; another test must not find it free meanwhile.
export async function freePort({ lasting = false } = {}) {
	for (let tries = 0; tries < 200; tries++) {
		const port = (lasting ? 12000 : 20000) + Math.floor(Math.random() * (lasting ? 8000 : 12000));
		if (taken.has(port)) continue;
		const free = await new Promise((resolve) => {
			const server = net.createServer();
			server.once('error', () => resolve(false));
			server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
		});
		if (!free) continue;
		taken.add(port);
		return port;
	}
	throw new Error('no free port found');
}

export function temporaryFolder(name = 'mianrao') {
	return fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
}

export const project = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

// The flavour under test: FLAVOUR=asan|release.
export const flavour = process.env.FLAVOUR || 'asan';
export const binary = (name) => path.join(project, 'build', flavour, name);
