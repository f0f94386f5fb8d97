import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleAddress, ConsoleConfig } from '../console-config.ts';
import type { SchedulerSource } from '../scheduler-source.ts';

/** A console that listens. */
export interface ServedConsole extends ConsoleAddress {
  /** Ends every connection. Resolves when nothing listens any more. */
  close(): Promise<void>;
}

/** Serves the console over a scheduler. Rejects when it cannot listen. */
export async function serveConsole(source: SchedulerSource, config: ConsoleConfig): Promise<ServedConsole> {
  const servers: Server[] = [];
  const listen = async (where: { port: number; host: string } | { path: string }): Promise<Server> => {
    const server = createServer(async ({ url }, response) => {
      const overview = await source.ask('overview', null).catch(() => null);
      response.writeHead(statusOf(url, overview !== null), { 'content-type': 'application/json' });
      response.end(JSON.stringify(overview));
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(where, resolve);
    });
    return server;
  };
  const { port, host, socket } = config;
  const byPort = port === null ? null : ((await listen({ port, host })).address() as AddressInfo);
  if (socket !== null) await listen({ path: socket });
  return {
    url: byPort === null ? null : `http://${host}:${byPort.port}`,
    socket,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function statusOf(url: string | undefined, isAlive: boolean): number {
  if (url !== '/healthz') return 404;
  return isAlive ? 200 : 503;
}
