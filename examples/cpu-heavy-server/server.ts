import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessLog } from './access-log.ts';
import { PageCache } from './page-cache.ts';
import { RequestWork } from './request-work.ts';
import type { WorkingFolder } from './working-folder.ts';

/** The server that Escapement is embedded in. */
export interface CpuHeavyServer {
  readonly url: string;
  readonly accessLog: AccessLog;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. */
export async function startServer(folder: WorkingFolder): Promise<CpuHeavyServer> {
  const accessLog = new AccessLog(folder.logs);
  const work = new RequestWork(new PageCache(folder.cache));
  const server = createServer((request, response) => handle(request, response, { work, accessLog }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    accessLog,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      accessLog.close();
    },
  };
}

interface Parts {
  readonly work: RequestWork;
  readonly accessLog: AccessLog;
}

function handle(request: IncomingMessage, response: ServerResponse, { work, accessLog }: Parts): void {
  const { method = 'GET', url: path = '/' } = request;
  const at = new Date().toISOString();
  const fromMs = performance.now();
  const { status, type, body } = work.answer(path);
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
  const durationMs = Math.round((performance.now() - fromMs) * 1_000) / 1_000;
  accessLog.write({ at, method, path, status, bytes: Buffer.byteLength(body), durationMs });
}
