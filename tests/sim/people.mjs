// SPDX-License-Identifier: AGPL-3.0-or-later
// people.mjs - who lives in Linjiang and what befalls them in one day. Each scene is played from top
// to bottom with a `stage` (demo.mjs) that sends, waits, prints and remembers what should add up.

const MINUTE = 60e3;
const HOUR = 3600e3;
const DAY = 24 * HOUR;

// Yesterday at an hour of +08:00, as ms.
function yesterdayAt(hour, minute = 0) {
	const today = Math.floor((Date.now() + 8 * HOUR) / DAY) * DAY - 8 * HOUR;
	return today - DAY + hour * HOUR + minute * MINUTE;
}

const SELLER = '13712345678';
const STUBBORN = '13600005678';
const OFFICE = '01085321234';
const LENDER = '13811112222';
const FRAUD = '13588889999';

export const SCENES = [
	{
		time: '07:30',
		name: '王芳 Wang Fang, a teacher',
		number: '+8613800138001',
		about: 'is sold broadband on the phone, and texts the official form.',
		async play(s) {
			await s.records.campaign(SELLER, 60);
			await s.records.call(SELLER, s.number, { start: Date.now() - 8 * MINUTE, duration: 42 });
			await s.text(`${SELLER}*电话推销宽带业务`, `${SELLER}*broadband sold by phone`);
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '08:10',
		name: '李大爷 Grandfather Li, 78',
		number: '+8613800138002',
		about: 'writes as he speaks; the call came yesterday evening and is in the harbour switch\'s file.',
		async play(s) {
			await s.records.campaign(STUBBORN, 60, { first: 13700000000 });
			await s.harbour.taken(s.harbour.deliver(
				[{ caller: STUBBORN, called: '13800138002', start: yesterdayAt(19, 5), duration: 95 }]));
			await s.text('昨天晚上七点一三六零零零零五六七八打电话来，硬要我换5G套餐',
				'yesterday at seven in the evening 13600005678 rang and pressed me to change to a 5G plan');
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '09:00',
		name: '陈静 Chen Jing, a nurse',
		number: '+8613800138003',
		about: 'reports at once, but the harbour switch is behind with its records.',
		async play(s) {
			s.harbour.rest();
			await s.records.campaign(OFFICE, 60, { first: 13600000000 });
			await s.text('（０１０）８５３２－１２３４　刚才打来推销保险',
				'(010)8532-1234 rang just now to sell insurance, in full-width digits');
			await s.receipt();
			await s.stillOpen('the harbour switch has not said what it saw: "not found" would be "not yet"');
			await s.text('CXJB', 'how does my report stand?', { receipt: false });
			await s.expect(/正在核实|已收到/);
			s.note('the record arrives, late');
			s.harbour.deliver([{ caller: OFFICE, called: '13800138003', start: Date.now() - 4 * MINUTE, duration: 61 }]);
			s.harbour.alive();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '09:40',
		name: '赵强 Zhao Qiang, a fisherman',
		number: '+8613800138004',
		about: 'mistypes the last digit: there was no such call. One letter puts it right.',
		async play(s) {
			await s.records.campaign(LENDER, 60, { first: 13500000000 });
			await s.records.call(LENDER, s.number, { start: Date.now() - 50 * MINUTE, duration: 20 });
			await s.text('13811112223*推销小额贷款', '13811112223*selling small loans');
			await s.receipt();
			await s.verdict('rejected', /未成立.*13811112222/s);
			await s.text('Y', 'yes, that was the number', { receipt: false, corrects: true });
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '10:05',
		name: '何婶 Aunt He, at the fish market',
		number: '+8613800138021',
		about: 'knows no number. She is shown who called her, and sends one digit.',
		async play(s) {
			await s.records.call(SELLER, s.number, { start: Date.now() - 25 * MINUTE, duration: 45 });
			await s.records.call('95533', s.number, { start: Date.now() - 90 * MINUTE, duration: 15 });
			await s.text('刚才有人打电话推销宽带，烦死了', 'somebody rang just now selling broadband, what a bother');
			await s.expect(/哪个来电/);
			await s.text('①', 'the first one, as her telephone writes it', { receipt: false });
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '10:20',
		name: '孙丽 Sun Li, who runs the inn',
		number: '+8613800138005',
		about: 'has much to say: two parts, and the second overtakes the first.',
		async play(s) {
			await s.records.call(SELLER, s.number, { start: Date.now() - 30 * MINUTE, duration: 180 });
			await s.text('你们好，我在临江开客栈，半小时前正忙着给客人办入住，一个自称营业厅的人打电话来，说我家的' +
				'宽带要升级到千兆，不升级就停机，讲了足足三分钟，我说不要他还不肯挂。号码是13712345678，请核实处理，谢谢！',
			'a long complaint: 13712345678 rang half an hour ago while I had guests, and sold gigabit broadband for three minutes',
			{ order: [1, 0] });
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
		},
	},
	{
		time: '11:00',
		name: '周涛 Zhou Tao, a student',
		number: '+8613800138006',
		about: 'reports 10085, the one number that may sell our services.',
		async play(s) {
			await s.records.call('10085', s.number, { start: Date.now() - 20 * MINUTE, duration: 30 });
			await s.text('10085*推销流量包', '10085*selling a data pack');
			await s.receipt();
			await s.verdict('rejected', /未成立.*官方号码/s);
		},
	},
	{
		time: '11:30',
		name: '吴敏 Wu Min, aged two, with her mother\'s phone',
		number: '+8613800138007',
		about: 'sends what a small hand sends.',
		async play(s) {
			await s.text('…！！@#￥%……&*（）🐟🐟', '(garbage)', { receipt: false });
			await s.expect(/./);
		},
	},
	{
		time: '12:15',
		name: '郑浩 Zheng Hao, a ship\'s engineer',
		number: '+8613800138008',
		about: 'is called by a home number that came in over an international trunk: it was forged.',
		async play(s) {
			await s.records.call(FRAUD, s.number,
				{ start: Date.now() - 15 * MINUTE, duration: 55, entry: 'international' });
			await s.text(`${FRAUD}*自称公安局，要我转账`, `${FRAUD}*said he was the police and wanted money`);
			await s.receipt();
			await s.verdict('verified', /核实成立.*冒用/s);
			await s.credit('credited', /1GB.*已到账/);
			await s.event('number.forged', 'anti-fraud is told; the owner of the number is left in peace');
		},
	},
	{
		time: '14:00',
		name: '钱伟 Qian Wei, impatient',
		number: '+8613800138009',
		about: 'complains of one call twice: one report, one reward.',
		async play(s) {
			await s.records.call(SELLER, s.number, { start: Date.now() - 5 * MINUTE, duration: 15 });
			await s.text(`${SELLER}*推销宽带`, `${SELLER}*selling broadband`);
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('credited', /1GB.*已到账/);
			await s.text(`${SELLER} 推销宽带，快处理！`, `${SELLER} sells broadband, do something!`,
				{ receipt: false, joins: true });
			await s.expect(/核实成立|已举报过/);
		},
	},
	{
		time: '15:10',
		name: '冯雪 Feng Xue, who is moving away',
		number: '+8613800138010',
		about: 'is right, but her data account was closed this morning: the rewards system refuses.',
		async play(s) {
			s.rewards.decide = ({ subscriber }) =>
				(subscriber === '+8613800138010' ? 'data account closed' : undefined);
			await s.records.call(LENDER, s.number, { start: Date.now() - 12 * MINUTE, duration: 25 });
			await s.text(`${LENDER}*推销贷款`, `${LENDER}*selling loans`);
			await s.receipt();
			await s.verdict('verified', /核实成立/);
			await s.credit('failed', /没能到账/);
		},
	},
	{
		time: '16:00',
		name: '马超 Ma Chao, a trader',
		number: '+8613800138011',
		about: 'has no shield: his customer in Hong Kong reaches him.',
		async play(s) {
			await s.fromAbroad('+85298765432', 'The goods are on the ship.', { passes: true });
		},
	},
	{
		time: '16:30',
		name: '何婶 Auntie He, who keeps the shop',
		number: '+8613800138012',
		about: 'is tired of messages from abroad, and raises the overseas shield.',
		async play(s) {
			await s.text('KTJWPB', 'the keyword that switches the shield on', { receipt: false });
			await s.expect(/境外来电已屏蔽，境外短信已屏蔽/);
			await s.shielded();
			await s.fromAbroad('+85298765432', 'You have won a prize, click here', { passes: false });
			await s.fromHome('13900001111', '婶，晚上给我留两斤鱼。', 'Auntie, keep two pounds of fish for me.');
			await s.text('CXPB', 'and how does it stand?', { receipt: false });
			await s.expect(/境外来电已屏蔽，境外短信已屏蔽/);
		},
	},
	{
		time: '18:45',
		name: '林小雨 Lin Xiaoyu, new in town',
		number: '+8613800138013',
		about: 'asks how all this works.',
		async play(s) {
			await s.text('怎么举报骚扰电话？', 'how do I report a nuisance call?', { receipt: false });
			await s.expect(/举报/);
		},
	},
];
