// The server's functions, to prepare what a test finds.

import { randomUUID } from 'node:crypto';

import { expect, type APIRequestContext } from '@playwright/test';

export interface Started {
  chat: string;
  message: string;
  reply: string;
}

export class Api {
  constructor(private readonly request: APIRequestContext) {}

  /** Begins a chat. */
  async start(text: string): Promise<Started> {
    const ids = { chat: randomUUID(), message: randomUUID() };
    const { reply } = await this.call<{ reply: string }>('start_chat', { ...ids, text });
    return { ...ids, reply };
  }

  /** Begins a chat and waits for the end of the reply. */
  async ask(text: string): Promise<Started> {
    const started = await this.start(text);
    await this.end(started.reply);
    return started;
  }

  /** Sends a message into a chat and waits for the end of the reply. */
  async send(chat: string, text: string): Promise<void> {
    const { reply } = await this.call<{ reply: string }>('send_message', { chat, message: randomUUID(), text });
    await this.end(reply);
  }

  /** Waits for the end of a reply: that of the stream which follows it. */
  async end(reply: string): Promise<void> {
    await this.post('follow_reply', { message: reply, cursor: '0' });
  }

  /** What the server knows of a chat's replies, a running one too. */
  async replies(chat: string): Promise<string[]> {
    return (await this.load(chat)).map((reply) => reply.content);
  }

  /** Where they stand. */
  async statuses(chat: string): Promise<string[]> {
    return (await this.load(chat)).map((reply) => reply.status);
  }

  private async load(chat: string) {
    type Message = { role: string; content: string; status: string };
    const page = await this.call<{ messages: Message[] }>('load_chat', { chat });
    return page.messages.filter((message) => message.role === 'assistant');
  }

  async archive(chat: string): Promise<void> {
    await this.post('archive_chat', { chat, archived: 'true' });
  }

  private async call<T>(name: string, form: Record<string, string>): Promise<T> {
    return (await this.post(name, form)).json() as Promise<T>;
  }

  private async post(name: string, form: Record<string, string>) {
    const answer = await this.request.post(`/api/${name}`, { form, headers: { accept: 'application/json' } });
    expect(answer.status(), `${name}: ${await answer.text()}`).toBe(200);
    return answer;
  }
}
