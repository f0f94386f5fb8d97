/** What a hostile guest could want: servers, files and functions that it was not granted, and that say so when reached. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from './attack.ts';

/** Two web servers, of which one has a granted path, and two folders, of which one is granted. */
export class Decoys implements AsyncDisposable {
  readonly around: Surroundings;
  /** What was reached and should not have been. */
  readonly #reached: string[];
  readonly #servers: readonly Server[];
  readonly #folder: string;

  private constructor(servers: readonly Server[], folder: string, reached: string[]) {
    const [port = 0, otherPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
    this.#servers = servers;
    this.#folder = folder;
    this.#reached = reached;
    this.around = { port, otherPort, openFolder: join(folder, 'open'), closedFolder: join(folder, 'closed') };
  }

  static async open(secret: string): Promise<Decoys> {
    const folder = foldersWith(secret);
    const reached: string[] = [];
    const answers = [
      (request: IncomingMessage, response: ServerResponse) => answerOfGranted(request, response, { secret, reached }),
      ({ url }: IncomingMessage, response: ServerResponse) => {
        reached.push(`the server that is not granted, with ${url}`);
        response.end(secret);
      },
    ];
    const servers = await Promise.all(answers.map((answer) => listening(createServer(answer))));
    return new Decoys(servers, folder, reached);
  }

  /** Returns what was reached since the last call. */
  take(): string[] {
    return this.#reached.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answerOfGranted(
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
  { secret, reached }: { readonly secret: string; readonly reached: string[] },
): void {
  if (!url.startsWith('/allowed/') || /\.\./.test(decodeURIComponent(url.split('?')[0] ?? ''))) {
    reached.push(`the granted server outside of the granted path, with ${url}`);
    response.end(secret);
    return;
  }
  if ('x-secret' in headers || 'cookie' in headers) reached.push('a header that may not be set');
  const to = url.startsWith('/allowed/loop') ? url : new URL(url, 'http://localhost').searchParams.get('to');
  if (to === null) response.end('public');
  else response.writeHead(302, { location: to }).end();
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function foldersWith(secret: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-guests-'));
  for (const name of ['open', 'closed', 'open-not']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'open', 'note.txt'), 'public');
  for (const name of ['closed', 'open-not']) writeFileSync(join(folder, name, 'secret.txt'), secret);
  symlinkSync(join(folder, 'closed'), join(folder, 'open', 'link'));
  symlinkSync(join(folder, 'closed', 'secret.txt'), join(folder, 'open', 'secret-link.txt'));
  return folder;
}
