// SPDX-License-Identifier: AGPL-3.0-or-later
// Links over TLS on which the gateway is the client: to whom it talks, and to whom it does not.

import assert from 'node:assert/strict';
import path from 'node:path';

import { Authority } from '../lib/certificates.mjs';
import { freePort } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const REPORT = '13712345678*推销宽带';
const LOCAL = '127.0.0.1';

// An SMSC with TLS; `smsc` gives its keys from what was made in the world's folder.
function withTls(smsc, more = {}) {
	const made = {};
	const config = async (base, folder) => {
		made.authority = new Authority(path.join(folder, 'tls'));
		made.stranger = new Authority(path.join(folder, 'tls'), 'stranger');
		made.server = made.authority.issue('server');
		made.client = made.authority.issue('client');
		return {
			...more,
			smscs: [{
				name: 'far', hosts: [{ address: LOCAL, port: await freePort() }],
				system_id: 'mianrao', password: 'secret',
				reconnect_min_ms: 20, reconnect_max_ms: 200,
				tls: true, ...smsc(made),
			}],
		};
	};
	return { made, options: { config } };
}

function tlsFlow(name, { made, options }, body) {
	flow(name, options, (world) => body(world, made));
}

const serve = (world, tls) =>
	world.smscServer({ port: world.daemon.config.smscs[0].hosts[0].port, tls }).listen();
const showing = ({ cert, key }) => ({ cert, key });

async function expectRefused(world, server, reason) {
	let row;
	await waitFor(() => `a refusal; the link is ${JSON.stringify(row)}`, async () => {
		row = (await world.daemon.json('links')).links.find(({ link }) => link === 'far#1');
		return row && reason.test(row.last_error);
	}, { every: 40 });
	assert.equal(server.binds.length, 0, 'nothing was said to whom we do not know');
}

const KNOWN = [
	{ name: 'by its authority', smsc: ({ authority }) => ({ server_ca: authority.file }) },
	{ name: 'by its authority and its address', smsc: ({ authority }) => ({ server_ca: authority.file, server_name: LOCAL }) },
	{ name: 'by its authority and its name', smsc: ({ authority }) => ({ server_ca: authority.file, server_name: 'server.example' }) },
	{ name: 'by its fingerprint alone', smsc: ({ server }) => ({ server_fingerprint: server.fingerprint }) },
];

for (const { name, smsc } of KNOWN)
	tlsFlow(`an SMSC is known ${name}, and a report comes and is answered over TLS`, withTls(smsc), async (world, made) => {
		const server = await serve(world, showing(made.server));
		await server.expectBound();
		assert.match(server.sessions[0].session.socket.getProtocol(), /^TLSv1\.[23]$/);
		await server.text(SUBSCRIBER, REPORT);
		await server.expect(SUBSCRIBER, /13712345678/);
	});

const UNKNOWN = [
	{ name: 'of another authority', smsc: ({ stranger }) => ({ server_ca: stranger.file }), reason: /certificate/ },
	{ name: 'of another name', smsc: ({ authority }) => ({ server_ca: authority.file, server_name: 'other.example' }), reason: /[Hh]ost/ },
	{ name: 'of another fingerprint', smsc: ({ client }) => ({ server_fingerprint: client.fingerprint }), reason: /certificate|fingerprint/ },
];

for (const { name, smsc, reason } of UNKNOWN)
	tlsFlow(`an SMSC ${name} is not told our password`, withTls(smsc), async (world, made) => {
		const server = await serve(world, showing(made.server));
		await expectRefused(world, server, reason);
	});

tlsFlow('an SMSC that speaks no TLS is not told our password', withTls(({ authority }) => ({ server_ca: authority.file }), { smpp: { init_s: 1 } }), async (world) => {
	const server = await serve(world);
	await expectRefused(world, server, /not bound in time|TLS|handshake/i);
});

tlsFlow('an SMSC may want our certificate', withTls(({ authority, client }) => ({
	server_ca: authority.file, certificate: client.certificate, key: client.keyFile,
})), async (world, made) => {
	const server = await serve(world, {
		...showing(made.server), ca: made.authority.pem, requestCert: true, rejectUnauthorized: true,
	});
	await server.expectBound();
	assert.equal(server.sessions[0].session.socket.getPeerCertificate().subject.CN, 'client');
});

tlsFlow('a reload reads the files again for connections to come', withTls(({ authority }) => ({ server_ca: authority.file })), async (world, made) => {
	const server = await serve(world, showing(made.server));
	await server.expectBound();
	const first = server.sessions[0];
	new Authority(path.join(world.folder, 'tls')); // another authority under the same name
	const from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/, { from });
	assert.deepEqual(server.sessions, [first], 'the session goes on');
	first.session.socket.destroy();
	await world.daemon.expectLog(/far#1 cannot be bound: .*certificate/, { from });
	server.server.setSecureContext(showing(made.authority.issue('server')));
	await server.expectBound();
});
