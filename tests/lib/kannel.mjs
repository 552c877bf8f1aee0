// SPDX-License-Identifier: AGPL-3.0-or-later
// kannel.mjs - Kannel as Debian packages it: bearerbox, whose SMPP links bind to the gateway, and
// smsbox, through which the test sends texts into it and sees what comes out.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import { freePort, start } from './process.mjs';
import { Hopeless, waitFor, within } from './wait.mjs';

const SECRET = 'kannel';

// One group of a Kannel configuration; groups are kept apart by empty lines.
const group = (name, values) => [`group = ${name}`,
	...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(String(value))}`), '', ''].join('\n');

function get(port, target) {
	const answer = new Promise((resolve, reject) => {
		http.get({ host: '127.0.0.1', port, path: target, agent: false }, (response) => {
			const chunks = [];
			response.on('data', (data) => chunks.push(data));
			response.on('end', () => resolve({
				status: response.statusCode, body: Buffer.concat(chunks).toString('utf8') }));
		}).on('error', reject);
	});
	return within(`GET ${target}`, answer);
}

function listens(port) {
	const socket = net.connect(port, '127.0.0.1');
	return new Promise((resolve) => {
		socket.on('connect', () => resolve(true));
		socket.on('error', () => resolve(false));
	}).finally(() => socket.destroy());
}

export class Kannel {
	// `links` are the values of smsc groups; what they have in common is added here.
	constructor(folder, links) {
		this.folder = path.join(folder, 'kannel');
		this.links = links;
		this.messages = []; // what Kannel has received: { from, to, text, coding }
	}

	async start() {
		fs.mkdirSync(this.folder);
		this.admin = await freePort();
		this.boxes = await freePort();
		this.sendsms = await freePort();
		await this.#listen();
		this.file = path.join(this.folder, 'kannel.conf');
		fs.writeFileSync(this.file, this.#config());
		this.bearerbox = this.#run('bearerbox');
		await this.#answers(this.bearerbox, async () => await this.status() && listens(this.boxes));
		this.smsbox = this.#run('smsbox');
		await this.#answers(this.smsbox, () => get(this.sendsms, '/'));
		return this;
	}

	#config() {
		const local = '127.0.0.1';
		const links = this.links.map((link, i) => group('smsc', {
			'smsc': 'smpp', 'smsc-id': `link${i}`, 'host': local, 'system-type': '', 'interface-version': 34,
			'reconnect-delay': 1, 'enquire-link-interval': 30, 'source-addr-autodetect': 'yes', ...link }));
		return [
			group('core', { 'admin-port': this.admin, 'admin-interface': local, 'admin-password': SECRET,
				'smsbox-port': this.boxes, 'smsbox-interface': local, 'log-level': 0, 'dlr-storage': 'internal',
				'box-allow-ip': local, 'box-deny-ip': '*.*.*.*', 'http-timeout': 10 }),
			...links,
			group('smsbox', { 'bearerbox-host': local, 'bearerbox-port': this.boxes, 'sendsms-port': this.sendsms,
				'sendsms-interface': local, 'log-level': 0 }),
			group('sendsms-user', { username: 'test', password: SECRET, concatenation: 'true', 'max-messages': 20 }),
			group('sms-service', { keyword: 'default', 'max-messages': 0, 'concatenation': 'true',
				'get-url': `http://${local}:${this.inbox}/?from=%p&to=%P&coding=%c&octets=%b&link=%i` }),
		].join('\n');
	}

	#run(program) {
		return start(`/usr/sbin/${program}`, ['-v', '0', this.file], {
			cwd: this.folder, log: path.join(this.folder, `${program}.log`) });
	}

	#answers(child, ask) {
		return waitFor('Kannel to answer', async () => {
			if (!child.running()) throw new Hopeless(`Kannel ended: ${child.lines.slice(-8).join('\n')}`);
			return ask();
		});
	}

	// Where smsbox puts what comes.
	async #listen() {
		this.inbox = await freePort();
		this.server = http.createServer((request, response) => {
			const { query } = splitTarget(request.url);
			const octets = query.get('octets') ?? Buffer.alloc(0);
			const coding = Number(query.get('coding'));
			this.messages.push({ from: `${query.get('from')}`, to: `${query.get('to')}`, coding, octets,
				text: coding === 2 ? Buffer.from(octets).swap16().toString('utf16le') : octets.toString('utf8') });
			response.end();
		});
		await new Promise((resolve) => this.server.listen(this.inbox, '127.0.0.1', resolve));
	}

	async status() {
		return (await get(this.admin, `/status.txt?password=${SECRET}`)).body;
	}

	// Whether each link is bound, as Kannel sees it.
	async online() {
		const lines = (await this.status()).split('\n').filter((line) => / SMPP:/.test(line));
		return lines.map((line) => /\(online/.test(line));
	}

	whenOnline() {
		let seen = [];
		return waitFor(() => `Kannel to be bound: ${seen}`, async () => {
			seen = await this.online();
			return seen.length === this.links.length && seen.every(Boolean);
		});
	}

	// Submits a text; coding 0 is GSM 7-bit, 2 is UCS2.
	async send(from, to, text, { coding = 2, link } = {}) {
		const query = new URLSearchParams({ username: 'test', password: SECRET, from, to, text,
			charset: 'UTF-8', coding, ...(link === undefined ? {} : { smsc: `link${link}` }) });
		const { status, body } = await get(this.sendsms, `/cgi-bin/sendsms?${query}`);
		assert.equal(status, 202, body);
	}

	expect(number, match, options) {
		const mine = () => this.messages.filter((message) => message.to === number);
		return waitFor(() => `a text to ${number} like ${match} in Kannel; there came: ` +
			JSON.stringify(this.messages), () => mine().find((message) => match.test(message.text)), options);
	}

	async close() {
		for (const child of [this.smsbox, this.bearerbox]) {
			child?.kill('SIGKILL');
			await child?.ended;
		}
		await new Promise((resolve) => this.server?.close(resolve));
	}

	drop() {
		this.smsbox?.kill('SIGKILL');
		this.bearerbox?.kill('SIGKILL');
		this.server?.closeAllConnections?.();
		this.server?.close();
	}
}

// The query of a request as octets by name: URLSearchParams would read them as UTF-8.
function splitTarget(target) {
	const query = new Map();
	for (const pair of target.slice(target.indexOf('?') + 1).split('&')) {
		const [name, value = ''] = pair.split('=');
		query.set(name, Buffer.from(value.replace(/\+/g, ' ')
			.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1'));
	}
	return { query };
}
