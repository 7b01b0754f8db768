// People who use a server with sign-in, by the pages.

import { expect, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';

import { ChatPage } from './chat';
import type { Problems } from './problems';

/** A password that nobody guesses. */
export const PASSWORD = 'correct horse battery staple';

/** What a person may be in a workspace. */
export type Role = 'viewer' | 'member' | 'admin' | 'owner';

export interface Person {
  name: string;
  email: string;
}

export const ADA: Person = { name: 'Ada Lovelace', email: 'ada@example.com' };
export const GRACE: Person = { name: 'Grace Hopper', email: 'grace@example.com' };

/** How soon the page of somebody who is not let in any more is at the sign-in, in milliseconds: after five seconds they
 * read nothing, by the product's promise, and a busy machine may need as long to go to another page. */
export const SIGNED_OUT = 10_000;

/** Waits until a page is alive. */
export async function alive(page: Page): Promise<void> {
  await page.locator('html.js').waitFor({ state: 'attached' });
}

/** Opens a page and waits until it is alive. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await alive(page);
}

/** Makes the first owner, whose page it is from now on. */
export async function setUp(page: Page, owner: Person = ADA, workspace = 'Engines'): Promise<ChatPage> {
  await page.goto('/');
  await alive(page);
  await fillIn(page, { 'Your name': owner.name, Email: owner.email, Password: PASSWORD, Workspace: workspace });
  await page.getByRole('button', { name: 'Create workspace' }).click();
  const chat = new ChatPage(page);
  await expect(chat.message).toBeVisible();
  return chat.alive();
}

/** Signs in, on the page that asks for it. */
export async function signIn(page: Page, person: Person, password = PASSWORD): Promise<void> {
  await alive(page);
  await fillIn(page, { Email: person.email, Password: password });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs in on the page for that, and waits until one is in. */
export async function comeIn(page: Page, person: Person, password = PASSWORD): Promise<ChatPage> {
  await page.goto('/sign-in');
  await signIn(page, person, password);
  const chat = new ChatPage(page);
  await expect(chat.message).toBeVisible();
  return chat.alive();
}

/** Fills fields in by their labels. */
export async function fillIn(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    await page.getByRole('textbox', { name: label, exact: true }).or(page.getByLabel(label, { exact: true })).first().fill(value);
  }
}

/** Invites somebody; says where the link leads to. */
export async function invite(page: Page, role: Role = 'member'): Promise<string> {
  await visit(page, '/workspace/members');
  const form = page.getByRole('form', { name: 'Invite', exact: true });
  await form.getByRole('combobox', { name: 'Role' }).selectOption(role);
  await form.getByRole('button', { name: 'Invite', exact: true }).click();
  // Whole only once the page is alive: the server does not know how the browser reached it.
  const link = page.getByRole('textbox', { name: 'Invitation link' });
  await expect(link).toHaveValue(/^http:.*\/join\/join_/);
  return new URL(await link.inputValue()).pathname;
}

/** Makes an account by an invitation, on the page that it leads to. */
export async function join(page: Page, link: string, person: Person = GRACE): Promise<void> {
  await visit(page, link);
  await fillIn(page, { 'Your name': person.name, Email: person.email, Password: PASSWORD });
  await page.getByRole('button', { name: 'Make an account and join' }).click();
  await expect(page.getByRole('button', { name: `Account: ${person.name}` })).toBeVisible();
  await alive(page);
}

/** The row of a member on the page of the members. */
export function member(page: Page, person: Person): Locator {
  return page.getByRole('list', { name: 'Members' }).getByRole('listitem').filter({ hasText: person.name });
}

/** Does something to a member, on the page of the members. */
export async function actOn(page: Page, what: 'Suspend' | 'Reinstate' | 'Remove', person: Person): Promise<void> {
  await visit(page, '/workspace/members');
  if (what === 'Remove') await page.getByLabel(`Remove ${person.name} from the workspace`, { exact: true }).click();
  await page.getByRole('button', { name: `${what} ${person.name}`, exact: true }).click();
}

/** Browsers of other people, on other machines as it were. What goes wrong in them counts as well. */
export class Browsers {
  private readonly contexts: BrowserContext[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly origin: string,
    private readonly problems: Problems,
  ) {}

  /** A page in another browser, in which nobody is signed in. */
  async another(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext(options);
    this.contexts.push(context);
    await this.problems.watch(context, this.origin);
    return context.newPage();
  }

  /** A page of somebody who has just come in by an invitation of whoever is on `inviting`. */
  async invited(inviting: Page, role: Role = 'member', person: Person = GRACE): Promise<ChatPage> {
    const link = await invite(inviting, role);
    const page = await this.another();
    await join(page, link, person);
    return new ChatPage(page);
  }

  async close(): Promise<void> {
    for (const context of this.contexts) await context.close();
  }
}
