// SPDX-License-Identifier: AGPL-3.0-or-later
// Messages go first: requests of people beyond so many a second wait for their turn, and none is refused.

import assert from 'node:assert/strict';

import { Api, firstToken } from '../lib/api.mjs';
import { flow } from '../lib/world.mjs';

const paced = (a_second) => ({ config: (base) => ({ ...base, http: { ...base.http, requests_per_second: a_second } }) });

flow('what is asked too fast is answered later, and all of it', paced(10), async (world) => {
	const api = new Api(world.daemon, { token: firstToken(world) });
	const began = Date.now();
	const answers = await Promise.all(Array.from({ length: 30 }, () => api.request('GET', '/v1/links')));
	assert.deepEqual(answers.filter((one) => one.status !== 200), []);
	assert.ok(Date.now() - began >= 1800, 'ten at once, and the others at ten a second');
	const machine = await Promise.all(Array.from({ length: 30 }, () => world.daemon.http('/healthz')));
	assert.deepEqual(machine.filter((one) => one.status !== 200), []);
	api.close();
});

flow('a new rate holds from the reload on, also for those who wait', paced(1), async (world) => {
	const api = new Api(world.daemon, { token: firstToken(world) });
	const waiting = Array.from({ length: 4 }, () => api.request('GET', '/v1/links'));
	world.daemon.write({ ...world.daemon.config, http: { ...world.daemon.config.http, requests_per_second: 0 } });
	await world.daemon.reload();
	await api.get('/v1/links');
	assert.deepEqual((await Promise.all(waiting)).map((one) => one.status), [200, 200, 200, 200]);
	api.close();
});

flow('the daemon ends while some wait', paced(1), async (world) => {
	const api = new Api(world.daemon, { token: firstToken(world) });
	const waiting = Array.from({ length: 5 }, () => api.request('GET', '/v1/links').catch(() => null));
	await new Promise((resolve) => setTimeout(resolve, 200));
	await world.daemon.stop(); // with status 0, and nothing for the sanitizers to say
	await Promise.all(waiting);
	api.close();
});
