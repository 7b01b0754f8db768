// The pages of people and workspaces, for everybody.

import { expectAccessible } from '../support/accessible';
import { expectStatus, text } from '../support/chat';
import { alive, fillIn, invite, setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

/** The pages about oneself and one's workspace. */
const SETTINGS = [
  '/account',
  '/account/devices',
  '/account/tokens',
  '/workspace',
  '/workspace/members',
  '/workspace/products',
  '/workspace/products/new',
  '/workspace/experts',
  '/workspace/experts/new',
  '/workspace/providers',
  '/workspace/providers/new',
  '/workspace/models',
  '/workspace/defaults',
  '/workspace/usage',
  '/workspace/budgets',
  '/workspace/audit',
  '/workspace/new',
];

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    // Nothing fades: colours are measured at rest.
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('the ways in are accessible, also when they refuse', async ({ browsers, page, problems }) => {
      problems.expect(/status of 4(01|04|22)/);
      await page.goto('/setup');
      await alive(page);
      await expectAccessible(page);
      await setUp(page);
      const link = await invite(page);
      const other = await browsers.another();
      for (const path of ['/sign-in', link, '/join/join_broken', '/forgot', '/reset/broken']) {
        await visit(other, path);
        await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
        await expectAccessible(other);
      }
      await visit(other, '/sign-in');
      await fillIn(other, { Email: 'nobody@example.com', Password: 'not the password' });
      await other.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(other.getByRole('alert')).toBeVisible();
      await expectAccessible(other);
    });

    test('the pages about oneself and the workspace are accessible, at any width', async ({ browsers, page }) => {
      test.slow();
      await setUp(page);
      await browsers.invited(page);
      await invite(page);
      await expectAccessible(page);
      for (const path of SETTINGS) {
        await visit(page, path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expectAccessible(page);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      for (const path of SETTINGS) {
        await visit(page, path);
        await expectAccessible(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        expect(wide, `${path} is wider than the window`).toBe(false);
      }
    });

    test('the menus of the workspace and of oneself are accessible', async ({ page }) => {
      await setUp(page);
      for (const name of [/^Workspace: /, /^Account: /]) {
        await page.getByRole('button', { name }).click();
        await expect(page.locator('[popover]:popover-open')).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
      }
    });

    test('a shared chat is accessible to whoever began it and to whoever reads it', async ({ browsers, page, upstream }) => {
      upstream.reply('For all to read.');
      const ada = await setUp(page);
      const grace = await browsers.invited(page, 'viewer');
      await expectAccessible(grace.page);
      await ada.open('/');
      await ada.say('Read this');
      await expectStatus(ada.reply(), 'complete');
      await page.getByRole('combobox', { name: 'Sharing' }).selectOption('Workspace can read');
      await expect(ada.said().locator('.author')).toBeVisible();
      await expectAccessible(page);
      await grace.open(await ada.address());
      await expect(text(grace.reply())).toHaveText('For all to read.');
      await expectAccessible(grace.page);
    });
  });
}
