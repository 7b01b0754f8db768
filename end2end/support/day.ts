// Days, of which tests count what was done.

import { test } from '@playwright/test';

const DAY = 24 * 60 * 60 * 1000;
/** Longer than a test takes. */
const NEARLY = 120_000;

/** Waits for the next day, in UTC, if this one is nearly over. */
export async function withinOneDay(): Promise<void> {
  const left = DAY - (Date.now() % DAY);
  if (left > NEARLY) return;
  test.setTimeout(test.info().timeout + left + 1_000);
  await new Promise((resolve) => setTimeout(resolve, left + 1_000));
}
