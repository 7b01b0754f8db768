import { type Page } from '@playwright/test';

import { expect, test } from '../support/test';

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test('the theme follows the system until somebody chooses one, and the choice is kept', async ({ chat, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await chat.open();
  const light = await background(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background(page);
  expect(dark).not.toBe(light);

  await page.getByRole('button', { name: 'Theme: system' }).click();
  await expect(page.getByRole('button', { name: 'Theme: light' })).toBeVisible();
  await expect.poll(() => background(page)).toBe(light);
  // Before a script of the page's could change it, too.
  await page.reload({ waitUntil: 'commit' });
  await page.locator('main').waitFor({ state: 'attached' });
  expect(await background(page)).toBe(light);
  await chat.alive();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => background(page)).toBe(dark);
  await page.getByRole('button', { name: 'Theme: dark' }).click();
  await expect.poll(() => background(page)).toBe(light);
});
