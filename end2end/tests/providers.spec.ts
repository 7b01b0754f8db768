// Providers of a workspace: added, tried, and their models looked at.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Page } from '@playwright/test';

import { setUp, visit } from '../support/people';
import { expect, test } from '../support/test';

const MODELS = {
  object: 'list',
  data: [
    {
      id: 'loom-1',
      name: 'The Loom',
      context_length: 8192,
      architecture: { input_modalities: ['text', 'image'] },
      pricing: { prompt: '0.0000005', completion: '0.0000015' },
    },
    { id: 'mystery' },
  ],
};

test.use({ auth: 'on', settings: { PARLANCE_PRIVATE_PROVIDERS: 'allow', PARLANCE_MASTER_KEY: '0a'.repeat(32) } });

/** A provider that lists two models to whoever has the key. */
async function withProvider(use: (baseUrl: string) => Promise<void>): Promise<void> {
  const server: Server = createServer((request, response) => {
    const allowed = request.headers.authorization === 'Bearer sk-looms';
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(allowed ? MODELS : { error: { message: 'Incorrect API key provided.' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function fill(page: Page, address: string, key: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Provider', exact: true });
  await form.getByRole('combobox', { name: 'Address' }).fill(address);
  await form.getByRole('textbox', { name: 'Name' }).fill('Looms');
  await form.getByLabel('Key', { exact: true }).fill(key);
}

test('an admin adds a provider, tries it, and sees its models', async ({ page, problems }) => {
  problems.expect(/status of 422/);
  await withProvider(async (address) => {
    await setUp(page);
    await visit(page, '/workspace/providers');
    await page.getByRole('link', { name: 'Add provider' }).click();
    await fill(page, address, 'sk-wrong');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(page.getByRole('alert')).toContainText('refused the key');
    await fill(page, address, 'sk-looms');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(page.getByText('The connection works: the provider lists 2 models.')).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Looms' })).toBeVisible();
    await expect(page.getByLabel('Key', { exact: true })).toHaveValue('');

    await page.getByRole('link', { name: 'See its models' }).click();
    const table = page.getByRole('region', { name: 'Models' });
    const loom = table.getByRole('row').filter({ hasText: 'The Loom' });
    await expect(loom).toContainText('$0.50');
    await expect(loom).toContainText('8,192');
    await expect(table.getByRole('row').filter({ hasText: 'mystery' })).toContainText('unknown');
  });
});

test('a model is found by what it can do, withdrawn, and given a price', async ({ page }) => {
  await withProvider(async (address) => {
    await setUp(page);
    await visit(page, '/workspace/providers/new');
    await fill(page, address, 'sk-looms');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Looms' })).toBeVisible();

    await visit(page, '/workspace/models');
    await page.getByRole('combobox', { name: 'Capability' }).selectOption('Vision');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page.getByRole('link', { name: 'The Loom' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'mystery' })).toHaveCount(0);
    await page.getByRole('button', { name: 'Withdraw The Loom' }).click();
    await expect(page.getByRole('button', { name: 'Offer The Loom' })).toBeVisible();

    await visit(page, '/workspace/models');
    await page.getByRole('link', { name: 'mystery' }).click();
    const form = page.getByRole('form', { name: 'Model', exact: true });
    await form.getByRole('textbox', { name: 'Price in' }).fill('2.5');
    await form.getByRole('button', { name: 'Save' }).click();
    const mystery = page.getByRole('row').filter({ hasText: 'mystery' });
    await expect(mystery).toContainText('$2.50');
    await expect(mystery).toContainText('unknown');
  });
});
