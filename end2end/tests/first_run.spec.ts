import { text, expectStatus } from '../support/chat';
import { expect, test } from '../support/test';

test.use({ model: 'demo' });

test('a stranger without a key picks a starter and keeps what the demo model streams', async ({ chat, page }) => {
  await chat.open();
  await expect(page.getByRole('heading', { name: 'What shall we work on?' })).toBeVisible();
  await expect(page.getByRole('note')).toContainText('The built-in demo model answers');
  await expect(page.getByRole('note')).toContainText('OPENAI_API_KEY');
  await expect(chat.chats).toContainText('No chats yet');
  const starters = page.getByRole('main').getByRole('listitem').getByRole('button');
  await expect(starters).toHaveCount(4);

  const starter = 'Plan a workshop for a team of eight';
  await starters.filter({ hasText: starter }).click();
  await expect(text(chat.said())).toHaveText(starter);
  await expectStatus(chat.reply(), 'streaming');
  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  await expect(chat.listed(starter)).toHaveAttribute('aria-current', 'page');
  await expect(text(chat.reply())).toContainText('I am the demo model');
  await expect(text(chat.reply())).not.toContainText('That is all I have to say');

  await expect(text(chat.reply())).toContainText('That is all I have to say', { timeout: 30_000 });
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.reply()).toContainText(/demo · \d+ tokens/);
  const said = await text(chat.reply()).innerText();

  await chat.reload();
  await expectStatus(chat.reply(), 'complete');
  await expect.poll(() => text(chat.reply()).innerText()).toBe(said);
  await expect(text(chat.said())).toHaveText(starter);
  await expect(page.getByRole('note')).toContainText('The built-in demo model answers');
});
