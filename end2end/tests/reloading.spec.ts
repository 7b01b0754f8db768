import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test('a page reloaded in the middle of a reply shows the same text and goes on, with nothing doubled', async ({
  chat,
  upstream,
}) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Zähle auf Japanisch 🎌');
  reply.say('いち、に、');
  await expect(text(chat.reply())).toHaveText('いち、に、');

  await chat.reload();
  await expect(text(chat.said())).toHaveText('Zähle auf Japanisch 🎌');
  await expect(text(chat.reply())).toHaveText('いち、に、');
  await expectStatus(chat.reply(), 'streaming');
  await expect(chat.send).toBeDisabled();
  await expect(chat.stop).toBeVisible();

  reply.say('さん、');
  await expect(text(chat.reply())).toHaveText('いち、に、さん、');
  await chat.reload();
  reply.say('し 🎉').finish();
  await expectStatus(chat.reply(), 'complete');
  await expect(text(chat.reply())).toHaveText('いち、に、さん、し 🎉');
  await expect(chat.everythingSaid).toHaveCount(1);
  await expect(chat.replies).toHaveCount(1);
  expect(upstream.questions).toHaveLength(1);
});

test('a reply that ends while nobody looks is there, whole, when somebody comes back', async ({ api, chat, page, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Take your time');
  reply.say('I am ');
  await expect(text(chat.reply())).toHaveText('I am');
  const address = await chat.address();

  await page.goto('about:blank');
  reply.say('done.').finish();
  await expect.poll(() => api.statuses(address.split('/').at(-1)!)).toEqual(['complete']);
  await chat.open(address);
  await expect(text(chat.reply())).toHaveText('I am done.');
  await expectStatus(chat.reply(), 'complete');
});
