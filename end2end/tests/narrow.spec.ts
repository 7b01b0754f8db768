import { type Page } from '@playwright/test';

import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test.use({ viewport: { width: 360, height: 740 } });

/** The elements that stick out to the side of the window. */
const overflowing = (page: Page) =>
  page.evaluate(() => {
    const root = document.documentElement;
    const scrollers = [root, ...document.querySelectorAll('.scroller, .sidebar nav')];
    return scrollers.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.className);
  });

test('the list of chats is a drawer that opens, leads somewhere and closes', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  await api.ask('An earlier chat');
  await chat.open();
  const open = page.getByRole('button', { name: 'Open sidebar' });
  await expect(chat.chats).toBeHidden();

  await open.click();
  await expect(chat.chats).toBeVisible();
  await expect(open).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByRole('complementary').getByRole('button', { name: 'Close sidebar' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(chat.chats).toBeHidden();
  await expect(open).toBeFocused();

  await open.click();
  await page.getByRole('complementary').getByRole('button', { name: 'Close sidebar' }).click();
  await expect(chat.chats).toBeHidden();

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox', { name: 'Search chats' })).toBeFocused();
  await page.mouse.click(350, 400);
  await expect(chat.chats).toBeHidden();

  await open.click();
  await chat.listed('An earlier chat').click();
  await expect(text(chat.said())).toHaveText('An earlier chat');
  await expect(chat.chats).toBeHidden();
});

test('a conversation fits, with everything in it, and the composer stays in view', async ({ chat, page, upstream }) => {
  const wide = 'x'.repeat(400);
  const reply = [
    `A word of ${wide}`,
    '```rust\nlet long = "' + wide + '";\n```',
    '| one | two | three | four |\n| --- | --- | --- | --- |\n| ' + ['a', 'b', 'c', 'd'].map((cell) => cell.repeat(40)).join(' | ') + ' |',
    `https://example.com/${wide}`,
    ...Array.from({ length: 40 }, (_, index) => `Paragraph ${index}.`),
  ].join('\n\n');
  upstream.reply(reply);
  await chat.open();
  await expect.poll(() => overflowing(page)).toEqual([]);
  await expect(chat.message).toBeInViewport({ ratio: 1 });
  await chat.say(`A question of ${wide}`);
  await expectStatus(chat.reply(), 'complete');
  await expect(text(chat.reply())).toContainText('Paragraph 39.');
  await expect.poll(() => overflowing(page)).toEqual([]);
  await expect(chat.message).toBeInViewport({ ratio: 1 });
  await expect(chat.send).toBeInViewport({ ratio: 1 });

  await page.setViewportSize({ width: 360, height: 320 });
  await expect(chat.message).toBeInViewport({ ratio: 1 });
  await expect(chat.send).toBeInViewport({ ratio: 1 });
});
