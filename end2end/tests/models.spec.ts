import type { Locator, Page } from '@playwright/test';

import { ChatPage, expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';
import { MODEL, OTHER_MODEL } from '../support/upstream';

function choice(page: Page): Locator {
  return page.getByRole('combobox', { name: 'Model', exact: true });
}

/** Opens a page once the server knows which models there are: it asks when it has started. */
async function openWithModels(chat: ChatPage, path = '/'): Promise<Locator> {
  const model = choice(chat.page);
  await expect(async () => {
    await chat.open(path);
    await expect(model.locator('option', { hasText: OTHER_MODEL })).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  return model;
}

test('a model is chosen for a new chat and switched in the middle, and each reply shows its own', async ({
  chat,
  page,
  upstream,
}) => {
  upstream.replyBy((question) => `About ${question}.`);
  const model = await openWithModels(chat);
  await model.selectOption({ label: OTHER_MODEL });
  await expect(page.getByText(`${OTHER_MODEL} answers.`)).toBeVisible();
  await chat.say('One');
  await expectStatus(chat.reply(), 'complete');
  expect(upstream.questions[0].model).toBe(OTHER_MODEL);

  await expect(page).toHaveURL(/\/chats\/[0-9a-f-]{36}$/);
  await expect(model.locator('option:checked')).toHaveText(OTHER_MODEL);
  await model.selectOption({ label: MODEL });
  await chat.say('Two');
  await expectStatus(chat.reply(1), 'complete');
  expect(upstream.questions[1].model).toBe(MODEL);

  await chat.reload();
  await expect(model.locator('option:checked')).toHaveText(MODEL);
  await expect(chat.reply(0)).toContainText(`${OTHER_MODEL} ·`);
  await expect(chat.reply(1)).toContainText(`${MODEL} ·`);
});

test('settings of a chat hold from the next reply on, in every tab', async ({
  chat,
  context,
  page,
  problems,
  upstream,
}) => {
  problems.expect(/status of 422 .*\/api\/save_chat_settings/);
  upstream.replyBy(() => 'Certainly.');
  await chat.open();
  await chat.say('One');
  await expectStatus(chat.reply(), 'complete');
  expect(upstream.questions[0]).toMatchObject({ temperature: 0.7, max_tokens: 1_000 });
  const other = await new ChatPage(await context.newPage()).open(await chat.address());

  await page.bringToFront();
  await page.getByRole('button', { name: 'Chat settings' }).click();
  const settings = page.getByRole('form', { name: 'Chat settings' });
  await settings.getByRole('textbox', { name: 'System prompt' }).fill('Answer in French.');
  await expect(settings.getByText('17 of 5000 characters.')).toBeVisible();
  await settings.getByRole('textbox', { name: 'Temperature' }).fill('3');
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings.getByRole('alert')).toContainText('a number from 0 to 2');
  await expect(settings.getByRole('textbox', { name: 'System prompt' })).toHaveValue('Answer in French.');
  await settings.getByRole('textbox', { name: 'Temperature' }).fill('0.2');
  await settings.getByRole('textbox', { name: 'Max tokens' }).fill('300');
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings).toBeHidden();

  await chat.say('Two');
  await expectStatus(chat.reply(1), 'complete');
  const asked = upstream.questions[1];
  expect(asked).toMatchObject({ temperature: 0.2, max_tokens: 300 });
  expect(asked.messages[0]).toEqual({ role: 'system', content: 'Answer in French.' });
  await other.page.bringToFront();
  await other.page.getByRole('button', { name: 'Chat settings' }).click();
  const there = other.page.getByRole('form', { name: 'Chat settings' });
  await expect(there.getByRole('textbox', { name: 'Temperature' })).toHaveValue('0.2');
});

test('what was saved of a chat stands in its fields, and the next save keeps it', async ({ api, chat, page, upstream }) => {
  upstream.replyBy(() => 'Certainly.');
  const started = await api.ask('One');
  await chat.open(`/chats/${started.chat}`);
  const open = page.getByRole('button', { name: 'Chat settings' });
  const settings = page.getByRole('form', { name: 'Chat settings' });
  const prompt = settings.getByRole('textbox', { name: 'System prompt' });
  const temperature = settings.getByRole('textbox', { name: 'Temperature' });
  await open.click();
  await prompt.fill('Answer in French.');
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings).toBeHidden();

  await open.click();
  await expect(prompt).toHaveValue('Answer in French.');
  await temperature.fill('0.2');
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings).toBeHidden();
  await open.click();
  await expect(temperature).toHaveValue('0.2');
  await expect(prompt).toHaveValue('Answer in French.');

  await chat.reload();
  await open.click();
  await expect(temperature).toHaveValue('0.2');
  await expect(prompt).toHaveValue('Answer in French.');
});

