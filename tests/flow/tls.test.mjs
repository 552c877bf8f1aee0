// SPDX-License-Identifier: AGPL-3.0-or-later
// SMPP over TLS, with peers whose TLS is not ours: who is let in, by which certificate, and what a
// reload changes.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

import { Authority } from '../lib/certificates.mjs';
import { binary, freePort, start } from '../lib/process.mjs';
import { Lost, Refused } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const REPORT = '13712345678*推销宽带';

// A listener with TLS beside the plain one; the authority is of the world's folder.
function withTls(listener = {}, account = () => ({})) {
	const made = {};
	const config = async (base, folder) => {
		made.authority = new Authority(path.join(folder, 'tls'));
		made.server = made.authority.issue('server');
		made.client = made.authority.issue('client', { subject: '/O=短信中心/CN=smsc1' });
		return {
			smpp: {
				listeners: [base.smpp.listeners[0], {
					address: '127.0.0.1',
					port: await freePort(),
					tls: true,
					certificate: made.server.certificate,
					key: made.server.keyFile,
					...(listener.client_certificates && { client_ca: made.authority.file }),
					...listener,
				}],
			},
			accounts: [{ ...base.accounts[0], ...account(made) }],
		};
	};
	return { made, options: { config } };
}

const tlsPort = (world) => world.daemon.config.smpp.listeners[1].port;
const trusting = ({ authority }) => ({ ca: authority.pem });
const showing = ({ authority, client }) => ({ ca: authority.pem, cert: client.cert, key: client.key });
const over = (world, how) => world.smsc({ port: tlsPort(world), tls: how });

function tlsFlow(name, { made, options }, body) {
	flow(name, options, (world) => body(world, made));
}

tlsFlow('a report over TLS is taken and answered, and a plain link goes on beside it', withTls(), async (world, made) => {
	const secure = await over(world, trusting(made)).connect();
	const plain = await world.smsc().connect();
	assert.match(secure.up.session.socket.getProtocol(), /^TLSv1\.[23]$/);
	await secure.text(SUBSCRIBER, REPORT);
	await plain.text('+8613900000009', REPORT);
	await world.daemon.expectMetric('reports_total', 2);
	await world.daemon.expectLog(/centre bound, BOUND_TRX, TLSv1\.3/);
	await secure.close();
});

tlsFlow('a trace shows what passes within TLS', withTls(), async (world, made) => {
	const secure = await over(world, trusting(made)).connect();
	const trace = start(binary('mianrao'), ['--socket', world.daemon.socket, 'trace', 'centre']);
	await waitFor('the trace to begin', () => trace.lines.some((line) => /^tracing/.test(line)));
	await secure.text(SUBSCRIBER, REPORT);
	await waitFor(() => `both ways in ${trace.lines}`, () => [/ < submit_sm seq/, / > submit_sm_resp ESME_ROK/]
		.every((match) => trace.lines.some((line) => match.test(line))));
	trace.kill('SIGINT');
	await trace.ended;
});

tlsFlow('a plain client at the TLS port is closed, and so is TLS at the plain port', withTls(), async (world, made) => {
	await assert.rejects(world.smsc({ port: tlsPort(world) }).connect(), Lost);
	await world.daemon.expectLog(/connection refused: TLS: wrong version number/);
	await assert.rejects(world.smsc({ tls: trusting(made) }).connect(), Lost);
	const smsc = await over(world, trusting(made)).connect();
	assert.ok(smsc.bound);
});

tlsFlow('TLS 1.1 is refused', withTls(), async (world) => {
	const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false };
	await assert.rejects(over(world, old).connect(), Lost);
	await world.daemon.expectLog(/connection refused: TLS: unsupported protocol/);
	const last = await over(world, { ...old, maxVersion: 'TLSv1.2' }).connect();
	assert.equal(last.up.session.socket.getProtocol(), 'TLSv1.2');
});

tlsFlow('without the certificate that a listener requires nobody binds', withTls({ client_certificates: 'required' }), async (world, made) => {
	await assert.rejects(over(world, trusting(made)).connect(), Lost);
	const strange = new Authority(path.join(world.folder, 'strange'), 'stranger').issue('client');
	await assert.rejects(over(world, { ca: made.authority.pem, cert: strange.cert, key: strange.key }).connect(), Lost);
	const smsc = await over(world, showing(made)).connect();
	await smsc.text(SUBSCRIBER, REPORT);
	await world.daemon.expectLog(/certificate CN=smsc1,O=短信中心/);
});

const pinned = withTls({ client_certificates: 'optional' }, ({ client }) => ({
	certificate_fingerprint: client.fingerprint,
	certificate_subject: 'CN=smsc1,O=短信中心',
}));
tlsFlow('an account that names a certificate binds with no other', pinned, async (world, made) => {
	const other = made.authority.issue('other', { subject: '/O=短信中心/CN=smsc1' });
	await assert.rejects(world.smsc().connect(), Refused);
	await assert.rejects(over(world, trusting(made)).connect(), Refused);
	await assert.rejects(over(world, { ca: made.authority.pem, cert: other.cert, key: other.key }).connect(), Refused);
	const smsc = await over(world, showing(made)).connect();
	assert.ok(smsc.bound);
	// The fingerprint is withdrawn: so is the session that had it.
	const from = world.daemon.lines.length;
	const [account] = world.daemon.config.accounts;
	world.daemon.write({
		...world.daemon.config,
		accounts: [{ ...account, certificate_fingerprint: other.fingerprint }],
	});
	world.daemon.reload();
	await world.daemon.expectLog(/account centre was withdrawn/, { from });
	await world.daemon.expectMetric('smpp_links', 0);
});

const serverFingerprint = (world, made) => new Promise((resolve, reject) => {
	const socket = tls.connect({ port: tlsPort(world), host: '127.0.0.1', ...trusting(made) }, () => {
		resolve(socket.getPeerCertificate().fingerprint256);
		socket.destroy();
	});
	socket.on('error', reject);
});

tlsFlow('a reload takes renewed certificates without dropping a session', withTls(), async (world, made) => {
	const smsc = await over(world, trusting(made)).connect();
	assert.equal(await serverFingerprint(world, made), made.server.fingerprint);
	const renewed = made.authority.issue('server');
	let from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/, { from });
	assert.equal(await serverFingerprint(world, made), renewed.fingerprint);
	await smsc.text(SUBSCRIBER, REPORT);
	// What cannot be used changes nothing.
	fs.writeFileSync(renewed.certificate, 'half a file');
	from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/not taken: .*listeners\[1\]\.certificate.*server\.pem: no start line/, { from });
	assert.equal(await serverFingerprint(world, made), renewed.fingerprint);
	await smsc.text('+8613900000009', REPORT);
	await world.daemon.expectMetric('smpp_links', 1);
});

const hurried = withTls();
const config = hurried.options.config;
hurried.options.config = async (base, folder) => {
	const found = await config(base, folder);
	return { ...found, smpp: { ...found.smpp, init_s: 1 } };
};
tlsFlow('connections that do not finish the handshake are closed in time', hurried, async (world) => {
	const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => new Promise((resolve, reject) => {
		const socket = net.connect(tlsPort(world), '127.0.0.1', () => resolve(socket));
		socket.on('error', reject);
		if (i % 2) socket.write(Buffer.from([0x16, 3, 1, 2]));
	})));
	await Promise.all(sockets.map((socket) => new Promise((resolve) => {
		socket.resume();
		socket.on('close', resolve);
	})));
});
