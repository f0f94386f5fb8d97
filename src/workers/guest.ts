import type { JsonValue, ScheduledRunContext } from '../plugin.ts';
import type { GuestCode, LoadFuel, PluginDeclaration, PluginSource } from './protocol.ts';

/** A plugin that is loaded in one thread, whatever language it is written in. Runs are called one at a time. */
export interface Guest {
  /** The plugin can end what it keeps open between runs. */
  readonly hasCleanup: boolean;
  /**
   * It has nothing in common with other plugins of its worker: no file that was imported, and no object. Its `cleanup()`
   * is over when it returns its promise.
   */
  readonly isSealed: boolean;
  /** What other threads of this process can use, so that they need not compile it; null for modules. */
  readonly code: GuestCode | null;
  /** What `declare()` has executed, if that is counted. */
  readonly loadFuel: readonly LoadFuel[];
  /** The plugin's declaration, unchecked. Rejects with a `PluginLoadError`. */
  declare(): Promise<PluginDeclaration>;
  /** Resolves when the run succeeds and rejects with what the plugin threw. The plugin's result is dropped. */
  run(ctx: ScheduledRunContext, call: GuestCall): Promise<void>;
  /** Called once, before the thread ends. Rejects with what the plugin threw. */
  cleanup(): Promise<void>;
}

/** What a run is to a guest that is not a module: it has no promises, and its instructions are counted. */
export interface GuestCall {
  /** The instructions that it may execute. */
  readonly fuel: number;
  /** The instructions that it has executed, and whether it stopped because it had no more. */
  spent: { readonly used: number; readonly isExhausted: boolean } | null;
  /** The time of day, epoch milliseconds. */
  nowMs(): number;
  /** Calls a function of the host, and blocks the thread until it has answered. @throws what the call fails with. */
  callHost(name: string, args: readonly JsonValue[]): JsonValue | undefined;
}

/** Loads a plugin. Rejects with a `PluginLoadError`. */
export type OpenGuest = (source: PluginSource) => Promise<Guest>;
