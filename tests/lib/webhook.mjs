// SPDX-License-Identifier: AGPL-3.0-or-later
// webhook.mjs - a rewards system with a webhook: an HTTP server that checks signatures and does with
// each request what the test says.

import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

import { freePort } from './process.mjs';

export const SECRET = 'a secret of both sides, of 40 characters';

export const sign = (body, { secret = SECRET, time = Math.floor(Date.now() / 1000) } = {}) =>
	`t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;

export class WebhookServer {
	// `decide(request, how often it came)`: { status, body, headers }, or null for no answer at all.
	constructor(decide = () => ({ status: 200 }), tls) {
		this.decide = decide;
		this.tls = tls;
		this.requests = []; // { id, body, headers, good }, as they came
		this.open = 0;
		this.most = 0; // at one time
	}

	get url() {
		return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}/credits?from=mianrao`;
	}

	async reserve() {
		this.port ??= await freePort();
		return this;
	}

	async start() {
		await this.reserve();
		const serve = (request, response) => this.#take(request, response);
		this.server = this.tls ? https.createServer(this.tls, serve) : http.createServer(serve);
		await new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(this.port, '127.0.0.1', resolve);
		});
		return this;
	}

	#take(request, response) {
		const chunks = [];
		this.most = Math.max(this.most, ++this.open);
		response.on('close', () => this.open--);
		request.on('data', (data) => chunks.push(data));
		request.on('end', () => {
			const text = Buffer.concat(chunks).toString('utf8');
			const body = JSON.parse(text);
			const time = /^t=(\d+),/.exec(request.headers['x-mianrao-signature'])?.[1];
			this.requests.push({
				id: body.id,
				body,
				target: request.url,
				headers: request.headers,
				good: request.method === 'POST' && request.headers['idempotency-key'] === body.id &&
					request.headers['content-type'] === 'application/json' &&
					request.headers['x-mianrao-signature'] === sign(text, { time }),
			});
			const times = this.requests.filter(({ id }) => id === body.id).length;
			Promise.resolve(this.decide(body, times, response)).then((answer) => {
				if (!answer) return;
				response.writeHead(answer.status, answer.headers ?? {});
				response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
			});
		});
	}

	of(id) {
		return this.requests.filter((request) => request.id === id);
	}

	async stop() {
		this.server?.closeAllConnections();
		await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve()));
		this.server = undefined;
	}
}
