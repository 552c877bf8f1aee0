// SPDX-License-Identifier: AGPL-3.0-or-later
// abroad.mjs FROM TO TEXT - a message from abroad to a subscriber, and what its hub is answered.

import { ask, command } from './ask.mjs';

await command('FROM TO TEXT', 3, async (from, to, ...words) => {
	const { status } = await ask('abroad', { from, to, text: words.join(' ') });
	process.stdout.write(`${status}\n`);
});
