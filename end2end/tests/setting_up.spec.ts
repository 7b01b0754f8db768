import { expectStatus, text } from '../support/chat';
import { ADA, alive, fillIn, PASSWORD, setUp, signIn } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

test('a stranger on a new server is chatting after one form', async ({ page, upstream }) => {
  upstream.reply('Hello, Ada.');
  const chat = await setUp(page);
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  await expect(text(chat.reply())).toHaveText('Hello, Ada.');
});

test('what was typed stays when it is refused', async ({ page, problems }) => {
  problems.expect(/status of 422/);
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup$/);
  await alive(page);
  await fillIn(page, { 'Your name': ADA.name, Email: ADA.email, Password: 'password123', Workspace: 'Engines' });
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await expect(page.getByRole('alert')).toContainText('among the first that somebody would try');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ADA.email);
  await fillIn(page, { Password: PASSWORD });
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
});

test('signing in leads to where one wanted to go', async ({ page, browser, baseURL, problems, upstream }) => {
  problems.expect(/status of 401/);
  upstream.reply('Hello.');
  const chat = await setUp(page);
  await chat.say('A chat to come back to');
  await expectStatus(chat.reply(), 'complete');
  const address = await chat.address();

  const elsewhere = await browser.newContext({ baseURL });
  const other = await elsewhere.newPage();
  await other.goto(address);
  await expect(other).toHaveURL(/\/sign-in\?next=/);
  await signIn(other, ADA, 'wrong horse battery staple');
  await expect(other.getByRole('alert')).toContainText('The email address or the password is wrong');
  await signIn(other, ADA);
  await expect(other).toHaveURL(address);
  await expect(other.getByRole('log', { name: 'Conversation' })).toContainText('Hello.');
  await elsewhere.close();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('one can set the server up, and be told what is wrong', async ({ page }) => {
    await page.goto('/');
    await fillIn(page, { 'Your name': ADA.name, Email: ADA.email, Password: 'password123', Workspace: 'Engines' });
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await expect(page.getByRole('alert')).toContainText('among the first that somebody would try');
    await fillIn(page, { 'Your name': ADA.name, Email: ADA.email, Password: PASSWORD, Workspace: 'Engines' });
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
  });
});
