// SPDX-License-Identifier: AGPL-3.0-or-later
// browser.mjs - the console in a real browser: Debian's chromium without a window. Whatever a page
// complains of, asks for elsewhere or pops up is a problem of the test.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Api, firstToken, userToken } from './api.mjs';
import { project } from './process.mjs';
import { waitFor } from './wait.mjs';
import { flow } from './world.mjs';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
	.find((file) => fs.existsSync(file));
export const SCREENSHOTS = path.join(project, 'build', 'screenshots');

async function loadPlaywright() {
	try {
		return (await import('playwright-core')).chromium;
	} catch {
		return null;
	}
}

const playwright = await loadPlaywright();
const missing = !CHROMIUM ? 'chromium is not installed' : !playwright && 'npm playwright-core is not installed';

let browser;
async function launch() {
	browser ??= await playwright.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--lang=en-GB'] });
	return browser;
}
after(() => browser?.close());

// One person before one screen.
export class Screen {
	static async open(world, { language = 'en', theme = 'light', width = 1440, height = 900 } = {}) {
		const screen = new Screen();
		screen.world = world;
		screen.base = `http://127.0.0.1:${world.daemon.config.http.port}`;
		screen.problems = [];
		screen.expected = []; // statuses that a page is to be answered with
		screen.context = await (await launch()).newContext({ viewport: { width, height }, colorScheme: theme,
			locale: language === 'zh' ? 'zh-CN' : 'en-GB', reducedMotion: 'reduce' });
		screen.page = await screen.context.newPage();
		screen.watch();
		(world.screens ??= []).push(screen);
		world.peers.push({ drop: () => screen.context.close().catch(() => {}), close: () => screen.context.close() });
		return screen;
	}

	watch() {
		this.page.on('console', (message) => {
			if (!['error', 'warning'].includes(message.type())) return;
			const status = Number(/status of (\d+)/.exec(message.text())?.[1]);
			if (!this.expected.includes(status || message.text().split(' ')[0]) && !this.away)
				this.problems.push(`console: ${message.text()} ${message.location().url}`);
		});
		this.page.on('pageerror', (error) => this.problems.push(`script: ${error.message}`));
		this.page.on('dialog', (dialog) => {
			this.problems.push(`dialog: ${dialog.message()}`);
			dialog.dismiss();
		});
		this.page.on('request', (request) => {
			if (!request.url().startsWith(`${this.base}/`)) this.problems.push(`asked for ${request.url()}`);
			(this.asked ??= []).push(`${request.method()} ${request.url().slice(this.base.length)}`);
		});
	}

	// In by typing: the field of the token has the focus.
	async login(token) {
		await this.page.goto(`${this.base}/`);
		await this.see('input[name=token]');
		await this.page.keyboard.type(token);
		await this.press('Enter');
		await this.see('main .page-head');
		return this;
	}

	async press(...keys) {
		for (const key of keys) await this.page.keyboard.press(key);
	}

	type(text) {
		return this.page.keyboard.type(text);
	}

	// Waits for it to be visible.
	see(selector, text) {
		const found = text === undefined ? this.page.locator(selector) : this.page.locator(selector, { hasText: text });
		return found.first().waitFor({ timeout: 15000 });
	}

	gone(selector) {
		return this.page.locator(selector).first().waitFor({ state: 'hidden', timeout: 15000 });
	}

	text(selector) {
		return this.page.locator(selector).first().innerText();
	}

	count(selector) {
		return this.page.locator(selector).count();
	}

	// Another page, by its fragment; returns when nothing is on its way any more.
	async open(fragment) {
		await this.page.evaluate((hash) => {
			location.hash = hash;
		}, fragment);
		await this.settled();
	}

	async settled() {
		await waitFor('the page to be filled', () => this.page.evaluate(() =>
			document.querySelector('main h1') && !document.querySelector('[aria-busy], .loading')), { timeout: 20000 });
	}

	// What a page owes those who do not see it, or have no mouse: a name for all that can be pressed and
	// filled in, headings of tables, one heading of the page, one place for the focus to be seen.
	async assertUsable(name) {
		const wrong = await this.page.evaluate(() => {
			const faults = [];
			const nameOf = (one) => (one.getAttribute('aria-label') || one.textContent || '').trim();
			for (const one of document.querySelectorAll('button, a[href]'))
				if (!nameOf(one)) faults.push(`without a name: ${one.outerHTML}`);
			for (const one of document.querySelectorAll('input, select, textarea'))
				if (!document.querySelector(`label[for="${one.id}"]`)?.textContent.trim()) faults.push(`without a label: ${one.outerHTML}`);
			for (const one of document.querySelectorAll('table'))
				if (!one.caption?.textContent.trim() || [...one.querySelectorAll('th')].some((cell) => !cell.scope)) faults.push(`a table: ${one.caption?.textContent}`);
			for (const one of document.querySelectorAll('svg:not([aria-hidden])'))
				if (!one.getAttribute('aria-label')) faults.push('a picture without words');
			for (const one of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
				for (const id of `${one.getAttribute('aria-labelledby') ?? ''} ${one.getAttribute('aria-describedby') ?? ''}`.trim().split(/\s+/))
					if (!document.getElementById(id)) faults.push(`${id} is nowhere`);
			if (document.querySelectorAll('h1').length !== 1) faults.push(`${document.querySelectorAll('h1').length} h1`);
			for (const tag of ['main', 'nav', 'header']) if (!document.querySelector(tag)) faults.push(`no ${tag}`);
			const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
			if (new Set(ids).size !== ids.length) faults.push('an id twice');
			return faults;
		});
		assert.deepEqual(wrong, [], name);
	}

	async shoot(name, { full = true } = {}) {
		fs.mkdirSync(SCREENSHOTS, { recursive: true });
		await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: full });
	}

	// For the reader of a failure.
	async tell(name) {
		process.stderr.write(`${this.page.url()}: ${JSON.stringify(this.problems)}\n`);
		await this.shoot(`failed-${name.replaceAll(/\W+/g, '-').slice(0, 40)}`).catch(() => {});
	}

	// Nothing ran that is not ours, nothing failed unasked.
	async assertClean() {
		assert.equal(await this.count('script'), 1, 'one script, ours');
		assert.equal(await this.count('iframe, object, embed, base, img, video, audio, style, [style]:not([style=""])'), 0);
		assert.deepEqual(this.problems, []);
	}
}

// A test with screens; without chromium it is skipped.
export function onScreen(name, options, body) {
	const [settings, run] = body ? [options, body] : [{}, options];
	if (missing) {
		test(name, { skip: missing }, () => {});
		return;
	}
	flow(name, { timeout: 120000, ...settings }, async (world, t) => {
		world.api = new Api(world.daemon, { token: firstToken(world) });
		world.tokenOf = (user, ...roles) => userToken(world.api, user, ...roles);
		try {
			await run(world, t);
		} catch (error) {
			for (const screen of world.screens ?? []) await screen.tell(name);
			throw error;
		} finally {
			world.api.close();
		}
		for (const peer of world.peers) await peer.close();
	});
}
