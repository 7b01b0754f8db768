// What owners can look up.

import { type Page } from '@playwright/test';

import { actOn, ADA, alive, comeIn, GRACE, setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

async function changeRole(page: Page, role: string): Promise<void> {
  await visit(page, '/workspace/members');
  await page.getByRole('combobox', { name: `Role ${GRACE.name}` }).selectOption(role);
  const done = page.waitForResponse(/\/api\/set_role/);
  await page.getByRole('button', { name: `Change role ${GRACE.name}` }).click();
  expect((await done).status()).toBe(200);
}

test('owners see who came in, who did what and from where, and find it by person and by action', async ({
  browsers,
  page,
  problems,
}) => {
  problems.expect(/status of 401|net::ERR_|network error/);
  await setUp(page);
  await browsers.invited(page);
  await changeRole(page, 'admin');
  await comeIn(await browsers.another(), GRACE);
  await actOn(page, 'Suspend', GRACE);
  await expect(page.getByRole('button', { name: `Reinstate ${GRACE.name}` })).toBeVisible();

  await visit(page, '/workspace/members');
  await page.getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Audit log');
  const entries = page.getByRole('region', { name: 'Entries' }).getByRole('row');
  const entry = (who: string, what: string) =>
    entries.filter({ has: page.getByRole('cell', { name: who, exact: true }) }).filter({ hasText: what });
  await expect(entry(ADA.name, 'set the server up')).toHaveCount(1);
  await expect(entry(ADA.name, 'invited somebody')).toHaveCount(1);
  await expect(entry(GRACE.name, 'came in by an invitation')).toHaveCount(1);
  await expect(entry(ADA.name, 'changed a role')).toHaveCount(1);
  await expect(entry(GRACE.name, 'signed in').first()).toContainText('127.0.0.1');
  await expect(entry(ADA.name, 'suspended somebody')).toHaveCount(1);

  await page.getByRole('combobox', { name: 'Person' }).selectOption(GRACE.name);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/person=/);
  await alive(page);
  await expect(entry(GRACE.name, 'signed in').first()).toBeVisible();
  await expect(entries.filter({ has: page.getByRole('cell', { name: ADA.name, exact: true }) })).toHaveCount(0);

  await page.getByRole('combobox', { name: 'Person' }).selectOption('Anybody');
  await page.getByRole('combobox', { name: 'Action' }).selectOption('suspended somebody');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/action=/);
  await alive(page);
  // The names of the columns, and one entry.
  await expect(entries).toHaveCount(2);
  await expect(entries.last()).toContainText('suspended somebody');
  await page.getByRole('link', { name: 'Show all' }).click();
  await expect(entry(ADA.name, 'set the server up')).toHaveCount(1);
});

test('an admin who is no owner neither finds the audit log nor reads it', async ({ browsers, page, problems }) => {
  problems.expect(/status of 403/);
  await setUp(page);
  const grace = await browsers.invited(page, 'admin');
  await visit(grace.page, '/workspace/members');
  const sections = grace.page.getByRole('navigation', { name: 'Settings' });
  await expect(sections.getByRole('link', { name: 'Products' })).toBeVisible();
  await expect(sections.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  const answer = await grace.page.goto('/workspace/audit');
  expect(answer?.status()).toBe(403);
  await expect(grace.page.getByRole('alert')).toContainText('Only owners of this workspace');
  await expect(grace.page.getByRole('region', { name: 'Entries' })).toHaveCount(0);
});
