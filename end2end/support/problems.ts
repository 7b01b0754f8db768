// What goes wrong behind a page that looks right. No test passes with any of it, save with what it said would
// happen.

import { expect, type BrowserContext } from '@playwright/test';

export class Problems {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];

  /** Says that this will happen in this test, and is meant to. */
  expect(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  note(problem: string): void {
    this.seen.push(problem);
  }

  /** Fails with all that nobody expected and that was not said before. */
  check(): void {
    const unexpected = this.seen.splice(0).filter((problem) => !this.expected.some((pattern) => pattern.test(problem)));
    expect(unexpected, 'what went wrong behind the page').toEqual([]);
  }

  /** Notes what the pages of a browser complain of, and what they ask for that they should not. */
  async watch(context: BrowserContext, origin: string): Promise<void> {
    context.on('console', (message) => {
      if (!['error', 'warning', 'assert'].includes(message.type()) || SLOW.test(message.text())) return;
      this.note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.note(`page error: ${error.error().stack ?? error.error()}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.origin !== origin) {
        this.note(`request to another site: ${request.url()}`);
      }
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.note(`HTTP ${response.status()}: ${response.url()}`);
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (violation) => {
        console.error(`CSP: ${violation.effectiveDirective} refused ${violation.blockedURI}`);
      });
    });
  }
}

/** What a browser says of a file that was fetched ahead and is not used within seconds: that the machine is slow, or that
 * there are no scripts. */
const SLOW = /was preloaded using link preload but not used within a few seconds/;

/** What a browser says of requests that do not reach the server, and of answers that break off. */
export const UNREACHABLE = /net::ERR_|TypeError: (network error|Failed to fetch)/;
