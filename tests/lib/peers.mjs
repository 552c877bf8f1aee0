// SPDX-License-Identifier: AGPL-3.0-or-later
// peers.mjs - SMPP peers of the gateway on npm's smpp, a client that is not ours: the short message
// centre that brings the subscribers' texts and takes the answers, bound to us or as a server to
// which we bind, and the hub that asks.

import smpp from 'smpp';

import { Assembler, address, canonical, parts } from './sms.mjs';
import { patience, waitFor, within } from './wait.mjs';

export const STATUS = smpp.errors;

export class Refused extends Error {
	constructor(command, status) {
		super(`${command} was answered with status ${statusName(status)}`);
		this.status = status;
	}
}

export class Lost extends Error {}

export function statusName(status) {
	const name = Object.keys(smpp.errors).find((key) => smpp.errors[key] === status);
	return name ?? `0x${status.toString(16)}`;
}

// One connection. After bind() it gives `onRequest` each request of the gateway.
export class Session {
	// `tls`: what tls.connect() takes (ca, cert, key, servername); none: plain.
	constructor({ port, host = '127.0.0.1', localAddress, tls }) {
		this.options = { port, host, localAddress, ...(tls && { tls: true, ...tls }) };
		this.waiting = new Set();
		this.open = false;
		this.onRequest = undefined;
		this.onClose = undefined;
	}

	connect() {
		return new Promise((resolve, reject) => {
			const session = smpp.connect({ ...this.options });
			session.on(this.options.tls ? 'secureConnect' : 'connect', () => {
				this.open = true;
				resolve(this);
			});
			this.#attach(session, reject);
		});
	}

	// One that the gateway has made to us.
	static accepted(session) {
		const accepted = new Session({});
		accepted.open = true;
		accepted.#attach(session, () => {});
		return accepted;
	}

	#attach(session, reject) {
		this.session = session;
		session.socket.setNoDelay(true);
		session.on('error', (error) => reject(new Lost(error.message)));
		session.on('close', () => this.#closed(reject));
		session.on('pdu', (pdu) => {
			if (!pdu.isResponse()) this.#request(pdu);
		});
	}

	#closed(reject) {
		this.open = false;
		reject(new Lost('connection closed'));
		for (const fail of this.waiting) fail(new Lost('connection closed'));
		this.waiting.clear();
		this.onClose?.();
	}

	#request(pdu) {
		if (pdu.command === 'enquire_link' || pdu.command === 'unbind') {
			if (pdu.command === 'unbind') this.unbound = true;
			this.session.send(pdu.response());
			return;
		}
		this.onRequest?.(pdu, (options) => this.session.send(pdu.response(options)));
	}

	// Sends a request; gives its response, whatever the status is.
	ask(command, fields = {}, timeout = 20000) {
		const answer = new Promise((resolve, reject) => {
			if (!this.open) {
				reject(new Lost('not connected'));
				return;
			}
			this.waiting.add(reject);
			const sent = this.session[command](fields, (pdu) => {
				this.waiting.delete(reject);
				resolve(pdu);
			});
			if (!sent) {
				this.waiting.delete(reject);
				reject(new Lost('the socket takes nothing more'));
			}
		});
		return within(`the answer to ${command}`, answer, timeout);
	}

	async bind(kind, { systemId, password, version = 0x34, systemType = '' }) {
		const pdu = await this.ask(`bind_${kind}`, {
			system_id: systemId,
			password,
			interface_version: version,
			system_type: systemType,
		});
		if (pdu.command_status !== 0) throw new Refused(`bind_${kind}`, pdu.command_status);
		this.bindResponse = pdu;
		return this;
	}

	async unbind() {
		if (this.open) await this.ask('unbind').catch(() => {});
		this.destroy();
	}

	destroy() {
		this.session?.destroy();
	}
}

// What centre and hub have in common: an account, one session for both directions or one for each.
class Peer {
	constructor({ port, systemId, password, split = false, version, kind = 'transceiver', localAddress, tls }) {
		Object.assign(this, { port, systemId, password, split, version, kind, localAddress, tls });
		this.account = { systemId, password, version };
		this.kept = false;
	}

