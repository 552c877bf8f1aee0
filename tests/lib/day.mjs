// SPDX-License-Identifier: AGPL-3.0-or-later
// day.mjs - days as the gateway counts them, of +08:00. Tests run at midnight, too.

export const HOUR = 3600e3;
export const DAY = 24 * HOUR;
const ZONE = 8 * HOUR;

export const dayStart = (at = Date.now()) => at - (at + ZONE) % DAY;
// "20261125"
export const dayOf = (at = Date.now()) => new Date(at + ZONE).toISOString().slice(0, 10).replaceAll('-', '');
// So long before, but never on another day: how a number calls is counted by the day.
export const sameDay = (at, ago) => Math.max(at - ago, dayStart(at));
export const today = (ago = HOUR / 2) => sameDay(Date.now(), ago);
