import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';

/** A request as frameworks hand it on: with the address it had before it was cut, and with what they made of its body. */
interface HandedOn extends IncomingMessage {
  readonly originalUrl?: unknown;
  readonly body?: unknown;
  rawBody?: unknown;
}

/**
 * The console for servers that speak Node's own `(request, response)`: Express, Koa, Fastify, Nest, `node:http`. A body
 * that the framework has read already is taken from `request.body`.
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const listener = getRequestListener(handler, { overrideGlobalObjects: false });
  return async (incoming: HandedOn, outgoing) => {
    // Express and its kin take the mount path off the address. The console knows it by its `basePath`.
    if (typeof incoming.originalUrl === 'string') incoming.url = incoming.originalUrl;
    if (incoming.readableEnded && incoming.rawBody === undefined) incoming.rawBody = bytesOf(incoming.body);
    await listener(incoming, outgoing);
  };
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
