import { expectStatus, hold } from '../support/chat';
import { expect, test } from '../support/test';

test('what is typed and not sent survives a reload, each chat for itself', async ({ api, chat, upstream }) => {
  upstream.replyBy(() => 'Yes?');
  const one = await api.ask('One');
  const two = await api.ask('Two');
  await chat.open(`/chats/${one.chat}`);
  await chat.message.fill('Not finished yet');
  await chat.reload();
  await expect(chat.message).toHaveValue('Not finished yet');

  await chat.listed('Two').click();
  await expect(chat.page).toHaveURL(new RegExp(two.chat));
  await expect(chat.message).toHaveValue('');
  await chat.open('/');
  await expect(chat.message).toHaveValue('');
  await chat.open(`/chats/${one.chat}`);
  await expect(chat.message).toHaveValue('Not finished yet');

  await chat.message.press('Enter');
  await expectStatus(chat.reply(1), 'complete');
  await chat.reload();
  await expect(chat.message).toHaveValue('');
});

test('what is typed on the page for a new chat survives a reload', async ({ chat }) => {
  await chat.open('/chats/new');
  await chat.message.fill('A first thought');
  await chat.reload();
  await expect(chat.message).toHaveValue('A first thought');
});

test('a message that the server refuses comes back', async ({ api, chat, page, problems, upstream }) => {
  problems.expect(/status of 409/);
  const running = upstream.answer();
  upstream.replyBy(() => 'Yes?');
  upstream.reply('Yes?');
  running.say('First').finish();
  const { chat: id } = await api.ask('One');
  await chat.open(`/chats/${id}`);

  // Another tab is quicker, and this one has not heard of it.
  await page.route('**/api/send_message', async (route) => {
    await route.fulfill({
      status: 409,
      headers: { serverfnerror: '/api/send_message', 'content-type': 'application/json' },
      body: JSON.stringify({ code: 'reply_running' }),
    });
  });
  await chat.say('Too late');
  await expect(page.getByRole('alert')).toContainText('A reply is still being written in this chat');
  await expect(chat.message).toHaveValue('Too late');
  await expect(chat.everythingSaid).toHaveCount(1);
  await chat.reload();
  await expect(chat.message).toHaveValue('Too late');

  await page.unroute('**/api/send_message');
  await chat.send.click();
  await expect(chat.reply(1)).toContainText('Yes?');
});

test('what is typed while a message is on its way stays, also when the page goes on to the chat', async ({
  chat,
  page,
  upstream,
}) => {
  upstream.reply('Yes?');
  await chat.open();
  const release = await hold(page, '/api/start_chat');
  await chat.say('First');
  await chat.message.fill('And another thing');
  release();
  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.message).toHaveValue('And another thing');
  await chat.reload();
  await expect(chat.message).toHaveValue('And another thing');
});
