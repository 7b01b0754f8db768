import { expectStatus, hold, text } from '../support/chat';
import { expect, test } from '../support/test';

test('a message stands in the conversation before the server has answered', async ({ chat, page, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  const release = await hold(page, '/api/start_chat');
  await chat.say('Are you there?');

  await expect(text(chat.said())).toHaveText('Are you there?');
  await expect(chat.message).toHaveValue('');
  await expect(chat.reply().getByRole('status')).toHaveText('Preparing a reply');
  await expect(chat.send).toBeDisabled();
  expect(upstream.questions).toEqual([]);

  release();
  await reply.asked;
  reply.say('I am.').finish();
  await expect(text(chat.reply())).toHaveText('I am.');
  await expect(chat.everythingSaid).toHaveCount(1);
});

test('a reply appears piece by piece as the model writes it', async ({ chat, page, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Count to three');
  await reply.asked;
  await expect(chat.reply().getByRole('status')).toHaveText('Preparing a reply');
  await expect(chat.reply()).toHaveAttribute('aria-busy', 'true');
  await expect(text(chat.reply())).toHaveText('');

  reply.say('One, ');
  await expect(text(chat.reply())).toHaveText('One,');
  await expectStatus(chat.reply(), 'streaming');
  await expect(chat.reply().getByRole('status')).toHaveCount(0);
  reply.say('two, ');
  await expect(text(chat.reply())).toHaveText('One, two,');
  reply.say('three.').finish();
  await expect(text(chat.reply())).toHaveText('One, two, three.');
  await expectStatus(chat.reply(), 'complete');

  await expect(chat.reply()).toContainText('test-model · 1,204 tokens');
  await expect(page).toHaveTitle('Count to three · Parlance');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Count to three');
  await expect(chat.listed('Count to three')).toBeVisible();
});

test('the model is told the conversation so far', async ({ chat, upstream }) => {
  upstream.reply('Hello, Ada.');
  upstream.reply('Ada.');
  await chat.open();
  await chat.say('I am Ada');
  await expectStatus(chat.reply(), 'complete');
  await chat.say('Who am I?');
  await expect(text(chat.reply(1))).toHaveText('Ada.');
  expect(upstream.questions.at(-1)?.messages).toEqual([
    { role: 'user', content: 'I am Ada' },
    { role: 'assistant', content: 'Hello, Ada.' },
    { role: 'user', content: 'Who am I?' },
  ]);
});

test('a reply is read out by the sentence, to its last word', async ({ chat, page, upstream }) => {
  const reply = upstream.answer();
  const announced = page.locator('[data-announced]');
  await chat.open();
  await chat.say('Count to three');
  reply.say('One. Tw');
  await expect(announced).toHaveText('One.');
  reply.say('o. Three');
  await expect(announced).toHaveText('Two.');
  reply.finish();
  await expect(announced).toHaveText('Three');
  await expect(announced).toHaveAttribute('aria-live', 'polite');
  await expect(chat.conversation.locator('[data-announced]')).toHaveCount(0);
});
