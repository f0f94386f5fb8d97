/**
 * The routes of the console that the command line uses, over a real scheduler: enough of the API to try commands against
 * it. What it cannot ask a scheduler for, it keeps from events and from the log.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { consoleSocketPath } from '../../src/console/socket-path.ts';
import { EscapementError, type Scheduler, type SchedulerOptions, sqliteStore } from '../../src/index.ts';
import type { OperatorEvent } from '../../src/supervisor/operator-protocol.ts';
import type { LiveRunDetail, Overview } from '../../src/supervisor/operator-reports.ts';
import { tailRuns } from './log-tail.ts';
import { startScheduler, temporaryFolder } from './scheduler-harness.ts';

export interface StandInOptions {
  readonly token?: string;
  readonly readOnly?: boolean;
  readonly scheduler?: SchedulerOptions;
}

export const OPERATED = fileURLToPath(new URL('../cli/fixtures/operated-plugin.ts', import.meta.url));
const STATUS: Readonly<Record<string, number>> = { UNKNOWN_SCHEDULE: 404, UNKNOWN_PLUGIN: 404, SCHEDULE_BUSY: 409 };

/** Runs a scheduler with the plugin `operated` and a console on a port and on the socket beside its store. */
export async function startConsole(options: StandInOptions = {}): Promise<StandIn> {
  const folder = temporaryFolder();
  const [store, log] = ['app.db', 'app.log'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(log, '');
  const told = Promise.withResolvers<null>();
  const scheduler = await startScheduler({
    plugins: [OPERATED],
    store: sqliteStore({ path: store }),
    logger: { destination: log },
    hostFunctions: { told: () => told.promise },
    ...options.scheduler,
  });
  const standIn = new StandIn({ scheduler, store, tell: () => told.resolve(null), options });
  await standIn.listen(log);
  onTestFinished(() => standIn.close());
  return standIn;
}

interface Parts {
  readonly scheduler: Scheduler;
  readonly store: string;
  readonly tell: () => void;
  readonly options: StandInOptions;
}

type Answer = readonly [status: number, body?: unknown];

export class StandIn {
  readonly scheduler: Scheduler;
  /** The file of its store. */
  readonly store: string;
  /** Ends the runs of `operated/long`. */
  readonly tell: () => void;
  url = '';
  /** Is called with what was put to `/opened`. */
  opened: (text: string) => void = () => {};
  readonly #options: StandInOptions;
  readonly #servers: Server[] = [];
  readonly #streams = new Map<ServerResponse, readonly string[]>();
  readonly #live = new Map<string, LiveRunDetail>();
  readonly #listened = Promise.withResolvers<void>();
  readonly #startedAtMs = Date.now();

  constructor({ scheduler, store, tell, options }: Parts) {
    this.scheduler = scheduler;
    this.store = store;
    this.tell = tell;
    this.#options = options;
    scheduler.on('run-start', (event) => {
      const [plugin = '', scheduleId = ''] = event.key.split('/');
      const run = { ...event, plugin, scheduleId, trigger: 'manual', dueAtMs: event.scheduledAtMs, phase: 'running' };
      const budget = { wallMs: 1, cpuMs: 1, heapMb: 1, graceMs: 1, fuel: 1 };
      const rest = { progress: null, budget, log: [], droppedLogLines: 0 } as const;
      this.#live.set(event.runId, { ...run, ...rest } as LiveRunDetail);
      this.#tell({ type: 'run-start', event });
    });
    scheduler.on('progress', (event) => {
      this.#change(event.runId, (run) => ({ ...run, progress: event }));
      this.#tell({ type: 'progress', event });
    });
    scheduler.on('run', (event) => {
      this.#live.delete(event.runId);
      this.#tell({ type: 'run', event });
    });
    scheduler.on('decision', (event) => this.#tell({ type: 'decision', event }));
  }

  /** On a port of its own, and on the socket beside the store. */
  async listen(log: string): Promise<void> {
    for (const place of [{ port: 0, host: '127.0.0.1' }, { path: consoleSocketPath(this.store) }]) {
      const server = createServer((request, response) => void this.#serve(request, response));
      await once(server.listen(place), 'listening');
      this.#servers.push(server);
    }
    const [port] = this.#servers.map((server) => (server.address() as AddressInfo).port);
    this.url = `http://127.0.0.1:${port}/`;
    tailRuns(log, (event) => {
      this.#change(event.runId, (run) => ({ ...run, log: [...run.log, event.line] }));
      this.#tell({ type: 'log', event });
    });
  }

  /** Cuts all streams of events, as a proxy may. */
  cutStreams(): void {
    for (const stream of this.#streams.keys()) stream.destroy();
  }

  /** Resolves when somebody listens to events. */
  get listened(): Promise<void> {
    return this.#listened.promise;
  }

  async close(): Promise<void> {
    this.tell();
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost');
    let text = '';
    for await (const part of request) text += String(part);
    if (url.pathname === '/opened') this.opened(text);
    if (url.pathname === '/api/events' && this.#refusal(request) === null) return this.#stream(url, response);
    const [status, body] = this.#refusal(request) ?? (await this.#answer(request, url, text).catch(refusalOf));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  #refusal({ method, headers }: IncomingMessage): Answer | null {
    const { token, readOnly = false } = this.#options;
    if (token !== undefined && headers.authorization !== `Bearer ${token}`)
      return [401, { error: { code: 'unauthorized', message: 'a token is needed' } }];
    const isForbidden = readOnly && method === 'POST';
    return isForbidden ? [403, { error: { code: 'forbidden', message: 'this console is for reading only' } }] : null;
  }

  #answer(request: IncomingMessage, url: URL, text: string): Promise<Answer> {
    const [, , area = '', name, action] = url.pathname.split('/').map(decodeURIComponent);
    return request.method === 'POST'
      ? this.#act(`${area} ${action}`, name ?? '', text === '' ? {} : JSON.parse(text))
      : this.#ask(area, name, url.searchParams);
  }

  async #act(action: string, name: string, body: { note?: string }): Promise<Answer> {
    if (action === 'schedules trigger') return [202, { runId: await this.scheduler.trigger(name) }];
    if (action === 'schedules pause') return [204, await this.scheduler.pause(name, body).then(() => undefined)];
    if (action === 'schedules resume') return [204, await this.scheduler.resume(name).then(() => undefined)];
    if (action === 'plugins reload') {
      const { added, removed, changed, unchanged } = await this.scheduler.reload(name);
      return [200, { added, removed, changed, unchanged }];
    }
    const run = this.#live.get(name);
    if (action !== 'runs abort' || run === undefined) return [404, noSuch('run')];
    // The handle aborts runs of a plugin that is removed.
    await this.scheduler.uninstall(run.plugin);
    return [202, {}];
  }

  async #ask(area: string, name: string | undefined, query: URLSearchParams): Promise<Answer> {
    const { scheduler } = this;
    if (area === 'session') return [200, this.#session()];
    if (area === 'overview') return [200, await this.#overview()];
    if (area === 'stats') return [200, await scheduler.stats()];
    if (area === 'live') return [200, { runs: [...this.#live.values()] }];
    if (area === 'schedules') return name === undefined ? this.#page(query) : this.#schedule(name);
    if (area !== 'runs') return [404, noSuch('page')];
    const [key, limit] = [query.get('key'), Number(query.get('limit') ?? 100)];
    if (name === undefined) return [200, { runs: await scheduler.history({ ...(key && { key }), limit }), next: null }];
    const [run = null] = await scheduler.history({ runId: name, withLog: true });
    const live = this.#live.get(name) ?? null;
    return run === null && live === null ? [404, noSuch('run')] : [200, { run, live }];
  }

  #session() {
    const { readOnly = false } = this.#options;
    const facts = { name: 'operator', canAct: !readOnly, isReadOnly: readOnly, version: '0.0.0', nodeId: 'node' };
    return { ...facts, timezone: 'UTC', url: this.url };
  }

  async #overview(): Promise<Overview> {
    const schedules = await this.scheduler.schedules();
    const { nodeId, queue, isDraining } = await this.scheduler.stats();
    const failing = schedules.filter(({ failuresInRow }) => failuresInRow > 0);
    return {
      ...{ nodeId, version: '0.0.0', nowMs: Date.now(), startedAtMs: this.#startedAtMs, timezone: 'UTC', isDraining },
      scheduleCount: schedules.length,
      states: Object.fromEntries(
        [...Map.groupBy(schedules, ({ state }) => state)].map(([state, those]) => [state, those.length]),
      ),
      nextDueAtMs: queue.nextDueAtMs,
      liveRunCount: this.#live.size,
      problems: failing.map(({ key }) => ({
        kind: 'failing',
        key,
        text: `Schedule "${key}" has failed once\u001b[2J`,
      })),
    };
  }

  async #page(query: URLSearchParams): Promise<Answer> {
    const states = query.getAll('state');
    const [search, offset, limit] = [query.get('search') ?? '', Number(query.get('offset') ?? 0), query.get('limit')];
    const all = (await this.scheduler.schedules())
      .filter(({ state }) => states.length === 0 || states.includes(state))
      .filter(({ key }) => key.includes(search))
      .filter(({ failuresInRow }) => query.get('problems') !== 'true' || failuresInRow > 0);
    return [200, { total: all.length, offset, schedules: all.slice(offset, offset + Number(limit ?? 100)) }];
  }

  async #schedule(key: string): Promise<Answer> {
    const schedule = (await this.scheduler.schedules()).find((each) => each.key === key);
    // For its own error, with the key that was probably meant.
    if (schedule === undefined) return this.scheduler.explain(key, 0).then((): Answer => [404, noSuch('schedule')]);
    const live = [...this.#live.values()].find((run) => run.key === key) ?? null;
    const upcoming = schedule.nextOccurrenceAtMs === null ? [] : [schedule.nextOccurrenceAtMs];
    return [200, { schedule, declared: {}, upcoming, live }];
  }

  #stream({ searchParams }: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': welcome\n\n');
    this.#listened.resolve();
    this.#streams.set(response, searchParams.getAll('topic'));
    response.on('close', () => this.#streams.delete(response));
  }

  #tell({ type, event }: OperatorEvent): void {
    for (const [stream, topics] of this.#streams)
      if (topics.includes(type)) stream.write(`event: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #change(runId: string, change: (run: LiveRunDetail) => LiveRunDetail): void {
    const run = this.#live.get(runId);
    if (run !== undefined) this.#live.set(runId, change(run));
  }
}

function noSuch(what: string) {
  return { error: { code: 'not-found', message: `There is no such ${what}.` } };
}

function refusalOf(error: unknown): Answer {
  if (!(error instanceof EscapementError)) throw error;
  const code = error.code.replace('ERR_ESCAPEMENT_', '');
  return [STATUS[code] ?? 400, { error: { code, message: error.message } }];
}
