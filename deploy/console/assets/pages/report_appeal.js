// SPDX-License-Identifier: AGPL-3.0-or-later
// report_appeal.js - an appeal that a subscriber made by telephone or at the counter, once a report.

import { part, post } from '../api.js';
import { askReason } from '../dialog.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { can } from '../session.js';
import { failed, toast } from '../views.js';

export function appealButton(report, done) {
	if (!can('report-appeal') || !['rejected', 'unproved'].includes(report.state)) return null;
	return h(
		'button',
		{
			type: 'button',
			'data-appeal': '',
			onclick: async () => {
				const text = await askReason({
					title: t('appeal.title', { id: report.id }),
					body: h('p', {}, t('appeal.body')),
					confirm: t('appeal.confirm'),
				});
				if (text === null) return;
				try {
					await post(`/v1/reports/${part(report.id)}/appeal`, { text });
					toast(t('appeal.done'));
					done();
				} catch (problem) {
					failed(problem);
				}
			},
		},
		t('appeal.button'),
	);
}
