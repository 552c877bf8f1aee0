// SPDX-License-Identifier: AGPL-3.0-or-later
// certificates.mjs - an authority of one test, and certificates of it, made with openssl.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const openssl = (folder, ...args) =>
	execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

export class Authority {
	constructor(folder, name = 'authority') {
		this.folder = folder;
		this.name = name;
		fs.mkdirSync(folder, { recursive: true });
		this.#key(name);
		openssl(folder, 'req', '-x509', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-days', '2',
			'-out', `${name}.pem`);
	}

	get file() {
		return path.join(this.folder, `${this.name}.pem`);
	}

	get pem() {
		return fs.readFileSync(this.file);
	}

	#key(name) {
		openssl(this.folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
	}

	// Writes NAME.pem and NAME.key, again if they are there.
	issue(name, { subject = `/CN=${name}`, names = `DNS:${name}.example,IP:127.0.0.1`, days = 2 } = {}) {
		this.#key(name);
		openssl(this.folder, 'req', '-new', '-utf8', '-key', `${name}.key`, '-subj', subject,
			'-addext', `subjectAltName=${names}`, '-out', `${name}.csr`);
		openssl(this.folder, 'x509', '-req', '-in', `${name}.csr`, '-CA', `${this.name}.pem`,
			'-CAkey', `${this.name}.key`, '-CAcreateserial', '-copy_extensions', 'copyall',
			'-days', String(days), '-out', `${name}.pem`);
		const file = path.join(this.folder, name);
		const cert = fs.readFileSync(`${file}.pem`);
		return {
			certificate: `${file}.pem`,
			keyFile: `${file}.key`,
			cert,
			key: fs.readFileSync(`${file}.key`),
			fingerprint: new X509Certificate(cert).fingerprint256,
		};
	}
}
