// SPDX-License-Identifier: AGPL-3.0-or-later
// router.js - the page is what the fragment says: #/reports/R7K3M9Q2?state=review. A fragment is never
// sent to a server and so is in no log.

function parseRoute(hash) {
	const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
	const parts = path
		.split('/')
		.filter(Boolean)
		.map((part) => {
			try {
				return decodeURIComponent(part);
			} catch {
				return part;
			}
		});
	return { page: parts[0] ?? '', parts: parts.slice(1), query: new URLSearchParams(query) };
}

// link('reports', id), link('reports', { state: 'review' })
export function link(...steps) {
	const last = steps.at(-1);
	const query = last && typeof last === 'object' ? steps.pop() : null;
	const params = new URLSearchParams();
	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== undefined && value !== null && value !== '') params.set(name, value);
	const tail = params.toString();
	return `#/${steps.map((step) => encodeURIComponent(step)).join('/')}${tail ? `?${tail}` : ''}`;
}

export function go(...steps) {
	const target = link(...steps);
	if (location.hash === target) dispatchEvent(new HashChangeEvent('hashchange'));
	else location.hash = target;
}

export const currentRoute = () => parseRoute(location.hash);
