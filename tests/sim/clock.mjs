// SPDX-License-Identifier: AGPL-3.0-or-later
// clock.mjs - the town's clock, which its inhabitants move: an hour passes in the time that it takes
// to play it. Programs started with `env` go by it (libfaketime, the wall clock only): what waits for
// a date or for so many hours waits for the town's; time-outs of connections stay those of the machine.
// Redis cannot be started so: it goes by the machine's clock.

import fs from 'node:fs';
import path from 'node:path';

const LIBRARY = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
	.map((folder) => path.join(folder, 'faketime/libfaketimeMT.so.1'));

export class TownClock {
	constructor(folder, startMs) {
		this.file = path.join(folder, 'clock');
		const library = LIBRARY.find((file) => fs.existsSync(file));
		if (!library) throw new Error('libfaketime is not installed: make deps');
		this.env = {
			LD_PRELOAD: library,
			FAKETIME_TIMESTAMP_FILE: this.file,
			FAKETIME_NO_CACHE: '1',
			DONT_FAKE_MONOTONIC: '1',
			FAKETIME_DONT_FAKE_MONOTONIC: '1',
		};
		this.#write(Math.floor((startMs - Date.now()) / 1000));
	}

	#write(offset) {
		this.offset = offset;
		fs.writeFileSync(`${this.file}.new`, `${offset < 0 ? '' : '+'}${offset}\n`);
		fs.renameSync(`${this.file}.new`, this.file);
	}

	now() {
		return Date.now() + this.offset * 1000;
	}

	// Forward to a time; never back.
	to(ms) {
		const offset = Math.ceil((ms - Date.now()) / 1000);
		if (offset > this.offset) this.#write(offset);
	}
}
