// Coming into a workspace by a link.

import { ChatPage, expectStatus, text } from '../support/chat';
import { ADA, fillIn, GRACE, invite, join, member, setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

test('whoever is invited makes an account by the link and begins chats of their own', async ({
  browsers,
  context,
  page,
  upstream,
}) => {
  upstream.reply('Only yours, Ada.');
  upstream.reply('Welcome, Grace.');
  const ada = await setUp(page);
  await ada.say('A chat of Ada alone');
  await expectStatus(ada.reply(), 'complete');
  const path = await invite(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(path);
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const other = await browsers.another();
  await other.goto(link);
  await expect(other.getByRole('main')).toContainText(`${ADA.name} invites you to the workspace Engines, as a member.`);
  await join(other, link);
  const grace = new ChatPage(other);
  await expect(other.getByRole('button', { name: 'Workspace: Engines' })).toBeVisible();
  await expect(grace.chats.getByRole('link')).toHaveCount(0);
  await grace.say('My first chat');
  await expect(text(grace.reply())).toHaveText('Welcome, Grace.');
  await expect(grace.listed('My first chat')).toBeVisible();

  await visit(page, '/workspace/members');
  await expect(member(page, GRACE)).toContainText('Member');
  await expect(page.getByText('No invitation is open.')).toBeVisible();
});

test('a link that was used lets nobody else in, and says why', async ({ browsers, page, problems }) => {
  problems.expect(/status of 422 .*\/join\//);
  await setUp(page);
  const link = await invite(page);
  await join(await browsers.another(), link);
  const late = await browsers.another();
  await visit(late, link);
  await expect(late.getByRole('alert')).toContainText('Somebody has come in by this invitation');
  await expect(late.getByRole('button', { name: 'Make an account and join' })).toHaveCount(0);
});

test('a link that was taken back lets nobody in, and says why', async ({ browsers, page, problems }) => {
  problems.expect(/status of 422 .*\/join\//);
  await setUp(page);
  const link = await invite(page);
  await page.getByRole('button', { name: 'Revoke anybody with the link' }).click();
  await expect(page.getByText('No invitation is open.')).toBeVisible();
  const late = await browsers.another();
  await visit(late, link);
  await expect(late.getByRole('alert')).toContainText('This invitation was taken back');
});

test('a link that is not whole says so', async ({ page, problems }) => {
  problems.expect(/status of 404 .*\/join\//);
  await setUp(page);
  await visit(page, '/join/join_broken');
  await expect(page.getByRole('alert')).toContainText('This link leads to no invitation');
});

test('the same address cannot have a second account, and what was typed stays', async ({ browsers, page, problems }) => {
  problems.expect(/status of 422 .*\/api\/join/);
  await setUp(page);
  const link = await invite(page);
  const other = await browsers.another();
  await visit(other, link);
  await fillIn(other, { 'Your name': GRACE.name, Email: ADA.email, Password: 'another long password' });
  await other.getByRole('button', { name: 'Make an account and join' }).click();
  await expect(other.getByRole('alert')).toContainText('There is an account with this email address already');
  await expect(other.getByLabel('Your name', { exact: true })).toHaveValue(GRACE.name);
});

test('a viewer reads what is shared and has nowhere to write', async ({ browsers, page, upstream }) => {
  upstream.reply('For all to read.');
  const ada = await setUp(page);
  await ada.say('Read this');
  await expectStatus(ada.reply(), 'complete');
  const address = await ada.address();
  // Before the page goes on, which would break the request off.
  const shared = page.waitForResponse(/\/api\/share_chat/);
  await page.getByRole('combobox', { name: 'Sharing' }).selectOption('Workspace can write');
  expect((await shared).status()).toBe(200);
  const viewer = await browsers.invited(page, 'viewer');
  await expect(viewer.page.getByRole('heading', { name: 'You read what your workspace shares' })).toBeVisible();
  await expect(viewer.message).toHaveCount(0);
  await viewer.open(address);
  await expect(text(viewer.reply())).toHaveText('For all to read.');
  await expect(viewer.page.getByRole('note')).toContainText('You can read this chat.');
  await expect(viewer.message).toHaveCount(0);
});
