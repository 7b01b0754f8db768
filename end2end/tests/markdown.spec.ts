import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

const SHOWCASE = `### Plan

1. **Bold** and *slanted*
2. \`code\`

- [x] done
- [ ] to do

| a | b |
| - | -: |
| 1 | 2 |

> quoted

[Parlance](https://example.com/)
`;

test('a reply is shown as the markdown that it is, live and after a reload', async ({ chat, upstream }) => {
  upstream.reply(SHOWCASE);
  await chat.open();
  await chat.say('Show me');
  await expectStatus(chat.reply(), 'complete');
  const reply = text(chat.reply());
  const look = async () => {
    await expect(reply.getByRole('heading', { name: 'Plan' })).toBeVisible();
    await expect(reply.locator('ol > li')).toHaveCount(2);
    await expect(reply.locator('strong')).toHaveText('Bold');
    await expect(reply.getByRole('checkbox', { name: 'Done' })).toBeChecked();
    await expect(reply.getByRole('checkbox', { name: 'To do' })).not.toBeChecked();
    await expect(reply.getByRole('cell')).toHaveText(['1', '2']);
    await expect(reply.locator('blockquote')).toHaveText('quoted');
    await expect(reply.getByRole('link', { name: 'Parlance' })).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  };
  await look();
  // Without the comments that the framework marks its places with.
  const blocks = () =>
    reply.locator('.block').evaluateAll((all) => all.map((block) => block.innerHTML.replaceAll('<!---->', '').trim()));
  const live = await blocks();
  await chat.reload();
  await look();
  await expect.poll(blocks).toEqual(live);
});

test('code gets its colours when its block closes, and keeps them over a reload', async ({ chat, page, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('Some Rust');
  const code = text(chat.reply()).locator('code[data-language=rust]');
  reply.say('```rust\nfn main() {\n    println!("hello");\n');
  await expect(code).toContainText('println!');
  await expect(code).not.toHaveAttribute('data-highlighted');
  reply.say('}\n```\n\nThat is all.');
  await expect(code).toHaveAttribute('data-highlighted', '');
  await expect(code.locator('span').first()).toBeAttached();
  await expectStatus(chat.reply(), 'streaming');
  reply.finish();
  await expectStatus(chat.reply(), 'complete');
  const source = 'fn main() {\n    println!("hello");\n}\n';
  expect(await code.evaluate((element) => element.textContent)).toBe(source);
  await expect(chat.reply().locator('figcaption')).toHaveAttribute('data-language', 'rust');

  await chat.reload();
  await expect(code).toHaveAttribute('data-highlighted', '');
  expect(await code.evaluate((element) => element.textContent)).toBe(source);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await chat.reply().getByRole('figure').getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(source);
});

test('Copy copies a reply as it was written', async ({ chat, page, upstream }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  upstream.reply('Some **bold** words');
  await chat.open();
  await chat.say('Say something bold');
  await expectStatus(chat.reply(), 'complete');
  await chat.reply().getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('Some **bold** words');
});

test('what a model or a person writes cannot run in the page or ask other sites for anything', async ({
  chat,
  page,
  upstream,
}) => {
  const attack = [
    '<img src=x onerror="window.owned=1">',
    '<script>window.owned=1</script>',
    '[click](javascript:window.owned=1)',
    '[data](data:text/html,<script>alert(1)</script>)',
    '![tracker](https://tracker.example/pixel.png)',
    '<svg onload="window.owned=1"></svg>',
    '```html"><img src=x onerror=alert(1)>\n<b>bold</b>\n```',
  ].join('\n\n');
  upstream.reply(attack);
  await chat.open();
  await chat.say(attack);
  await expectStatus(chat.reply(), 'complete');
  const look = async () => {
    await expect(text(chat.reply())).toContainText('<img src=x onerror=');
    await expect(text(chat.reply())).toContainText('<script>window.owned=1');
    await expect(text(chat.said())).toContainText('<img src=x onerror=');
    await expect(chat.conversation.locator('img, script, [onerror], [onload], iframe')).toHaveCount(0);
    const links = await chat.conversation.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links).toEqual(['https://tracker.example/pixel.png']);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  };
  await look();
  await chat.reload();
  await look();
});

test('what the model thinks aloud is kept apart and folded', async ({ chat, upstream }) => {
  const reply = upstream.answer();
  await chat.open();
  await chat.say('What is 6 times 7?');
  reply.think('Six sevens are forty-two.');
  const summary = chat.reply().getByText('Thinking…');
  await expect(summary).toBeVisible();
  await expect(chat.reply().getByText('Six sevens are forty-two.')).toBeHidden();
  reply.say('It is 42.').finish();
  await expect(text(chat.reply())).toHaveText('It is 42.');
  await chat.reload();
  await expect(text(chat.reply())).toHaveText('It is 42.');
  await chat.reply().getByText('Thoughts').click();
  await expect(chat.reply().getByText('Six sevens are forty-two.')).toBeVisible();
});
