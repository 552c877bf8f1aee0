// SPDX-License-Identifier: AGPL-3.0-or-later
// config.mjs - the configuration that tests start from: the defaults with short clocks.

import path from 'node:path';

import { hashPassword } from './daemon.mjs';
import { freePort } from './process.mjs';

export const PASSWORD = 'linjiang';
const LOOPBACK = ['127.0.0.1/32'];

// Short clocks: what takes minutes in the field takes a second here.
export async function baseConfig(folder, redisPort) {
	const account = async (systemId, role, more = {}) => ({
		system_id: systemId,
		password_hash: await hashPassword(PASSWORD),
		role,
		addresses: LOOPBACK,
		max_sessions: 4,
		...more,
	});
	return {
		instance: 'test',
		state_dir: path.join(folder, 'state'),
		control_socket: path.join(folder, 'control.sock'),
		log_level: 'debug',
		drain_s: 5,
		smpp: { listeners: [{ address: '127.0.0.1', port: await freePort() }], concat_wait_s: 3 },
		accounts: [
			await account('centre', 'smsc'),
			await account('abroad', 'hub', { entry: 'international' }),
			await account('national', 'hub', { entry: 'national' }),
		],
		redis: { address: '127.0.0.1', port: redisPort, prefix: 'mr:' },
		feed: { sources: [{ name: 'msc', disorder_s: 3600 }] },
		// One handset of a test texts more than a person would.
		reports: { service_codes: ['10086999'], recheck_s: 1, recheck_max_s: 1, flood_answers: 0 },
		http: { enabled: true, address: '127.0.0.1', port: await freePort() },
		verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1 }],
	};
}
