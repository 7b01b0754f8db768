// What a chat is called, and a provider that takes no more for now.

import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test.describe('titles', () => {
  test.use({ titles: 'on' });

  test('a new chat is called by its first words, then as a model calls it', async ({ chat, page, upstream }) => {
    upstream.reply('Take the train.');
    const title = upstream.answer();
    await chat.open();
    await chat.say('How do I get to Rome?');
    await expectStatus(chat.reply(), 'complete');
    await expect(chat.listed('How do I get to Rome?')).toBeVisible();
    await title.asked;
    title.say('A Trip to Rome').finish();
    await expect(chat.listed('A Trip to Rome')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A Trip to Rome');
    await expect(page).toHaveTitle('A Trip to Rome · Parlance');
    await expect(text(chat.reply())).toHaveText('Take the train.');
  });

  test('a name that a person gives wins over one that is being made', async ({ api, chat, page, upstream }) => {
    upstream.reply('Hello.');
    const title = upstream.answer();
    const { chat: id } = await api.ask('Hello?');
    await chat.open(`/chats/${id}`);
    await title.asked;
    await (await chat.actions('Hello?')).getByRole('menuitem', { name: 'Rename' }).click();
    const field = page.getByRole('textbox', { name: 'Title' });
    await field.fill('By hand');
    await field.press('Enter');
    await expect(chat.listed('By hand')).toBeVisible();
    title.say('By a model').finish();
    // Whatever is asked next is answered after the title was there.
    upstream.reply('Fine.');
    await chat.say('How are you?');
    await expectStatus(chat.reply(1), 'complete');
    await chat.reload();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('By hand');
  });
});

test('a reply that waits for its provider says at which place, and can be stopped', async ({ api, chat, upstream }) => {
  upstream.answer().fail(429, 'Rate limit reached', { 'retry-after': '60' });
  const before = await api.start('Before');
  await chat.open(`/chats/${before.chat}`);
  const waiting = chat.reply().getByRole('status');
  await expect(waiting).toHaveText('Waiting for the provider: place 1 in line.');
  await chat.open();
  await chat.say('Hello?');
  await expect(waiting).toHaveText('Waiting for the provider: place 2 in line.');
  await expect(chat.reply()).toContainText(/asked again in about \d+ seconds/);
  await expectStatus(chat.reply(), 'queued');
  await chat.reload();
  await expect(waiting).toHaveText('Waiting for the provider: place 2 in line.');
  await chat.stop.click();
  await expectStatus(chat.reply(), 'stopped');
  await expect(waiting).toHaveCount(0);
  expect(upstream.questions).toHaveLength(1);
});

test('a reply that waited goes on by itself', async ({ chat, upstream }) => {
  upstream.answer().fail(429, 'Rate limit reached', { 'retry-after': '12' });
  upstream.reply('At last.');
  await chat.open();
  await chat.say('Hello?');
  await expect(chat.reply().getByRole('status')).toHaveText('Waiting for the provider: place 1 in line.');
  await expect(text(chat.reply())).toHaveText('At last.', { timeout: 40_000 });
  await expectStatus(chat.reply(), 'complete');
});

test('an admin has messages checked, and what cannot be checked is not sent', async ({ chat, page, upstream }) => {
  await chat.open('/workspace');
  const form = page.getByRole('form', { name: 'Moderation' });
  await form.getByRole('combobox', { name: 'Messages' }).selectOption('Are checked first');
  // Before the page goes on, which would break the request off.
  const saved = page.waitForResponse(/\/api\/set_moderation/);
  await form.getByRole('button', { name: 'Save moderation' }).click();
  expect((await saved).status()).toBe(200);
  await chat.open('/workspace');
  await expect(form.getByRole('combobox', { name: 'Messages' })).toHaveValue('true');
  await chat.open('/');
  await chat.say('Hello?');
  await expectStatus(chat.reply(), 'failed');
  await expect(chat.reply().getByRole('alert')).toContainText('an admin can switch the check off');
  expect(upstream.questions).toHaveLength(0);
});
