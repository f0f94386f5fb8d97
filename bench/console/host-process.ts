/** A server that works for each request, and a scheduler beside it, with a console that is looked at or without one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScheduler } from '../../src/index.ts';
import type { VisitorsAnswer, VisitorsRequest } from './visitors-process.ts';

export interface ConsoleRequest {
  /** How many pages are open; null without a console. */
  readonly pages: number | null;
  readonly schedules: number;
  readonly durationMs: number;
}

export interface ConsoleFigures {
  /** From the request to its answer, as a client of the server sees it. */
  readonly requestP99Ms: number;
  readonly requestP50Ms: number;
  /** How late the scheduler's ticks were. */
  readonly tickP99Ms: number;
  /** How many answers of the console and events its pages took in. */
  readonly seen: number;
}

const VISITORS = new URL('./visitors-process.ts', import.meta.url);
/** About two milliseconds of work on a present-day core. */
const STEPS_A_REQUEST = 100_000;

process.once('message', (request: ConsoleRequest) => {
  void measure(request).then((figures) => {
    process.send?.(figures, () => process.exit());
  });
});

async function measure({ pages, schedules, durationMs }: ConsoleRequest): Promise<ConsoleFigures> {
  const scheduler = await createScheduler({
    plugins: [{ module: '../empty-plugin.ts', options: { schedules, cron: '1s' } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 2, maxThreads: 2 },
    logger: { level: 'silent' },
    ...(pages !== null && { console: { port: 0 } }),
  });
  await scheduler.start();
  const server = createServer((_request, response) => response.end(String(compute()))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const visitors = fork(VISITORS);
  visitors.send({
    hostUrl,
    consoleUrl: scheduler.console?.url ?? null,
    pages: pages ?? 0,
    durationMs,
  } satisfies VisitorsRequest);
  const [answer] = (await once(visitors, 'message')) as [VisitorsAnswer];
  const { lateness } = await scheduler.stats();
  server.closeAllConnections();
  server.close();
  await scheduler.stop({ drainMs: 0 });
  return { ...answer, tickP99Ms: lateness.tick.p99Ms };
}

/** Its result depends on every step, so that no step can be left out. */
function compute(): number {
  let value = 1;
  for (let step = 0; step < STEPS_A_REQUEST; step += 1) value = (value * 16_807) % 2_147_483_647;
  return value;
}
