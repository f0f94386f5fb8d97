/** Where messages are sent to: each is the code of production, and says after a storm whether it still does its work. */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { receive } from '../../../src/host/hearing/inbox.ts';
import { Replica } from '../../../src/host/replica.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import { checkedLocking, checkedStore } from '../../../src/supervisor/checked-backends.ts';
import { HostLink } from '../../../src/supervisor/linking/host-link.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { seededRandom } from '../../../src/testing/run-duration.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { VirtualProcess, type VirtualProcessParts } from '../../../src/testing/virtual-process.ts';
import { virtualSettings } from '../../../src/testing/virtual-scheduler-options.ts';
import { Questions } from '../../../src/wire/questions.ts';
import type { MessageMaker } from './message-maker.ts';
import { FROM_SUPERVISOR, KEY, LOCK_ANSWERS, STORE_ANSWERS, TO_SUPERVISOR } from './right-messages.ts';

export interface Target {
  readonly name: string;
  /** Sends so many messages and waits until they are handled. */
  storm(count: number): Promise<void>;
  /** Resolves if a right message is still answered; rejects or hangs if it is not. */
  check(): Promise<void>;
  close(): void;
}

const PLUGIN = { name: 'beats', schedules: () => [{ id: 'a', cron: '1m' }], run: () => {} };

interface Node {
  readonly process: VirtualProcess;
  readonly outcomes: readonly string[];
}

function node(clock: VirtualClock, backends: Partial<Pick<VirtualProcessParts, 'store' | 'locking'>> = {}): Node {
  const outcomes: string[] = [];
  const process = new VirtualProcess({
    settings: virtualSettings({ plugins: [PLUGIN], startAt: 0 }),
    nodeId: 'node',
    incarnationId: 'incarnation',
    clock: new NodeClock(clock),
    store: new MemoryStore({ ledger: new Ledger() }),
    locking: null,
    isCluster: false,
    random: seededRandom(1),
    newRunId: () => `run-${outcomes.length}-${clock.nowMs()}`,
    heard: (event) => {
      if (event.type === 'run') outcomes.push(event.event.outcome);
    },
    ...backends,
  });
  return { process, outcomes };
}

function newClock(): VirtualClock {
  return new VirtualClock(0, { maxSleepMs: 3_600_000 });
}

/** The host's messages, to the link of a supervisor that runs. */
export async function supervisorTarget(maker: MessageMaker): Promise<Target> {
  const clock = newClock();
  const { process } = node(clock);
  await clock.advanceUntil(process.supervisor.start());
  const { port1: host, port2: port } = new MessageChannel();
  const link = new HostLink({ port, defer: setImmediate, sleep: () => {}, nowMs: () => 0, dropped: () => {} });
  link.answer(({ method, params }) => (process.supervisor[method] as (given: unknown) => unknown)(params));
  const ask = async (id: number): Promise<unknown> => {
    host.postMessage({ kind: 'request', id, method: 'schedules', params: null });
    for (;;) {
      const [answer] = (await once(host, 'message')) as [{ id?: unknown; kind: string }];
      if (answer.id === id) return answer;
    }
  };
  let lastId = 1_000;
  return {
    name: 'host to supervisor',
    storm: async (count) => {
      for (let sent = 0; sent < count; sent += 1) {
        const message = maker.next(TO_SUPERVISOR);
        if (!isRightStop(message)) host.postMessage(message);
      }
      lastId += 1;
      await ask(lastId);
      await clock.settle();
    },
    check: async () => {
      lastId += 1;
      const answer = (await ask(lastId)) as { kind: string; result?: readonly unknown[] };
      if (answer.kind !== 'answered' || answer.result?.length !== 1) throw new Error(JSON.stringify(answer));
    },
    close: () => {
      host.close();
      port.close();
    },
  };
}

/** A stop that is right ends the scheduler, as it should. */
function isRightStop(message: unknown): boolean {
  const { method, params } = (message ?? {}) as { method?: unknown; params?: { drainMs?: unknown } };
  return method === 'stop' && Number(params?.drainMs) >= 0;
}

/** The supervisor's messages, to the inbox of the host. */
export async function hostTarget(maker: MessageMaker): Promise<Target> {
  const { port1: supervisor, port2: port } = new MessageChannel();
  const questions = new Questions();
  const parts = { questions, replica: new Replica([]), heard: () => {}, called: () => {}, dropped: () => {} };
  port.on('message', (message: unknown) => receive(message, parts));
  const ask = (): Promise<unknown> =>
    questions.ask((id) => supervisor.postMessage({ kind: 'answered', id, result: 'well' }));
  return {
    name: 'supervisor to host',
    storm: async (count) => {
      for (let sent = 0; sent < count; sent += 1) supervisor.postMessage(maker.next(FROM_SUPERVISOR));
      await ask().catch(() => {});
    },
    check: async () => {
      if ((await ask()) !== 'well') throw new Error('the question was not answered');
    },
    close: () => {
      supervisor.close();
      port.close();
    },
  };
}

/** The answers of a store and of a lock backend, to a supervisor whose schedules need them. */
export async function backendTarget(maker: MessageMaker): Promise<Target> {
  let left = 0;
  const store = new MemoryStore({ ledger: new Ledger() });
  const clock = newClock();
  const locking = new MemoryLocking(clock);
  const spoiled = <A extends unknown[], R>(answer: (...given: A) => R | Promise<R>, right: readonly unknown[]) => {
    return async (...given: A): Promise<R> => {
      if (left <= 0) return answer(...given);
      left -= 1;
      const wrong = maker.next(right);
      if (wrong instanceof Error) throw wrong;
      return wrong as R;
    };
  };
  const spoiledStore = Object.assign(Object.create(store) as MemoryStore, {
    open: store.open.bind(store),
    close: store.close.bind(store),
    write: spoiled(store.write.bind(store), STORE_ANSWERS.write),
    beat: spoiled(store.beat.bind(store), STORE_ANSWERS.beat),
    openClaims: spoiled(store.openClaims.bind(store), STORE_ANSWERS.openClaims),
    history: spoiled(store.history.bind(store), STORE_ANSWERS.history),
    facts: spoiled(store.facts.bind(store), STORE_ANSWERS.facts),
  });
  const spoiledLocking: LockingPlugin = {
    name: 'memory',
    tryLock: spoiled(locking.tryLock.bind(locking), LOCK_ANSWERS.tryLock),
    renew: spoiled(locking.renew.bind(locking), LOCK_ANSWERS.renew),
    release: spoiled(locking.release.bind(locking), LOCK_ANSWERS.release),
  };
  const { process, outcomes } = node(clock, {
    store: checkedStore(spoiledStore, clock),
    locking: checkedLocking(spoiledLocking),
  });
  const { supervisor } = process;
  await clock.advanceUntil(supervisor.start());
  return {
    name: 'backends to supervisor',
    storm: async (count) => {
      left = count;
      while (left > 0) {
        void supervisor.history({}).catch(() => {});
        void supervisor.explain({ key: KEY, atMs: 1 }).catch(() => {});
        await clock.advance(60_000);
      }
    },
    check: async () => {
      left = 0;
      // A schedule may wait for a lock that it was told to have lost.
      await clock.advance(7_200_000);
      if (outcomes.at(-1) !== 'succeeded') throw new Error(`the last run ended as ${outcomes.at(-1)}`);
    },
    close: () => process.kill(),
  };
}
