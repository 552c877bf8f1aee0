// SPDX-License-Identifier: AGPL-3.0-or-later
// run.mjs - the town of the demo, left running for a person to play with, until Ctrl-C. The small
// commands text.mjs, call.mjs and abroad.mjs talk to it over a Unix socket in build/.

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { statusName } from '../lib/peers.mjs';
import { binary, project } from '../lib/process.mjs';
import { bold, cyan, dim, green, say, sayWrapped } from './print.mjs';
import { TOWN_SOCKET } from './ask.mjs';
import { closeTown, openTown } from './town.mjs';

const town = await openTown();
town.centre.onMessage = ({ from, to, text }) => {
	sayWrapped(green(`${from} → ${to}  `), text.replaceAll('\n', ' / '));
};

const ACTIONS = {
	// A subscriber texts 10086999.
	async text({ from, text }) {
		sayWrapped(cyan(`${from} → 10086999  `), text);
		const known = town.centre.to(from).length;
		const [pdu] = await town.centre.send(from, text);
		return { status: statusName(pdu.command_status), id: pdu.message_id, known };
	},
	// A call was made: the next record of the switch says so.
	async call({ caller, called, seconds = 35, entry = 'own' }) {
		await town.records.campaign(caller, 40);
		await town.records.call(caller, called, { start: Date.now() - 30000, duration: Number(seconds), entry });
		return { status: 'recorded' };
	},
	// A hub abroad has a message for a subscriber.
	async abroad({ from, to, text }) {
		const pdu = await town.abroad.message(from, to, text);
		return { status: statusName(pdu.command_status) };
	},
	// What reached a handset since `known`.
	async handset({ number, known = 0 }) {
		const messages = town.centre.to(number).slice(known);
		return { messages: messages.map(({ from, text }) => ({ from, text })) };
	},
};

fs.rmSync(TOWN_SOCKET, { force: true });
const server = net.createServer((socket) => {
	let got = '';
	socket.on('error', () => {});
	socket.on('data', async (data) => {
		got += data;
		if (!got.includes('\n')) return;
		try {
			const { action, ...values } = JSON.parse(got.split('\n')[0]);
			socket.end(JSON.stringify(await ACTIONS[action](values)));
		} catch (error) {
			socket.end(JSON.stringify({ error: error.message }));
		}
	});
});
server.listen(TOWN_SOCKET);

const here = (file) => path.relative(process.cwd(), path.join(project, file));
const cli = `${path.relative(process.cwd(), binary('mianrao'))} --socket ${town.daemon.socket}`;
say(bold('Linjiang is awake. In another terminal:'));
const LINES = [
	['a call that sells something', `node ${here('tests/sim/call.mjs')} 13712345678 13800138000 40`],
	['its report', `node ${here('tests/sim/text.mjs')} 13800138000 '13712345678*推销宽带'`],
	['raise the shield', `node ${here('tests/sim/text.mjs')} 13800138000 KTJWPB`],
	['a message from abroad', `node ${here('tests/sim/abroad.mjs')} +85298765432 13800138000 hello`],
	['look into it', `${cli} status`],
	['', `${cli} reports`],
	['', `${cli} screen +85298765432 13800138000 --sms`],
	['metrics', `curl http://127.0.0.1:${town.config.http.port}/metrics`],
	['events', `redis-cli -p ${town.redis.port} XRANGE mr:events - +`],
	['the log', `tail -f ${town.daemon.log}`],
	['SMPP', `127.0.0.1:${town.daemon.smppPort}, accounts centre, abroad, national; password linjiang`],
];
for (const [what, command] of LINES) say(`  ${dim(what.padEnd(28))}${command}`);
say(dim(`  everything is in ${town.folder} and goes when you press Ctrl-C`));

let closing = false;
async function close() {
	if (closing) return;
	closing = true;
	server.close();
	fs.rmSync(TOWN_SOCKET, { force: true });
	await closeTown(town);
	process.exit(0);
}
process.removeAllListeners('SIGINT').on('SIGINT', close);
process.removeAllListeners('SIGTERM').on('SIGTERM', close);
town.daemon.child.ended.then(({ code, signal }) => {
	if (closing) return;
	say(`mianraod ended (${signal ?? code}); its log is ${town.daemon.log}`);
	process.exit(1);
});
