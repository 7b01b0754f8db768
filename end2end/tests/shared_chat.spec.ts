// Two people in one chat.

import { type Page } from '@playwright/test';

import { ChatPage, expectStatus, text } from '../support/chat';
import { ADA, type Browsers, GRACE, setUp } from '../support/people';
import { expect, test } from '../support/test';
import type { Upstream } from '../support/upstream';

test.use({ auth: 'on' });

/** How a chat that somebody else shared is called in the list; browsers set words that are not shown apart. */
const SHARED = new RegExp(`^A plan ?, shared by ${ADA.name}$`);

type Choice = 'Private' | 'Workspace can read' | 'Workspace can write';

async function share(page: Page, choice: Choice): Promise<void> {
  const done = page.waitForResponse(/\/api\/share_chat/);
  await page.getByRole('combobox', { name: 'Sharing' }).selectOption(choice);
  expect((await done).status()).toBe(200);
}

/** A chat of Ada's, and Grace who sees none yet. */
async function together(page: Page, browsers: Browsers, upstream: Upstream): Promise<{ ada: ChatPage; grace: ChatPage }> {
  upstream.reply('A plan it is.');
  const ada = await setUp(page);
  const grace = await browsers.invited(page);
  await ada.open('/');
  await ada.say('A plan');
  await expectStatus(ada.reply(), 'complete');
  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  return { ada, grace };
}

test('two people write in a shared chat, and both see who said what and every word as it comes', async ({
  browsers,
  page,
  upstream,
}) => {
  const { ada, grace } = await together(page, browsers, upstream);
  await expect(grace.chats.getByRole('link')).toHaveCount(0);
  await share(page, 'Workspace can write');
  await grace.chats.getByRole('link', { name: SHARED }).click();
  await expect(text(grace.reply())).toHaveText('A plan it is.');
  await expect(grace.page.getByText(`Shared by ${ADA.name}`, { exact: true })).toBeVisible();

  const reply = upstream.answer();
  await grace.say('And who does it?');
  await expect(text(ada.conversation.getByRole('article', { name: GRACE.name }))).toHaveText('And who does it?');
  await expect(ada.conversation.getByRole('article', { name: GRACE.name }).locator('.author')).toHaveText(GRACE.name);
  await expect(grace.conversation.getByRole('article', { name: ADA.name }).locator('.author')).toHaveText(ADA.name);
  await expect(grace.said().locator('.author')).toHaveText('You');
  await expect(ada.said().locator('.author')).toHaveText('You');

  for (const [piece, whole] of [
    ['We ', 'We'],
    ['both ', 'We both'],
    ['do', 'We both do'],
  ]) {
    reply.say(piece);
    await expect(text(ada.reply(1))).toHaveText(whole);
    await expect(text(grace.reply(1))).toHaveText(whole);
  }
  await expect(ada.send).toBeDisabled();

  await ada.stop.click();
  await reply.abandoned;
  await expectStatus(ada.reply(1), 'stopped');
  await expectStatus(grace.reply(1), 'stopped');
  await expect(grace.reply(1)).toContainText('This reply was stopped.');

  upstream.reply('Then on.');
  await ada.say('I stopped that one');
  await expect(text(grace.conversation.getByRole('article', { name: ADA.name }).nth(1))).toHaveText('I stopped that one');
  await expect(text(grace.reply(2))).toHaveText('Then on.');
});

test('whoever is let in to write may stop a reply that somebody else asked for', async ({ browsers, page, upstream }) => {
  const { ada, grace } = await together(page, browsers, upstream);
  await share(page, 'Workspace can write');
  await grace.open(page.url());
  const reply = upstream.answer();
  await ada.say('Go on');
  reply.say('On and on');
  await expect(text(grace.reply(1))).toHaveText('On and on');
  await grace.stop.click();
  await expectStatus(ada.reply(1), 'stopped');
  await expectStatus(grace.reply(1), 'stopped');
});

test('a chat that is shared for reading is live for others, and theirs to read alone', async ({ browsers, page, upstream }) => {
  const { ada, grace } = await together(page, browsers, upstream);
  await share(page, 'Workspace can write');
  await grace.open(page.url());
  await expect(grace.message).toBeVisible();
  await share(page, 'Workspace can read');
  await expect(grace.message).toHaveCount(0);
  await expect(grace.page.getByRole('note')).toContainText('You can read this chat.');
  await expect(grace.page.getByText(`Shared by ${ADA.name} · Read only`)).toBeVisible();

  const reply = upstream.answer();
  await ada.say('Go on');
  reply.say('Still');
  await expect(text(grace.reply(1))).toHaveText('Still');
  await expect(grace.stop).toHaveCount(0);
  reply.say(' live.').finish();
  await expect(text(grace.reply(1))).toHaveText('Still live.');
  await expectStatus(grace.reply(1), 'complete');
  await expect(grace.reply(1).getByRole('button', { name: 'Regenerate' })).toBeHidden();
});

test('a chat that is shared no longer is gone for others, from the page and from the list', async ({
  browsers,
  page,
  problems,
  upstream,
}) => {
  problems.expect(/status of 404/);
  const { grace } = await together(page, browsers, upstream);
  await share(page, 'Workspace can read');
  await grace.open(page.url());
  await expect(grace.chats.getByRole('link', { name: SHARED })).toBeVisible();
  await share(page, 'Private');
  await expect(grace.page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
  await expect(grace.page.getByText('is not shared with you any more')).toBeVisible();
  await expect(grace.chats.getByRole('link')).toHaveCount(0);
  await grace.reload();
  await expect(grace.page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
});
