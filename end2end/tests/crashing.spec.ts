import { expectStatus, text } from '../support/chat';
import { UNREACHABLE } from '../support/problems';
import { expect, test } from '../support/test';

test('a server killed in the middle of a reply keeps its text, and the reply goes on when asked to', async ({
  chat,
  page,
  problems,
  server,
  upstream,
}) => {
  problems.expect(UNREACHABLE);
  const notice = page.getByRole('status').filter({ hasText: 'The connection to the server is lost' });
  const cut = upstream.answer();
  await chat.open();
  await chat.say('Count to four');
  cut.say('One, two, ');
  await expect(text(chat.reply())).toHaveText('One, two,');
  await expect.poll(() => server.keeps('One, two, ')).toBe(true);

  await server.kill();
  await expect(notice).toBeVisible();
  await expect(text(chat.reply())).toHaveText('One, two,');
  await server.restart();
  await expectStatus(chat.reply(), 'interrupted');
  await expect(notice).toBeHidden();
  await expect(text(chat.reply())).toHaveText('One, two,');
  expect(upstream.questions).toHaveLength(1);

  const rest = upstream.answer();
  await chat.reply().getByRole('alert').getByRole('button', { name: 'Continue' }).click();
  rest.say('three, four.').finish();
  await expect(text(chat.reply())).toHaveText('One, two, three, four.');
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.reply()).toContainText('2 of 2');

  await chat.reply().getByRole('button', { name: 'Previous reply' }).click();
  await expect(chat.reply()).toContainText('1 of 2');
  await expect(text(chat.reply())).toHaveText('One, two,');
  await expectStatus(chat.reply(), 'interrupted');
});

test('a page that waited for a restarted server works on with it', async ({ chat, page, problems, server, upstream }) => {
  problems.expect(UNREACHABLE);
  upstream.reply('Hello.');
  await chat.open();
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  expect(await server.stop()).toBe(0);
  await server.restart();

  upstream.reply('Still here.');
  await chat.say('Are you still there?');
  await expect(text(chat.reply(1))).toHaveText('Still here.');
  await expect(page.getByRole('alert')).toHaveCount(0);
});
