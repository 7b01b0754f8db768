import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test('a message said in other words gets a reply of its own, and the old one is kept', async ({ chat, page, upstream }) => {
  upstream.reply('A cat.');
  await chat.open();
  await chat.say('Draw a cat');
  await expectStatus(chat.reply(), 'complete');

  await chat.said().getByRole('button', { name: 'Edit' }).click();
  const editor = page.getByRole('textbox', { name: 'Edit message' });
  await expect(editor).toBeFocused();
  await expect(editor).toHaveValue('Draw a cat');
  await editor.fill('Draw a dog');
  const dog = upstream.answer();
  await page.getByRole('button', { name: 'Save and send' }).click();
  await expect(text(chat.said())).toHaveText('Draw a dog');
  await expect(chat.said()).toContainText('2 of 2');
  dog.say('A ');
  await expect(text(chat.reply())).toHaveText('A');
  // A reply that is being written is not hidden: it could not be stopped then.
  await expect(chat.said().getByRole('button', { name: 'Previous version' })).toBeDisabled();
  dog.say('dog.').finish();
  await expect(text(chat.reply())).toHaveText('A dog.');

  await chat.said().getByRole('button', { name: 'Previous version' }).click();
  await expect(text(chat.said())).toHaveText('Draw a cat');
  await expect(text(chat.reply())).toHaveText('A cat.');
});

test('an edit that is called off changes nothing', async ({ chat, page, upstream }) => {
  upstream.reply('A cat.');
  await chat.open();
  await chat.say('Draw a cat');
  await expectStatus(chat.reply(), 'complete');
  const editor = page.getByRole('textbox', { name: 'Edit message' });

  await chat.said().getByRole('button', { name: 'Edit' }).click();
  await editor.fill('Draw a dog');
  await page.keyboard.press('Escape');
  await expect(editor).toHaveCount(0);
  await expect(text(chat.said())).toHaveText('Draw a cat');

  await chat.said().getByRole('button', { name: 'Edit' }).click();
  await expect(editor).toHaveValue('Draw a cat');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(text(chat.said())).toHaveText('Draw a cat');
  expect(upstream.questions).toHaveLength(1);
});
