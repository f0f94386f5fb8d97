/** The supervisor thread: it builds the real adapters, puts the supervisor together and answers the host. */
import { randomUUID } from 'node:crypto';
import { type MessagePort, parentPort, threadId, workerData } from 'node:worker_threads';
import { droppedText, FaultNotice } from '../wire/fault-notice.ts';
import { commonJsEntryUrl, threadEntryUrl } from '../wire/thread-entry-url.ts';
import { SystemClock } from './clocks/system-clock.ts';
import { FaultNet } from './fault-net.ts';
import { HostLink } from './host-link.ts';
import { pinoLogger } from './loggers/pino-logger.ts';
import { type BackendContext, checkBackends, locksFor, openStore } from './open-backends.ts';
import { IsolatingPool } from './running/isolating-pool.ts';
import { processPool } from './running/pool/processes/process-pool.ts';
import { threadPool } from './running/pool/threads/thread-pool.ts';
import type { SchedulerWarning } from './scheduler-reports.ts';
import { Supervisor } from './supervisor.ts';
import type { SupervisorConfig, SupervisorThreadData } from './supervisor-config.ts';

const { config: given, takeover, heartbeat } = workerData as SupervisorThreadData;
const config: SupervisorConfig =
  takeover === null ? given : { ...given, plugins: takeover.plugins, isDraining: takeover.isDraining };
const clock = new SystemClock();
const dropped = new FaultNotice(
  (error, count) => warn({ code: 'message-dropped', message: droppedText('the host', error, count), error }),
  () => clock.monotonicMs(),
);
const link = new HostLink({
  port: parentPort as MessagePort,
  defer: setImmediate,
  dropped: (error) => dropped.add(error),
});
const net = new FaultNet({ nowMs: () => clock.monotonicMs(), warn, end });
const beats = new Int32Array(heartbeat);
let supervisor: Promise<Supervisor> | null = null;
let node: Supervisor | null = null;

process.on('uncaughtException', caught);
process.on('unhandledRejection', caught);
beatWhileStarting(Atomics.load(beats, 0));
link.answer(async ({ method, params }) => {
  supervisor ??= build();
  const target = await supervisor;
  return (target[method] as (params: unknown) => unknown).call(target, params);
});

function caught(thrown: unknown): void {
  net.caught(thrown);
}

function warn(warning: SchedulerWarning): void {
  if (node === null) link.emit({ type: 'warning', event: warning });
  else node.warn(warning);
}

/** Without a listener the exception ends the thread, and the host receives it as the cause. */
function end(cause: unknown): void {
  process.off('uncaughtException', caught);
  process.off('unhandledRejection', caught);
  link.flush();
  throw cause;
}

/** The heartbeat until the supervisor's clock runs. Plugins may take longer to load than the host waits for a beat. */
function beatWhileStarting(beatCount: number): void {
  // By then the supervisor's clock beats.
  if (Atomics.load(beats, 0) !== beatCount) return;
  Atomics.add(beats, 0, 1);
  clock.sleep(clock.maxSleepMs, () => beatWhileStarting(beatCount + 1));
}

async function build(): Promise<Supervisor> {
  const context: BackendContext = {
    clock,
    nodeId: config.nodeId,
    snapshot: takeover?.ledger,
    onEntry: link.emitEntry,
  };
  const log = pinoLogger(config.log, {
    clock,
    nodeId: config.nodeId,
    warned: (event) => link.emit({ type: 'warning', event }),
    canWait: takeover !== null,
  });
  checkBackends(config.store, config.locking);
  const store = await openStore(config.store, context);
  const locks = await locksFor(config.locking, context);
  const { hostFunctions } = config;
  const poolOptions = { ...config.pool, hostFunctions, clock };
  const listener = { warned: warn };
  const pool = new IsolatingPool(
    {
      thread: () => threadPool({ ...poolOptions, runEntry: commonJsEntryUrl('workers/thread-entry') }, listener),
      process: () => {
        const owner = { schedulerId: config.incarnationId, threadId };
        const { heapMb } = config.budget;
        const processEntry = threadEntryUrl('workers/process-entry');
        return processPool({ ...poolOptions, heapMb, owner, processEntry }, listener);
      },
    },
    config.pool.isolation ?? 'thread',
  );
  node = new Supervisor(config, {
    clock,
    store,
    ...locks,
    log,
    pool,
    newRunId: randomUUID,
    emit: link.emit,
    callHost: (name, args) => link.callHost(name, args),
    heartbeat: beats,
    heapBytes: () => process.memoryUsage().heapUsed,
  });
  return node;
}