	async connect() {
		const open = async (kind) => {
			const session = await new Session({ port: this.port, localAddress: this.localAddress, tls: this.tls })
				.connect();
			// Before the bind: what waits for us may come in one read with its answer.
			session.onRequest = (pdu, respond) => this.onRequest?.(pdu, respond);
			try {
				await session.bind(kind, this.account);
			} catch (error) {
				session.destroy();
				throw error;
			}
			session.onClose = () => {
				// One that was replaced already may go in peace.
				if (session === this.up || session === this.down) this.#lost();
			};
			return session;
		};
		this.closing = false;
		if (this.split) {
			this.down = await open('receiver');
			this.up = await open('transmitter');
		} else {
			this.up = await open(this.kind);
			this.down = this.up;
		}
		return this;
	}

	// From now on: connects again whenever the connection is lost.
	async keep() {
		this.kept = true;
		await this.#reconnect();
		return this;
	}

	get bound() {
		return Boolean(this.up?.open && this.down?.open);
	}

	#lost() {
		if (this.kept && !this.closing && !this.again) this.#reconnect().catch(() => {});
	}

	async #reconnect() {
		this.again = true;
		const start = Date.now();
		while (this.kept && !this.closing) {
			try {
				this.up?.destroy();
				this.down?.destroy();
				await this.connect();
				break;
			} catch (error) {
				if (error instanceof Refused && error.status !== STATUS.ESME_RALYBND &&
				    error.status !== STATUS.ESME_RBINDFAIL)
					throw error;
				if (Date.now() - start > 120000 * patience) throw error;
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		}
		this.again = false;
		if (this.kept && !this.closing && !this.bound) await this.#reconnect();
	}

	async submit(fields, command = 'submit_sm') {
		return this.up.ask(command, fields);
	}

	async close() {
		this.kept = false;
		this.closing = true;
		for (const session of new Set([this.up, this.down])) await session?.unbind();
	}

	drop() {
		this.closing = true;
		this.kept = false;
		this.up?.destroy();
		this.down?.destroy();
	}
}

const FROM_SUBSCRIBER = (from, to) => {
	const source = address(from);
	const dest = address(to);
	return {
		source_addr_ton: source.ton,
		source_addr_npi: source.npi,
		source_addr: source.addr,
		dest_addr_ton: dest.ton,
		dest_addr_npi: dest.npi,
		destination_addr: dest.addr,
	};
};

export class Smsc extends Peer {
	constructor(options) {
		super(options);
		this.service = options.service ?? '10086999';
		this.messages = []; // what reached handsets: { from, to, text, parts, at }
		this.pdus = []; // and as it came
		this.assembler = new Assembler();
		this.reference = 1;
		this.delivered = 0;
		// How handsets answer: return the options of the response, or undefined to stay silent.
		this.answer = () => ({ command_status: 0 });
		this.onMessage = undefined;
		this.takes = ['deliver_sm', 'data_sm'];
	}

	onRequest(pdu, respond) {
		if (!this.takes.includes(pdu.command)) {
			respond({ command_status: STATUS.ESME_RINVCMDID });
			return;
		}
		this.pdus.push(pdu);
		const options = this.answer(pdu);
		if (!options) return;
		if (!options.command_status) this.#deliver(pdu);
		respond(options);
	}

	#deliver(pdu) {
		this.delivered++;
		const from = canonical(pdu.source_addr, pdu.source_addr_ton);
		const to = canonical(pdu.destination_addr, pdu.dest_addr_ton);
		const whole = this.assembler.take(`${from}>${to}`, pdu);
		if (!whole) return;
		const message = { from, to, ...whole, pdu, at: Date.now() };
		this.messages.push(message);
		this.onMessage?.(message);
	}

	// The PDUs of a subscriber's text.
	compose(from, text, { to = this.service, how, coding, size, reference } = {}) {
		const number = reference ?? this.reference++ % 250 + 1;
		return parts(text, { how, coding, size, reference: number })
			.map((part) => ({ ...FROM_SUBSCRIBER(from, to), ...part }));
	}

	// Sends a subscriber's text as its handset would. Gives the responses of its parts; `order`
	// is a list of part indices.
	async send(from, text, options = {}) {
		const pdus = this.compose(from, text, options);
		const order = options.order ?? pdus.map((_, i) => i);
		const answers = [];
		for (const i of order) answers.push(await this.submit({ ...pdus[i] }, options.command));
		return answers;
	}

	// The same, and every part must be taken; gives the message id of the last.
	async text(from, text, options = {}) {
		const answers = await this.send(from, text, options);
		for (const pdu of answers)
			if (pdu.command_status !== 0) throw new Refused('submit_sm', pdu.command_status);
		return answers.at(-1).message_id;
	}

	to(number) {
		return this.messages.filter((message) => message.to === canonical(number, 0));
	}

	// Waits for a text to a subscriber that matches; `after` skips the first ones.
	async expect(number, match = /./, { after = 0, timeout = 20000 } = {}) {
		const fits = (message) => (match instanceof RegExp ? match.test(message.text) : match(message));
		return waitFor(
			() => `a text to ${number} like ${match}; there came: ` +
				JSON.stringify(this.to(number).map((message) => message.text)),
			() => this.to(number).slice(after).find(fits), { timeout });
	}

	forget() {
		this.messages.length = 0;
		this.pdus.length = 0;
	}
}

