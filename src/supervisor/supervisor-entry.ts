/** The supervisor thread: it builds the real adapters, puts the supervisor together and answers the host. */
import { randomUUID } from 'node:crypto';
import { type MessagePort, parentPort, threadId, workerData } from 'node:worker_threads';
import { OutboundThread } from '../outbound/outbound-thread.ts';
import { errorRecord } from '../wire/error-record.ts';
import { CountedNotice } from '../wire/failures/counted-notice.ts';
import { droppedText } from '../wire/fault-notice.ts';
import { SystemClock } from './clocks/system-clock.ts';
import { FaultNet } from './linking/fault-net.ts';
import { HostLink } from './linking/host-link.ts';
import { OperatorDoor } from './linking/operator-door.ts';
import type { BackendContext } from './open-backends.ts';
import { Pools } from './pools.ts';
import type { SchedulerWarning } from './scheduler-reports.ts';
import type { Supervisor } from './supervisor.ts';
import type { SupervisorConfig, SupervisorThreadData } from './supervisor-config.ts';

const { config: given, takeover, heartbeat } = workerData as SupervisorThreadData;
const config: SupervisorConfig =
  takeover === null
    ? given
    : {
        ...given,
        plugins: takeover.plugins,
        isDraining: takeover.isDraining,
        isTakeover: true,
        starts: takeover.starts,
        restartCount: takeover.restartCount,
      };
const clock = new SystemClock();
const dropped = new CountedNotice<unknown>((thrown, count) => {
  const error = errorRecord(thrown);
  warn({ code: 'message-dropped', message: droppedText('the host', error, count), error });
}, clock);
const operators = new OperatorDoor(clock, { dropped: (error) => dropped.add(error), flush: () => link.flush() });
const link = new HostLink({
  port: parentPort as MessagePort,
  defer: setImmediate,
  sleep: (delayMs, callback) => clock.sleep(delayMs, callback),
  nowMs: () => clock.monotonicMs(),
  operator: operators.open,
  dropped: (error) => dropped.add(error),
});
const net = new FaultNet({ nowMs: () => clock.monotonicMs(), warn, end });
const beats = new Int32Array(heartbeat);
const pools = new Pools(config, { clock, listener: { warned: warn }, threadId });
let supervisor: Promise<Supervisor> | null = null;
let node: Supervisor | null = null;

process.on('uncaughtException', caught);
process.on('unhandledRejection', caught);
beatWhileStarting(Atomics.load(beats, 0));
link.answer(async ({ method, params }) => {
  supervisor ??= build();
  const target = await supervisor;
  if (method === 'install') await pools.open([params]);
  if (method === 'stop') dropped.flush();
  const action = method === 'trigger' ? 'triggerWhenRecorded' : method;
  const answer = await (target[action] as (params: unknown) => unknown).call(target, params);
  if (method === 'start') operators.started(target.operated());
  return answer;
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

/** The pool opens first: its threads start while this one loads the rest of its code and opens the store. */
async function build(): Promise<Supervisor> {
  await pools.open(config.plugins);
  const [{ Supervisor: Node }, { pinoLogger }, { openStore, locksFor }, { FunctionCalls }] = await Promise.all([
    import('./supervisor.ts'),
    import('./loggers/pino-logger.ts'),
    import('./open-backends.ts'),
    import('./calling/function-calls.ts'),
  ]);
  const context: BackendContext = {
    clock,
    nodeId: config.nodeId,
    snapshot: takeover?.ledger,
    onEntry: link.emitEntry,
    whenHeard: () => link.heard(),
    store: config.store,
  };
  const log = pinoLogger(config.log, {
    clock,
    nodeId: config.nodeId,
    warned: (event) => link.emit({ type: 'warning', event }),
    canWait: takeover !== null,
  });
  const store = await openStore(config.store, context);
  const locks = await locksFor(config.locking, context);
  node = new Node(config, {
    clock,
    store,
    ...locks,
    log,
    pool: pools.pool,
    newRunId: randomUUID,
    emit: (event) => {
      link.emit(event);
      operators.passOn(event);
    },
    onlookers: operators,
    calls: new FunctionCalls({
      clock,
      store,
      fetcher: new OutboundThread(),
      hostFunctions: config.hostFunctions,
      maxMessageBytes: config.pool.maxMessageBytes,
      callHost: ({ name, args, caller }, onEnd) => link.callHost(name, args, { caller, onEnd }),
    }),
    callHost: ({ name, args, limitMs }) => link.callHost(name, args, { limitMs }),
    heartbeat: beats,
    heapBytes: () => process.memoryUsage().heapUsed,
  });
  return node;
}
