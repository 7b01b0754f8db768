// A model calls tools while it writes a reply: built-in ones at once, others once somebody allows it.

import { type Locator, type Page } from '@playwright/test';

import { expectAccessible } from '../support/accessible';
import { ChatPage, expectStatus, text } from '../support/chat';
import { McpServer } from '../support/mcp';
import { expect, test } from '../support/test';
import type { Upstream } from '../support/upstream';

test.use({ settings: { PARLANCE_PRIVATE_PROVIDERS: 'allow' } });

/** A chat with one exchange. */
async function begun(chat: ChatPage, upstream: Upstream): Promise<void> {
  upstream.reply('Hello.');
  await chat.open('/');
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  await expect(chat.page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
}

/** Turns a switch of the chat's tools over. */
async function turn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Tools', exact: true }).click();
  const control = page.getByRole('switch', { name, exact: true });
  const before = await control.getAttribute('aria-checked');
  await control.click();
  await expect(control).toHaveAttribute('aria-checked', before === 'true' ? 'false' : 'true');
  await page.keyboard.press('Escape');
}

/** A call of a reply's tools, from the first. */
function call(reply: Locator, place = 0): Locator {
  return reply.getByRole('list', { name: 'Tool calls' }).getByRole('listitem').nth(place);
}

test('a tool that is switched on is called, and what it was given and gave is folded in the reply', async ({
  chat,
  page,
  upstream,
}) => {
  await begun(chat, upstream);
  await turn(page, 'calculate');
  upstream.answer().call('calculate', { expression: '6 * 7' });
  upstream.reply('It is 42.');
  await chat.say('What is 6 times 7?');
  const reply = chat.reply(1);
  await expect(text(reply)).toHaveText('It is 42.');
  await expectStatus(reply, 'complete');
  await expect(call(reply)).toContainText('calculate');
  await expect(call(reply)).toContainText('done');
  await expect(call(reply).getByRole('group', { name: 'Result' })).toBeHidden();
  await call(reply).getByText('calculate').click();
  await expect(call(reply).getByRole('group', { name: 'Arguments' })).toContainText('"expression": "6 * 7"');
  await expect(call(reply).getByRole('group', { name: 'Result' })).toHaveText('42');
  await expectAccessible(page);
  await chat.reload();
  await expect(call(chat.reply(1))).toContainText('done');
});

test('a chat begins with the tools that were switched on before its first message', async ({ chat, page, upstream }) => {
  await chat.open('/');
  await turn(page, 'calculate');
  await expect(page.getByRole('button', { name: 'Tools', exact: true })).toContainText('1');
  upstream.answer().call('calculate', { expression: '6 * 7' });
  upstream.reply('It is 42.');
  await chat.say('What is 6 times 7?');
  await expect(text(chat.reply())).toHaveText('It is 42.');
  await expect(call(chat.reply())).toContainText('done');
  await expect(page.getByRole('button', { name: 'Tools', exact: true })).toContainText('1');
  await chat.reload();
  await page.getByRole('button', { name: 'Tools', exact: true }).click();
  await expect(page.getByRole('switch', { name: 'calculate', exact: true })).toHaveAttribute('aria-checked', 'true');
});

test('a call that waits is allowed with the keyboard, and one that is declined is not made', async ({
  chat,
  page,
  upstream,
}) => {
  await begun(chat, upstream);
  await turn(page, 'calculate');
  await turn(page, 'Ask before every call');
  upstream.answer().call('calculate', { expression: '1 + 1' });
  await chat.say('And 1 + 1?');
  const reply = chat.reply(1);
  await expect(call(reply)).toContainText('waits for permission');
  await expect(page.locator('[data-waiting]')).toHaveText('The model wants to call calculate. Allow or decline it.');
  await expect(call(reply).getByRole('group', { name: 'Arguments' })).toBeVisible();
  await expectAccessible(page);
  upstream.reply('It is two.');
  await reply.getByRole('button', { name: 'Allow calculate', exact: true }).press('Enter');
  await expect(text(reply)).toHaveText('It is two.');
  await expect(call(reply)).toContainText('done');
  await expect(call(reply).locator('summary')).toBeFocused();

  upstream.answer().call('calculate', { expression: '2 + 2' });
  await chat.say('And 2 + 2?');
  upstream.reply('I may not say.');
  await chat.reply(2).getByRole('button', { name: 'Decline calculate', exact: true }).click();
  await expect(text(chat.reply(2))).toHaveText('I may not say.');
  await expect(call(chat.reply(2))).toContainText('declined');
});

test('a call is allowed from another tab, and the first one shows what comes of it', async ({ chat, context, page, upstream }) => {
  await begun(chat, upstream);
  await turn(page, 'calculate');
  await turn(page, 'Ask before every call');
  upstream.answer().call('calculate', { expression: '1 + 1' });
  await chat.say('And 1 + 1?');
  await expect(call(chat.reply(1))).toContainText('waits for permission');
  const other = await new ChatPage(await context.newPage()).open(new URL(page.url()).pathname);
  upstream.reply('It is two.');
  await other.reply(1).getByRole('button', { name: 'Allow calculate', exact: true }).click();
  await expect(text(other.reply(1))).toHaveText('It is two.');
  await page.bringToFront();
  await expect(text(chat.reply(1))).toHaveText('It is two.');
  await expect(chat.reply(1).getByRole('button', { name: 'Allow calculate', exact: true })).toHaveCount(0);
});

test('an MCP server is added, its tool switched on, and its call allowed once and for all', async ({ chat, page, upstream }) => {
  const mcp = await McpServer.start();
  try {
    await chat.open('/workspace/tools');
    await page.getByRole('link', { name: 'Add MCP server' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Sums');
    await page.getByLabel('URL', { exact: true }).fill(mcp.url);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page).toHaveURL(/\/workspace\/tools\/[0-9a-f-]{36}$/);
    await expect(page.getByRole('status').filter({ hasText: '7 tools, listed' })).toBeVisible();
    await expectAccessible(page);

    await begun(chat, upstream);
    await turn(page, 'Sums__add');
    upstream.answer().call('Sums__add', { a: 40, b: 2 });
    await chat.say('40 and 2?');
    const reply = chat.reply(1);
    upstream.reply('That makes 42.');
    await reply.getByRole('button', { name: 'Always allow Sums__add in this chat', exact: true }).click();
    await expect(text(reply)).toHaveText('That makes 42.');
    await expect(call(reply)).toContainText('done');

    upstream.answer().call('Sums__add', { a: 1, b: 2 });
    upstream.reply('That makes 3.');
    await chat.say('1 and 2?');
    await expect(text(chat.reply(2))).toHaveText('That makes 3.');
  } finally {
    await mcp.stop();
  }
});
