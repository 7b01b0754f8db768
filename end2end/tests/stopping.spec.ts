import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test('while a reply streams Send rests, and Stop ends the reply and keeps its text', async ({ chat, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await expect(chat.stop).toBeHidden();
  await chat.say('Tell me a long story');
  reply.say('Once upon a time');
  await expect(text(chat.reply())).toHaveText('Once upon a time');
  await expect(chat.send).toBeDisabled();

  await chat.say('And make it funny');
  await expect(chat.message).toHaveValue('And make it funny');
  await expect(chat.everythingSaid).toHaveCount(1);

  await chat.stop.click();
  await expectStatus(chat.reply(), 'stopped');
  await reply.abandoned;
  await expect(text(chat.reply())).toHaveText('Once upon a time');
  await expect(chat.reply()).toContainText('You stopped this reply.');
  await expect(chat.stop).toBeHidden();
  await expect(chat.send).toBeEnabled();

  upstream.reply('A funny one.');
  await chat.send.click();
  await expect(text(chat.reply(1))).toHaveText('A funny one.');
});

test('Esc stops a reply, before its first word too', async ({ chat, page, upstream }) => {
  const silent = upstream.answer();
  await chat.open();
  await chat.say('Think hard');
  await silent.asked;
  await expect(chat.stop).toBeVisible();
  await page.keyboard.press('Escape');
  await silent.abandoned;
  await expectStatus(chat.reply(), 'stopped');
  await expect(chat.reply().getByRole('status')).toHaveCount(0);

  const talking = upstream.answer();
  await chat.say('Then talk');
  talking.say('Well,');
  await expect(text(chat.reply(1))).toHaveText('Well,');
  await page.keyboard.press('Escape');
  await expectStatus(chat.reply(1), 'stopped');
  await expect(text(chat.reply(1))).toHaveText('Well,');
});

test('a reply that was stopped goes on where it stopped', async ({ chat, upstream }) => {
  const stopped = upstream.answer();
  await chat.open();
  await chat.say('Count');
  stopped.say('One, two, ');
  await expect(text(chat.reply())).toHaveText('One, two,');
  await chat.stop.click();

  const rest = upstream.answer();
  await chat.reply().getByRole('button', { name: 'Continue' }).click();
  await rest.asked;
  await expect(text(chat.reply())).toHaveText('One, two,');
  rest.say('three.').finish();
  await expect(text(chat.reply())).toHaveText('One, two, three.');
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.reply()).toContainText('2 of 2');
});
