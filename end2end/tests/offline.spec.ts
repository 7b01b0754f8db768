import { expectStatus, text } from '../support/chat';
import { Line } from '../support/line';
import { UNREACHABLE } from '../support/problems';
import { expect, test as base } from '../support/test';

const test = base.extend<{ line: Line; network: { lose(): Promise<void>; restore(): Promise<void> } }>({
  line: async ({ server }, use) => {
    const line = await Line.to(server.url);
    await use(line);
    await line.close();
  },

  baseURL: async ({ line }, use) => use(line.url),

  network: async ({ context, line }, use) => {
    await use({
      async lose() {
        line.cut();
        await context.setOffline(true);
      },
      async restore() {
        line.mend();
        await context.setOffline(false);
      },
    });
  },
});

test.beforeEach(({ problems }) => problems.expect(UNREACHABLE));

test('a lost connection says so quietly and heals by itself', async ({ chat, network, page, upstream }) => {
  const notice = page.getByRole('status').filter({ hasText: 'The connection to the server is lost' });
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Write through a tunnel');
  reply.say('Before. ');
  await expect(text(chat.reply())).toHaveText('Before.');
  await expect(notice).toBeHidden();

  await network.lose();
  reply.say('Inside. ');
  await expect(notice).toBeVisible();
  await expect(text(chat.reply())).toHaveText('Before.');
  await expectStatus(chat.reply(), 'streaming');

  reply.say('After. ');
  await network.restore();
  await expect(notice).toBeHidden();
  await expect(text(chat.reply())).toHaveText('Before. Inside. After.');
  reply.say('Done.').finish();
  await expectStatus(chat.reply(), 'complete');
  await expect(text(chat.reply())).toHaveText('Before. Inside. After. Done.');
});

test('what is sent without a connection comes back to be sent again', async ({ chat, network, page, upstream }) => {
  upstream.reply('Hello.');
  await chat.open();
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');

  await network.lose();
  await chat.say('Into the void');
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached');
  await expect(chat.message).toHaveValue('Into the void');
  await expect(chat.everythingSaid).toHaveCount(1);

  await network.restore();
  upstream.reply('Heard.');
  await chat.send.click();
  await expect(text(chat.reply(1))).toHaveText('Heard.');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(chat.everythingSaid).toHaveCount(2);
});

test('a message whose answer was lost on the way is the same message when it is sent again', async ({
  chat,
  page,
  problems,
  upstream,
}) => {
  problems.expect(/ERR_FAILED|Failed to load resource/);
  upstream.reply('Hello.');
  await chat.open();
  const lose = async (name: string) => {
    await page.route(`**/api/${name}`, async (route) => {
      await route.fetch();
      await route.abort();
    });
  };

  await lose('start_chat');
  await chat.say('Only once');
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached');
  await page.unroute('**/api/start_chat');
  await chat.send.click();
  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  await expect(text(chat.reply())).toHaveText('Hello.');
  await expect(chat.everythingSaid).toHaveCount(1);

  upstream.reply('Again.');
  await lose('send_message');
  await chat.say('Only once more');
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached');
  await page.unroute('**/api/send_message');
  await chat.message.fill('Only once more');
  await chat.send.click();
  await expectStatus(chat.reply(1), 'complete');
  await chat.reload();
  await expect(chat.everythingSaid).toHaveCount(2);
  await expect(chat.replies).toHaveCount(2);
  expect(upstream.questions).toHaveLength(2);
});
