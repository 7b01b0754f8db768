import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test('Enter sends, Shift+Enter breaks the line', async ({ chat, page, upstream }) => {
  upstream.reply('Two lines.');
  await chat.open();
  await expect(chat.message).toBeFocused();
  await page.keyboard.type('First');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('Second');
  await expect(chat.message).toHaveValue('First\nSecond');
  await page.keyboard.press('Enter');
  await expectStatus(chat.reply(), 'complete');
  await expect.poll(() => text(chat.said()).innerText()).toBe('First\nSecond');
  await expect(chat.message).toBeFocused();
});

test('Tab goes through the page in the order in which it is read', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  const { chat: id } = await api.ask('A chat');
  await chat.open(`/chats/${id}`);
  await expect(chat.message).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(chat.send).toBeFocused();

  await page.getByRole('link', { name: 'Skip to the conversation' }).focus();
  const order = [
    page.getByRole('link', { name: 'Parlance' }),
    page.getByRole('link', { name: 'New chat' }),
    page.getByRole('searchbox', { name: 'Search chats' }),
    chat.listed('A chat'),
    page.getByRole('button', { name: 'Actions for A chat' }),
    page.getByRole('link', { name: 'Archived' }),
    page.getByRole('button', { name: /^Theme/ }),
    page.getByRole('button', { name: 'Keyboard shortcuts' }),
    page.getByRole('button', { name: 'Workspace: Workspace' }),
    page.getByRole('button', { name: 'Account: You' }),
    page.getByRole('combobox', { name: 'Sharing' }),
    page.getByRole('combobox', { name: 'Model' }),
    page.getByRole('button', { name: 'Chat settings' }),
    page.locator('.scroller'),
    chat.said().getByRole('button', { name: 'Edit' }),
    chat.said().getByRole('button', { name: 'Copy' }),
    chat.reply().getByRole('button', { name: 'Regenerate' }),
    chat.reply().getByRole('button', { name: 'Copy' }),
    page.getByRole('button', { name: 'Tools' }),
    chat.message,
    chat.send,
  ];
  for (const next of order) {
    await page.keyboard.press('Tab');
    await expect(next).toBeFocused();
  }
});

test('the skip link leads past the list', async ({ chat, page }) => {
  await chat.open();
  await expect(chat.message).toBeFocused();
  await page.getByRole('link', { name: 'Skip to the conversation' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('Ctrl+K searches, and Ctrl+Shift+O begins a chat', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  await api.ask('Bread and butter');
  const { chat: id } = await api.ask('Ice cream');
  await chat.open(`/chats/${id}`);
  await expect(chat.message).toBeFocused();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox', { name: 'Search chats' })).toBeFocused();
  await page.keyboard.type('butter');
  await expect(chat.chats.getByRole('link')).toHaveText(['Bread and butter']);
  await page.keyboard.type(' knife');
  await expect(chat.chats).toContainText('No chat has this in its title.');
  await chat.message.click();
  await expect(chat.message).toBeFocused();

  await page.keyboard.press('Control+Shift+O');
  await expect(page).toHaveURL(/\/chats\/new$/);
  await expect(chat.message).toBeFocused();
});

test('? lists the keys, Esc closes the list and gives the focus back', async ({ chat, page }) => {
  await chat.open();
  await expect(chat.message).toBeFocused();
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.type('?');
  await expect(chat.message).toHaveValue('?');
  await expect(dialog).toBeHidden();

  const button = page.getByRole('button', { name: 'Keyboard shortcuts' });
  await button.focus();
  await page.keyboard.press('?');
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText('Shift Enter');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();

  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Close' }).press('Enter');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test('the menu of a chat works with arrows, and a chat is renamed with keys alone', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  await api.ask('Old name');
  await chat.open();
  await expect(chat.message).toBeFocused();
  const button = page.getByRole('button', { name: 'Actions for Old name' });
  const item = (name: string) => page.getByRole('menuitem', { name });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(item('Rename')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(item('Archive')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(item('Delete')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(button).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(item('Rename')).toBeFocused();
  await page.keyboard.press('Enter');
  const title = page.getByRole('textbox', { name: 'Title' });
  await expect(title).toBeFocused();
  await page.keyboard.type('New name');
  await page.keyboard.press('Enter');
  await expect(chat.listed('New name')).toBeFocused();
  await expect(title).toHaveCount(0);

  await page.getByRole('button', { name: 'Actions for New name' }).press('Enter');
  await expect(item('Rename')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(title).toBeFocused();
  await page.keyboard.type('Never mind');
  await page.keyboard.press('Escape');
  await expect(chat.listed('New name')).toBeFocused();
});

test('a chat is deleted with keys alone, and had back the same way', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  await api.ask('In the way');
  await chat.open();
  await expect(chat.message).toBeFocused();
  await page.getByRole('button', { name: 'Actions for In the way' }).press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(chat.listed('In the way')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(chat.listed('In the way')).toBeVisible();
});
