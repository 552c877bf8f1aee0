// SPDX-License-Identifier: AGPL-3.0-or-later
// receipts.mjs - an SMSC that gives delivery receipts, and the gateway's settings for one.

import { freePort } from './process.mjs';
import { waitFor } from './wait.mjs';

const RECEIPT = 0x04;
export const INTERMEDIATE = 0x20;

// The configuration of an SMSC on a port of its own, with short clocks.
export async function farSmsc(more = {}) {
	return {
		name: 'far', hosts: [{ address: '127.0.0.1', port: await freePort() }],
		system_id: 'mianrao', password: 'secret', reconnect_min_ms: 20, reconnect_max_ms: 200,
		receipts: 'all', ...more,
	};
}

// The answer to a message as its SMSC would write it, Appendix B.
export const receiptText = (id, stat, err = '000') =>
	`id:${id} sub:001 dlvrd:${stat === 'DELIVRD' ? '001' : '000'} submit date:2611250000 ` +
	`done date:2611250001 stat:${stat} err:${err} text:`;

export function receiptFor(pdu, id, stat, { kind = RECEIPT, err, ...more } = {}) {
	return {
		source_addr_ton: pdu.dest_addr_ton, source_addr_npi: pdu.dest_addr_npi,
		source_addr: pdu.destination_addr,
		dest_addr_ton: pdu.source_addr_ton, dest_addr_npi: pdu.source_addr_npi,
		destination_addr: pdu.source_addr,
		esm_class: kind, short_message: receiptText(id, stat, err), ...more,
	};
}

// Gives ids to the texts that it takes: `taken` lists them as { pdu, id }.
export function givesIds(smsc, name = (count) => `m${count}`) {
	smsc.taken = [];
	smsc.answer = (pdu) => {
		const id = name(smsc.taken.length + 1);
		smsc.taken.push({ pdu, id });
		return { command_status: 0, message_id: id };
	};
	smsc.expectTaken = (count) => waitFor(
		() => `${count} texts taken; there are ${smsc.taken.length}`,
		() => smsc.taken.length >= count && smsc.taken[count - 1]);
	// What became of the text; gives the answer to the receipt.
	smsc.tell = ({ pdu, id }, stat, more) => smsc.submit(receiptFor(pdu, id, stat, more));
	return smsc;
}

// What left for the subscriber, as `mianrao report` shows it.
export const textsOf = async (world, report) =>
	(await world.daemon.json('report', report)).messages.filter(({ direction }) => direction === 'out');

export function expectText(world, report, state, options) {
	let seen;
	return waitFor(() => `a text that is ${state}; there are ${JSON.stringify(seen)}`, async () => {
		seen = await textsOf(world, report);
		return seen.find((text) => text.state === state);
	}, { every: 40, ...options });
}
