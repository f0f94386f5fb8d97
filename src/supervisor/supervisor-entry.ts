/** The supervisor thread: it builds the real adapters, puts the supervisor together and answers the host. */
import { randomUUID } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { commonJsEntryUrl } from '../wire/thread-entry-url.ts';
import { SystemClock } from './clocks/system-clock.ts';
import { HostLink } from './host-link.ts';
import { pinoLogger } from './loggers/pino-logger.ts';
import { type BackendContext, checkBackends, openLocking, openStore } from './open-backends.ts';
import { threadPool } from './running/pool/threads/thread-pool.ts';
import { Supervisor } from './supervisor.ts';
import type { SupervisorConfig, SupervisorThreadData } from './supervisor-config.ts';

const { config: given, takeover, heartbeat } = workerData as SupervisorThreadData;
const config: SupervisorConfig = takeover === null ? given : { ...given, plugins: takeover.plugins };
const clock = new SystemClock();
const link = new HostLink(parentPort as MessagePort, setImmediate);
const beats = new Int32Array(heartbeat);
let supervisor: Promise<Supervisor> | null = null;

beatWhileStarting(Atomics.load(beats, 0));
link.answer(async ({ method, params }) => {
  supervisor ??= build();
  const target = await supervisor;
  return (target[method] as (params: unknown) => unknown).call(target, params);
});

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
  const locking = config.locking === null ? null : await openLocking(config.locking, context);
  const { hostFunctions } = config;
  const runEntry = commonJsEntryUrl('workers/thread-entry');
  const pool = threadPool(
    { ...config.pool, hostFunctions, clock, runEntry },
    { warned: (warning) => built.warn(warning) },
  );
  const built = new Supervisor(config, {
    clock,
    store,
    locking,
    log,
    pool,
    newRunId: randomUUID,
    emit: link.emit,
    callHost: (name, args) => link.callHost(name, args),
    heartbeat: beats,
    heapBytes: () => process.memoryUsage().heapUsed,
  });
  return built;
}
