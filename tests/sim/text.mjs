// SPDX-License-Identifier: AGPL-3.0-or-later
// text.mjs FROM TEXT - a subscriber texts 10086999; prints what comes back within a few seconds.

import { ask, command } from './ask.mjs';

const PATIENCE = 6000;

await command('FROM TEXT', 2, async (from, ...words) => {
	const { status, id, known } = await ask('text', { from, text: words.join(' ') });
	process.stdout.write(`${status}${id ? `, message_id ${id}` : ''}\n`);
	let seen = known;
	for (const end = Date.now() + PATIENCE; Date.now() < end;) {
		const { messages } = await ask('handset', { number: from, known: seen });
		for (const { from: sender, text } of messages) process.stdout.write(`${sender}: ${text}\n`);
		seen += messages.length;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
});
