/**
 * A server that works for each request, and a scheduler beside it, with a console that is looked at or without one. The
 * server stays, and the scheduler is another one in each window: its threads and pages are all that changes.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScheduler } from '../../src/index.ts';
import { seeded } from '../pairs.ts';
import type { ClientsAnswer, ClientsRequest } from './clients-process.ts';
import { type ConsoleState, STATES } from './states.ts';
import type { OpenPages, VisitorsAnswer } from './visitors-process.ts';

export interface ConsoleRequest {
  readonly rounds: number;
  readonly schedules: number;
  readonly pages: number;
  readonly windowMs: number;
}

/** What was measured in one window. */
export interface WindowFigures {
  /** From a request to its answer, as a client of the server sees it, milliseconds each. */
  readonly requestMs: readonly number[];
  /** How late the scheduler's ticks were. */
  readonly tickP99Ms: number;
  /** What all threads of the process took, in seconds of a core for each second. */
  readonly cores: number;
  /** How many answers of the console and events its pages took in. */
  readonly seen: number;
}

/** One window of each state, which followed each other at once. */
export type ConsoleRound = Readonly<Record<ConsoleState, WindowFigures>>;

const CLIENTS = new URL('./clients-process.ts', import.meta.url);
const VISITORS = new URL('./visitors-process.ts', import.meta.url);
/** About two milliseconds of work on a present-day core. */
const STEPS_A_REQUEST = 100_000;

process.once('message', (request: ConsoleRequest) => {
  void measure(request).then((rounds) => {
    process.send?.(rounds, () => process.exit());
  });
});

async function measure(request: ConsoleRequest): Promise<readonly ConsoleRound[]> {
  const server = createServer((_request, response) => response.end(String(compute()))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const clients = fork(CLIENTS);
  const visitors = fork(VISITORS);
  const parts: WindowParts = { request, hostUrl, clients, visitors };
  const window = (state: ConsoleState): Promise<WindowFigures> => inWindow(state, parts);
  // What is compiled in the first windows, is compiled for all.
  for (const state of STATES) await window(state);
  const random = seeded(request.rounds);
  const rounds: ConsoleRound[] = [];
  for (let round = 0; round < request.rounds; round += 1) {
    const figures: Partial<Record<ConsoleState, WindowFigures>> = {};
    for (const state of shuffled(STATES, random)) figures[state] = await window(state);
    rounds.push(figures as ConsoleRound);
  }
  clients.kill();
  visitors.kill();
  server.closeAllConnections();
  server.close();
  return rounds;
}

interface WindowParts {
  readonly request: ConsoleRequest;
  readonly hostUrl: string;
  readonly clients: ChildProcess;
  readonly visitors: ChildProcess;
}

async function inWindow(state: ConsoleState, parts: WindowParts): Promise<WindowFigures> {
  const { request, hostUrl, clients, visitors } = parts;
  const { schedules, pages, windowMs } = request;
  const scheduler = await createScheduler({
    plugins: [{ module: '../empty-plugin.ts', options: { schedules, cron: '1s' } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 2, maxThreads: 2 },
    logger: { level: 'silent' },
    ...(state !== 'without' && { console: { port: 0 } }),
  });
  await scheduler.start();
  const consoleUrl = scheduler.console?.url ?? '';
  // Pages are open from the beginning of the window to its end.
  if (state === 'watched') visitors.send({ consoleUrl, pages } satisfies OpenPages);
  const [cpuBefore, fromMs] = [process.cpuUsage(), performance.now()];
  const { requestMs } = await asked<ClientsAnswer>(clients, { hostUrl, durationMs: windowMs } satisfies ClientsRequest);
  const cpu = process.cpuUsage(cpuBefore);
  const cores = (cpu.user + cpu.system) / 1_000 / (performance.now() - fromMs);
  const { seen } = state === 'watched' ? await asked<VisitorsAnswer>(visitors, 'close') : { seen: 0 };
  const { lateness } = await scheduler.stats();
  await scheduler.stop({ drainMs: 0 });
  return { requestMs, seen, cores, tickP99Ms: lateness.tick.p99Ms };
}

async function asked<Answer>(child: ChildProcess, request: ClientsRequest | 'close'): Promise<Answer> {
  const answered = once(child, 'message') as Promise<[Answer]>;
  child.send(request);
  const [answer] = await answered;
  return answer;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Its result depends on every step, so that no step can be left out. */
function compute(): number {
  let value = 1;
  for (let step = 0; step < STEPS_A_REQUEST; step += 1) value = (value * 16_807) % 2_147_483_647;
  return value;
}
