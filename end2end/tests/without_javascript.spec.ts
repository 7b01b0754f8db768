import { text } from '../support/chat';
import { expect, test } from '../support/test';

test.use({ javaScriptEnabled: false });

test('one can start a chat, read the reply as it stands, and send', async ({ api, chat, page, upstream }) => {
  const reply = upstream.answer();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'What shall we work on?' })).toBeVisible();
  await chat.message.fill('Hello without a script');
  await chat.send.click();
  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  const id = page.url().split('/').at(-1)!;
  await expect(text(chat.said())).toHaveText('Hello without a script');

  reply.say('So **far**');
  await expect.poll(() => api.replies(id)).toEqual(['So **far**']);
  await page.reload();
  await expect(text(chat.reply())).toHaveText('So far');
  await expect(text(chat.reply()).locator('strong')).toHaveText('far');
  await expect(chat.reply()).toHaveAttribute('data-status', 'streaming');
  await expect(chat.send).toBeDisabled();

  reply.say(', so good.').finish();
  await expect.poll(() => api.statuses(id)).toEqual(['complete']);
  await page.reload();
  await expect(text(chat.reply())).toHaveText('So far, so good.');

  upstream.reply('Goodbye.');
  await chat.message.fill('Goodbye');
  await chat.send.click();
  await expect(text(chat.said(1))).toHaveText('Goodbye');
  await expect.poll(() => api.statuses(id)).toEqual(['complete', 'complete']);
  await page.reload();
  await expect(text(chat.reply(1))).toHaveText('Goodbye.');
  await expect(chat.listed('Hello without a script')).toBeVisible();
});

test('a starter is a plain form too, and nothing is offered that needs a script', async ({ chat, page, upstream }) => {
  upstream.reply('With pleasure.');
  await page.goto('/');
  for (const name of ['Keyboard shortcuts', 'Stop', 'Open sidebar']) {
    await expect(page.getByRole('button', { name })).toHaveCount(0);
  }
  await page.getByRole('button', { name: 'Plan a workshop for a team of eight' }).click();
  await expect(text(chat.said())).toHaveText('Plan a workshop for a team of eight');
  await expect(page.getByRole('button', { name: 'Regenerate' })).toHaveCount(0);
});

test('a reply that failed offers nothing that needs a script', async ({ api, chat, page, upstream }) => {
  upstream.answer().fail(401, 'no such key');
  const { chat: id } = await api.ask('Will this work?');
  await page.goto(`/chats/${id}`);
  await expect(chat.reply()).toHaveAttribute('data-status', 'failed');
  await expect(chat.reply().getByRole('alert')).toBeVisible();
  await expect(chat.reply().getByRole('button')).toHaveCount(0);
});
