// SPDX-License-Identifier: AGPL-3.0-or-later
// osmomsc.mjs - OsmoMSC as Debian packages it, as an SMSC to bind to: with a subscriber register
// (GSUP) and an MME for its handsets, all on loopback.

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { Mme, bcd, elements, lv } from './handset.mjs';
import { freePort, project, start } from './process.mjs';
import { Hopeless, waitFor } from './wait.mjs';

const STAND_IN = path.join(project, 'build/interop/sctp_stand_in.so');
const IPA = { osmo: 0xee, control: 0xfe, gsup: 0x05 };
const GSUP = { update: 0x04, updated: 0x06, insert: 0x10, purge: 0x0c, purged: 0x0e };
const GSUP_IE = { imsi: 0x01, msisdn: 0x08, domain: 0x28 };

// A subscriber register: lets in whoever it knows, with their number.
class Register {
	constructor() {
		this.numbers = new Map(); // by IMSI in BCD
	}

	add(imsi, number) {
		this.numbers.set(bcd(imsi).toString('hex'), number);
	}

	async listen(host) {
		this.port = await freePort();
		this.sockets = new Set();
		this.server = net.createServer((socket) => {
			let rest = Buffer.alloc(0);
			this.sockets.add(socket);
			socket.on('error', () => {});
			socket.on('close', () => this.sockets.delete(socket));
			socket.on('data', (data) => {
				rest = Buffer.concat([rest, data]);
				while (rest.length >= 3 && rest.length >= 3 + rest.readUInt16BE(0)) {
					const length = 3 + rest.readUInt16BE(0);
					this.#message(socket, rest[2], rest.subarray(3, length));
					rest = rest.subarray(length);
				}
			});
		});
		await new Promise((resolve) => this.server.listen(this.port, host, resolve));
	}

	#message(socket, protocol, body) {
		const send = (kind, octets) => socket.write(Buffer.concat([
			Buffer.from([octets.length >> 8, octets.length & 0xff, kind]), octets]));
		if (protocol === IPA.control && body[0] === 0) send(IPA.control, Buffer.from([1])); // ping
		if (protocol !== IPA.osmo || body[0] !== IPA.gsup) return;
		const imsi = elements(body.subarray(2)).get(GSUP_IE.imsi);
		const answer = (type, ...ies) => send(IPA.osmo, Buffer.concat([
			Buffer.from([IPA.gsup, type, GSUP_IE.imsi]), lv(imsi), ...ies]));
		const number = this.numbers.get(imsi.toString('hex'));
		if (body[1] === GSUP.update && number)
			answer(GSUP.insert, Buffer.from([GSUP_IE.msisdn]), lv(lv(bcd(number))),
				Buffer.from([GSUP_IE.domain, 1, 2]));
		if (body[1] === GSUP.insert + 2) answer(GSUP.updated);
		if (body[1] === GSUP.purge) answer(GSUP.purged);
	}

	close() {
		for (const socket of this.sockets ?? []) socket.destroy();
		this.server?.close();
	}
}

export class OsmoMsc {
	// `esmes`: { name: [lines of its configuration] }.
	constructor(folder, esmes) {
		this.folder = path.join(folder, 'osmo-msc');
		this.esmes = esmes;
		// Some of its ports cannot be chosen: an address of its own instead.
		this.host = `127.${64 + process.pid % 64}.${process.pid >> 6 & 0xff}.${1 + Math.floor(Math.random() * 250)}`;
		this.register = new Register();
	}

	async start() {
		if (!fs.existsSync(STAND_IN)) throw new Error(`${STAND_IN} is not there: make interop-bin`);
		fs.mkdirSync(this.folder);
		this.smppPort = await freePort();
		this.sgsPort = await freePort();
		this.vtyPort = await freePort();
		await this.register.listen(this.host);
		fs.writeFileSync(path.join(this.folder, 'osmo-msc.cfg'), this.#config());
		await this.#run();
		return this;
	}

	// Ends it and starts it anew on the same ports; nobody is attached then.
	async restart() {
		this.mme.close();
		this.child.kill('SIGKILL');
		await this.child.ended;
		await this.#run();
	}

	async #run() {
		this.child = start('osmo-msc', ['-c', 'osmo-msc.cfg'], {
			cwd: this.folder, log: path.join(this.folder, 'osmo-msc.log'),
			env: { ...process.env, LD_PRELOAD: STAND_IN, ASAN_OPTIONS: '' } });
		await waitFor('OsmoMSC', () => {
			if (!this.child.running()) throw new Hopeless(`OsmoMSC ended: ${this.child.lines.slice(-4).join('; ')}`);
			return this.child.lines.some((line) => /Iu-interface: SCCP user/.test(line));
		});
		this.mme = await new Mme(this.host, this.sgsPort).connect();
	}

	#config() {
		const smpp = ['smpp', ` local-tcp-ip ${this.host} ${this.smppPort}`, ' system-id osmo', ' policy closed', ' smpp-first'];
		for (const [name, lines] of Object.entries(this.esmes))
			smpp.push(` esme ${name}`, ...lines.map((line) => `  ${line}`));
		return ['log stderr', ' logging filter all 1', ' logging color 0', ' logging timestamp 0',
			' logging print category 1', ' logging level set-all info',
			'line vty', ' no login', ` bind ${this.host} ${this.vtyPort}`,
			'ctrl', ` bind ${this.host}`,
			'network', ' network country code 460', ' mobile network code 0', ' short name test', ' long name test',
			'msc', ' no assign-tmsi', ` mgw remote-ip ${this.host}`, ` mgw local-ip ${this.host}`,
			'sgs', ` local-ip ${this.host}`, ` local-port ${this.sgsPort}`,
			'hlr', ` remote-ip ${this.host}`, ` remote-port ${this.register.port}`,
			'smsc', ' database sms.db',
			...smpp, ''].join('\n');
	}

	// A handset that is let in.
	async handset(imsi, number) {
		this.register.add(imsi, number);
		return this.mme.handset(imsi, number).attach();
	}

	async close() {
		this.mme?.close();
		this.register.close();
		this.child?.kill('SIGKILL');
		await this.child?.ended;
	}

	drop() {
		this.mme?.close();
		this.register.close();
		this.child?.kill('SIGKILL');
	}
}
