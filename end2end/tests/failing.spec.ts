import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';
import { KEY } from '../support/upstream';

test('a reply that failed says why in a sentence, and Retry asks again', async ({ chat, page, upstream }) => {
  upstream.answer().fail(401, `Incorrect API key provided: ${KEY}`);
  await chat.open();
  await chat.say('Hello?');
  await expectStatus(chat.reply(), 'failed');
  const alert = chat.reply().getByRole('alert');
  await expect(alert).toContainText('The provider refused the key of this server.');
  await expect(page.locator('body')).not.toContainText(KEY);
  await expect(chat.send).toBeEnabled();

  await chat.reload();
  await expect(alert).toContainText('The provider refused the key of this server.');

  upstream.reply('Here I am.');
  await alert.getByRole('button', { name: 'Retry' }).click();
  await expect(text(chat.reply())).toHaveText('Here I am.');
  await expectStatus(chat.reply(), 'complete');
  await expect(alert).toHaveCount(0);
  await expect(text(chat.said())).toHaveText('Hello?');
});

test('a model that breaks off keeps what it said, and Continue goes on', async ({ chat, upstream }) => {
  const broken = upstream.answer();
  await chat.open();
  await chat.say('Count');
  broken.say('One, ');
  await expect(text(chat.reply())).toHaveText('One,');
  broken.reset();
  await expectStatus(chat.reply(), 'interrupted');
  const alert = chat.reply().getByRole('alert');
  await expect(alert).toContainText('The connection to the model broke off. What came is kept');

  upstream.reply('two.');
  await alert.getByRole('button', { name: 'Continue' }).click();
  await expect(text(chat.reply())).toHaveText('One, two.');
  await expectStatus(chat.reply(), 'complete');
});

test('a reply cut off by the model’s limit says so and goes on', async ({ chat, upstream }) => {
  upstream.answer().say('One, ').finish('length');
  await chat.open();
  await chat.say('Count');
  await expectStatus(chat.reply(), 'length');
  await expect(chat.reply()).toContainText('The model reached its limit before the end.');
  upstream.reply('two.');
  await chat.reply().getByRole('button', { name: 'Continue' }).click();
  await expect(text(chat.reply())).toHaveText('One, two.');
});
