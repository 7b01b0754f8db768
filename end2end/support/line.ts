// The line between a browser and the server. A browser that is told to be offline makes no new connections, but
// keeps those it has; a line that is cut takes them too.

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Line {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly listener: Server,
    private readonly to: URL,
  ) {
    listener.on('connection', (near) => this.join(near));
  }

  static async to(url: string): Promise<Line> {
    const line = new Line(createServer(), new URL(url));
    await new Promise<void>((resolve) => line.listener.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.isCut = true;
    this.sockets.forEach((socket) => socket.resetAndDestroy());
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private join(near: Socket): void {
    if (this.isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: this.to.hostname, port: Number(this.to.port), noDelay: true });
    near.setNoDelay();
    near.pipe(far).pipe(near);
    this.keep(near, far);
    this.keep(far, near);
  }

  /** When one side goes, so does the other. */
  private keep(socket: Socket, other: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      this.sockets.delete(socket);
      other.destroy();
    });
  }
}
