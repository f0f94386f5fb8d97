/** The console's HTTP API and its page over a `SchedulerSource`, with no more than the page needs. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { SchedulerSource } from '../../../src/console/scheduler-source.ts';
import type { OperatorTopic } from '../../../src/supervisor/operator-protocol.ts';

export interface ServedConsole {
  readonly url: string;
  /** From then on every request gets this status; null: as before. */
  readonly refuseWith: (status: number | null) => void;
  readonly close: () => Promise<void>;
}

interface ServerOptions {
  readonly pageFolder: string;
  readonly session?: Readonly<Record<string, unknown>>;
  /** Every request to the API has to carry it. */
  readonly token?: string;
  readonly port?: number;
}

type Params = Record<string, string>;
type Route = readonly [
  method: string,
  path: RegExp,
  answer: (source: SchedulerSource, params: Params, query: URLSearchParams, body: never) => Promise<unknown>,
];

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
const SESSION = {
  name: 'tester',
  canAct: true,
  isReadOnly: false,
  version: '0.1.0',
  nodeId: 'this-node',
  timezone: 'UTC',
};
const MOUNT = '/ops/console';
const by = 'tester';

const number = (query: URLSearchParams, name: string) => (query.has(name) ? { [name]: Number(query.get(name)) } : {});
const text = (query: URLSearchParams, name: string, as = name) => (query.has(name) ? { [as]: query.get(name) } : {});

const ROUTES: readonly Route[] = [
  ['GET', /^overview$/, (source) => source.ask('overview', null)],
  [
    'GET',
    /^schedules$/,
    (source, _params, query) =>
      source.ask('page', {
        ...text(query, 'search'),
        ...(query.has('state') && { states: query.getAll('state') as never }),
        ...text(query, 'plugin'),
        ...text(query, 'tenant', 'tenantId'),
        ...(query.get('problems') === 'true' && { onlyProblems: true }),
        ...text(query, 'sort'),
        ...number(query, 'offset'),
        ...number(query, 'limit'),
      } as never),
  ],
  ['GET', /^schedules\/(?<key>[^/]+)$/, (source, { key = '' }) => source.ask('schedule', { key })],
  [
    'GET',
    /^schedules\/(?<key>[^/]+)\/life$/,
    async (source, { key = '' }, query) => ({
      events: await source.ask('life', { key, limit: Number(query.get('limit')) }),
    }),
  ],
  [
    'GET',
    /^schedules\/(?<key>[^/]+)\/explain$/,
    async (source, { key = '' }, query) => ({
      explanation: await source.ask('explain', { key, atMs: Number(query.get('at')) }),
    }),
  ],
  [
    'GET',
    /^lanes$/,
    async (source, _params, query) => ({
      lanes: await source.ask('lanes', {
        keys: query.getAll('key'),
        sinceMs: Number(query.get('since')),
        untilMs: Number(query.get('until')),
        ...number(query, 'limit'),
      }),
    }),
  ],
  [
    'GET',
    /^runs$/,
    async (source, _params, query) => {
      const limit = Number(query.get('limit') ?? 100);
      const runs = await source.ask('history', {
        ...text(query, 'key'),
        ...text(query, 'outcome'),
        ...number(query, 'until'),
        limit,
      } as never);
      return { runs, next: runs.length === limit ? runs.at(-1)?.finishedAtMs : null };
    },
  ],
  [
    'GET',
    /^runs\/(?<runId>[^/]+)$/,
    async (source, { runId = '' }) => {
      const [run = null] = await source.ask('history', { runId, withLog: true });
      const live = await source.ask('liveRun', { runId });
      if (run === null && live === null) throw Object.assign(new Error('There is no such run.'), { status: 404 });
      return { run, live };
    },
  ],
  ['GET', /^live$/, async (source) => ({ runs: await source.ask('live', null) })],
  ['GET', /^stats$/, (source) => source.ask('stats', null)],
  ['GET', /^plugins$/, (source) => source.ask('manifest', null)],
  [
    'GET',
    /^audit$/,
    async (source, _params, query) => ({
      entries: await source.ask('audit', { ...text(query, 'key'), ...number(query, 'limit') } as never),
    }),
  ],
  ['POST', /^schedules\/(?<key>[^/]+)\/trigger$/, (source, { key = '' }) => source.ask('trigger', { key, by })],
  [
    'POST',
    /^schedules\/(?<key>[^/]+)\/pause$/,
    (source, { key = '' }, _query, body: { note?: string }) => source.ask('pause', { key, by, ...body }),
  ],
  ['POST', /^schedules\/(?<key>[^/]+)\/resume$/, (source, { key = '' }) => source.ask('resume', { key, by })],
  [
    'POST',
    /^schedules\/(?<key>[^/]+)\/position$/,
    (source, { key = '' }, _query, { at }: { at: number }) => source.ask('setPosition', { key, by, atMs: at }),
  ],
  ['POST', /^runs\/(?<runId>[^/]+)\/abort$/, (source, { runId = '' }) => source.ask('abort', { runId, by })],
  [
    'POST',
    /^plugins\/(?<name>[^/]+)\/reload$/,
    async (source, { name = '' }) => {
      const { keys, report } = await source.ask('reload', { name, by });
      return { keys, ...report };
    },
  ],
];

/** Serves it below a path, as a host would mount it. */
export async function serveConsole(source: SchedulerSource, options: ServerOptions): Promise<ServedConsole> {
  let status: number | null = null;
  const server = createServer((request, response) => {
    if (status !== null) return void refuse(response, status, 'It was told to refuse.');
    void answer(source, options, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${MOUNT}/`,
    refuseWith: (next) => {
      status = next;
      if (next !== null) server.closeAllConnections();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function answer(
  source: SchedulerSource,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://console');
  const path = pathname.slice(MOUNT.length + 1);
  if (!path.startsWith('api/')) return sendFile(options.pageFolder, path || 'index.html', response);
  if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
    return refuse(response, 401, 'A token is needed.');
  const rest = path.slice(4);
  if (rest === 'session') return sendJson(response, { ...SESSION, ...options.session });
  if (rest === 'events') return sendEvents(source, searchParams.getAll('topic'), response);
  await answerRoute(source, rest, searchParams, request, response);
}

async function answerRoute(
  source: SchedulerSource,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = ROUTES.find(([method, pattern]) => method === request.method && pattern.test(path));
  if (route === undefined) return refuse(response, 404, 'There is no such path.');
  const groups = Object.entries(route[1].exec(path)?.groups ?? {});
  const params = Object.fromEntries(groups.map(([name, value]) => [name, decodeURIComponent(value)]));
  try {
    sendJson(response, await route[2](source, params, query, (await bodyOf(request)) as never));
  } catch (error) {
    const { message, status = 409 } = error as Error & { status?: number };
    refuse(response, message.startsWith('There is no') ? 404 : status, message);
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') return null;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

function sendFile(folder: string, name: string, response: ServerResponse): void {
  const file = join(folder, name);
  if (name.includes('/') || !existsSync(file)) {
    refuse(response, 404, 'There is no such file.');
    return;
  }
  const headers = {
    'content-type': TYPES[extname(name)] ?? 'text/plain',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'content-encoding': 'br',
  };
  response.writeHead(200, headers).end(readFileSync(`${file}.br`));
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code: 'refused', message } }));
}

function sendEvents(source: SchedulerSource, topics: readonly string[], response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': begins\n\n');
  const end = source.listen(topics as OperatorTopic[], (events) => {
    for (const { type, event } of events) response.write(`event: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  response.on('close', end);
}
