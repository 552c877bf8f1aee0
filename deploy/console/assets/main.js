// SPDX-License-Identifier: AGPL-3.0-or-later
// main.js - the beginning: who is there, and then the console or the login.

import { bus } from './api.js';
import { h, replace } from './dom.js';
import { applyLanguage, t } from './i18n.js';
import { startKeys } from './keys.js';
import { startLive, stopLive } from './live.js';
import { showLogin } from './login.js';
import { forget, logout, resume } from './session.js';
import { closeShell, openShell, startShell } from './shell.js';
import { applyTheme } from './theme.js';
import { problemView } from './views.js';
import { callersPage } from './pages/callers.js';
import { nowPage } from './pages/now.js';
import { reportsPage } from './pages/reports.js';
import { reviewPage } from './pages/review.js';
import { rewardsPage } from './pages/rewards.js';
import { rulesPage } from './pages/rules.js';
import { subscribersPage } from './pages/subscribers.js';
import { systemPage } from './pages/system.js';

const PAGES = [nowPage, reviewPage, reportsPage, callersPage, subscribersPage, rulesPage, rewardsPage, systemPage];

let inside = false;

function enter() {
	inside = true;
	startLive();
	openShell(PAGES, async () => {
		await logout();
		outside();
	});
}

function outside(note) {
	inside = false;
	stopLive();
	closeShell();
	for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
	showLogin(enter, note);
}

async function begin() {
	try {
		if (await resume()) enter();
		else outside();
	} catch (problem) {
		replace(document.getElementById('app'), h('main', { class: 'login' }, problemView(problem, begin)));
	}
}

applyTheme();
applyLanguage();
startKeys();
startShell();
bus.addEventListener('expired', () => {
	forget();
	if (inside) outside(t('login.expired'));
});
begin();
