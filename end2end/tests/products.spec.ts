// What a chat is about, and who answers in it.

import { type Page } from '@playwright/test';

import { expectStatus } from '../support/chat';
import { setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

const FACTS = 'The Difference Engine costs 17,000 pounds.';
const INSTRUCTIONS = 'Never promise a date of delivery.';

async function addProduct(page: Page): Promise<void> {
  await visit(page, '/workspace/products');
  await page.getByRole('link', { name: 'Add product' }).click();
  const form = page.getByRole('form', { name: 'Product', exact: true });
  await form.getByRole('textbox', { name: 'Name' }).fill('Difference Engine');
  await form.getByRole('textbox', { name: 'Description' }).fill('A machine that tabulates.');
  await form.getByRole('textbox', { name: 'Facts' }).fill(FACTS);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: 'Difference Engine' })).toBeVisible();
}

async function addExpert(page: Page): Promise<void> {
  await visit(page, '/workspace/experts');
  await page.getByRole('link', { name: 'Add expert' }).click();
  const form = page.getByRole('form', { name: 'Expert', exact: true });
  await form.getByRole('textbox', { name: 'Name' }).fill('Charles Babbage');
  await form.getByRole('textbox', { name: 'Title' }).fill('Inventor');
  await form.getByRole('textbox', { name: 'Instructions' }).fill(INSTRUCTIONS);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: 'Charles Babbage' })).toBeVisible();
}

test('a chat about a product with an expert tells the model of both, and shows what it told', async ({
  browsers,
  page,
  upstream,
}) => {
  upstream.reply('17,000 pounds.');
  const ada = await setUp(page);
  const grace = await browsers.invited(page, 'admin');
  await addProduct(grace.page);
  await addExpert(grace.page);

  await ada.open('/');
  await page.getByRole('combobox', { name: 'Product' }).selectOption('Difference Engine');
  await page.getByRole('combobox', { name: 'Expert' }).selectOption({ index: 1 });
  await ada.say('What does it cost?');
  await expectStatus(ada.reply(), 'complete');
  const [asked] = upstream.questions;
  const system = asked.messages.filter((message) => message.role === 'system');
  expect(system).toHaveLength(1);
  expect(asked.messages[0]).toEqual(system[0]);
  for (const told of ['Difference Engine', FACTS, 'Charles Babbage', INSTRUCTIONS]) {
    expect(system[0].content).toContain(told);
  }

  await ada.reload();
  const shown = page.getByRole('main').locator('summary').filter({ hasText: 'Product: Difference Engine' });
  await expect(shown).toContainText('Expert: Charles Babbage');
  await shown.click();
  const told = page.getByRole('region', { name: 'What the model is told in this chat' });
  await expect(told).toContainText(FACTS);
  await expect(told).toContainText(INSTRUCTIONS);
});

test('a product that chats use is archived when it is deleted, and those chats go on', async ({ page, upstream }) => {
  upstream.replyBy(() => 'Yes.');
  const ada = await setUp(page);
  await addProduct(page);
  await ada.open('/');
  await page.getByRole('combobox', { name: 'Product' }).selectOption('Difference Engine');
  await ada.say('Is it for sale?');
  await expectStatus(ada.reply(), 'complete');
  const address = await ada.address();

  await visit(page, '/workspace/products');
  await page.getByRole('link', { name: 'Difference Engine' }).click();
  await page.getByRole('button', { name: 'Delete product' }).click();
  await expect(page.getByRole('button', { name: 'Restore Difference Engine' })).toBeVisible();
  await ada.open('/');
  await expect(ada.message).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Product' })).toHaveCount(0);
  await ada.open(address);
  await ada.say('Still?');
  await expectStatus(ada.reply(1), 'complete');
  expect(upstream.questions.at(-1)?.messages[0].content).toContain(FACTS);
});

test('members choose products and experts but do not change them', async ({ browsers, page, problems }) => {
  problems.expect(/status of 403/);
  await setUp(page);
  await addProduct(page);
  const grace = await browsers.invited(page);
  await expect(grace.page.getByRole('combobox', { name: 'Product' })).toBeVisible();
  await visit(grace.page, '/workspace');
  await expect(grace.page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Products' })).toHaveCount(0);
  const answer = await grace.page.goto('/workspace/products/new');
  expect(answer?.status()).toBe(403);
  await expect(grace.page.getByRole('alert')).toContainText('Only admins and owners');
});
