import type { LogLevel } from '../../src/machines/run.ts';
import type { JsonValue, ScheduledRunContext } from '../../src/plugin.ts';
import type { Guest, GuestCall } from '../../src/workers/guest.ts';
import { openWasmGuest } from '../../src/workers/guests/wasm/wasm-guest.ts';
import type { PluginSource } from '../../src/workers/protocol.ts';
import { GuestFolder, type GuestText } from './guest-text.ts';

/** How a run of a guest ended. */
export interface GuestRun {
  /** What it threw; null when it succeeded. */
  readonly error: (Error & { readonly kind?: string; readonly code?: string }) | null;
  readonly spent: GuestCall['spent'];
  readonly lines: readonly (readonly [level: LogLevel, message: string, fields?: object])[];
  readonly calls: readonly (readonly [name: string, args: readonly JsonValue[]])[];
}

export interface GuestRunOptions {
  readonly fuel?: number;
  readonly context?: Partial<ScheduledRunContext>;
  readonly answer?: (name: string, args: readonly JsonValue[]) => JsonValue | undefined;
}

const CONTEXT = {
  scheduleId: 's',
  scheduledAtMs: 1_800_000_000_000,
  runCount: 1,
  isCatchup: false,
  runId: 'run-1',
  config: null,
  deadlineMs: 1_800_000_060_000.5,
};

/** Opens a guest in this thread, without a pool. Rejects as a pool thread would. */
export async function openedGuest(guest: GuestText | Uint8Array, install: Partial<PluginSource> = {}): Promise<Guest> {
  using folder = new GuestFolder();
  const module = folder.add(guest);
  return await openWasmGuest({ id: module, module, resolveFrom: import.meta.url, options: null, ...install });
}

export async function runGuest(guest: Guest, options: GuestRunOptions = {}): Promise<GuestRun> {
  const { fuel = 1e9, context, answer = () => null } = options;
  const lines: GuestRun['lines'][number][] = [];
  const calls: GuestRun['calls'][number][] = [];
  const method = (level: LogLevel) => (first: unknown, second?: unknown) => {
    lines.push(typeof first === 'string' ? [level, first] : [level, String(second), first as object]);
  };
  const levels: LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  const log = Object.fromEntries(levels.map((level) => [level, method(level)]));
  const ctx = { ...CONTEXT, ...context, log } as unknown as ScheduledRunContext;
  const call: GuestCall = {
    fuel,
    spent: null,
    nowMs: () => 1_800_000_000_000,
    callHost: (name, args) => {
      calls.push([name, args]);
      return answer(name, args);
    },
  };
  const error = await guest.run(ctx, call).then(
    () => null,
    (thrown: unknown) => thrown as Error,
  );
  return { error, spent: call.spent, lines, calls };
}
