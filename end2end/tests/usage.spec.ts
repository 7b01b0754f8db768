// What was used, as people look it up.

import { readFile } from 'node:fs/promises';

import { expectAccessible } from '../support/accessible';
import { expectStatus } from '../support/chat';
import { withinOneDay } from '../support/day';
import { ADA, GRACE, setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

test('a chat says what it came to', async ({ page, upstream }) => {
  upstream.reply('One.');
  const ada = await setUp(page);
  await ada.say('First');
  await expectStatus(ada.reply(), 'complete');
  // Nobody knows the price of the test's model.
  await expect(page.getByText('This chat: 1,204 tokens · unknown')).toBeVisible();
  upstream.reply('Two.');
  await ada.say('Second');
  await expectStatus(ada.reply(1), 'complete');
  await expect(page.getByText('This chat: 2,408 tokens · unknown')).toBeVisible();
  await ada.reload();
  await expect(page.getByText('This chat: 2,408 tokens · unknown')).toBeVisible();
});

test('admins look at what everybody used by day, person and model, and take it with them', async ({
  browsers,
  page,
  upstream,
}) => {
  await withinOneDay();
  upstream.replyBy((question) => `An answer to ${question}`);
  const ada = await setUp(page);
  const grace = await browsers.invited(page);
  await ada.open('/');
  await ada.say('From Ada');
  await expectStatus(ada.reply(), 'complete');
  await grace.open('/');
  await grace.say('From Grace');
  await expectStatus(grace.reply(), 'complete');

  await visit(page, '/workspace/members');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Usage' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Usage');
  await page.getByRole('navigation', { name: 'Drawn' }).getByRole('link', { name: 'Tokens' }).click();
  await expect(page.getByRole('img', { name: 'By day: tokens' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'By person: tokens' })).toBeVisible();
  const people = page.getByRole('region', { name: 'By person' });
  for (const { name } of [ADA, GRACE]) {
    await expect(people.getByRole('row').filter({ hasText: name })).toContainText('1,204');
  }
  await expect(page.getByRole('region', { name: 'By model' }).getByRole('row').filter({ hasText: 'test-model' })).toContainText(
    '2,408',
  );
  await expectAccessible(page);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as CSV' }).click();
  const file = await readFile(await (await download).path(), 'utf8');
  expect(file).toContain(`${ADA.name},${ADA.email}`);
  expect(file).toContain(`${GRACE.name},${GRACE.email}`);

  await page.getByRole('form', { name: 'Days' }).getByLabel('From').fill('2020-01-01');
  await page.getByRole('form', { name: 'Days' }).getByLabel('To').fill('2020-01-31');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('Nothing was used in these days.')).toBeVisible();
  await page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: 'Today' }).click();
  await expect(people.getByRole('row').filter({ hasText: GRACE.name })).toBeVisible();

  await visit(grace.page, '/workspace/usage');
  await expect(grace.page.getByText('What you used in this workspace.')).toBeVisible();
  await expect(grace.page.getByRole('region', { name: 'By model' })).toContainText('1,204');
  await expect(grace.page.getByRole('region', { name: 'By person' })).toHaveCount(0);
});
