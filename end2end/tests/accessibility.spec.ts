import { expectAccessible } from '../support/accessible';
import { expectStatus, text } from '../support/chat';
import { expect, test } from '../support/test';

const RICH = `### A heading

Some **bold** words, \`code\` and [a link](https://example.com/).

1. one
2. two

- [x] done

| a | b |
| - | - |
| 1 | 2 |

> quoted

\`\`\`rust
fn main() { println!("hello"); }
\`\`\`
`;

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    // Nothing fades: colours are measured at rest.
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('the page for a new chat is accessible', async ({ chat, page }) => {
      await chat.open();
      await expectAccessible(page);
    });

    test('a conversation and a menu are accessible', async ({ chat, page, upstream }) => {
      upstream.answer().think('Let me think.').say(RICH).finish();
      upstream.reply('Another.');
      await chat.open();
      await chat.say('Everything, please');
      await expectStatus(chat.reply(), 'complete');
      await expect(chat.reply().locator('code[data-highlighted]')).toBeVisible();
      await chat.reply().getByText('Thoughts').click();
      await expectAccessible(page);

      await chat.reply().getByRole('button', { name: 'Regenerate' }).click();
      await expect(chat.reply()).toContainText('2 of 2');
      await expectStatus(chat.reply(), 'complete');
      await chat.actions('Everything, please');
      await expectAccessible(page);
    });

    test('a reply that streams, was stopped or failed is accessible', async ({ chat, page, upstream }) => {
      const reply = upstream.answer();
      await chat.open();
      await chat.say('Slowly');
      await reply.asked;
      await expect(chat.reply().getByRole('status')).toBeVisible();
      await expectAccessible(page);
      reply.say(RICH).say('And');
      await expect(text(chat.reply())).toContainText('And');
      await expectAccessible(page);
      await chat.stop.click();
      await expectStatus(chat.reply(), 'stopped');

      upstream.answer().fail(400, 'No');
      await chat.say('Now fail');
      await expectStatus(chat.reply(1), 'failed');
      await expectAccessible(page);
    });

    test('archived chats, a word with Undo and a page that is not there are accessible', async ({
      api,
      chat,
      page,
      problems,
      upstream,
    }) => {
      problems.expect(/status of 404/);
      upstream.replyBy(() => 'Yes?');
      const { chat: id } = await api.ask('Put away');
      await api.ask('Kept');
      await api.archive(id);
      await chat.open('/chats/archived');
      await expect(page.getByRole('main').getByRole('link', { name: 'Put away' })).toBeVisible();
      await (await chat.actions('Kept')).getByRole('menuitem', { name: 'Archive' }).click();
      await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      await expectAccessible(page);

      await page.goto('/nowhere');
      await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
      await expectAccessible(page);
    });

    test('the list of keys is accessible', async ({ chat, page }) => {
      await chat.open();
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page);
    });

    test('the drawer of a narrow window is accessible', async ({ api, chat, page, upstream }) => {
      upstream.replyBy(() => 'Yes?');
      const { chat: id } = await api.ask('A chat');
      await page.setViewportSize({ width: 360, height: 740 });
      await chat.open(`/chats/${id}`);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Open sidebar' }).click();
      await expect(chat.listed('A chat')).toBeVisible();
      await expectAccessible(page);
    });
  });
}
