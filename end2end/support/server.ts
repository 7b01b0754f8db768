// The real binary in a process of its own, on a data folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { KEY, MODEL, type Upstream } from './upstream';

// bin/test sets these; `cargo leptos end-to-end` sets none and builds here. The server runs in another folder, so
// they have to be absolute.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR || 'target';
const BINARY = resolve(ROOT, process.env.PARLANCE_BIN || join(TARGET, 'debug', 'parlance'));
const SITE = resolve(ROOT, process.env.LEPTOS_SITE_ROOT || 'target/site');

export class Server {
  /** Every line that it wrote to its log, over all its lives. */
  readonly log: string[] = [];
  private address = '127.0.0.1:0';
  private process?: ChildProcess;
  private ended: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** Starts it on a free port; without a model of the test's, its own demo model answers. */
  static async start(
    upstream: Upstream | undefined,
    auth: 'on' | 'off',
    titles: 'on' | 'off',
    more: Record<string, string> = {},
  ): Promise<Server> {
    const provider = upstream && {
      OPENAI_BASE_URL: upstream.baseUrl,
      OPENAI_API_KEY: KEY,
      OPENAI_MODEL: MODEL,
    };
    const settings = { PARLANCE_AUTH: auth, PARLANCE_TITLES: titles, ...provider, ...more };
    const server = new Server(await mkdtemp(join(tmpdir(), 'parlance-end2end-')), settings);
    await server.run();
    return server;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** Whether a text has reached its files: what it answers may still be in its memory alone. */
  async keeps(text: string): Promise<boolean> {
    const folder = join(this.folder, 'kept');
    const files = await readdir(folder);
    const contents = await Promise.all(files.map((name) => readFile(join(folder, name))));
    return contents.some((content) => content.includes(text));
  }

  /** Ends it without a warning, as a power cut does. */
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Asks it to go; says how it ended. */
  async stop(): Promise<number | null | undefined> {
    await this.signal('SIGTERM');
    return this.process?.exitCode;
  }

  /** Starts it again at the same address, on the same data. */
  async restart(): Promise<void> {
    await this.ended;
    await this.run();
  }

  /** Ends it for good and removes what it kept. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const child = spawn(BINARY, ['serve'], {
      // Where no .env of a developer's is, and with nothing of the developer's environment.
      cwd: this.folder,
      env: {
        PARLANCE_DATA: join(this.folder, 'kept'),
        LEPTOS_SITE_ADDR: this.address,
        LEPTOS_SITE_ROOT: SITE,
        NO_COLOR: '1',
        RUST_BACKTRACE: '1',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    this.ended = once(child, 'close');
    const orphaned = () => child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.once('close', () => process.off('exit', orphaned));
    createInterface(child.stderr).on('line', (line) => this.log.push(line));
    this.address = await this.announced(child);
  }

  /** The address in the line that says where it listens. */
  private announced(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error(`The server ended instead of listening:\n${this.log.join('\n')}`)));
      createInterface(child.stdout!).on('line', (line) => {
        const address = /^Parlance is at http:\/\/(\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });
  }

  private async signal(name: NodeJS.Signals): Promise<void> {
    this.process?.kill(name);
    await this.ended;
  }
}
