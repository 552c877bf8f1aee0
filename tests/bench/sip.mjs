// SPDX-License-Identifier: AGPL-3.0-or-later
// sip.mjs - calls screened over SIP.

import assert from 'node:assert/strict';
import path from 'node:path';

import { SUBSCRIBERS, long, perSecond, withServer } from './common.mjs';
import { cpu, measure, withGateway } from './gateway.mjs';
import { rate, ratio, us } from './table.mjs';
import { freePort } from '../lib/process.mjs';

// ---- calls screened over SIP ----

const FLYING = 32;
const MANY_FLYING = 256;

const sipLoad = (port, { flying = FLYING, count, pace = 0 }) => measure('bench_sip', ['load', port, flying, count, pace]);

const responderLoad = (options) => withServer('bench_sip', ({ port }) => sipLoad(port, options), { args: ['responder'] });

function sipSettings(world, port) {
	world.daemon.write({
		...world.daemon.config,
		sip: {
			listeners: [{ address: '127.0.0.1', port, transport: 'udp' }],
			sources: [{ name: 'bench', addresses: ['127.0.0.1'] }],
		},
	});
}

// The responder before and after, and the gateway between them.
async function besideResponder(port, options) {
	const before = await responderLoad(options);
	const result = await sipLoad(port, options);
	const after = await responderLoad(options);
	assert.equal(result.count, options.count, 'answers');
	return { ...result, limit: (perSecond(before) + perSecond(after)) / 2, limitP99: Math.min(before.p99_us, after.p99_us),
		limitResent: before.resent + after.resent };
}

async function sip({ count }) {
	const port = await freePort();
	const prepare = async (world) => {
		sipSettings(world, port);
		await measure('bench_store', ['rules', path.join(world.daemon.config.state_dir, 'mianrao.db'), SUBSCRIBERS]);
	};
	return withGateway(async (world) => {
		await world.daemon.expectMetric('near_cache_entries', SUBSCRIBERS / 2, long);
		const narrow = await besideResponder(port, { count: count(300000) });
		const wide = await besideResponder(port, { count: count(300000), flying: MANY_FLYING });
		const pace = Math.round(perSecond(narrow) / 2);
		const paced = await besideResponder(port, { count: count(60000), pace });
		const before = cpu(world);
		const costed = await sipLoad(port, { count: count(300000) });
		const used = (cpu(world).all - before.all) * 1e6 / costed.count;
		assert.ok(narrow.refused > 0 && narrow.refused < narrow.count, 'some are blocked, some are not');
		return [
			[`answers, ${FLYING} in flight`, rate(perSecond(narrow)), `${ratio(perSecond(narrow), narrow.limit)} of a responder with libosip2 (${rate(narrow.limit)})`],
			[`answers, ${MANY_FLYING} in flight`, rate(perSecond(wide)), `${ratio(perSecond(wide), wide.limit)} of it`],
			['  sent again', String(wide.resent), `to the responder: ${wide.limitResent}`],
			[`wait at ${rate(pace)}, p50 / p99`, us(paced.p50_us), `${us(paced.p99_us)}; the responder's p99: ${us(paced.limitP99)}`],
			['processor', `${used.toFixed(1)} s`, 'a million, all threads'],
		];
	}, { prepare });
}
sip.title = 'Calls screened over SIP (UDP)';

export { sip };
