/**
 * A server that speaks the protocol of Redis, and whose scripts answer whatever the test says: the fault itself, as a
 * proxy or another version of a server would be.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What is sent for a script, as it goes over the line. */
export type ScriptReply = (words: readonly string[]) => string;

const INFO = 'redis_version:7.0.0\r\nloading:0\r\n';

export class HostileRedis {
  readonly url: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  /** The words of each script that was asked for. */
  readonly asked: (readonly string[])[] = [];
  reply: ScriptReply;

  static async start(reply: ScriptReply): Promise<HostileRedis> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
    return new HostileRedis(listener, `redis://127.0.0.1:${address.port}`, reply);
  }

  private constructor(listener: Server, url: string, reply: ScriptReply) {
    this.#listener = listener;
    this.url = url;
    this.reply = reply;
    listener.on('connection', (socket) => this.#serve(socket));
  }

  async stop(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    let received = '';
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
      for (;;) {
        const command = commandAt(received);
        if (command === null) return;
        received = received.slice(command.length);
        socket.write(this.#answer(command.words));
      }
    });
  }

  #answer(words: readonly string[]): string {
    const name = words[0]?.toUpperCase();
    if (name === 'INFO') return bulk(INFO);
    if (name !== 'EVALSHA' && name !== 'EVAL') return '+OK\r\n';
    this.asked.push(words);
    return this.reply(words);
  }
}

export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** An array of values in RESP: a number, a text, null, or an array of these. */
export function resp(value: unknown): string {
  if (Array.isArray(value)) return `*${value.length}\r\n${value.map(resp).join('')}`;
  if (typeof value === 'number') return `:${value}\r\n`;
  return typeof value === 'string' ? bulk(value) : '$-1\r\n';
}

/** The first whole command, with how much of the text it takes. The tests send only ASCII. */
function commandAt(text: string): { readonly words: readonly string[]; readonly length: number } | null {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return null;
  let position = head[0].length;
  const words: string[] = [];
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(position));
    if (size === null) return null;
    const start = position + size[0].length;
    position = start + Number(size[1]) + 2;
    if (text.length < position) return null;
    words.push(text.slice(start, position - 2));
  }
  return { words, length: position };
}
