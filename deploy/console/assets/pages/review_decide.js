// SPDX-License-Identifier: AGPL-3.0-or-later
// review_decide.js - a decision by a person: a verdict, with the reason that stays in the history.

import { part, post } from '../api.js';
import { askReason } from '../dialog.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { can } from '../session.js';
import { badge, failed, toast } from '../views.js';

const VERDICTS = [
	['v', 'verified', 'good'],
	['x', 'rejected', 'danger'],
	['u', 'unproved', ''],
];
const PRESETS = 5;

export async function decide(id, verdict) {
	const presets = Array.from({ length: PRESETS }, (unused, at) => t(`decide.${verdict}.${at + 1}`));
	const reason = await askReason({
		title: t('decide.title', { id }),
		body: h('p', {}, badge('report_state', verdict), ' ', t(`decide.${verdict}.means`)),
		presets,
		confirm: t('decide.confirm'),
		tone: verdict === 'rejected' ? 'bad' : '',
	});
	if (reason === null) return null;
	try {
		const result = await post(`/v1/reports/${part(id)}/decision`, { verdict, reason });
		toast(t('decide.done', { id, verdict: t(`report_state.${verdict}`) }));
		return result;
	} catch (problem) {
		failed(problem);
		return null;
	}
}

export const mayDecide = () => can('review', 'decide');

export function decisionButtons(run) {
	return h(
		'div',
		{ class: 'decide', role: 'group', 'aria-label': t('decide.group') },
		VERDICTS.map(([key, verdict, kind]) =>
			h(
				'button',
				{ type: 'button', class: kind, 'data-verdict': verdict, onclick: () => run(verdict) },
				t(`decide.${verdict}`),
				h('kbd', { 'aria-hidden': 'true' }, key),
			),
		),
	);
}

export const decisionKeys = (run, when) =>
	VERDICTS.map(([key, verdict]) => ({ key, label: `decide.${verdict}`, when, run: () => run(verdict) }));
