// SPDX-License-Identifier: AGPL-3.0-or-later
// first_minutes.mjs - what stands around a gateway on its first day, for a test that runs it in the network of a
// private machine: an SMSC through which a subscriber texts, and a SIP proxy that asks about a call.
//
//   node first_minutes.mjs text PORT PASSWORD FROM TEXT PATTERN   what the subscriber was told, up to the text
//                                                                 that matches, as JSON
//   node first_minutes.mjs call PORT FROM TO                      the status of the answer to an INVITE that came over
//                                                                 an international trunk

import { Smsc } from './peers.mjs';
import { SipUdp, invite } from './sip.mjs';

const jobs = {
	async text(port, password, from, text, pattern) {
		const smsc = await new Smsc({ port: Number(port), systemId: 'smsc1', password }).connect();
		await smsc.text(from, text);
		await smsc.expect(from, new RegExp(pattern), { timeout: 60000 });
		const told = smsc.to(from).map((message) => message.text);
		await smsc.close();
		return told;
	},
	async call(port, from, to) {
		const proxy = await SipUdp.open(Number(port));
		// Else the next one would be a copy of it: each is a process of its own.
		const over = { Via: `SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${process.pid};rport`, 'Call-ID': `${process.pid}@127.0.0.1` };
		const answer = await proxy.ask(invite({ from, to, over, headers: ['X-Trunk: IGW-1'] }));
		proxy.drop();
		return answer.status;
	},
};

const [job, ...words] = process.argv.slice(2);
console.log(JSON.stringify(await jobs[job](...words)));
