// Somebody is kept out while they read.

import { expectStatus, text } from '../support/chat';
import { actOn, ADA, GRACE, member, setUp, SIGNED_OUT, signIn, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

/** What a browser says when it is turned away, and when a stream ends under it. */
const TURNED_AWAY = /status of 40[134]|net::ERR_|network error/;

test('whoever is suspended while a reply streams is signed out at once, and can come back when let in again', async ({
  browsers,
  context,
  page,
  problems,
  upstream,
}) => {
  problems.expect(TURNED_AWAY);
  upstream.reply('Begun.');
  const ada = await setUp(page);
  const grace = await browsers.invited(page);
  await ada.open('/');
  await ada.say('For both');
  await expectStatus(ada.reply(), 'complete');
  await page.getByRole('combobox', { name: 'Sharing' }).selectOption('Workspace can write');
  await grace.chats.getByRole('link', { name: /For both/ }).click();
  const reply = upstream.answer();
  await grace.say('Tell us');
  reply.say('For her as well');
  await expect(text(grace.reply(1))).toHaveText('For her as well');

  const members = await context.newPage();
  await actOn(members, 'Suspend', GRACE);
  await expect(grace.page).toHaveURL(/\/sign-in/, { timeout: SIGNED_OUT });
  await expect(member(members, GRACE)).toContainText('suspended');
  reply.say(', this not.').finish();
  await page.bringToFront();
  await expect(text(ada.reply(1))).toHaveText('For her as well, this not.');
  await expect(grace.page.getByText('this not')).toHaveCount(0);

  await signIn(grace.page, GRACE);
  await expect(grace.page.getByRole('alert')).toContainText('suspended');
  await members.bringToFront();
  await actOn(members, 'Reinstate', GRACE);
  await expect(member(members, GRACE)).not.toContainText('suspended');
  await signIn(grace.page, GRACE);
  await expect(text(grace.reply(1))).toHaveText('For her as well, this not.');
});

test('whoever is removed is signed out, and not among the members any more', async ({ browsers, page, problems }) => {
  problems.expect(TURNED_AWAY);
  await setUp(page);
  const grace = await browsers.invited(page);
  await visit(page, '/workspace/members');
  await expect(page.getByRole('button', { name: `Remove ${GRACE.name}`, exact: true })).toBeHidden();
  await actOn(page, 'Remove', GRACE);
  await expect(grace.page).toHaveURL(/\/sign-in/, { timeout: SIGNED_OUT });
  await expect(member(page, GRACE)).toHaveCount(0);
});

test('what was opened and chosen for one member stands under no other name once they are gone', async ({
  browsers,
  page,
  problems,
}) => {
  problems.expect(TURNED_AWAY);
  const mary = { name: 'Mary Somerville', email: 'mary@example.com' };
  await setUp(page);
  await browsers.invited(page);
  await browsers.invited(page, 'member', mary);
  await visit(page, '/workspace/members');
  await page.getByRole('combobox', { name: `Role ${ADA.name}` }).selectOption('Member');
  await page.getByRole('combobox', { name: `Role ${GRACE.name}` }).selectOption('Viewer');
  await page.getByLabel(`Remove ${GRACE.name} from the workspace`, { exact: true }).click();
  await page.getByRole('button', { name: `Remove ${GRACE.name}`, exact: true }).click();
  await expect(member(page, GRACE)).toHaveCount(0);
  await expect(member(page, mary)).toBeVisible();
  await expect(page.getByRole('button', { name: `Remove ${mary.name}`, exact: true })).toBeHidden();
  await expect(page.getByRole('combobox', { name: `Role ${mary.name}` })).toHaveValue('member');
  // Whom nothing happened to is not disturbed.
  await expect(page.getByRole('combobox', { name: `Role ${ADA.name}` })).toHaveValue('member');
});

test('the last owner can neither step down nor leave', async ({ page, problems }) => {
  problems.expect(/status of 422 .*\/api\/(set_role|leave_workspace)/);
  await setUp(page);
  await visit(page, '/workspace/members');
  await page.getByRole('combobox', { name: `Role ${ADA.name}` }).selectOption('Member');
  await page.getByRole('button', { name: `Change role ${ADA.name}` }).click();
  await expect(page.getByRole('alert')).toContainText('A workspace needs an owner');
  await page.getByText('Leave workspace', { exact: true }).click();
  await page.getByRole('button', { name: 'Leave now' }).click();
  await expect(page.getByRole('alert').last()).toContainText('A workspace needs an owner');
});
