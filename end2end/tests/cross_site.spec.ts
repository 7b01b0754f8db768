// Pages of other sites, with a person's browser: what they ask for is not done.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Page } from '@playwright/test';

import { expectStatus } from '../support/chat';
import { setUp } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

/** That the test goes there is meant. */
const GOES_THERE = /request to another site: http:\/\/localhost/;
/** Nothing of ours is for a page of another site, not even an error. */
const KEPT_FROM_IT = /Blocked script execution|ERR_BLOCKED_BY_RESPONSE|frame-ancestors/;

/** A site of somebody else's. To a browser localhost is another site than 127.0.0.1. */
async function elsewhere(html: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><meta charset="utf-8"><title>Elsewhere</title>${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
}

/** A form that renames a chat, as the server's own page would send it. */
function form(target: string, chat: string): string {
  return `<form method="post" action="${target}/api/rename_chat">
    <input name="chat" value="${chat}"><input name="title" value="Taken over"><button>Win a prize</button></form>`;
}

async function beginChat(page: Page, reply: () => void): Promise<{ chat: Awaited<ReturnType<typeof setUp>>; id: string }> {
  const chat = await setUp(page);
  reply();
  await chat.say('Mine');
  await expectStatus(chat.reply(), 'complete');
  return { chat, id: (await chat.address()).split('/').pop()! };
}

test('a form of another site changes nothing', async ({ page, context, baseURL, problems, upstream }) => {
  problems.expect(GOES_THERE, KEPT_FROM_IT, /status of 40[0-9]/);
  const { chat, id } = await beginChat(page, () => upstream.reply('Yes.'));
  const { url, server } = await elsewhere(form(baseURL!, id));
  const foreign = await context.newPage();
  await foreign.goto(url);
  const answer = foreign.waitForResponse(/rename_chat/);
  await foreign.getByRole('button').click();
  expect((await answer).status()).toBe(403);
  await chat.reload();
  await expect(chat.listed('Mine')).toBeVisible();
  server.close();
});

test('a script of another site changes nothing, with cookies or without', async ({ page, context, baseURL, problems, upstream }) => {
  problems.expect(GOES_THERE, KEPT_FROM_IT, /status of 40[0-9]|ERR_FAILED|CORS|Access-Control/);
  const { chat, id } = await beginChat(page, () => upstream.reply('Yes.'));
  const { url, server } = await elsewhere('<p>Hello</p>');
  const foreign = await context.newPage();
  await foreign.goto(url);
  for (const credentials of ['include', 'omit'] as const) {
    const refused = foreign.waitForEvent('requestfailed', (request) => /rename_chat/.test(request.url()));
    await foreign.evaluate(
      ([target, chat, credentials]) =>
        fetch(`${target}/api/rename_chat`, {
          method: 'POST',
          mode: 'no-cors',
          credentials: credentials as RequestCredentials,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: `chat=${chat}&title=Taken+over`,
        }).then(
          () => undefined,
          () => undefined,
        ),
      [baseURL!, id, credentials],
    );
    await refused;
  }
  await chat.reload();
  await expect(chat.listed('Mine')).toBeVisible();
  server.close();
});

test('a page without an origin changes nothing', async ({ page, context, baseURL, problems, upstream }) => {
  problems.expect(GOES_THERE, KEPT_FROM_IT, /status of 40[0-9]/);
  const { chat, id } = await beginChat(page, () => upstream.reply('Yes.'));
  const inner = form(baseURL!, id).replaceAll('"', '&quot;');
  const { url, server } = await elsewhere(
    `<iframe sandbox="allow-forms allow-top-navigation-by-user-activation" srcdoc="${inner}"></iframe>`,
  );
  const foreign = await context.newPage();
  await foreign.goto(url);
  const asked = foreign.waitForRequest(/rename_chat/);
  const answer = foreign.waitForResponse(/rename_chat/);
  await foreign.frameLocator('iframe').getByRole('button').click();
  expect((await (await asked).allHeaders()).origin).toBe('null');
  expect((await answer).status()).toBe(403);
  await chat.reload();
  await expect(chat.listed('Mine')).toBeVisible();
  server.close();
});

test('no other site can show a page of ours inside of its own', async ({ page, context, baseURL, problems, upstream }) => {
  problems.expect(GOES_THERE, KEPT_FROM_IT, /frame|Refused|violates/i);
  await beginChat(page, () => upstream.reply('Yes.'));
  const { url, server } = await elsewhere(`<iframe title="bait" src="${baseURL}/"></iframe>`);
  const foreign = await context.newPage();
  const answer = foreign.waitForResponse(`${baseURL}/`);
  await foreign.goto(url);
  await answer.catch(() => undefined);
  await expect(foreign.frameLocator('iframe').getByRole('textbox')).toHaveCount(0);
  server.close();
});
