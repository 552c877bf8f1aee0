// SPDX-License-Identifier: AGPL-3.0-or-later
// sip.mjs - a SIP proxy that asks: raw messages over UDP and TCP, so that their octets are the test's.

import dgram from 'node:dgram';
import net from 'node:net';

import { waitFor } from './wait.mjs';

let serial = 0;

// An INVITE as a proxy sends it; `headers` are added, `over` replaces what it names.
export function invite({ from = '+8613712345678', to = '+8613800138000', headers = [], over = {} } = {}) {
	const id = ++serial;
	const head = {
		Via: `SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${id};rport`,
		'Max-Forwards': '70',
		From: `<sip:${from}@home.example>;tag=f${id}`,
		To: `<sip:${to}@home.example>`,
		'Call-ID': `call-${id}@127.0.0.1`,
		CSeq: '1 INVITE',
		...over,
	};
	const lines = Object.entries(head).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`);
	return [`INVITE sip:${to}@home.example SIP/2.0`, ...lines, ...headers, 'Content-Length: 0', '', ''].join('\r\n');
}

export function parse(text) {
	const [start, ...lines] = text.split('\r\n\r\n')[0].split('\r\n');
	const headers = {};
	for (const line of lines) {
		const at = line.indexOf(':');
		(headers[line.slice(0, at).toLowerCase()] ??= []).push(line.slice(at + 1).trim());
	}
	return { status: Number(start.split(' ')[1]), start, headers, text };
}

export class SipUdp {
	static async open(port) {
		const proxy = new SipUdp();
		proxy.socket = dgram.createSocket('udp4');
		proxy.answers = [];
		proxy.socket.on('message', (octets) => proxy.answers.push(parse(octets.toString('latin1'))));
		await new Promise((resolve) => proxy.socket.bind(0, '127.0.0.1', resolve));
		proxy.port = port;
		return proxy;
	}

	send(text) {
		this.socket.send(Buffer.from(text, 'latin1'), this.port, '127.0.0.1');
	}

	async ask(text) {
		const before = this.answers.length;
		this.send(text);
		await waitFor('an answer over UDP', () => this.answers.length > before, { every: 2 });
		return this.answers[before];
	}

	drop() {
		this.socket.close();
	}
}

export class SipTcp {
	static async open(port) {
		const proxy = new SipTcp();
		proxy.text = '';
		proxy.socket = net.connect(port, '127.0.0.1');
		proxy.socket.on('data', (octets) => { proxy.text += octets.toString('latin1'); });
		proxy.socket.on('close', () => { proxy.closed = true; });
		proxy.socket.on('error', () => {});
		await new Promise((resolve, reject) => {
			proxy.socket.once('connect', resolve);
			proxy.socket.once('error', reject);
		});
		return proxy;
	}

	get answers() {
		return this.text.split('\r\n\r\n').filter((one) => one.trim()).map((one) => parse(`${one.trimStart()}\r\n\r\n`));
	}

	send(text) {
		this.socket.write(Buffer.from(text, 'latin1'));
	}

	async expect(count) {
		await waitFor(`${count} answers over TCP`, () => this.text.split('\r\n\r\n').length > count, { every: 2 });
		return this.answers;
	}

	drop() {
		this.socket.destroy();
	}
}
