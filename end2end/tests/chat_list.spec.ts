import { text } from '../support/chat';
import { withinOneDay } from '../support/day';
import { expect, test } from '../support/test';

test.beforeEach(({ upstream }) => upstream.replyBy((question) => `About ${question}.`));

test('chats stand under the day of their last activity, the newest first', async ({ api, chat }) => {
  await withinOneDay();
  const first = await api.ask('First');
  await api.ask('Second');
  await chat.open();
  await expect(chat.chats.getByRole('heading')).toHaveText(['Today']);
  await expect(chat.chats.getByRole('link')).toHaveText(['Second', 'First']);

  await chat.open(`/chats/${first.chat}`);
  await chat.say('Once more');
  await expect(chat.chats.getByRole('link')).toHaveText(['First', 'Second']);
  await expect(chat.listed('First')).toHaveAttribute('aria-current', 'page');
  await expect(chat.listed('Second')).not.toHaveAttribute('aria-current', 'page');
});

test('a chat is renamed where it stands', async ({ api, chat, page }) => {
  const { chat: id } = await api.ask('A dull name');
  await chat.open(`/chats/${id}`);
  await (await chat.actions('A dull name')).getByRole('menuitem', { name: 'Rename' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await expect(title).toBeFocused();
  await expect(title).toHaveValue('A dull name');
  await title.fill('A bright name');
  await title.press('Enter');
  await expect(chat.listed('A bright name')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('A bright name');
  await chat.reload();
  await expect(chat.listed('A bright name')).toBeVisible();
});

test('who renames a chat is not disturbed by what happens in others', async ({ api, chat, page }) => {
  await api.ask('To be renamed');
  await chat.open();
  await (await chat.actions('To be renamed')).getByRole('menuitem', { name: 'Rename' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await title.fill('Half a na');
  await api.ask('Meanwhile');
  await expect(chat.listed('Meanwhile')).toBeVisible();
  await expect(title).toBeFocused();
  await page.keyboard.type('me');
  await page.keyboard.press('Enter');
  await expect(chat.listed('Half a name')).toBeVisible();
});

test('a chat is put away, found in the archive, and taken out again', async ({ api, chat, page }) => {
  await api.ask('Old business');
  await chat.open();
  await (await chat.actions('Old business')).getByRole('menuitem', { name: 'Archive' }).click();
  await expect(chat.listed('Old business')).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: 'Chat archived' })).toBeVisible();

  await page.getByRole('link', { name: 'Archived' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Archived');
  await page.getByRole('main').getByRole('link', { name: 'Old business' }).click();
  await expect(text(chat.reply())).toHaveText('About Old business.');

  await page.goBack();
  await page.getByRole('button', { name: 'Restore Old business' }).click();
  await expect(page.getByRole('main')).toContainText('Nothing is archived.');
  await expect(chat.listed('Old business')).toBeVisible();
});

test('a chat is deleted, and had back with Undo', async ({ api, chat, page, problems }) => {
  problems.expect(/status of 404.*\/chats\//);
  const { chat: id } = await api.ask('By mistake');
  await chat.open(`/chats/${id}`);
  await (await chat.actions('By mistake')).getByRole('menuitem', { name: 'Delete' }).click();
  await expect(chat.listed('By mistake')).toHaveCount(0);
  await expect(page).toHaveURL(/\/chats\/new$/);

  const word = page.getByRole('status').filter({ hasText: 'Chat deleted' });
  await word.getByRole('button', { name: 'Undo' }).click();
  await expect(word).toHaveCount(0);
  await chat.listed('By mistake').click();
  await expect(text(chat.reply())).toHaveText('About By mistake.');

  await (await chat.actions('By mistake')).getByRole('menuitem', { name: 'Delete' }).click();
  await expect(chat.listed('By mistake')).toHaveCount(0);
  const answer = await page.goto(`/chats/${id}`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
});
