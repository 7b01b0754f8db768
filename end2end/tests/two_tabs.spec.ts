import { ChatPage, expectStatus, hold, text } from '../support/chat';
import { expect, test } from '../support/test';

test('two tabs on one chat show the same, live', async ({ chat, context, upstream }) => {
  upstream.reply('Hello.');
  await chat.open();
  await chat.say('Hello from the first tab');
  await expectStatus(chat.reply(), 'complete');
  const other = await new ChatPage(await context.newPage()).open(await chat.address());
  await expect(text(other.reply())).toHaveText('Hello.');

  const reply = upstream.answer();
  await chat.say('And now?');
  await expect(text(other.said(1))).toHaveText('And now?');
  await expect(other.reply(1)).toHaveAttribute('aria-busy', 'true');
  await expect(other.send).toBeDisabled();
  reply.say('Both of ');
  await expect(text(chat.reply(1))).toHaveText('Both of');
  await expect(text(other.reply(1))).toHaveText('Both of');
  reply.say('you see this.');
  await expect(text(chat.reply(1))).toHaveText('Both of you see this.');
  await expect(text(other.reply(1))).toHaveText('Both of you see this.');

  await other.stop.click();
  await expectStatus(chat.reply(1), 'stopped');
  await expectStatus(other.reply(1), 'stopped');
  await expect(chat.send).toBeEnabled();
});

test('the list of chats in one tab follows what is done in another', async ({ chat, context, page, problems, upstream }) => {
  problems.expect(/status of 404/);
  const other = await new ChatPage(await context.newPage()).open();
  upstream.reply('Certainly.');
  await page.bringToFront();
  await chat.open();
  await chat.say('Rename me');
  await expect(other.listed('Rename me')).toBeVisible();

  await (await chat.actions('Rename me')).getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Renamed');
  await page.keyboard.press('Enter');
  await expect(other.listed('Renamed')).toBeVisible();

  await other.open(await chat.address());
  await (await chat.actions('Renamed')).getByRole('menuitem', { name: 'Delete' }).click();
  await expect(other.listed('Renamed')).toHaveCount(0);
  await expect(other.page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(text(other.reply())).toHaveText('Certainly.');
});

test('what happened while a page was on its way is on it when it is alive', async ({ api, chat, page, upstream }) => {
  upstream.replyBy((question) => `About ${question}.`);
  const { chat: id } = await api.ask('First');
  const release = await hold(page, '/pkg/parlance.wasm');
  await page.goto(`/chats/${id}`);
  await api.send(id, 'Second');
  await api.ask('Elsewhere');
  release();
  await chat.alive();
  await expect(text(chat.reply(1))).toHaveText('About Second.');
  await expect(chat.listed('Elsewhere')).toBeVisible();
});
