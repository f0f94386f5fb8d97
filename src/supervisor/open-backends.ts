import type { ServerLocks } from '../backends/exchange/deferred-locking.ts';
import { MemoryStore } from '../backends/memory/memory-store.ts';
import { loadExport } from '../backends/options/user-module.ts';
import { BackendError } from '../errors.ts';
import type { ReplicatedEntry } from '../machines/ledger/introductions.ts';
import { Ledger } from '../machines/ledger/ledger.ts';
import type { LedgerSnapshot } from '../machines/ledger/ledger-snapshot.ts';
import { reasonOf } from '../wire/error-record.ts';
import { checkedLocking, checkedStore } from './checked-backends.ts';
import type { Clock } from './ports/clock.ts';
import type { LockingPlugin } from './ports/locking.ts';
import type { StateStore } from './ports/store.ts';
import type { BackendDescription } from './supervisor-config.ts';
import type { SupervisorPorts } from './supervisor-ports.ts';

/** What built-in backends may need from the supervisor thread. */
export interface BackendContext {
  readonly clock: Clock;
  /** Servers know our connections by it. */
  readonly nodeId: string;
  readonly snapshot: LedgerSnapshot | undefined;
  readonly onEntry: (entry: ReplicatedEntry) => void;
  /** Resolves when the host has taken in what `onEntry` was called with until now. */
  readonly whenHeard?: () => Promise<unknown>;
  /** The store of the scheduler, if there is one, for what no lock backend can see alone. */
  readonly store?: BackendDescription;
}

/** The lock backends on a server, by module: their names. */
const SERVERS: Readonly<Record<string, string>> = {
  'builtin:redis-locking': 'redis',
  'builtin:postgres-locking': 'postgres',
};
const STORE_METHODS = ['open', 'write', 'beat', 'openClaims', 'history', 'facts', 'close'];
const LOCKING_METHODS = ['tryLock', 'renew', 'release'];

/** Builds the store that a description names. Rejects with a `BackendError`. */
export async function openStore(description: BackendDescription, context: BackendContext): Promise<StateStore> {
  if (description.module === 'builtin:memory-store') {
    const { snapshot, onEntry, whenHeard } = context;
    const { maxRecords } = description.options as { readonly maxRecords?: number };
    return new MemoryStore({ ledger: new Ledger(snapshot, { maxRecords }), onEntry, ...(whenHeard && { whenHeard }) });
  }
  if (description.module === 'builtin:sqlite-store') {
    const { sqliteOptions } = await import('../backends/sqlite/sqlite-store-options.ts');
    const { SqliteStore } = await import('../backends/sqlite/sqlite-store.ts');
    return new SqliteStore(sqliteOptions(description.options), context.clock);
  }
  if (description.module === 'builtin:postgres-store') {
    const { openPostgresStore } = await import('../backends/postgres/postgres-store.ts');
    return openPostgresStore(description.options, context.clock, context.nodeId);
  }
  return checkedStore((await build(description, STORE_METHODS)) as StateStore, context.clock);
}

/** Builds the lock backend that a description names. Rejects with a `BackendError`. */
export async function openLocking(description: BackendDescription, context: BackendContext): Promise<LockingPlugin> {
  const { options } = description;
  const { clock, nodeId } = context;
  switch (description.module) {
    case 'builtin:memory-locking':
      return new (await import('../backends/memory/memory-locking.ts')).MemoryLocking(clock);
    case 'builtin:sqlite-locking':
      return (await import('../backends/sqlite/sqlite-locking.ts')).openSqliteLocking(
        options,
        clock,
        sqlitePathOf(context.store),
      );
    case 'builtin:redis-locking':
      return (await import('../backends/redis/redis-locking.ts')).openRedisLocking(options, clock, nodeId);
    case 'builtin:postgres-locking':
      return (await import('../backends/postgres/postgres-locking.ts')).openPostgresLocking(options, clock, nodeId);
    default:
      return checkedLocking((await build(description, LOCKING_METHODS)) as LockingPlugin);
  }
}

/** The file of a store; undefined for one that is not in SQLite. A store without a path has been refused already. */
function sqlitePathOf(store: BackendDescription | undefined): string | undefined {
  return store?.module === 'builtin:sqlite-store' ? (store.options['path'] as string) : undefined;
}

/** The same for a node that may start without its locks: a server that cannot be reached is opened later. */
export async function locksFor(
  description: BackendDescription | null,
  context: BackendContext,
): Promise<Pick<SupervisorPorts, 'locking' | 'opening'>> {
  if (description === null) return { locking: null };
  const name = SERVERS[description.module];
  if (name === undefined) return { locking: await openLocking(description, context) };
  const open = async (): Promise<ServerLocks> => (await openLocking(description, context)) as ServerLocks;
  const { DeferredLocking } = await import('../backends/exchange/deferred-locking.ts');
  const locking = new DeferredLocking(name, context.clock, open);
  return { locking, opening: locking };
}

async function build({ module, options }: BackendDescription, methods: readonly string[]): Promise<unknown> {
  const factory: unknown = await importDefault(module);
  if (typeof factory !== 'function') {
    throw new BackendError(module, 'its default export is not a function: it must be (options) => backend');
  }
  const backend: unknown = await made(module, () => factory(options));
  const missing = methods.filter((method) => !hasMethod(backend, method));
  if (missing.length > 0) throw new BackendError(module, `what it makes lacks ${missing.join(', ')}`);
  const { name } = backend as { readonly name?: unknown };
  if (typeof name !== 'string' || name === '' || name.length > 256) {
    throw new BackendError(module, 'the name of what it makes must be a string of 1 to 256 characters');
  }
  return backend;
}

/** A factory's own error is the reason why the backend cannot be used. */
async function made(module: string, make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    throw error instanceof BackendError ? error : new BackendError(module, reasonOf(error), { cause: error });
  }
}

async function importDefault(module: string): Promise<unknown> {
  try {
    return await loadExport({ module });
  } catch (error) {
    throw new BackendError(module, reasonOf(error), { cause: error });
  }
}

function hasMethod(backend: unknown, method: string): boolean {
  return typeof backend === 'object' && backend !== null && typeof Reflect.get(backend, method) === 'function';
}
