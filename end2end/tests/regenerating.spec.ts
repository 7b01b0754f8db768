import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

test('another reply stands beside the first, and both can be read', async ({ chat, upstream }) => {
  upstream.reply('Heads.');
  await chat.open();
  await chat.say('Toss a coin');
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.reply()).not.toContainText('1 of 1');

  const second = upstream.answer();
  await chat.reply().getByRole('button', { name: 'Regenerate' }).click();
  await second.asked;
  await expect(chat.reply()).toHaveAttribute('aria-busy', 'true');
  second.say('Tails.').finish();
  await expect(text(chat.reply())).toHaveText('Tails.');
  await expect(chat.reply()).toContainText('2 of 2');
  await expect(chat.replies).toHaveCount(1);

  await chat.reply().getByRole('button', { name: 'Previous reply' }).click();
  await expect(text(chat.reply())).toHaveText('Heads.');
  await expect(chat.reply()).toContainText('1 of 2');
  await expect(chat.reply().getByRole('button', { name: 'Previous reply' })).toBeDisabled();
  await expect(chat.reply().getByRole('button', { name: 'Next reply' })).toBeFocused();

  await chat.reload();
  await expect(text(chat.reply())).toHaveText('Heads.');
  await chat.reply().getByRole('button', { name: 'Next reply' }).click();
  await expect(text(chat.reply())).toHaveText('Tails.');
});
