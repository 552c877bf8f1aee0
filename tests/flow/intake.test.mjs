// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts come in by every kind of bind and command, are acknowledged with a receipt number and answered.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import { ucs2 } from '../lib/sms.mjs';
import { REPORT_ID, SUBSCRIBER, masked } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { flow } from '../lib/world.mjs';

const BINDS = [
	{ name: 'transceiver 3.4', options: {} },
	{ name: 'transmitter and receiver', options: { split: true } },
	{ name: 'transceiver 3.3', options: { version: 0x33 } },
	{ name: 'transmitter and receiver 3.3', options: { version: 0x33, split: true } },
	{ name: 'transceiver 5.0', options: { version: 0x50 } },
];

for (const { name, options } of BINDS)
	flow(`a report over ${name} is acknowledged and answered`, async (world) => {
		const smsc = await world.smsc(options).connect();
		const id = await smsc.text(SUBSCRIBER, '13712345678*推销宽带');
		assert.match(id, new RegExp(`^${REPORT_ID.source}$`));
		const answer = await smsc.expect(SUBSCRIBER, new RegExp(id));
		assert.equal(answer.from, '10086999');
		assert.match(answer.text, /13712345678/);
		const stored = await world.daemon.json('report', id);
		assert.equal(stored.id, id);
		assert.equal(stored.subscriber, masked(SUBSCRIBER));
		assert.equal(stored.number, masked('13712345678'));
	});

flow('data_sm carries a report as submit_sm does', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, '13712345678*推销宽带', { how: 'payload', command: 'data_sm' });
	assert.match(id, REPORT_ID);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
});

flow('the same subscriber is known by every writing of the number', async (world) => {
	const smsc = await world.smsc().connect();
	const first = await smsc.text('+8613800138000', '13712345678*推销宽带');
	await smsc.expect(SUBSCRIBER, new RegExp(first));
	for (const [ton, source] of [[0, '13800138000'], [2, '13800138000'], [1, '8613800138000'], [0, '008613800138000']]) {
		const after = smsc.to(SUBSCRIBER).length;
		const answer = await smsc.submit({
			source_addr_ton: ton, source_addr_npi: 1, source_addr: source,
			destination_addr: '10086999', data_coding: 8, short_message: ucs2('CXJB'),
		});
		assert.equal(answer.command_status, STATUS.ESME_ROK, `ton ${ton} ${source}`);
		await smsc.expect(SUBSCRIBER, new RegExp(first), { after });
	}
});

const ALPHABETS = [
	{ name: 'GSM 7-bit', coding: 0, text: '13712345678*broadband' },
	{ name: 'Latin-1', coding: 3, text: '13712345678*caf\u00e9 broadband' },
	{ name: 'UCS2', coding: 8, text: '13712345678*推销宽带' },
	{ name: 'UCS2 with surrogates', coding: 8, text: '13712345678*推销宽带🐟' },
	{ name: 'UCS2 digits in full width', coding: 8, text: '１３７１２３４５６７８*推销宽带' },
];
flow('a report is read in every alphabet', async (world) => {
	const smsc = await world.smsc().connect();
	for (const [i, { name, coding, text }] of ALPHABETS.entries()) {
		const from = `+861380013810${i}`;
		const id = await smsc.text(from, text, { coding });
		await smsc.expect(from, new RegExp(id));
		const stored = await world.daemon.json('report', id);
		assert.equal(stored.number, masked('13712345678'), name);
		assert.equal(stored.text, text, name);
	}
});

// "13712345678*" and words in the octets of other countries' handsets.
const NATIONAL = [
	{ name: 'Turkish locking shift', coding: 0, udh: [3, 0x25, 1, 1], octets: [0x1c, 0x07, 0x0b], words: 'ŞıĞ' },
	{ name: 'Spanish single shift', coding: 0, udh: [3, 0x24, 1, 2], octets: [0x1b, 0x61, 0x1b, 0x6f], words: 'áó' },
	{ name: 'ISO 8859-5', coding: 6, octets: [0xbf, 0xe0, 0xd8, 0xd2, 0xd5, 0xe2], words: 'Привет' },
	{ name: 'KS C 5601', coding: 14, octets: [0xc7, 0xd1, 0xb1, 0xdb], words: '한글' },
	{ name: 'Shift JIS', coding: 5, octets: [0x93, 0xfa, 0x96, 0x7b], words: '日本' },
];
const national = (from, coding, octets, udh = []) => ({
	source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: '10086999',
	data_coding: coding, esm_class: udh.length ? 0x40 : 0,
	short_message: Buffer.concat([Buffer.from(udh), Buffer.from('13712345678*'), Buffer.from(octets)]),
});
flow('a report is read in the alphabets of other countries', async (world) => {
	const smsc = await world.smsc().connect();
	for (const [i, { name, coding, udh, octets, words }] of NATIONAL.entries()) {
		const from = `861380013830${i}`;
		const answer = await smsc.submit(national(from, coding, octets, udh));
		assert.equal(answer.command_status, STATUS.ESME_ROK, name);
		await smsc.expect(`+${from}`, new RegExp(answer.message_id));
		const stored = await world.daemon.json('report', answer.message_id);
		assert.equal(stored.text, `13712345678*${words}`, name);
	}
});

