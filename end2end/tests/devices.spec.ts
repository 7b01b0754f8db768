// Where one is signed in.

import { ADA, comeIn, setUp, SIGNED_OUT, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

test('one sees where one is signed in, and ends it there', async ({ browsers, page, problems }) => {
  problems.expect(/status of 401|net::ERR_|network error/);
  await setUp(page);
  const other = await browsers.another();
  await comeIn(other, ADA);

  await visit(page, '/account/devices');
  const devices = page.getByRole('list', { name: 'Devices' }).getByRole('listitem');
  await expect(devices).toHaveCount(2);
  const here = devices.filter({ hasText: 'This device' });
  await expect(here).toHaveCount(1);
  await expect(here.getByRole('button')).toHaveCount(0);
  await devices.filter({ hasNotText: 'This device' }).getByRole('button', { name: /^End / }).click();
  await expect(devices).toHaveCount(1);
  await expect(here).toHaveCount(1);

  await other.goto('/');
  await expect(other).toHaveURL(/\/sign-in/);
  await page.reload();
  await expect(here).toHaveCount(1);
});

test('a page that is open on a device that was ended goes to the sign-in by itself', async ({ browsers, page, problems }) => {
  problems.expect(/status of 401|net::ERR_|network error/);
  await setUp(page);
  const other = await browsers.another();
  await comeIn(other, ADA);
  await visit(page, '/account/devices');
  await page.getByRole('button', { name: 'End all others' }).click();
  await expect(page.getByRole('list', { name: 'Devices' }).getByRole('listitem')).toHaveCount(1);
  await expect(other).toHaveURL(/\/sign-in/, { timeout: SIGNED_OUT });
});

test('whoever signs out leaves nothing behind that a reload would show', async ({ page, problems }) => {
  problems.expect(/status of 401|net::ERR_|network error/);
  await setUp(page);
  await page.getByRole('button', { name: `Account: ${ADA.name}` }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in/);
});
