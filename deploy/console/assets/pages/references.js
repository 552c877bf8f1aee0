// SPDX-License-Identifier: AGPL-3.0-or-later
// references.js - a number that a person typed, as the reference that may stand in addresses: what is
// typed goes to the daemon in a body, and so into no log.

import { post } from '../api.js';

// What it throws names `field`, where the number was typed.
export async function referenceOf(text, field) {
	if (text.startsWith('~')) return text;
	try {
		return (await post('/v1/reference', { number: text })).ref;
	} catch (problem) {
		if (problem.status === 404) return text; // a daemon without that route takes numbers themselves
		if (problem.field) problem.field = field;
		throw problem;
	}
}
