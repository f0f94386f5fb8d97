/** An HTTP server that no client can keep busy: everything that a client may send, hold or delay has a limit. */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { ConsoleApp } from '../console-app.ts';

const LIMITS = {
  maxHeaderSize: 16_384,
  /** From the first byte of a request to the last of its headers. */
  headersTimeout: 10_000,
  /** From the first byte of a request to its last. */
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  /** How often the two limits above are looked at. */
  connectionsCheckingInterval: 2_000,
} as const;
const MAX_CONNECTIONS = 256;
const MAX_HEADERS = 100;
const MAX_REQUESTS_PER_CONNECTION = 1_000;
/** A connection that takes nothing and sends nothing for this long is closed. Event streams beat more often. */
const IDLE_LIMIT_MS = 60_000;

export function limitedServer(app: Pick<ConsoleApp, 'answer'>): Server {
  const listener = getRequestListener(
    async (request, { incoming }) => {
      const { socket } = incoming;
      // While the client waits for its answer, the silence is ours: how long it may last is the answer's own limit.
      socket.setTimeout(0);
      const answer = await app.answer(request, addressOf(incoming));
      socket.setTimeout(IDLE_LIMIT_MS);
      return answer;
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer({ ...LIMITS, insecureHTTPParser: false }, (incoming, outgoing) => {
    listener(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.setTimeout(IDLE_LIMIT_MS);
  // Connections for other protocols end at once.
  server.on('upgrade', (_request, socket) => socket.destroy());
  server.on('connect', (_request, socket) => socket.destroy());
  return server;
}

function addressOf(incoming: { readonly socket?: { readonly remoteAddress?: string | undefined } | null }): string {
  return incoming.socket?.remoteAddress ?? '';
}