test('what a chat is told before it begins goes along with its first message', async ({ chat, page, upstream }) => {
  upstream.replyBy(() => 'Certainly.');
  await chat.open();
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await page.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
  await page.getByRole('button', { name: 'Done' }).click();
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  expect(upstream.questions[0].messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  await page.getByRole('main').locator('summary').filter({ hasText: 'System prompt' }).click();
  await expect(page.getByRole('region', { name: 'What the model is told in this chat' })).toHaveText('Be brief.');
});

test('a model that is gone is said to be, and one click goes on with another', async ({
  chat,
  page,
  problems,
  upstream,
}) => {
  problems.expect(/status of 409/);
  upstream.replyBy(() => 'Hello again.');
  await openWithModels(chat);
  await chat.say('One');
  await expectStatus(chat.reply(), 'complete');
  await choice(page).selectOption({ label: OTHER_MODEL });
  await page.route('**/api/send_message', (route) =>
    route.fulfill({ status: 409, json: { code: 'model_gone', model: OTHER_MODEL } }), { times: 1 });
  await chat.say('Are you there?');
  const alert = page.getByRole('alert').filter({ hasText: OTHER_MODEL });
  await expect(alert).toContainText(`The model ${OTHER_MODEL} cannot be asked any more.`);
  await expect(chat.message).toHaveValue('Are you there?');
  await expect(alert.getByRole('button', { name: `Use ${OTHER_MODEL}` })).toHaveCount(0);

  await alert.getByRole('button', { name: `Use ${MODEL}` }).press('Enter');
  await expectStatus(chat.reply(1), 'complete');
  await expect(text(chat.said(1))).toHaveText('Are you there?');
  await expect(chat.message).toHaveValue('');
  await expect(alert).toBeHidden();
  await expect(chat.message).toBeFocused();
  expect(upstream.questions.at(-1)?.model).toBe(MODEL);
});

test('a model that is gone before a chat begins costs nothing of what was set and written for it', async ({
  chat,
  page,
  problems,
  upstream,
}) => {
  problems.expect(/status of 409/);
  upstream.replyBy(() => 'Certainly.');
  const model = await openWithModels(chat);
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await page.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
  await page.getByRole('button', { name: 'Done' }).click();
  await model.selectOption({ label: OTHER_MODEL });
  await page.route('**/api/start_chat', (route) =>
    route.fulfill({ status: 409, json: { code: 'model_gone', model: OTHER_MODEL } }), { times: 1 });
  const starter = 'Plan a workshop for a team of eight';
  await page.getByRole('main').getByRole('button', { name: starter }).click();
  const alert = page.getByRole('alert').filter({ hasText: OTHER_MODEL });
  await expect(alert).toBeVisible();
  await expect(chat.message).toHaveValue(starter);

  await alert.getByRole('button', { name: `Use ${MODEL}` }).click();
  await expectStatus(chat.reply(), 'complete');
  await expect(text(chat.said())).toHaveText(starter);
  await expect(chat.message).toHaveValue('');
  expect(upstream.questions[0].model).toBe(MODEL);
  expect(upstream.questions[0].messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
});

test('where an expert is chosen whose own model answers, the page names that one', async ({ chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes.');
  await openWithModels(chat);
  await page.goto('/workspace/experts/new');
  await chat.alive();
  const form = page.getByRole('form', { name: 'Expert', exact: true });
  await form.getByRole('textbox', { name: 'Name' }).fill('Grace Hopper');
  await form.getByRole('textbox', { name: 'Instructions' }).fill('Be brief.');
  await form.getByRole('combobox', { name: 'Model', exact: true }).fill(OTHER_MODEL);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: 'Grace Hopper' })).toBeVisible();

  await chat.open();
  await expect(page.getByText(`${MODEL} answers.`)).toBeVisible();
  await page.getByRole('combobox', { name: 'Expert' }).selectOption({ label: 'Grace Hopper' });
  await expect(page.getByText(`${OTHER_MODEL} answers.`)).toBeVisible();
  await expect(choice(page).locator('option:checked')).toHaveText(`Default: ${OTHER_MODEL}`);
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  expect(upstream.questions[0].model).toBe(OTHER_MODEL);
});

test('the defaults of a workspace hold where a chat says nothing', async ({ chat, page, upstream }) => {
  upstream.replyBy(() => 'Yes.');
  await openWithModels(chat);
  await page.goto('/workspace/defaults');
  await chat.alive();
  const form = page.getByRole('form', { name: 'Defaults' });
  await form.getByRole('combobox', { name: 'Model' }).selectOption({ label: OTHER_MODEL });
  await form.getByRole('textbox', { name: 'System prompt' }).fill('Be kind.');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  await expect(form.getByRole('textbox', { name: 'System prompt' })).toHaveValue('Be kind.');
  await chat.open();
  await expect(choice(page).locator('option:checked')).toHaveText(`Default: ${OTHER_MODEL}`);
  await chat.say('Hello');
  await expectStatus(chat.reply(), 'complete');
  expect(upstream.questions[0].model).toBe(OTHER_MODEL);
  expect(upstream.questions[0].messages[0].content).toBe('Be kind.');
});
