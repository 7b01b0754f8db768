import { setUp } from '../support/people';
import { expect, test } from '../support/test';

test.use({ auth: 'on' });

for (const width of [1280, 360]) {
  test(`a page longer than the window is scrolled to its end, ${width} wide`, async ({ page }) => {
    await setUp(page);
    await page.setViewportSize({ width, height: 420 });
    await page.goto('/workspace/members');
    const last = page.getByText('Leave workspace').last();
    await expect(last).not.toBeInViewport();
    await page.getByRole('navigation', { name: 'Settings' }).hover();
    await expect(async () => {
      await page.mouse.wheel(0, 400);
      await expect(last).toBeInViewport({ timeout: 100 });
    }).toPass();
    await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeInViewport();
  });
}
