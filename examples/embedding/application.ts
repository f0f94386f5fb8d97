/**
 * What the servers of these examples have in common: a scheduler with its console as a handler, a request that keeps the
 * thread busy, and a sign-in. An application has its own; here the cookie `user` says who somebody is, which nobody
 * should copy.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ConsoleHandler, consoleHandler } from '../../src/console/index.ts';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../../src/index.ts';

/** Where the console is mounted, as browsers see it. */
export const MOUNT_PATH = '/admin/jobs';
/** 0 lets the system choose. */
export const PORT = Number(process.env['PORT'] ?? 3000);

/** How long a stop waits for the runs in progress. What stops this process must wait longer than that. */
export const DRAIN_MS = 5_000;
export const SCHEDULER: SchedulerOptions = {
  plugins: ['./plugins/housekeeping.ts'],
  baseUrl: import.meta.url,
  logger: { level: 'warn' },
};

export interface Application {
  readonly jobs: ConsoleHandler;
  stop(): Promise<void>;
}

export async function startApplication(): Promise<Application> {
  const scheduler = await createScheduler(SCHEDULER);
  await scheduler.start();
  return {
    jobs: consoleOf(scheduler),
    stop: async () => {
      await scheduler.stop({ drainMs: DRAIN_MS });
    },
  };
}

export function consoleOf(scheduler: Scheduler): ConsoleHandler {
  return consoleHandler(scheduler, { basePath: MOUNT_PATH, authorize });
}

/**
 * A request after which nobody is answered for two seconds, and no timer fires. It stands for rendering or parsing, but
 * it only waits, so that trying it costs no CPU time. The schedules run on.
 */
export function heavyRequest(): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Date.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  return { fromMs, toMs: Date.now() };
}

export function say(port: number): void {
  console.log(`http://127.0.0.1:${port}${MOUNT_PATH}`);
}

/** For a server without a framework: the heavy request at `/heavy`, and what has run at `/runs`. */
export async function answer(scheduler: Scheduler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = request.url === '/heavy' ? heavyRequest() : { runs: await scheduler.history({ limit: 20 }) };
  response.end(JSON.stringify(body));
}

/** Says where the server listens. At SIGINT and SIGTERM the server and the scheduler end, and then the process. */
export function announce(port: number, application: Application, close: () => unknown): void {
  say(port);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      close();
      application.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

/** Ada may act, everybody else who is signed in may look. */
function authorize(request: Request): { name: string; canAct: boolean } | null {
  const [, name] = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? [];
  return name === undefined ? null : { name, canAct: name === 'ada' };
}
