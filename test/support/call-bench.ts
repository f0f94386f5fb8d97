import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import type { JsonValue, Permissions } from '../../src/plugin.ts';
import { type CallOfHost, FunctionCalls } from '../../src/supervisor/calling/function-calls.ts';
import type { FetchAnswer, FetchOrder, FetchRefusal } from '../../src/supervisor/ports/fetcher.ts';
import type { CallingRun } from '../../src/supervisor/ports/plugin-calls.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

export interface BenchRun {
  readonly wallMs?: number;
  readonly plugin?: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly runId?: string;
  readonly module?: string;
  readonly permissions?: Permissions;
  readonly startedAtWallMs?: number;
  readonly traceparent?: string;
}

/** A request that waits for the test to answer it. */
export interface HeldRequest {
  readonly order: FetchOrder;
  answer(answer: FetchAnswer | FetchRefusal): void;
  isCancelled: boolean;
}

export const EMPTY_ANSWER: FetchAnswer = { status: 200, headers: {}, body: '', isTruncated: false };

/** The functions of plugins on a store in memory, with a network and a host that the test plays. */
export class CallBench {
  readonly clock = new VirtualClock();
  readonly store: StateStore;
  readonly requests: HeldRequest[] = [];
  readonly hostCalls: CallOfHost[] = [];
  /** What the host answers. */
  hostAnswer: Promise<JsonValue> = Promise.resolve('done');
  readonly calls: FunctionCalls;

  constructor(store: StateStore = new MemoryStore({ ledger: new Ledger() })) {
    this.store = store;
    this.calls = new FunctionCalls({
      clock: this.clock,
      store,
      fetcher: {
        fetch: (order) => {
          const { promise, resolve } = Promise.withResolvers<FetchAnswer | FetchRefusal>();
          const held: HeldRequest = { order, answer: resolve, isCancelled: false };
          this.requests.push(held);
          const cancel = (): void => {
            held.isCancelled = true;
          };
          return { answer: promise, cancel };
        },
        close: async () => {},
      },
      hostFunctions: ['cache.purge', 'count'],
      maxMessageBytes: 1_048_576,
      callHost: (call, onEnd) => {
        this.hostCalls.push(call);
        const { promise, reject } = Promise.withResolvers<never>();
        onEnd(() => reject(new Error('cancelled')));
        return Promise.race([this.hostAnswer, promise]);
      },
    });
  }

  call(run: BenchRun, name: string, ...args: unknown[]): Promise<JsonValue | undefined> {
    return this.calls.call(runOf(run), name, args as JsonValue[]);
  }
}

export function runOf({
  plugin = 'reports',
  runId = 'run-1',
  module = 'file:///reports.ts',
  permissions,
  startedAtWallMs,
  traceparent,
  wallMs = 60_000,
  ...place
}: BenchRun): CallingRun {
  return {
    runId,
    ...(startedAtWallMs !== undefined && { startedAtWallMs }),
    occurrence: traceparent === undefined ? {} : { traceparent },
    definition: {
      key: `${plugin}/nightly`,
      identity: { plugin, scheduleId: 'nightly', ...place },
      source: { module, ...(permissions && { permissions }) },
      budget: { wallMs },
    },
  };
}