flow('the parts of a long text name their tables each, over any link', async (world) => {
	const from = '8613800138309';
	const smsc = await world.smsc().connect();
	const other = await world.smsc({ kind: 'transmitter' }).connect();
	const udh = (index) => [8, 0, 3, 77, 2, index, 0x25, 1, 1];
	const part = (index, octets) => ({ ...national(from, 0, [], udh(index)), short_message: Buffer.from([...udh(index), ...octets]) });
	const second = await other.submit(part(2, [0x1d, 0x0c, 0x1b, 0x65]));
	const first = await smsc.submit(part(1, [...Buffer.from('13712345678*'), 0x1c, 0x07]));
	assert.deepEqual([first.command_status, second.command_status], [0, 0]);
	const told = await smsc.expect(`+${from}`, /13712345678/);
	const [, id] = new RegExp(`(${first.message_id}|${second.message_id})`).exec(told.text);
	const stored = await world.daemon.json('report', id);
	assert.match(stored.text, /13712345678\*Şı/);
	assert.match(JSON.stringify(stored), /şğ€/);
});

flow('what cannot be a text is refused for good, not kept', async (world) => {
	const smsc = await world.smsc().connect();
	for (const coding of [0x09, 0x20, 0x34, 0x7f]) {
		const answer = await smsc.submit(national('8613800138400', coding, []));
		assert.equal(answer.command_status, STATUS.ESME_RSUBMITFAIL, `data_coding ${coding}`);
	}
	await world.daemon.expectMetric('messages_in_total', 0);
	await smsc.text('+8613800138400', '13712345678*推销宽带');
});

const ANSWERS = [
	{ name: 'a question', text: '怎么举报骚扰电话？', match: /来电号码/ },
	{ name: 'chat', text: '你好，吃了吗', match: /您好/ },
	{ name: 'nothing at all', text: '', match: /没有文字/ },
	{ name: 'marks only', text: '…！！？？', match: /没有文字/ },
	{ name: 'a status that nobody has', text: 'CXJB', match: /没有查到您的举报/ },
	{ name: 'an appeal of nothing', text: '申诉', match: /无法受理/ },
	{ name: 'no more texts', text: 'TD', match: /不再主动/ },
	{ name: 'a report without a number', text: '我要举报推销电话', match: /号码/ },
	{ name: 'the shield', text: 'CXPB', match: /境外来电未屏蔽，境外短信未屏蔽/ },
];
flow('every kind of text is answered in plain words', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.complete();
	for (const [i, { name, text, match }] of ANSWERS.entries()) {
		const from = `+86138001382${String(i).padStart(2, '0')}`;
		await smsc.text(from, text, { coding: 8 });
		const answer = await smsc.expect(from);
		assert.match(answer.text, match, name);
	}
});

flow('a receiver may not submit, and a transmitter is given nothing', async (world) => {
	const receiver = await world.smsc({ kind: 'receiver' }).connect();
	const refused = await receiver.send(SUBSCRIBER, '13712345678*推销宽带');
	assert.equal(refused[0].command_status, STATUS.ESME_RINVBNDSTS);
	receiver.drop();
	const transmitter = await world.smsc({ kind: 'transmitter' }).connect();
	const id = await transmitter.text(SUBSCRIBER, '13712345678*推销宽带');
	const later = await world.smsc({ kind: 'receiver' }).connect();
	await later.expect(SUBSCRIBER, new RegExp(id));
	assert.equal(transmitter.pdus.length, 0);
});

flow('what a handset did not take is sent again', async (world) => {
	const smsc = await world.smsc().connect();
	let refusals = 2;
	smsc.answer = () => ({ command_status: refusals-- > 0 ? STATUS.ESME_RMSGQFUL : 0 });
	const id = await smsc.text(SUBSCRIBER, '13712345678*推销宽带');
	await smsc.expect(SUBSCRIBER, new RegExp(id), { timeout: 40000 });
});

flow('answers wait for a centre that is away', async (world) => {
	const smsc = await world.smsc({ kind: 'transmitter' }).connect();
	const id = await smsc.text(SUBSCRIBER, '13712345678*推销宽带');
	smsc.drop();
	await world.daemon.stop();
	await world.daemon.start();
	const again = await world.smsc().connect();
	await again.expect(SUBSCRIBER, new RegExp(id));
});

flow('a text whose report cannot be written keeps none beside it waiting, and is read later', async (world) => {
	const smsc = await world.smsc().connect();
	const guilty = '13800138037';
	const people = Array.from({ length: 60 }, (_, i) => `138001380${String(i).padStart(2, '0')}`);
	await tamper(world, `CREATE TRIGGER guilty BEFORE INSERT ON report WHEN NEW.subscriber='+86${guilty}'
		BEGIN SELECT RAISE(ABORT, 'not this one'); END`);
	const ids = await Promise.all(people.map((person) => smsc.text(person, '13712345678*推销宽带')));
	await Promise.all(people.filter((person) => person !== guilty)
		.map((person) => smsc.expect(person, new RegExp(ids[people.indexOf(person)]))));
	assert.equal(smsc.to(guilty).length, 0);
	const unread = await query(world, 'SELECT source FROM message_in WHERE state=0');
	assert.deepEqual(unread, [{ source: `+86${guilty}` }]);
	await tamper(world, 'DROP TRIGGER guilty');
	await smsc.expect(guilty, new RegExp(ids[people.indexOf(guilty)]));
	assert.deepEqual(await query(world, 'SELECT COUNT(*) n FROM report'), [{ n: 60 }]);
});
