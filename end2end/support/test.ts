// What every test gets: a server of its own, a model of its own, a page, and eyes behind the scenes.

import { test as base, expect, type TestInfo } from '@playwright/test';

import { Api } from './api';
import { ChatPage } from './chat';
import { Browsers } from './people';
import { Problems } from './problems';
import { Server } from './server';
import { Upstream } from './upstream';

export interface Options {
  /** Whether the test speaks for the model, or the demo model does. */
  model: 'scripted' | 'demo';
  /** Whether people sign in, or everybody is the same person. */
  auth: 'on' | 'off';
  /** What else the server is told, by variable. */
  settings: Record<string, string>;
  /** Whether the model is asked for titles of new chats: one more question after the first reply. */
  titles: 'on' | 'off';
}

export interface Fixtures {
  problems: Problems;
  upstream: Upstream;
  server: Server;
  api: Api;
  chat: ChatPage;
  browsers: Browsers;
  watching: void;
}

export const test = base.extend<Options & Fixtures>({
  model: ['scripted', { option: true }],
  auth: ['off', { option: true }],
  settings: [{}, { option: true }],
  titles: ['off', { option: true }],

  // In this order they begin; in the other they end: the pages go, then the server, then the count is made.
  problems: [
    async ({}, use) => {
      const problems = new Problems();
      await use(problems);
      problems.check();
    },
    { auto: true },
  ],

  upstream: async ({ problems }, use) => {
    const upstream = await Upstream.start();
    await use(upstream);
    upstream.unanswered.forEach((question) => problems.note(`the model had no answer to: ${question}`));
    await upstream.close();
  },

  server: async ({ model, auth, titles, settings, upstream, problems }, use, testInfo) => {
    const server = await Server.start(model === 'scripted' ? upstream : undefined, auth, titles, settings);
    await use(server);
    const code = await server.stop();
    if (code !== 0) problems.note(`the server ended with ${code} when asked to go`);
    server.log.filter((line) => / ERROR |panicked/.test(line)).forEach((line) => problems.note(`server log: ${line}`));
    await attachLog(server, testInfo);
    await server.remove();
  },

  baseURL: async ({ server }, use) => use(server.url),

  watching: [
    async ({ baseURL, context, problems }, use) => {
      await problems.watch(context, baseURL!);
      await use();
      // While there still is a trace to keep of it.
      problems.check();
    },
    { auto: true },
  ],

  api: async ({ request }, use) => use(new Api(request)),

  chat: async ({ page }, use) => use(new ChatPage(page)),

  browsers: async ({ browser, baseURL, problems }, use) => {
    const browsers = new Browsers(browser, baseURL!, problems);
    await use(browsers);
    await browsers.close();
  },
});

async function attachLog(server: Server, testInfo: TestInfo): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return;
  await testInfo.attach('server.log', { body: server.log.join('\n'), contentType: 'text/plain' });
}

export { expect };
