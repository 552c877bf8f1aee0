// SPDX-License-Identifier: AGPL-3.0-or-later
// callers.mjs - who calls the people of the town, how, and what is complained of: the table of kinds.
//
//   share      of all reports
//   number     what the called see
//   entry      over which kind of trunk it comes (own, national, international)
//   reach      people whom it calls within twenty minutes when its day begins; none: few calls
//   reporters  how many complain of one such caller
//   words      share of the reports that say what was sold
//   timed      share of the reports that say when
//   rings      it hangs up before anybody answers
//   friend     the two have called each other in the days before
//   calls      false: the reporter was never called from there
//   slip       the reporter mistypes a digit of the number
//   away       the reporter names a time hours away from the call

const digits = (chance, count) => Array.from({ length: count }, () => chance.below(10)).join('');

const mobile = (chance) => `+861${chance.pick(['37', '36', '35', '58', '59'])}${digits(chance, 8)}`;
const fixed = (chance) => `+86${chance.pick(['10', '20', '21', '25'])}8${digits(chance, 7)}`;
const shared = (chance) => `400${1 + chance.below(9)}${digits(chance, 6)}`;
const bank = (chance) => `9501${digits(chance, 4)}`;
const foreign = (chance) => `+252${1 + chance.below(9)}${digits(chance, 6)}`;

export const PARTNERS = ['4006001234', '4006005678'];

export const KINDS = {
	seller: { share: 30, number: mobile, entry: 'national', reach: [40, 80], reporters: [2, 5], words: 0.7, timed: 0.3 },
	campaign: { share: 22, number: fixed, entry: 'own', reach: [60, 120], reporters: [20, 60], words: 0.7, timed: 0.2 },
	hotline: { share: 4, number: shared, entry: 'own', reach: [40, 80], reporters: [3, 8], words: 0.8, timed: 0 },
	bank: { share: 3, number: bank, entry: 'national', reach: [60, 100], reporters: [3, 8], words: 0.7, timed: 0.2 },
	courier: { share: 6, number: mobile, entry: 'own', reach: [30, 50], reporters: [1, 3], words: 0, timed: 0, friend: 0.5 },
	friend: { share: 7, number: mobile, entry: 'own', reporters: [1, 1], words: 0.7, timed: 0, friend: 1 },
	stranger: { share: 4, number: mobile, entry: 'own', reporters: [1, 1], words: 0.4, timed: 0.2 },
	fraudster: { share: 6, number: mobile, entry: 'international', reporters: [1, 3], words: 0.6, timed: 0.2 },
	official: { share: 1, number: () => '10085', entry: 'own', reach: [60, 100], reporters: [200, 200], words: 0.8, timed: 0 },
	partner: { share: 1, number: (chance) => chance.pick(PARTNERS), entry: 'own', reach: [60, 100],
		reporters: [100, 100], words: 0.8, timed: 0 },
	ring: { share: 4, number: foreign, entry: 'international', reach: [60, 100], reporters: [2, 9], words: 0, timed: 0, rings: true },
	nobody: { share: 5, number: mobile, entry: 'own', reporters: [1, 2], words: 0.7, timed: 0.2, calls: false },
	slip: { share: 4, number: mobile, entry: 'national', reach: [40, 80], reporters: [1, 3], words: 0.7, timed: 0, slip: true },
	away: { share: 3, number: mobile, entry: 'national', reach: [40, 80], reporters: [1, 3], words: 0.8, timed: 1, away: true },
};
