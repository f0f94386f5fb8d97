/** A console over a real scheduler, and clients that leave no connection open. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Doors, type ServedConsole, serveConsole } from '../../src/console/http/serve.ts';
import { sourceOf } from '../../src/host/source-of.ts';
import type { Scheduler } from '../../src/index.ts';
import { fixture, startScheduler } from './scheduler-harness.ts';

export const SUBJECT = fixture('plugins/console-subject.ts');

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  json<T = unknown>(): T;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON. */
  readonly body?: string | object;
  /** Ask through a Unix socket. */
  readonly socketPath?: string;
}

/** Sends a request on a connection of its own, and takes the path as it is: `fetch` would tidy it up. */
export async function ask(url: string, path: string, asked: Asked = {}): Promise<Answer> {
  const response = await open(url, path, asked);
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: body,
    json: <T>() => JSON.parse(body) as T,
  };
}

/** The same, without waiting for the end of the answer. */
export async function open(url: string, path: string, asked: Asked = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, socketPath } = asked;
  const { hostname, port } = new URL(url);
  const isJson = typeof body === 'object';
  const request = httpRequest({
    ...(socketPath === undefined ? { host: hostname.replace(/^\[|\]$/g, ''), port } : { socketPath }),
    agent: false,
    path,
    method,
    headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers },
  });
  request.end(isJson ? JSON.stringify(body) : body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

export interface RunningConsole extends ServedConsole {
  readonly url: string;
  readonly scheduler: Scheduler;
  ask(path: string, asked?: Asked): Promise<Answer>;
}

/** Closed when the test is over, before its scheduler. */
export async function startConsole(
  config: Partial<Doors> = {},
  running: Scheduler | null = null,
): Promise<RunningConsole> {
  const scheduler = running ?? (await startScheduler({ plugins: [SUBJECT] }));
  const served = await serveConsole(sourceOf(scheduler), {
    port: 0,
    host: '127.0.0.1',
    socket: null,
    token: null,
    isReadOnly: false,
    ...config,
  });
  onTestFinished(() => served.close());
  const url = served.url ?? 'http://localhost';
  return { ...served, url, scheduler, ask: (path, asked) => ask(url, path, asked) };
}

/** The blocks of an event stream, one by one. */
export async function* blocksOf(stream: IncomingMessage): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const blocks = `${rest}${chunk}`.split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks;
  }
}