// A short message centre to which the gateway binds; handsets use it as they do the other.
export class SmscServer extends Smsc {
	constructor({ port, systemId = 'mianrao', password = 'secret', ...options }) {
		super({ port, systemId, password, ...options });
		this.sessions = []; // bound, in the order of their binds: { kind, bind, ... }
		this.binds = []; // the bind PDUs that came, granted or not
		this.unbinds = 0;
		this.takes = ['submit_sm', 'data_sm'];
		let last = 0;
		this.answer = () => ({ command_status: 0, message_id: String(++last) });
		this.grant = (pdu) => (pdu.system_id === this.systemId && pdu.password === this.password
			? STATUS.ESME_ROK : STATUS.ESME_RINVPASWD);
	}

	listen() {
		this.open = new Set();
		// `tls`: what tls.createServer() takes (key, cert, ca, requestCert, ...); none: plain.
		this.server = smpp.createServer(this.tls ?? {}, (raw) => this.adopt(Session.accepted(raw)));
		this.server.on('tlsClientError', () => {}); // told by the client's side
		return new Promise((resolve, reject) => {
			this.server.on('error', reject);
			this.server.listen(this.port, '127.0.0.1', () => resolve(this));
		});
	}

	adopt(session) {
		this.open?.add(session);
		session.onRequest = (pdu, respond) => {
			pdu.via = session;
			if (pdu.command.startsWith('bind_')) this.#bind(session, pdu, respond);
			else this.onRequest(pdu, respond);
		};
		session.onClose = () => {
			this.open?.delete(session);
			if (session.unbound) this.unbinds++;
			this.sessions = this.sessions.filter((other) => other !== session);
		};
		return session;
	}

	#bind(session, pdu, respond) {
		this.binds.push(pdu);
		const status = this.grant(pdu);
		respond({ command_status: status, system_id: 'far' });
		if (status !== 0) return;
		session.kind = pdu.command.slice('bind_'.length);
		session.bind = pdu;
		this.sessions.push(session);
	}

	// Connects to the gateway and asks it to bind; gives the session, bound or not.
	async outbind(port, { systemId, password, localAddress }) {
		const session = this.adopt(await new Session({ port, localAddress }).connect());
		session.session.send(new smpp.PDU('outbind', { system_id: systemId, password }));
		return session;
	}

	expectBound(count = 1, options) {
		return waitFor(() => `${count} bound sessions; there are ${this.sessions.length}`,
			() => this.sessions.length === count && this.sessions, options);
	}

	get bound() {
		return this.sessions.length > 0;
	}

	async submit(fields, command = 'submit_sm') {
		const ways = this.sessions.filter((session) => session.kind !== 'transmitter');
		if (ways.length === 0) throw new Lost('nobody is bound');
		const way = this.way ?? ways[0];
		return way.ask(command === 'submit_sm' ? 'deliver_sm' : command, fields);
	}

	// Goes away without a word.
	async stop() {
		const ended = new Promise((resolve) => this.server ? this.server.close(resolve) : resolve());
		for (const session of this.open ?? []) session.destroy();
		await ended;
		this.server = undefined;
	}

	async close() {
		await this.stop();
	}

	drop() {
		this.server?.close();
		for (const session of this.open ?? []) session.destroy();
	}
}

export class Hub extends Peer {
	// A message from abroad (or from another network) to a subscriber; gives the response.
	async message(from, to, text, options = {}) {
		const answers = [];
		for (const part of parts(text, { reference: 7, ...options }))
			answers.push(await this.submit({ ...FROM_SUBSCRIBER(from, to), ...part, ...options.fields },
				options.command));
		return answers.at(-1);
	}
}
