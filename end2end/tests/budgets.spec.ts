// A budget that warns, and then refuses.

import { type Page } from '@playwright/test';

import { expectAccessible } from '../support/accessible';
import { expectStatus } from '../support/chat';
import { withinOneDay } from '../support/day';
import { setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

async function addBudget(page: Page, amount: string): Promise<void> {
  await visit(page, '/workspace/budgets');
  const form = page.getByRole('form', { name: 'Add a budget' });
  await form.getByRole('combobox', { name: 'For whom' }).selectOption('Everybody for themselves');
  await form.getByRole('combobox', { name: 'Begins anew' }).selectOption('Every day');
  await form.getByRole('combobox', { name: 'Counts' }).selectOption('Replies');
  await form.getByRole('textbox', { name: 'Amount' }).fill(amount);
  await form.getByRole('combobox', { name: 'What goes beyond it' }).selectOption('is refused');
  await form.getByRole('button', { name: 'Add budget' }).click();
}

test('a budget that is used up refuses the next message, keeps what was written, and lets go once it is larger', async ({
  browsers,
  page,
  problems,
  upstream,
}) => {
  await withinOneDay();
  problems.expect(/status of 402/);
  upstream.replyBy((question) => `An answer to ${question}`);
  await setUp(page);
  const grace = await browsers.invited(page);
  await addBudget(page, '2');
  const budget = page.getByRole('list', { name: 'Budgets of this workspace' }).getByRole('listitem');
  await expect(budget).toContainText('2 replies a day for everybody');
  await expectAccessible(page);

  await grace.open('/');
  const left = grace.page.getByText(/^Your budget of 2 replies a day /);
  await expect(left).toHaveText('Your budget of 2 replies a day has 2 replies left.');
  await grace.say('One');
  await expectStatus(grace.reply(), 'complete');
  await grace.say('Two');
  await expectStatus(grace.reply(1), 'complete');
  await expect(left).toContainText('is used up; it begins anew on ');

  await grace.say('Three, which I do not want to write again');
  await expect(grace.page.getByRole('alert')).toContainText('Your budget of 2 replies a day is used up.');
  await expect(grace.message).toHaveValue('Three, which I do not want to write again');
  await expect(grace.everythingSaid).toHaveCount(2);
  await expectAccessible(grace.page);
  await visit(grace.page, '/workspace/usage');
  await expect(grace.page.getByText('2 replies of 2 replies used, 0 replies left')).toBeVisible();

  await visit(page, '/workspace/budgets');
  await budget.getByText('Change', { exact: true }).click();
  await budget.getByRole('textbox', { name: 'Amount' }).fill('3');
  await budget.getByRole('button', { name: 'Save' }).click();
  await expect(budget).toContainText('3 replies a day for everybody');
  await grace.page.goBack();
  await grace.alive();
  await grace.say('Three');
  await expectStatus(grace.reply(2), 'complete');

  await budget.getByRole('button', { name: /^Delete/ }).click();
  await expect(page.getByText('There are no budgets yet')).toBeVisible();
});
