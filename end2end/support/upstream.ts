// A scripted OpenAI-compatible model in the process of the test, which says each word of every answer when
// it wants it said.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const MODEL = 'test-model';
/** Another model that it has, and that nobody asks for unless they choose it. */
export const OTHER_MODEL = 'other-model';
export const KEY = 'sk-end2end-never-shown';

/** What the model was asked. */
export interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  temperature?: number;
  max_tokens?: number;
  reasoning_effort?: string;
}

/** One answer. Until it is asked for, what it is told to do waits. */
export class Answer {
  /** The question, once it has come. */
  readonly asked: Promise<Asked>;
  /** Done once the other side has hung up in the middle of it. */
  readonly abandoned: Promise<void>;
  private response?: ServerResponse;
  private readonly waiting: ((response: ServerResponse) => void)[] = [];
  private resolveAsked!: (asked: Asked) => void;
  private resolveAbandoned!: () => void;

  constructor() {
    this.asked = new Promise((resolve) => (this.resolveAsked = resolve));
    this.abandoned = new Promise((resolve) => (this.resolveAbandoned = resolve));
  }

  /** Says more of the text. */
  say(text: string): this {
    return this.delta({ content: text });
  }

  /** Thinks aloud. */
  think(text: string): this {
    return this.delta({ reasoning_content: text });
  }

  /** Calls a tool, and ends as a model does that waits for what it gives. */
  call(name: string, given: object): this {
    const called = { name, arguments: JSON.stringify(given) };
    this.delta({ tool_calls: [{ index: 0, id: `call_${name}`, type: 'function', function: called }] });
    return this.finish('tool_calls');
  }

  /** Ends as a model does that is done. */
  finish(reason: 'stop' | 'length' | 'content_filter' | 'tool_calls' = 'stop'): this {
    const usage = { prompt_tokens: 7, completion_tokens: 1_197, total_tokens: 1_204 };
    this.event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    this.event({ choices: [], usage });
    return this.then((response) => response.end('data: [DONE]\n\n'));
  }

  /** Answers with an error in place of a stream. */
  fail(status: number, message = 'The test wanted an error', headers: Record<string, string> = {}): this {
    return this.then((response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { message, type: 'test', code: null } }));
    });
  }

  /** Resets the connection. */
  reset(): this {
    return this.then((response) => response.socket?.resetAndDestroy());
  }

  /** Gives the answer to a question that has come. */
  give(asked: Asked, response: ServerResponse): void {
    this.response = response;
    response.on('close', () => {
      if (!response.writableFinished) this.resolveAbandoned();
    });
    for (const step of this.waiting.splice(0)) step(response);
    this.resolveAsked(asked);
  }

  private delta(delta: object): this {
    return this.event({ choices: [{ index: 0, delta, finish_reason: null }] });
  }

  private event(event: object): this {
    const data = JSON.stringify({ object: 'chat.completion.chunk', model: MODEL, ...event });
    return this.then((response) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${data}\n\n`);
    });
  }

  private then(step: (response: ServerResponse) => void): this {
    if (this.response) step(this.response);
    else this.waiting.push(step);
    return this;
  }
}

/** The model. */
export class Upstream {
  /** The questions it was not given an answer for. */
  readonly unanswered: string[] = [];
  /** The models that it says it has. */
  models = [MODEL, OTHER_MODEL];
  /** Everything it was asked. */
  readonly questions: Asked[] = [];
  private readonly queue: Answer[] = [];
  private rule?: (question: string) => string;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream(createServer());
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** The answer to the next question, to be said piece by piece; those asked for first are given first. */
  answer(): Answer {
    const answer = new Answer();
    this.queue.push(answer);
    return answer;
  }

  /** Answers the next question whole. */
  reply(text: string): Answer {
    return this.answer().say(text).finish();
  }

  /** Answers whatever else is asked by a rule: from the last thing a person said to the reply. */
  replyBy(rule: (question: string) => string): void {
    this.rule = rule;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    if (request.method === 'GET' && request.url === '/v1/models') {
      const data = this.models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'test' }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }));
      return;
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      response.writeHead(404).end();
      return;
    }
    const asked = JSON.parse(body) as Asked;
    this.questions.push(asked);
    this.next(asked).give(asked, response);
  }

  private next(asked: Asked): Answer {
    const queued = this.queue.shift();
    if (queued) return queued;
    const question = asked.messages.filter((message) => message.role === 'user').at(-1)?.content ?? '';
    if (this.rule) return new Answer().say(this.rule(question)).finish();
    this.unanswered.push(question);
    return new Answer().fail(400, 'The test gave no answer for this question');
  }
}
