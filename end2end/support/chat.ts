// The page as people know it: by roles and names.

import { expect, type Locator, type Page } from '@playwright/test';

export class ChatPage {
  readonly conversation: Locator;
  readonly everythingSaid: Locator;
  readonly replies: Locator;
  readonly message: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly chats: Locator;

  constructor(readonly page: Page) {
    this.conversation = page.getByRole('log', { name: 'Conversation' });
    this.everythingSaid = this.conversation.getByRole('article', { name: 'You' });
    this.replies = this.conversation.getByRole('article', { name: 'Assistant' });
    this.message = page.getByRole('textbox', { name: 'Message', exact: true });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.stop = page.getByRole('button', { name: 'Stop', exact: true });
    this.chats = page.getByRole('navigation', { name: 'Chats' });
  }

  /** Opens a page and waits until it is alive. */
  async open(path = '/'): Promise<this> {
    await this.page.goto(path);
    return this.alive();
  }

  async reload(): Promise<this> {
    await this.page.reload();
    return this.alive();
  }

  async alive(): Promise<this> {
    await this.page.locator('html.js').waitFor({ state: 'attached' });
    return this;
  }

  /** Where the chat is, once the page has gone there: what is said in a new chat is seen before. */
  async address(): Promise<string> {
    await expect(this.page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
    return this.page.url();
  }

  /** Sends a message, as one does with a keyboard. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press('Enter');
  }

  /** What a person said, from the first. */
  said(place = 0): Locator {
    return this.everythingSaid.nth(place);
  }

  /** A reply, from the first. */
  reply(place = 0): Locator {
    return this.replies.nth(place);
  }

  /** A chat in the list. */
  listed(title: string): Locator {
    return this.chats.getByRole('link', { name: title, exact: true });
  }

  /** Opens what can be done to a chat of the list. */
  async actions(title: string): Promise<Locator> {
    await this.chats.getByRole('button', { name: `Actions for ${title}` }).click();
    return this.page.getByRole('menu', { name: `Actions for ${title}` });
  }

  /** Where the conversation is scrolled to, and how far it could be. */
  scrolled(): Promise<{ top: number; bottom: number; height: number }> {
    return this.conversation.evaluate((log) => {
      const scroller = log.parentElement!;
      const bottom = scroller.scrollHeight - scroller.clientHeight;
      return { top: scroller.scrollTop, bottom, height: scroller.clientHeight };
    });
  }

  /** Scrolls the conversation with the wheel. */
  async wheel(by: number): Promise<void> {
    // Before the pointer goes there: what it is to be over is brought into view.
    const { top: start } = await this.scrolled();
    await this.conversation.hover({ position: { x: 5, y: 5 }, force: true });
    await this.page.mouse.wheel(0, by);
    // Until it has moved and come to rest: the wheel only begins it, and may do so late.
    let before = start;
    await expect
      .poll(async () => {
        const { top } = await this.scrolled();
        const rests = top === before && top !== start;
        before = top;
        return rests;
      })
      .toBe(true);
  }
}

/** The text of a message. */
export function text(message: Locator): Locator {
  return message.locator('[data-content]');
}

/** Where a reply stands. */
export async function expectStatus(reply: Locator, status: string): Promise<void> {
  await expect(reply).toHaveAttribute('data-status', status);
  await expect(reply).toHaveAttribute('aria-busy', String(['queued', 'streaming'].includes(status)));
}

/** Holds requests to a path back until the returned function is called. */
export async function hold(page: Page, path: string): Promise<() => void> {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(`**${path}`, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
