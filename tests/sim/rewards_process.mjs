// SPDX-License-Identifier: AGPL-3.0-or-later
// rewards_process.mjs PORT LEDGER [PREFIX] - a rewards system in a process of its own, which may be
// killed at any moment. The ledger is a file with a line for each credit; what is in it was credited,
// and is answered only after it is on the disk.

import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { RedisClient, entries } from '../lib/redis.mjs';

const [port, ledger, prefix = 'mr:'] = process.argv.slice(2);
const REQUESTS = `${prefix}rewards`;
const ANSWERS = `${prefix}rewards:acks`;
const GROUP = 'rewards';

// The ids in the ledger. A last line that was not written to its end is cut off.
function openLedger() {
	const text = fs.existsSync(ledger) ? fs.readFileSync(ledger, 'latin1') : '';
	const whole = text.slice(0, text.lastIndexOf('\n') + 1);
	const file = fs.openSync(ledger, fs.constants.O_WRONLY | fs.constants.O_CREAT);
	fs.ftruncateSync(file, whole.length);
	return { file, at: whole.length, ids: new Set(whole.split('\n').filter(Boolean).map((line) => line.split(' ')[0])) };
}

function credit(book, requests) {
	const lines = [];
	for (const { id, subscriber, amount_mb } of requests) {
		if (book.ids.has(id)) continue;
		book.ids.add(id);
		lines.push(`${id} ${subscriber} ${amount_mb}\n`);
	}
	if (!lines.length) return;
	book.at += fs.writeSync(book.file, lines.join(''), book.at, 'latin1');
	fs.fsyncSync(book.file);
}

async function serve(redis, book) {
	await redis.command('XGROUP', 'CREATE', REQUESTS, GROUP, '0', 'MKSTREAM').catch(() => {});
	for (let from = '0';;) {
		const reply = await redis.command('XREADGROUP', 'GROUP', GROUP, 'one', 'COUNT', 500, 'BLOCK', 500,
			'STREAMS', REQUESTS, from);
		const got = entries(reply?.[0]?.[1]);
		if (got.length === 0) {
			from = '>';
			continue;
		}
		credit(book, got.map(({ fields }) => fields));
		await Promise.all(got.map(({ fields }) => redis.command('XADD', ANSWERS, '*', 'id', fields.id, 'status', 'credited')));
		await redis.command('XACK', REQUESTS, GROUP, ...got.map(({ id }) => id));
	}
}

const book = openLedger();
for (;;) {
	const redis = new RedisClient(Number(port));
	try {
		await redis.connect();
		await serve(redis, book);
	} catch {
		redis.close();
		await pause(50);
	}
}
