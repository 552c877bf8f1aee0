// SPDX-License-Identifier: AGPL-3.0-or-later
// sections.mjs - what is measured, in the order in which it runs: each a function that gives rows for the
// table. Counts are checked exactly: a message that was lost, refused or answered twice is a failure, not
// a slow run.

import { index } from './calls.mjs';
import { looking } from './console.mjs';
import { engine, sink } from './engine.mjs';
import { hub, screening } from './hub.mjs';
import { parse, pieces } from './reading.mjs';
import { imports, rules } from './rules.mjs';
import { sip } from './sip.mjs';
import { complete, floors, intake, ratios, reports, slow, store } from './storing.mjs';

export const SECTIONS = {
	sink, engine, store, intake, reports, complete, floors, slow, ratios, screening, hub, sip, parse, pieces,
	index, rules, imports, looking,
};
