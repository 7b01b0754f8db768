import { hold, text } from '../support/chat';
import { expect, test } from '../support/test';

test('older messages come when one scrolls up, and what one reads stays where it is', async ({ api, chat, upstream }) => {
  upstream.replyBy((question) => `Reply to ${question}.\n\nWith a second paragraph.`);
  const { chat: id } = await api.ask('question 0');
  for (let number = 1; number <= 34; number += 1) await api.send(id, `question ${number}`);

  await chat.open(`/chats/${id}`);
  const everything = chat.conversation.getByRole('article');
  await expect(everything).toHaveCount(50);
  await expect(text(everything.last())).toContainText('Reply to question 34.');
  await expect(text(everything.first())).toHaveText('question 10');

  const mark = chat.conversation.getByText('question 12', { exact: true });
  const place = () => mark.evaluate((element) => element.getBoundingClientRect().top);
  // What is seen between two frames counts, not only where it comes to rest.
  await mark.evaluate((element) => {
    const log = element.closest('[role=log]')!;
    const scroller = log.parentElement!;
    const seen = { jump: 0 };
    Object.assign(window, { seen });
    let last = { top: element.getBoundingClientRect().top, scroll: scroller.scrollTop, count: log.childElementCount };
    const look = () => {
      const now = { top: element.getBoundingClientRect().top, scroll: scroller.scrollTop, count: log.childElementCount };
      if (now.count !== last.count) seen.jump = Math.max(seen.jump, Math.abs(now.top - last.top));
      last = now;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  // They come when the page has been scrolled and drawn: a slow one could do both between two looks.
  const release = await hold(chat.page, '/api/older_messages');
  await mark.scrollIntoViewIfNeeded();
  await chat.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  release();
  await expect(everything).toHaveCount(70);
  await expect.poll(place).toBeGreaterThan(0);
  await expect(mark).toBeInViewport();
  expect(await chat.page.evaluate(() => (window as unknown as { seen: { jump: number } }).seen.jump)).toBeLessThan(2);

  await text(everything.first()).scrollIntoViewIfNeeded();
  await expect(text(everything.first())).toHaveText('question 0');
  await expect(chat.page.getByRole('button', { name: 'Show older messages' })).toHaveCount(0);
});
