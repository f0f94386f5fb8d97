/** A scheduler with its real console, as the commands for a running scheduler are tried on it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ConsoleOptions, type Scheduler, type SchedulerOptions, sqliteStore } from '../../../src/index.ts';
import { startScheduler, temporaryFolder } from '../scheduler-harness.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';

export interface OperatedOptions extends Pick<ConsoleOptions, 'token' | 'readOnly'> {
  /** Null for the socket only. Default 0. */
  readonly port?: number | null;
  readonly scheduler?: SchedulerOptions;
}

export interface Operated {
  readonly scheduler: Scheduler;
  /** The file of its store. The console's socket is beside it. */
  readonly store: string;
  /** Where the console listens, with a slash at the end. Of no use without a port. */
  readonly url: string;
  /** Ends the runs of `operated/long`. */
  readonly tell: () => void;
}

const OPERATED = fileURLToPath(new URL('../../cli/fixtures/operated-plugin.ts', import.meta.url));

/** Runs the plugin `operated` with a console on a free port and on the socket beside its store. */
export async function startConsole({
  port = 0,
  scheduler: options,
  ...console
}: OperatedOptions = {}): Promise<Operated> {
  const store = join(temporaryFolder(), 'app.db');
  const told = Promise.withResolvers<null>();
  const tell = () => told.resolve(null);
  const scheduler = await startScheduler({
    plugins: [OPERATED],
    store: sqliteStore({ path: store }),
    console: { ...console, ...(port !== null && { port }) },
    hostFunctions: { told: () => told.promise },
    ...options,
  });
  onTestFinished(tell);
  return { scheduler, store, url: `${scheduler.console?.url}/`, tell };
}

/** A way to a console that can be cut, and its address. */
export async function cuttableWay(to: Operated): Promise<{ readonly way: TcpProxy; readonly url: string }> {
  const way = await TcpProxy.open(Number(new URL(to.url).port));
  onTestFinished(() => way.close());
  return { way, url: `http://127.0.0.1:${way.port}/` };
}
