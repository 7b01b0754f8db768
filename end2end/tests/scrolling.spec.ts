import { type ChatPage, text } from '../support/chat';
import { expect, test } from '../support/test';
import { type Answer } from '../support/upstream';

/** Says so many paragraphs and waits until they are on the page. */
async function tell(chat: ChatPage, reply: Answer, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) reply.say(`Paragraph ${number}.\n\n`);
  await expect(text(chat.reply())).toContainText(`Paragraph ${to}.`);
}

const atBottom = async (chat: ChatPage) => {
  const { top, bottom } = await chat.scrolled();
  return bottom - top < 2;
};

test('the view goes along with a reply while it is at the bottom', async ({ chat, page, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Tell me much');
  await tell(chat, reply, 1, 60);
  await expect.poll(() => atBottom(chat)).toBe(true);
  expect((await chat.scrolled()).top).toBeGreaterThan(500);
  await tell(chat, reply, 61, 90);
  await expect.poll(() => atBottom(chat)).toBe(true);
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeHidden();
  reply.finish();
});

test('a reader who scrolled up stays there, and jumps to the latest when they want', async ({ chat, page, upstream }) => {
  const jump = page.getByRole('button', { name: 'Jump to latest' });
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Tell me much');
  await tell(chat, reply, 1, 60);
  await expect.poll(() => atBottom(chat)).toBe(true);

  await chat.wheel(-600);
  await expect(jump).toBeVisible();
  const before = await chat.scrolled();
  await tell(chat, reply, 61, 90);
  const after = await chat.scrolled();
  expect(after.bottom).toBeGreaterThan(before.bottom);
  expect(after.top).toBe(before.top);

  await jump.click();
  await expect.poll(() => atBottom(chat)).toBe(true);
  await expect(jump).toBeHidden();
  await tell(chat, reply, 91, 120);
  await expect.poll(() => atBottom(chat)).toBe(true);
  reply.finish();
});

test('a chat opens at its newest message', async ({ api, chat, upstream }) => {
  upstream.replyBy(() => Array.from({ length: 80 }, (_, index) => `Paragraph ${index}.`).join('\n\n'));
  const { chat: id } = await api.ask('Tell me much');
  await chat.open(`/chats/${id}`);
  await expect(text(chat.reply())).toContainText('Paragraph 79.');
  await expect.poll(() => atBottom(chat)).toBe(true);
});
