// SPDX-License-Identifier: AGPL-3.0-or-later
// system_users.js - users, their roles and their tokens. A new token is shown once.

import { get, part, patch, post, remove } from '../api.js';
import { confirmThat, show } from '../dialog.js';
import { h, replace, slot } from '../dom.js';
import { field, form } from '../forms.js';
import { count, day, time } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { table } from '../table.js';
import { badge, failed, load, panel, toast } from '../views.js';

const ROLES = ['viewer', 'reviewer', 'operator', 'admin', 'auditor'];

const roleFields = (roles = []) =>
	ROLES.map((role) =>
		field({
			name: `role_${role}`,
			label: t(`role.${role}`),
			type: 'checkbox',
			value: roles.includes(role),
			hint: t(`role.${role}.means`),
		}),
	);
const chosen = (values) => ROLES.filter((role) => values[`role_${role}`]);

async function change(run, again) {
	try {
		await run();
		toast(t('users.saved'));
	} catch (problem) {
		failed(problem);
	}
	again();
}

function rolesDialog(user, again) {
	const made = form({
		className: 'roles',
		submit: t('action.save'),
		fields: roleFields(user.roles),
		send: async (values) => {
			await patch(`/v1/users/${part(user.name)}`, { roles: chosen(values) });
			dialog.close();
			toast(t('users.saved'));
			again();
		},
	});
	const dialog = show(t('users.roles_of', { name: user.name }), made);
}

function userButtons(user, again) {
	const path = `/v1/users/${part(user.name)}`;
	return h(
		'div',
		{ class: 'row' },
		can('users', 'set-role') &&
			h(
				'button',
				{ type: 'button', 'data-roles': user.name, onclick: () => rolesDialog(user, again) },
				t('users.roles'),
			),
		can('users', 'disable') &&
			h(
				'button',
				{ type: 'button', onclick: () => change(() => patch(path, { disabled: !user.disabled }), again) },
				t(user.disabled ? 'users.enable' : 'users.disable'),
			),
		can('users', 'remove') &&
			h(
				'button',
				{
					type: 'button',
					class: 'danger',
					onclick: async () => {
						if (
							await confirmThat({
								title: t('users.remove_title', { name: user.name }),
								body: h('p', {}, t('users.remove_body')),
								confirm: t('action.remove'),
								tone: 'bad',
							})
						)
							change(() => remove(path), again);
					},
				},
				t('action.remove'),
			),
	);
}

function userTable(users, again) {
	return table({
		caption: t('system.users'),
		none: t('users.none'),
		rows: users,
		columns: [
			{ title: t('users.name'), cell: ({ name }) => name },
			{
				title: t('users.roles'),
				cell: ({ roles }) => roles.map((role) => t(`role.${role}`)).join(t('list.comma')),
			},
			{
				title: t('users.state'),
				cell: ({ disabled }) => badge('user_state', disabled ? 'disabled' : 'active'),
			},
			{
				title: t('users.tokens'),
				kind: 'num',
				cell: ({ name, tokens }) =>
					can('tokens', 'list')
						? h('a', { href: link('system', 'users', { of: name }) }, count(tokens))
						: count(tokens),
			},
			{ title: t('users.created'), kind: 'time', cell: ({ created }) => day(created) },
			{ title: '', cell: (user) => userButtons(user, again) },
		],
	});
}

function tokenTable(tokens, again) {
	return table({
		caption: t('users.tokens'),
		none: t('users.no_tokens'),
		rows: tokens,
		columns: [
			{ title: t('users.token'), cell: ({ id }) => id },
			{ title: t('users.name'), cell: ({ user }) => user },
			{ title: t('users.label'), kind: 'text', cell: ({ label }) => label },
			{ title: t('users.state'), cell: ({ state }) => badge('token_state', state) },
			{ title: t('users.expires'), kind: 'time', cell: ({ expires }) => time(expires) },
			{
				title: t('users.last_used'),
				kind: 'time',
				cell: (one) => (one.last_used_day ? day(one.last_used_day) : '–'),
			},
			{
				title: '',
				cell: ({ id, state }) =>
					can('tokens', 'revoke') &&
					state === 'good' &&
					h(
						'button',
						{
							type: 'button',
							class: 'danger',
							onclick: async () => {
								if (
									await confirmThat({
										title: t('users.revoke_title', { id }),
										body: h('p', {}, t('users.revoke_body')),
										confirm: t('users.revoke'),
										tone: 'bad',
									})
								)
									change(() => remove(`/v1/tokens/${part(id)}`), again);
							},
						},
						t('users.revoke'),
					),
			},
		],
	});
}

function userForm(again) {
	return form({
		submit: t('users.add'),
		fields: [
			field({ name: 'name', label: t('users.name'), wide: true, required: true }),
			...roleFields(['viewer']),
		],
		send: async (values, element) => {
			await post('/v1/users', { name: values.name, roles: chosen(values) });
			element.reset();
			toast(t('users.saved'));
			again();
		},
	});
}

function tokenForm(users, again) {
	return form({
		submit: t('users.make_token'),
		fields: [
			field({ name: 'user', label: t('users.name'), options: users.map(({ name }) => [name, name]) }),
			field({ name: 'label', label: t('users.label'), maxlength: 20 }),
			field({ name: 'days', label: t('users.days'), type: 'number', value: 90, min: 1, max: 366 }),
		],
		send: async ({ user, label, days }, element) => {
			const made = await post(`/v1/users/${part(user)}/tokens`, { label, days: Number(days) });
			element.reset();
			show(
				t('users.token_made'),
				h(
					'div',
					{ class: 'stack' },
					h('p', {}, t('users.token_once', { name: user })),
					h('p', { class: 'message mono', 'data-token': '' }, made.token),
				),
			);
			again();
		},
	});
}

// `of` in the route: whose tokens are shown; those of the first unless told.
export function usersView(ctx, route) {
	const [people, tokens, forms] = [slot(), slot(), slot()];
	const again = () => {
		const asked = get('/v1/users', null, ctx.signal);
		load(
			people,
			() => asked,
			({ users }) => userTable(users, again),
			{ keep: true },
		);
		asked.then(
			({ users }) => {
				const of = route.query.get('of') ?? users[0]?.name;
				if (of && can('tokens', 'list'))
					load(
						tokens,
						() => get(`/v1/users/${part(of)}/tokens`, null, ctx.signal),
						(data) => panel(t('users.tokens_of', { name: of }), {}, tokenTable(data.tokens, again)),
					);
				replace(
					forms,
					h(
						'div',
						{ class: 'grid' },
						can('users', 'add') &&
							h('div', { class: 'w6' }, panel(t('users.add'), {}, userForm(again))),
						can('tokens', 'create') &&
							users.length > 0 &&
							h('div', { class: 'w6' }, panel(t('users.make_token'), {}, tokenForm(users, again))),
					),
				);
			},
			() => {},
		); // shown in the place of the users
	};
	again();
	return h('div', { class: 'stack' }, panel(t('system.users'), {}, people), tokens, forms);
}
