// An MCP server by the official SDK, in a process of its own: tests/mcp/program.rs, an example of the Rust package.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// bin/test sets this; else it is where `cargo build --example mcp` puts it.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR || 'target';
const BINARY = resolve(ROOT, process.env.PARLANCE_MCP || join(TARGET, 'debug', 'examples', 'mcp'));

export class McpServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<McpServer> {
    const child = spawn(BINARY, ['127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const orphaned = () => child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.once('close', () => process.off('exit', orphaned));
    const url = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error('The MCP server ended instead of listening.')));
      createInterface(child.stdout!).on('line', (line) => {
        const url = /^The MCP server is at (\S+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
    });
    return new McpServer(child, url);
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'close');
    this.process.kill('SIGKILL');
    await ended;
  }
}
