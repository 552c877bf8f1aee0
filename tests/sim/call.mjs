// SPDX-License-Identifier: AGPL-3.0-or-later
// call.mjs CALLER CALLED [SECONDS [ENTRY]] - a seller calls; ENTRY: own, national, international.

import { ask, command } from './ask.mjs';

await command('CALLER CALLED [SECONDS [ENTRY]]', 2, async (caller, called, seconds, entry) => {
	const { status } = await ask('call', { caller, called, seconds, entry });
	process.stdout.write(`${status}\n`);
});
