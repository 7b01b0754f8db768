// What people change about themselves.

import { ADA, alive, comeIn, fillIn, GRACE, member, PASSWORD, setUp, SIGNED_OUT, signIn, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

/** A red dot. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
  'base64',
);

test('a name that was changed is shown wherever one is named', async ({ page }) => {
  await setUp(page);
  await visit(page, '/account');
  await page.getByRole('textbox', { name: 'Full name' }).fill('Ada King');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Account: Ada King' })).toBeVisible();
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Account: Ada King' })).toBeVisible();
});

test('a theme that was chosen is that of every device of the person', async ({ browsers, page }) => {
  const theme = () => getComputedStyle(document.documentElement).colorScheme;
  await setUp(page);
  await visit(page, '/account');
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await expect.poll(() => page.evaluate(theme)).toBe('dark');
  const other = await browsers.another();
  await comeIn(other, ADA);
  await expect.poll(() => other.evaluate(theme)).toBe('dark');
});

test('a picture is shown in place of the letters, until it is taken away', async ({ page, problems }) => {
  problems.expect(/status of 422 .*\/api\/set_avatar/);
  await setUp(page);
  await visit(page, '/account');
  const mine = page.getByRole('button', { name: `Account: ${ADA.name}` });
  await expect(mine).toContainText('AL');
  const upload = (name: string, mimeType: string, buffer: Buffer) =>
    page.getByLabel('Picture file').setInputFiles({ name, mimeType, buffer });
  await upload('me.png', 'image/png', Buffer.from('This is no picture.'));
  await page.getByRole('button', { name: 'Upload picture' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await upload('me.png', 'image/png', PICTURE);
  await page.getByRole('button', { name: 'Upload picture' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await expect(mine.locator('img')).toBeVisible();
  await expect.poll(() => mine.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await alive(page);
  await page.getByRole('button', { name: 'Remove picture' }).click();
  await expect(mine).toContainText('AL');
});

test('a password that was changed signs the other devices out and lets nobody in who knows the old one', async ({
  browsers,
  page,
  problems,
}) => {
  problems.expect(/status of 401|status of 422 .*\/api\/change_password|net::ERR_|network error/);
  await setUp(page);
  const other = await browsers.another();
  await comeIn(other, ADA);
  await visit(page, '/account');
  const change = page.getByRole('button', { name: 'Change password' });
  await fillIn(page, { 'Current password': 'not this one', 'New password': 'a new and longer password' });
  await change.click();
  await expect(page.getByRole('alert')).toContainText('The current password is wrong');
  await fillIn(page, { 'Current password': PASSWORD, 'New password': 'a new and longer password' });
  await change.click();
  await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();

  await expect(other).toHaveURL(/\/sign-in/, { timeout: SIGNED_OUT });
  await signIn(other, ADA);
  await expect(other.getByRole('alert')).toContainText('The email address or the password is wrong');
  await signIn(other, ADA, 'a new and longer password');
  await expect(other.getByRole('button', { name: `Account: ${ADA.name}` })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
});

test('without scripts one signs in, invites and is let in', async ({ browsers, page }) => {
  await setUp(page);
  const plain = await browsers.another({ javaScriptEnabled: false });
  await plain.goto('/');
  await fillIn(plain, { Email: ADA.email, Password: PASSWORD });
  await plain.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(plain.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
  await plain.goto('/workspace/members');
  const form = plain.getByRole('form', { name: 'Invite', exact: true });
  await form.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await plain.getByRole('textbox', { name: 'Invitation link' }).inputValue();
  await plain.reload();
  await expect(plain.getByRole('textbox', { name: 'Invitation link' })).toHaveCount(0);

  const guest = await browsers.another({ javaScriptEnabled: false });
  await guest.goto(link);
  await fillIn(guest, { 'Your name': GRACE.name, Email: GRACE.email, Password: PASSWORD });
  await guest.getByRole('button', { name: 'Make an account and join' }).click();
  await expect(guest.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
  await plain.reload();
  await expect(member(plain, GRACE)).toBeVisible();
});
