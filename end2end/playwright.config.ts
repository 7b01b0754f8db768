import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { defineConfig } from '@playwright/test';

/** The system's browser, if it has one: bin/test names it, `cargo leptos end-to-end` does not. */
function browser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return process.env.CHROMIUM || candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Every test starts its own server and its own model, so there is no webServer here.
export default defineConfig({
  testDir: 'tests',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  // On a machine with too much to do tests are to be slow, not red. What is promised in a time says so itself.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  // What is measured frame by frame has the machine for itself.
  projects: [
    { name: 'all', testIgnore: /frames\.spec/ },
    { name: 'measured', testMatch: /frames\.spec/, dependencies: ['all'] },
  ],
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      // Without one, Playwright's own.
      executablePath: browser(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
