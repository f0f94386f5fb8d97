import type { ScheduledRunContext } from '../plugin.ts';
import type { PluginDeclaration, PluginSource } from './protocol.ts';

/** A plugin that is loaded in one thread, whatever language it is written in. Runs are called one at a time. */
export interface Guest {
  /** The plugin can end what it keeps open between runs. */
  readonly hasCleanup: boolean;
  /** The plugin's declaration, unchecked. Rejects with a `PluginLoadError`. */
  declare(): Promise<PluginDeclaration>;
  /** Resolves when the run succeeds and rejects with what the plugin threw. The plugin's result is dropped. */
  run(ctx: ScheduledRunContext): Promise<void>;
  /** Called once, before the thread ends. Rejects with what the plugin threw. */
  cleanup(): Promise<void>;
}

/** Loads a plugin. Rejects with a `PluginLoadError`. */
export type OpenGuest = (source: PluginSource) => Promise<Guest>;
